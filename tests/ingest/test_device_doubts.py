"""What officials are asked that is of no team: clocks, chips and bibs of nobody, finishes far out of pace.

T.. are cases of `docs/rules.md`.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.messages.decisions import AdjustTime, AssignChip, ResolveDoubt, SetStatus, ShiftClock, VoidPassage
from live.messages.devices import Passage
from live.messages.facts import Recorded
from tests.ingest.scene import Scene, entry, ms, race

BIBS = ("12", "31", "32", "33", "34", "35", "36")


def single(*bibs: str, laps: int = 1, **about: Any) -> Scene:
    """Everybody for himself; chips are bib + R."""
    return Scene(race(*(entry(bib, "R") for bib in bibs or BIBS), legs=(("R",),), repeat=laps), **about)


def hear(scene: Scene, chip: str, said_ms: int, heard_ms: int, device: str = "mat-line", epoch: str = "e1") -> None:
    """A chip is read at an instant of the device's, and heard then."""
    scene.seqs[device] = seq = scene.seqs.get(device, 0) + 1
    fact = Passage(device, epoch, seq, said_ms, chip=chip)
    recorded = Recorded(len(scene.facts) + 1, heard_ms, fact)
    scene.facts.append(recorded)
    scene.meeting.apply(recorded)


def run_slow_clock(scene: Scene, behind_ms: int, device: str = "mat-line") -> None:
    """All teams finish, read by a clock that is behind."""
    for n, bib in enumerate(BIBS):
        true_ms = ms("13:00") + n * 20_000
        hear(scene, f"{bib}R", true_ms - behind_ms, true_ms + 300, device)


def doubts(scene: Scene, kind: str = "clock") -> list[dict[str, Any]]:
    scene.board()
    return [each for each in scene.meeting.answer("doubts", {})["doubts"] if each["kind"] == kind]


# --- clocks -----------------------------------------------------------------------------------------------------


def test_a_slow_clock_is_a_doubt_with_its_ruling_which_settles_it() -> None:
    """T23: the offset of the whole span; ruled, the times are right and nothing is left to rule."""
    scene = single()
    run_slow_clock(scene, 37_000)
    (doubt,) = doubts(scene)
    assert doubt["id"] == f"clock/mat-line/e1/{ms('12:23')}"
    assert (doubt["fault"], doubt["device"], doubt["epoch"], doubt["off"]) == ("behind", "mat-line", "e1", "0:38")
    span = {"from_at_ms": ms("12:23"), "to_at_ms": None}
    assert doubt["repair"] == {"type": "shift_clock", "device": "mat-line", **span, "by_ms": 37_300}
    assert (doubt["race"], doubt["bib"], scene.row("12").doubts) == (None, None, ())
    scene.rule(ShiftClock("mat-line", 37_300, ms("12:23"), None))
    assert (doubts(scene), scene.row("12").time_ms) == ([], 780_300)


def test_a_clock_can_be_left_as_it_is() -> None:
    """T23: nothing is shifted by itself; a doubt that is refused stays away, also when more comes of it."""
    scene = single()
    run_slow_clock(scene, 37_000)
    assert scene.row("12").time_ms == 743_000
    scene.rule(ResolveDoubt(doubts(scene)[0]["id"], False))
    assert doubts(scene) == []
    hear(scene, "12R", ms("30:00"), ms("30:37"))
    assert doubts(scene) == []


def test_a_clock_that_stepped_is_a_doubt_of_that_part_only() -> None:
    """T24: 45 s behind until the network's time came; the ruling moves nothing of what follows."""
    scene = single(laps=2)
    run_slow_clock(scene, 45_000)
    for n, bib in enumerate(BIBS * 2):
        hear(scene, f"{bib}R", ms("26:00") + n * 20_000, ms("26:00") + n * 20_000 + 300)
    (doubt,) = doubts(scene)
    assert (doubt["fault"], doubt["repair"]["by_ms"]) == ("stepped", 45_300)
    assert doubt["to_at_ms"] == ms("13:00") + 6 * 20_000 - 45_000
    repair = {name: value for name, value in doubt["repair"].items() if name != "type"}
    scene.rule(ShiftClock(**repair))
    assert (doubts(scene), scene.row("12").lap_times_ms) == ([], (780_300, 779_700))


