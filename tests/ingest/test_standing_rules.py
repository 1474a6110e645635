"""Each condition of laps, rows, ranks and closings, one by one. Numbers T.. are the cases of `docs/rules.md`."""

from typing import Any

import pytest

from live.messages.decisions import AddCrossing, AdjustTime, AssignChip, FireGun, Member, SetStatus, SwapChips
from live.programme import Course, TimingPoint, Wave
from live.times import HOUR_MS
from tests.ingest.scene import GUN_MS, ONE, Scene, entry, ms, race, single

A12, A31 = Member("12", "A"), Member("31", "A")


def relay(*seen: str) -> Scene:
    """The growing relay of 12 and 31; each is seen then (`12A 13:00`, at a point `12A 4:30 km1`)."""
    scene = Scene(race(entry("12"), entry("31")))
    for each in seen:
        chip, at, *point = each.split()
        scene.read(chip, at, f"mat-{point[0]}" if point else "mat-line")
    return scene


def timed(duration_ms: int = HOUR_MS, **minutes: tuple[float, ...]) -> Scene:
    """A timed race of 7, 8 and 9, one runner each, who cross at these minutes."""
    teams = [entry(bib, "R") for bib in "789"]
    scene = Scene(race(*teams, legs=ONE, team_time="first", duration_ms=duration_ms))
    for bib, ends in minutes.items():
        for minute in ends:
            scene.read(f"{bib[1:]}R", int(minute * 60_000))
    return scene


# --- laps -------------------------------------------------------------------------------------------------------


def test_the_next_lap_begins_with_the_first_who_ends_the_one_before() -> None:
    """Rule 2: A is seven and a half minutes out; B came in nearly two after him."""
    assert relay("12A 13:00", "12A 27:00", "12B 28:50", "12A 34:30").row("12").laps == 3


def test_a_bib_that_was_one_too_many_begins_no_lap() -> None:
    """Rule 7: A and B were both read after it."""
    scene = relay("12A 13:00")
    scene.type_bib("12", "26:30")
    for chip, at in (("12A", "27:00"), ("12B", "27:01"), ("12A", "33:45")):
        scene.read(chip, at)
    assert scene.row("12").laps == 2


def test_a_point_passed_twice_in_the_time_of_a_lap_proves_the_line() -> None:
    """T13: seven minutes and a half from km 1 to km 1; in less than seven nobody can."""
    assert relay("12A 4:30 km1", "12A 12:00 km1").row("12").laps == 1
    assert relay("12A 4:30 km1", "12A 11:00 km1").row("12").laps == 0


def test_laps_from_which_somebody_is_unseen_are_named_as_they_come_and_go() -> None:
    """T47: told live, lap by lap; B's passage of lap 2 arrives late."""
    scene = relay("12A 13:00", "12A 27:00")
    assert scene.row("12").incomplete == (2,)
    scene.read("12A", "42:00")
    assert scene.row("12").incomplete == (2, 3)
    scene = relay("12A 13:00", "12A 27:00")
    assert scene.row("12").incomplete == (2,)
    scene.read("12B", "27:30")
    assert scene.row("12").incomplete == ()


def test_the_version_of_a_row_is_that_of_the_last_fact_that_counts_in_it() -> None:
    """A split, a crossing, one of a lap before, a late one, a bib; what officials ruled of it or of the race."""
    scene = relay()
    for chip, at, device in (
        ("12A", "4:30", "mat-km1"),
        ("12A", "27:00", "mat-line"),
        ("12A", "13:00", "mat-line"),
        ("12B", "22:30", "mat-km2"),
        ("12B", "34:30", "mat-line"),
        ("12C", "42:00", "mat-line"),
    ):
        scene.read(chip, at, device)
        assert scene.row("12").version == len(scene.facts)
    scene.type_bib("12", "42:30")
    assert scene.row("12").version == len(scene.facts)
    scene.rule(SetStatus("relay", "12", "dnf"))
    assert scene.row("12").version == len(scene.facts)
    scene.rule(FireGun("relay", GUN_MS + 1_000))
    assert scene.row("12").version == len(scene.facts)


def test_the_version_of_laps_is_that_of_the_latest_fact_of_any_of_them() -> None:
    """Lap 1 arrived last."""
    assert relay("12A 27:00", "12B 27:00", "12A 13:00").row("12").version == 3
    assert relay("12A 4:30 km1", "12A 13:00").row("12").version == 2


