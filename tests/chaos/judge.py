"""The one judge of every race: what devices journaled, what is stored, what boards and phone say; is all whole."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from live.export import export
from live.ingest.journal import JournalReader, journal_file
from live.ingest.records import judged
from live.messages.decisions import Decision
from live.messages.devices import Passage
from tests.chaos.line import RACE, Line

SETTLED_S = 30.0

Boards = Mapping[str, dict[str, Any]]
"""The results of each race as `live export` writes them. Without the version: that follows the order of arrival."""


@dataclass(frozen=True)
class Outcome:
    """What became of a round. `wrong` is all of it in words; empty when everything holds."""

    journaled: int
    stored: int
    lost: int
    twice: int
    decisions: int
    wrong: tuple[str, ...]


async def judge(line: Line, reference: Boards | None) -> tuple[Outcome, Boards]:
    """Judge a line whose devices have all their watermarks, and stop it; `reference` is the race without faults.

    Raises:
        JournalRefused: there is no journal.
    """
    boards = await _boards(line)
    wrong = await _shown(line, boards[RACE])
    await line.stop()
    wrong += await _damage(line)
    if reference is not None:
        wrong += [f"the board of {race} differs" for race in boards if _bytes(boards[race]) != _bytes(reference[race])]
    journaled, facts = line.devices.journaled(), await _facts(line)
    passages = [fact for fact in facts if isinstance(fact, Passage)]
    stored = {passage.identity for passage in passages}
    said = {(passage.identity, judged(passage)) for passage in passages}
    lost = [passage for passage in journaled if (passage.identity, judged(passage)) not in said]
    twice = len(passages) - len(stored) - line.forged
    decisions = Counter(fact.id for fact in facts if isinstance(fact, Decision))
    wrong += _miscounted(line, journaled, stored, decisions)
    if lost:
        wrong.append(f"{len(lost)} lost, the first {lost[0].identity}")
    if twice:
        wrong.append(f"{twice} facts more than were told")
    return Outcome(len(journaled), len(stored), len(lost), max(0, twice), decisions.total(), tuple(wrong)), boards


def _miscounted(
    line: Line, journaled: list[Passage], stored: set[tuple[str, str, int]], decisions: Counter[str]
) -> list[str]:
    found = []
    if missing := len(line.script.passages) - len(journaled):
        found.append(f"{missing} passages of the script were never journaled")
    if stray := len(stored - {passage.identity for passage in journaled}):
        found.append(f"{stray} passages are stored that no device has")
    if decisions.total() != len(line.script.repairs):
        found.append(f"{decisions.total()} of {len(line.script.repairs)} decisions are stored")
    return found


async def _boards(line: Line) -> Boards:
    out = line.ground.work / f"results-{time.monotonic_ns()}"
    files = await export(
        line.script.event, journal_file(line.ground.data), out, formats=("json",), skipped=frozenset(line.skipped)
    )
    boards = {file.stem: json.loads(file.read_bytes()) for file in files}
    for board in boards.values():
        del board["version"]
    return boards


def _bytes(board: dict[str, Any]) -> bytes:
    return json.dumps(board).encode()


async def _facts(line: Line) -> list[object]:
    async with JournalReader(journal_file(line.ground.data), line.script.event.id, line.skipped) as reader:
        return [recorded.fact async for chunk in reader.read() for recorded in chunk]


async def _damage(line: Line) -> list[str]:
    """What `live journal --verify` finds: SQLite's own check, and the chain of hashes."""
    async with JournalReader(journal_file(line.ground.data), line.script.event.id) as reader:
        return await reader.verify()


async def _shown(line: Line, board: dict[str, Any]) -> list[str]:
    """Wait until API and phone show the board that follows from the journal; return what differs if they never do."""
    deadline_s = time.monotonic() + SETTLED_S
    differs = ["the API does not answer"]
    async with httpx.AsyncClient(base_url=line.url, timeout=5.0) as client:
        while differs and time.monotonic() < deadline_s:
            await asyncio.sleep(0.1)
            try:
                shown = (await client.get(f"/api/v1/races/{RACE}/standings")).raise_for_status().json()
            except httpx.HTTPError:
                continue
            differs = _differences(line, board, shown)
    return differs


def _differences(line: Line, board: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    page, found = line.phone.page, []
    judged_rows = [(row["place"], row["bib"], row["status"], row["time_ms"]) for row in board["results"]]
    if judged_rows != [(row["place"], row["bib"], row["status"], row["time_ms"]) for row in shown["standings"]]:
        found.append("the API shows another board than the journal gives")
    rows = [{n: v for n, v in row.items() if n not in ("gap_ms", "gap_laps")} for row in shown["standings"]]
    if (page.version, page.state) != (shown["version"], shown["state"]) or page.shown != rows:
        found.append(f"the phone is at version {page.version}, the API at {shown['version']}")
    return found
