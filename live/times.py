"""Instants and durations as whole milliseconds: parse them, print them.

An instant counts from 1970-01-01T00:00:00Z, a duration from zero. Neither is ever a float, so that the same race
gives the same bytes on every machine.
"""

import re
from collections.abc import Hashable, Iterable
from datetime import datetime

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_DURATION = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]\d)(?:\.(\d{1,3}))?")


def instant_ms(moment: datetime) -> int:
    """Return an aware datetime as an instant.

    Raises:
        ValueError: the datetime has no offset from UTC.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError(f"{moment.isoformat()} has no offset from UTC: write it as {moment.isoformat()}+02:00")
    days = moment.toordinal() - 719_163  # 1970-01-01
    seconds = days * 86_400 + moment.hour * 3_600 + moment.minute * 60 + moment.second
    return (seconds - offset.days * 86_400 - offset.seconds) * SECOND_MS + moment.microsecond // 1_000


def parse_instant(text: str) -> int:
    """Return an RFC 3339 date and time with offset as an instant.

    Raises:
        ValueError: not RFC 3339, or without an offset.
    """
    return instant_ms(datetime.fromisoformat(text.strip()))


def parse_duration(text: str) -> int:
    """Return ``7:00``, ``24:00:00`` or ``1:02:03.250`` as a duration.

    Raises:
        ValueError: another form, or minutes above 59 behind hours.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or (match[1] is not None and int(match[2]) > 59):
        raise ValueError(f"{text!r} is no duration: write minutes:seconds (7:00) or hours:minutes:seconds (24:00:00)")
    hours, minutes, seconds, fraction = match.groups()
    return (
        int(hours or 0) * HOUR_MS
        + int(minutes) * MINUTE_MS
        + int(seconds) * SECOND_MS
        + int((fraction or "0").ljust(3, "0"))
    )


def without_seconds(of_day: str) -> str:
    """Return a time of day without its seconds: ``18:42:10`` is ``18:42``; what stands behind it stays (T31)."""
    return of_day[:5] + of_day[8:]


def ceil_seconds(duration_ms: int) -> int:
    """Return whole seconds, rounded up as road rules ask (World Athletics TR 19.24.5, T34)."""
    return -(-duration_ms // SECOND_MS)


def within_one_second(ranked: Iterable[tuple[Hashable, Hashable, int]]) -> list[bool]:
    """Return which times of a list need tenths: all within one shown second that more than one place shares (T80).

    Each is where it was measured, its place, and its ms. Equal times share a place, so that a tie has tenths on all of
    it or on none (T67).
    """
    seconds = [(where, place, ceil_seconds(duration_ms)) for where, place, duration_ms in ranked]
    places: dict[tuple[Hashable, int], set[Hashable]] = {}
    for where, place, second in seconds:
        places.setdefault((where, second), set()).add(place)
    return [len(places[where, second]) > 1 for where, _, second in seconds]


def format_time(duration_ms: int, *, tenths: bool = False) -> str:
    """Return a race time as people read it: ``8:05``, ``1:02:03``; with ``tenths`` ``8:04.3``. Rounded up.

    A bonus larger than the time leaves less than nothing: ``−1:00``, one sign before all of it (T35).
    """
    units = -(-duration_ms // 100) if tenths else ceil_seconds(duration_ms) * 10
    seconds, fraction = divmod(abs(units), 10)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{'−' if units < 0 else ''}{text}{f'.{fraction}' if tenths else ''}"
