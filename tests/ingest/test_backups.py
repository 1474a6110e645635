"""Backups while the journal is written: good ones only, a few, on any disk, and no commit waits for them."""

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pysqlite3
import pytest

from live.ingest.backups import Backups, backup_files, decisions_file, tokens_file
from live.ingest.checking import examined
from live.ingest.copying import CopyFailed
from live.ingest.decision_notes import noted
from live.ingest.journal import Journal
from live.messages.decisions import Decision, FireGun
from live.messages.devices import Passage, Rejected
from live.secrets import Secrets
from tests.conftest import DEADLINE_S, until

EVENT = "race"


def passages(first: int, last: int) -> list[Passage]:
    """Return passages of the mat at the line with these numbers."""
    return [Passage("mat-line", "e1", seq, 1_000 + seq, chip="1A") for seq in range(first, last + 1)]


def gun(number: int) -> Decision:
    """Return a decision of an official."""
    return Decision(f"d-{number}", "anna", 5_000, FireGun("relay", 4_000 + number), "the gun")


def ends_with(file: Path, decision: Decision) -> bool:
    """Whether this is the last decision in a file of notes."""
    return [each.fact for each in noted(file)[0]][-1:] == [decision]


class Clock:
    """What the machine's clock says."""

    def __init__(self) -> None:
        self.now_ms = 1_800_000_000_000

    def __call__(self) -> int:
        self.now_ms += 1_000
        return self.now_ms


def backups(journal: Journal, folder: Path, keep: int = 3, *, ours: bool = True) -> Backups:
    """Return backups of this journal in a folder."""
    return Backups(journal, Secrets(journal.path.parent), folder, keep=keep, ours=ours, wall_ms=Clock())


