"""Boards of the past: quick, and the same as if only what is known until then had been told."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.ingest import past
from live.ingest.meeting import Meeting
from live.ingest.past import looks_back
from live.ingest.race import LiveRace
from live.messages.boards import Row
from live.messages.decisions import (
    AddCrossing,
    AdjustTime,
    Decision,
    FireGun,
    FreezePublic,
    Ruling,
    SetStatus,
    VoidPassage,
)
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import PlannedRestart
from tests.ingest.officials import PUBLISH, ended, ruled
from tests.ingest.scene import GUN_MS, Scene, entry, event, ms, race
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


# --- by example -------------------------------------------------------------------------------------------------


def told_at(scene: Scene, at: str, **about: str) -> dict[str, Any]:
    """A board of the past."""
    scene.meeting.changes(scene.now_ms)
    return scene.meeting.answer("board_at", {"race": "relay", "at_ms": str(ms(at)), **about})


def board_at(scene: Scene, at: str, **about: str) -> dict[str, Any]:
    """Its rows, by bib."""
    return {row["bib"]: row for row in told_at(scene, at, **about)["rows"]}


def test_a_board_of_the_past_has_what_was_seen_until_then_and_no_later_ruling() -> None:
    """Retired at 40:00, a crossing added at 30:00: both later than 20:00."""
    scene = Scene(race(entry("12", "R"), entry("31", "R"), legs=(("R",),), repeat=3))
    scene.read("12R", "13:00")
    scene.read("31R", "14:00")
    scene.rule(AddCrossing("relay", "12", ms("30:00"), "R"))
    scene.rule(SetStatus("relay", "31", "dnf"))
    then = board_at(scene, "20:00")
    assert [(then[bib]["status"], then[bib]["laps"]) for bib in ("12", "31")] == [("running", 1), ("running", 1)]
    assert [(scene.row(bib).status, scene.row(bib).laps) for bib in ("12", "31")] == [("running", 2), ("dnf", 1)]


def test_a_gun_moved_later_was_where_it_was_in_the_past() -> None:
    """T38: at 20:00 the official had not yet moved it; the instant of a gun is its own."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=3))
    scene.read("12R", "13:00")
    scene.rule(FireGun("relay", ms("3:00")))
    scene.rule(SetStatus("relay", "12", "dnf"))
    assert board_at(scene, "2:00")["12"]["status"] == "running", "the planned gun, until the other is reached"
    assert board_at(scene, "13:00")["12"]["lap_times_ms"] == (600_000,)


def test_of_two_contents_under_one_identity_the_past_knows_what_was_seen_until_then() -> None:
    """T03: the earlier counts, and at an instant between them nothing else is known."""
    scene = Scene(race(entry("12", "R"), entry("31", "R"), legs=(("R",),)))
    scene.hear(Passage("mat-line", "e1", 1, ms("14:00"), chip="12R"))
    scene.hear(Passage("mat-line", "e1", 1, ms("13:00"), chip="31R"))
    then = board_at(scene, "13:30")
    assert (then["31"]["laps"], then["12"]["laps"]) == (1, 0)


def test_what_was_known_at_an_instant_leaves_out_what_was_heard_later() -> None:
    """T28: everything here was heard at 2:00:00."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=3))
    scene.read("12R", "13:00")
    assert board_at(scene, "20:00")["12"]["laps"] == 1
    assert board_at(scene, "20:00", known="1")["12"]["laps"] == 0


def test_only_what_is_judged_anew_takes_long() -> None:
    """T90: a team's card does while the public is shown the board of a freeze, and an official sees through that."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=3))
    about = {"race": "relay", "bib": "12"}
    assert (looks_back(scene.meeting, "board_at", about), looks_back(scene.meeting, "board", about)) == (True, False)
    assert not looks_back(scene.meeting, "team", about)
    scene.rule(FreezePublic("relay"))
    assert looks_back(scene.meeting, "team", about)
    assert not looks_back(scene.meeting, "team", {**about, "official": "1"})


LONG = dict(legs=(("R",),), repeat=800, min_lap_ms=30_000, arrive_within_ms=10_000)


def long_race(order: list[int]) -> Scene:
    """One runner, 800 laps of a minute; his passages are heard in this order."""
    scene = Scene(race(entry("12", "R"), **LONG))
    for n, lap in enumerate(order, start=1):
        scene.hear(Passage("mat-line", "e1", lap, ms(lap * 60_000), chip="12R"))
        if n % 5 == 0:
            scene.meeting.changes(ms(lap * 60_000))
    return scene


def test_what_comes_hours_late_gives_the_same_as_in_order() -> None:
    """T10, T28: by minutes, by hours, and what was taken for sure a moment before is judged again."""
    whole = list(range(1, 791))
    late = {3, 100, 311, 697, 698}
    held_back = [lap for lap in whole if lap not in late]
    in_order = long_race(whole).row("12")
    for order in ([*held_back, 698, 697, 311, 100, 3], [*held_back, 3, 100, 311, 697, 698]):
        assert replace(long_race(order).row("12"), version=0) == replace(in_order, version=0)


def test_a_slider_through_a_long_race_goes_on_from_where_the_team_stood() -> None:
    """At each instant the laps until then."""
    scene = long_race(list(range(1, 791)))
    assert [board_at(scene, f"{at}:30")["12"]["laps"] for at in (5, 90, 300, 690, 696)] == [5, 90, 300, 690, 696]


