"""Three recorded growing relays: a late B, a missed A, a mat that delivers twenty minutes late.

What each shows stands as text beside its passages, checked by hand against the rules, and is compared byte for byte.
"""

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from live.event import read_event
from live.messages.facts import Recorded
from live.rehearsal.recording import read_recording
from tests.races.convert import RealRace
from tests.races.doors import Core, Door, recorded
from tests.races.line import Serve, on_the_line
from tests.races.text import board_text, document, team_text, titles

GROWING = Path(__file__).parent / "growing"
JOURNALS = ("late-b", "missed-a", "late-mat")
GUN_MS = 1_464_273_000_000

Order = Callable[[list[Recorded]], list[Recorded]]


def as_recorded(facts: list[Recorded]) -> list[Recorded]:
    return facts


def backwards(facts: list[Recorded]) -> list[Recorded]:
    return facts[::-1]


def doubled(facts: list[Recorded]) -> list[Recorded]:
    return facts + facts


def shuffled_and_doubled(seed: int) -> Order:
    def order(facts: list[Recorded]) -> list[Recorded]:
        twice = facts + facts
        random.Random(seed).shuffle(twice)
        return twice

    return order


ORDERS = {
    "as recorded": as_recorded,
    "backwards": backwards,
    "doubled": doubled,
    **{f"shuffled and doubled {seed}": shuffled_and_doubled(seed) for seed in range(5)},
}


def journal(name: str) -> tuple[Path, list[Recorded]]:
    event = read_event(GROWING / name / "event")
    return GROWING / name, recorded(read_recording(GROWING / name / "passages.csv", event.by_device).passages)


def numbered(facts: list[Recorded]) -> list[Recorded]:
    """The journal as it would be in this order: a fact told twice is journaled twice, under another number."""
    return [replace(fact, seq=seq) for seq, fact in enumerate(facts, 1)]


def section(door: Door, title: str) -> str:
    """What the section of this title shows: ``after 26:20``, ``known after 26:20``, ``at the end``, ``team 1``."""
    what, _, last = title.rpartition(" ")
    if what == "team":
        return team_text(door.team("relay", last))
    if title == "at the end":
        return board_text(door.board("relay"))
    minutes, seconds = last.split(":")
    at_ms = GUN_MS + (int(minutes) * 60 + int(seconds)) * 1_000
    return board_text(door.board("relay", at_ms=at_ms, **({"known": 1} if what.startswith("known") else {})))


def shown(door: Door, expected: str) -> str:
    return document((title, section(door, title)) for title in titles(expected))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", JOURNALS)
def test_a_recorded_relay_gives_its_boards_in_any_order_of_arrival(name: str, order: str) -> None:
    """T02, T09, T10, T28, T47, T48, T52, T53, T54b, T60b, T64, T92: one set of facts, one text."""
    folder, facts = journal(name)
    core = Core(read_event(folder / "event"), numbered(ORDERS[order](facts)))
    expected = (folder / "boards.txt").read_text(encoding="utf-8")
    assert shown(core, expected) == expected


@pytest.mark.parametrize("name", JOURNALS)
def test_boards_published_on_the_way_leave_no_trace_in_the_last(name: str) -> None:
    """T92: judging after every single passage ends where judging once does."""
    folder, facts = journal(name)
    core = Core(read_event(folder / "event"), ())
    for fact in facts:
        core.meeting.apply(fact)
        core.meeting.changes(0)
    expected = (folder / "boards.txt").read_text(encoding="utf-8")
    assert shown(core, expected) == expected


def test_while_a_mat_is_silent_the_points_beyond_it_carry_the_race() -> None:
    """What was known at a moment, and what the same moment looks like since the mat has delivered."""
    folder, facts = journal("late-mat")
    expected = (folder / "known.txt").read_text(encoding="utf-8")
    assert shown(Core(read_event(folder / "event"), facts), expected) == expected


async def test_a_late_mat_through_the_line_gives_the_same_boards(served: Serve, tmp_path: Path) -> None:
    """T09, T28: over MQTT and HTTP, text for text what the core gives."""
    folder = Path(shutil.copytree(GROWING / "late-mat", tmp_path / "late-mat"))
    expected = (folder / "boards.txt").read_text(encoding="utf-8")
    with await on_the_line(served, RealRace(folder / "event", folder / "passages.csv", ())) as boards:
        assert shown(boards, expected) == expected
