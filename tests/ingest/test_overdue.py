"""Where a runner is missing: official and spectator are told, on whatever lap (race.md, Live position on the loop)."""

from typing import Any

import pytest

from live.messages.decisions import CloseRace, ResolveDoubt, SetStatus
from live.programme import Course, Device, TimingPoint
from tests.ingest.scene import GUN_MS, LOOP, ONE, Scene, entry, ms, race

USUAL_MS = 772_800
"""What a first lap of 13:00 suggests: the field's lap moves in steps of a fiftieth of `min_lap`."""
LATE_MS = USUAL_MS * 125 // 100


def field(*entries: Any, **rules: Any) -> Scene:
    """Teams 1 and 2 have come round in 13:00 and 13:10, nobody else was seen."""
    scene = Scene(race(*(entries or (entry("1"), entry("2"), entry("3"))), **rules))
    scene.read("1A", "13:00")
    scene.read("2A", "13:10")
    return scene


def doubts(scene: Scene, now: str | int, bib: str = "3") -> tuple[str, ...]:
    scene.now_ms = ms(now)
    return scene.row(bib).doubts


def test_who_has_not_come_round_once_is_awaited_as_long_as_the_rivals_took() -> None:
    """Past 1.25 times the field's first lap, without a fact: a doubt for officials, a forecast that is overdue."""
    scene = field()
    assert doubts(scene, LATE_MS) == ()
    assert scene.row("3").next is None
    assert scene.meeting.next_tick_ms(scene.now_ms) == GUN_MS + LATE_MS + 1
    assert doubts(scene, LATE_MS + 1) == ("not-seen/relay/3/1",)
    expected = scene.row("3").next
    assert expected is not None and (expected.at_ms, expected.point) == (GUN_MS + USUAL_MS, None)
    (doubt,) = scene.meeting.answer("doubts", {})["doubts"]
    assert (doubt["kind"], doubt["bib"], doubt["lap"], doubt["repair"]) == ("not_seen", "3", 1, None)


def test_it_is_told_once_and_gone_when_the_team_is_seen_or_does_not_run() -> None:
    """Seen at a point inside the loop, it is on its way; who did not start is not missing."""
    scene = field(entry("1"), entry("2"), entry("3"), entry("4"))
    assert doubts(scene, "17:00") == ("not-seen/relay/3/1",)
    assert [each.rows for each in scene.meeting.changes(ms("17:01"))] == []
    scene.read("3A", "17:30", "mat-km1")
    scene.rule(SetStatus("relay", "4", "dns"))
    assert (doubts(scene, "17:31"), doubts(scene, "17:31", "4")) == ((), ())
    assert scene.row("4").next is None


def test_an_official_can_dismiss_it() -> None:
    """He knows where they are; it does not come back when the field's lap moves."""
    scene = field()
    assert doubts(scene, "17:00") != ()
    scene.rule(ResolveDoubt("not-seen/relay/3/1", accept=False))
    assert doubts(scene, "18:00") == ()


def test_with_fewer_than_two_rivals_round_nobody_knows_how_long_a_lap_takes() -> None:
    """One is an anecdote."""
    scene = Scene(race(entry("1"), entry("2"), entry("3")))
    scene.read("1A", "13:00")
    assert doubts(scene, "59:00") == ()
    scene.read("2A", "59:30")
    assert doubts(scene, "59:30") == ("not-seen/relay/3/1",)


def test_when_rivals_turn_out_slower_nobody_is_overdue_any_more() -> None:
    """Two came round in 13:00, most in 20:00: from then on 16:10 is early. In any order of arrival."""
    slow = [str(n) for n in range(4, 10)]
    teams = [entry(bib) for bib in ("1", "2", "3", *slow)]
    scene = field(*teams)
    assert doubts(scene, "16:10") != ()
    for bib in slow:
        scene.read(f"{bib}A", "20:00")
    assert doubts(scene, "20:00") == ()
    assert scene.row("3").next is None
    assert doubts(scene, "26:00") == ("not-seen/relay/3/1",)


def test_each_from_its_own_gun() -> None:
    """3 starts ten minutes later, and is awaited ten minutes later; meanwhile 4 is."""
    scene = field(entry("1"), entry("2"), entry("3", start_ms=ms("10:00")), entry("4"))
    assert doubts(scene, 600_000 + LATE_MS) == ()
    assert doubts(scene, 600_000 + LATE_MS, "4") != ()
    assert scene.meeting.next_tick_ms(scene.now_ms) == GUN_MS + 600_000 + LATE_MS + 1
    assert doubts(scene, 600_000 + LATE_MS + 1) == ("not-seen/relay/3/1",)


