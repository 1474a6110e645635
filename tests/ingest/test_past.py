"""Boards of the past: quick, and the same as if only what is known until then had been told."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.ingest import past
from live.ingest.meeting import Meeting
from live.ingest.race import LiveRace
from live.messages import AddCrossing, Decision, FireGun, Recorded, Row, Ruling, SetStatus, VoidPassage
from tests.ingest.scene import GUN_MS, event, ms
from tests.ingest.test_missed_properties import RACES, day

Instant = tuple[str, int, float, int, int, bool]
INSTANTS = st.tuples(
    st.sampled_from(sorted(RACES)),
    st.integers(0, 2**32),
    st.sampled_from([0.05, 0.3]),
    st.sampled_from([1, 5]),
    st.integers(0, 90 * 60),
    st.booleans(),
)


def facts_of(name: str, seed: int, missed: float) -> list[Recorded]:
    """A day with a few rulings in it; some of its passages are heard minutes late."""
    rng = Random(seed)
    of = RACES[name]
    facts: list[tuple[int, Any]] = []
    for passage in day(of, seed, missed):
        facts.append((passage.at_ms + rng.choice((900, 900, 900, 400_000)), passage))
    rulings: list[Ruling] = [
        SetStatus(of.id, "2", "dnf"),
        AddCrossing(of.id, "1", ms(rng.randrange(4_000_000)), of.entries[0].runners[0].code),
        VoidPassage("mat-line", "e1", rng.randrange(1, 20)),
        FireGun(of.id, ms(rng.choice((0, 60_000)))),
    ]
    for n, ruling in enumerate(rng.sample(rulings, rng.randrange(len(rulings)))):
        at_ms = ms(rng.randrange(5_000_000))
        facts.append((at_ms, Decision(f"d{n}", "anna", at_ms, ruling)))
    facts.sort(key=lambda fact: fact[0])
    return [Recorded(seq, heard_ms, fact) for seq, (heard_ms, fact) in enumerate(facts, start=1)]


def rows_of(live: LiveRace) -> list[Row]:
    """The rows but for their versions: those of decisions about what was seen later may be in it or not."""
    return [replace(team.row, version=0) for team in live.teams.values() if team.row is not None]


def same_past(name: str, seed: int, missed: float, split: int, second: int, known: bool) -> None:
    """Look back on the way, and tell a new meeting the same facts."""
    meeting = Meeting(event(RACES[name]), "paper")
    for n, fact in enumerate(facts_of(name, seed, missed), start=1):
        meeting.apply(fact)
        if n % split == 0:
            meeting.changes(GUN_MS + 10**9)
    meeting.changes(GUN_MS + 10**9)
    live, at_ms = meeting.races["relay"], ms(second * 1_000)
    quick = past.looked_back(meeting, live, at_ms, known, None)
    slow = meeting.replayed(past.facts_until(meeting, at_ms, known), "wall", past=True)
    slow.changes(at_ms)
    assert rows_of(quick) == rows_of(slow.races["relay"])
    then = slow.races["relay"]
    assert (quick.state(), quick.as_of_ms, quick.gun_ms) == (then.state(), then.as_of_ms, then.gun_ms)


@settings(max_examples=100)
@given(INSTANTS)
def test_a_board_of_the_past_is_that_of_the_facts_until_then(instant: Instant) -> None:
    """at_ms, and with `known` only what had been heard by then: for a slider and for disputes, exact."""
    same_past(*instant)


@pytest.mark.deep
@settings(max_examples=5_000)
@given(INSTANTS)
def test_five_thousand_boards_of_the_past_are_those_of_the_facts_until_then(instant: Instant) -> None:
    """The same, for longer."""
    same_past(*instant)
