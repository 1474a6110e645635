"""From provisional to official: editions of a result, what is still open before it, and the board of a freeze. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from live.boards import RaceBoard, Standing
from live.contests import contest_of
from live.ingest.doubts import unseen_before
from live.ingest.states import Entered
from live.messages.boards import BoardHead, Row
from live.messages.decisions import Open
from live.programme import Entry, Race

PODIUM = 3
"""Places on a podium, overall and in each category."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A board as it was when the public was frozen."""

    head: BoardHead
    rows: Mapping[str, Row]

    def shown(self, since: Entered, version: int) -> BoardHead:
        """Return the head that the public sees meanwhile; `version` is the seq of the decision that froze it."""
        return replace(self.head, frozen=True, frozen_since_ms=since.decision.at_ms, version=version)


@dataclass(slots=True)
class Editions:
    """The editions of a race's official result.

    `number` grows with each publication and, while the race is official, with each fact in the order of the journal
    that changes a result; `at_ms` is its instant, `corrected` whether a correction made it. It never goes back.
    `before` are the rows of the edition before, empty before the second.
    """

    number: int = 0
    at_ms: int | None = None
    corrected: bool = False
    before: Mapping[str, Row] = field(default_factory=dict)
    _by: int | None = None
    _official: bool = False
    _shown: dict[str, Row] = field(default_factory=dict)
    _made: list[tuple[int, bool]] = field(default_factory=list)
    """Of each edition, its instant and whether a correction made it."""

    def until(self, at_ms: int) -> "Editions":
        """Return which edition was the present one at an instant."""
        made = [each for each in self._made if each[0] <= at_ms]
        return Editions(len(made), *made[-1]) if made else Editions()

    def goes_on(self, published: Entered | None) -> bool:
        """Whether the race was official by this publication after the fact before, too."""
        return self._official and published is not None and published.fact == self._by

    def follow(self, published: Entered | None, rows: Iterable[Row], at_ms: int) -> None:
        """Take in the rows after a fact of that instant: those that it changed where it `goes_on`, else all."""
        if published is None:
            self._official = False
            return
        differ = {row.bib: new for row in rows if (new := result(row)) != self._shown.get(row.bib)}
        if published.fact != self._by:
            self._next(differ, published.decision.at_ms, corrected=False)
        elif differ:
            self._next(differ, at_ms, corrected=True)
        self._by, self._official = published.fact, True

    def _next(self, differ: dict[str, Row], at_ms: int, corrected: bool) -> None:
        self.number += 1
        self.before = self._shown.copy()
        self.at_ms, self.corrected = at_ms, corrected
        self._made.append((at_ms, corrected))
        self._shown.update(differ)


def result(row: Row) -> Row:
    """Return what of a row is its result: not a doubt, not a forecast, not its version."""
    return replace(row, version=0, doubts=(), next=None, finish=None)


# --- what is open before a result can be official ----------------------------------------------------------------


def what_is_open(race: Race, rows: Iterable[Row]) -> list[Open]:
    """Return what speaks against a publication, the podium first: doubts, provisional laps, estimated times."""
    board = RaceBoard(race)
    board.put(rows, 0)
    standings = board.standings()
    podium = _podium(board, standings)
    found = [each for standing in standings for each in _open_of(standing, podium.get(standing.row.bib))]
    return sorted(found, key=lambda each: not each.podium)


def _podium(board: RaceBoard, standings: list[Standing]) -> dict[str, int]:
    """The best place that each team has on a podium, overall or in its category.

    The last place is also that of who may have come before whoever has it, as for a prize (T77).
    """
    podium: dict[str, int] = {}
    categories = {entry.category for entry in board.race.entries} - {""}
    lists = {"all": standings, **{f"category:{each}": board.standings(only=_of_category(each)) for each in categories}}
    for among, listed in lists.items():
        on_it = [each for each in listed if each.place is not None and each.place <= PODIUM]
        for standing in on_it:
            bib = standing.row.bib
            podium[bib] = min(standing.place or PODIUM, podium.get(bib, PODIUM))
        full = len(on_it) >= PODIUM and all(each.row.status == "finished" for each in on_it)
        unsure = contest_of(board, among).unsure(on_it[-1].row.time_ms if full else None)
        for _, bib in unsure:
            podium.setdefault(bib, PODIUM)
    return podium


def _of_category(category: str) -> Callable[[Entry], bool]:
    return lambda entry: entry.category == category


def _open_of(standing: Standing, podium: int | None) -> list[Open]:
    row = standing.row
    where = f"bib {row.bib}" + (f", place {podium}" if podium else "")
    found = [
        Open("doubt", f"{where}: the doubt {doubt} waits for a ruling", row.bib, podium, doubt) for doubt in row.doubts
    ]
    if row.provisional and row.status in ("finished", "running"):
        who = ", ".join(row.missing)
        found.append(Open("provisional", f"{where}: lap {row.laps} is provisional, {who} unseen", row.bib, podium))
    before = [lap for lap in row.incomplete if lap < row.laps]
    if before and row.status in ("finished", "running"):
        words = f"lap {before[0]} is provisional, not all who run it were seen at its end"
        doubt = unseen_before(standing.entry.race, row.bib, before[0])
        found.append(Open("provisional", f"{where}: {words}", row.bib, podium, doubt))
    if "e" in row.lap_qualities and row.status in ("finished", "running"):
        lap = row.lap_qualities.index("e") + 1
        found.append(Open("estimated", f"{where}: the time of lap {lap} is estimated", row.bib, podium))
    return found
