"""The journal on a real disk: durable, in order, without doubles, and aware of what is missing or was changed."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pysqlite3
import pytest

from live.ingest import sqlite
from live.ingest.journal import Journal, JournalReader
from live.ingest.records import MAX_RAW, chained
from live.ingest.sqlite import JournalFull, JournalRefused
from live.ingest.watermarks import Watermark
from live.messages.decisions import Decision, FireGun
from live.messages.devices import Passage, Rejected
from live.messages.facts import Recorded

GUN = Decision("d-1", "marie", 5_000, FireGun("relay", 4_000), "the gun was late")


def passage(seq: int, at_ms: int = 0, chip: str = "1A", epoch: str = "e1", rssi: int | None = None) -> Passage:
    """Return a passage of the mat at the line."""
    return Passage("mat-line", epoch, seq, at_ms or 1_000 + seq, chip=chip, rssi=rssi)


async def facts(journal: JournalReader) -> list[Recorded]:
    """Return everything that a journal holds."""
    return [each async for chunk in journal.read() for each in chunk]


async def test_what_was_appended_is_read_back_in_order(tmp_path: Path) -> None:
    every = Passage("hand-1", "9f", 7, 1_464_274_200_123, None, "012", "A", "relay", "km1", -51, 7)
    async with Journal(tmp_path / "journal", "race") as journal:
        new = await journal.append([passage(1), GUN, every], [], heard_at_ms=9_000)
        assert await facts(journal) == new
    assert new == [Recorded(1, 9_000, passage(1)), Recorded(2, 9_000, GUN), Recorded(3, 9_000, every)]


async def test_a_journal_opened_again_goes_on_where_it_was(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        first_id = journal.id
        await journal.append([passage(1), passage(2), GUN], [Rejected("t", b"x", "no")], 1)
    async with Journal(tmp_path / "journal", "race") as journal:
        assert (journal.id, journal.version, journal.rejected_count) == (first_id, 3, 1)
        assert journal.decisions == {"d-1": 3}
        assert journal.watermarks.of("mat-line", "e1").through == 2
        [recorded] = await journal.append([passage(3)], [], 2)
        assert recorded.seq == 4
        assert await journal.verify() == []


async def test_the_same_passage_again_is_nothing(tmp_path: Path) -> None:
    """T02: in the same batch, in a later one, after a restart, with another signal strength."""
    async with Journal(tmp_path / "journal", "race") as journal:
        assert len(await journal.append([passage(1), passage(1)], [], 1)) == 1
        assert await journal.append([passage(1), passage(1, rssi=-70)], [], 2) == []
    async with Journal(tmp_path / "journal", "race") as journal:
        assert await journal.append([passage(1)], [], 3) == []
        assert len(await facts(journal)) == 1


async def test_other_content_under_a_known_identity_is_kept_beside_it(tmp_path: Path) -> None:
    """T03: the journal keeps both, each once; which of them counts is judged later."""
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([passage(1, at_ms=500), passage(1, at_ms=400)], [], 1)
        await journal.append([passage(1, at_ms=400), passage(1, at_ms=500), passage(1, at_ms=500, chip="2A")], [], 2)
        kept = [each.fact for each in await facts(journal)]
    assert kept == [passage(1, at_ms=500), passage(1, at_ms=400), passage(1, at_ms=500, chip="2A")]


async def test_the_same_decision_again_is_nothing(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        assert len(await journal.append([GUN, GUN], [], 1)) == 1
        assert await journal.append([GUN, Decision("d-1", "luc", 1, FireGun("relay", 1))], [], 2) == []
        assert journal.decisions == {"d-1": 1}


async def test_the_watermark_stops_at_a_hole_and_names_it(tmp_path: Path) -> None:
    """T12, T13: what is missing in the middle is known by its numbers."""
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([passage(seq) for seq in (1, 2, 5, 6, 9)], [], 1)
        stored = journal.watermarks.of("mat-line", "e1")
        assert (stored.through, stored.holes) == (2, [(3, 4), (7, 8)])
        await journal.append([passage(seq) for seq in (4, 3)], [], 2)
        assert (stored.through, stored.holes) == (6, [(7, 8)])


async def test_another_epoch_has_a_watermark_of_its_own(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([passage(1), passage(1, epoch="e2"), passage(2, epoch="e2")], [], 1)
        assert len(await facts(journal)) == 3
        assert journal.watermarks.of("mat-line", "e1").through == 1
        assert journal.watermarks.of("mat-line", "e2").through == 2
        assert journal.watermarks.of("mat-line", "e3").through == 0


async def test_a_refused_passage_counts_as_stored_when_its_number_could_be_read(tmp_path: Path) -> None:
    """Otherwise its device would send it for ever, and forget nothing behind it."""
    bad = Rejected("passages/mat-line", b'{"seq":2}', "no chip", "mat-line", "e1", 2)
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([passage(1), passage(3)], [bad], 1)
        assert journal.watermarks.of("mat-line", "e1").through == 3
    async with Journal(tmp_path / "journal", "race") as journal:
        assert journal.watermarks.of("mat-line", "e1").through == 3
        assert len(await journal.append([passage(2)], [], 2)) == 1  # mended by its device, it is a fact like any other


async def test_what_is_rejected_is_kept_once_with_its_reason_and_counted(tmp_path: Path) -> None:
    """T20: set aside with reason and raw bytes."""
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([], [Rejected("t", b"\xff\x00", "no JSON")], 1)
        await journal.append([], [Rejected("t", b"\xff\x00", "no JSON"), Rejected("t", b"{}", "no epoch")], 2)
        newest, oldest = await journal.rejected()
        assert journal.rejected_count == 2
        assert (newest.rejected.reason, newest.heard_at_ms, newest.times) == ("no epoch", 2, 1)
        assert (oldest.rejected, oldest.heard_at_ms, oldest.times) == (Rejected("t", b"\xff\x00", "no JSON"), 1, 2)
        assert await journal.rejected(limit=1) == [newest]


async def test_of_megabytes_of_rubbish_the_beginning_is_kept(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([], [Rejected("t", bytes(900_000), "no JSON")], 1)
        [kept] = await journal.rejected()
    assert len(kept.rejected.raw) == MAX_RAW
    assert kept.rejected.reason == "no JSON (900,000 bytes, of which 65,536 are kept)"


async def test_a_reader_reads_while_ingest_writes_and_cannot_write(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal, JournalReader(tmp_path / "journal", "race") as reader:
        await journal.append([passage(1)], [], 1)
        assert await facts(reader) == await facts(journal)
        assert reader.id == journal.id
        with pytest.raises(pysqlite3.OperationalError, match="readonly"):
            await reader._rows("DELETE FROM facts")


async def test_a_reader_reads_when_ingest_is_gone(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([passage(1)], [], 1)
    async with JournalReader(tmp_path / "journal", "race") as reader:
        assert [each.fact for each in await facts(reader)] == [passage(1)]


async def test_many_facts_are_read_in_pieces(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([passage(seq) for seq in range(1, 12_001)], [], 1)
        await journal.checkpoint()
        pieces = [piece async for piece in journal.read()]
    assert len(pieces) == 3
    assert [each.seq for piece in pieces for each in piece] == list(range(1, 12_001))


# --- whose journal it is ----------------------------------------------------------------------------------------


async def test_two_ingests_cannot_have_one_journal(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race"):
        with pytest.raises(JournalRefused, match="journal is in use by another ingest"):
            await Journal(tmp_path / "journal", "race").__aenter__()
    async with Journal(tmp_path / "journal", "race"):
        pass


async def test_the_journal_of_another_event_is_refused(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race-2025"):
        pass
    for kind in (Journal, JournalReader):
        with pytest.raises(JournalRefused, match="is the journal of event 'race-2025', not of 'race-2026'"):
            await kind(tmp_path / "journal", "race-2026").__aenter__()


@pytest.mark.parametrize("content", [b"place,bib,team\n1,12,Ideta\n" * 100, b"SQLite format 3\0" + bytes(5_000)])
async def test_a_file_that_is_no_journal_is_refused_and_left_as_it_was(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal").write_bytes(content)
    for kind in (Journal, JournalReader):
        with pytest.raises(JournalRefused, match="journal"):
            await kind(tmp_path / "journal", "race").__aenter__()
    assert (tmp_path / "journal").read_bytes() == content


async def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    other = pysqlite3.connect(str(tmp_path / "journal"))
    other.execute("CREATE TABLE facts (seq)")
    other.close()
    for kind in (Journal, JournalReader):
        with pytest.raises(JournalRefused, match="is no journal of this program"):
            await kind(tmp_path / "journal", "race").__aenter__()


async def test_a_journal_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race"):
        pass
    newer = pysqlite3.connect(str(tmp_path / "journal"))
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(JournalRefused, match="newer version"):
        await Journal(tmp_path / "journal", "race").__aenter__()


async def test_reading_needs_a_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalRefused, match="there is no journal at"):
        await JournalReader(tmp_path / "journal", "race").__aenter__()
    assert os.listdir(tmp_path) == []


async def test_an_sqlite_that_can_corrupt_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(JournalRefused, match="pysqlite3 uses SQLite 3"):
        await Journal(tmp_path / "journal", "race").__aenter__()


def test_python_keeps_its_own_sqlite() -> None:
    """Only aiosqlite was given the other one."""
    code = "import live.ingest.journal, sqlite3, aiosqlite; print(sqlite3.__name__, aiosqlite.sqlite_version)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert said == ["sqlite3", pysqlite3.sqlite_version]


# --- when things go wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        ("UPDATE facts SET body = replace(body, '1A', '2A') WHERE seq = 2", "fact 2: its hash does not follow"),
        ("UPDATE facts SET heard_at_ms = 5 WHERE seq = 2", "fact 2: its hash does not follow"),
        ("DELETE FROM facts WHERE seq IN (2, 3)", "facts 2 to 3 are missing"),
        ("UPDATE facts SET body = '{' WHERE seq = 4", "fact 4 of the journal cannot be understood"),
        ("UPDATE facts SET body = '[1]' WHERE seq = 5", "fact 5 of the journal cannot be understood"),
    ],
)
async def test_a_changed_journal_is_found_out(tmp_path: Path, damage: str, complaint: str) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([*(passage(seq) for seq in range(1, 5)), GUN], [], 1)
        assert await journal.verify() == []
    vandal = pysqlite3.connect(str(tmp_path / "journal"), isolation_level=None)
    vandal.execute(damage)
    vandal.close()
    async with JournalReader(tmp_path / "journal", "race") as reader:
        wrong = await reader.verify()
    assert any(complaint in each for each in wrong), wrong


async def test_a_flipped_bit_is_found_out(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([passage(seq) for seq in range(1, 2_000)], [], 1)
    content = bytearray((tmp_path / "journal").read_bytes())
    content[len(content) // 2] ^= 4
    (tmp_path / "journal").write_bytes(content)
    async with JournalReader(tmp_path / "journal", "race") as reader:
        assert await reader.verify() != []


@pytest.mark.parametrize(
    "damage",
    ["UPDATE facts SET heard_at_ms = 2 WHERE seq = 2", """UPDATE facts SET body = '{"seq":"t' WHERE seq = 2"""],
)
async def test_a_fact_that_is_not_what_it_was_is_never_told(tmp_path: Path, damage: str) -> None:
    """A wrong board would follow from it: who reads is told to restore, or does without the fact."""
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([passage(1), passage(2), passage(3)], [], 1)
    vandal = pysqlite3.connect(str(tmp_path / "journal"), isolation_level=None)
    vandal.execute(damage)
    vandal.close()
    async with JournalReader(tmp_path / "journal", "race") as reader:
        with pytest.raises(JournalRefused, match=r"fact 2 is not what it was.*live restore"):
            await facts(reader)
    async with JournalReader(tmp_path / "journal", "race", {2}) as reader:
        assert [each.seq for each in await facts(reader)] == [1, 3]


@pytest.mark.parametrize(
    "row",
    [
        (2, "decision", None, None, None, "later", '{"type":"later"}', 1),
        (2, "passage", "mat-line", "e1", 2, None, '{"device":"mat-line","epoch":"e1","later":1}', 1),
    ],
)
async def test_a_fact_of_a_later_version_is_no_damage_and_can_be_left_out(tmp_path: Path, row: tuple[Any, ...]) -> None:
    """It is as it was written, so backups of it are good; decisions behind it are noted all the same."""
    path = tmp_path / "journal"
    async with Journal(path, "race") as journal:
        await journal.append([passage(1)], [], 1)
    other = pysqlite3.connect(str(path), isolation_level=None)
    [chain] = other.execute("SELECT hash FROM facts").fetchone()
    other.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, chained(chain, row)))
    other.close()
    async with Journal(path, "race") as journal:
        assert await journal.verify() == []
        with pytest.raises(JournalRefused, match=r"fact 2 of the journal cannot be understood.*--skip"):
            await facts(journal)
    async with Journal(path, "race", {2}) as journal:
        await journal.append([GUN], [], 2)
        assert [each.seq for each in await facts(journal)] == [1, 3]
        assert [each.fact for each in await journal.ruled()] == [GUN]
        assert (await journal.copy(tmp_path / "copy", lambda: False)).facts == 3


async def test_a_full_disk_writes_nothing_and_later_goes_on(tmp_path: Path) -> None:
    """T109: nothing is acknowledged that is not kept; when there is room the same batch goes through."""
    async with Journal(tmp_path / "journal", "race") as journal:
        await journal.append([passage(1)], [], 1)
        await journal._hop(lambda: journal._writing.execute("PRAGMA max_page_count = 20").fetchall())
        batch = [passage(seq, chip="X" * 60) for seq in range(2, 2_000)]
        for _ in range(2):
            with pytest.raises(JournalFull, match="no room on the disk"):
                await journal.append(batch, [], 2)
        assert (journal.version, journal.watermarks.of("mat-line", "e1").through) == (1, 1)
        assert len(await facts(journal)) == 1
        await journal._hop(lambda: journal._writing.execute("PRAGMA max_page_count = 100000").fetchall())
        assert len(await journal.append(batch, [], 3)) == 1_998
        assert await journal.verify() == []


async def test_a_cancelled_append_is_whole_or_not_at_all(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        for seq in range(1, 40):
            appending = asyncio.create_task(journal.append([passage(seq)], [], 1))
            for _ in range(seq % 4):
                await asyncio.sleep(0)
            appending.cancel()
            await asyncio.wait([appending])
        await journal.append([passage(seq) for seq in range(1, 41)], [], 2)
        kept = await facts(journal)
        assert [each.seq for each in kept] == list(range(1, 41))
        assert {each.fact for each in kept} == {passage(seq) for seq in range(1, 41)}
        assert await journal.verify() == []


async def test_appends_at_the_same_time_take_turns(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", "race") as journal:
        await asyncio.gather(*(journal.append([passage(seq)], [], 1) for seq in range(1, 51)))
        assert journal.watermarks.of("mat-line", "e1").through == 50
        assert await journal.verify() == []


KILLED_IN_THE_MIDDLE = """
import asyncio, sys
from pathlib import Path
from live.ingest.journal import Journal
from live.messages.devices import Passage

