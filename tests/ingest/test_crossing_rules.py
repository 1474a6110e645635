"""Each condition of the rules from passage to crossing, one by one. Numbers T.. are the cases of `docs/rules.md`."""

from dataclasses import replace
from typing import Any

import pytest

from live.ingest.crossings import Judge
from live.ingest.judged import Sighting, Terms
from live.messages.decisions import AddCrossing
from live.programme import PlannedRestart, Runner
from tests.ingest.scene import Scene, entry, ms, race

ORDINARY = (("A",), ("B",), ("C",))
TOGETHER: dict[str, Any] = {"legs": (("A", "B", "C"),), "repeat": 3}


def relay(**rules: Any) -> Scene:
    return Scene(race(entry("12"), **rules))


def baton(legs: tuple[tuple[str, ...], ...] = ORDINARY) -> Scene:
    """One chip on A, B and C."""
    runners = tuple(Runner(code, "", "", "", ("BATON",), "no") for code in "ABC")
    return Scene(race(replace(entry("12"), runners=runners), legs=legs))


def read(scene: Scene, *seen: str) -> Scene:
    """Each is seen then (`A 13:00`), at a point where one is named (`A 4:30 km1`); `?` is a bib without a runner."""
    for each in seen:
        who, at, *device = each.split()
        mat = f"mat-{device[0]}" if device else "mat-line"
        if who == "?":
            scene.type_bib("12", at, mat if device else "scanner-1")
        else:
            scene.read("BATON" if who == "!" else f"12{who}", at, mat)
    return scene


def add(scene: Scene, runner: str, at: str | int, point: str | None = None) -> None:
    """An official adds a crossing."""
    scene.rule(AddCrossing("relay", "12", ms(at), runner, point))


def last(scene: Scene) -> tuple[str | None, str, str, int | None]:
    """The verdict on the latest passage."""
    return scene.verdicts("12")[-1]


THROUGH = ("A 13:00", "A 27:00", "B 27:00", "A 42:00", "B 42:00", "C 42:00")

