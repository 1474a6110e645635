"""Is a journal whole? Everything that can be computed anew is, from any file that says it is one.

What this runs belongs in a thread, or in a process of its own (`python -m live.ingest.checking FILE`): it reads a whole
file, and computes every hash.
"""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from live.ingest.records import meta_hash, rejected_hash, wrong_with
from live.ingest.schema import REJECTED, SCHEMA, TABLES, schema_of
from live.ingest.sqlite import UNREADABLE, JournalRefused, cure_around, read_through, reading, refused
from live.strict_json import to_json

FACT: Final = "seq, kind, device, epoch, dseq, decision, body, heard_at_ms"


@dataclass(frozen=True, slots=True)
class Held:
    """What a journal holds: whose it is, how many facts and rejected messages, and the last fact's hash and instant.

    Two files that hold the same facts have the same: each hash follows from all before it.
    """

    journal: str
    event: str
    facts: int
    rejected: int
    chain: bytes
    heard_at_ms: int


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of a look at a journal: what it holds if it is whole, otherwise what is wrong with it."""

    held: Held | None
    wrong: list[str]


def held(db: Any) -> Held:
    """Return what a journal holds, without a look at whether it is whole."""
    meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
    [rejected] = db.execute("SELECT count(*) FROM rejected").fetchone()
    [facts] = db.execute("SELECT count(*) FROM facts").fetchone()
    last = db.execute("SELECT hash, heard_at_ms FROM facts ORDER BY seq DESC LIMIT 1").fetchone()
    return Held(meta["journal"], meta["event"], facts, rejected, *(last or (b"", 0)))


def examined(path: Path) -> tuple[Held | None, list[str]]:
    """Return what the journal in a file holds if it is whole, otherwise everything that is wrong with it, in words.

    Raises:
        JournalOutOfReach: the disk, a missing right or another program keeps it from us.
        JournalRefused: it cannot be read as a journal at all.
    """
    try:
        db = reading(path)
    except UNREADABLE as error:
        refused(error, path)
    try:
        schema = schema_of(db, path)
        if not schema:
            return None, ["it is empty"]
        wrong = list(_wrong(db, schema))
        if wrong:
            read_through(path)
        return (None if wrong else held(db)), wrong
    except (*UNREADABLE, KeyError) as error:
        refused(error, path)
    finally:
        db.close()


def hash_of(db: Any, seq: int) -> bytes | None:
    """Return the hash of a fact; None where there is none of that number."""
    row = db.execute("SELECT hash FROM facts WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else row[0]


def _wrong(db: Any, schema: int) -> Iterator[str]:
    for look in (
        (_wrong_file, _wrong_facts) if schema < SCHEMA else (_wrong_file, _wrong_form, _wrong_facts, _wrong_rejected)
    ):
        try:
            yield from look(db)
        except UNREADABLE as error:
            if cure_around(error):
                raise
            yield f"SQLite: {error}"


def _wrong_file(db: Any) -> Iterator[str]:
    for (text,) in db.execute("PRAGMA integrity_check"):
        if text != "ok":
            yield f"SQLite: {text}"


def _wrong_form(db: Any) -> Iterator[str]:
    """Look at what nothing else would miss: what the tables are, and whose journal it is."""
    if {sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")} != set(TABLES):
        yield "its tables are not what they should be"
    meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
    if meta.get("hash") != meta_hash(meta):
        yield "what it says about itself was changed: the id of the journal or of the event"


def _wrong_facts(db: Any) -> Iterator[str]:
    last, chain = 0, b""
    try:
        for *fact, found in db.execute(f"SELECT {FACT}, hash FROM facts ORDER BY seq"):
            yield from wrong_with(fact, found, last, chain)
            last, chain = fact[0], found if isinstance(found, bytes) else b""
    except UNREADABLE as error:
        if cure_around(error):
            raise
        yield f"behind fact {last} SQLite can read no further: {error}"


def _wrong_rejected(db: Any) -> Iterator[str]:
    for number, *row, found in db.execute(f"SELECT id, {REJECTED}, hash FROM rejected"):
        if rejected_hash(row) != found:
            yield f"rejected message {number}: its hash does not follow from its content"


def main() -> None:
    """Look at one file, behind all who have work to do; print what came of it as JSON."""
    os.nice(10)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # whoever asked may have died meanwhile
    try:
        looked = Examined(*examined(Path(sys.argv[1])))
    except JournalRefused as error:
        looked = Examined(None, [str(error)])
    sys.stdout.buffer.write(to_json(looked))


if __name__ == "__main__":
    main()