@pytest.mark.parametrize("finish", [{"repeat": 3, "finish": "with_leader"}, {"duration_ms": 29 * 60_000}])
def test_who_was_stopped_by_a_flag_has_the_version_of_what_made_it_fall(finish: dict[str, Any]) -> None:
    """1's second crossing comes last of all: home at 30:00, and 2 two minutes later. No version goes back."""
    scene = Scene(race(entry("1", "R"), entry("2", "R"), legs=ONE, **finish))
    for chip, at in (
        ("1R", "10:00"),
        ("2R", "16:00"),
        ("1R", "30:00"),
        ("2R", "32:00"),
        ("1R", "40:00"),
        ("2R", "48:00"),
    ):
        scene.read(chip, at)
    before = scene.row("2").version
    scene.read("1R", "20:00")
    row = scene.row("2")
    assert (row.status, row.laps, row.time_ms) == ("finished", 2, 32 * 60_000)
    assert before < row.version == len(scene.facts)


def test_a_flag_that_falls_as_before_by_one_fact_more_gives_everybody_its_version() -> None:
    """T92: 1 was at km 1 on its second lap, as is heard last; live as after a replay."""
    scene = single("1", "2", laps=3, finish="with_leader")
    for minute in (10, 20, 30):
        scene.read("1R", f"{minute}:00")
        scene.read("2R", f"{minute + minute // 10}:00")
    assert scene.row("2").version == 6
    scene.read("1R", "14:00", "mat-km1")
    assert scene.row("2").version == 7


def test_a_team_is_at_a_point_with_the_last_of_those_who_come_together() -> None:
    """Within the agreed wait; from the gun."""
    assert relay("12A 13:00", "12A 17:30 km1", "12B 18:00 km1").row("12").time_ms == 18 * 60_000
    assert relay("12A 13:00", "12A 17:30 km1", "12B 20:00 km1").row("12").time_ms == 1_050_000
    teams = [entry("7", "12")]
    scene = Scene(race(*teams, legs=(("1", "2"),), team_time="first", duration_ms=HOUR_MS))
    scene.read("71", "4:00", "mat-km1")
    scene.read("72", "5:00", "mat-km1")
    assert scene.row("7").time_ms == 4 * 60_000


# --- chips ------------------------------------------------------------------------------------------------------


def test_a_swap_moves_what_is_worn_later_by_the_two_and_nothing_else() -> None:
    """T58: assigned before it in the journal; an earlier span, and another runner's, stay."""
    scene = relay()
    scene.rule(AssignChip("SPARE", "relay", "12", "A", ms("5:00")))
    scene.rule(AssignChip("12A", "relay", "12", "B", ms("40:00")))
    scene.rule(AssignChip("EXTRA", "relay", "12", "A", ms("40:00")))
    scene.rule(SwapChips("relay", A12, A31, ms("20:00")))
    for chip, at in (("SPARE", "13:00"), ("SPARE", "28:00"), ("12A", "41:00"), ("EXTRA", "42:00")):
        scene.read(chip, at)
    assert [v[0] for v in scene.verdicts("12")] == ["A", "B"]
    assert [v[0] for v in scene.verdicts("31")] == ["A", "A"]


# --- rows -------------------------------------------------------------------------------------------------------


def test_who_is_let_off_a_lap_was_last_at_the_line() -> None:
    """Finished by ruling: what he ran of the next lap is nothing."""
    scene = single("1", laps=2)
    scene.read("1R", "13:00")
    scene.read("1R", "17:30", "mat-km1")
    scene.rule(SetStatus("relay", "1", "finished"))
    assert (scene.row("1").point, scene.row("1").time_ms) == ("line", 780_000)


def test_a_penalty_does_not_count_while_the_team_runs() -> None:
    """Rank 5: in the final time only."""
    scene = single("1", laps=2)
    scene.read("1R", "13:00")
    scene.rule(AdjustTime("relay", "1", 60_000))
    assert scene.row("1").time_ms == 780_000


def test_a_time_at_a_point_is_measured_whatever_the_lap_before_was() -> None:
    """The lap was given by an official."""
    scene = single("1", laps=2)
    scene.rule(AddCrossing("relay", "1", ms("13:00"), "R"))
    assert scene.row("1").quality == "corrected"
    scene.read("1R", "17:30", "mat-km1")
    assert scene.row("1").quality == "measured"


def test_the_walk_has_no_order_of_times() -> None:
    """T65: the order of the entries, whoever was back first."""
    course = Course("marche", 5000, True, (TimingPoint("line", 0),))
    walk = race(entry("1", "W"), entry("2", "W"), id="walk", course=course, legs=(("W",),), ranked=False)
    scene = Scene(race(entry("12")), walk)
    scene.read("2W", "50:00")
    scene.read("1W", "55:00")
    assert scene.places("walk") == [(None, "1"), (None, "2")]


# --- rank -------------------------------------------------------------------------------------------------------