SEEN: list[tuple[str, tuple[str, ...], tuple[str | None, str, str, int | None]]] = [
    ("at the gun is not before it", ("A 0:00",), ("A", "ignored", "at_the_start", 1)),
    ("the shortest lap is one", ("A 7:00",), ("A", "counted", "crossing", 1)),
    ("in the first half of it he stands at the start", ("A 3:29",), ("A", "ignored", "at_the_start", 1)),
    ("in the second half he is too fast (T62)", ("A 3:30",), ("A", "questionable", "too_fast", 1)),
    ("at the last moment of the window it is a witness", ("A 13:00", "A 13:10"), ("A", "ignored", "witness", 1)),
    ("in the wait the others arrive", ("A 13:00", "A 27:00", "B 28:59.999"), ("B", "counted", "crossing", 2)),
    (
        "the wait ends before its last instant (rule 2)",
        ("A 13:00", "A 27:00", "B 29:00"),
        ("B", "questionable", "long_after_the_team", 2),
    ),
    (
        "the window counts from the earliest witness (rule 6)",
        ("A 13:00 backup", "A 13:08", "A 13:15"),
        ("A", "ignored", "already_crossed", 1),
    ),
    (
        "the next lap begins at the more trusted instant",
        ("A 13:00 backup", "A 13:08", "A 20:05"),
        ("A", "ignored", "already_crossed", 1),
    ),
    (
        "who was late is seen again at once: a witness",
        ("A 13:00", "A 27:00", "B 30:00", "B 30:05"),
        ("B", "ignored", "witness", 2),
    ),
    (
        "a straggler who lingers has already crossed",
        ("A 13:00", "A 27:00", "B 30:00", "B 34:30"),
        ("B", "ignored", "already_crossed", 2),
    ),
    (
        "seven minutes later he is a straggler again",
        ("A 13:00", "A 27:00", "B 30:00", "B 34:30", "B 41:30"),
        ("B", "questionable", "long_after_the_team", 2),
    ),
    (
        "unread at lap 2, in with A at lap 3: he has run both",
        ("A 13:00", "A 27:00", "A 42:00", "B 42:01"),
        ("B", "counted", "crossing", 3),
    ),
    (
        "late is late for the lap that he owes last (T54b)",
        ("A 13:00", "A 27:00", "A 42:00", "C 42:00", "B 46:00"),
        ("B", "questionable", "long_after_the_team", 3),
    ),
    ("who has finished passes no point", (*THROUGH, "A 50:00 km1"), ("A", "ignored", "already_finished", 3)),
    # a bib alone
    ("a bib after the last lap has finished", (*THROUGH, "? 50:00"), (None, "ignored", "already_finished", 3)),
    ("a bib at lap 1 is A: nobody else runs it", ("? 13:00",), ("A", "counted", "crossing", 1)),
    ("a bib too early is no lap (T62)", ("? 5:00",), (None, "questionable", "too_fast", 1)),
    (
        "a bib too early in a later lap has already crossed",
        ("A 13:00", "? 15:00"),
        (None, "ignored", "already_crossed", 1),
    ),
    (
        "a lap that nobody is missing from is closed to bibs",
        ("A 13:00", "? 13:30"),
        (None, "ignored", "already_crossed", 1),
    ),
    ("a lap that somebody was too fast for is open", ("A 5:00", "? 13:00"), ("A", "counted", "crossing", 1)),
    (
        "in the wait a bib is whoever is missing",
        ("A 13:00", "A 27:00", "? 28:59.999"),
        (None, "counted", "crossing", 2),
    ),
    (
        "when the wait is over a bib is nobody of this lap",
        ("A 13:00", "A 27:00", "? 29:00"),
        (None, "ignored", "already_crossed", 2),
    ),
    ("after it, the next lap", ("A 13:00", "A 27:00", "? 35:00"), (None, "counted", "crossing", 3)),
    ("a bib typed twice is one", ("A 13:00", "? 27:00", "? 27:05"), (None, "ignored", "witness", 2)),
    (
        "the window opens with the bib that was he (rule 6)",
        ("A 13:00", "? 26:57", "A 27:00", "A 27:08"),
        ("A", "ignored", "already_crossed", 2),
    ),
    ("a bib at a point is a split", ("? 4:30 km1",), (None, "counted", "split", 1)),
    ("of the latest lap that it can be of", ("A 13:00", "? 17:30 km1"), (None, "counted", "split", 2)),
    ("too soon at the point it is none", ("? 1:00 km1",), (None, "ignored", "too_soon_at_point", 1)),
    # points
    ("too soon at a point (rule 8)", ("A 2:19 km1",), ("A", "ignored", "too_soon_at_point", 1)),
    ("the least time to a point is possible", ("A 2:20 km1",), ("A", "counted", "split", 1)),
    ("seen again at once at a point: a witness", ("A 4:30 km1", "A 4:35 km1"), ("A", "ignored", "witness", 1)),
    ("seen again later: he had passed", ("A 4:30 km1", "A 5:30 km1"), ("A", "ignored", "already_passed", 1)),
    ("a point passed twice too soon is no lap", ("A 4:30 km1", "A 11:00 km1"), ("A", "ignored", "already_passed", 1)),
    (
        "at a point after the lap has ended: long after the team",
        ("A 13:00", "A 27:00", "B 28:00 km2"),
        ("B", "questionable", "long_after_the_team", 2),
    ),
    (
        "two laps and the way to the point take their time",
        ("C 12:00 km1",),
        ("C", "ignored", "waiting", 3),
    ),
    ("a lap takes its time and the way to the point too", ("B 8:00 km1",), ("B", "ignored", "waiting", 2)),
    ("at a point before his lap has begun he waits", ("B 4:30 km1",), ("B", "ignored", "waiting", 2)),
]


