"""The race that pages are measured on: so many teams under way, two of them passing at a time."""

from dataclasses import replace

from live.messages.boards import Forecast, Row
from tests.web.chromium.stand import Stand, one_race
from tests.web.conftest import GUN_MS, entry, row

LAP_MS = 800_000
LAPS = 12
NOW_MS = GUN_MS + LAP_MS + 700_000


def under_way(teams: int, rounds: int = 1) -> Stand:
    """Return a race of so many teams that have run one lap of two (of twice the rounds) and are expected."""
    names = tuple(entry(n, str(n + 1), f"Entreprise {n % 40} · {n}", "mixed", ("F", "M")) for n in range(teams))
    stand = one_race(names, LAP_MS, 4_000, rounds)
    stand.wall_ms = NOW_MS
    rows = []
    for each in names:
        at_ms = NOW_MS + 60_000 + 104_729 * each.number % 99_991
        due = Forecast(at_ms, 9_000 + 7_919 * each.number % 60_001, "km1")
        rows.append(row(each.bib, 0, LAP_MS + 4_000 * each.number, next=due, finish=Forecast(at_ms + 500_000, 200_000)))
    stand.change("relay", *rows, gun_ms=GUN_MS, as_of_ms=NOW_MS)
    return stand


class Passings:
    """Two teams pass the line at a time, as in a race: nearly in the order in which they stand, none of them first.

    When all are through, the next lap begins; after the last lap the first one again.
    """

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self._due: list[str] = []

    def next(self) -> int:
        """Let two teams pass; return the board's version."""
        return self.stand.change("relay", self._passes(), self._passes())

    def _passes(self) -> Row:
        board = self.stand.state.boards.by_race["relay"]
        if not self._due:
            order = [each.row.bib for each in board.standings()]
            self._due = sorted(order, key=lambda bib: order.index(bib) + int(bib) * 7 % 9)
        old = board.rows[self._due.pop(0)]
        lap_ms = LAP_MS + int(old.bib) * 37 % 41 * 500
        laps = (*old.lap_times_ms, lap_ms) if old.laps < LAPS else (old.lap_times_ms[0],)
        time_ms, at_ms = sum(laps), self.stand.wall_ms
        key = (-len(laps), time_ms)
        return replace(
            old, key=key, laps=len(laps), time_ms=time_ms, at_ms=at_ms, lap_times_ms=laps, lap_qualities="m" * len(laps)
        )


class Leads:
    """Two teams pass at a time, and each takes the lead, many from far behind: every gap is another."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self._count = len(stand.event.races[0].entries)
        self._number = 0

    def next(self) -> int:
        """Let two teams pass; return the board's version."""
        rows = [self._passes(), self._passes()]
        return self.stand.change("relay", *rows)

    def _passes(self) -> Row:
        self._number += 1
        bib = str(self._number * 37 % self._count + 1)
        old = self.stand.state.boards.by_race["relay"].rows[bib]
        lap_ms = LAP_MS - 1_000 - self._number
        return replace(old, key=(-2, lap_ms), laps=1, time_ms=lap_ms, at_ms=self.stand.wall_ms, lap_times_ms=(lap_ms,))
