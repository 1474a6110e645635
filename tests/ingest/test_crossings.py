"""From passage to crossing: what counts, for whom, for which lap. Numbers T.. are the cases of `docs/rules.md`."""

import random
from dataclasses import replace

import pytest

from live.messages.decisions import AddCrossing, Restart, RestorePassage, Revoke, VoidPassage
from live.programme import Runner
from tests.ingest.scene import Scene, entry, ms, race


@pytest.fixture
def scene() -> Scene:
    return Scene(race(entry("12"), entry("31")))


def run_growing_relay(scene: Scene, bib: str = "12") -> None:
    """A at 13:00; A and B at 27:00; A, B and C at 42:00."""
    scene.read(f"{bib}A", "13:00")
    scene.read(f"{bib}A", "27:00")
    scene.read(f"{bib}B", "27:02")
    scene.read(f"{bib}C", "42:00")
    scene.read(f"{bib}B", "42:01")
    scene.read(f"{bib}A", "42:03")


def test_a_growing_relay_runs_through(scene: Scene) -> None:
    """T52: the team's time of a lap is that of the last of those who run it."""
    run_growing_relay(scene)
    row = scene.row("12")
    assert (row.laps, row.status, row.provisional, row.missing) == (3, "finished", False, ())
    assert scene.laps("12") == [13 * 60, 14 * 60 + 2, 15 * 60 + 1]
    assert row.time_ms == 42 * 60_000 + 3_000


def test_b_and_c_wait_at_the_mat_and_are_read_hundreds_of_times(scene: Scene) -> None:
    """T49, T50: waiting is the normal case; nothing of it counts, and all of it is explained."""
    for n in range(400):
        scene.read("12B", 600_000 + n * 400)
        scene.read("12C", 600_000 + n * 400)
    run_growing_relay(scene)
    assert scene.laps("12") == [780, 842, 901]
    waiting = [v for v in scene.verdicts("12") if v[2] in ("waiting", "at_the_exchange")]
    assert len(waiting) == 800
    assert ("B", "ignored", "waiting", 2) in waiting
    assert ("C", "ignored", "waiting", 3) in waiting


def test_first_read_of_b_after_the_exchange_is_one_lap_later(scene: Scene) -> None:
    """T51: read beside the mat before A, at the exchange and as he leaves, he begins with lap 2 all the same."""
    for at in ("12:50", "13:05", "13:40"):
        scene.read("12B", at)
    run_growing_relay(scene)
    assert [v for v in scene.verdicts("12") if v[0] == "B"] == [
        ("B", "ignored", "waiting", 2),
        *[("B", "ignored", "at_the_exchange", 2)] * 2,
        ("B", "counted", "crossing", 2),
        ("B", "counted", "crossing", 3),
    ]


def test_a_passage_before_the_gun_is_ignored(scene: Scene) -> None:
    """T08, T36: reads before the start have no effect and stay in the log."""
    scene.read("12A", -60_000)
    assert scene.verdicts("12")[0][1:] == ("ignored", "before_start", None)
    [told] = scene.meeting.answer("team", {"race": "relay", "bib": "12"})["crossings"]
    assert told["runner"] == "A", "whose chip was read at the check"
    assert scene.row("12").laps == 0


def test_an_absurd_date_is_questionable(scene: Scene) -> None:
    """T25: 1970 is no instant of this race."""
    scene.read("12A", -ms(0) + 1_000)
    assert scene.verdicts("12")[0][1:3] == ("questionable", "implausible_date")


def test_reads_at_the_start_are_no_lap(scene: Scene) -> None:
    """T36, T41: the field stands on the mat when the gun goes."""
    for second in range(60):
        scene.read("12A", second * 1000)
    assert scene.row("12").laps == 0
    run_growing_relay(scene)
    assert scene.laps("12")[0] == 780