def test_a_device_of_1970_has_one_ruling_for_all_it_said() -> None:
    """T25: by the least delay of reception; what it says later is of the same span."""
    scene = single()
    for n, bib in enumerate(BIBS):
        hear(scene, f"{bib}R", 5_000 + n * 20_000, ms("13:00") + n * 20_000 + 50 * (n + 1))
    (doubt,) = doubts(scene)
    assert (doubt["fault"], doubt["repair"]["by_ms"]) == ("date", ms("13:00") + 50 - 5_000)
    scene.rule(ShiftClock("mat-line", doubt["repair"]["by_ms"], 5_000, doubt["repair"]["to_at_ms"]))
    assert (scene.row("12").time_ms, scene.row("36").time_ms, doubts(scene)) == (780_050, 900_050, [])
    hear(scene, "12R", 605_000, ms("23:00"))
    assert doubts(scene) == []


def test_a_ruling_that_would_move_what_is_right_is_not_proposed() -> None:
    """T25: switched on twice, the device said the same seconds twice: no span tells them apart."""
    scene = single()
    for epoch, at in (("e1", "13:00"), ("e2", "20:00")):
        for n in range(3):
            hear(scene, f"{BIBS[n]}R", 5_000 + n * 20_000, ms(at) + n * 20_000, epoch=epoch)
    assert [each["repair"] for each in doubts(scene)] == [None, None]


def test_in_a_replay_the_facts_before_it_date_what_has_no_date() -> None:
    """T25: with the clock of the facts: the latest plausible instant before it in the journal."""
    scene = single(clock="facts")
    scene.read("31R", "13:10", "mat-backup")
    hear(scene, "12R", 5_000, 0)
    (doubt,) = doubts(scene)
    assert doubt["repair"]["by_ms"] == ms("13:10") - 5_000


def test_twelve_hours_ahead_are_seen_before_anything_is_published() -> None:
    """T32: heard twelve hours before it was; the ruling takes it back."""
    scene = single()
    run_slow_clock(scene, -12 * 3_600_000)
    (doubt,) = doubts(scene)
    assert (doubt["fault"], doubt["off"], doubt["repair"]["by_ms"]) == ("ahead", "12:00:00", -12 * 3_600_000 + 300)


def test_a_finish_of_more_than_three_times_the_field_s_is_flagged() -> None:
    """T32: whatever the clock says; the row carries it, and it goes when the time is mended or the field is as slow."""
    scene = single()
    for bib in BIBS[1:]:
        scene.read(f"{bib}R", "13:00")
    scene.read("12R", "39:00")
    assert scene.row("12").doubts == ()
    scene.read("12R", "39:00", "mat-backup")
    slow = single()
    for bib in BIBS[1:5]:
        slow.read(f"{bib}R", "13:00")
    slow.read("12R", "39:01")
    assert slow.row("12").doubts == ("implausible-pace/relay/12",)
    (doubt,) = slow.card("12")["doubts"]
    assert (doubt["kind"], doubt["repair"]) == ("implausible_pace", None)
    slow.rule(AdjustTime("relay", "31", 3_600_000))
    slow.rule(AdjustTime("relay", "32", 3_600_000))
    assert slow.row("12").doubts == (), "the median is slower now"
    slow.rule(AdjustTime("relay", "32", -3_600_000))
    assert slow.row("12").doubts == ("implausible-pace/relay/12",)
    slow.rule(ResolveDoubt("implausible-pace/relay/12", True))
    assert slow.row("12").doubts == ()


def test_reads_that_a_proxy_holds_back_are_shown_and_not_shifted() -> None:
    """T11: the instants are right; no ruling on a clock mends it."""
    scene = single()
    gaps = (7, 31, 12, 55, 18, 9, 40)
    at = [ms("13:00") + sum(gaps[:n]) * 1_000 for n in range(8)]
    for n, bib in enumerate(BIBS):
        hear(scene, f"{bib}R", at[n], at[n + 1] + 200)
    (doubt,) = doubts(scene)
    assert (doubt["fault"], doubt["repair"]) == ("held_back", None)


# --- two devices at one point -------------------------------------------------------------------------------------


def test_two_mats_that_differ_are_a_doubt_and_the_trusted_one_counts() -> None:
    """T17, T27: both saw the same runners, two seconds apart: the backup is set by the main mat."""
    scene = single()
    for n, bib in enumerate(BIBS[:5]):
        scene.read(f"{bib}R", 780_000 + n * 7_000)
        scene.read(f"{bib}R", 780_000 + n * 7_000 - 2_000 + n * 10, "mat-backup")
    assert [scene.row(bib).time_ms for bib in BIBS[:5]] == [780_000 + n * 7_000 for n in range(5)]
    scene.read("35R", 822_500, "mat-backup")
    scene.read("36R", 824_000)
    assert [bib for _, bib in scene.places()][-2:] == ["35", "36"]
    (doubt,) = doubts(scene)
    assert (doubt["fault"], doubt["device"], doubt["other"], doubt["off"]) == (
        "differs",
        "mat-backup",
        "mat-line",
        "0:02.0",
    )
    assert doubt["repair"]["by_ms"] == 1_980
    scene.rule(ShiftClock("mat-backup", 1_980))
    assert doubts(scene) == []
    assert [bib for _, bib in scene.places()][-2:] == ["36", "35"]


