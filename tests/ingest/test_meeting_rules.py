"""What a meeting keeps, tells and passes over, one by one. Numbers T.. are the cases of `docs/rules.md`."""

from dataclasses import replace
from typing import Any

import pytest

from live.ingest.experience import Experience, Log
from live.ingest.forecast import Own, opinions
from live.ingest.marks import Mark
from live.ingest.rulings import teams_named
from live.messages.decisions import (
    AddCrossing,
    AdjustTime,
    Decision,
    FireGun,
    Member,
    ReorderRunners,
    ResolveDoubt,
    Restart,
    Revoke,
    SetStatus,
    ShiftClock,
    SwapChips,
    VoidPassage,
)
from live.messages.devices import Passage
from live.programme import Course, Device, PlannedRestart, TimingPoint, Wave
from live.times import HOUR_MS
from tests.ingest.scene import DEVICES, GUN_MS, Scene, entry, ms, race
from tests.ingest.test_missed import LINE_ONLY

TWENTY = "ABCDEFGHIJKLMNOPQRST"


def relay(**rules: Any) -> Scene:
    return Scene(race(entry("12"), entry("31"), **rules))


def reason(scene: Scene) -> str:
    """Why the latest passage counts, or not."""
    scene.board()
    told: str = scene.meeting.answer("passages", {"limit": "1"})["passages"][0]["reason"]["code"]
    return told


def refused(scene: Scene, ruling: Any) -> str:
    """The words with which a ruling is refused."""
    verdict = scene.meeting.judge(Decision("x", "anna", ms("2:00:00"), ruling))
    assert verdict is not None
    return verdict.reason


# --- guns -------------------------------------------------------------------------------------------------------


def test_an_entry_with_a_start_of_its_own_runs_from_it() -> None:
    """A time trial: whatever gun is fired."""
    scene = Scene(race(entry("12", start_ms=ms("1:00"))))
    scene.read("12A", "13:00")
    assert scene.row("12").time_ms == 720_000
    scene.rule(FireGun("relay", ms("2:00")))
    assert scene.row("12").time_ms == 720_000


def test_of_guns_for_all_and_for_a_group_the_last_fired_stands() -> None:
    """T38, T39: in the order of the journal, not of their instants."""
    waves = (Wave("a", GUN_MS, ms("0:10")), Wave("b", GUN_MS, None))
    scene = Scene(race(entry("1", wave="a"), entry("2", wave="b"), waves=waves))
    assert (scene.row("1").status, scene.row("2").status) == ("running", "not_started")
    scene.read("1A", "13:00")
    scene.read("2A", "13:00")
    assert scene.row("1").time_ms == 770_000
    scene.rule(FireGun("relay", ms("2:00"), "b"))
    assert (scene.row("1").time_ms, scene.row("2").time_ms) == (770_000, 660_000)
    scene.rule(FireGun("relay", ms("1:00")))
    assert (scene.row("1").time_ms, scene.row("2").time_ms) == (720_000, 720_000)
    scene.rule(FireGun("relay", ms("0:30"), "a"))
    assert (scene.row("1").time_ms, scene.row("2").time_ms) == (750_000, 720_000)


@pytest.mark.parametrize(
    ("at_ms", "told"),
    [
        (-12 * HOUR_MS, "before_start"),
        (-12 * HOUR_MS - 1, "implausible_date"),
        (48 * HOUR_MS, "crossing"),
        (48 * HOUR_MS + 1, "implausible_date"),
    ],
)
def test_a_date_is_plausible_from_twelve_hours_before_to_forty_eight_after(at_ms: int, told: str) -> None:
    """Rule 1: of the planned start, both included."""
    scene = relay()
    scene.read("12A", at_ms)
    assert reason(scene) == told


