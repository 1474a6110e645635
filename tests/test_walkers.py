"""Who is still out: a safety question. T.. are cases of the sport's timing systems."""

from dataclasses import replace

from live.boards import RaceBoard
from live.messages.decisions import AssignChip, SetStatus
from live.walkers import WalkCount, count_walkers
from tests.ingest.scene import LOOP, Scene, entry, ms, race

WALK = replace(LOOP, id="marche")


def walk(*bibs: str, scene_of: tuple[str, ...] = ()) -> Scene:
    """A walk of these bibs, and a relay of one lap of those."""
    walkers = race(*(entry(bib, "W") for bib in bibs), id="walk", legs=(("W",),), ranked=False)
    relay = race(*(entry(bib, "R") for bib in scene_of), legs=(("R",),))
    return Scene(relay, walkers)


def counted(scene: Scene) -> WalkCount:
    return count_walkers(scene.board("walk"))


def test_every_walker_is_somewhere() -> None:
    """T65: back, still out, retired, or absent; never ranked."""
    scene = walk("501", "502", "503", "504", "505")
    scene.read("501W", "55:00")
    scene.read("502W", "20:00", "mat-km1")
    scene.rule(SetStatus("walk", "503", "dns"))
    scene.rule(SetStatus("walk", "504", "dnf"))
    assert counted(scene) == WalkCount(
        entries=5,
        started=4,
        back=1,
        still_out=("502", "505"),
        unseen=1,
        retired=1,
        not_started=0,
        absent=1,
        last_back_at_ms=ms("55:00"),
    )
    assert all(standing.place is None for standing in scene.board("walk").standings())


def test_nobody_is_out_before_the_gun() -> None:
    scene = walk("501", "502")
    scene.now_ms = ms(0) - 1
    found = counted(scene)
    assert (found.not_started, found.started, found.still_out, found.last_back_at_ms) == (2, 0, (), None)


def test_a_walker_taken_out_of_competition_is_out_until_he_is_back() -> None:
    """T65: a ruling brings nobody home."""
    scene = walk("501", "502")
    scene.rule(SetStatus("walk", "501", "out_of_competition"))
    assert counted(scene).still_out == ("501", "502")
    scene.read("501W", "55:00")
    assert (counted(scene).still_out, counted(scene).back) == (("502",), 1)


def test_a_person_in_walk_and_relay_is_two_entries() -> None:
    """T66: each with its own chip, and neither knows of the other."""
    scene = walk("501", scene_of=("12",))
    scene.read("12R", "13:00")
    assert (counted(scene).back, scene.places()) == (0, [(1, "12")])
    scene.read("501W", "55:00")
    assert (counted(scene).back, scene.places()) == (1, [(1, "12")])


def test_one_chip_worn_in_relay_and_then_in_walk_counts_by_its_span() -> None:
    """T66: from the instant of its assignment it is the walker's."""
    scene = walk("501", scene_of=("12",))
    scene.read("12R", "13:00")
    scene.read("12R", "58:00")
    scene.rule(AssignChip("12R", "walk", "501", "W", ms("15:00")))
    assert (scene.laps("12"), counted(scene).back, counted(scene).last_back_at_ms) == ([780], 1, ms("58:00"))


def test_one_chip_in_both_without_a_span_is_a_conflict() -> None:
    """T66: neither is credited, and the passage says why."""
    relay = race(entry("12", "R"), legs=(("R",),))
    both = replace(entry("501", "W"), runners=(replace(entry("501", "W").runners[0], chips=("12R",)),))
    scene = Scene(relay, race(both, id="walk", legs=(("W",),), ranked=False))
    scene.read("12R", "13:00")
    assert (scene.row("12").laps, counted(scene).back) == (0, 0)
    (passage,) = scene.meeting.answer("passages", {})["passages"]
    assert (passage["verdict"], passage["reason"]["code"]) == ("questionable", "chip_on_two_teams")


def test_of_a_walker_who_was_not_heard_of_yet_nobody_says_that_he_is_out() -> None:
    """T65: a board in pieces; every entry is counted all the same."""
    scene = walk("501", "502")
    scene.read("501W", "55:00")
    whole = scene.board("walk")
    board = RaceBoard(whole.race)
    board.put([whole.rows["501"]], 1)
    found = count_walkers(board)
    assert (found.entries, found.back, found.still_out, found.not_started) == (2, 1, (), 1)


def test_a_walker_out_of_competition_waits_for_the_gun_like_all_others() -> None:
    """T65."""
    scene = walk("501", "502")
    scene.rule(SetStatus("walk", "501", "out_of_competition"))
    scene.now_ms = ms(0) - 1
    assert (counted(scene).not_started, counted(scene).still_out) == (2, ())
