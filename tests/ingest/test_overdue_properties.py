"""Who is overdue follows from the facts and the clock alone, however often the boards were looked at before."""

from dataclasses import asdict
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.messages.facts import Recorded
from tests.conftest import examples
from tests.ingest.scene import GROWING, Scene, entry, ms, race

FORMATS: dict[str, dict[str, Any]] = {
    "growing": {"legs": GROWING},
    "ordinary": {"legs": (("A",), ("B",), ("C",))},
    "alone": {"legs": (("A",),), "repeat": 4},
    "leader": {"legs": (("A",),), "repeat": 4, "finish": "with_leader"},
    "teams": {"legs": (("A", "B"),), "repeat": 3, "finish": "with_leader"},
    "timed": {"legs": (("A",),), "duration_ms": 3_600_000, "team_time": "first"},
}
POINTS = (("mat-km1", 1, 3), ("mat-km2", 2, 3), ("mat-line", 3, 3))
BIBS = ("12", "31", "32", "33", "34")
Read = tuple[int, str, str]
"""Second, chip, device."""


def scene(name: str, teams: int) -> Scene:
    return Scene(race(*(entry(bib) for bib in BIBS[:teams]), **FORMATS[name]))


def day(of: Scene, rng: Random) -> list[tuple[int, Read]]:
    """What was read, and in which second it was heard: who sets out fast, stops, is missed, is told of late."""
    heard: list[tuple[int, Read]] = []
    (relay,) = of.event.races
    for each in relay.entries:
        begun_s, pace = 0, rng.uniform(0.9, 1.4)
        for lap in range(1, rng.randint(1, 4) + 1):
            took_s, fast = int(rng.uniform(600, 900) * pace), rng.uniform(0.6, 1.05)
            for device, part, of_all in POINTS:
                there_s = begun_s + int(took_s * part / of_all * (fast if part < of_all else 1))
                for runner in relay.runs(lap) if rng.random() < 0.85 else ():
                    read = (there_s + rng.randrange(4), each.bib + runner, device)
                    heard.append((read[0] + (rng.randrange(1_500) if rng.random() < 0.2 else 0), read))
            begun_s += took_s
    return sorted(heard)


def rows(of: Scene) -> dict[str, dict[str, Any]]:
    return {bib: asdict(row) for bib, row in of.board().rows.items()}


def told_at_once(name: str, teams: int, facts: list[Recorded], now_ms: int) -> dict[str, dict[str, Any]]:
    """The rows of who is told all of it, in that order, and looks at the boards for the first time."""
    fresh = scene(name, teams)
    fresh.now_ms = now_ms
    for fact in facts:
        fresh.meeting.apply(fact)
    return rows(fresh)


def same_rows(name: str, teams: int, seed: int) -> None:
    """Live, tick by tick, as told at once, and in any order."""
    rng, live = Random(seed), scene(name, teams)
    live.now_ms = ms(0)
    for second, (at, chip, device) in day(live, rng):
        while (tick_ms := live.meeting.next_tick_ms(live.now_ms)) is not None and tick_ms < ms(second * 1_000):
            live.now_ms = tick_ms
            live.board()
        live.now_ms = ms(second * 1_000)
        live.read(chip, at * 1_000, device)
        if rng.random() < 0.2:
            shuffled = rng.sample(live.facts, len(live.facts))
            assert rows(live) == told_at_once(name, teams, shuffled, live.now_ms)
    assert rows(live) == told_at_once(name, teams, live.facts, live.now_ms)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_in_ten_races_of_each_format_the_same_teams_are_overdue(name: str) -> None:
    """The same ten in every run."""
    for seed in range(10):
        same_rows(name, 1 + seed % len(BIBS), seed)


@examples(30)
@given(st.sampled_from(sorted(FORMATS)), st.integers(1, len(BIBS)), st.integers(0, 2**32))
def test_who_is_overdue_follows_from_the_facts_and_the_clock_alone(name: str, teams: int, seed: int) -> None:
    """T10, T92."""
    same_rows(name, teams, seed)