def test_faster_than_anyone_can_run_is_questionable(scene: Scene) -> None:
    """T62: a short cut is doubtful, not deleted."""
    scene.read("12A", "5:30")
    assert scene.verdicts("12") == [("A", "questionable", "too_fast", 1)]
    run_growing_relay(scene)
    assert scene.laps("12") == [780, 842, 901]


def test_second_read_within_ten_seconds_is_a_witness(scene: Scene) -> None:
    """T04, T16: two posts see one crossing; never a zero-second lap."""
    scene.read("12A", "13:00")
    scene.read("12A", 780_900, "mat-backup")
    assert scene.laps("12") == [780]
    assert scene.verdicts("12")[1] == ("A", "ignored", "witness", 1)


def test_the_main_mat_gives_the_instant_whoever_came_first(scene: Scene) -> None:
    """T17: of the witnesses of one crossing the most trusted gives the instant."""
    scene.read("12A", 780_000, "scanner-1")
    scene.read("12A", 782_000, "mat-backup")
    scene.read("12A", 784_000, "mat-line")
    scene.read("12A", 785_000, "mat-line")
    assert scene.row("12").time_ms == 784_000


def test_the_main_mat_half_an_hour_later_replaces_nothing(scene: Scene) -> None:
    """T05: only the backup read the finish; the finisher strolls back over the main mat."""
    run_growing_relay(scene)
    scene.read("31A", "13:00")
    scene.read("31A", "27:00")
    scene.read("31B", "27:00")
    for runner in "ABC":
        scene.read(f"31{runner}", "41:00", "mat-backup")
    scene.read("31A", "71:00", "mat-line")
    assert scene.row("31").time_ms == 41 * 60_000
    assert scene.verdicts("31")[-1] == ("A", "ignored", "already_finished", 3)


def test_the_main_mat_replaces_the_backup_within_the_window_only(scene: Scene) -> None:
    """T05, in the middle of the race: ten seconds after the backup it is one crossing, a moment later it is not."""
    scene.read("12A", "13:00", "mat-backup")
    scene.read("12A", 790_001)
    assert (scene.laps("12"), scene.verdicts("12")[-1]) == ([780], ("A", "ignored", "already_crossed", 1))
    scene.read("31A", "13:00", "mat-backup")
    scene.read("31A", 790_000)
    assert scene.laps("31") == [790]


def test_a_main_read_outside_the_window_does_not_replace_the_backup(scene: Scene) -> None:
    """Rule 6: eleven seconds later it is no witness any more."""
    scene.read("12A", 780_000, "mat-backup")
    scene.read("12A", 791_000, "mat-line")
    assert scene.row("12").time_ms == 780_000
    assert scene.verdicts("12")[1] == ("A", "ignored", "already_crossed", 1)


def test_two_reads_twenty_seconds_apart_are_one_lap(scene: Scene) -> None:
    """T45: the second is not counted; an official may count it."""
    scene.read("12A", "13:00")
    scene.read("12A", "13:20")
    assert scene.row("12").laps == 1
    assert scene.verdicts("12")[1] == ("A", "ignored", "already_crossed", 1)
    scene.rule(AddCrossing("relay", "12", ms("13:20"), "A"))
    assert scene.row("12").laps == 2


def test_who_stands_beside_the_mat_after_his_lap_crosses_once(scene: Scene) -> None:
    """T06: one passage at most."""
    for second in range(0, 300, 3):
        scene.read("12A", 780_000 + second * 1000)
    assert scene.row("12").laps == 1


def test_b_unseen_makes_the_lap_provisional(scene: Scene) -> None:
    """T47: lap 2 stands at A's time, and says that B is unseen."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    row = scene.row("12")
    assert (row.laps, row.provisional, row.missing, row.time_ms) == (2, True, ("B",), 27 * 60_000)


def test_a_unseen_at_lap_two_holds_nobody_back(scene: Scene) -> None:
    """T48: as T47 with the roles changed; the finish of all three is the team's finish."""
    scene.read("12A", "13:00")
    scene.read("12B", "27:00")
    assert scene.row("12").missing == ("A",)
    for runner in "ABC":
        scene.read(f"12{runner}", "42:00")
    row = scene.row("12")
    assert (row.laps, row.status, row.provisional) == (3, "finished", False)
    assert ("A", "counted", "crossing", 3) in scene.verdicts("12")


