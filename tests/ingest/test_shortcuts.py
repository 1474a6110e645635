"""What is passed over to be fast must change nothing: held against a meeting that hears everything at once.

A passage that changes none of a team's laps is not looked at twice, a board that stands is not told again. T.. are
cases of `docs/rules.md`.
"""

from typing import Any

import pytest

from live.ingest.meeting import Meeting
from live.messages.boards import BoardChanges
from live.messages.decisions import (
    AddCrossing,
    CloseRace,
    FireGun,
    FreezePublic,
    PublishOfficial,
    RevealPublic,
    SetStatus,
)
from tests.ingest.scene import Scene, entry, ms, race
from tests.ingest.test_missed import LINE_ONLY, relay, run, run_rivals, wait


def doubts(scene: Scene, bib: str) -> list[str]:
    """The kinds of what is asked about a team; the same for whoever hears all facts only now."""
    meeting = Meeting(scene.event, "paper")
    for fact in scene.facts:
        meeting.apply(fact)
    meeting.changes(scene.now_ms)
    row = scene.row(bib)
    assert row in meeting.page("relay", 0).rows
    return [doubt.split("/")[0] for doubt in row.doubts]


# --- no second look ---------------------------------------------------------------------------------------------


def test_who_only_waits_settles_what_was_asked_about_his_team() -> None:
    """T46: C beside the mat three minutes after the team says that it has run one lap: he would be running."""
    scene = relay()
    run_rivals(scene)
    run(scene, "12", "13:00", "26:00", without=("1A",))
    assert doubts(scene, "12") == ["missed-passage"]
    wait(scene, "12C", "29:00")
    assert doubts(scene, "12") == []


def test_who_is_seen_twice_while_the_field_moves_is_looked_at_with_the_others() -> None:
    """T46: fifteen minutes were a lap, until two passages come late that say that eight are."""
    scene = Scene(race(*(entry(bib, "R") for bib in "12345"), legs=(("R",),), repeat=5, course=LINE_ONLY))
    scene.now_ms = ms("16:00")
    for bib, at in (("2", "13:00"), ("3", "13:10"), ("1", "15:00")):
        scene.read(f"{bib}R", at)
    assert doubts(scene, "1") == []
    for bib, at in (("4", "8:00"), ("5", "8:05"), ("1", "15:05")):
        scene.read(f"{bib}R", at)
    assert doubts(scene, "1") == ["missed-passage"]


def test_who_was_well_is_looked_at_when_the_field_moves_without_him() -> None:
    """The same, with somebody seen twice before: what was passed over then is not passed over now."""
    scene = Scene(race(*(entry(bib, "R") for bib in "12345"), legs=(("R",),), repeat=5, course=LINE_ONLY))
    scene.now_ms = ms("16:00")
    for bib, at in (("2", "13:00"), ("3", "13:10"), ("1", "15:00"), ("1", "15:05")):
        scene.read(f"{bib}R", at)
        assert doubts(scene, bib) == []
    for bib, at in (("4", "8:00"), ("5", "8:05")):
        scene.read(f"{bib}R", at)
        scene.board()
    assert doubts(scene, "1") == ["missed-passage"]


def test_who_was_passed_over_before_is_heard_from_there_on() -> None:
    """Each of B's reads while he waits is heard once, and what comes after them in its turn."""
    scene = relay("12", "31")
    for at in ("5:00", "5:30", "6:00"):
        wait(scene, "12B", at)
        scene.board()
    run(scene, "12", "13:00", "26:00", "39:00")
    assert doubts(scene, "12") == []
    assert [lap for *_, lap in scene.verdicts("12")].count(1) == 1
    assert len(scene.verdicts("12")) == 9


