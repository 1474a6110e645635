"""What officials set right: chips, the order of runners, clocks, doubts. T.. are cases of `docs/rules.md`."""

from dataclasses import replace
from typing import Any

import pytest

from live.messages.decisions import (
    AddCrossing,
    AdjustTime,
    AssignChip,
    Decision,
    FireGun,
    Member,
    ReorderRunners,
    ResolveDoubt,
    RestorePassage,
    Revoke,
    SetStatus,
    ShiftClock,
    SwapChips,
    VoidPassage,
)
from live.messages.devices import Passage
from live.programme import Wave
from live.times import DAY_MS, parse_instant
from tests.ingest.scene import GUN_MS, Scene, entry, ms, race

A12, A31 = Member("12", "A"), Member("31", "A")


def relay(**rules: Any) -> Scene:
    return Scene(race(entry("12"), entry("31"), **rules))


def refused(scene: Scene, ruling: Any) -> str:
    """The words with which a ruling is refused."""
    verdict = scene.meeting.judge(Decision("x", "anna", ms("2:00:00"), ruling))
    assert verdict is not None
    assert verdict.status == 422
    return verdict.reason


def at(scene: Scene, instant: str, known: str = "0") -> dict[str, int]:
    """Laps by bib on the board of an instant."""
    told = scene.meeting.answer("board_at", {"race": "relay", "at_ms": str(ms(instant)), "known": known})
    return {row["bib"]: row["laps"] for row in told["rows"]}


# --- chips ------------------------------------------------------------------------------------------------------


def test_two_chips_swapped_are_one_act_and_both_histories_follow() -> None:
    """T58: A of two teams wore each other's chip since ever; revoked, all is as before, and again (T83)."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.read("31A", "14:00")
    swap = scene.rule(SwapChips("relay", A12, A31))
    assert (scene.laps("12"), scene.laps("31")) == ([840], [780])
    undo = scene.rule(Revoke(swap))
    assert (scene.laps("12"), scene.laps("31")) == ([780], [840])
    scene.rule(Revoke(undo))
    assert (scene.laps("12"), scene.laps("31")) == ([840], [780])


def test_a_swap_from_an_instant_on_leaves_what_was_before() -> None:
    """T58: the chips were changed at the exchange."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.read("31A", "14:00")
    scene.rule(SwapChips("relay", A12, A31, ms("20:00")))
    scene.read("12B", "26:00")
    scene.read("31A", "26:01")
    scene.read("31B", "28:00")
    scene.read("12A", "28:02")
    assert (scene.laps("12"), scene.laps("31")) == ([780, 781], [840, 842])


def test_a_swap_moves_what_was_assigned_before_it_in_the_journal() -> None:
    """T58: all chips that the runner wears by then, and a later assignment stands against it."""
    scene = relay()
    scene.rule(AssignChip("SPARE", "relay", "12", "A"))
    scene.read("SPARE", "13:00")
    assert scene.laps("12") == [780]
    scene.rule(SwapChips("relay", A12, A31))
    assert (scene.laps("12"), scene.laps("31")) == ([], [780])
    scene.rule(AssignChip("SPARE", "relay", "12", "A"))
    assert (scene.laps("12"), scene.laps("31")) == ([780], [])


def test_a_swap_leaves_what_a_chip_was_before_its_instant_and_turns_what_comes_after() -> None:
    """T58: assigned at 10:00, swapped at 20:00, assigned again at 40:00 before the swap was ruled."""
    scene = Scene(race(entry("12", "A"), entry("31", "A"), entry("40", "A"), legs=(("A",),), repeat=3))
    scene.rule(AssignChip("SPARE", "relay", "12", "A", ms("10:00")))
    scene.rule(AssignChip("SPARE", "relay", "31", "A", ms("40:00")))
    scene.rule(SwapChips("relay", A12, A31, ms("20:00")))
    for when in ("13:00", "27:00", "41:00"):
        scene.read("SPARE", when)
    assert (scene.laps("12"), scene.laps("31")) == ([780, 1680], [1620])


