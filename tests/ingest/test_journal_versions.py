"""A journal of an older version is brought up at the start, whole or not at all; one of a newer version is refused."""

import json
import subprocess
import sys
from pathlib import Path

import pysqlite3
import pytest

from live.ingest.checking import examined
from live.ingest.journal import Journal, JournalReader
from live.ingest.schema import SCHEMA, TABLES
from live.ingest.sqlite import JournalRefused

OLD = Path(__file__).parent / "data" / "journal-1.sql"
"""A journal as version 1 of the tables had it: five passages, a gun, two messages that were not understood."""

WHAT_STAYS = (
    "SELECT seq, kind, device, epoch, dseq, decision, body, heard_at_ms, hash FROM facts ORDER BY seq",
    "SELECT id, digest, topic, raw, reason, device, epoch, dseq, heard_at_ms, times FROM rejected ORDER BY id",
    "SELECT name, value FROM meta WHERE name <> 'hash' ORDER BY name",
)

KILLED = """
import asyncio, json, os, shutil, signal, sys
from pathlib import Path

import pysqlite3

from live.ingest import sqlite
from live.ingest.journal import Journal

old, folder = Path(sys.argv[1]), Path(sys.argv[2])


async def bring_up(path):
    async with Journal(path, "race"):
        pass


def killed(name, how):
    path = folder / name / "journal"
    path.parent.mkdir()
    shutil.copyfile(old, path)
    child = os.fork()
    if child == 0:
        how()
        try:
            asyncio.run(bring_up(path))
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def at_statement(number):
    left = [number]

    def count(sql):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def how():
        whole = pysqlite3.connect

        def connect(*words, **more):
            db = whole(*words, **more)
            db.set_trace_callback(count)
            return db

        pysqlite3.connect = connect

    return how


def after(microseconds):
    def how():
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # it ends the process wherever that is, also in a system call
        signal.setitimer(signal.ITIMER_REAL, microseconds / 1e6)

    return how


statements = moments = 0
while not killed(f"statement-{statements}", at_statement(statements)):
    statements += 1
while not killed(f"moment-{moments}", after(1 + 200 * moments)) and moments < 400:
    moments += 1
print(json.dumps([statements, moments]))
"""


def old_journal(path: Path) -> Path:
    """Write the fixture as a file."""
    db = pysqlite3.connect(str(path))
    db.executescript(OLD.read_text(encoding="utf-8"))
    db.execute("PRAGMA journal_mode = WAL").fetchall()
    db.close()
    return path


def rows(path: Path) -> list[list[object]]:
    """Return everything that a journal has had since its first version."""
    db = pysqlite3.connect(str(path))
    try:
        return [db.execute(each).fetchall() for each in WHAT_STAYS]
    finally:
        db.close()


def tables(path: Path) -> tuple[int, set[str]]:
    """Return the version that a file says it has, and its tables."""
    db = pysqlite3.connect(str(path))
    try:
        [version] = db.execute("PRAGMA user_version").fetchone()
        return version, {sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")}
    finally:
        db.close()


async def test_an_older_journal_is_brought_up_with_all_that_it_holds(tmp_path: Path) -> None:
    old = old_journal(tmp_path / "old")
    path = old_journal(tmp_path / "journal")
    async with Journal(path, "race") as journal:
        assert (journal.version, journal.rejected_count, journal.decisions) == (6, 2, {"gun-1": 6})
        assert await journal.verify() == []
    assert rows(path) == rows(old)
    assert tables(path) == (SCHEMA, set(TABLES))


async def test_an_older_journal_can_be_read_as_it_is(tmp_path: Path) -> None:
    """A backup, or the race of last year: who only reads changes nothing."""
    path = old_journal(tmp_path / "journal")
    async with JournalReader(path, "race") as reader:
        assert [len(chunk) async for chunk in reader.read()] == [6]
        assert [kept.times for kept in await reader.rejected()] == [1, 2]
        assert await reader.verify() == []
    assert tables(path)[0] == 1


@pytest.mark.parametrize(("version", "complaint"), [(SCHEMA + 1, "a newer version of this program"), (0, "damaged")])
async def test_a_version_that_this_program_does_not_know_is_refused(
    tmp_path: Path, version: int, complaint: str
) -> None:
    path = old_journal(tmp_path / "journal")
    db = pysqlite3.connect(str(path))
    db.execute(f"PRAGMA user_version = {version}")
    db.close()
    before = rows(path)
    for kind in (Journal, JournalReader):
        with pytest.raises(JournalRefused, match=complaint):
            await kind(path, "race").__aenter__()
    assert (rows(path), tables(path)[0]) == (before, version)


def test_killed_at_any_point_of_the_change_it_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    """At each statement, and at many moments between and within them."""
    old = old_journal(tmp_path / "old")
    ran = subprocess.run([sys.executable, "-c", KILLED, str(old), str(tmp_path)], capture_output=True, check=True)
    statements, moments = json.loads(ran.stdout)
    assert statements > 15 and moments > 5
    before, versions = rows(old), set()
    for each in tmp_path.glob("*-*/journal"):
        assert rows(each) == before
        version, found = tables(each)
        assert version == 1 or found == set(TABLES), each
        assert examined(each)[1] == []
        versions.add(version)
    assert versions == {1, SCHEMA}
