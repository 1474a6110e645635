"""Boards as ingest judges them: a head, pages of rows, and what changed."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["not_started", "running", "finished", "dnf", "dns", "dsq", "out_of_competition"]
Quality = Literal["measured", "estimated", "corrected"]
RaceState = Literal["planned", "running", "provisional", "official"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """When somebody is expected at a point, with its uncertainty."""

    at_ms: int
    error_ms: int
    point: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One team as ingest judges it; its place follows from the rows of all (`boards`).

    `key` orders the rows: smaller is better, equal is a tie. `placed` says whether a place is due at all.
    `time_ms` is from the gun to the last measured point (with a mass restart: the sum of the laps), `at_ms` the
    instant of that crossing. `lap_qualities` has one letter a lap: m(easured), e(stimated), c(orrected); `incomplete`
    are the laps of which a runner is still unseen. `version` is the journal's seq of the last fact that it follows
    from: it goes back where another team's fact takes one of them back; that of a board never does. `order` says who
    runs in whose place, one runner for each of the race's `roles` ("" for nobody); empty where they run as the entries
    say.
    """

    bib: str
    version: int
    key: tuple[int, ...]
    placed: bool
    status: Status
    laps: int = 0
    point: str | None = None
    time_ms: int | None = None
    at_ms: int | None = None
    quality: Quality = "measured"
    provisional: bool = False
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    lap_times_ms: tuple[int, ...] = ()
    lap_qualities: str = ""
    incomplete: tuple[int, ...] = ()
    next: Forecast | None = None
    finish: Forecast | None = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardHead:
    """All of a board but its rows. Retained.

    `journal` names the journal that the version counts in; another journal means that all else is void. `pages` is
    how many pages of rows there are. `as_of_ms` is the latest plausible instant of a fact of this race. `gun_ms` is
    its gun, the earliest of its start groups, None before one was fired: the race clock of page and screen.

    `provisional_since_ms` is when nobody ran any more or the race was closed, `objections_until_ms` the end of the
    window for objections. `edition` counts the official results, 0 before the first; `official_at_ms` is the instant
    of the present one, None while there is none. `frozen_since_ms` goes with `frozen`.
    """

    race: str
    journal: str
    version: int
    state: RaceState
    as_of_ms: int
    laps_total: int | None
    entries: int
    pages: int
    frozen: bool = False
    gun_ms: int | None = None
    edition: int = 0
    official_at_ms: int | None = None
    provisional_since_ms: int | None = None
    objections_until_ms: int | None = None
    frozen_since_ms: int | None = None

    @property
    def told(self) -> tuple[object, ...]:
        """All that is worth telling again when it differs: not the clock alone."""
        return (
            *(self.version, self.state, self.gun_ms, self.frozen, self.frozen_since_ms, self.edition),
            *(self.official_at_ms, self.provisional_since_ms, self.objections_until_ms, self.entries),
        )


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Some of a board's rows: always the same teams on the same page, whatever their places. Retained.

    `version` is that of the board when the page was written: it says which of two pieces is the newer.
    """

    race: str
    journal: str
    page: int
    rows: tuple[Row, ...]
    version: int


@dataclass(frozen=True, slots=True)
class BoardChanges:
    """The rows that changed between two versions of a board. Not retained: the pages follow within a second.

    With `more`, further rows of the same change follow at once: only the last of them brings a board to its version.
    """

    head: BoardHead
    since: int
    rows: tuple[Row, ...]
    more: bool = False
