"""Who is expected next, who is overdue, and where a team is drawn on the loop meanwhile: from a board and the clock.

Rows change when something was measured; between two crossings only the clock moves. So what depends on it is not on
the bus: each screen asks here, with the instant that it shows.
"""

from dataclasses import dataclass

from live.boards import RaceBoard
from live.messages.boards import Forecast, Row
from live.programme import Course
from live.times import MINUTE_MS

OVERDUE_PERCENT = 125
"""Past 1.25 times what was expected a team is overdue, not running (race.md, Live position on the loop)."""
STOPS_PERCENT = 3
"""A drawn team stops so far before the next point: it never passes a mat that has not seen it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A team that is on its way to a point; `lap` is the one that it ends there, None at a point inside the loop.

    `overdue_since_ms` is None while it is not overdue.
    """

    bib: str
    point: str
    lap: int | None
    at_ms: int
    error_ms: int
    overdue_since_ms: int | None

    @property
    def overdue(self) -> bool:
        """Whether the team should have been there long ago."""
        return self.overdue_since_ms is not None


def overdue_at_ms(last_ms: int, forecast: Forecast) -> int:
    """Return from when on a team that was last seen at `last_ms` is overdue."""
    return last_ms + (forecast.at_ms - last_ms) * OVERDUE_PERCENT // 100


def arrivals(board: RaceBoard, now_ms: int, point: str | None = None) -> list[Arrival]:
    """Return who is expected (at `point` only, where it is given), the earliest first; the overdue are among them.

    Where two are expected at the same instant, the order of the entries decides.
    """
    line = board.race.course.line
    found = []
    for row in board.rows.values():
        if row.status != "running" or row.next is None:
            continue
        there = row.next.point or line
        if point is None or there == point:
            lap = row.laps + 1 if there == line else None
            since_ms = overdue_since_ms(board, row, row.next, now_ms)
            arrival = Arrival(row.bib, there, lap, row.next.at_ms, row.next.error_ms, since_ms)
            found.append((row.next.at_ms, board.race.by_bib[row.bib].number, arrival))
    return [arrival for _, _, arrival in sorted(found, key=lambda each: each[:2])]


def overdue_since_ms(board: RaceBoard, row: Row, forecast: Forecast, now_ms: int) -> int | None:
    """Return since when the team is overdue, None while it is not. Not seen yet, it counts from the race's gun."""
    last_ms = row.at_ms if row.at_ms is not None else board.head.gun_ms if board.head else None
    if last_ms is None:
        return None
    since_ms = overdue_at_ms(last_ms, forecast)
    return since_ms if now_ms > since_ms else None


def late_minutes(board: RaceBoard, row: Row, now_ms: int) -> int | None:
    """Return for how many minutes an overdue team has been awaited, 0 while it is on time.

    None where nothing is to be said: it is not on its way, nothing is known of it, or the board is frozen (T90).
    """
    if row.status != "running" or row.next is None or board.head is None or board.head.frozen:
        return None
    if overdue_since_ms(board, row, row.next, now_ms) is None:
        return 0
    return max(1, -((row.next.at_ms - now_ms) // MINUTE_MS))


def position_m(row: Row, course: Course, now_ms: int) -> int | None:
    """Return how many metres into its lap a running team is drawn: decoration, never a rank.

    It goes evenly from its last crossing to the next point and stops `STOPS_PERCENT` of the way before it. None where
    nothing is known of the way: nobody saw the team yet, nothing is expected of it, or it is overdue.
    """
    if row.status != "running" or row.next is None or row.at_ms is None or row.point is None:
        return None
    if now_ms > overdue_at_ms(row.at_ms, row.next):
        return None
    from_m = 0 if row.point == course.line else course.at_m[row.point]
    way_m = course.at_m[row.next.point or course.line] - from_m
    way_ms = max(row.next.at_ms - row.at_ms, 1)
    gone_ms = min(max(now_ms - row.at_ms, 0), way_ms)
    return from_m + min(way_m * gone_ms // way_ms, way_m * (100 - STOPS_PERCENT) // 100)
