"""Rank: who is before whom, who has a place, when an open-ended race closes. T.. are cases of `docs/rules.md`."""

import pytest

from live.boards import RaceBoard, lap_chart
from live.messages.boards import Row
from live.messages.decisions import AdjustTime, SetStatus, VoidPassage
from live.programme import Course, Device, PlannedRestart, TimingPoint
from live.times import HOUR_MS
from tests.ingest.scene import GUN_MS, ONE, Scene, entry, ms, race, single


def test_equal_times_share_the_place() -> None:
    """T67: 1, 2, 2, 4; inside the tie the order of the entry list."""
    scene = single("1", "2", "3", "4")
    scene.read("4R", "13:00")
    scene.read("3R", "12:00")
    scene.read("2R", "12:00")
    scene.read("1R", "11:00")
    assert scene.places() == [(1, "1"), (2, "2"), (2, "3"), (4, "4")]


def test_a_late_batch_is_ranked_by_detection_time() -> None:
    """T28: whoever arrived first at the server, the earlier instant is before."""
    scene = single("1", "2")
    scene.read("1R", "13:00")
    scene.read("2R", "12:59")
    assert scene.places() == [(1, "2"), (2, "1")]


def test_among_the_running_more_laps_then_the_furthest_measured_point_then_who_was_there_earlier() -> None:
    """T68: laps first, then measured points; never a position in between."""
    scene = single("1", "2", "3", laps=2)
    scene.read("1R", "13:00")
    scene.read("2R", "12:00")
    scene.read("3R", "14:00")
    assert scene.places() == [(1, "2"), (2, "1"), (3, "3")]
    scene.read("1R", "17:30", "mat-km1")
    assert scene.places() == [(1, "1"), (2, "2"), (3, "3")]
    scene.read("2R", "17:00", "mat-km1")
    assert scene.places() == [(1, "2"), (2, "1"), (3, "3")]


def test_a_team_without_any_time_has_no_place_and_is_running() -> None:
    """T43: no data yet is not DNS."""
    scene = single("1", "2")
    scene.read("1R", "13:00")
    row = scene.row("2")
    assert (row.status, row.placed, row.time_ms) == ("running", False, None)
    assert scene.places() == [(1, "1"), (None, "2")]


def test_who_retires_on_the_last_lap_is_behind_all_who_finished() -> None:
    """T72: and has no place."""
    scene = single("1", "2", laps=2)
    for at in ("12:00", "24:00"):
        scene.read("2R", at)
    scene.read("1R", "11:00")
    scene.rule(SetStatus("relay", "1", "dnf"))
    assert scene.places() == [(1, "2"), (None, "1")]


def test_a_disqualified_team_takes_no_place_and_the_next_moves_up() -> None:
    """T74: its time may stay visible."""
    scene = single("1", "2", "3")
    for bib, at in (("1", "11:00"), ("2", "12:00"), ("3", "13:00")):
        scene.read(f"{bib}R", at)
    scene.rule(SetStatus("relay", "1", "dsq"))
    assert scene.places() == [(1, "2"), (2, "3"), (None, "1")]
    assert scene.row("1").time_ms == 11 * 60_000


def test_out_of_competition_is_shown_without_a_place_and_without_a_gap() -> None:
    """T75."""
    scene = single("1", "2")
    scene.read("1R", "11:00")
    scene.read("2R", "12:00")
    scene.rule(SetStatus("relay", "1", "out_of_competition"))
    assert scene.places() == [(1, "2"), (None, "1")]


def test_a_status_set_by_hand_survives_what_comes_later() -> None:
    """T82: DNF, then a read appears: the status stays; null makes it automatic again."""
    scene = single("1")
    scene.rule(SetStatus("relay", "1", "dnf"))
    scene.read("1R", "13:00")
    assert scene.row("1").status == "dnf"
    scene.rule(SetStatus("relay", "1", None))
    assert scene.row("1").status == "finished"


