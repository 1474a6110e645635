"""A crossing that an official adds without saying whose it was (rules 6 and 7)."""

import pytest

from live.messages.decisions import AddCrossing
from tests.ingest.scene import Scene, entry, ms, race


@pytest.fixture
def last_lap() -> Scene:
    """The growing relay, two laps of which are run and measured."""
    scene = Scene(race(entry("12")))
    for chip, at in (("12A", "13:00"), ("12A", "27:00"), ("12B", "27:01")):
        scene.read(chip, at)
    return scene


def add(scene: Scene, at: str, runner: str | None = None) -> None:
    scene.rule(AddCrossing("relay", "12", ms(at), runner))


def seen(scene: Scene, *reads: str) -> None:
    for each in reads:
        runner, at = each.split()
        scene.read(f"12{runner}", at)


@pytest.mark.parametrize("reads", [("A 42:00", "B 42:01"), ("A 42:00", "C 42:01")])
def test_it_is_of_who_was_not_seen_and_replaces_nobody_s_time(last_lap: Scene, reads: tuple[str, ...]) -> None:
    """Somebody crossed and no device saw him: the two who were seen keep their times, and nobody is missing."""
    seen(last_lap, *reads)
    add(last_lap, "42:05")
    row = last_lap.row("12")
    assert (row.status, row.missing, last_lap.laps("12")[-1], row.quality) == ("finished", (), 904, "corrected")
    assert [verdict[1:3] for verdict in last_lap.verdicts("12")[3:]] == [("counted", "crossing")] * 3


def test_who_is_read_a_moment_later_has_the_official_s_time(last_lap: Scene) -> None:
    """T81: the one whom the official meant is read after all; his read is a witness."""
    seen(last_lap, "A 42:00", "B 42:01", "C 42:06")
    add(last_lap, "42:04")
    assert (last_lap.laps("12")[-1], last_lap.row("12").quality) == (903, "corrected")
    assert last_lap.verdicts("12")[-2:] == [("C", "counted", "crossing", 3), ("C", "ignored", "witness", 3)]


def test_where_all_were_seen_it_is_the_last_crossing_as_the_official_has_it(last_lap: Scene) -> None:
    """T80, T81: his instant holds against the mat's, and is the team's."""
    seen(last_lap, "A 42:00", "B 42:01", "C 42:02")
    add(last_lap, "42:05")
    assert (last_lap.laps("12")[-1], last_lap.row("12").quality) == (904, "corrected")
    assert last_lap.verdicts("12")[-2:] == [("C", "ignored", "witness", 3), ("C", "counted", "crossing", 3)]


def test_given_twice_it_is_one_crossing_unless_it_is_said_whose(last_lap: Scene) -> None:
    """Two officials add the same: that a second runner is unseen stays shown."""
    seen(last_lap, "A 42:00")
    add(last_lap, "42:04")
    add(last_lap, "42:05")
    assert len(last_lap.row("12").missing) == 1
    add(last_lap, "42:05", "B")
    add(last_lap, "42:05", "C")
    assert last_lap.row("12").missing == ()


def test_beside_a_bib_typed_by_hand_it_is_that_crossing(last_lap: Scene) -> None:
    """Rule 6: neither says who; the official's instant holds, and who is missing stays shown."""
    seen(last_lap, "A 42:00")
    last_lap.type_bib("12", "42:15")
    add(last_lap, "42:18")
    assert (len(last_lap.row("12").missing), last_lap.laps("12")[-1]) == (1, 917)


def test_after_a_crossing_that_names_its_runner_it_is_somebody_else_s(last_lap: Scene) -> None:
    """He was named for whom the first was added; the other is of who is still unseen."""
    seen(last_lap, "A 42:00")
    add(last_lap, "42:04", "C")
    assert last_lap.row("12").missing == ("B",)
    add(last_lap, "42:05")
    assert last_lap.row("12").missing == ()


def test_once_the_wait_is_over_it_is_the_last_crossing_again(last_lap: Scene) -> None:
    """C is missing for good, and B came 1:56 after A: ten seconds later nobody of lap 3 arrives in time."""
    seen(last_lap, "A 42:00", "B 43:56")
    add(last_lap, "44:04")
    assert (last_lap.row("12").missing, last_lap.laps("12")[-1]) == (("C",), 1023)
