"""Who wears this chip, who has this bib, at this instant."""

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


class Roster:
    """The chips and bibs of an event, with what officials assigned since."""

    def __init__(self, event: Event) -> None:
        """Take the chips of the entries; one chip on two teams is refused there, here it is a conflict (T60)."""
        self._entered: dict[str, list[Wearer]] = {}
        self._bibs: dict[str, list[str]] = {}
        self._assigned: dict[str, list[tuple[int, Wearer]]] = {}
        for race in event.races:
            for entry in race.entries:
                self._bibs.setdefault(entry.bib, []).append(race.id)
                worn: dict[str, list[str]] = {}
                for runner in entry.runners:
                    for chip in runner.chips:
                        worn.setdefault(chip, []).append(runner.code)
                for chip, runners in worn.items():
                    self._entered.setdefault(chip, []).append(Wearer(race.id, entry.bib, tuple(runners)))

    def assign(self, rulings: Iterable[tuple[str, int, Wearer]]) -> None:
        """Replace all assignments: chip, from which instant on, to whom; of two at one instant the later stands."""
        self._assigned = {}
        for chip, from_ms, wearer in rulings:
            self._assigned.setdefault(chip, []).append((from_ms, wearer))
        for spans in self._assigned.values():
            spans.sort(key=lambda span: span[0])

    def wearers(self, chip: str, at_ms: int) -> list[Wearer]:
        """Return who wore the chip at that instant: nobody, one team, or two in conflict."""
        worn = self._entered.get(chip, [])
        for from_ms, wearer in self._assigned.get(chip, ()):
            if from_ms <= at_ms:
                worn = [wearer]
        return worn

    def races_of(self, bib: str) -> list[str]:
        """Return the races in which this bib runs."""
        return self._bibs.get(bib, [])