def test_a_date_is_plausible_by_the_start_of_the_wave_or_of_the_entry() -> None:
    """Rule 1: where they have one of their own."""
    day_ms = 24 * HOUR_MS
    wave = Wave("late", GUN_MS + 2 * day_ms, None)
    scene = Scene(race(entry("1", wave="late"), entry("2", start_ms=GUN_MS + 2 * day_ms), entry("3"), waves=(wave,)))
    for chip in ("1A", "2A"):
        scene.read(chip, 3 * day_ms)
        assert reason(scene) != "implausible_date"
    scene.read("3A", 3 * day_ms)
    assert reason(scene) == "implausible_date"


# --- who, where ---------------------------------------------------------------------------------------------------


def test_what_no_race_can_have_is_kept_with_its_reason() -> None:
    """A device or a runner that the event folder does not know, a point of another course."""
    other = Course("route", 9_000, False, (TimingPoint("start", 0), TimingPoint("goal", 9_000)))
    devices = (*DEVICES, Device("mat-goal", "goal", "route", "main"), Device("mat-km9", "km1", "route", "main"))
    scene = Scene(race(entry("12")), race(entry("9", "R"), id="road", course=other, legs=(("R",),)), devices=devices)
    scene.read("12A", "13:00", "mat-unknown")
    assert reason(scene) == "unknown_device"
    scene.read("12A", "13:00", "mat-goal")
    assert reason(scene) == "other_course"
    scene.read("12A", "13:00", "mat-km9")
    assert reason(scene) == "other_course"
    scene.type_bib("12", "13:00", runner="Z")
    assert reason(scene) == "unknown_runner"
    assert scene.row("12").laps == 0


def test_passages_are_told_from_the_latest_by_what_is_asked() -> None:
    """By verdict, by chip, from a place on."""
    scene = relay()
    for at in ("3:00", "13:00", "13:30"):
        scene.read("12A", at)
    scene.board()

    def told(**about: str) -> list[int]:
        return [each["fact"] for each in scene.meeting.answer("passages", about)["passages"]]

    assert told() == [3, 2, 1]
    assert told(verdict="counted") == [2]
    assert told(before="3") == [2, 1]
    assert told(chip="31A") == []
    assert scene.meeting.answer("passages", {"limit": "2"})["next"] == "2"


@pytest.mark.parametrize(
    ("question", "about", "error"),
    [
        ("weather", {}, LookupError),
        ("team", {"race": "walk", "bib": "12"}, LookupError),
        ("team", {"race": "relay", "bib": "99"}, LookupError),
        ("passages", {"limit": "many"}, ValueError),
        ("board_at", {"race": "relay"}, ValueError),
    ],
)
def test_a_question_that_has_no_answer_says_why(question: str, about: dict[str, str], error: type[Exception]) -> None:
    """By a named error."""
    scene = relay()
    scene.board()
    with pytest.raises(error):
        scene.meeting.answer(question, about)


def test_the_board_of_an_instant_holds_what_was_ruled_by_then() -> None:
    """A gun, a restart and a crossing by their own instants; a status or a penalty when it was ruled."""
    scene = relay(legs=(("A",),))
    scene.read("12A", "13:00")
    scene.rule(AdjustTime("relay", "12", 5_000), at="15:00")
    scene.rule(SetStatus("relay", "31", "dnf"), at="16:00")

    def at(instant: str) -> dict[str, tuple[str, int | None]]:
        told = scene.meeting.answer("board_at", {"race": "relay", "at_ms": str(ms(instant)), "known": "0"})
        return {row["bib"]: (row["status"], row["time_ms"]) for row in told["rows"]}

    assert at("14:00")["12"] == ("finished", 780_000)
    assert at("15:30")["12"] == ("finished", 785_000)
    assert (at("15:30")["31"][0], at("17:00")["31"][0]) == ("running", "dnf")


# --- decisions ----------------------------------------------------------------------------------------------------


def test_what_cannot_be_is_refused_by_its_name() -> None:
    """422 names the cure."""
    scene = relay(waves=(Wave("a", GUN_MS, None),))
    assert "no wave 'b'" in refused(scene, FireGun("relay", ms("1:00"), "b"))
    assert "lap 4 cannot be restarted" in refused(scene, Restart("relay", 4, ms("30:00")))
    assert "lap 1 cannot be restarted" in refused(scene, Restart("relay", 1, ms("30:00")))
    assert "no passage" in refused(scene, VoidPassage("mat-line", "e1", 9))
    assert "no point 'km9'" in refused(scene, AddCrossing("relay", "12", ms("13:00"), "A", "km9"))