def test_a_scanner_is_slower_than_a_mat_and_no_doubt() -> None:
    """T17: two seconds are the hand's."""
    scene = single()
    for n, bib in enumerate(BIBS[:5]):
        scene.read(f"{bib}R", 780_000 + n * 7_000)
        scene.read(f"{bib}R", 782_000 + n * 7_000, "scanner-1")
    assert doubts(scene) == []


READS = st.lists(
    st.tuples(
        st.sampled_from(BIBS[:3]),
        st.integers(400, 3_000),
        st.sampled_from([("mat-line",), ("mat-backup",), ("mat-line", "mat-backup")]),
    ),
    max_size=25,
)


@given(READS)
def test_two_boxes_two_seconds_apart_never_give_a_negative_gap_or_lap(
    plan: list[tuple[str, int, tuple[str, ...]]],
) -> None:
    """T27: whichever saw whom; and whom both saw has the instant of the trusted one."""
    scene = single(*BIBS[:3], laps=3)
    for bib, second, devices in plan:
        for device in devices:
            scene.read(f"{bib}R", second * 1_000 - (2_000 if device == "mat-backup" else 0), device)
    standings = [each for each in scene.board().standings() if each.place is not None]
    assert all(lap_ms >= 420_000 for each in standings for lap_ms in each.row.lap_times_ms)
    assert all((each.gap_ms or 0) >= 0 and (each.gap_laps or 0) >= 0 for each in standings)
    for bib in BIBS[:3]:
        seen = [each for each in scene.card(bib)["crossings"] if each["verdict"] == "counted"]
        witnesses = [each for each in scene.card(bib)["crossings"] if each["reason"]["code"] == "witness"]
        for one in (each for each in witnesses if each["device"] == "mat-line"):
            assert any(each["lap"] == one["lap"] and each["device"] == "mat-line" for each in seen)


# --- chips and bibs -----------------------------------------------------------------------------------------------


def test_a_chip_of_nobody_is_one_doubt_however_often_it_was_read() -> None:
    """T07: counted, with the first and the last instant; assigned, it is none any more."""
    scene = single()
    for at in ("13:00", "12:00", "14:00"):
        scene.read("FOUND", at)
    (doubt,) = doubts(scene, "unknown_chip")
    assert (doubt["id"], doubt["chip"], doubt["count"]) == ("unknown-chip/FOUND", "FOUND", 3)
    assert (doubt["first_at_ms"], doubt["last_at_ms"], doubt["repair"]) == (ms("12:00"), ms("14:00"), None)
    scene.rule(AssignChip("FOUND", "relay", "12", "R"))
    assert doubts(scene, "unknown_chip") == []


def test_a_chip_on_two_teams_is_a_doubt_that_names_them() -> None:
    """T60: neither is credited, and an official is asked whose it is."""
    other = entry("31", "R")
    clash = replace(other, runners=(replace(other.runners[0], chips=("12R",)),))
    scene = Scene(race(entry("12", "R"), clash, legs=(("R",),)))
    scene.read("12R", "13:00")
    (doubt,) = doubts(scene, "chip_on_two_teams")
    assert doubt["teams"] == [{"race": "relay", "bib": "12"}, {"race": "relay", "bib": "31"}]
    scene.rule(AssignChip("12R", "relay", "31", "R"))
    assert (doubts(scene, "chip_on_two_teams"), scene.row("31").laps) == ([], 1)


def test_two_figures_exchanged_suggest_who_is_due_and_credit_nobody() -> None:
    """T19: 12 is due, 22 has just been there; 21 was typed."""
    scene = single("12", "22", "31", laps=3)
    scene.now_ms = ms("27:00")
    for bib, first in (("12", "13:00"), ("22", "10:00"), ("31", "9:00")):
        scene.read(f"{bib}R", first)
    scene.read("22R", "20:00")
    scene.type_bib("21", "26:00")
    (doubt,) = doubts(scene, "unknown_bib")
    assert (doubt["typed"], doubt["bib"], doubt["race"], doubt["repair"]) == ("21", None, None, None)
    assert doubt["suggestions"] == [{"race": "relay", "bib": "12"}]
    (passage,) = scene.meeting.answer("passages", {"bib": "21"})["passages"]
    assert passage["suggestions"] == doubt["suggestions"]
    assert [scene.row(bib).laps for bib in ("12", "22", "31")] == [1, 2, 1]


