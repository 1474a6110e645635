"""T10: what comes a few sightings late takes those few back, each by itself or from a checkpoint on: the same judging.

Each passage of a short story comes one, two, three … places late, and what is told is held against a meeting that hears
all of it in time.
"""

from typing import Any

import pytest

from live.ingest.checkpoints import EVERY
from live.ingest.crossings import STEPS
from live.ingest.meeting import Meeting
from live.messages.decisions import Decision, ResolveDoubt
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Race
from tests.ingest.scene import Scene, entry, event, ms, race
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


def told(of: Race, facts: list[Recorded], each: bool, at_once: int = 1) -> Any:
    """All that is judged of the team: its row, its crossings, its card; judged after `each` fact but that the last so
    many come `at_once`, or all once.
    """
    meeting = Meeting(event(of), "paper")
    for n, fact in enumerate(facts, start=at_once):
        meeting.apply(fact)
        if each and n < len(facts):
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
    ("12B", "42:04", "mat-backup"),
    ("12", "42:06", "scanner-1"),
    ("12C", "42:30", "mat-line"),
]
"""The growing relay: before the gun, on the way, seen twice, two mats, bibs typed by hand, beside the mat, at home."""
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
UNREAD_TWICE: list[Read] = [
    ("12A", "4:20", "mat-km1"),
    ("12C", "15:00", "mat-line"),
    ("12A", "17:30", "mat-km1"),
    ("12A", "41:00", "mat-line"),
    ("12B", "41:01", "mat-line"),
    ("12C", "41:02", "mat-line"),
]
"""Nor at that of lap 2: C, who waited at 15:00, comes in with the others."""


@pytest.mark.parametrize("places", [1, 2, 3, 6, STEPS + 1])
@pytest.mark.parametrize("reads", [GROWING, STRAGGLER, UNREAD, UNREAD_TWICE])
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


# --- a crossing that counts for another lap, once what came late was heard ------------------------------------------

PAIR_AGAIN = (("A", "B"), ("C",), ("D",), ("E",), ("F",), ("A", "B"))
WAITS: list[Read] = [("12F", 3_600_000 + 5_000 * n, "mat-line") for n in range(EVERY)]


def test_b_who_was_late_for_lap_one_ended_lap_six() -> None:
    """A and B run laps 1 and 6, B was unread at the first; A, just before him at the last, is told of after him.

    Lap 1 is far behind all that a checkpoint copies, and what B did to it is gone.
    """
    reads: list[Read] = [
        *((f"12{code}", f"{13 * n}:00", "mat-line") for n, code in enumerate("ACDEF", start=1)),
        ("12A", "1:18:00", "mat-line"),
        ("12B", "1:18:01", "mat-line"),
    ]
    facts = facts_of(sorted([*reads, *WAITS], key=lambda read: ms(read[1])))
    of = race(entry("12", "ABCDEF"), legs=PAIR_AGAIN, course=LINE_ONLY)
    late = [*facts[:-2], facts[-1], facts[-2]]
    alone = told(of, late[:-1], each=True)
    assert [doubt.id for doubt in alone[-1] if doubt.kind == "late_crossing"] == ["late-crossing/relay/12/1/B"]
    assert told(of, late, each=True) == told(of, facts, each=False)


@pytest.mark.parametrize("accepted", [False, True])
def test_b_who_was_late_for_lap_two_ended_lap_three(accepted: bool) -> None:
    """T60b: by a mile, until A is told of, who was just before him; an official had accepted even that.

    With A comes, at once and from further back, who was seen on the way.
    """
    facts = facts_of([
        ("12A", "13:00", "mat-line"),
        ("12A", "27:00", "mat-line"),
        ("12C", "31:19", "mat-km1"),
        ("12A", "31:20", "mat-km1"),
        ("12A", "40:59", "mat-line"),
        ("12B", "41:00", "mat-line"),
    ])  # fmt: skip
    if accepted:
        ruling = ResolveDoubt("late-crossing/relay/12/2/B", accept=True)
        facts.insert(0, Recorded(90, ms("2:00:00"), Decision("d1", "anna", ms("1:00:00"), ruling)))
    c, _, a, _ = facts[-4:]
    in_time = [each for each in facts if each not in (a, c)]
    of = race(entry("12"))
    whole = told(of, facts, each=False)
    assert told(of, in_time, each=True)[0] != whole[0]
    for late in ([a, c], [c, a]):
        assert told(of, [*in_time, *late], each=True, at_once=2) == whole
        assert told(of, [*in_time, *late], each=True) == whole


def test_an_answer_that_was_without_effect_has_one() -> None:
    """T86: accepted for lap 2, which then proved to have been seen; a read that comes late makes that lap 3."""
    ruling = ResolveDoubt(f"overdue/relay/12/2/{ms('27:00')}", accept=True)
    answer = Recorded(90, ms("2:00:00"), Decision("d1", "anna", ms("1:00:00"), ruling))
    of = race(entry("12", "R"), legs=(("R",),), repeat=3, course=LINE_ONLY)
    first, late, second = facts_of([("12R", at, "mat-line") for at in ("12:00", "19:30", "26:20")])
    whole = told(of, [answer, first, late, second], each=False)
    assert whole[0].status == "finished"
    assert told(of, [answer, first, second, late], each=True) == whole


# --- where to look, once something came very late -------------------------------------------------------------------


def test_who_waited_six_laps_ago_is_evidence() -> None:
    """T46: the line was blind for all at the end of lap 2, so that nothing seems too long; then C is heard to have
    waited then, and nowhere until he came in with A, who alone is seen ever since.
    """
    legs = (("A",), ("A", "B"), *(("A", "B", "C"),) * 9)
    scene = Scene(race(*(entry(bib) for bib in ("12", "31", "45")), legs=legs, course=LINE_ONLY))
    scene.now_ms = ms("1:57:30")
    for lap in (1, *range(3, 10)):
        for n, bib in enumerate(("12", "31", "45")):
            scene.read(f"{bib}A", lap * 780_000 + 10_000 * n)
            if lap == 3:
                scene.read(f"{bib}C", lap * 780_000 + 10_000 * n)
        scene.board()
    assert (scene.row("12").lap_qualities, scene.row("12").doubts) == ("m" * 8, ())
    scene.read("12C", "14:00", "mat-backup")
    assert scene.row("12").lap_qualities == "me" + "m" * 7
    assert scene.row("31").lap_qualities == "m" * 8


def test_what_comes_late_long_after_a_lap_found_unread_is_judged_as_in_time() -> None:
    """T46: by evidence lap 2 was two; twenty laps later each read comes late."""
    legs = (("A",), ("A", "B"), *(("A", "B", "C"),) * 20)
    reads: list[Read] = [("12A", "8:00", "mat-line"), ("12C", "9:00", "mat-line")]
    reads += [(f"12{code}", lap * 480_000, "mat-line") for lap in range(3, 22) for code in "ABC"]
    each_late(race(entry("12"), legs=legs, course=LINE_ONLY), reads, 1, first=len(reads) - 5)