def test_a_ruling_about_a_team_or_a_race_that_is_gone_has_no_effect() -> None:
    """The event folder was edited since: the journal is still read to its end."""
    scene = relay()
    before = scene.row("12")
    rulings: list[Any] = [
        AddCrossing("gone", "12", ms("13:00"), "A"),
        AddCrossing("relay", "99", ms("13:00"), "A"),
        ReorderRunners("gone", "12", ("B", "A")),
        ReorderRunners("relay", "99", ("B", "A")),
        SetStatus("gone", "12", "dnf"),
        SetStatus("relay", "99", "dnf"),
        ResolveDoubt("unseen/gone/12/3", True),
        ResolveDoubt("unseen/relay/99/3", True),
        ResolveDoubt("nothing", True),
        VoidPassage("mat-line", "e1", 99),
        FireGun("gone", ms("1:00")),
        Revoke("nothing"),
    ]
    for n, ruling in enumerate(rulings):
        scene.hear(Decision(f"gone-{n}", "anna", ms("1:00:00"), ruling))
    assert scene.row("12") == before


def test_a_shift_of_a_clock_holds_at_both_ends_of_its_span() -> None:
    """T24: both instants are included."""
    scene = relay()
    scene.rule(ShiftClock("mat-line", 10_000, ms("13:00"), ms("27:00")))
    for chip, at in (("12A", "13:00"), ("12A", "27:00"), ("12B", 1_620_001)):
        scene.read(chip, at)
    assert scene.laps("12") == [790, 840]
    assert scene.row("12").quality == "corrected"


def test_a_status_taken_off_leaves_the_penalty() -> None:
    """T89: and the other way round."""
    scene = relay(legs=(("A",),))
    scene.read("12A", "13:00")
    scene.rule(AdjustTime("relay", "12", 5_000))
    scene.rule(SetStatus("relay", "12", "dsq"))
    scene.rule(SetStatus("relay", "12", None))
    assert scene.row("12").time_ms == 785_000


# --- states, alarms -----------------------------------------------------------------------------------------------


def test_a_race_is_running_while_anybody_is_still_to_start() -> None:
    """And provisional when nobody runs any more."""
    wave = Wave("late", GUN_MS + HOUR_MS, None)
    scene = Scene(race(entry("1", "R"), entry("2", "R", wave="late"), legs=(("R",),), waves=(wave,)))
    scene.read("1R", "13:00")
    scene.board()
    assert scene.meeting.head("relay").state == "running"
    scene.rule(SetStatus("relay", "2", "dns"))
    scene.board()
    assert scene.meeting.head("relay").state == "provisional"


def test_a_finish_that_somebody_is_unseen_at_is_none_while_the_team_runs() -> None:
    """T54: on laps before the last nobody waits."""
    scene = relay()
    for chip, at in (("12A", "13:00"), ("12A", "27:00")):
        scene.read(chip, at)
    scene.now_ms = ms("30:00")
    assert scene.row("12").doubts == ()


def test_a_team_of_which_a_lap_was_found_unread_goes_on_from_there() -> None:
    """T46, T92: a relay of twenty; far behind the unread lap what is new costs what it is itself, and is the same."""
    legs = tuple((runner,) for runner in TWENTY)
    live, late = (
        Scene(race(*(entry(bib, TWENTY) for bib in ("5", "6", "7")), legs=legs, course=LINE_ONLY)) for _ in range(2)
    )
    reads = [(f"5{TWENTY[1]}", 720_000)]
    for n, runner in enumerate(TWENTY, start=1):
        reads += [(f"{bib}{runner}", n * 780_000 + 1_000 * int(bib)) for bib in "567" if (bib, n) != ("5", 1)]
    for chip, at in reads:
        for scene in (live, late):
            scene.read(chip, at)
        live.board()
    assert live.row("5") == late.row("5")
    assert (live.row("5").lap_qualities, live.row("5").status) == ("e" + 19 * "m", "finished")


