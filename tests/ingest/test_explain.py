"""What officials and spectators are told of each passage, ruling and doubt. T.. are cases of `docs/rules.md`."""

from typing import Any

import pytest

from live.messages.decisions import AddCrossing, CloseRace, PublishOfficial, Revoke, SetStatus, ShiftClock, VoidPassage
from live.messages.devices import Passage
from live.programme import Course, Device, TimingPoint
from tests.ingest.scene import GUN_MS, Scene, entry, ms, race

ROAD = Course("route", 10_000, False, (TimingPoint("start", 0), TimingPoint("km5", 5000), TimingPoint("end", 10_000)))
ON_ROAD = tuple(Device(point, point, "route", "main") for point in ("start", "km5", "end"))


def told(scene: Scene, **about: str) -> list[dict[str, Any]]:
    """The passages that an official is told of."""
    scene.board()
    passages: list[dict[str, Any]] = scene.meeting.answer("passages", about)["passages"]
    return passages


# --- each passage has a stated outcome ----------------------------------------------------------------------------


def test_each_passage_of_a_team_has_its_outcome_with_the_lap_that_it_is_about() -> None:
    """Counted, waiting, a witness, set aside: in order of time, whenever they were heard."""
    scene = Scene(race(entry("12")))
    scene.read("12A", "13:00")
    scene.read("12A", 781_000, "scanner-1")
    scene.read("12B", "12:00")
    scene.read("12A", -13 * 3_600_000)
    void = scene.read("12A", "20:00")
    scene.rule(VoidPassage(*void.identity))
    assert scene.verdicts("12") == [
        (None, "questionable", "implausible_date", None),
        ("B", "ignored", "waiting", 2),
        ("A", "counted", "crossing", 1),
        ("A", "ignored", "witness", 1),
        (None, "ignored", "voided", None),
    ]
    said = [(each["chip"], each["verdict"], each["reason"]) for each in told(scene)]
    assert said == [
        ("12A", "ignored", {"code": "voided", "lap": None}),
        ("12A", "questionable", {"code": "implausible_date", "lap": None}),
        ("12B", "ignored", {"code": "waiting", "lap": 2}),
        ("12A", "ignored", {"code": "witness", "lap": 1}),
        ("12A", "counted", {"code": "crossing", "lap": 1}),
    ]