def test_a_swap_says_what_is_wrong_with_it() -> None:
    """422 names what is wrong and the cure."""
    baton = entry("40", "AB")
    baton = replace(baton, runners=tuple(replace(runner, chips=("40",)) for runner in baton.runners))
    scene = Scene(race(entry("12"), entry("31"), baton))
    assert "two runners" in refused(scene, SwapChips("relay", A12, A12))
    assert "no bib '13'" in refused(scene, SwapChips("relay", Member("13", "A"), A31))
    assert "no runner 'D'" in refused(scene, SwapChips("relay", Member("12", "D"), A31))
    assert "assign_chip" in refused(scene, SwapChips("relay", A12, Member("40", "A")))


# --- who runs ---------------------------------------------------------------------------------------------------


def test_b_runs_first_and_all_is_recomputed() -> None:
    """T56: the order of the entry was another."""
    scene = relay()
    scene.read("12B", "13:00")
    scene.read("12A", "26:00")
    scene.read("12B", "26:02")
    assert (scene.laps("12"), scene.row("12").lap_qualities) == ([780, 782], "em")  # B must have run, so A before him
    order = scene.rule(ReorderRunners("relay", "12", ("B", "A", "C")))
    assert scene.laps("12") == [780, 782]
    assert scene.row("12").order == ("B", "A", "C")
    assert [lap["runners"] for lap in scene.card("12")["laps"]] == [["B"], ["B", "A"]]
    scene.rule(Revoke(order))
    assert (scene.row("12").lap_qualities, scene.row("12").order) == ("em", ())


def test_who_is_not_named_takes_the_further_places_in_the_order_of_the_entry() -> None:
    """T56: two were named, the third follows; a place that is nobody's stays so."""
    legs = (("A",), ("A", "B"), ("A", "B", "C", "D", "E"))
    scene = Scene(race(entry("12", "ABD"), legs=legs))
    scene.rule(ReorderRunners("relay", "12", ("D", "A")))
    assert scene.row("12").order == ("D", "A", "B", "", "")
    scene.read("12D", "13:00")
    for chip in ("12D", "12A"):
        scene.read(chip, "26:00")
    for chip in ("12D", "12A", "12B"):
        scene.read(chip, "39:00")
    assert (scene.row("12").status, scene.row("12").provisional) == ("finished", False)


def test_a_reserve_stands_in_for_c() -> None:
    """T57: D of the entry runs in place of C, whose chip does not count then."""
    scene = Scene(race(entry("12", "ABCD"), entry("31")))
    for chip, when in (("12A", "13:00"), ("12A", "26:00"), ("12B", "26:01"), ("12A", "39:00"), ("12B", "39:01")):
        scene.read(chip, when)
    scene.read("12D", "39:02")
    assert scene.row("12").missing == ("C",)
    scene.rule(ReorderRunners("relay", "12", ("A", "B", "D")))
    assert (scene.row("12").missing, scene.row("12").time_ms) == ((), 2_342_000)


def test_a_substitute_wears_another_s_chip_from_an_instant_on() -> None:
    """T57: the chip of 31's C runs with team 12 from 30:00 on, and gives the earlier passages to 31."""
    scene = relay()
    for chip, when in (("12A", "13:00"), ("12A", "26:00"), ("12B", "26:01"), ("12A", "39:00"), ("12B", "39:01")):
        scene.read(chip, when)
    scene.read("31C", "13:05")
    scene.read("31C", "39:03")
    assert scene.row("12").missing == ("C",)
    scene.rule(AssignChip("31C", "relay", "12", "C", ms("30:00")))
    assert (scene.row("12").missing, scene.row("12").time_ms) == ((), 2_343_000)
    assert scene.verdicts("31") == [("C", "ignored", "waiting", 3)]