def test_a_walker_who_is_not_back_is_told_of_too() -> None:
    """Who is still out is a safety question."""
    entries = [entry(bib, "W") for bib in "123"]
    scene = Scene(race(*entries, legs=(("W",),), ranked=False, min_lap_ms=420_000))
    scene.read("1W", "50:00")
    scene.read("2W", "55:00")
    assert doubts(scene, "1:10:00") == ("not-seen/relay/3/1",)


@pytest.mark.parametrize(("point", "beyond"), [(None, None), ("mat-km1", "km1")])
def test_in_the_middle_of_the_race_the_doubt_says_on_which_lap_and_behind_which_point(
    point: str | None, beyond: str | None
) -> None:
    """Of three laps the second: nobody need wait for the last one."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=3))
    scene.read("12R", "4:20", "mat-km1")
    scene.read("12R", "13:00")
    if point is not None:
        scene.read("12R", "17:20", point)
    scene.now_ms = ms("26:00")
    assert scene.row("12").doubts == ()
    scene.now_ms = ms("40:00")
    (doubt,) = scene.card("12")["doubts"]
    assert (doubt["kind"], doubt["lap"], doubt["point"]) == ("overdue", 2, beyond)
    assert doubt["repair"]["type"] == "add_crossing"
    scene.read("12R", "40:30")
    assert [each for each in scene.row("12").doubts if each.startswith("overdue")] == []


def test_a_missing_team_is_told_of_without_a_fact() -> None:
    """The boards change when it is overdue, by the clock alone."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=3))
    scene.read("12R", "13:00")
    scene.now_ms = ms("14:00")
    scene.board()
    tick_ms = scene.meeting.next_tick_ms(scene.now_ms)
    assert tick_ms == ms("29:15") + 1
    (changed,) = scene.meeting.changes(tick_ms)
    assert [row.doubts[0].split("/")[0] for row in changed.rows] == ["overdue"]