def test_who_was_seen_there_at_that_moment_is_suggested_too() -> None:
    """T19: the mat has read 12 in the same second."""
    scene = single("12", "22")
    scene.read("12R", "13:00")
    scene.type_bib("21", "13:02")
    (doubt,) = doubts(scene, "unknown_bib")
    assert doubt["suggestions"][0] == {"race": "relay", "bib": "12"}


def test_a_typed_bib_set_aside_or_dismissed_asks_no_more() -> None:
    """T19: nothing else of it is left."""
    for ruling in (VoidPassage("scanner-1", "e1", 1), ResolveDoubt("unknown-bib/scanner-1/e1/1", False)):
        scene = single("12")
        scene.type_bib("99", "13:00")
        assert doubts(scene, "unknown_bib")[0]["suggestions"] == []
        scene.rule(ruling)
        assert doubts(scene, "unknown_bib") == []


def test_only_a_doubt_that_there_is_can_be_dismissed() -> None:
    """T23: 422 names what may be meant."""
    scene = single()
    run_slow_clock(scene, 37_000)
    with pytest.raises(AssertionError, match="did you mean clock/mat-line/e1"):
        scene.rule(ResolveDoubt("clock/mat-line/e1/5", False))


def test_who_is_home_or_expected_elsewhere_is_not_suggested() -> None:
    """T19: nor who was there long before; who has not been seen at all may be meant."""
    scene = single("12", "22", "31")
    scene.read("12R", "13:00")
    scene.now_ms = ms("20:00")
    scene.type_bib("21", "19:00")
    (doubt,) = doubts(scene, "unknown_bib")
    assert [each["bib"] for each in doubt["suggestions"]] == ["31", "22"]
    scene.rule(SetStatus("relay", "22", "dnf"))
    assert [each["bib"] for each in doubts(scene, "unknown_bib")[0]["suggestions"]] == ["31"]


def test_a_bib_is_suggested_of_the_race_that_the_device_sees_and_that_was_named() -> None:
    """T19: a bib of the walk is none of the relay's; a device that is not in the event file sees no race."""
    walk = race(entry("22", "W"), id="walk", legs=(("W",),), ranked=False)
    scene = Scene(race(entry("12", "R"), legs=(("R",),)), walk)
    scene.type_bib("21", "13:00", race="walk")
    scene.type_bib("21", "13:00", "unheard-of")
    named, unheard = sorted(doubts(scene, "unknown_bib"), key=lambda each: len(each["device"]))
    assert (named["suggestions"], unheard["suggestions"]) == ([{"race": "walk", "bib": "22"}], [])


def test_of_those_who_are_due_the_nearest_in_time_is_suggested_first() -> None:
    """T19: 12 ended its lap at 13:00, 31 at 13:30, and 26:00 was typed."""
    scene = single("12", "22", "31", laps=3)
    scene.now_ms = ms("26:10")
    for bib, first in (("31", "13:30"), ("12", "13:00")):
        scene.read(f"{bib}R", first)
    scene.type_bib("21", "26:00")
    near = [each["bib"] for each in doubts(scene, "unknown_bib")[0]["suggestions"]]
    assert near[:2] == ["12", "31"]


def test_who_is_expected_at_another_point_first_is_not_suggested() -> None:
    """T19: a bib typed at km 1 is of who is awaited at km 1."""
    scene = single("12", "22", laps=4)
    scene.now_ms = ms("31:00")
    for bib in ("12", "22"):
        scene.read(f"{bib}R", "13:00")
        scene.read(f"{bib}R", "26:00")
        for lap in (0, 13):
            scene.read(f"{bib}R", (lap * 60 + 260) * 1_000, "mat-km1")
    scene.read("12R", "30:20", "mat-km1")
    scene.seqs["mat-km1"] += 1
    scene.hear(Passage("mat-km1", "e1", scene.seqs["mat-km1"], ms("30:25"), bib="21"))
    assert [each["bib"] for each in doubts(scene, "unknown_bib")[0]["suggestions"]] == ["12", "22"]
    scene.read("22R", "30:40", "mat-km1")
    scene.type_bib("21", "30:45", "scanner-1")
    assert [each["suggestions"] for each in doubts(scene, "unknown_bib")][-1] == []