def test_an_order_says_what_is_wrong_with_it() -> None:
    """422 names what is wrong and the cure."""
    scene = relay()
    assert "A, B, C" in refused(scene, ReorderRunners("relay", "12", ()))
    assert "no runner 'D'" in refused(scene, ReorderRunners("relay", "12", ("D", "A", "B")))
    assert "A twice" in refused(scene, ReorderRunners("relay", "12", ("A", "A", "B")))
    four = Scene(race(entry("12", "ABCD")))
    assert "names 4 runners" in refused(four, ReorderRunners("relay", "12", ("A", "B", "C", "D")))


# --- clocks -----------------------------------------------------------------------------------------------------


def shown(scene: Scene) -> list[tuple[int, int | None, str]]:
    """Of each passage in the order of the journal: its raw instant, the one it is judged by, the verdict's reason."""
    told = scene.meeting.answer("passages", {})["passages"]
    return [(p["at_ms"], p.get("judged_at_ms"), p["reason"]["code"]) for p in reversed(told)]


def test_a_box_37_seconds_slow_is_set_right_by_one_ruling() -> None:
    """T23: applied when judged, the raw time stays and is shown, a later passage too; reversible."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.read("31A", "13:10", "mat-backup")
    assert scene.places() == [(1, "12"), (2, "31")]
    slow = scene.rule(ShiftClock("mat-line", 37_000))
    assert scene.places() == [(1, "31"), (2, "12")]
    assert (scene.row("12").time_ms, scene.row("12").quality) == (817_000, "corrected")
    assert scene.row("31").quality == "measured"
    scene.read("12A", "26:00")
    scene.board()
    assert shown(scene)[0] == (ms("13:00"), ms("13:37"), "crossing")
    assert shown(scene)[1] == (ms("13:10"), None, "crossing")
    assert scene.row("12").lap_times_ms == (817_000, 780_000)
    scene.rule(Revoke(slow))
    assert (scene.laps("12"), scene.row("12").quality) == ([780, 780], "measured")


def test_a_clock_stepped_in_mid_race_has_two_spans() -> None:
    """T24: each span by its own seconds; of an instant that two cover the later ruling decides."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.read("12A", "26:00")
    scene.read("12B", "26:00")
    scene.rule(ShiftClock("mat-line", 60_000, None, ms("20:00")))
    scene.rule(ShiftClock("mat-line", 90_000, ms("20:00"), None))
    assert scene.laps("12") == [840, 810]
    over = scene.rule(ShiftClock("mat-line", -10_000, ms("13:00"), ms("13:00")))
    assert scene.laps("12") == [770, 880]
    scene.rule(Revoke(over))
    assert scene.laps("12") == [840, 810]


def test_a_box_that_starts_at_1970_counts_once_its_clock_is_set_right() -> None:
    """T25: questionable, implausible date, until an offset is ruled; in both verdicts its own date stays visible."""
    scene = relay()
    since_power_on = Passage("mat-line", "e1", 1, 5_000, chip="12A")
    scene.hear(since_power_on)
    assert scene.verdicts("12") == [(None, "questionable", "implausible_date", None)]
    scene.rule(ShiftClock("mat-line", ms("13:00") - 5_000, None, 1_000_000))
    assert scene.laps("12") == [780]
    assert shown(scene) == [(5_000, ms("13:00"), "crossing")]
    (crossing,) = scene.card("12")["crossings"]
    assert (crossing["at_ms"], crossing["quality"]) == (ms("13:00"), "corrected")


def test_nothing_is_interpolated_by_itself() -> None:
    """T26: between two rulings an instant stays as it was said; two spans never become a slope."""
    scene = relay()
    scene.rule(ShiftClock("mat-line", 10_000, None, ms("10:00")))
    scene.rule(ShiftClock("mat-line", 20_000, ms("40:00"), None))
    scene.read("12A", "25:00")
    assert (scene.laps("12"), scene.row("12").quality) == ([1500], "measured")


def test_a_drift_is_interpolated_on_request() -> None:
    """T26: nothing at the beginning of the span, 12 s at its end, a third of that after a third of it."""
    scene = relay()
    scene.read("12A", "20:00")
    scene.read("31A", "40:00")
    scene.rule(ShiftClock("mat-line", 0, ms("10:00"), ms("40:00"), to_by_ms=-12_000))
    assert (scene.laps("12"), scene.laps("31")) == ([1196], [2388])
    assert scene.row("12").quality == "corrected"


