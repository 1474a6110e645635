"""Beside the boards: who is at the line, what screens and the podium show, what stands above every list."""

from dataclasses import dataclass, field
from typing import Literal

LineState = Literal["raw", "counted", "questionable", "ignored"]
NoticeLevel = Literal["info", "safety"]
ScreenView = Literal[
    "board", "category", "arrivals", "map", "companies", "sponsors", "podium", "message", "qr", "black", "auto"
]


@dataclass(frozen=True, slots=True)
class LinePassage:
    """Somebody at the line, told at once, and told again when the judging says otherwise. For officials and speakers.

    ``raw`` is not judged yet; ``counted``: it is a crossing, or one more witness of it; ``questionable``: an official
    has to rule; ``ignored``: it was none, `reason` says why. `runners` may be empty: a bib that was typed.
    """

    race: str
    bib: str
    runners: tuple[str, ...]
    device: str
    epoch: str
    seq: int
    at_ms: int
    state: LineState = "raw"
    reason: str = ""
    lap: int | None = None


@dataclass(frozen=True, slots=True)
class ScreenShows:
    """What officials want the screen of this name to show. Retained: the newest stands. No fact of a race.

    `race` is None for the event's main race; `category` goes with ``category``, `text` by language with ``message``.
    """

    name: str
    view: ScreenView
    race: str | None = None
    category: str | None = None
    text: dict[str, str] = field(default_factory=dict)
    id: str = ""
    by: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Unveiled:
    """The prize that stands on the podium, and which of its places the speaker has read out. Retained, one a race.

    Before the reveal nothing else of a result leaves for the public. `prize` is None when the podium is empty.
    """

    race: str
    prize: int | None
    places: tuple[int, ...] = ()
    id: str = ""
    by: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class NamesSaid:
    """When a speaker last said each team of a race, by bib: every speaker's page shows it. Retained. No fact.

    Two may press at once in two processes, so this is no list to be replaced: whoever hears it joins it with what he
    knew, and the next one that is sent holds both.
    """

    race: str
    at_ms: dict[str, int]
    id: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """An official's announcement, on every surface of every race. Retained: the newest of an `id` stands. No fact.

    `text` is by language; ``safety`` comes first and cannot be closed. After `until_ms` (None: open) it is over; one
    that was withdrawn stays known as such, so that a phone which slept is told.
    """

    id: str
    level: NoticeLevel
    text: dict[str, str]
    until_ms: int | None = None
    withdrawn: bool = False
    by: str = ""
    at_ms: int = 0

    def is_open(self, now_ms: int) -> bool:
        """Whether it is to be shown at that instant of the race."""
        return not self.withdrawn and (self.until_ms is None or self.until_ms > now_ms)

    def said(self, language: str) -> str:
        """Return its words in that language, in the event's first where it has none."""
        return self.text.get(language) or next(iter(self.text.values()), "")


@dataclass(frozen=True, slots=True)
class SilentPoint:
    """A timing point none of whose devices is on line, and since when."""

    point: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class SilentPoints:
    """The timing points of a race that should speak and do not; retained, whole."""

    race: str
    silent: tuple[SilentPoint, ...] = ()
