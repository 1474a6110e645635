"""Finishes far outside of what the field takes, as a wrong clock makes them: flagged before all is official (T32)."""

from bisect import bisect_left, bisect_right, insort

SLOWEST = 3
"""So many times the median of all who finished is no pace any more, but a clock or a wrong start."""
FEWEST = 5
"""So many must have finished before their median says anything."""


class FinishTimes:
    """The times of all who finished, in order."""

    def __init__(self) -> None:
        """Nobody has finished yet."""
        self._times: dict[str, int] = {}
        self._order: list[tuple[int, str]] = []
        self._implausible: set[str] | None = set()
        """As of the times that are known; None: to be found out anew."""

    def note(self, bib: str, time_ms: int | None) -> None:
        """The team has finished in this time; None: it has not (any more)."""
        old = self._times.get(bib)
        if old == time_ms:
            return
        self._implausible = None
        if old is not None:
            del self._order[bisect_left(self._order, (old, bib))]
            del self._times[bib]
        if time_ms is not None:
            self._times[bib] = time_ms
            insort(self._order, (time_ms, bib))

    def implausible(self) -> set[str]:
        """Return the teams that took more than `SLOWEST` times the median."""
        if self._implausible is None:
            self._implausible = self._find()
        return self._implausible

    def _find(self) -> set[str]:
        if len(self._order) < FEWEST:
            return set()
        most_ms = SLOWEST * self._order[(len(self._order) - 1) // 2][0]
        return {bib for _, bib in self._order[bisect_right(self._order, (most_ms, "\U0010ffff")) :]}