@pytest.mark.parametrize(("seen", "verdict"), [row[1:] for row in SEEN], ids=[row[0] for row in SEEN])
def test_the_last_passage_is_judged_by_its_rule(
    seen: tuple[str, ...], verdict: tuple[str | None, str, str, int | None]
) -> None:
    """In the growing relay with laps of at least seven minutes."""
    assert last(read(relay(), *seen)) == verdict


def test_without_a_gun_everything_is_before_the_start() -> None:
    """T41: the gun is never inferred from a read."""
    assert last(read(relay(gun_ms=None), "A 13:00"))[1:3] == ("ignored", "before_start")


def test_who_is_in_no_leg_is_not_in_the_race() -> None:
    """D is a reserve."""
    scene = Scene(race(entry("12", "ABCD")))
    assert last(read(scene, "D 13:00")) == ("D", "ignored", "not_in_race", None)


def test_between_two_laps_of_his_own_he_has_crossed_then_waits_then_may_be_too_fast() -> None:
    """Rules 2 and 4, T62: A runs laps 1 and 3."""
    scene = read(relay(legs=(("A",), ("B",), ("A",))), "A 13:00", "A 13:20", "A 20:00", "B 26:00", "A 27:00", "A 31:00")
    assert [v[2:] for v in scene.verdicts("12")] == [
        ("crossing", 1),
        ("already_crossed", 1),
        ("waiting", 3),
        ("crossing", 2),
        ("at_the_exchange", 3),
        ("too_fast", 3),
    ]


def test_the_first_passage_that_was_too_fast_raises_the_doubt() -> None:
    """T62: one doubt for a lap."""
    scene = read(relay(), "A 5:00", "A 5:30")
    assert [doubt["at_ms"] for doubt in scene.card("12")["doubts"]] == [ms("5:00")]


# --- restarts ---------------------------------------------------------------------------------------------------


def test_who_was_handed_over_to_before_the_restart_runs_from_the_exchange() -> None:
    """Rule 2: the mass restart only where it comes earlier."""
    scene = relay(legs=ORDINARY, restarts=(PlannedRestart(2, ms("20:00")),))
    assert last(read(scene, "A 15:00", "B 22:30")) == ("B", "counted", "crossing", 2)


def test_the_last_runner_in_after_a_restart_has_not_finished_for_those_still_out() -> None:
    """T60c: leg 3 ended, legs 1 and 2 did not: B waits for A."""
    scene = relay(legs=ORDINARY, restarts=(PlannedRestart(3, ms("60:00")),))
    assert last(read(scene, "C 75:00", "B 76:00")) == ("B", "ignored", "waiting", 2)


def test_no_lap_counts_before_its_restart_even_by_a_ruling() -> None:
    """B, late on lap 1, cannot have ended lap 3, which starts at 30:00."""
    legs = (("A", "B"), ("A",), ("A", "B"))
    scene = read(relay(legs=legs, restarts=(PlannedRestart(3, ms("30:00")),)), "A 13:00")
    add(scene, "B", "16:00")
    assert last(scene) == ("B", "counted", "crossing", 1)


# --- batons -----------------------------------------------------------------------------------------------------


def test_a_baton_seen_again_at_once_is_who_has_just_crossed() -> None:
    """T60: at the line; at a point it is who runs now."""
    scene = read(baton(), "! 13:00", "! 13:05")
    assert last(scene) == ("A", "ignored", "witness", 1)
    assert last(read(scene, "! 13:08 km1")) == ("B", "ignored", "too_soon_at_point", 2)


def test_a_baton_of_several_who_may_arrive_is_the_first_of_them() -> None:
    """T60: A and B run lap 2; in the wait it is B, until the wait is over."""
    legs = (("A",), ("A", "B"), ("A", "B", "C"))
    scene = read(baton(legs), "! 13:00", "! 27:00")
    assert last(scene) == ("A", "counted", "crossing", 2)
    assert last(read(scene, "! 28:59.999")) == ("B", "counted", "crossing", 2)
    scene = read(baton(legs), "! 13:00", "! 27:00", "! 29:00")
    assert last(scene) == ("A", "ignored", "already_crossed", 2)


