"""Who has not come round once, and should have: nothing of a team's own says when, so its rivals' first lap does."""

from bisect import bisect_left, bisect_right, insort

from live.arrivals import OVERDUE_PERCENT
from live.messages.boards import Forecast


class FirstLaps:
    """The teams of a race that are on their first lap and of which nothing is expected, by their guns."""

    def __init__(self) -> None:
        """Nobody is out yet."""
        self._out: list[tuple[int, str]] = []
        self._guns: dict[str, int] = {}
        self._late: dict[str, Forecast] = {}

    def note(self, bib: str, gun_ms: int | None) -> None:
        """The team is out since its gun; None: it is not, or something of its own says when it will be back."""
        old = self._guns.pop(bib, None)
        if old is not None:
            del self._out[bisect_left(self._out, (old, bib))]
        if gun_ms is not None:
            self._guns[bib] = gun_ms
            insort(self._out, (gun_ms, bib))

    def late(self, usual_ms: int | None, now_ms: int) -> list[str]:
        """Find out who is overdue; return of whom that differs from the last call.

        `usual_ms` is what the field took for the first lap, None while too few have ended it.
        """
        late: dict[str, Forecast] = {}
        if usual_ms is not None:
            for gun_ms, bib in self._out[: self._beyond(usual_ms, now_ms)]:
                late[bib] = Forecast(gun_ms + usual_ms, usual_ms * (OVERDUE_PERCENT - 100) // 100)
        differ = [bib for bib in sorted(late.keys() | self._late.keys()) if late.get(bib) != self._late.get(bib)]
        self._late = late
        return differ

    def of(self, bib: str) -> Forecast | None:
        """Return when the team should have come round, None where it is not overdue, by the last call of `late`."""
        return self._late.get(bib)

    def next(self, usual_ms: int | None, now_ms: int) -> tuple[int, str] | None:
        """Return when somebody will be overdue next, and who."""
        if usual_ms is None:
            return None
        for gun_ms, bib in self._out[self._beyond(usual_ms, now_ms) :]:
            return gun_ms + usual_ms * OVERDUE_PERCENT // 100 + 1, bib
        return None

    def _beyond(self, usual_ms: int, now_ms: int) -> int:
        """How many of those who are out are overdue."""
        return bisect_right(self._out, (now_ms - usual_ms * OVERDUE_PERCENT // 100 - 1, "\U0010ffff"))