def test_the_third_crosses_forty_seconds_later(scene: Scene) -> None:
    """T53, T55: provisional with two of three; with the third it closes, and the officials get a flag."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    scene.read("12B", "27:00")
    scene.read("12A", "42:00")
    scene.read("12B", "42:00")
    row = scene.row("12")
    assert (row.status, row.provisional, row.missing) == ("finished", True, ("C",))
    scene.read("12C", "42:40")
    row = scene.row("12")
    assert (row.provisional, row.time_ms) == (False, 42 * 60_000 + 40_000)
    assert [doubt["kind"] for doubt in scene.card("12")["doubts"]] == ["not_together"]


def test_a_fetches_his_bag_four_minutes_after_the_finish(scene: Scene) -> None:
    """T54b: the finish stands at B's and C's time; the late passage is a doubt, never the team's time."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    scene.read("12B", "27:00")
    scene.read("12B", "42:00")
    scene.read("12C", "42:01")
    scene.read("12A", "46:00")
    row = scene.row("12")
    assert (row.time_ms, row.provisional, row.missing) == (42 * 60_000 + 1_000, True, ("A",))
    assert scene.verdicts("12")[-1] == ("A", "questionable", "long_after_the_team", 3)
    assert [doubt["kind"] for doubt in scene.card("12")["doubts"]] == ["late_crossing", "unseen"]


def test_lame_b_does_not_end_lap_three(scene: Scene) -> None:
    """T60b: seven and a half minutes after A he crosses: his late crossing of lap 2, a doubt."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    scene.read("12B", "34:30")
    row = scene.row("12")
    assert (row.laps, row.missing, row.time_ms) == (2, ("B",), 27 * 60_000)
    assert scene.verdicts("12")[-1] == ("B", "questionable", "long_after_the_team", 2)
    scene.read("12A", "42:00")
    scene.read("12C", "42:00")
    assert scene.row("12").missing == ("B",)
    assert scene.laps("12") == [780, 840, 900]


def test_lame_b_who_lingers_at_the_mat_ends_no_lap(scene: Scene) -> None:
    """T06, T60b: he stays there for ten minutes; none of his reads opens lap 3."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    for second in range(0, 600, 20):
        scene.read("12B", 30 * 60_000 + second * 1000)
    assert scene.row("12").laps == 2


def test_b_unread_at_lap_two_opens_lap_three_with_the_others(scene: Scene) -> None:
    """Rule 2: he who still owes lap 2 counts for lap 3 together with another of its runners, also when he leads."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    scene.read("12B", "41:58")
    assert scene.row("12").laps == 2
    scene.read("12C", "42:00")
    scene.read("12A", "42:01")
    row = scene.row("12")
    assert (row.laps, row.missing, row.doubts) == (3, (), ())
    assert ("B", "counted", "crossing", 3) in scene.verdicts("12")


def test_a_point_inside_the_loop_says_that_b_is_on_lap_three(scene: Scene) -> None:
    """Rule 2: unread at the line, seen at km 1 of lap 3: he may end lap 3 by himself."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    scene.read("12B", "32:00", "mat-km1")
    scene.read("12B", "41:00")
    assert scene.row("12").laps == 3


def test_a_read_twice_at_a_point_has_crossed_the_line_between(scene: Scene) -> None:
    """T13: the blind line is estimated, marked, and repaired by the true passage when it comes late."""
    scene.read("12A", "4:30", "mat-km1")
    scene.read("12A", "18:30", "mat-km1")
    row = scene.row("12")
    assert (row.laps, row.lap_qualities) == (1, "e")
    assert 12 * 60 <= scene.laps("12")[0] <= 15 * 60
    scene.read("12A", "13:10")
    row = scene.row("12")
    assert (scene.laps("12"), row.lap_qualities) == ([790], "m")


