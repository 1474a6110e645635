"""T10: what comes a few sightings late takes those few back, each by itself or from a checkpoint on: the same judging.

Each passage of a short story comes one, two, three … places late, and what is told is held against a meeting that hears
all of it in time.
"""

from typing import Any

import pytest

from live.ingest.checkpoints import EVERY
from live.ingest.crossings import STEPS
from live.ingest.meeting import Meeting
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Race
from tests.ingest.scene import entry, event, ms, race
from tests.ingest.test_missed import LINE_ONLY

Read = tuple[str, str | int, str]
"""A chip, or a bib by itself; when, from the gun; the device."""


def facts_of(reads: list[Read]) -> list[Recorded]:
    """The reads in their order, as the journal has them."""
    facts = []
    for n, (who, at, device) in enumerate(reads, start=1):
        chip, bib = (None, who) if who == "12" else (who, None)
        facts.append(Recorded(n, ms("2:00:00"), Passage(device, "e1", n, ms(at), chip, bib)))
    return facts


def told(of: Race, facts: list[Recorded], each: bool) -> Any:
    """All that is judged of the team: its row, its crossings, its card; judged after `each` fact, or once."""
    meeting = Meeting(event(of), "paper")
    for fact in facts:
        meeting.apply(fact)
        if each:
            meeting.changes(ms("1:59:00"))
    meeting.changes(ms("1:59:00"))
    team = meeting.races["relay"].teams["12"]
    crossings = [
        (one.sighting and one.sighting.fact, one.at_ms, one.runner, one.lap, one.verdict, one.reason, one.opened_ms)
        for one in team.judged.crossings
    ]
    laps = [(lap.number, lap.first_ms, sorted(lap.crossed), sorted(lap.late)) for lap in team.judged.laps]
    return team.row, crossings, laps, meeting.answer("team", {"race": "relay", "bib": "12"}), team.doubts


def each_late(of: Race, reads: list[Read], places: int, first: int = 0) -> None:
    """Hold each of the reads from the `first` on, so many places late, against all of them in time."""
    facts = facts_of(reads)
    whole = told(of, facts, each=False)
    assert told(of, facts, each=True) == whole
    for n in range(first, len(facts)):
        late = facts[:n] + facts[n + 1 : n + 1 + places] + [facts[n]] + facts[n + 1 + places :]
        assert told(of, late, each=True) == whole, f"{reads[n]} came {places} late"


GROWING: list[Read] = [
    ("12A", -20_000, "mat-line"),
    ("12A", "0:10", "mat-line"),
    ("12A", "4:20", "mat-km1"),
    ("12A", "4:21", "mat-km1"),
    ("12A", "8:40", "mat-km2"),
    ("12B", "12:50", "mat-line"),
    ("12A", "13:00", "mat-backup"),
    ("12A", "13:01", "mat-line"),
    ("12B", "13:02", "mat-line"),
    ("12B", "17:30", "mat-km1"),
    ("12A", "17:31", "mat-km1"),
    ("12A", "21:50", "mat-km2"),
    ("12", "26:58", "scanner-1"),
    ("12A", "27:00", "mat-line"),
    ("12B", "27:01", "mat-line"),
    ("12B", "27:03", "mat-line"),
    ("12C", "27:04", "mat-line"),
    ("12C", "32:00", "mat-km1"),
    ("12A", "42:00", "mat-line"),
    ("12B", "42:01", "mat-line"),
    ("12C", "42:02", "mat-line"),
    ("12C", "42:30", "mat-line"),
]
"""The growing relay: before the gun, on the way, seen twice, two mats, a bib typed by hand, beside the mat, at home."""
STRAGGLER: list[Read] = [
    ("12A", "13:00", "mat-line"),
    ("12A", "27:00", "mat-line"),
    ("12B", "30:00", "mat-line"),
    ("12B", "30:05", "mat-line"),
    ("12A", "34:30", "mat-line"),
    ("12B", "40:59", "mat-line"),
    ("12C", "41:00", "mat-line"),
    ("12C", "41:00", "mat-backup"),
    ("12B", "41:01", "mat-line"),
    ("12A", "41:02", "mat-line"),
    ("12B", "41:03", "mat-backup"),
    ("12A", "41:04", "mat-backup"),
]
"""B comes long after A, too late for lap 2, and with the others at the end of lap 3; A is too fast once."""
UNREAD: list[Read] = [
    ("12A", "4:20", "mat-km1"),
    ("12A", "17:30", "mat-km1"),
    ("12B", "17:31", "mat-km1"),
    ("12A", "27:00", "mat-line"),
    ("12B", "27:01", "mat-line"),
    ("12C", "41:00", "mat-line"),
    ("12A", "41:01", "mat-line"),
]
"""Nobody was seen at the end of lap 1."""