def test_a_crossing_says_who_made_it_and_how_sure_its_instant_is() -> None:
    """Measured, corrected where a clock was set right, an official's own, estimated where nobody saw it."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),), repeat=4))
    scene.read("12R", "4:20", "mat-km1")
    scene.read("12R", "17:20", "mat-km1")
    scene.read("12R", "26:00", "scanner-1")
    added = scene.rule(AddCrossing("relay", "12", ms("39:00"), "R"))
    scene.rule(ShiftClock("scanner-1", by_ms=5_000))
    shown = scene.card("12")["crossings"]
    said = [(c["device"], c["decision"], c["point"], c["lap"], c["quality"], c["reason"]["code"]) for c in shown]
    assert said == [
        ("mat-km1", None, "km1", 1, "measured", "split"),
        (None, None, None, 1, "estimated", "unread_line"),
        ("mat-km1", None, "km1", 2, "measured", "split"),
        ("scanner-1", None, "line", 2, "corrected", "crossing"),
        (None, added, "line", 3, "corrected", "crossing"),
    ]
    (shifted,) = [each for each in told(scene) if each["device"] == "scanner-1"]
    assert (shifted["at_ms"], shifted["judged_at_ms"]) == (ms("26:00"), ms("26:05"))
    assert all("judged_at_ms" not in each for each in told(scene) if each["device"] != "scanner-1")


def test_what_was_set_aside_says_so_by_the_clock_that_was_set_right() -> None:
    """T25: half a day off, and by the ruling another half."""
    scene = Scene(race(entry("12")))
    scene.read("12A", -20 * 3_600_000)
    scene.rule(ShiftClock("mat-line", by_ms=-3_600_000))
    (shown,) = scene.card("12")["crossings"]
    assert (shown["quality"], shown["at_ms"], shown["verdict"]) == ("corrected", ms(-21 * 3_600_000), "questionable")


def test_an_official_asks_for_the_passages_of_a_team_a_chip_a_device_or_a_verdict() -> None:
    """And for the page before: `next` is the last that was told."""
    scene = Scene(race(entry("12"), entry("31")))
    for chip, at in (("12A", "13:00"), ("31A", "13:10"), ("12B", "13:20"), ("99X", "13:30")):
        scene.read(chip, at)
    scene.type_bib("12", "13:40")
    assert [each["fact"] for each in told(scene, bib="12")] == [5, 3, 1]
    assert [each["fact"] for each in told(scene, chip="12A")] == [1]
    assert [each["fact"] for each in told(scene, device="scanner-1")] == [5]
    assert [each["fact"] for each in told(scene, verdict="counted")] == [2, 1]
    assert [each["fact"] for each in told(scene, race="relay")] == [5, 3, 2, 1]
    page = scene.meeting.answer("passages", {"limit": "2"})
    assert ([each["fact"] for each in page["passages"]], page["next"]) == ([5, 4], "4")
    page = scene.meeting.answer("passages", {"limit": "3", "before": page["next"]})
    assert ([each["fact"] for each in page["passages"]], page["next"]) == ([3, 2, 1], None)


def test_only_a_bib_of_nobody_gets_suggestions() -> None:
    """T19: not a chip of nobody, nor a bib of somebody."""
    scene = Scene(race(entry("12"), entry("21")))
    scene.type_bib("112", "13:00")
    scene.type_bib("12", "13:10")
    scene.read("99X", "13:20")
    assert [each.get("suggestions") for each in told(scene)] == [None, None, [{"race": "relay", "bib": "12"}]]
    assert [each["fact"] for each in told(scene, bib="112")] == [1], "found by what was typed"


@pytest.mark.parametrize("text", ["x", "1.5", "９", "1" * 18, ""])
def test_a_number_is_a_number(text: str) -> None:
    """A question of the web that makes no sense is refused in words."""
    scene = Scene(race(entry("12")))
    with pytest.raises(ValueError, match="whole number"):
        scene.meeting.answer("passages", {"before": text})


def test_a_team_of_no_race_or_of_no_bib_is_not_found() -> None:
    scene = Scene(race(entry("12")))
    scene.board()
    with pytest.raises(LookupError, match="no race 'walk'"):
        scene.meeting.answer("team", {"race": "walk", "bib": "12"})
    with pytest.raises(LookupError, match="no bib '13'"):
        scene.meeting.answer("team", {"race": "relay", "bib": "13"})


# --- laps, splits, what lies ahead --------------------------------------------------------------------------------


def test_the_lap_under_way_is_told_where_a_point_of_it_was_passed() -> None:
    """With who passed when, and who has not come to its end; a bib alone is of no runner."""
    scene = Scene(race(entry("12"), entry("31")))
    for bib, at in (("31", 780_000), ("12", 790_000)):
        scene.read(f"{bib}A", at)
    scene.read("12B", 1_050_000)  # faster than anybody can run: of lap 2, and no point of it
    assert len(scene.card("12")["laps"]) == 1
    scene.type_bib("12", "18:00", "mat-km1")
    scene.read("12B", 1_081_000, "mat-km1")
    done, under_way = scene.card("12")["laps"]
    assert (done["place"], done["elapsed_ms"], done["missing"], done["provisional"]) == (2, 790_000, [], False)
    assert (under_way["lap_ms"], under_way["place"], under_way["missing"]) == (None, None, ["A", "B"])
    assert [(each["runner"], each["elapsed_ms"]) for each in under_way["splits"]] == [
        (None, 1_080_000),
        ("B", 1_081_000),
    ]


def test_on_a_road_with_a_start_mat_chip_time_is_told_beside_gun_time() -> None:
    """T44: for information; without the mat, or unseen at it, there is none (T37)."""
    scene = Scene(race(entry("1", "R"), entry("2", "R"), legs=(("R",),), course=ROAD), devices=ON_ROAD)
    scene.read("1R", "0:20", "start")
    for bib in "12":
        scene.read(f"{bib}R", "50:00", "end")
    assert [lap.get("chip_ms") for lap in scene.card("1")["laps"]] == [2_980_000]
    assert [lap.get("chip_ms") for lap in scene.card("2")["laps"]] == [None]
    loop = Scene(race(entry("12", "R"), legs=(("R",),)))
    loop.read("12R", "0:20")
    loop.read("12R", "13:00")
    assert "chip_ms" not in loop.card("12")["laps"][0]


def test_who_joins_must_know_when_to_stand_ready() -> None:
    """At the end of each lap ahead, and nobody at that of the last; of a team that has ended, nothing."""
    scene = Scene(race(entry("12")))
    scene.now_ms = ms("14:00")
    scene.read("12A", "13:00")
    assert [(each["lap"], each["joining"]) for each in scene.card("12")["ends"]] == [(2, ["C"]), (3, [])]
    scene.rule(SetStatus("relay", "12", "dnf"))
    assert scene.card("12")["ends"] == []


def test_nobody_takes_over_at_the_finish() -> None:
    """The list of legs goes round and round, the race does not."""
    scene = Scene(race(entry("12"), legs=(("A",), ("B",))))
    scene.now_ms = ms("14:00")
    scene.read("12A", "13:00")
    assert [(each["lap"], each["joining"]) for each in scene.card("12")["ends"]] == [(2, [])]


def test_once_the_race_is_over_only_the_end_of_this_lap_is_ahead() -> None:
    """A timed race: who still runs ends at his next crossing."""
    scene = Scene(race(entry("1", "R"), entry("2", "R"), legs=(("R",),), duration_ms=3_600_000))
    scene.now_ms = ms("1:06:00")
    for n in range(1, 5):
        scene.read("1R", n * 650_000)
        scene.read("2R", n * 750_000)
    assert len(scene.card("2")["ends"]) > 1
    for n in (5, 6):
        scene.read("1R", n * 650_000)
    assert [each["lap"] for each in scene.card("2")["ends"]] == [5]


# --- doubts and decisions -----------------------------------------------------------------------------------------


def test_doubts_are_told_in_order_of_time_those_of_teams_and_of_nobody() -> None:
    """With the runner where only one can be meant."""
    scene = Scene(race(entry("12"), entry("31")))
    scene.now_ms = ms("13:30")
    scene.read("99X", "13:20")
    scene.read("31A", "5:00")
    scene.hear(Passage("mat-line", "e1", 9, ms("13:00"), chip="12A"))
    scene.hear(Passage("mat-line", "e1", 9, ms("13:10"), chip="12A"))
    scene.board()
    found = scene.meeting.answer("doubts", {})["doubts"]
    assert [each["kind"] for each in found] == ["too_fast", "conflict", "unknown_chip"]
    assert found[0]["runner"] == "A"


def test_a_missed_passage_is_of_the_one_who_runs_the_lap() -> None:
    """Nobody of two or three."""
    alone = Scene(race(*(entry(bib, "R") for bib in "123"), legs=(("R",),), repeat=3))
    pair = Scene(race(*(entry(bib, "AB") for bib in "123"), legs=(("A", "B"),), repeat=3))
    for scene, codes in ((alone, "R"), (pair, "AB")):
        scene.now_ms = ms("40:00")
        for bib, ends in (
            ("1", ("13:00", "26:00", "39:00")),
            ("2", ("13:00", "26:00", "39:00")),
            ("3", ("13:00", "39:00")),
        ):
            for at in ends:
                for code in codes:
                    scene.read(bib + code, at)
    (doubt,) = alone.card("3")["doubts"]
    assert (doubt["runner"], doubt["repair"]["runner"]) == ("R", "R")
    (doubt,) = pair.card("3")["doubts"]
    assert (doubt["runner"], doubt["repair"]["runner"]) == (None, None)


def test_decisions_are_told_in_the_order_of_the_journal_with_what_became_of_them() -> None:
    """Whether they hold, and whether another official must confirm them."""
    scene = Scene(race(entry("12", "R"), legs=(("R",),)), officials_to_publish=2)
    scene.read("12R", "13:00")
    first = scene.rule(SetStatus("relay", "12", "dnf"), id="z")
    scene.rule(Revoke(first), id="a")
    scene.rule(CloseRace("relay"), id="m", at="3:00:00")
    scene.rule(PublishOfficial("relay"), id="b", at="4:00:00")
    shown = scene.meeting.answer("decisions", {})["decisions"]
    said = [(each["id"], each["type"], each["holds"], each["pending"]) for each in shown]
    assert said == [
        ("z", "set_status", False, False),
        ("a", "revoke", True, False),
        ("m", "close_race", True, False),
        ("b", "publish_official", True, True),
    ]
    assert shown[0]["at_ms"] > GUN_MS
