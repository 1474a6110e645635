"""What is wrong with a device's clock, as its readings tell: absurd dates, ahead, behind, stepped, one behind. Pure.

Nothing is set right here: each fault is shown to the officials with the ruling that would mend it. Three things speak
against a clock: a date on which no race is; the instant at which a reading was heard (it cannot have been heard before
it was, and over a minute or more of it being heard at once the least delay is the clock's own error); and another
device that saw the same crossings. A device that was off line says nothing by its delays: its readings are heard
within seconds, and the older the longer they took.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median_low
from typing import Literal

from live.times import HOUR_MS, MINUTE_MS, SECOND_MS

Fault = Literal["date", "ahead", "behind", "stepped", "held_back", "differs"]

AHEAD_MS = 2 * SECOND_MS
"""Heard so long before it was: the clock is ahead (T32)."""
BEHIND_MS = 5 * SECOND_MS
"""Never heard sooner after it was: the clock is behind (T23). Less is the way over a mobile network."""
SAME_MS = 2 * SECOND_MS
JITTER_MS = SECOND_MS
WINDOW = 4
"""So many readings in a row have one least delay."""
ENOUGH = 4
LIVE_MS = MINUTE_MS
"""So many readings must have been heard at the least delay, over so long, or the device may have been off line."""
HELD_BACK = 5
"""So many readings in a row, each heard when the next was made (T11)."""
BY_HAND_MS = 3 * SECOND_MS
DIFFERS_MS = SECOND_MS
GOES_ON_MS = 24 * HOUR_MS
"""What has an absurd date will have it tomorrow too: the ruling is for what is still to come as well."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One passage of a device: its number, its own instant, the one by which it is judged, when it was heard.

    `heard_ms` is None where nothing says so; `plausible` whether a race is on at the instant it is judged by.
    """

    seq: int
    said_ms: int
    at_ms: int
    heard_ms: int | None
    plausible: bool = True

    @property
    def delay_ms(self) -> int:
        """How long after it was it was heard, by the clock as it is judged."""
        return (self.heard_ms or 0) - self.at_ms


@dataclass(frozen=True, slots=True)
class Wrong:
    """A fault of a clock, for the readings with `said_ms` from one to the other (None: and all that follow).

    `by_ms` later is what they should have said; None where no ruling on a span of instants mends it.
    """

    fault: Fault
    from_ms: int
    to_ms: int | None
    by_ms: int | None


def faults(readings: Sequence[Reading], *, heard_live: bool, goes_on: bool = True) -> list[Wrong]:
    """Return what is wrong in one epoch of a device, its readings in the order of their numbers.

    `heard_live` says whether the instants of reception are of the day of the race (in a replay they are not: then they
    only date what has no date). `goes_on` says whether the device still works in this epoch.
    """
    found = [*_absurd([each for each in readings if not each.plausible])]
    if heard_live:
        dated = [each for each in readings if each.plausible and each.heard_ms is not None]
        held_back = _held_back(dated)
        found += [held_back] if held_back else _off(dated, goes_on)
    return found


def only_theirs(found: Sequence[Wrong], said_ms: Sequence[int], number_of: Sequence[int]) -> list[Wrong]:
    """Return the faults without the ruling where it would move other readings of the device too.

    `said_ms` are all instants that the device said, in order; `number_of` how many of them each fault is about.
    """
    return [
        wrong if _between(said_ms, wrong) <= number else replace(wrong, by_ms=None)
        for wrong, number in zip(found, number_of, strict=True)
    ]


def number_of(wrong: Wrong, readings: Sequence[Reading]) -> int:
    """Return how many readings of the epoch a fault is about."""
    return _between(sorted(each.said_ms for each in readings), wrong)


def _between(said_ms: Sequence[int], wrong: Wrong) -> int:
    end = len(said_ms) if wrong.to_ms is None else bisect_right(said_ms, wrong.to_ms)
    return end - bisect_left(said_ms, wrong.from_ms)


# --- absurd dates -----------------------------------------------------------------------------------------------


def _absurd(readings: Sequence[Reading]) -> Iterator[Wrong]:
    """Each time the device was switched on is a span of its own: its instants begin anew (T25)."""
    runs: list[list[Reading]] = []
    for each in readings:
        if not runs or each.said_ms < runs[-1][-1].said_ms:
            runs.append([])
        runs[-1].append(each)
    for run in runs:
        first, last = run[0].said_ms, run[-1].said_ms
        delays = [each.heard_ms - each.said_ms for each in run if each.heard_ms is not None]
        stands_still = len(run) > 1 and first == last  # "nothing yet", not a clock (T30)
        yield Wrong("date", first, last + GOES_ON_MS, None if stands_still or not delays else min(delays))


# --- against the instant of reception -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Span:
    """Readings `first` to `last` (both included) have this least delay."""

    first: int
    last: int
    least_ms: int


def _off(readings: Sequence[Reading], goes_on: bool) -> Iterator[Wrong]:
    """Yield the spans in which the clock is ahead or behind; several least delays are a clock that stepped (T24)."""
    spans = _joined([each for each in _joined(_windows(readings)) if _live(readings, each)])
    for one, other in pairwise(spans):
        _part(readings, one, other)
    for span in spans:
        if -AHEAD_MS <= span.least_ms <= BEHIND_MS:
            continue
        said = [each.said_ms for each in readings[span.first : span.last + 1]]
        by_ms = min((each.heard_ms or 0) - each.said_ms for each in readings[span.first : span.last + 1])
        open_end = goes_on and span is spans[-1]
        fault: Fault = "stepped" if len(spans) > 1 else "ahead" if span.least_ms < 0 else "behind"
        yield Wrong(fault, min(said), None if open_end else max(said), by_ms)


def _windows(readings: Sequence[Reading]) -> list[_Span]:
    return [
        _Span(first, min(first + WINDOW, len(readings)) - 1, min(r.delay_ms for r in readings[first : first + WINDOW]))
        for first in range(0, len(readings), WINDOW)
    ]


def _joined(spans: Sequence[_Span]) -> list[_Span]:
    """Join neighbours of the same least delay."""
    joined: list[_Span] = []
    for span in spans:
        if joined and abs(joined[-1].least_ms - span.least_ms) <= SAME_MS:
            joined[-1] = _Span(joined[-1].first, span.last, min(joined[-1].least_ms, span.least_ms))
        else:
            joined.append(span)
    return joined


def _live(readings: Sequence[Reading], span: _Span) -> bool:
    """Whether the least delay is the clock's own: nothing is heard before it was; later, enough was heard at once."""
    if span.least_ms < -AHEAD_MS:
        return True
    heard = [
        each.heard_ms or 0 for each in readings[span.first : span.last + 1] if each.delay_ms <= span.least_ms + SAME_MS
    ]
    return len(heard) >= ENOUGH and max(heard) - min(heard) >= LIVE_MS