@pytest.mark.parametrize("places", [1, 2, 3, 6, STEPS + 1])
@pytest.mark.parametrize("reads", [GROWING, STRAGGLER, UNREAD])
def test_what_comes_late_is_judged_as_in_time(reads: list[Read], places: int) -> None:
    """Each read of a growing relay, so many places late."""
    each_late(race(entry("12")), reads, places)


BESIDE: list[Read] = [
    ("12A", "13:05", "scanner-1"),
    ("12B", "13:06", "scanner-1"),
    ("12C", "13:07", "mat-line"),
    ("12B", "13:08", "mat-line"),
    ("12A", "13:09", "mat-line"),
    ("12C", "13:10", "mat-backup"),
    ("12A", "17:30", "mat-km1"),
    ("12", "27:00", "scanner-1"),
    ("12B", "27:01", "mat-line"),
    ("12A", "27:02", "mat-backup"),
    ("12A", "27:03", "mat-line"),
    ("12B", "27:04", "mat-line"),
]
"""Whose best witness is later than a team-mate's was not the first after all; a bib typed by hand was B."""


@pytest.mark.parametrize("waits", range(EVERY - 22, EVERY))
@pytest.mark.parametrize("reads", [GROWING, STRAGGLER])
def test_what_comes_late_is_judged_from_a_checkpoint_on(reads: list[Read], waits: int) -> None:
    """B stood beside the mat before, for so long that a checkpoint lies in the middle of the story."""
    before: list[Read] = [("12B", 60_000 + 5_000 * n, "mat-line") for n in range(waits)]
    story = [each for each in reads if each[1] not in (-20_000, "0:10")]
    for places in (2, STEPS + 1):
        each_late(race(entry("12")), before + story, places, first=EVERY)


@pytest.mark.parametrize("places", [1, 2, STEPS + 1])
@pytest.mark.parametrize("reads", [GROWING, BESIDE])
def test_where_the_first_makes_the_lap_too(reads: list[Read], places: int) -> None:
    """`team_time = "first"`: one mark for the whole team, and each of his own witnesses."""
    each_late(race(entry("12"), team_time="first"), reads, places)


def test_what_comes_late_far_in_a_race_goes_back_to_a_checkpoint() -> None:
    """One runner, more laps than there are sightings between two checkpoints; none is seen twice."""
    laps = EVERY + 12
    reads: list[Read] = [("12R", f"{8 * lap // 60}:{8 * lap % 60:02}:00", "mat-line") for lap in range(1, laps + 1)]
    of = race(entry("12", "R"), legs=(("R",),), repeat=laps, course=LINE_ONLY)
    facts = facts_of(reads)
    whole = told(of, facts, each=False)
    for n in (3, laps - STEPS - 4, laps - STEPS - 1, laps - 3):
        assert told(of, facts[:n] + facts[n + 1 :] + [facts[n]], each=True) == whole


def test_who_waited_is_evidence_though_his_read_comes_late() -> None:
    """T46: C, read beside the mat at 14 minutes, and nowhere until he comes in with the team: two laps were one."""
    reads: list[Read] = [
        ("12A", "13:00", "mat-line"),
        ("12C", "14:00", "mat-line"),
        ("12C", "14:30", "mat-line"),
        ("12A", "39:00", "mat-line"),
        ("12B", "39:01", "mat-line"),
        ("12C", "39:02", "mat-line"),
    ]
    for places in (1, 2, 3, 4):
        each_late(race(entry("12"), course=LINE_ONLY), reads, places)