@pytest.mark.parametrize(
    ("drift", "says"),
    [
        (ShiftClock("mat-line", 0, None, ms("40:00"), to_by_ms=-12_000), "give `from_at_ms` and `to_at_ms`"),
        (ShiftClock("mat-line", 0, ms("10:00"), None, to_by_ms=-12_000), "give `from_at_ms` and `to_at_ms`"),
        (ShiftClock("mat-line", 0, ms("10:00"), ms("10:10"), to_by_ms=-10_000), "no clock drifts so fast"),
        (ShiftClock("mat-line", 0, ms("10:00"), ms("10:10"), to_by_ms=0), "`by_ms` is 0"),
    ],
)
def test_a_drift_says_what_is_wrong_with_it(drift: ShiftClock, says: str) -> None:
    """T26: 422 names what is wrong: what was seen first would not stay first."""
    scene = relay()
    refused = scene.meeting.judge(Decision("d1", "anna", ms("2:00:00"), drift))
    assert refused is not None
    assert (refused.status, says in refused.reason) == (422, True)


def test_a_late_batch_is_ranked_by_when_it_was_detected_by_a_clock_set_right() -> None:
    """T28: heard last, seen first."""
    scene = relay()
    scene.rule(ShiftClock("mat-backup", -20_000))
    scene.read("31A", "13:00")
    scene.read("12A", "13:19", "mat-backup")
    assert scene.places() == [(1, "12"), (2, "31")]


def test_a_shift_of_twelve_hours_is_taken_back_and_so_is_the_clock_of_the_board() -> None:
    """T32: a wrong start setting; the board is not of the evening any more."""
    scene = relay()
    scene.read("12A", "12:13:00")
    scene.board()
    assert scene.meeting.head("relay").as_of_ms == ms("12:13:00")
    scene.rule(ShiftClock("mat-line", -12 * 3_600_000))
    assert scene.laps("12") == [780]
    assert scene.meeting.head("relay").as_of_ms == ms("13:00")


def test_with_the_clock_of_the_facts_a_start_is_taken_back_too() -> None:
    """T32: what runs follows from the instants as they were set right, also where the facts are the clock."""
    waves = (Wave("1", GUN_MS, GUN_MS), Wave("2", ms("1:00:00"), ms("1:00:00")))
    scene = Scene(race(entry("12", wave="1"), entry("31", wave="2"), waves=waves), clock="facts")
    scene.read("12A", "12:13:00")
    assert scene.row("31").status == "running"
    scene.rule(ShiftClock("mat-line", -12 * 3_600_000))
    assert scene.row("31").status == "not_started"
    scene.read("12B", "13:00:30")
    assert scene.row("31").status == "running"


def test_the_board_of_an_instant_is_by_clocks_as_they_were_set_right() -> None:
    """Time travel: the instant of a passage is the one it is judged by; with known=1 the ruling must be heard too."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.rule(ShiftClock("mat-line", 60_000))
    scene.board()
    assert at(scene, "13:30") == {"12": 0, "31": 0}
    assert at(scene, "14:00") == {"12": 1, "31": 0}
    assert at(scene, "14:00", known="1") == {"12": 0, "31": 0}
    assert at(scene, "2:00:00", known="1") == {"12": 1, "31": 0}


def test_a_shift_says_what_is_wrong_with_it() -> None:
    """422 names what is wrong and the cure."""
    scene = relay()
    assert "did you mean mat-line" in refused(scene, ShiftClock("mat-lin", 1_000))
    assert "by_ms" in refused(scene, ShiftClock("mat-line", 0))
    assert "after `to_at_ms`" in refused(scene, ShiftClock("mat-line", 1, ms("2:00"), ms("1:00")))


def test_lap_1_set_right_by_a_clock_runs_through_to_all_laps_and_ranks() -> None:
    """T63: the laps after it and the places follow; the sum stays."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.read("31A", "13:30", "mat-backup")
    for chip in ("12A", "12B"):
        scene.read(chip, "26:00")
    scene.rule(ShiftClock("mat-line", 60_000, None, ms("14:00")))
    assert scene.laps("12") == [840, 720]
    scene.board()
    (first, second) = scene.meeting.answer("team", {"race": "relay", "bib": "12"})["laps"]
    assert (first["place"], second["elapsed_ms"]) == (2, 1_560_000)


