"""`live restore` and `live journal --verify` as an operator has them: what each says, and that nothing is deleted."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pysqlite3
import pytest

from live.ingest.backups import Backups, backup_files
from live.ingest.journal import Journal, JournalReader, journal_file
from live.ingest.records import chained
from live.messages.decisions import Decision, SetStatus
from live.messages.devices import Passage
from live.secrets import Secrets
from tests.conftest import DEADLINE_S
from tests.serving import Served, live

EVENT = "my-race"


def passages(first: int, last: int) -> list[Passage]:
    """Return passages of the mat at the line with these numbers."""
    return [Passage("mat-line", "e1", seq, 1_464_273_000_000 + seq, chip="1A") for seq in range(first, last + 1)]


def ruling(number: int) -> Decision:
    """Return a decision of an official."""
    return Decision(f"d-{number}", "anna", 1_464_273_000_000, SetStatus("relay", "1", "dnf"), "seen")


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """An event whose journal has ten passages in a backup, then ten more and two decisions that are noted."""
    folder = tmp_path / EVENT
    assert (await live("init", folder))[0] == 0
    async with Journal(journal_file(folder / "data"), EVENT) as journal:
        keeping = Backups(
            journal, Secrets(folder / "data"), folder / "data" / "backup", keep=5, ours=True, wall_ms=lambda: 1_000_000
        )
        await journal.append(passages(1, 10), [], 1_464_273_000_000)
        await keeping.copy()
        await journal.append([*passages(11, 15), ruling(1), *passages(16, 20), ruling(2)], [], 1_464_273_100_000)
        await keeping.note_new()
    return folder


def vandal(folder: Path, *damage: str) -> None:
    """Change the journal behind everybody's back."""
    db = pysqlite3.connect(str(journal_file(folder / "data")), isolation_level=None)
    for sql in damage:
        db.execute(sql)
    db.close()


def kept_aside(folder: Path) -> list[Path]:
    """Return the journals that were put aside."""
    return sorted((folder / "data").glob("journal.damaged-*.sqlite"))


async def held(folder: Path) -> list[object]:
    """Return what the journal holds."""
    async with JournalReader(journal_file(folder / "data"), EVENT) as reader:
        return [each.fact async for chunk in reader.read() for each in chunk]


RESTORED = [*passages(1, 10), ruling(1), ruling(2)]


async def test_a_damaged_journal_is_put_aside_and_the_backup_takes_its_place(folder: Path) -> None:
    vandal(folder, "UPDATE facts SET heard_at_ms = 1 WHERE seq = 3")
    async with JournalReader(journal_file(folder / "data"), EVENT) as reader:
        old = reader.id
    code, said, wrong = await live("restore", folder)
    assert (code, wrong) == (0, "")
    assert "10 facts, the last one heard at 2016-05-26" in said
    assert "restored: 10 facts, and 2 decisions made after the backup" in said
    assert await held(folder) == RESTORED
    [aside] = kept_aside(folder)
    async with JournalReader(aside, EVENT, {3}) as reader:
        assert [len(chunk) async for chunk in reader.read()] == [21]
    async with JournalReader(journal_file(folder / "data"), EVENT) as reader:
        assert reader.id != old  # pages that have seen more of the old one take what this one says
    assert (await live("journal", folder, "--verify"))[0] == 0


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM facts WHERE seq > 15", "fact 16 is missing: the decision d-1"),
        ("DELETE FROM facts WHERE seq > 8", "facts 9 to 10 are missing"),
        ("UPDATE facts SET heard_at_ms = 1 WHERE seq = 3", "fact 3 is not what it was"),
    ],
    ids=["behind the noted decisions", "behind the backup", "changed"],
)
async def test_a_journal_that_is_not_what_it_was_is_not_served(
    folder: Path, served: Callable[..., Awaitable[Served]], damage: str, said: str
) -> None:
    """A bit that flips in the WAL cuts it off: what is left is whole, and shorter than what was told as stored."""
    vandal(folder, damage)
    refused = await served(folder, ready=False)
    async with asyncio.timeout(DEADLINE_S):
        assert await refused.process.wait() == 1
    told = refused.log.read_text()
    assert said in told
    assert "live restore" in told
    assert (await live("restore", folder))[0] == 0
    await served(folder)


async def test_what_was_not_yet_moved_into_the_file_is_put_aside_with_it(folder: Path) -> None:
    """A killed ingest leaves a WAL: it must not meet the restored journal, and is not lost either."""
    file = journal_file(folder / "data")
    live_wal = pysqlite3.connect(str(file), isolation_level=None)
    live_wal.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
    live_wal.execute("UPDATE facts SET heard_at_ms = 1 WHERE seq = 3")
    wal = file.with_name(file.name + "-wal").read_bytes()
    assert wal
    code, said, _ = await live("restore", folder)
    live_wal.close()
    assert code == 0, said
    [aside] = kept_aside(folder)
    assert aside.with_name(aside.name + "-wal").read_bytes() == wal
    assert await held(folder) == RESTORED


async def test_a_damaged_backup_is_passed_over_and_said_to_be(folder: Path) -> None:
    journal_file(folder / "data").unlink()
    [good] = backup_files(folder / "data" / "backup", EVENT)
    bad = good.path.with_name(f"{EVENT}_{good.journal}_20991231T235959999Z.sqlite")
    content = bytearray(good.path.read_bytes())
    place = content.index(b'"seq":7,')
    content[place + 6] ^= 1
    bad.write_bytes(content)
    code, said, _ = await live("restore", folder)
    assert code == 0
    assert f"{bad} is no good: fact 7: its hash does not follow" in said
    assert await held(folder) == RESTORED