def test_a_corrected_lap_runs_through_to_the_next(scene: Scene) -> None:
    """T63, T64: lap 1 arrives after lap 2 was judged, and all is as if it had come in time."""
    scene.read("12A", "27:00")
    scene.read("12B", "27:00")
    assert scene.row("12").laps == 1
    scene.rule(AddCrossing("relay", "12", ms("13:00"), "A"))
    row = scene.row("12")
    assert (row.laps, row.lap_qualities) == (2, "cm")
    assert scene.laps("12") == [780, 840]


def test_an_official_s_time_holds_against_the_mat_s_late_read(scene: Scene) -> None:
    """T81: the manual decision holds; the read is kept as its witness."""
    scene.rule(AddCrossing("relay", "12", ms(783_000), "A"))
    scene.read("12A", 781_000)
    assert scene.row("12").time_ms == 783_000
    assert scene.row("12").quality == "corrected"


def test_a_voided_passage_is_set_aside_and_can_be_restored(scene: Scene) -> None:
    """T83, T85: set aside with its reason; an undo of an undo is the earlier state."""
    passage = scene.read("12A", "13:00")
    before = scene.row("12").time_ms
    void = scene.rule(VoidPassage(*passage.identity))
    assert (scene.row("12").laps, scene.verdicts("12")[0][2]) == (0, "voided")
    undo = scene.rule(Revoke(void))
    assert scene.row("12").time_ms == before
    scene.rule(Revoke(undo))
    assert scene.row("12").laps == 0
    scene.rule(RestorePassage(*passage.identity))
    assert scene.row("12").time_ms == before