def test_in_the_repeated_hour_an_instant_is_one_instant() -> None:
    """T31: summer time ends; 2:55 and 2:08 on the clock are 13 minutes apart, and a span of a clock ends in between."""
    gun_ms = parse_instant("2026-10-25T02:55:00+02:00")
    scene = Scene(race(entry("12", "A"), legs=(("A",), ("A",)), start_ms=gun_ms, gun_ms=gun_ms))
    first_ms, second_ms = (parse_instant(f"2026-10-25T02:{at}+01:00") for at in ("08:00", "55:00"))
    for seq, at_ms in enumerate((first_ms, second_ms), 1):
        scene.hear(Passage("mat-line", "e1", seq, at_ms, chip="12A"))
    scene.hear(Decision("s", "anna", second_ms, ShiftClock("mat-line", 1_000, None, first_ms)))
    assert first_ms - gun_ms == 13 * 60_000
    assert scene.row("12").lap_times_ms == (781_000, 2_819_000)


# --- guns and statuses ------------------------------------------------------------------------------------------


def test_after_a_false_start_the_reads_of_the_first_attempt_are_before_the_start() -> None:
    """T40: they stay in the log; the second gun counts, and taken back, the first one does again."""
    scene = relay(gun_ms=None)
    scene.rule(FireGun("relay", GUN_MS))
    scene.read("12A", "0:10")
    second = scene.rule(FireGun("relay", ms("5:00")))
    scene.read("12A", "18:00")
    assert (scene.laps("12"), scene.verdicts("12")[0][2]) == ([780], "before_start")
    scene.rule(Revoke(second))
    assert (scene.laps("12"), scene.verdicts("12")[0][2]) == ([1080], "at_the_start")


def test_a_wave_that_started_with_another_is_moved_by_one_ruling() -> None:
    """T39: no chip is moved by hand."""
    waves = (Wave("1", GUN_MS, GUN_MS), Wave("2", ms("5:00"), ms("5:00")))
    scene = Scene(race(entry("12", wave="1"), entry("31", wave="2"), waves=waves))
    scene.read("12A", "13:00")
    scene.read("31A", "13:30")
    assert scene.row("31").time_ms == 510_000
    scene.rule(FireGun("relay", GUN_MS, "2"))
    assert (scene.row("12").time_ms, scene.row("31").time_ms) == (780_000, 810_000)


def test_a_status_taken_off_takes_nothing_else_off() -> None:
    """T89: `null` is automatic again; penalty, crossings and gun stay."""
    scene = relay(gun_ms=None, legs=(("A",),))
    scene.rule(FireGun("relay", GUN_MS))
    scene.rule(AddCrossing("relay", "12", ms("13:00"), "A"))
    scene.rule(AdjustTime("relay", "12", 30_000))
    scene.rule(SetStatus("relay", "12", "dsq"))
    scene.rule(SetStatus("relay", "12", None))
    assert (scene.row("12").status, scene.row("12").time_ms) == ("finished", 810_000)


def test_a_penalty_of_more_than_a_day_is_a_slip_of_the_hand() -> None:
    """T35."""
    scene = relay(legs=(("A",),))
    verdict = scene.meeting.judge(Decision("slip", "anna", ms("1:00:00"), AdjustTime("relay", "12", -DAY_MS - 1), ""))
    assert verdict is not None and verdict.status == 422
    assert "a day at most" in verdict.reason


