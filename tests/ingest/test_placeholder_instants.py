"""Instants that are none: a placeholder, a time of day, another unit. Kept, questionable, and without effect."""

import pytest

from live.messages.devices import Passage
from live.strict_json import MAX_INT
from live.times import HOUR_MS, parse_instant
from tests.ingest.scene import GUN_MS, Scene, entry, race

LAP_END_MS = GUN_MS + 800_000
DAY_MS = 24 * HOUR_MS

NO_INSTANT = {
    "nothing yet": 0,
    "one tick after power-on": 1,
    "seconds since power-on": 5_000,
    "a time of day": LAP_END_MS % DAY_MS,
    "midnight of that day": GUN_MS - GUN_MS % DAY_MS,
    "seconds in place of ms": LAP_END_MS // 1_000,
    "microseconds in place of ms": LAP_END_MS * 1_000,
    "the first day of 2000": parse_instant("2000-01-01T00:00:00Z"),
    "the last number that there is": MAX_INT,
}


@pytest.mark.parametrize("what", NO_INSTANT)
def test_an_instant_that_is_none_is_questionable_and_moves_nothing(what: str) -> None:
    """T25, T29, T30: the day is never guessed from the clock of the server."""
    scene, untouched = Scene(race(entry("12"))), Scene(race(entry("12")))
    scene.hear(Passage("mat-line", "e1", 1, NO_INSTANT[what], chip="12A"))
    assert scene.verdicts("12") == [(None, "questionable", "implausible_date", None)]
    assert scene.row("12") == untouched.row("12")
    assert scene.meeting.head("relay").as_of_ms == untouched.meeting.head("relay").as_of_ms
    scene.hear(Passage("mat-line", "e1", 2, LAP_END_MS, chip="12A"))
    assert scene.laps("12") == [800]


def test_midnight_in_the_race_is_an_instant_like_any_other() -> None:
    """T29, T30: 00:00:00 is no placeholder where somebody crosses then."""
    midnight_ms = GUN_MS - GUN_MS % DAY_MS + DAY_MS
    gun_ms = midnight_ms - HOUR_MS
    scene = Scene(race(entry("12"), start_ms=gun_ms, gun_ms=gun_ms))
    scene.hear(Passage("mat-line", "e1", 1, midnight_ms, chip="12A"))
    assert scene.laps("12") == [3_600]