def test_a_bib_alone_counts_for_the_earliest_open_lap(scene: Scene) -> None:
    """Rule 7: typed by hand beside the mat it is a witness; later it is whoever is still missing."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    scene.type_bib("12", 27 * 60_000 + 4_000)
    assert scene.row("12").missing == ("B",)
    scene.type_bib("12", 27 * 60_000 + 30_000)
    row = scene.row("12")
    assert (row.missing, row.time_ms) == ((), 27 * 60_000 + 30_000)


def test_the_bib_typed_first_is_the_runner_read_a_moment_later(scene: Scene) -> None:
    """Rule 6, 7: handheld and mat saw the same man."""
    scene.read("12A", "13:00")
    scene.type_bib("12", 27 * 60_000 - 3_000)
    scene.read("12A", "27:00")
    row = scene.row("12")
    assert (row.missing, row.time_ms) == (("B",), 27 * 60_000)


def test_a_bib_in_another_form_is_the_same_bib() -> None:
    """T18: `007` is not `7`; spaces and case do not matter (the wire normalises them)."""
    scene = Scene(race(entry("007"), entry("7")))
    scene.type_bib("007", "13:00", runner="A")
    assert (scene.row("007").laps, scene.row("7").laps) == (1, 0)


def test_a_baton_counts_for_the_runner_who_is_due() -> None:
    """T60: one chip on three runners of one team, one after another."""
    runners = tuple(Runner(code, "", "", "", ("BATON",), "no") for code in "123")
    scene = Scene(race(replace(entry("5"), runners=runners), legs=(("1",), ("2",), ("3",))))
    for at in ("13:00", "27:00", "42:00"):
        scene.read("BATON", at)
    assert [v[0] for v in scene.verdicts("5")] == ["1", "2", "3"]
    assert scene.row("5").status == "finished"


def test_either_of_two_chips_is_the_runner() -> None:
    """T59: one bib with two chips: together one passage."""
    team = entry("12")
    runner = Runner("A", "", "", "", ("12A", "SPARE"), "no")
    scene = Scene(race(replace(team, runners=(runner, *team.runners[1:]))))
    scene.read("12A", "13:00")
    scene.read("SPARE", 780_500)
    scene.read("SPARE", "27:00")
    assert scene.laps("12") == [780, 840]
    assert scene.verdicts("12") == [
        ("A", "counted", "crossing", 1),
        ("A", "ignored", "witness", 1),
        ("A", "counted", "crossing", 2),
    ]


def test_after_a_mass_restart_leg_seven_may_end_before_leg_six() -> None:
    """T60c: both legs count; the total is the sum of the legs."""
    scene = Scene(race(entry("1", "12"), legs=(("1",), ("2",))))
    scene.rule(Restart("relay", 2, ms("60:00")))
    scene.read("12", "75:00")  # chip of bib 1, runner 2
    assert scene.row("1").laps == 0
    scene.read("11", "80:00")
    row = scene.row("1")
    assert (row.laps, row.status) == (2, "finished")
    assert row.time_ms == (80 + 15) * 60_000


def test_order_of_arrival_does_not_matter(scene: Scene) -> None:
    """T02, T10, T92: shuffled and doubled, the same rows."""
    run_growing_relay(scene)
    run_growing_relay(scene, "31")
    scene.read("12B", "34:30", "mat-backup")
    scene.type_bib("31", "13:30")
    expected = {bib: (row.key, row.lap_times_ms, row.missing) for bib, row in scene.board().rows.items()}
    for seed in range(20):
        again = Scene(race(entry("12"), entry("31")))
        facts = [recorded.fact for recorded in scene.facts]
        random.Random(seed).shuffle(facts)
        for fact in facts:
            again.hear(fact)
            again.board()
        assert {b: (r.key, r.lap_times_ms, r.missing) for b, r in again.board().rows.items()} == expected


def test_c_at_a_point_proves_the_lap_that_nobody_saw_end(scene: Scene) -> None:
    """T13: A and B unread at the end of lap 2; C, seen at km 1, has begun lap 3: nobody waits inside the loop."""
    scene.read("12A", "13:00")
    scene.read("12C", "31:30", "mat-km1")
    row = scene.row("12")
    assert (row.laps, row.lap_qualities, row.provisional) == (2, "me", False)
    assert scene.laps("12") == [780, 832]  # three quarters of the way from the line to km 1 of the lap after
    for runner in "ABC":
        scene.read(f"12{runner}", "42:00")
    row = scene.row("12")
    assert (row.laps, row.status, row.missing) == (3, "finished", ())
    scene.read("12A", "27:00")
    assert scene.row("12").lap_qualities == "mmm"
    assert scene.laps("12") == [780, 840, 900]


def test_a_point_proves_two_laps_at_once(scene: Scene) -> None:
    """T13: the line was blind for both; the ends are placed in proportion."""
    scene.read("12C", "30:20", "mat-km1")
    assert scene.row("12").lap_qualities == "ee"
    assert scene.laps("12") == [780, 780]
    for runner in "ABC":
        scene.read(f"12{runner}", "39:00")
    assert scene.row("12").status == "finished"


def test_b_who_warms_up_on_the_course_proves_nothing_once_a_crosses(scene: Scene) -> None:
    """A's crossing shows that the lap had not ended: the estimate is gone, and B's split with it."""
    scene.read("12B", "11:00", "mat-km1")
    assert scene.row("12").lap_qualities == "e"
    scene.read("12A", "13:00")
    row = scene.row("12")
    assert (row.laps, row.lap_qualities, row.point) == (1, "m", "line")
    assert scene.laps("12") == [780]
    assert ("B", "ignored", "too_soon_at_point", 2) in scene.verdicts("12")
    scene.read("12A", "27:00")
    scene.read("12B", "27:00")
    assert scene.laps("12") == [780, 840]


def test_too_soon_at_a_point_proves_nothing(scene: Scene) -> None:
    """Nobody runs a lap and a third in nine minutes: B waits, wherever he is."""
    scene.read("12B", "9:00", "mat-km1")
    assert scene.row("12").laps == 0
    assert scene.verdicts("12") == [("B", "ignored", "waiting", 2)]


def test_a_straggler_alone_does_not_open_the_next_lap(scene: Scene) -> None:
    """Rule 2: his late crossing is a doubt; nine minutes later, alone, he has not finished for the team."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    scene.read("12B", "30:00")
    scene.read("12B", "39:00")
    row = scene.row("12")
    assert (row.laps, row.status) == (2, "running")
    assert scene.verdicts("12")[-1] == ("B", "questionable", "long_after_the_team", 2)
    scene.rule(AddCrossing("relay", "12", ms("39:00"), "B"))
    assert scene.row("12").laps == 3