@pytest.mark.parametrize("with_note", ["adjust_time", "add_crossing"])
def test_an_official_sets_the_order_at_the_line(with_note: str) -> None:
    """T80: the picture shows 31 ahead by a chest, though the mats say otherwise by 40 ms."""
    scene = relay(legs=(("A",),))
    scene.read("12A", 780_000)
    scene.read("31A", 780_040)
    assert scene.places() == [(1, "12"), (2, "31")]
    ruling: Any = AdjustTime("relay", "31", -41)
    if with_note == "add_crossing":
        ruling = AddCrossing("relay", "31", ms(779_999), "A")
    scene.hear(Decision("photo", "anna", ms("1:00:00"), ruling, "photo finish"))
    assert scene.places() == [(1, "31"), (2, "12")]
    (told,) = scene.meeting.answer("decisions", {})["decisions"]
    assert (told["reason"], told["holds"]) == ("photo finish", True)


# --- undone, and again; two officials ----------------------------------------------------------------------------

PASSAGE = ("mat-line", "e1", 1)
DOUBT = "not-together/relay/12/2"
RULED: list[Any] = [
    VoidPassage(*PASSAGE),
    AddCrossing("relay", "12", ms("12:00"), "A"),
    AssignChip("12A", "relay", "31", "A"),
    SwapChips("relay", A12, A31),
    ReorderRunners("relay", "12", ("B", "A", "C")),
    SetStatus("relay", "12", "dsq"),
    AdjustTime("relay", "12", 30_000),
    ShiftClock("mat-line", 37_000),
    FireGun("relay", ms("1:00")),
    ResolveDoubt(DOUBT, True),
]


def ran() -> Scene:
    """Team 12 has finished, its second lap not together; 31 has run one lap."""
    scene = relay()
    for chip, when in (("12A", "13:00"), ("12A", "26:00"), ("12B", "26:20"), ("31A", "14:00")):
        scene.read(chip, when)
    for chip in ("12A", "12B", "12C"):
        scene.read(chip, "39:00")
    return scene


def state(scene: Scene) -> list[tuple[Any, ...]]:
    """The rows without their versions, which count in the journal."""
    return [(replace(row, version=0), scene.meeting.rulings.resolved) for row in scene.board().rows.values()]


@pytest.mark.parametrize("ruling", RULED, ids=lambda ruling: ruling.type)
def test_an_undo_and_its_undo_give_the_earlier_states(ruling: Any) -> None:
    """T83: for every ruling on a team, a device or a race; all of them stay in the log."""
    scene = ran()
    before = state(scene)
    first = scene.rule(ruling)
    ruled = state(scene)
    assert ruled != before
    undo = scene.rule(Revoke(first))
    assert state(scene) == before
    scene.rule(Revoke(undo))
    assert state(scene) == ruled
    told = scene.meeting.answer("decisions", {})["decisions"]
    assert [each["holds"] for each in told] == [True, False, True]


@pytest.mark.parametrize(
    "ruling", [each for each in RULED if not isinstance(each, ShiftClock | FireGun)], ids=lambda ruling: ruling.type
)
def test_who_ruled_on_a_team_is_named_to_the_second_official(ruling: Any) -> None:
    """T84: for every ruling on a team, and for its revocation: 409, and nothing vanishes silently."""
    scene = ran()
    scene.board()
    before = scene.meeting.version
    ruled = scene.rule(ruling, by="anna")
    theirs = Decision("b", "bert", ms("2:00:00"), AdjustTime("relay", "12", 5_000), base_version=before)
    if isinstance(ruling, AssignChip):
        theirs = replace(theirs, ruling=AdjustTime("relay", "31", 5_000))
    verdict = scene.meeting.judge(theirs)
    assert verdict is not None
    assert (verdict.status, "anna" in verdict.reason, ruling.type in verdict.reason) == (409, True, True)
    mine = scene.meeting.judge(Decision("c", "bert", ms("2:00:00"), ruling, base_version=before))
    assert mine is not None and mine.status == 409
    again = scene.meeting.judge(replace(theirs, base_version=scene.meeting.version))
    assert again is None
    now = scene.meeting.version
    scene.rule(Revoke(ruled), by="anna")
    late = scene.meeting.judge(replace(theirs, base_version=now))
    assert late is not None and late.status == 409


