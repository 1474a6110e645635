"""What belongs to a race: which instants, which points, and what officials add to it."""

from live.ingest.judged import OFFICIAL, Sighting
from live.messages.decisions import AddCrossing
from live.programme import Device, Entry, Event, Race
from live.times import HOUR_MS

EARLIEST_MS = 12 * HOUR_MS
LATEST_MS = 48 * HOUR_MS
"""A date further before or after the planned start is implausible (race.md, From passage to crossing, 1)."""


def added_sighting(race: Race, decision: str, added: AddCrossing, fact: int) -> Sighting:
    """Return a crossing that an official added as a sighting; its identity is the decision's."""
    runners = () if added.runner is None else (added.runner,)
    point = added.point or race.course.line
    at_line = point == race.course.line
    return Sighting(added.crossed_at_ms, at_line, OFFICIAL, "", decision, 0, runners, point, fact)


def on_course(race: Race, device: Device, point: str, event: Event) -> bool:
    """Whether what a device sees at this point happens on the race's course.

    Two courses whose lines have the same name share the line, and so its mats: a walker may be seen there (T65).
    """
    if point not in race.course.at_m:
        return False
    if device.course == race.course.id:
        return True
    other = next((course for course in event.courses if course.id == device.course), None)
    return other is not None and point == race.course.line == other.line


def plausible(race: Race, entry: Entry) -> tuple[int, int]:
    """Return the first and the last instant that can be of this entry: 12 hours before, 48 after its planned start."""
    wave = next((wave for wave in race.waves if wave.id == entry.wave), None)
    start_ms = entry.start_ms or (wave.start_ms if wave else race.start_ms)
    return start_ms - EARLIEST_MS, start_ms + LATEST_MS