def test_a_straggler_with_the_others_ends_the_lap(scene: Scene) -> None:
    """Rule 2: together with another of its runners he counts, and his late crossing stays a doubt of lap 2."""
    scene.read("12A", "13:00")
    scene.read("12A", "27:00")
    scene.read("12B", "30:00")
    scene.read("12B", "41:58")
    scene.read("12A", "42:00")
    scene.read("12C", "42:00")
    row = scene.row("12")
    assert (row.laps, row.missing) == (3, ())
    assert row.doubts == ("late-crossing/relay/12/2/B",)


def test_a_baton_in_a_growing_relay_is_whoever_can_still_arrive() -> None:
    """T60: one chip for A, B and C; at the third crossing only lap 3 can be meant."""
    runners = tuple(Runner(code, "", "", "", ("BATON",), "no") for code in "ABC")
    scene = Scene(race(replace(entry("5"), runners=runners)))
    for at in ("13:00", "27:00", "42:00"):
        scene.read("BATON", at)
    assert scene.laps("5") == [780, 840, 900]
    assert scene.row("5").status == "finished"


# --- where the first makes the lap ----------------------------------------------------------------------------------


@pytest.fixture
def first() -> Scene:
    return Scene(race(entry("12"), team_time="first"))


def test_who_is_added_beside_the_first_does_not_end_the_next_lap(first: Scene) -> None:
    """Rule 3: B, who waits for lap 2, stood there when A came in; not even an official makes a lap of five seconds."""
    first.read("12A", "13:00")
    first.rule(AddCrossing("relay", "12", ms("13:05"), "B"))
    assert first.laps("12") == [780]


def test_who_waits_beside_the_mat_does_not_move_the_lap_of_who_crosses(first: Scene) -> None:
    """T50: B, read by the better mat eight seconds after A, is no witness of A's crossing."""
    first.read("12A", "13:00", "mat-backup")
    first.read("12B", 788_000)
    assert first.laps("12") == [780]
    assert first.verdicts("12")[-1] == ("B", "ignored", "at_the_exchange", 2)


def test_the_second_of_two_does_not_move_the_lap_of_the_first(first: Scene) -> None:
    """Rule 3: `team_time = "first"`, whichever mat saw whom, and whoever the official adds."""
    first.read("12A", "13:00")
    first.read("12B", "27:00", "mat-backup")
    first.read("12A", 27 * 60_000 + 9_000)
    assert first.laps("12") == [780, 840]
    assert first.verdicts("12")[-1] == ("A", "ignored", "already_crossed", 2)
    first.rule(AddCrossing("relay", "12", ms(27 * 60_000 + 7_000), "A"))
    assert first.laps("12") == [780, 840]


def test_a_better_witness_of_the_same_runner_gives_the_instant(first: Scene) -> None:
    """T59, T81: main before backup, an official before both."""
    first.read("12A", "13:00", "mat-backup")
    first.read("12A", 781_000)
    assert first.laps("12") == [781]
    first.rule(AddCrossing("relay", "12", ms(783_000), "A"))
    assert first.laps("12") == [783]


