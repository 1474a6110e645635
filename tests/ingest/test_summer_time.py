"""The night in which the clocks go back: a race through the hour that comes twice. T31 is a case of `docs/rules.md`."""

import pytest

from live.programme import Race
from live.times import parse_instant, without_seconds
from live.web.pages import of_day
from tests.ingest.scene import Scene, entry, event, race

GUN_MS = parse_instant("2016-10-30T01:45:00+02:00")


@pytest.fixture
def night() -> Race:
    """Three laps of an hour from a quarter to two on, summer time."""
    return race(entry("12", "R"), legs=(("R",),), repeat=3, start_ms=GUN_MS, gun_ms=GUN_MS)


def test_a_lap_through_the_repeated_hour_takes_as_long_as_it_takes(night: Race) -> None:
    """T31: the device says UTC; one lap from 02:30 to 02:30 is an hour, not nothing and not two."""
    scene = Scene(night)
    scene.now_ms = GUN_MS + 4 * 3_600_000
    for at in ("2016-10-30T00:30:00+00:00", "2016-10-30T01:30:00+00:00", "2016-10-30T02:30:00+00:00"):
        scene.read("12R", parse_instant(at) - parse_instant("2016-05-26T16:30:00+02:00"))
    assert scene.laps("12") == [2_700, 3_600, 3_600]
    ends = [each["at_ms"] for each in scene.card("12")["crossings"]]
    shown = [of_day(at_ms, event(night)) for at_ms in ends]
    assert shown == ["02:30:00 UTC+2", "02:30:00 UTC+1", "03:30:00"]
    assert [without_seconds(text) for text in shown] == ["02:30 UTC+2", "02:30 UTC+1", "03:30"]


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("2016-10-29T23:59:59+00:00", "01:59:59"),
        ("2016-10-30T00:00:00+00:00", "02:00:00 UTC+2"),
        ("2016-10-30T01:59:59+00:00", "02:59:59 UTC+1"),
        ("2016-10-30T02:00:00+00:00", "03:00:00"),
        ("2016-03-27T00:59:59+00:00", "01:59:59"),
        ("2016-03-27T01:00:00+00:00", "03:00:00"),
    ],
)
def test_only_the_hour_that_comes_twice_says_which_it_is(night: Race, at: str, text: str) -> None:
    """T31: the hour that is left out in spring needs no word."""
    assert of_day(parse_instant(at), event(night)) == text