def test_a_passage_set_aside_is_restored_by_name() -> None:
    """T85: the later of the two stands, and both say who and why."""
    scene = ran()
    scene.rule(VoidPassage(*PASSAGE))
    assert scene.verdicts("12")[0][1:3] == ("ignored", "voided")
    scene.rule(RestorePassage(*PASSAGE))
    assert scene.verdicts("12")[0][1:3] == ("counted", "crossing")


# --- doubts -----------------------------------------------------------------------------------------------------


def test_only_a_doubt_that_there_is_can_be_resolved_and_be_changed_later() -> None:
    """T86: 422 names the one that may be meant; of two rulings the later stands, and a revocation opens it again."""
    scene = ran()
    assert f"did you mean {DOUBT}" in refused(scene, ResolveDoubt("not-together/relay/12/3", True))
    first = scene.rule(ResolveDoubt(DOUBT, True))
    assert scene.meeting.rulings.resolved == {DOUBT: True}
    second = scene.rule(ResolveDoubt(DOUBT, False))
    assert scene.meeting.rulings.resolved == {DOUBT: False}
    scene.rule(Revoke(second))
    assert scene.meeting.rulings.resolved == {DOUBT: True}
    scene.rule(Revoke(first))
    assert scene.meeting.rulings.resolved == {}


# --- two contents under one identity (T03) ------------------------------------------------------------------------


def twice(scene: Scene, *contents: tuple[str, str]) -> None:
    """The mat says each of these, chip and instant, as its first passage; a moment later."""
    scene.now_ms = ms("14:00")
    for chip, at in contents:
        scene.hear(Passage("mat-line", "e1", 1, ms(at), chip=chip))


def conflict(scene: Scene) -> list[dict[str, Any]]:
    scene.board()
    return [each for each in scene.meeting.answer("doubts", {})["doubts"] if each["kind"] == "conflict"]


def test_an_official_chooses_which_of_two_contents_counts() -> None:
    """T03: the earlier counts until he decides; the decision is reversible, and ends the doubt."""
    scene = Scene(race(entry("12")))
    twice(scene, ("12A", "13:00"), ("12A", "13:30"))
    (doubt,) = conflict(scene)
    assert [(c["fact"], c["at_ms"], c["counts"]) for c in doubt["contents"]] == [
        (1, ms("13:00"), True),
        (2, ms("13:30"), False),
    ]
    assert doubt["repair"] == {"type": "restore_passage", "device": "mat-line", "epoch": "e1", "seq": 1, "fact": 2}
    chosen = scene.rule(RestorePassage("mat-line", "e1", 1, fact=2))
    assert (scene.laps("12"), scene.row("12").doubts) == ([810], ())
    scene.rule(Revoke(chosen))
    assert (scene.laps("12"), len(scene.row("12").doubts)) == ([780], 1)


def test_a_conflict_that_was_settled_a_moment_ago_is_shown_no_more() -> None:
    """T03: the board still names it, until its next change; whoever asks meanwhile gets an answer."""
    scene = Scene(race(entry("12")))
    twice(scene, ("12A", "13:00"), ("12A", "13:30"))
    assert len(conflict(scene)) == 1
    scene.rule(RestorePassage("mat-line", "e1", 1, fact=2))
    assert scene.meeting.answer("doubts", {}) == {"doubts": []}


def test_an_official_confirms_the_content_that_counts() -> None:
    """T03: that ends the doubt as well."""
    scene = Scene(race(entry("12")))
    twice(scene, ("12A", "13:30"), ("12A", "13:00"))
    scene.rule(RestorePassage("mat-line", "e1", 1, fact=2))
    assert (scene.laps("12"), scene.row("12").doubts) == ([780], ())