def test_a_penalty_counts_in_the_final_time_only() -> None:
    """The lap chart keeps what was run; two penalties add up."""
    scene = single("1", "2")
    scene.read("1R", "13:00")
    scene.read("2R", "13:05")
    scene.rule(AdjustTime("relay", "1", 4_000))
    scene.rule(AdjustTime("relay", "1", 2_000))
    assert scene.places() == [(1, "2"), (2, "1")]
    assert scene.row("1").time_ms == 786_000
    assert [(r.bib, r.place) for r in lap_chart(scene.board())[0]] == [("1", 1), ("2", 2)]


def test_ranked_in_whole_milliseconds() -> None:
    """T34: two teams within one shown second are not equal."""
    scene = single("1", "2")
    scene.read("1R", 780_999)
    scene.read("2R", 780_001)
    assert scene.places() == [(1, "2"), (2, "1")]


def test_lapped_drivers_stop_at_their_first_crossing_after_the_winner() -> None:
    """with_leader: they are finished, a lap down, and what comes later is `already finished` (T61, T69)."""
    scene = single("1", "2", "3", laps=3, finish="with_leader")
    for at in ("10:00", "20:00", "30:00"):
        scene.read("1R", at)
    for at in ("14:00", "28:00", "42:00", "56:00"):
        scene.read("2R", at)
    for at in ("10:30", "20:30", "30:30", "41:00"):
        scene.read("3R", at)
    assert scene.places() == [(1, "1"), (2, "3"), (3, "2")]
    assert {bib: (r.status, r.laps) for bib, r in scene.board().rows.items()} == {
        "1": ("finished", 3),
        "2": ("finished", 3),
        "3": ("finished", 3),
    }
    scene = single("1", "2", laps=3, finish="with_leader")
    for at in ("10:00", "20:00", "30:00"):
        scene.read("1R", at)
    for at in ("16:00", "32:00", "48:00"):
        scene.read("2R", at)
    row = scene.row("2")
    assert (row.status, row.laps, scene.standing("2").gap_laps) == ("finished", 2, 1)
    assert scene.verdicts("2")[-1] == ("R", "ignored", "already_finished", 2)


@pytest.mark.parametrize(("crossed_ms", "laps"), [(1_799_999, 3), (1_800_000, 2)])
def test_who_crosses_in_the_winner_s_very_millisecond_is_home_with_him(crossed_ms: int, laps: int) -> None:
    """with_leader: a lapped rider beside the winner crosses under the flag; a millisecond before he goes on."""
    scene = single("1", "2", laps=3, finish="with_leader")
    for at in ("10:00", "20:00", "30:00"):
        scene.read("1R", at)
    for at_ms in (900_000, crossed_ms, 2_700_000):
        scene.read("2R", at_ms)
    row = scene.row("2")
    assert (row.status, row.laps, scene.standing("2").place) == ("finished", laps, 2)


@pytest.mark.parametrize(("last_ms", "laps"), [(1_799_999, 3), (1_800_500, 2)])
def test_a_team_of_which_the_last_crosses_behind_the_winner_is_home(last_ms: int, laps: int) -> None:
    """with_leader: its crossing is that of the last of them (rule 3); what they ran on was after their finish (T61)."""
    teams = [entry(bib, "AB") for bib in "12"]
    scene = Scene(race(*teams, legs=(("A", "B"),), repeat=3, finish="with_leader"))
    for minute in (10, 20, 30):
        for runner in "AB":
            scene.read(f"1{runner}", minute * 60_000)
    for first_ms, second_ms in ((900_000, 900_000), (1_799_500, last_ms), (2_700_000, 2_700_000)):
        scene.read("2A", first_ms)
        scene.read("2B", second_ms)
    row = scene.row("2")
    assert (row.status, row.laps, row.time_ms) == ("finished", laps, 2_700_000 if laps == 3 else last_ms)