def test_the_same_decision_heard_again_changes_nothing() -> None:
    """T02: delivered twice."""
    scene = relay(legs=(("A",),))
    scene.read("12A", "13:00")
    twice = Decision("d", "anna", ms("1:00:00"), AdjustTime("relay", "12", 5_000))
    scene.hear(twice)
    before = scene.row("12")
    scene.hear(twice)
    assert scene.row("12") == before
    scene.hear(Passage("mat-line", "e1", 1, ms("13:00"), chip="12A"))
    assert scene.row("12").time_ms == 785_000


def test_an_answered_doubt_is_asked_no_more() -> None:
    """T86: accepted or refused."""
    scene = relay()
    for chip, at in (("12A", "13:00"), ("12A", "27:00"), ("12B", "27:20")):
        scene.read(chip, at)
    scene.now_ms = ms("28:00")
    (doubt,) = scene.row("12").doubts
    scene.rule(ResolveDoubt(doubt, False))
    assert doubt not in scene.row("12").doubts


def test_a_point_that_is_not_on_the_course_is_of_another() -> None:
    """A device may say where it stands."""
    scene = relay()
    scene.read("12A", "4:30", point="km9")
    assert reason(scene) == "other_course"


def test_a_swap_names_both_teams() -> None:
    """T84: an official of either is told."""
    assert teams_named(SwapChips("relay", Member("12", "A"), Member("31", "A"))) == (("relay", "12"), ("relay", "31"))


