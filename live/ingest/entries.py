"""Who wears this chip, who has this bib, at this instant."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from live.programme import Event

EVER_MS = -(2**62)
"""Before every instant: the chips of the entries are worn since ever."""


@dataclass(frozen=True, slots=True)
class Wearer:
    """A team of a race and those of its runners who wear the chip: several make it a baton, none a bare bib."""

    race: str
    bib: str
    runners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Assigned:
    """From an instant on, the chip is this wearer's."""

    chip: str
    from_ms: int
    wearer: Wearer


@dataclass(frozen=True, slots=True)
class Swapped:
    """From an instant on, two runners, each of one team, wear each other's chips."""

    from_ms: int
    a: Wearer
    b: Wearer

    def other(self, wearer: Wearer) -> Wearer:
        """Return who wears what this one wore."""
        return self.b if wearer == self.a else self.a if wearer == self.b else wearer


Span = tuple[int, list[Wearer]]
"""From this instant on, until the next span, the chip is worn by these."""


class Roster:
    """The chips and bibs of an event, with what officials assigned since."""

    def __init__(self, event: Event) -> None:
        """Take the chips of the entries; one chip on two teams is refused there, here it is a conflict (T60)."""
        self._entered: dict[str, list[Wearer]] = {}
        self._own: dict[Wearer, set[str]] = {}
        self._bibs: dict[str, list[str]] = {}
        self._assigned: dict[str, list[Span]] = {}
        for race in event.races:
            for entry in race.entries:
                self._bibs.setdefault(entry.bib, []).append(race.id)
                worn: dict[str, list[str]] = {}
                for runner in entry.runners:
                    for chip in runner.chips:
                        worn.setdefault(chip, []).append(runner.code)
                for chip, runners in worn.items():
                    wearer = Wearer(race.id, entry.bib, tuple(runners))
                    self._entered.setdefault(chip, []).append(wearer)
                    self._own.setdefault(wearer, set()).add(chip)

    def assign(self, rulings: Iterable[Assigned | Swapped]) -> set[str]:
        """Replace all assignments by these, in the order of the journal; return the chips that change hands by it.

        Of two at one instant the later stands. A swap exchanges what the two wear from its instant on by what was
        ruled before it; a baton is the team's, and stays.
        """
        before, self._assigned = self._assigned, {}
        for ruled in rulings:
            if isinstance(ruled, Assigned):
                self._begin_span(ruled.chip, ruled.from_ms, [ruled.wearer])
            else:
                self._swap(ruled)
        chips = before.keys() | self._assigned.keys()
        return {chip for chip in chips if before.get(chip) != self._assigned.get(chip)}

    def _begin_span(self, chip: str, from_ms: int, wearers: list[Wearer]) -> None:
        spans = self._assigned.setdefault(chip, [])
        spans.insert(bisect_right(spans, from_ms, key=lambda span: span[0]), (from_ms, wearers))

    def _swap(self, swap: Swapped) -> None:
        for chip in self.chips(swap.a) | self.chips(swap.b):
            worn = self.wearers(chip, swap.from_ms)
            spans = self._assigned.setdefault(chip, [])
            for n, (from_ms, wearers) in enumerate(spans):
                if from_ms > swap.from_ms:
                    spans[n] = (from_ms, [swap.other(each) for each in wearers])
            self._begin_span(chip, swap.from_ms, [swap.other(each) for each in worn])

    def chips(self, wearer: Wearer) -> set[str]:
        """Return the chips that are ever worn by just this wearer."""
        spans = [(chip, span[1]) for chip, spans in self._assigned.items() for span in spans]
        return self._own.get(wearer, set()) | {chip for chip, wearers in spans if wearer in wearers}

    def wearers(self, chip: str, at_ms: int) -> list[Wearer]:
        """Return who wore the chip at that instant: nobody, one team, or two in conflict."""
        worn = self._entered.get(chip, [])
        for from_ms, wearers in self._assigned.get(chip, ()):
            if from_ms <= at_ms:
                worn = wearers
        return worn

    def races_of(self, bib: str) -> list[str]:
        """Return the races in which this bib runs."""
        return self._bibs.get(bib, [])