def test_a_finished_lapped_team_is_not_before_one_still_on_a_higher_lap() -> None:
    """Rank 1, where teams may end on different lap counts."""
    scene = single("1", "2", "3", laps=4, finish="with_leader")
    for at in ("10:00", "20:00", "30:00", "40:00"):
        scene.read("1R", at)
    for at in ("14:00", "28:00", "42:00"):
        scene.read("2R", at)
    for at in ("13:00", "26:00", "39:00"):
        scene.read("3R", at)
    assert scene.row("3").status == "running"
    assert scene.places() == [(1, "1"), (2, "3"), (3, "2")]


def timed(**rules: object) -> Scene:
    """One hour, a baton between 1 and 2."""
    teams = [entry(bib, "12") for bib in ("7", "8", "9")]
    return Scene(race(*teams, legs=(("1", "2"),), team_time="first", duration_ms=HOUR_MS, **rules))


def lap_of(scene: Scene, bib: str, *minutes: float) -> None:
    """The team crosses at these minutes, its two runners in turn."""
    for n, minute in enumerate(minutes):
        scene.read(f"{bib}{n % 2 + 1}", int(minute * 60_000))


def test_a_timed_race_ends_with_the_leader_s_first_crossing_after_the_time() -> None:
    """Everybody else stops at the next crossing; more laps first, then earlier."""
    scene = timed()
    lap_of(scene, "7", 10, 20, 30, 40, 50, 60.5, 71)
    lap_of(scene, "8", 11, 22, 33, 44, 55, 66, 77)
    lap_of(scene, "9", 15, 30, 45, 60.2, 75, 90)
    assert {bib: (row.status, row.laps) for bib, row in scene.board().rows.items()} == {
        "7": ("finished", 6),
        "8": ("finished", 6),
        "9": ("finished", 5),
    }
    assert scene.places() == [(1, "7"), (2, "8"), (3, "9")]


def test_where_the_leader_is_overdue_or_has_retired_the_next_ends_the_timed_race() -> None:
    """Formats: the next that is not."""
    scene = timed()
    lap_of(scene, "7", 10, 20, 30, 40, 50)
    lap_of(scene, "8", 11, 22, 33, 44, 55, 66, 77)
    assert scene.row("8").laps == 6  # at 66 minutes 7 is overdue since 62:30
    scene = timed()
    lap_of(scene, "7", 11.9, 23.8, 35.7, 47.6, 59.5)
    lap_of(scene, "8", 12, 24, 36, 48, 60.5, 72.5)
    assert scene.row("8").status == "running"
    scene.rule(SetStatus("relay", "7", "dnf"))
    assert (scene.row("8").status, scene.row("8").laps) == ("finished", 5)


def test_laps_by_the_other_runner_count_where_the_first_makes_the_lap() -> None:
    """team_time = "first": a shared chip's race; the incoming and the outgoing runner are one crossing."""
    scene = timed()
    scene.read("71", "12:00")
    scene.read("72", 725_000)
    scene.read("72", "24:00")
    assert scene.laps("7") == [720, 720]


@pytest.mark.parametrize("finish", [{"repeat": 3, "finish": "with_leader"}, {"duration_ms": 30 * 60_000}])
def test_who_cannot_win_closes_no_race(finish: dict[str, object]) -> None:
    """T75: out of competition, it leads and crosses first; the others stop behind the winner, not behind it."""
    scene = Scene(race(entry("1", "R"), entry("2", "R"), entry("3", "R"), legs=ONE, **finish))
    scene.rule(SetStatus("relay", "1", "out_of_competition"), at="10:00")
    for bib, *minutes in (("1", 10, 20, 30.1), ("2", 11, 22, 32), ("3", 15, 30.5, 45)):
        for minute in minutes:
            scene.read(f"{bib}R", int(minute * 60_000))
    rows = scene.board().rows
    assert {bib: (row.status, row.laps) for bib, row in rows.items() if bib != "1"} == {
        "2": ("finished", 3),
        "3": ("finished", 3),
    }
    assert scene.places() == [(1, "2"), (2, "3"), (None, "1")]


