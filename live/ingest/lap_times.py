"""What the field's laps suggest: how long a lap of this race takes, and whose lap took suspiciously longer.

Counted from each team's laps as it was judged by itself, without anything inferred from others, so that what is
inferred can never feed itself.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from typing import TypeVar

from live.programme import Race

T = TypeVar("T")

TOO_LONG_PERCENT = 170
"""A lap longer than 1.7 times what is expected may hide a missed passage (race.md, Missed passages)."""
ALSO_LONG_PERCENT = 130
"""Where both the team's other laps and its rivals' same lap are known, one says "too long" and the other agrees."""
NEIGHBOURS = 4
"""So many laps before and after a lap say how long it should have taken: the cost does not grow with the race."""
FAST_SHARE = 10
"""The fastest tenth is believed to have been seen: nine in ten may be unread on one lap."""
STEPS = 50
"""The field's lap time moves in steps of a fiftieth of `min_lap`, so that most passages leave it where it was."""


class FieldLaps:
    """The lap times of all teams by lap, in order. Durations in ms."""

    def __init__(self, race: Race) -> None:
        """Nobody has run yet."""
        self._step_ms = max(1, race.min_lap_ms // STEPS)
        self._least_ms = 2 * race.min_lap_ms
        self._sorted: list[list[tuple[int, str]]] = []
        self._suggested: list[int | None] = []
        self._tails: list[set[str]] = []
        self._teams: dict[str, list[int | None]] = {}

    def note(self, bib: str, since: int, laps: Sequence[int | None]) -> list[int]:
        """Take in a team's laps from lap `since` on (None: not measured from end to end).

        Return the laps for which what the field suggests has moved.
        """
        known = self._teams.setdefault(bib, [])
        moved = []
        for index in range(since - 1, max(since - 1 + len(laps), len(known))):
            old = known[index] if index < len(known) else None
            new = laps[index - since + 1] if index - since + 1 < len(laps) else None
            if old != new and self._replace(index, bib, old, new):
                moved.append(index + 1)
        known[since - 1 :] = laps
        return moved

    def near(self, laps: Iterable[int]) -> set[str]:
        """The teams with a long lap on which the expectation for one of these laps bears."""
        around = {n for lap in laps for n in range(lap - NEIGHBOURS, lap + NEIGHBOURS + 1)}
        return {bib for n in around if 0 < n <= len(self._tails) for bib in self._tails[n - 1]}

    def expected_ms(self, lap: int, others: Sequence[tuple[int, int]]) -> tuple[int | None, int | None]:
        """Return what the team's other laps and what the rivals' same lap suggest for lap `lap`; None: unknown.

        `others` are lap numbers and durations of the team's measured laps near it; each is carried over by what the
        field took for the two laps (who runs with more team-mates, or on a longer leg, takes longer).
        """
        rivals_ms = self.usual_ms(lap)
        carried = []
        for number, lap_ms in others:
            there_ms = self.usual_ms(number)
            known = rivals_ms is not None and there_ms is not None
            carried.append(lap_ms * rivals_ms // there_ms if known else lap_ms)  # type: ignore[operator]
        return (lower_median(sorted(carried)) if carried else None), rivals_ms

    def usual_ms(self, lap: int) -> int | None:
        """Return what the rivals' same lap suggests for a lap; None: too few have ended it."""
        return self._suggested[lap - 1] if 0 < lap <= len(self._suggested) else None

    def lone_ms(self, lap: int) -> int | None:
        """Return how long the only team that has ended a lap took; None where none has, or several.

        To its rivals one is enough to ask by; `usual_ms` wants more. It is never longer than itself.
        """
        times = self._sorted[lap - 1] if 0 < lap <= len(self._sorted) else []
        return times[0][0] if len(times) == 1 else None

    def _replace(self, index: int, bib: str, old: int | None, new: int | None) -> bool:
        while len(self._sorted) <= index:
            self._sorted.append([])
            self._suggested.append(None)
            self._tails.append(set())
        times = self._sorted[index]
        lone_ms = self.lone_ms(index + 1)
        if old is not None:
            del times[bisect_left(times, (old, bib))]
        if new is not None:
            insort(times, (new, bib))
        suggested = None if len(times) < 2 else max(1, self._median_ms(times) // self._step_ms) * self._step_ms
        moved = suggested != self._suggested[index] or lone_ms != self.lone_ms(index + 1)
        self._suggested[index] = suggested
        if moved or len(times) < 2:
            beyond = bisect_right(times, (self._bound(index), "\U0010ffff"))
            self._tails[index] = {each for _, each in times[beyond:]}
        elif new is not None and new > self._bound(index):
            self._tails[index].add(bib)
        else:
            self._tails[index].discard(bib)
        return moved

    def _median_ms(self, times: list[tuple[int, str]]) -> int:
        """The median of those who did not take far too long themselves: a blind line may have doubled most laps."""
        fast_ms = times[(len(times) - 1) // FAST_SHARE][0]
        usual = bisect_right(times, (fast_ms * TOO_LONG_PERCENT // 100, "\U0010ffff"))
        return times[(usual - 1) // 2][0]  # of two middle ones the lower

    def _bound(self, index: int) -> int:
        suggested = self._suggested[index]
        return max(self._least_ms - 1, 0 if suggested is None else suggested * ALSO_LONG_PERCENT // 100)


def lower_median(in_order: Sequence[T]) -> T:
    """Return the middle one, the lower of two."""
    return in_order[(len(in_order) - 1) // 2]


def too_long(lap_ms: int, own_ms: int | None, rivals_ms: int | None) -> bool:
    """Whether a lap took longer than what both the team's other laps and the rivals' same lap allow."""
    known = [each for each in (own_ms, rivals_ms) if each is not None]
    if not known or lap_ms * 100 // min(known) <= TOO_LONG_PERCENT:
        return False
    return lap_ms * 100 // max(known) > ALSO_LONG_PERCENT