def test_the_order_of_statuses() -> None:
    """Rank 1, T72 to T75: whatever the laps."""
    bibs = ("dsq", "dns", "out", "dnf", "running", "finished")
    late = Wave("late", GUN_MS + 10 * HOUR_MS, None)
    entries = [*(entry(bib, "R") for bib in bibs), entry("waiting", "R", wave="late")]
    scene = Scene(race(*entries, legs=ONE, repeat=4, waves=(late,)))
    for n, bib in enumerate(bibs):
        for lap in range(1, {"running": 3, "finished": 2}.get(bib, 4)):
            scene.read(f"{bib}R", lap * 600_000 + n)
    for bib, status in (("dsq", "dsq"), ("dns", "dns"), ("out", "out_of_competition"), ("dnf", "dnf")):
        scene.rule(SetStatus("relay", bib, status))  # type: ignore[arg-type]
    scene.rule(SetStatus("relay", "finished", "finished"))
    assert [bib for _, bib in scene.places()] == ["finished", "running", "waiting", "dnf", "out", "dns", "dsq"]


def test_who_has_no_time_yet_is_behind_who_has_one() -> None:
    """T43: whatever the order of the entries."""
    scene = single("1", "2", laps=2)
    scene.read("2R", "13:00")
    assert scene.places() == [(1, "2"), (None, "1")]


# --- the closing of a timed race --------------------------------------------------------------------------------


def test_a_crossing_at_the_time_is_not_after_it() -> None:
    """The leader's next one closes."""
    assert timed(_7=(10, 20, 30, 40, 50, 60, 70, 80)).row("7").laps == 7


def test_of_two_with_as_many_laps_the_earlier_led() -> None:
    """8 is not overdue until 62:30: the crossing of 7 at 61 does not close, that of 8 at 62 does."""
    scene = timed(_7=(10.8, 21.6, 32.4, 43.2, 53.9, 61, 72, 83), _8=(10, 20, 30, 40, 50, 62, 73))
    assert (scene.row("7").laps, scene.row("8").laps) == (7, 6)


def test_who_is_further_at_a_measured_point_led() -> None:
    """Rank, 2: 7 is seen at km 2 before the time, 8 only at km 1: it is the crossing of 7 that ends the race."""
    scene = timed(_8=(10, 20, 30, 40, 50, 62, 73), _7=(10.8, 21.6, 32.4, 43.2, 53.9, 61, 72))
    assert (scene.row("8").laps, scene.row("7").laps) == (6, 7)
    scene.read("8R", "54:00", "mat-km1")
    scene.read("7R", "59:30", "mat-km2")
    assert (scene.row("8").laps, scene.row("7").laps) == (6, 6)


def test_a_point_passed_after_the_time_leads_nobody() -> None:
    """8 led by the lap before: 7 was at km 1 too late to have led."""
    scene = timed(_8=(10, 20, 30, 40, 50, 62, 73), _7=(10.8, 21.6, 32.4, 43.2, 53.9, 61, 72))
    scene.read("7R", "60:01", "mat-km1")
    assert (scene.row("8").laps, scene.row("7").laps) == (6, 7)


def test_where_nobody_has_ended_a_lap_the_first_entry_is_waited_for() -> None:
    """Overdue by 1.25 times the shortest lap: 7 still may close at 8:40."""
    scene = timed(300_000, _8=(8, 17, 26), _7=(8.6, 20))
    assert (scene.row("7").laps, scene.row("8").laps) == (1, 2)


def test_the_leader_is_overdue_after_one_and_a_quarter_of_his_last_lap() -> None:
    """At 61 he is not; at 66 he is, even if he comes in at 70."""
    scene = timed(_7=(10, 20, 30, 40, 50, 61.5), _8=(10.8, 21.6, 32.4, 43.2, 53.9, 61, 72, 83))
    assert scene.row("8").laps == 7
    scene = timed(_7=(10, 20, 30, 40, 50, 70, 80), _8=(11, 22, 33, 44, 55, 66, 77))
    assert (scene.row("7").laps, scene.row("8").laps) == (6, 6)


def test_a_timed_race_closes_when_the_leader_stops_after_the_next_team_has_crossed() -> None:
    """8 crosses at 61, when 7 is not overdue yet; at 72 it is, and 8 closes the race. 9 never may: 8 is before it."""
    scene = timed(
        _7=(10, 20, 30, 40, 50),
        _8=(11, 22, 33, 44, 53, 61, 72, 83, 94),
        _9=(15, 30, 45, 57, 65, 76, 87, 98),
    )
    assert {bib: (row.status, row.laps) for bib, row in scene.board().rows.items()} == {
        "7": ("running", 5),
        "8": ("finished", 7),
        "9": ("finished", 6),
    }