def test_a_baton_after_the_last_lap_is_ignored() -> None:
    """T60, T61."""
    assert last(read(baton(), "! 13:00", "! 27:00", "! 42:00", "! 55:00"))[1:3] == ("ignored", "already_finished")


# --- officials --------------------------------------------------------------------------------------------------


def test_an_added_crossing_holds_against_that_runner_s_earlier_read_only() -> None:
    """T81: not against another runner's, not against what he runs later."""
    scene = relay()
    add(scene, "A", "13:30")
    assert read(scene, "B 13:20").verdicts("12")[0] == ("B", "ignored", "waiting", 2)
    assert last(read(scene, "A 26:00")) == ("A", "counted", "crossing", 2)


def test_an_added_crossing_holds_for_less_than_the_shortest_lap() -> None:
    """T81: a read a lap before is of the lap before."""
    scene = relay()
    add(scene, "A", "27:00")
    assert read(scene, "A 13:00").laps("12") == [780, 840]


def test_an_added_crossing_at_a_point_says_nothing_about_the_line() -> None:
    """T81."""
    scene = relay()
    add(scene, "A", "17:30", "km1")
    assert read(scene, "A 13:00").laps("12") == [780]


def test_of_two_added_crossings_neither_overrules_the_other() -> None:
    """T45: an official may rule a lap of twenty seconds, but none of nought."""
    scene = relay()
    add(scene, "A", "13:30")
    add(scene, "A", "13:10")
    assert scene.laps("12") == [790, 20]
    scene = relay()
    add(scene, "A", 0)
    assert scene.row("12").laps == 0


def test_an_official_may_say_that_who_was_unread_has_ended_the_next_lap() -> None:
    """Rule 2: B alone, unread at lap 2."""
    scene = read(relay(), "A 13:00", "A 27:00")
    add(scene, "B", "40:00")
    assert last(scene) == ("B", "counted", "crossing", 3)


def test_an_added_late_crossing_at_the_finish_counts() -> None:
    """T81: B came in after the wait, says the official."""
    scene = read(relay(), "A 13:00", "A 27:00", "A 42:00", "C 42:00")
    add(scene, "B", "46:00")
    assert (scene.row("12").missing, scene.row("12").time_ms) == ((), 46 * 60_000)


def test_who_is_ruled_to_open_a_lap_brings_those_seen_with_him() -> None:
    """Rule 2: B, late on lap 1, came in alone with C, whom the official saw."""
    scene = read(relay(**TOGETHER), "A 13:00", "B 16:00", "B 26:50")
    assert last(scene)[1:3] == ("questionable", "long_after_the_team")
    add(scene, "C", "27:00")
    assert scene.verdicts("12")[2] == ("B", "counted", "crossing", 2)


def test_a_lap_that_an_official_ruled_short_is_none_for_who_was_not_ruled_on() -> None:
    """T45: A's lap 3 took two and a half minutes; B, just behind, is late on lap 2."""
    scene = read(relay(), "A 13:00", "A 27:00")
    add(scene, "A", "29:30")
    assert last(read(scene, "B 29:40")) == ("B", "questionable", "long_after_the_team", 2)


# --- stragglers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("b", "c", "laps"),
    [("26:00", "26:01", 2), ("24:00", "25:59.999", 2), ("24:00", "26:00", 1), ("16:00", "16:01", 1)],
)
def test_two_who_owe_a_lap_open_the_next_together(b: str, c: str, laps: int) -> None:
    """Rule 2: within the wait, and not before they can have run it."""
    scene = read(relay(**TOGETHER), "A 13:00", f"B {b}", f"C {c}")
    assert scene.row("12").laps == laps
    late = [v for v in scene.verdicts("12") if v[1:] == ("questionable", "long_after_the_team", 1)]
    assert len(late) == (0 if laps == 2 else 2)