def _part(readings: Sequence[Reading], one: _Span, other: _Span) -> None:
    """Find where one span ends and the other begins: a delay below a span's least is never of that span."""
    between = range(one.first, other.last + 1)
    if other.least_ms < one.least_ms:
        below = [n for n in between if readings[n].delay_ms < one.least_ms - JITTER_MS]
        other.first = below[0]
    else:
        below = [n for n in between if readings[n].delay_ms < other.least_ms - JITTER_MS]
        other.first = below[-1] + 1
    one.last = other.first - 1


def _held_back(readings: Sequence[Reading]) -> Wrong | None:
    """Return the span in which each reading was heard when the next was made: something holds the last one (T11).

    Gaps that are all alike say nothing: a clock that is behind by just as much looks the same.
    """
    began, waits, least_ms, most_ms = 0, 0, 0, 0
    found: tuple[int, int] | None = None
    for n, (one, following) in enumerate(pairwise(readings)):
        if not -JITTER_MS // 2 <= (one.heard_ms or 0) - following.at_ms <= JITTER_MS:
            began, waits = n + 1, 0
        elif one.delay_ms > SAME_MS:
            least_ms = min(least_ms, one.delay_ms) if waits else one.delay_ms
            most_ms = max(most_ms, one.delay_ms) if waits else one.delay_ms
            waits += 1
        if waits >= HELD_BACK and most_ms - least_ms > SAME_MS:
            found = (found[0] if found else began, n)
    return Wrong("held_back", readings[found[0]].said_ms, readings[found[1]].said_ms, None) if found else None


# --- against another device ---------------------------------------------------------------------------------------


def differs_by_ms(later_ms: Sequence[int], by_hand: bool) -> int | None:
    """Return by how much a device is later than a more trusted one that saw the same crossings; None: not too much.

    `later_ms` has one number for each crossing that both saw (T17, T27). Who types by hand is slower than a mat.
    """
    if len(later_ms) < ENOUGH:
        return None
    usual_ms = median_low(later_ms)
    alike = [each for each in later_ms if abs(each - usual_ms) <= JITTER_MS]
    limit_ms = BY_HAND_MS if by_hand else DIFFERS_MS
    return usual_ms if abs(usual_ms) > limit_ms and 3 * len(alike) >= 2 * len(later_ms) else None