async def test_with_no_good_backup_nothing_is_changed(folder: Path) -> None:
    [good] = backup_files(folder / "data" / "backup", EVENT)
    good.path.write_bytes(b"no database")
    vandal(folder, "DELETE FROM facts WHERE seq = 3")
    before = journal_file(folder / "data").read_bytes()
    code, _, wrong = await live("restore", folder)
    assert (code, wrong) == (
        1,
        "live: no good backup was found, nothing was changed: look for one on another disk, and name it with --from.\n",
    )
    assert journal_file(folder / "data").read_bytes() == before
    good.path.unlink()
    code, _, wrong = await live("restore", folder)
    assert code == 1 and "there is no backup of my-race in" in wrong and "--from" in wrong


async def test_a_whole_journal_is_left_alone_unless_a_backup_is_named(folder: Path) -> None:
    code, _, wrong = await live("restore", folder)
    assert code == 1 and "is whole (22 facts" in wrong and "--from" in wrong
    [backup] = backup_files(folder / "data" / "backup", EVENT)
    code, said, wrong = await live("restore", folder, "--from", backup.path)
    assert (code, wrong) == (0, ""), said
    assert await held(folder) == RESTORED


async def test_the_backup_of_another_event_is_refused(folder: Path, tmp_path: Path) -> None:
    async with Journal(tmp_path / "other.sqlite", "other-race"):
        pass
    code, said, wrong = await live("restore", folder, "--from", tmp_path / "other.sqlite")
    assert code == 1 and "no good backup" in wrong
    assert "it is of event 'other-race', not of 'my-race'" in said


async def test_a_restore_that_was_cut_short_is_done_again(folder: Path) -> None:
    journal = journal_file(folder / "data")
    journal.with_name(journal.name + ".new").write_bytes(b"half")
    journal.with_name(journal.name + ".new-wal").write_bytes(b"half")
    vandal(folder, "DELETE FROM facts WHERE seq = 3")
    assert (await live("restore", folder))[0] == 0
    assert await held(folder) == RESTORED
    assert list((folder / "data").glob("*.new*")) == []


async def test_restored_twice_decisions_are_there_once(folder: Path) -> None:
    """The restored journal is backed up at once: losing it before the race goes on costs nothing."""
    for _ in range(2):
        vandal(folder, "UPDATE facts SET heard_at_ms = 1 WHERE seq = 3")
        assert (await live("restore", folder))[0] == 0
        assert await held(folder) == RESTORED
    assert len(kept_aside(folder)) == 2


async def test_while_the_service_runs_it_is_refused(folder: Path, served: Callable[..., Awaitable[Served]]) -> None:
    serving = await served(folder)
    code, _, wrong = await live("restore", folder)
    assert code == 1
    assert f"Another `live serve` (process {serving.process.pid}) runs ingest on {folder / 'data'}: stop it" in wrong


# --- verify -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (["UPDATE facts SET body = replace(body, '1A', '9C') WHERE seq = 4"], "fact 4: its hash does not follow"),
        (["DELETE FROM facts WHERE seq = 4"], "facts 4 to 4 are missing"),
        (["DELETE FROM facts WHERE seq > 8"], "facts 9 to 10 are missing: "),
        (["DELETE FROM facts WHERE seq > 20"], "fact 22 is missing: the decision d-2, as it was noted"),
    ],
)
async def test_verify_finds_what_was_changed_or_taken_and_names_it(
    folder: Path, damage: list[str], complaint: str
) -> None:
    assert (await live("journal", folder, "--verify"))[0] == 0
    vandal(folder, *damage)
    code, _, wrong = await live("journal", folder, "--verify")
    assert code == 1
    assert wrong.startswith("live: the journal is damaged:\n")
    assert complaint in wrong


async def test_verify_does_not_stumble_over_a_damaged_backup(folder: Path) -> None:
    """The journal is whole all the same; the backup is said to be no good."""
    [backup] = backup_files(folder / "data" / "backup", EVENT)
    backup.path.write_bytes(b"no database")
    code, said, wrong = await live("journal", folder, "--verify")
    assert (code, wrong) == (0, "")
    assert f"{backup.path} is damaged, and was not compared" in said


async def test_verify_finds_a_tail_that_was_rewritten_with_all_its_hashes(folder: Path) -> None:
    """By itself such a journal is whole; the backup knows better, and so the backup can be restored."""
    await asyncio.to_thread(rewrite, journal_file(folder / "data"))
    code, _, wrong = await live("journal", folder, "--verify")
    [backup] = backup_files(folder / "data" / "backup", EVENT)
    assert code == 1
    assert wrong.splitlines()[1:] == [f"fact 4: {backup.path} has another one"]
    assert (await live("restore", folder))[0] == 0
    assert await held(folder) == RESTORED


def rewrite(journal: Path) -> None:
    """Change a fact and compute all hashes anew, as somebody with the source would."""
    db = pysqlite3.connect(str(journal), isolation_level=None)
    db.execute("UPDATE facts SET body = replace(body, '1A', '9C') WHERE seq = 4")
    columns, chain = "seq, kind, device, epoch, dseq, decision, body, heard_at_ms", b""
    for row in db.execute(f"SELECT {columns} FROM facts ORDER BY seq").fetchall():
        chain = chained(chain, row)
        db.execute("UPDATE facts SET hash = ? WHERE seq = ?", (chain, row[0]))
    db.close()
