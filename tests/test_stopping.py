"""SIGTERM ends every service within the 5 s that are promised, whatever it is at, with nothing lost."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from live.ingest.backups import backup_files
from live.ingest.checking import examined
from live.ingest.journal import Journal, journal_file
from live.messages.devices import Passage
from tests.conftest import until
from tests.serving import Served, live
from tests.test_supervisor import NAMES, store, until_page

Serving = Callable[..., Awaitable[Served]]
PROMISED_S = 5.0


async def stopped(serving: Served) -> int:
    """Send SIGTERM; return the exit code, if it comes in the time that is promised."""
    serving.process.terminate()
    async with asyncio.timeout(PROMISED_S):
        return await serving.process.wait()


async def test_each_service_and_the_whole_end_in_time(folder: Path, served: Serving) -> None:
    serving = await served(folder)
    await store(serving, 1)
    for name in NAMES:
        process = serving.children()[name]
        process.terminate()
        await asyncio.to_thread(process.wait, PROMISED_S)  # the supervisor starts another one
        await until(lambda name=name: name in serving.children(), f"another {name}")  # type: ignore[misc]
    await until_page(serving)
    await store(serving, 2)
    processes = serving.children().values()
    assert await stopped(serving) == 0
    assert not any(process.is_running() for process in processes)
    assert "is killed" not in serving.log.read_text()


async def test_in_the_middle_of_a_backup_it_ends_in_time_and_leaves_no_half_one(
    folder: Path, served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_INGEST_BACKUP_S", "1")
    async with Journal(journal_file(folder / "data"), folder.name) as journal:
        passages = [Passage("mat-line", "e1", seq, 1_464_273_000_000 + seq, chip="1A") for seq in range(1, 150_001)]
        await journal.append(passages, [], 1_464_273_000_000)
    serving = await served(folder)
    await store(serving, 1)
    backups = folder / "data" / "backup"
    await until(lambda: list(backups.glob("*.new")) != [], "the backup to begin")
    assert await stopped(serving) == 0
    assert "is killed" not in serving.log.read_text()
    assert all(examined(each.path)[1] == [] for each in backup_files(backups, folder.name))
    code, _, wrong = await live("journal", folder, "--verify")
    assert (code, wrong) == (0, "")
