"""What is judged, and what comes of it: sightings, crossings, and the laps of a team while it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from live.programme import Entry, Race

Judgement = Literal["counted", "questionable", "ignored"]

OFFICIAL = -1
"""The trust of a crossing that an official added: his ruling holds against every device (T81)."""
OPEN_LAPS = 3
"""So many of the latest laps can still change in the usual course of things."""
NOBODY: Mapping[str, "Crossing"] = MappingProxyType({})
"""Of nearly every lap nobody is late, too fast or beside the first: one mapping serves all, and is only replaced."""
ANYBODY = "*"
"""Stands for the team where one crossing ends a lap, whoever makes it (`team_time = "first"`)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a team is judged by: the race, the entry, and what officials ruled. Instants in ms.

    `gun_ms` is the gun of its start group, None before it; `restarts` gives the instant of a mass restart by lap; from
    `closing_ms` on, a lap that ends is the team's last. `order` says who runs in whose place: the runner by the code
    that the race's legs name.

    `unread` gives, by lap, when a lap ended that nobody saw end, as it was inferred or as an official accepted it
    (`confirmed`). `added` are the crossings that officials added, `late` the late crossings (lap and runner) that an
    official accepted, `waived` the laps whose unseen runners he accepted.
    """

    race: Race
    entry: Entry
    gun_ms: int | None
    restarts: Mapping[int, int] = field(default_factory=dict)
    closing_ms: int | None = None
    order: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[int, int] = field(default_factory=dict)
    confirmed: frozenset[int] = frozenset()
    added: tuple["Sighting", ...] = ()
    late: frozenset[tuple[int, str]] = frozenset()
    waived: frozenset[int] = frozenset()

    def runs(self, lap: int) -> tuple[str, ...]:
        """Return the team's runners of lap `lap`, from 1: an entry without D and E runs without them."""
        entered = {runner.code for runner in self.entry.runners}
        ordered = (self.order.get(code, code) for code in self.race.runs(lap))
        return tuple(code for code in ordered if code in entered)


class Sighting(NamedTuple):
    """A passage of one team, ready to be judged; sorts by instant, then trust (0 is the main mat), then identity.

    At the same instant a point inside the lap sorts before the line: it can only be of the lap that ends there.
    `runners` are those who may have been seen: one for a chip, several for a baton, none for a bib alone. `fact` is
    the journal's seq; `shifted` where an official set the device's clock right for it.
    """

    at_ms: int
    at_line: bool
    trust: int
    device: str
    epoch: str
    seq: int
    runners: tuple[str, ...]
    point: str
    fact: int
    shifted: bool = False


@dataclass(slots=True)
class Crossing:
    """A sighting judged. `reason` is a code with its words in `live/web/reasons.py`; `lap` 0 where none is meant.

    `moved` is the first lap in which something counted otherwise when it was heard; None: none.
    """

    sighting: Sighting | None
    at_ms: int
    runner: str | None = None
    lap: int = 0
    verdict: Judgement = "ignored"
    reason: str = ""
    opened_ms: int = 0
    moved: int | None = None

    def judge(self, verdict: Judgement, reason: str, lap: int = 0) -> None:
        """Give the verdict."""
        self.verdict, self.reason, self.lap = verdict, reason, lap


class OneLap:
    """One lap of a team while it is judged: who has crossed, who was late or too fast, who passed which point."""

    __slots__ = (
        "beside",
        "crossed",
        "estimate",
        "first_ms",
        "hasty",
        "late",
        "needed",
        "number",
        "seen",
        "splits",
        "unnamed",
    )

    def __init__(self, number: int, needed: tuple[str, ...]) -> None:
        """`needed` are those whose crossings end it."""
        self.number = number
        self.needed = needed
        self.crossed: dict[str, Crossing] = {}
        self.late: Mapping[str, Crossing] = NOBODY
        self.hasty: Mapping[str, Crossing] = NOBODY
        self.beside: Mapping[str, Crossing] = NOBODY  # where the first makes the lap: who crossed with him
        self.unnamed: tuple[Crossing, ...] = ()
        self.splits: dict[str, dict[str, Crossing]] = {}
        self.seen: dict[str, object] = {}  # by point, what `laps.splits` made of it; forgotten with each change there
        self.estimate: Crossing | None = None
        self.first_ms: int | None = None

    def settle(self) -> None:
        """Set `first_ms`, the instant of the first of `ends`, anew."""
        self.first_ms = min([crossing.at_ms for crossing in self.ends], default=None)

    @property
    def proved(self) -> bool:
        """Nobody was seen at the line, but something else says that the lap has ended."""
        return self.estimate is not None and not self.crossed and not self.unnamed

    @property
    def ends(self) -> list[Crossing]:
        """The crossings that end it, those of unnamed runners only as far as somebody is still unseen."""
        if not self.unnamed and self.crossed:  # nearly always
            return list(self.crossed.values())
        if self.proved and self.estimate is not None:
            return [self.estimate]
        free = max(len(self.needed), 1) - len(self.crossed)
        return [*self.crossed.values(), *self.unnamed[: max(free, 0)]]

    @property
    def missing(self) -> tuple[str, ...]:
        """Who is still unseen."""
        if self.proved or len(self.crossed) == len(self.needed):
            return ()
        unseen = [runner for runner in self.needed if runner not in self.crossed]
        return tuple(unseen[: max(len(unseen) - len(self.unnamed), 0)])


Step = tuple[str, Crossing | None, int | None, Crossing | None, int]
"""How a runner stood before a sighting: his key, his last crossing that counts, the latest lap that he has ended; with
the team's latest crossing, and how many laps it had begun."""


@dataclass(slots=True)
class Judged:
    """What `decide` returns: every sighting with its verdict, in order, and the laps as far as somebody got."""

    crossings: list[Crossing]
    laps: list[OneLap]