# --- days by a fixed chance ---------------------------------------------------------------------------------------


def heard_in(facts: list[Recorded], name: str, split: int) -> Meeting:
    """A meeting that heard the passages of a day in this order, and made boards on the way."""
    meeting = Meeting(event(RACES[name]), "paper")
    for n, fact in enumerate(facts, start=1):
        meeting.apply(fact)
        if n % split == 0:
            meeting.changes(GUN_MS + 10**9)
    meeting.changes(GUN_MS + 10**9)
    return meeting


@pytest.mark.parametrize("name", sorted(RACES))
@pytest.mark.parametrize("seed", range(6))
def test_a_little_late_or_very_late_gives_the_same_judging(name: str, seed: int) -> None:
    """T10, T64: whatever was judged meanwhile, every passage has the verdict that it has in order."""
    rng = Random(seed)
    passages = day(RACES[name], seed, 0.1)
    in_order = [Recorded(n, 0, each) for n, each in enumerate(passages, start=1)]
    late = sorted(in_order, key=lambda each: each.seq + rng.choice((0, 0, 0, 6, 20, 200)))
    ready, other = (heard_in(facts, name, split) for facts, split in ((in_order, 10**6), (late, 1)))
    for bib, team in ready.races["relay"].teams.items():
        assert other.races["relay"].teams[bib].judged.crossings == team.judged.crossings
    assert rows_of(other.races["relay"]) == rows_of(ready.races["relay"])


def test_what_an_official_added_later_was_not_known_before() -> None:
    """T28: added at 2:00:00, for 13:00."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=3))
    scene.rule(AddCrossing("relay", "12", ms("13:00"), "R"))
    assert board_at(scene, "20:00")["12"]["laps"] == 1
    assert board_at(scene, "20:00", known="1")["12"]["laps"] == 0


def test_a_content_that_an_earlier_one_has_since_set_aside_was_known_before() -> None:
    """T03: 12's counted until, an hour later, 31's came under the same number."""
    scene = Scene(race(entry("12", "R"), entry("31", "R"), legs=(("R",),)))
    for seq, (chip, at, heard) in enumerate((("12R", "14:00", "14:00"), ("31R", "13:00", "1:14:00")), start=1):
        scene.meeting.apply(Recorded(seq, ms(heard), Passage("mat-line", "e1", 1, ms(at), chip=chip)))
    then = board_at(scene, "20:00", known="1")
    assert (then["12"]["laps"], then["31"]["laps"]) == (1, 0)
    now = scene.board()
    assert (now.rows["12"].laps, now.rows["31"].laps) == (0, 1)


# --- what need not be judged again --------------------------------------------------------------------------------


def test_a_look_back_hears_what_nobody_has_judged_yet() -> None:
    """Facts come in while a board of the past is made: three laps have not been judged when it is asked for."""
    scene = long_race(list(range(1, 41)))
    for lap in (41, 42, 43):
        scene.hear(Passage("mat-line", "e1", lap, ms(lap * 60_000), chip="12R"))
    told = scene.meeting.answer("board_at", {"race": "relay", "at_ms": str(ms("42:30"))})
    assert [row["laps"] for row in told["rows"]] == [42]


def test_of_a_restarted_lap_the_past_asks_what_was_asked_then() -> None:
    """T46: lap 4 was begun by a mass restart, and only who runs lap 5 has come in: that changes no lap."""
    planned = (PlannedRestart(4, ms("40:00")),)
    of = race(entry("12", "ABCDE"), legs=tuple((code,) for code in "ABCDE"), repeat=1, restarts=planned)
    scene = Scene(of)
    scene.read("12A", "10:00")
    for second in range(20, 29):
        scene.read("12B", f"10:{second}")
    assert scene.row("12").laps == 1
    scene.read("12E", "1:10:00")
    then = board_at(scene, "1:20:00")["12"]["doubts"]
    now = [doubt for doubt in scene.row("12").doubts if not doubt.startswith("overdue/")]  # of now, not of the past
    assert list(then) == now != []


def test_a_board_of_the_past_says_which_edition_was_official_then() -> None:
    """T87: published at 40:00, corrected at 50:00; before, there was none. Whatever is ruled of it later."""
    scene = ended()
    ruled(scene, PUBLISH, at="40:00")
    ruled(scene, AdjustTime("relay", "2", 1_000), at="50:00")
    scene.meeting.changes(scene.now_ms)
    for later in (None, VoidPassage("mat-line", "e1", 1)):
        if later is not None:
            ruled(scene, later, at="1:00:00")
        heads = [told_at(scene, at)["head"] for at in ("39:00", "45:00", "55:00")]
        assert [(each["state"] == "official", each["edition"]) for each in heads] == [(False, 0), (True, 1), (True, 2)]
        assert (heads[0]["official_at_ms"], ms("40:00") <= heads[1]["official_at_ms"] < ms("41:00")) == (None, True)


def test_behind_a_freeze_no_edition_is_told_of() -> None:
    """T90: published while the public sees nothing new."""
    scene = ended()
    ruled(scene, FreezePublic("relay"), at="30:00")
    ruled(scene, PUBLISH, at="40:00")
    head = told_at(scene, "45:00")["head"]
    assert (head["state"], head["edition"], head["official_at_ms"]) == ("provisional", 0, None)