@pytest.mark.parametrize("finish", [{"repeat": 3, "finish": "with_leader"}, {"duration_ms": 30 * 60_000}])
def test_a_flag_that_has_fallen_stays(finish: dict[str, object]) -> None:
    """T74: the winner is disqualified afterwards; who was a lap down stopped at the flag, and has finished."""
    scene = Scene(race(entry("1", "R"), entry("2", "R"), entry("3", "R"), legs=ONE, **finish))
    for bib, *minutes in (("1", 10, 20, 30.1), ("2", 11, 22, 33), ("3", 15.5, 30.5)):
        for minute in minutes:
            scene.read(f"{bib}R", int(minute * 60_000))
    scene.rule(SetStatus("relay", "1", "dsq"), at="35:00")
    rows = scene.board().rows
    assert (rows["3"].status, rows["3"].laps) == ("finished", 2)
    assert scene.places() == [(1, "2"), (2, "3"), (None, "1")]


def test_a_planned_mass_restart_makes_the_time_the_sum_of_the_laps() -> None:
    """Rank 4: the late ones are counted from the restart, the others from their own exchange."""
    relay = race(entry("1", "12"), entry("2", "12"), legs=(("1",), ("2",)), restarts=(PlannedRestart(2, ms("20:00")),))
    scene = Scene(relay)
    scene.read("11", "15:00")
    scene.read("21", "25:00")
    scene.read("12", "30:00")
    scene.read("22", "33:00")
    assert (scene.row("1").time_ms, scene.row("2").time_ms) == (30 * 60_000, (25 + 13) * 60_000)


def test_a_road_race_with_splits_and_a_start_mat() -> None:
    """A finish that is not the start; chip time beside gun time (T37, T43b, T44)."""
    points = (TimingPoint("start", 0), TimingPoint("k5", 5000), TimingPoint("goal", 10_000))
    road = Course("route", 10_000, False, points)
    devices = tuple(Device(f"mat-{p.id}", p.id, "route", "main") for p in points)
    scene = Scene(race(entry("1", "R"), entry("2", "R"), course=road, legs=ONE, min_lap_ms=1_400_000), devices=devices)
    scene.read("1R", "10:00", "mat-start")
    scene.read("1R", "35:00", "mat-k5")
    scene.read("2R", "36:00", "mat-k5")
    assert scene.places() == [(1, "1"), (2, "2")]
    assert scene.row("1").point == "k5"
    scene.read("2R", "58:00", "mat-goal")
    scene.read("1R", "60:00", "mat-goal")
    assert scene.places() == [(1, "2"), (2, "1")]
    lap = scene.card("1")["laps"][0]
    assert (lap["elapsed_ms"], lap["chip_ms"]) == (3_600_000, 3_000_000)
    assert [(s["point"], s["place"]) for s in lap["splits"]] == [("start", 1), ("k5", 1)]


def test_the_walk_counts_and_never_ranks() -> None:
    """T65: started, back, still out; a walker on the relay's mat is in no ranking of the relay."""
    walk_course = Course("marche", 5000, True, (TimingPoint("line", 0),))
    walk = race(entry("900", "W"), entry("901", "W"), id="walk", course=walk_course, legs=(("W",),), ranked=False)
    scene = Scene(race(entry("12")), walk)
    scene.read("900W", "58:00")
    assert scene.row("900", "walk").status == "finished"
    assert scene.places("walk") == [(None, "900"), (None, "901")]
    assert [row.status for row in scene.board("walk").rows.values()].count("running") == 1
    assert scene.row("12").laps == 0