def test_who_came_round_in_time_is_not_looked_for_at_the_instant_at_which_he_was() -> None:
    """Each crossing gives another instant; that of the one before rings for nobody."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=3))
    scene.now_ms = ms("14:00")
    scene.read("12R", "13:00")
    scene.board()
    scene.read("12R", "26:00")
    scene.now_ms = ms("27:00")
    scene.board()
    scene.now_ms = ms("29:15") + 2
    assert scene.row("12").doubts == ()
    assert scene.meeting.next_tick_ms(scene.now_ms) == ms("42:15") + 1
    (changed,) = scene.meeting.changes(ms("42:15") + 1)
    assert [row.doubts[0].split("/")[0] for row in changed.rows] == ["overdue"]


def test_who_is_not_back_when_the_race_is_closed_has_a_ruling_ready() -> None:
    """T54: who was seen has retired, who was not did not start."""
    scene = Scene(race(entry("1", "R"), entry("2", "R"), legs=(("R",),), repeat=2))
    scene.read("1R", "13:00")
    scene.rule(CloseRace("relay"), at="1:00:00")
    scene.now_ms = ms("1:00:01")
    repairs = {bib: scene.card(bib)["doubts"][0]["repair"]["status"] for bib in "12"}
    assert repairs == {"1": "dnf", "2": "dns"}


@pytest.mark.parametrize("rivals", ["mat-line", "mat-km1"])
def test_who_stops_behind_a_point_of_the_first_lap_is_missed(rivals: str) -> None:
    """Nobody had gone from there to the line by then: 4:30 to km 1 makes 13:30, and 1.25 times the way 15:45; 1.25
    times the lap of its rivals is later.
    """
    scene = Scene(race(*(entry(str(bib)) for bib in range(1, 9))))
    scene.read("1A", "4:30", "mat-km1")
    for bib in range(2, 9):
        if rivals == "mat-km1":
            scene.read(f"{bib}A", f"4:{bib + 30}", rivals)
        scene.read(f"{bib}A", f"13:{bib + 30}")
    late_ms = 814_800 * 125 // 100
    assert doubts(scene, late_ms, "1") == ()
    assert scene.row("1").next is None
    assert scene.meeting.next_tick_ms(scene.now_ms) == GUN_MS + late_ms + 1
    (doubt,) = doubts(scene, late_ms + 1, "1")
    assert doubt.startswith("overdue/relay/1/1/")
    awaited = scene.row("1").next
    assert awaited is not None and (awaited.at_ms, awaited.point) == (ms("13:30"), "line")
    scene.read("1A", "40:00")
    assert not [each for each in doubts(scene, "40:01", "1") if each.startswith("overdue")]


def test_who_stops_behind_a_point_that_nobody_passed_before_is_missed_on_any_lap() -> None:
    """On lap 2 as on lap 1: the way to the line at the pace up to km 2, two thirds of the loop."""
    scene = field()
    scene.read("2A", "22:10", "mat-km2")
    assert doubts(scene, "27:47", "2") == ()
    (doubt,) = doubts(scene, "27:48", "2")
    assert doubt.startswith("overdue/relay/2/2/")


def fast_to(device: str, at: str) -> Scene:
    """3 was seen there then, and before everybody else; nobody has come round."""
    scene = Scene(race(entry("1"), entry("2"), entry("3"), course=LOOP))
    scene.read("3A", at, device)
    return scene


@pytest.mark.parametrize(
    ("device", "at", "late"),
    [
        ("mat-km1", "3:20", "16:40"),  # a third of the loop: 10:00 at that pace, and the rest twice
        ("mat-km2", "8:00", "13:00"),  # two thirds: 12:00, and the rest 1.25 times
    ],
)
def test_who_set_out_fast_is_not_missed_before_the_pace_says_something(device: str, at: str, late: str) -> None:
    """Everybody sprints from the gun: the pace up to an early point would have the whole field overdue."""
    scene = fast_to(device, at)
    assert doubts(scene, late) == ()
    assert doubts(scene, ms(late) + 1 - GUN_MS) == (
        f"overdue/relay/3/1/{ms('10:00' if device == 'mat-km1' else '12:00')}",
    )


@pytest.mark.parametrize("device", ["mat-km1", "mat-km2"])
def test_who_set_out_fast_is_awaited_as_long_as_the_rivals_took(device: str) -> None:
    """11:40 and 11:22 are late at its own pace; by its rivals 16:06 is. A doubt that was dismissed stays away."""
    scene = fast_to(device, "3:20" if device == "mat-km1" else "7:00")
    for chip, at in (("1A", "13:00"), ("2A", "13:10")):
        scene.read(chip, at)
    assert doubts(scene, LATE_MS) == ()
    (doubt,) = doubts(scene, LATE_MS + 1)
    assert doubt.startswith("overdue/relay/3/1/")
    scene.rule(ResolveDoubt(doubt, accept=False))
    assert doubts(scene, "50:00") == ()


def test_who_is_late_at_its_own_pace_is_looked_at_again_when_its_rivals_are_slower_than_that() -> None:
    """Nobody had come round, then two have, in 20:00: until 24:55 it is not overdue. In any order of arrival."""
    scene = fast_to("mat-km1", "3:20")
    assert len(doubts(scene, "20:05")) == 1
    scene.read("1A", "20:00")
    assert len(doubts(scene, "20:05")) == 1
    scene.read("2A", "20:01")
    assert doubts(scene, "20:05") == ()
    usual_ms = 1_199_000 // 8_400 * 8_400
    assert scene.meeting.next_tick_ms(scene.now_ms) == GUN_MS + usual_ms * 125 // 100 + 1
    assert len(doubts(scene, "25:00")) == 1


def test_whose_own_laps_say_when_he_is_late_need_not_wait_for_slower_rivals() -> None:
    """Rivals took 22:00 for lap 2: that is for those of whom nothing but their pace was known."""
    scene = Scene(race(*(entry(bib, "R") for bib in "123"), legs=(("R",),), repeat=3))
    scene.read("3R", "4:20", "mat-km1")
    for bib in "123":
        scene.read(f"{bib}R", "13:00")
    scene.read("3R", "17:20", "mat-km1")
    for bib in "12":
        scene.read(f"{bib}R", "35:00")
    assert [each.split("/")[0] for each in doubts(scene, "35:10")] == ["overdue"]


def test_the_start_of_the_lap_counts_for_who_is_late_on_a_later_one() -> None:
    """Lap 2 from 13:00 on; rivals took 14:00 for it, so that it is awaited until 30:30 or so."""
    scene = Scene(race(entry("1"), entry("2"), entry("3")))
    for bib in "123":
        scene.read(f"{bib}A", "13:00")
    scene.read("3B", "16:20", "mat-km1")
    for bib in "12":
        for runner in "AB":
            scene.read(f"{bib}{runner}", "27:00")
    usual_ms = 840_000 // 8_400 * 8_400
    assert doubts(scene, 780_000 + usual_ms * 125 // 100) == ()
    assert len(doubts(scene, 780_000 + usual_ms * 125 // 100 + 1)) == 1


def test_who_was_seen_on_the_start_mat_and_nowhere_else_is_missed() -> None:
    """A road: that he set out says nothing of when he comes in; the rivals' way does."""
    road = Course("road", 3000, False, (TimingPoint("start", 0), TimingPoint("finish", 3000)))
    devices = (Device("mat-start", "start", "road", "main"), Device("mat-finish", "finish", "road", "main"))
    scene = Scene(race(*(entry(bib, "R") for bib in "123"), legs=ONE, course=road), devices=devices)
    for bib in "123":
        scene.read(f"{bib}R", "0:10", "mat-start")
    scene.read("1R", "13:00", "mat-finish")
    scene.read("2R", "13:10", "mat-finish")
    assert doubts(scene, LATE_MS) == ()
    assert doubts(scene, LATE_MS + 1) == ("not-seen/relay/3/1",)