def test_a_team_that_was_passed_over_is_told_when_its_wait_is_over() -> None:
    """T54: B is seen twice and C is not seen at all; after two minutes somebody is asked, without any fact."""
    scene = relay("12", legs=(("A", "B", "C"),))
    scene.read("12A", "13:00")
    scene.read("12B", "13:00")
    scene.now_ms = ms("13:30")
    scene.read("12B", "13:20")
    assert doubts(scene, "12") == []
    scene.now_ms = ms("15:01")
    told = scene.meeting.changes(scene.now_ms)
    assert [row.doubts for each in told for row in each.rows] == [("unseen/relay/12/1",)]
    assert doubts(scene, "12") == ["unseen"]


# --- what stands is not told again --------------------------------------------------------------------------------


def told(scene: Scene) -> BoardChanges | None:
    """What the public is told now, if anything."""
    return next(iter(scene.meeting.changes(scene.now_ms)), None)


def one(*bibs: str) -> Scene:
    """One lap by one runner each, of which the public was told."""
    scene = Scene(race(*(entry(bib, "R") for bib in bibs), legs=(("R",),)))
    assert told(scene) is not None
    return scene


def test_who_is_seen_twice_is_no_news() -> None:
    scene = one("1", "2")
    scene.read("1R", "13:00")
    changes = told(scene)
    assert changes is not None and [row.bib for row in changes.rows] == ["1"]
    scene.read("1R", "13:05")
    assert told(scene) is None
    scene.read("99R", "13:06")
    assert told(scene) is None


@pytest.mark.parametrize("bibs", [(), ("1",)])
def test_a_head_that_is_another_is_told_though_no_row_is(bibs: tuple[str, ...]) -> None:
    """T90, T38: frozen, revealed, a gun: also of a race without a single entry."""
    scene = one(*bibs)
    for ruling, frozen in ((FreezePublic("relay"), True), (RevealPublic("relay"), False)):
        scene.rule(ruling)
        changes = told(scene)
        assert changes is not None and changes.head.frozen is frozen
        assert told(scene) is None
    scene.rule(FireGun("relay", ms("1:00")))
    changes = told(scene)
    assert changes is not None
    assert (changes.head.version, changes.head.gun_ms) == (3, ms("1:00") if bibs else None)


def test_closed_and_published_are_told_though_no_row_is() -> None:
    """T83: nobody's row is another when the race becomes official."""
    scene = one("1")
    scene.read("1R", "13:00")
    told(scene)
    for ruling, state in ((CloseRace("relay"), "provisional"), (PublishOfficial("relay"), "official")):
        scene.rule(ruling)
        changes = told(scene)
        assert changes is not None and (changes.head.state, changes.rows) == (state, ())
        assert told(scene) is None


def test_who_is_expected_otherwise_is_told_though_nothing_was_seen_of_him() -> None:
    """What comes late of one team changes what is expected of those that came after it."""
    scene = Scene(race(*(entry(bib, "R") for bib in "123"), legs=(("R",),), repeat=3))
    scene.now_ms = ms("17:04")
    for bib, at in (("3", "7:46"), ("2", "8:22"), ("1", "15:48"), ("3", "17:03")):
        scene.read(f"{bib}R", at)
        told(scene)
    before = scene.row("3").next
    scene.read("1R", "8:39")
    changes = told(scene)
    assert changes is not None and {row.bib for row in changes.rows} == {"1", "3"}
    assert (scene.row("3").next != before, doubts(scene, "3")) == (True, [])


# --- who cannot have finished so late --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ruling",
    [AddCrossing("relay", "9", ms("40:00"), "R"), SetStatus("relay", "4", "dnf"), FireGun("relay", ms(-60_000))],
)
def test_a_finish_is_implausible_by_whatever_changes_the_others(ruling: Any) -> None:
    """T32: more than three times the median of five who finished, until a ruling makes it otherwise."""
    scene = Scene(race(*(entry(bib, "R") for bib in "12349"), legs=(("R",),)))
    for bib, at in (("1", "13:00"), ("2", "13:10"), ("3", "13:20"), ("4", "13:30"), ("9", "40:10")):
        scene.read(f"{bib}R", at)
        scene.board()
    assert doubts(scene, "9") == ["implausible-pace"]
    scene.rule(ruling)
    assert doubts(scene, "9") == []