def test_a_straggler_does_not_end_a_lap_that_he_does_not_run() -> None:
    """Rule 2: B, late on lap 1, is seen shortly before A ends lap 2 alone."""
    scene = read(relay(legs=(("A", "B"), ("A",), ("A", "B"))), "A 13:00", "B 25:00", "A 26:00")
    assert scene.verdicts("12")[1] == ("B", "questionable", "long_after_the_team", 1)


def test_a_straggler_who_came_in_with_the_others_is_none_any_more() -> None:
    """Rule 2: he may open the lap after that by himself."""
    scene = relay(legs=(("A",), ("A", "B"), ("A", "B"), ("A", "B")))
    read(scene, "A 13:00", "A 27:00", "B 30:00", "B 41:59", "A 42:00", "B 55:00")
    assert last(scene) == ("B", "counted", "crossing", 4)


def test_a_straggler_comes_in_with_a_bib() -> None:
    """Rules 2 and 7: somebody of the team, typed by hand, opens lap 3 just behind him."""
    scene = read(relay(), "A 13:00", "A 27:00", "B 30:00", "B 41:48", "? 42:00")
    assert scene.verdicts("12")[-2] == ("B", "counted", "crossing", 3)


def test_a_straggler_seen_at_a_point_of_the_next_lap_may_end_it_alone() -> None:
    """Rule 2: the point says that he runs on."""
    assert last(read(relay(), "A 13:00", "A 27:00", "B 30:00", "B 33:00 km1", "B 41:00")) == (
        "B",
        "counted",
        "crossing",
        3,
    )


# --- bibs and points --------------------------------------------------------------------------------------------


def test_a_bib_long_before_the_runner_was_somebody_else() -> None:
    """Rule 7: half a minute apart they are two."""
    assert read(relay(), "A 13:00", "? 27:00", "A 27:30").row("12").missing == ()


def test_a_bib_as_trusted_as_the_read_gives_the_instant() -> None:
    """Rule 6: the earliest among equals."""
    scene = read(relay(), "A 13:00", "? 26:57")
    scene.read("12A", "27:00", "scanner-1")
    assert scene.row("12").time_ms == 27 * 60_000 - 3_000


def test_who_does_not_run_the_next_lap_proves_nothing_by_passing_a_point_twice() -> None:
    """An ordinary relay: A jogs on round the course."""
    assert read(relay(legs=ORDINARY), "A 4:30 km1", "A 18:30 km1").row("12").laps == 0


def test_who_is_slow_from_one_point_to_the_next_has_not_crossed_the_line() -> None:
    """Ten minutes from km 1 to km 2."""
    row = read(relay(), "A 4:30 km1", "A 14:30 km2").row("12")
    assert (row.laps, row.point) == (0, "km2")


def test_what_was_seen_on_the_lap_itself_stands_when_its_proof_was_none() -> None:
    """B warms up at km 1; A had been there on lap 1."""
    scene = read(relay(), "A 4:30 km1", "B 11:00 km1", "A 13:00")
    assert scene.verdicts("12") == [
        ("A", "counted", "split", 1),
        ("B", "ignored", "too_soon_at_point", 2),
        ("A", "counted", "crossing", 1),
    ]


def test_a_lap_that_was_seen_to_end_is_not_ended_by_what_was_inferred() -> None:
    """The true passage stands against an end that was placed ten seconds later."""
    team = entry("12")
    seen = [
        Sighting(ms(at), True, 0, "mat-line", "e1", n, ("A",), "line", n)
        for n, at in enumerate(("13:00", "27:00"), start=1)
    ]
    judge = Judge(Terms(race(team), team, ms(0), unread={1: ms("13:20")}))
    judge.hear(seen)
    assert [(lap.first_ms, lap.proved) for lap in judge.laps] == [(ms("13:00"), False), (ms("27:00"), False)]
