"""A journal against its backups and its noted decisions: what was rewritten or cut off whole follows from nothing else.

Belongs in a thread.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from live.ingest.backups import backup_files, decisions_file
from live.ingest.checking import Held, examined, hash_of
from live.ingest.decision_notes import noted
from live.ingest.sqlite import JournalRefused, reading
from live.messages.decisions import Decision


def compared(journal: Path, held: Held, folder: Path) -> tuple[list[str], list[str]]:
    """Return what is wrong with a journal that is whole by itself, and notes: what it was compared with."""
    ours = reading(journal)
    try:
        return _compared(ours, held, folder)
    finally:
        ours.close()


def _compared(ours: Any, held: Held, folder: Path) -> tuple[list[str], list[str]]:
    wrong, notes = list[str](), list[str]()
    for file in backup_files(folder, held.event):
        if file.journal != held.journal:
            continue
        try:
            other, damage = examined(file.path)
        except JournalRefused as error:
            other, damage = None, [str(error)]
        if other is None and not file.path.exists():  # a running service let the oldest go meanwhile
            continue
        if other is None:
            notes.append(f"{file.path} is damaged, and was not compared: {damage[0]}")
            continue
        wrong += _differing(ours, file.path, other.facts)
        notes.append(f"compared with {file.path}: {other.facts} facts")
    ruled, damage = noted(decisions_file(folder, held.event, held.journal))
    for recorded in ruled:
        assert isinstance(recorded.fact, Decision)
        if ours.execute("SELECT seq FROM facts WHERE decision = ?", (recorded.fact.id,)).fetchone() is None:
            wrong.append(f"fact {recorded.seq} is missing: the decision {recorded.fact.id}, as it was noted")
    return wrong, notes + damage


def _differing(ours: Any, backup: Path, facts: int) -> Iterator[str]:
    """Say from which fact on they differ: where one hash differs, all behind it do."""
    theirs = reading(backup)
    try:
        if not facts or hash_of(ours, facts) == hash_of(theirs, facts):
            return
        same, differs = 0, facts
        while differs - same > 1:
            middle = (same + differs) // 2
            if hash_of(ours, middle) == hash_of(theirs, middle):
                same = middle
            else:
                differs = middle
        if hash_of(ours, differs) is None:
            yield f"facts {differs} to {facts} are missing: {backup} has them"
        else:
            yield f"fact {differs}: {backup} has another one"
    finally:
        theirs.close()
