"""The judge sees what was lost, what was brought in beside, and that a board is another one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.chaos.ground import plain
from tests.chaos.judge import Boards, judge
from tests.chaos.line import Line, running
from tests.chaos.repeats import link_as_replay, say
from tests.chaos.script import as_line, write_script
from tests.conftest import DEADLINE_S

MAT = "mat-line"


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Line]:
    """A small race of which everything is told and decided."""
    script = write_script(tmp_path / "event", 1, 6, 3)
    (tmp_path / "work").mkdir()
    async with running(script, plain(tmp_path / "work"), rate=1_000) as line:
        for repair in script.repairs:
            await line.official.decide(repair.ruling, "found at the desk")
        await line.devices.drain()
        yield line


async def until_stored(line: Line, passages: int) -> None:
    """Wait until ingest says on its port that it has so many."""
    async with asyncio.timeout(DEADLINE_S), httpx.AsyncClient(base_url=line.url) as client:
        while f"live_passages_total {passages}" not in (await client.get("/metrics")).text:  # noqa: ASYNC110 - polled
            await asyncio.sleep(0.05)


async def test_nothing_is_wrong_with_a_race_that_nobody_disturbed(told: Line) -> None:
    outcome, boards = await judge(told, None)
    assert outcome.wrong == ()
    assert outcome.stored == outcome.journaled == len(told.script.passages)
    assert [row["status"] for row in boards["relay"]["results"]].count("finished") == 6


async def test_passage_that_only_a_device_has_is_lost(told: Line) -> None:
    newest = told.devices.journal_of(MAT)[-1]
    with (told.ground.work / f"{MAT}.journal").open("ab") as file:
        file.write(as_line(replace(newest, seq=newest.seq + 1)))
    outcome, _ = await judge(told, None)
    assert outcome.lost == 1
    assert any("1 lost" in wrong for wrong in outcome.wrong)


async def test_contradiction_that_nobody_meant_is_one_fact_too_many(told: Line) -> None:
    newest = told.devices.journal_of(MAT)[-1]
    await say(told, link_as_replay(told), [replace(newest, chip="X1")])
    await until_stored(told, len(told.script.passages) + 1)
    outcome, _ = await judge(told, None)
    assert outcome.twice == 1


async def test_board_that_is_not_that_of_the_race_without_faults_is_named(told: Line) -> None:
    other: Boards = {"relay": {"results": []}, "walk": {"results": []}}
    outcome, _ = await judge(told, other)
    assert {"the board of relay differs", "the board of walk differs"} <= set(outcome.wrong)