def facts_in(folder: Path) -> list[int]:
    """Return how many facts each backup holds, the newest first; a damaged one is a failure of the test."""
    found = []
    for each in backup_files(folder, EVENT):
        held, wrong = examined(each.path)
        assert held is not None, wrong
        found.append(held.facts)
    return found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 80 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_backup_holds_what_the_journal_held_and_is_one_plain_file(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", EVENT) as journal:
        await journal.append([*passages(1, 300), gun(1)], [Rejected("t", b"x", "no JSON")], 9_000)
        keeping = backups(journal, tmp_path / "backup")
        await keeping.copy()
        [file] = backup_files(tmp_path / "backup", EVENT)
        held, wrong = examined(file.path)
        assert held is not None, wrong
        assert (held.journal, held.facts, held.rejected, held.heard_at_ms) == (journal.id, 301, 1, 9_000)
        assert (keeping.state.facts, keeping.state.trouble) == (301, "")
        assert sorted(each.name for each in (tmp_path / "backup").iterdir()) == [file.path.name]


async def test_commits_go_on_while_a_backup_is_made(tmp_path: Path) -> None:
    """Each copy is whole, though the journal grew from its first page to its last."""
    async with Journal(tmp_path / "journal", EVENT) as journal:
        await journal.append(passages(1, 40_000), [], 1)
        copying = asyncio.create_task(backups(journal, tmp_path / "backup").copy())
        written = 40_000
        while not copying.done():
            await journal.append(passages(written + 1, written + 10), [], 2)
            written += 10
        await copying
        assert written > 40_010
        [held] = facts_in(tmp_path / "backup")
        assert 40_000 <= held < written
        assert await journal.verify() == []


async def test_tidying_waits_for_a_copy_under_way_and_no_commit_waits_for_either(tmp_path: Path) -> None:
    """A checkpoint waits for whoever reads: it must not have its turn meanwhile."""
    reached, go_on = threading.Event(), threading.Event()

    def in_the_middle() -> bool:
        reached.set()
        go_on.wait(DEADLINE_S)
        return False

    async with Journal(tmp_path / "journal", EVENT) as journal:
        await journal.append(passages(1, 100), [], 1)
        copying = asyncio.create_task(journal.copy(tmp_path / "copy", in_the_middle))
        await until(reached.is_set, "the copy to begin")
        tidying = asyncio.create_task(journal.checkpoint())
        await asyncio.sleep(0)
        await journal.append(passages(101, 101), [], 1)
        assert not tidying.done()
        go_on.set()
        assert (await copying).facts == 100
        await tidying


async def test_a_few_are_kept_and_those_of_another_journal_stay(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    async with Journal(tmp_path / "other", EVENT) as other:
        await backups(other, folder).copy()
    async with Journal(tmp_path / "journal", EVENT) as journal:
        keeping = backups(journal, folder, keep=3)
        for number in range(1, 7):
            await journal.append(passages(number, number), [], 1)
            await keeping.copy()
        ours = [each for each in backup_files(folder, EVENT) if each.journal == journal.id]
    assert len(ours) == 3
    assert len(backup_files(folder, EVENT)) == 4
    assert sorted(facts_in(folder)) == [0, 4, 5, 6]


async def test_without_news_there_is_no_other_backup_unless_the_one_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    async with Journal(tmp_path / "journal", EVENT) as journal:
        keeping = backups(journal, folder)
        await keeping.copy()
        first, made_at_ms = backup_files(folder, EVENT), keeping.state.at_ms
        await keeping.copy()
        assert backup_files(folder, EVENT) == first
        assert keeping.state.at_ms > made_at_ms  # it is as good as one made now
        first[0].path.unlink()
        await keeping.copy()
        assert len(backup_files(folder, EVENT)) == 1


async def test_the_newest_is_the_newest_though_the_clock_went_back(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    async with Journal(tmp_path / "journal", EVENT) as journal:
        for number in (1, 2, 3):
            await journal.append(passages(number, number), [], 1)
            keeping = backups(journal, folder)  # its clock begins at the same instant each time
            await keeping.copy()
    assert facts_in(folder) == [3, 2, 1]


async def test_a_damaged_journal_does_not_push_out_good_backups(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    async with Journal(tmp_path / "journal", EVENT) as journal:
        await journal.append(passages(1, 20), [], 1)
        keeping = backups(journal, folder, keep=1)
        await keeping.copy()
        vandal = pysqlite3.connect(str(tmp_path / "journal"), isolation_level=None)
        vandal.execute("UPDATE facts SET heard_at_ms = 2 WHERE seq = 7")
        vandal.close()
        await journal.append(passages(21, 22), [], 1)
        await keeping.copy()
        assert "fact 7: its hash does not follow" in keeping.state.trouble
        assert keeping.state.facts == 20
    assert facts_in(folder) == [20]


async def test_a_full_disk_is_told_and_ingest_goes_on(tmp_path: Path, small_disk: Path) -> None:
    async with Journal(tmp_path / "journal", EVENT) as journal:
        keeping = backups(journal, small_disk, ours=False)
        await keeping.copy()
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(40 << 20))
        await journal.append(passages(1, 10), [], 1)
        await keeping.copy()
        assert "MB are free" in keeping.state.trouble
        assert facts_in(small_disk) == [0]
        ballast.unlink()
        await keeping.copy()
        assert keeping.state.trouble == ""
    assert facts_in(small_disk) == [10, 0]


async def test_a_disk_that_fills_up_meanwhile_leaves_nothing_half(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live.ingest.backups.SPARE_BYTES", -(1 << 40))  # it seemed that there was room
    (small_disk / "ballast").write_bytes(bytes(79 << 20))
    async with Journal(tmp_path / "journal", EVENT) as journal:
        await journal.append(passages(1, 20_000), [], 1)
        keeping = backups(journal, small_disk, ours=False)
        await keeping.copy()
        assert "full" in keeping.state.trouble
        assert backup_files(small_disk, EVENT) == []
        assert len(await journal.append(passages(20_001, 20_001), [], 1)) == 1


async def test_a_disk_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    """Else backups would go to the disk of the journal, below the name of the one that was not mounted."""
    stick = tmp_path / "stick"
    async with Journal(tmp_path / "journal", EVENT) as journal:
        keeping = backups(journal, stick, ours=False)
        await keeping.copy()
        assert "No such file or directory" in keeping.state.trouble
        assert not stick.exists()
        stick.mkdir()
        await keeping.copy()
        assert keeping.state.trouble == ""


async def test_a_copy_that_was_ended_is_no_backup(tmp_path: Path) -> None:
    async with Journal(tmp_path / "journal", EVENT) as journal:
        await journal.append(passages(1, 40_000), [], 1)
        with pytest.raises(CopyFailed, match="not finished"):
            await journal.copy(tmp_path / "copy", lambda: True)
        assert backup_files(tmp_path, EVENT) == []


# --- decisions and tokens ---------------------------------------------------------------------------------------


async def test_decisions_are_noted_at_once_and_after_a_restart_where_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    for life in (0, 1):
        async with Journal(tmp_path / "journal", EVENT) as journal:
            keeping = backups(journal, folder)
            noting = asyncio.create_task(keeping.note_decisions())
            for number in (1, 2):
                seq = 2 * life + number
                await journal.append([*passages(seq, seq), gun(seq)], [], 7)
                keeping.wake()
                file = decisions_file(folder, EVENT, journal.id)
                await until(partial(ends_with, file, gun(seq)), "the note")
            noting.cancel()
            await asyncio.wait([noting])
    ruled, damage = noted(file)
    assert [(each.seq, each.fact) for each in ruled] == [(2 * n, gun(n)) for n in (1, 2, 3, 4)]
    assert damage == []


async def test_a_note_that_was_torn_or_changed_is_left_out_and_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    async with Journal(tmp_path / "journal", EVENT) as journal:
        await journal.append([gun(n) for n in (1, 2, 3)], [], 7)
        keeping, file = backups(journal, folder), decisions_file(folder, EVENT, journal.id)
        await keeping.note_new()
        file.write_bytes(file.read_bytes()[:-5])  # a power cut
        assert [each.seq for each in noted(file)[0]] == [1, 2]
        await keeping.note_new()
        assert [each.seq for each in noted(file)[0]] == [1, 2, 3]
        assert noted(file)[1] == [f"{file}: line 3 is damaged"]
        file.write_bytes(file.read_bytes().replace(b'"by":"anna"', b'"by":"luc"', 1))
        assert [each.seq for each in noted(file)[0]] == [2, 3]


async def test_a_new_disk_gets_all_decisions(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    async with Journal(tmp_path / "journal", EVENT) as journal:
        await journal.append([gun(1)], [], 7)
        keeping = backups(journal, folder)
        await keeping.note_new()
        shutil.rmtree(folder)
        await journal.append([gun(2)], [], 7)
        await keeping.note_new()
        assert [each.seq for each in noted(decisions_file(folder, EVENT, journal.id))[0]] == [1, 2]


async def test_who_may_come_in_is_kept_too_for_us_alone(tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    secrets = Secrets(tmp_path)
    async with Journal(tmp_path / "journal", EVENT) as journal:
        keeping, copy = backups(journal, folder), tokens_file(folder, EVENT, journal.id)
        await keeping.copy()
        assert not copy.exists()
        token, _ = secrets.grant("device", "mat-line")
        await keeping.copy()
        good = copy.read_bytes()
        (secrets.folder / "tokens.json").write_text("half a wri")
        await keeping.copy()
        assert (copy.read_bytes(), keeping.state.trouble) == (good, "")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert not secrets.take_tokens(copy)  # those that are there are newer
    shutil.rmtree(secrets.folder)
    assert secrets.take_tokens(copy)
    assert Secrets(tmp_path).verify_device(token) == "mat-line"