async def main():
    async with Journal(Path(sys.argv[1]), "race") as journal:
        for first in range(1, 1_000_000, 7):
            await journal.append([Passage("m", "e", seq, seq, chip="1A") for seq in range(first, first + 7)], [], 1)
            print(first + 6, flush=True)

asyncio.run(main())
"""


async def test_kill_9_loses_nothing_that_append_returned(tmp_path: Path) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_IN_THE_MIDDLE, str(tmp_path / "journal"), stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    said = [int(await writer.stdout.readline()) for _ in range(100)]
    writer.kill()
    said += [int(line) for line in (await writer.communicate())[0].splitlines()]
    async with Journal(tmp_path / "journal", "race") as journal:
        assert journal.watermarks.of("m", "e").through >= said[-1]
        assert journal.version % 7 == 0  # whole batches only
        assert await journal.verify() == []


async def test_a_journal_whose_making_was_cut_short_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "journal").touch()
    async with Journal(tmp_path / "journal", "race") as journal:
        assert journal.id


def test_a_watermark_knows_what_it_holds() -> None:
    stored = Watermark()
    for seq in (1, 2, 4, 2**53 - 1):
        stored.add(seq)
    assert (2 in stored, 3 in stored, 4 in stored, 0 in stored) == (True, False, True, False)
    assert stored.holes == [(3, 3), (5, 2**53 - 2)]


async def test_the_same_unreadable_passage_of_another_epoch_is_stored_for_both(tmp_path: Path) -> None:
    """Else the watermark would go back at a restart, below what the device was told."""
    bad = [Rejected("t", b"{}", "no instant", "m", epoch, 1) for epoch in ("e1", "e2")]
    async with Journal(tmp_path / "journal", "race") as journal:
        for each in bad:
            await journal.append([], [each], 1)
    async with Journal(tmp_path / "journal", "race") as journal:
        assert [journal.watermarks.of("m", epoch).through for epoch in ("e1", "e2")] == [1, 1]
