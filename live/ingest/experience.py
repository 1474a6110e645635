"""What a race has taught so far, as of any instant of it: how long the field took, and how far forecasts were off.

Everything is kept in order of the instant at which it became known, and asked for as of an instant: what came later
does not exist for it. So a forecast is the same whenever it is made, and in whatever order the facts arrived.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PPM = 1_000_000
"""Ratios and relative errors are whole millionths: the same on every machine."""
LATEST = 64
"""How many of the latest records count: a race changes (dusk, rain, a safety car), and the cost stays bounded."""
RECENT = 16
"""The same for what the field did lately, on whatever lap."""
ENOUGH = 4
"""Fewer records than these say nothing: one rival is an anecdote."""
SETTLED = 16
EVERY = 8
"""Above `SETTLED` records a summary is made anew for every `EVERY` further ones: a median of 64 hardly moves sooner."""
UNKNOWN_PPM = tuple(range(50_000, 500_000, 50_000))
"""How far a forecast may be off before this race has shown it: anything from nothing to half, equally likely."""
UNTRIED_PPM = 200_000
UNTRIED_WEIGHT = 4
"""Every expert begins as if it had been off by a fifth four times."""

Record = TypeVar("Record")
Summary = TypeVar("Summary")

Pace = tuple[int, int | None, int | None, int | None]
"""A stretch run: ms, then millionths of the last lap, of the usual lap, and of this lap so far."""
Medians = tuple[int | None, ...]
"""The same of the field: the median of each."""
Errors = tuple[int, tuple[int | None, ...]]
"""How far a forecast was off, and each expert alone, in millionths of what was expected."""
Stretch = tuple[int, str, str]
"""Lap, from, to."""
Kind = tuple[bool, bool, bool]
"""From inside the lap, to the line, whether rivals have run the stretch on this lap."""

EXPERTS = 10


class Log(Generic[Record, Summary]):
    """Records in order of the instant at which they became known, with the summary of the latest before an instant."""

    __slots__ = ("_cached", "_count", "_instants", "_latest", "_records", "_summarise")

    def __init__(self, summarise: Callable[[Sequence[Record]], Summary], latest: int = LATEST) -> None:
        """`summarise` gets at most `latest` records, and at least one."""
        self._summarise = summarise
        self._latest = latest
        self._instants: list[int] = []
        self._records: list[Record] = []
        self._count = 0
        self._cached: Summary | None = None

    def add(self, at_ms: int, record: Record) -> None:
        """Append a record; `at_ms` must not be before that of the last one."""
        self._instants.append(at_ms)
        self._records.append(record)

    def take_back(self) -> None:
        """Forget the last record."""
        self._instants.pop()
        self._records.pop()
        if self._count > len(self._records):
            self._count, self._cached = 0, None

    def count(self, at_ms: int) -> int:
        """How many records were known before an instant."""
        return bisect_left(self._instants, at_ms)

    def doublings_ms(self) -> list[int]:
        """Return the instants from which on `ENOUGH` records were known, and twice, four times, eight times as many."""
        found, count = [], ENOUGH
        while count <= len(self._instants):
            found.append(self._instants[count - 1] + 1)
            count *= 2
        return found

    def before(self, at_ms: int) -> Summary | None:
        """Return the summary of what was known before an instant, None where that is nothing."""
        count = self.count(at_ms)
        if count > SETTLED:
            count -= count % EVERY
        if count == 0:
            return None
        if count != self._count:
            self._cached = self._summarise(self._records[max(0, count - self._latest) : count])
            self._count = count
        return self._cached


@dataclass(frozen=True, slots=True)
class Trust:
    """What the forecasts so far say of the next: each expert's weight, and the half width that holds four in five."""

    weights: tuple[int, ...]
    width_ppm: int