def test_the_first_by_the_better_mat_makes_the_lap_also_where_another_was_scanned_before_him(first: Scene) -> None:
    """Rule 3: A is scanned early and crosses the mat after B, who is the first of the two that it saw."""
    first.read("12A", "13:00")
    first.read("12A", "27:00", "scanner-1")
    first.read("12B", 27 * 60_000 + 3_000)
    assert first.laps("12") == [780, 840]
    first.read("12A", 27 * 60_000 + 6_000)
    assert first.laps("12") == [780, 843]
    assert first.verdicts("12")[1:] == [
        ("A", "ignored", "witness", 2),
        ("B", "counted", "crossing", 2),
        ("A", "ignored", "already_crossed", 2),
    ]


def test_each_of_two_beside_one_another_is_seen_by_several_and_the_first_of_them_makes_the_lap(first: Scene) -> None:
    """Rule 6 for each runner, then rule 3: by the mat A is the first, though the scanner saw both earlier."""
    first.read("12A", "13:00")
    first.read("12A", "27:00", "scanner-1")
    first.read("12B", 27 * 60_000 + 1_000, "scanner-1")
    first.read("12B", 27 * 60_000 + 7_000)
    assert first.laps("12") == [780, 840]
    first.read("12A", 27 * 60_000 + 6_000)
    assert first.laps("12") == [780, 846]


def test_a_lesser_witness_of_who_is_beside_the_first_does_not_move_him(first: Scene) -> None:
    """Rule 6: B by the mat and again by the scanner, before the mat sees A."""
    first.read("12A", "13:00")
    first.read("12A", "27:00", "scanner-1")
    first.read("12B", 27 * 60_000 + 1_000)
    first.read("12B", 27 * 60_000 + 4_000, "scanner-1")
    first.read("12A", 27 * 60_000 + 6_000)
    assert first.laps("12") == [780, 841]


def test_a_bib_typed_by_hand_was_who_was_seen_next_and_his_team_mate_does_not_move_it(first: Scene) -> None:
    """Rules 3 and 7: the bib was A; B, read by the better mat a second later, is no witness of A."""
    first.read("12A", "13:00")
    first.type_bib("12", "27:00")
    first.read("12A", 27 * 60_000 + 3_000, "mat-backup")
    first.read("12B", 27 * 60_000 + 4_000)
    assert first.laps("12") == [780, 843]
    assert first.verdicts("12")[-1] == ("B", "ignored", "already_crossed", 2)


def test_beside_the_first_at_the_finish_he_has_crossed_too(first: Scene) -> None:
    """Rule 3, of the last lap: what comes much later is after the finish."""
    for chip, at in (("12A", "13:00"), ("12A", "27:00"), ("12A", "41:00"), ("12C", 41 * 60_000 + 5_000)):
        first.read(chip, at)
    first.read("12B", "41:30")
    assert first.row("12").status == "finished"
    assert first.verdicts("12")[-2:] == [
        ("C", "ignored", "already_crossed", 3),
        ("B", "ignored", "already_finished", 3),
    ]


def test_who_was_the_first_before_is_beside_him_now(first: Scene) -> None:
    """Rules 3 and 6: B came before A by the mat; set right by an official, he came after him."""
    first.read("12A", "13:00")
    first.read("12A", "27:00", "scanner-1")
    first.read("12B", 27 * 60_000 + 3_000)
    first.read("12A", 27 * 60_000 + 6_000)
    first.rule(AddCrossing("relay", "12", ms(27 * 60_000 + 8_000), "B"))
    assert first.laps("12") == [780, 846]


def test_who_hands_over_to_a_team_mate_beside_the_mat_is_not_beside_him() -> None:
    """Rules 3 and 4, where each runs a lap of his own: who waits for the next lap has not crossed."""
    scene = Scene(race(entry("12", "AB"), legs=(("A",), ("B",)), team_time="first"))
    scene.read("12A", "13:00", "scanner-1")
    scene.read("12B", 783_000)
    scene.read("12A", 786_000)
    assert scene.laps("12") == [786]
    assert scene.verdicts("12")[1] == ("B", "ignored", "at_the_exchange", 2)