def test_both_teams_of_whom_a_device_speaks_under_one_number_are_in_doubt() -> None:
    """T03: one has a crossing that may be the other's, the other lacks one that may be his."""
    scene = Scene(race(entry("12"), entry("31")))
    twice(scene, ("12A", "13:00"), ("31A", "13:30"))
    assert (scene.laps("12"), scene.laps("31")) == ([780], [])
    assert [each["bib"] for each in conflict(scene)] == ["12", "31"]
    scene.rule(RestorePassage("mat-line", "e1", 1, fact=2), at="2:30:00")
    assert (scene.laps("12"), scene.laps("31")) == ([], [810])
    assert conflict(scene) == []
    assert {each["team"] for each in scene.meeting.answer("passages", {})["passages"]} == {"12", "31"}


def test_a_conflict_goes_with_the_chip() -> None:
    """T03, T57: given to 31, the chip's two contents are 31's, and in doubt at 31 alone."""
    scene = Scene(race(entry("12"), entry("31")))
    twice(scene, ("12A", "13:00"), ("12A", "13:30"))
    scene.rule(AssignChip("12A", "relay", "31", "A"))
    assert [each["bib"] for each in conflict(scene)] == ["31"]


def test_a_content_of_nobody_does_not_hide_the_one_of_a_team() -> None:
    """T03, T07: the earlier is of a chip that nobody wears; the team of the other is told."""
    scene = Scene(race(entry("12")))
    twice(scene, ("99X", "13:00"), ("12A", "13:30"))
    assert scene.laps("12") == []
    (doubt,) = conflict(scene)
    assert (doubt["bib"], [each["team"] for each in doubt["contents"]]) == ("12", [None, "12"])
    scene.rule(RestorePassage("mat-line", "e1", 1, fact=2))
    assert (scene.laps("12"), conflict(scene)) == ([810], [])


def test_a_third_content_asks_again_and_the_choice_stands_meanwhile() -> None:
    """T03: the official knew of two."""
    scene = Scene(race(entry("12")))
    twice(scene, ("12A", "13:00"), ("12A", "13:30"))
    scene.rule(RestorePassage("mat-line", "e1", 1, fact=2))
    twice(scene, ("12A", "12:30"))
    assert scene.laps("12") == [810]
    (doubt,) = conflict(scene)
    assert [(c["fact"], c["counts"]) for c in doubt["contents"]] == [(2, True), (4, False), (1, False)]


def test_who_voids_the_passage_has_decided_and_who_restores_it_has_not() -> None:
    """T03, T85: voided none of them counts; restored it is as before."""
    scene = Scene(race(entry("12")))
    twice(scene, ("12A", "13:00"), ("12A", "13:30"))
    scene.rule(VoidPassage("mat-line", "e1", 1))
    assert (scene.laps("12"), conflict(scene)) == ([], [])
    scene.rule(RestorePassage("mat-line", "e1", 1))
    assert (scene.laps("12"), len(conflict(scene))) == ([780], 1)
    scene.rule(RestorePassage("mat-line", "e1", 1, fact=2))
    scene.rule(VoidPassage("mat-line", "e1", 1))
    scene.rule(RestorePassage("mat-line", "e1", 1))
    assert (scene.laps("12"), conflict(scene)) == ([810], [])


def test_a_content_that_there_is_not_cannot_be_chosen() -> None:
    """T03: the refusal names those that there are."""
    scene = Scene(race(entry("12")))
    twice(scene, ("12A", "13:00"), ("12A", "13:30"))
    assert refused(scene, RestorePassage("mat-line", "e1", 1, fact=7)) == "passage mat-line/e1/1 has no content 7: 1, 2"


def test_the_content_that_was_chosen_is_that_of_the_past_too() -> None:
    """T03: a choice sets right what was so from the start; before the chosen instant nothing was seen."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),)))
    twice(scene, ("12R", "13:00"), ("12R", "13:30"))
    scene.rule(RestorePassage("mat-line", "e1", 1, fact=2))
    scene.board()
    told = scene.meeting.answer("board_at", {"race": "relay", "at_ms": str(ms("20:00"))})
    assert [row["lap_times_ms"] for row in told["rows"]] == [(810_000,)]