@pytest.mark.parametrize("status", ["dsq", "out_of_competition"])
def test_who_is_out_of_the_ranking_has_no_place_at_a_lap_either(status: Any) -> None:
    """T74, T75: and the next moves up."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.read("31A", "14:00")
    scene.rule(SetStatus("relay", "12", status))
    assert [scene.card(bib)["laps"][0]["place"] for bib in ("12", "31")] == [None, 1]


def test_two_with_one_time_have_one_place_and_who_has_none_has_no_place() -> None:
    """T67, T43."""
    scene = Scene(race(*(entry(bib) for bib in "123")))
    scene.read("1A", "13:00")
    scene.read("2A", "13:00")
    scene.board()
    live = scene.meeting.races["relay"]
    assert [live.places.place(live.teams[bib]) for bib in "123"] == [1, 1, None]


def test_a_mark_says_from_when_the_next_lap_counts_and_whether_it_was_measured() -> None:
    """A restart after the exchange changes nothing; an estimated end teaches nobody."""
    scene = relay(restarts=(PlannedRestart(2, ms("30:00")),))
    scene.read("12A", "13:00")
    for at in ("4:30", "18:30"):
        scene.read("31A", at, "mat-km1")
    scene.board()
    teams = scene.meeting.races["relay"].teams
    assert [mark.base_ms for mark in teams["12"].marks] == [GUN_MS, ms("13:00")]
    assert [(mark.lap, mark.point, mark.measured) for mark in teams["31"].marks] == [
        (0, "line", True),
        (1, "km1", True),
        (1, "line", False),
        (2, "km1", True),
    ]


# --- what a race has taught ---------------------------------------------------------------------------------------


def test_a_log_forgets_what_was_taken_back() -> None:
    """Also in the summary that it had made."""
    log: Log[int, int] = Log(sum)
    log.add(1, 10)
    assert log.before(5) == 10
    log.take_back()
    log.add(1, 20)
    assert log.before(5) == 20


def test_a_log_tells_when_twice_as_much_was_known() -> None:
    """From four records on."""
    log: Log[None, int] = Log(len)
    for at_ms in range(1, 20):
        log.add(at_ms, None)
    assert log.doublings_ms() == [5, 9, 17]


@pytest.mark.parametrize(("ended", "seen", "measured"), [(9, 3, True), (9, 2, False), (3, 0, True)])
def test_a_point_is_measured_where_a_third_are_seen(ended: int, seen: int, measured: bool) -> None:
    """Rule 8; while fewer than four have ended a lap it is believed."""
    experience = Experience("line")
    for point, count in (("line", ended), ("km1", seen)):
        for _ in range(count):
            experience.passed[1, point].add(1, None)
    assert experience.measures(1, "km1", 10) is measured


def test_a_team_s_usual_lap_is_of_its_last_five() -> None:
    """And of the last and the usual one the shorter is an opinion of its own: a stop rarely comes twice."""
    took = (100, 100, 100, 1_000, 1_000, 1_500)
    marks = [Mark(0, "line", 0, 0, 0, True)]
    for lap, took_ms in enumerate(took, start=1):
        end_ms = marks[-1].at_ms + took_ms
        marks.append(Mark(lap, "line", end_ms, took_ms, end_ms, True))
    own = Own("line", marks, 7)
    assert (own.last_ms, own.usual_ms) == (1_500, 1_000)
    nothing = (None, None, None, None)
    assert opinions(own, "line", nothing, nothing)[:3] == (1_500, 1_000, 1_000)


def test_a_crossing_may_be_added_of_which_nobody_knows_whose_it_was() -> None:
    """Rule 7: it is the bib's, and so of the team's earliest open lap."""
    scene = Scene(race(entry("12")))
    scene.rule(AddCrossing("relay", "12", ms("13:00")))
    assert (scene.row("12").laps, scene.verdicts("12")[0][1]) == (1, "counted")


def test_a_passage_that_was_heard_and_not_judged_yet_counts_for_nothing_yet() -> None:
    """Between two boards: it is there, and nothing is claimed of it."""
    scene = Scene(race(entry("12")))
    scene.read("12A", "13:00")
    (told,) = scene.meeting.answer("passages", {})["passages"]
    assert (told["team"], told["verdict"]) == ("12", "ignored")
    scene.board()
    (told,) = scene.meeting.answer("passages", {})["passages"]
    assert (told["team"], told["verdict"]) == ("12", "counted")


def test_after_a_restart_what_is_seen_of_the_next_lap_first_gives_the_same_forecast() -> None:
    """T60c: runner 2 is on his lap while 1 is still inside his; one by one or all at once."""
    seen = (
        ("11", "5:00", "mat-km1"),
        ("12", "25:00", "mat-km1"),
        ("12", "33:00", "mat-line"),
        ("11", "35:00", "mat-km2"),
    )
    rows = []
    for at_once in (True, False):
        scene = Scene(race(entry("1", "12"), legs=(("1",), ("2",)), restarts=(PlannedRestart(2, ms("20:00")),)))
        scene.now_ms = ms("35:10")
        for chip, at, device in seen:
            scene.read(chip, at, device)
            if not at_once:
                scene.row("1")
        rows.append(scene.row("1"))
    assert rows[0] == rows[1]


def test_a_first_leg_that_ends_last_and_then_what_comes_late() -> None:
    """T10, T60c: after a restart of all other legs; what is taken back goes to before the first leg's end."""
    restarts = tuple(PlannedRestart(lap, ms("20:00")) for lap in range(2, 7))
    seen = [(f"1{n}", f"25:0{n}", "mat-km1") for n in range(2, 7)]
    seen += [(f"1{n}", f"33:0{n}", "mat-line") for n in range(2, 7)]
    last, late = ("11", "45:00", "mat-line"), ("12", "44:00", "mat-backup")
    rows = []
    for order in ([*seen, late, last], [*seen, last, late]):
        scene = Scene(race(entry("1", "123456"), legs=tuple((n,) for n in "123456"), restarts=restarts))
        for chip, at, device in order:
            scene.read(chip, at, device)
            scene.row("1")
        rows.append((scene.row("1"), scene.verdicts("1")))
    assert (rows[0][0].laps, rows[0][0].status) == (6, "finished")
    assert (replace(rows[1][0], version=0), rows[1][1]) == (replace(rows[0][0], version=0), rows[0][1])