def test_an_entry_without_d_and_e_runs_without_them() -> None:
    """Formats: the super-team of one or two more on the last lap."""
    legs = (("A",), ("A", "B"), ("A", "B", "C", "D", "E"))
    scene = Scene(race(entry("1", "ABC"), entry("2", "ABCD"), legs=legs))
    for bib, runners in (("1", "ABC"), ("2", "ABC")):
        scene.read(f"{bib}A", "13:00")
        scene.read(f"{bib}A", "27:00")
        scene.read(f"{bib}B", "27:00")
        for runner in runners:
            scene.read(f"{bib}{runner}", "42:00")
    assert (scene.row("1").missing, scene.row("2").missing) == ((), ("D",))


def test_all_run_all_laps() -> None:
    """Formats: [["A","B","C"]], repeat 3."""
    scene = Scene(race(entry("1"), legs=(("A", "B", "C"),), repeat=3))
    for minute in (13, 27, 41):
        for n, runner in enumerate("ABC"):
            scene.read(f"1{runner}", minute * 60_000 + n * 1000)
    assert scene.laps("1") == [782, 840, 840]
    assert scene.row("1").status == "finished"


def test_gaps_are_measured_where_both_were_seen() -> None:
    """T69: behind by time at the last common place; lapped teams by laps."""
    scene = single("1", "2", laps=3)
    scene.read("1R", "10:00")
    scene.read("2R", "10:30")
    scene.read("1R", "20:00")
    standing = scene.standing("2")
    assert (standing.gap_ms, standing.gap_laps) == (30_000, 0)


def test_who_was_ahead_at_the_last_common_place_has_no_gap_yet() -> None:
    """Behind by rank, since the other was measured further on; by how much, nobody has seen."""
    scene = single("1", "2", laps=3)
    scene.read("1R", "10:30")
    scene.read("2R", "10:00")
    scene.read("1R", "20:00")
    standing = scene.standing("2")
    assert (standing.place, standing.gap_ms, standing.gap_laps) == (2, None, 0)


def test_not_started_before_the_gun_running_from_then() -> None:
    """Status and state follow the clock that is given, without a fact."""
    scene = single("1", gun_ms=None)
    scene.now_ms = GUN_MS + 1
    assert (scene.row("1").status, scene.meeting.head("relay").state) == ("not_started", "planned")
    scene = single("1")
    scene.now_ms = GUN_MS - 1
    assert scene.row("1").status == "not_started"
    assert scene.meeting.next_tick_ms(scene.now_ms) == GUN_MS
    scene.now_ms = GUN_MS
    assert (scene.row("1").status, scene.meeting.head("relay").state) == ("running", "running")
    scene.read("1R", "13:00")
    assert scene.row("1").status == "finished"
    assert scene.meeting.head("relay").state == "provisional"


def test_a_closing_taken_back_sets_the_others_running_again() -> None:
    """The winner's last crossing is voided: whom it had stopped runs on, and every board takes that for the newer."""
    scene = single("1", "2", laps=3, finish="with_leader")
    heard = RaceBoard(scene.event.races[0])

    def hear() -> Row:
        for change in scene.meeting.changes(scene.now_ms):
            heard.hear(change)
        return heard.rows["2"]

    for bib, at in (("1", "10:00"), ("1", "20:00"), ("2", "16:00"), ("2", "32:00")):
        scene.read(f"{bib}R", at)
    assert hear().status == "running"
    last = scene.read("1R", "30:00")
    assert hear().status == "finished"
    scene.rule(VoidPassage(*last.identity))
    assert hear().status == "running"


def test_a_closing_taken_back_gives_the_others_their_later_laps() -> None:
    """Live as after a replay: who ran on after the flag that was none has run those laps."""
    for laps, rules in ((ONE, {"repeat": 3, "finish": "with_leader"}), (ONE, {"duration_ms": HOUR_MS})):
        scene = Scene(race(entry("1", "R"), entry("2", "R"), legs=laps, **rules))
        for minute in (20, 40, 61):
            last = scene.read("1R", minute * 60_000)
        for minute in (25, 50, 66, 91):
            scene.read("2R", minute * 60_000)
        assert scene.row("2").laps == 3
        scene.rule(VoidPassage(*last.identity))
        expected = Scene(*scene.event.races)
        for recorded in scene.facts:
            expected.hear(recorded.fact)
        assert scene.row("2") == expected.row("2")