class Experience:
    """All logs of one race on a course whose laps end at `line`."""

    def __init__(self, line: str) -> None:
        """Nothing is known yet."""
        self.line = line
        self.paces: defaultdict[Stretch, Log[Pace, Medians]] = defaultdict(lambda: Log(medians))
        self.lately: defaultdict[tuple[str, str], Log[Pace, Medians]] = defaultdict(lambda: Log(medians, RECENT))
        self.errors: defaultdict[Kind, Log[Errors, Trust]] = defaultdict(lambda: Log(trust))
        self.far: defaultdict[int, Log[int, int]] = defaultdict(lambda: Log(width_ppm))
        self.passed: defaultdict[tuple[int, str], Log[None, int]] = defaultdict(lambda: Log(len))

    def pace(self, stretch: Stretch, at_ms: int) -> Medians:
        """Return the field's medians on a stretch of a lap, as known before an instant."""
        log = self.paces.get(stretch)
        return (log and log.before(at_ms)) or NO_MEDIANS

    def late_pace(self, start: str, end: str, at_ms: int) -> Medians:
        """Return what the field lately took from point to point on whatever lap, as known before an instant."""
        log = self.lately.get((start, end))
        return (log and log.before(at_ms)) or NO_MEDIANS

    def trust(self, kind: Kind, at_ms: int) -> Trust:
        """Return how far the experts are to be trusted, as known before an instant."""
        log = self.errors.get(kind)
        return (log and log.before(at_ms)) or UNTRIED

    def far_ppm(self, laps: int, at_ms: int) -> int:
        """Return the half width of the end of a lap so many laps ahead, in millionths of the time until then."""
        log = self.far.get(distance(laps))
        found_ppm = log.before(at_ms) if log is not None else None
        return UNTRIED.width_ppm if found_ppm is None else found_ppm

    def refreshes_ms(self, lap: int) -> list[int]:
        """Return from when on so much more was known of a lap that those who are out on it are worth a new forecast."""
        log = self.passed.get((lap, self.line))
        return [] if log is None else log.doublings_ms()

    def measures(self, lap: int, point: str, at_ms: int) -> bool:
        """Whether the teams are seen at a point of a lap: at least a third of those who ended it (race.md, 8).

        While fewer than `ENOUGH` have ended it, the lap before speaks for it; where there is none, the point is
        believed.
        """
        ended = self._count(lap, self.line, at_ms)
        while ended < ENOUGH and lap > 1:
            lap -= 1
            ended = self._count(lap, self.line, at_ms)
        return ended < ENOUGH or 3 * self._count(lap, point, at_ms) >= ended

    def _count(self, lap: int, point: str, at_ms: int) -> int:
        log = self.passed.get((lap, point))
        return 0 if log is None else log.count(at_ms)


def distance(laps: int) -> int:
    """Return the class of a forecast so many laps ahead: 1, 2 and 3, 4 to 7 … are judged together."""
    return laps.bit_length()


def median(values: Sequence[int]) -> int:
    """Return the middle value, between the two middle ones where there is none."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) // 2


def medians(records: Sequence[Pace]) -> Medians:
    """Return the median of each column, None where fewer than `ENOUGH` have it."""
    columns = ([value for value in column if value is not None] for column in zip(*records, strict=True))
    return tuple(median(column) if len(column) >= ENOUGH else None for column in columns)


def width_ppm(errors: Sequence[int]) -> int:
    """Return the half width that held four in five of these errors, and holds the next with that chance.

    It is the (n + 1) · 4/5 th smallest of n, as split conformal prediction has it. While there are few, the largest of
    `UNKNOWN_PPM` stand in for those that are missing.
    """
    missing = max(0, len(UNKNOWN_PPM) - len(errors))
    known = sorted([*errors, *UNKNOWN_PPM[len(UNKNOWN_PPM) - missing :]])
    return known[-(-(len(known) + 1) * 4 // 5) - 1]


def trust(records: Sequence[Errors]) -> Trust:
    """Weigh each expert by the inverse fourth power of its mean error, and find the width that held.

    The power makes it close to a choice of the best, which does not jump where two are equally good.
    """
    return Trust(
        tuple(
            _weight([error for error in column if error is not None])
            for column in zip(*(r[1] for r in records), strict=True)
        ),
        width_ppm([record[0] for record in records]),
    )


def _weight(errors: Sequence[int]) -> int:
    mean_ppm = (sum(errors) + UNTRIED_WEIGHT * UNTRIED_PPM) // (len(errors) + UNTRIED_WEIGHT)
    return int((PPM * 1_000 // (mean_ppm + 1_000)) ** 4)


NO_MEDIANS: Medians = (None, None, None, None)
UNTRIED = Trust((_weight(()),) * EXPERTS, width_ppm(()))
