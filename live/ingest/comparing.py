"""A journal against its backups and its noted decisions: what was rewritten or cut off whole follows from nothing else.

Belongs in a thread.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from live.ingest.backups import backup_files, decisions_file
from live.ingest.checking import Held, examined, hash_of, held
from live.ingest.decision_notes import noted
from live.ingest.sqlite import UNREADABLE, JournalRefused, reading, refused
from live.messages.decisions import Decision
from live.messages.facts import Recorded


def compared(journal: Path, whole: Held, folder: Path) -> tuple[list[str], list[str]]:
    """Return what is wrong with a journal that is whole by itself, and notes: what it was compared with.

    Raises:
        JournalRefused: the journal, or a backup that was whole, can no longer be read.
        OSError: the folder of backups cannot be read.
    """
    ours = reading(journal)
    try:
        return _compared(ours, whole, folder)
    except UNREADABLE as error:
        refused(error, journal)
    finally:
        ours.close()


def behind(journal: Path, name: str, event: str, folder: Path) -> list[str]:
    """Return what the newest backup of a journal and its noted decisions have, and it has not, in words.

    A bit that flips in the WAL cuts it off there: what is left is whole, and shorter than what was acknowledged.

    Raises:
        OSError: the folder of backups cannot be read.
    """
    ours = reading(journal)
    try:
        newest = [each.path for each in backup_files(folder, event) if each.journal == name][:1]
        wrong = [each for path in newest for each in _newer(ours, path)]
        return wrong + _unknown(ours, noted(decisions_file(folder, event, name))[0])
    finally:
        ours.close()


def _newer(ours: Any, backup: Path) -> list[str]:
    try:
        theirs = reading(backup)
        try:
            facts = held(theirs).facts
        finally:
            theirs.close()
        return list(_differing(ours, backup, facts))
    except (*UNREADABLE, KeyError):  # a damaged backup is no witness
        return []


def _unknown(ours: Any, ruled: Sequence[Recorded]) -> list[str]:
    """Name the decisions that a journal does not have."""
    wrong = []
    for recorded in ruled:
        assert isinstance(recorded.fact, Decision)
        if ours.execute("SELECT seq FROM facts WHERE decision = ?", (recorded.fact.id,)).fetchone() is None:
            wrong.append(f"fact {recorded.seq} is missing: the decision {recorded.fact.id}, as it was noted")
    return wrong


def _compared(ours: Any, whole: Held, folder: Path) -> tuple[list[str], list[str]]:
    wrong, notes = list[str](), list[str]()
    for file in backup_files(folder, whole.event):
        if file.journal != whole.journal:
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
    ruled, damage = noted(decisions_file(folder, whole.event, whole.journal))
    return wrong + _unknown(ours, ruled), notes + damage


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