def test_a_mass_restart_moves_nobody_who_is_still_on_the_lap_before() -> None:
    """Seen at a point long after the restart, A and B are still on lap 2; they end it, and then run lap 3."""
    scene = Scene(race(entry("12"), restarts=(PlannedRestart(3, ms("30:00")),)))
    scene.read("12A", "13:00")
    for runner in "AB":
        scene.read(f"12{runner}", "36:00", "mat-km2")
    for runner in "AB":
        scene.read(f"12{runner}", "41:00")
    assert scene.row("12").laps == 2
    for runner in "ABC":
        scene.read(f"12{runner}", "55:00")
    assert scene.row("12").status == "finished"


def test_finished_by_ruling_with_laps_missing_is_behind_who_ran_them_all() -> None:
    """A team that was let off its last lap takes no place of one that ran it."""
    scene = single("1", "2", laps=3)
    for at in ("14:00", "28:00"):
        scene.read("1R", at)
    for at in ("12:00", "24:00", "36:00"):
        scene.read("2R", at)
    scene.rule(SetStatus("relay", "1", "finished"))
    assert scene.places() == [(1, "2"), (2, "1")]


def test_who_was_disqualified_does_not_close_the_race() -> None:
    """with_leader: the winner's last crossing does."""
    scene = single("1", "2", "3", laps=2, finish="with_leader")
    scene.rule(SetStatus("relay", "1", "dsq"), at="5:00")
    for bib, ats in {"1": ("10:00", "20:00"), "2": ("12:00", "24:00"), "3": ("22:00",)}.items():
        for at in ats:
            scene.read(f"{bib}R", at)
    assert scene.row("3").status == "running"


def test_a_time_of_nought_or_less_is_never_first() -> None:
    """T76: a bonus as long as the race, or longer, leaves a team without a place behind those who have one."""
    for bonus_ms in (-13 * 60_000, -14 * 60_000):
        scene = single("1", "2", "3")
        for bib, at in (("1", "12:00"), ("2", "13:00"), ("3", "14:00")):
            scene.read(f"{bib}R", at)
        scene.rule(AdjustTime("relay", "2", bonus_ms))
        assert scene.places() == [(1, "1"), (2, "3"), (None, "2")]
        assert scene.row("2").time_ms == (0 if bonus_ms == -13 * 60_000 else None)  # T35


def test_a_race_whose_every_team_was_ruled_out_is_over_and_not_planned() -> None:
    """Its gun has gone and nobody runs: it can be closed and published; before the gun it is planned all the same."""
    scene = single("1", "2")
    scene.now_ms = GUN_MS - 1
    scene.rule(SetStatus("relay", "1", "dns"))
    scene.rule(SetStatus("relay", "2", "dns"))
    scene.board()
    assert scene.meeting.head("relay").state == "planned"
    scene.now_ms = ms("40:00")
    scene.read("1R", "13:00")
    scene.rule(SetStatus("relay", "1", "dsq"))
    scene.board()
    assert scene.meeting.head("relay").state == "provisional"


def test_who_finished_with_a_lap_less_is_a_lap_behind_whenever_his_gun_was() -> None:
    """T69: 2 set out ten minutes later; the hour of the race was over for both with the last crossing of 1."""
    late = entry("2", "R", start_ms=ms("10:00"))
    scene = Scene(race(entry("1", "R"), late, legs=ONE, duration_ms=HOUR_MS, team_time="first"))
    for minute in (10, 20, 30, 40, 50, 61):
        scene.read("1R", f"{minute}:00")
    for minute in (21, 32, 43, 54, 65):
        scene.read("2R", f"{minute}:00")
    second = scene.standing("2")
    assert (second.row.status, second.row.laps, second.gap_laps) == ("finished", 5, 1)
