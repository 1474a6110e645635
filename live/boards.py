"""Boards as heard: one race's rows in order, with places and gaps. Used by broadcast, web, and ingest's own answers.

Ingest judges each team alone and gives it a rank key (`standings`); what depends on the others, the place and the
gap, follows here from the keys of all. So one crossing changes one row on the bus, in a race of any size, and page,
screen, print and stream still show one ranking.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import accumulate

from live.messages.boards import BoardChanges, BoardHead, BoardPage, Row
from live.messages.display import Notice, SilentPoint, SilentPoints
from live.programme import Entry, Event, Race
from live.times import within_one_second
from live.wire import Message

PAGE_ROWS = 32
"""Rows on one retained page of a board: about 10 kB."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of a board, with what follows from the others: its place and its gaps to the first.

    `gap_ms` is measured where both were seen: at the same point, or else at the end of the row's last lap; None
    where there is no such place. `gap_laps` counts the laps by which the first had lapped the team there.
    """

    place: int | None
    gap_ms: int | None
    gap_laps: int
    row: Row
    entry: Entry


class RaceBoard:
    """One race's rows, kept in order. Rows may come in any order and any number of times: the newest stands."""

    def __init__(self, race: Race) -> None:
        """Start with no rows at all: a board is shown when it is `complete`."""
        self.race = race
        self.head: BoardHead | None = None
        self.rows: dict[str, Row] = {}
        self.revision = 0
        """Grows with every change of what people see; counts in this process only."""
        self.notices: tuple[Notice, ...] = ()
        """What officials announce to everybody, the withdrawn among them."""
        self.silent: tuple[SilentPoint, ...] = ()
        """Timing points that should speak and do not."""
        self._versions: dict[str, int] = {}
        self._order: list[tuple[tuple[int, ...], int, str]] = []
        self._placed: list[tuple[int, ...]] = []
        self._pages: set[int] = set()
        self._journal = ""

    @property
    def version(self) -> int:
        """The journal's seq of the last fact that changed this board."""
        return self.head.version if self.head else 0

    @property
    def complete(self) -> bool:
        """The head and all its pages were heard."""
        return self.head is not None and len(self._pages) >= self.head.pages

    def hear(self, message: BoardHead | BoardPage | BoardChanges) -> bool:
        """Take in a piece of the board; return whether anything that people see changed.

        A piece older than what is known, or of a journal that is not the head's, changes nothing.
        """
        if isinstance(message, BoardPage):
            if message.journal != self._journal:
                self._forget(message.journal)
            new_page = message.page not in self._pages
            self._pages.add(message.page)
            return self.put(message.rows, message.version) or new_page
        head = message if isinstance(message, BoardHead) else message.head
        if head.journal != self._journal:
            self._forget(head.journal)
        changed = isinstance(message, BoardChanges) and self.put(message.rows, head.version)
        if isinstance(message, BoardChanges) and message.more:
            return changed  # whoever waits for this version must find all of it
        if self.head is None or (head.version, head.as_of_ms) >= (self.head.version, self.head.as_of_ms):
            changed = changed or head != self.head
            self.revision += head != self.head
            self.head = head
        return changed

    def put(self, rows: Iterable[Row], version: int) -> bool:
        """Take in rows of a board of that version; return whether one was newer than what was known.

        Newer by the board's version, not by the row's own: that goes down where a row is as it was before, since the
        crossing that had ended the race for everybody does not count any more. Rows of unknown bibs are passed over.
        """
        changed = False
        for row in rows:
            old = self.rows.get(row.bib)
            entry = self.race.by_bib.get(row.bib)
            if entry is None:
                continue
            known = self._versions.get(row.bib, version)
            self._versions[row.bib] = max(version, known)
            if old is not None and not _newer(row, version, old, known):
                continue
            if old is not None:
                del self._order[bisect_left(self._order, (old.key, entry.number, row.bib))]
                if old.placed:
                    del self._placed[bisect_left(self._placed, old.key)]
            insort(self._order, (row.key, entry.number, row.bib))
            if row.placed:
                insort(self._placed, row.key)
            self.rows[row.bib] = row
            changed = True
        self.revision += changed
        return changed

    def standings(self, head: int | None = None, only: Callable[[Entry], bool] | None = None) -> list[Standing]:
        """Return the first `head` rows in order, places and gaps among those that `only` lets through."""
        shown: list[Standing] = []
        first: Row | None = None
        place, placed, last_key = 0, 0, None
        for key, _, bib in self._order:
            entry = self.race.by_bib[bib]
            if only is not None and not only(entry):
                continue
            if head is not None and len(shown) >= head:
                break
            row = self.rows[bib]
            if not row.placed:
                shown.append(Standing(None, None, 0, row, entry))
                continue
            placed += 1
            if key != last_key:
                place, last_key = placed, key
            first = first or row
            shown.append(Standing(place, *gap(first, row), row, entry))
        return shown

    def standing(self, bib: str) -> Standing:
        """Return one team's standing without walking the list.

        Raises:
            KeyError: the team has no row.
        """
        row = self.rows[bib]
        if not row.placed:
            return Standing(None, None, 0, row, self.race.by_bib[bib])
        first = next(self.rows[each] for _, _, each in self._order if self.rows[each].placed)
        return Standing(bisect_left(self._placed, row.key) + 1, *gap(first, row), row, self.race.by_bib[bib])

    def index(self, bib: str) -> int:
        """Return where the team stands in the list, from 0.

        Raises:
            KeyError: the team has no row.
        """
        return bisect_left(self._order, (self.rows[bib].key, self.race.by_bib[bib].number, bib))

    def count(self, only: Callable[[Entry], bool] | None = None) -> int:
        """How many rows there are, of those that `only` lets through."""
        return len(self.rows) if only is None else sum(only(self.race.by_bib[bib]) for bib in self.rows)

    def picture(self) -> "RaceBoard":
        """Return a copy that stays as the board is now, for a thread that renders it."""
        picture = RaceBoard(self.race)
        picture.head, picture.revision, picture._journal = self.head, self.revision, self._journal
        picture.notices, picture.silent = self.notices, self.silent
        picture.rows, picture._order, picture._pages = self.rows.copy(), self._order.copy(), self._pages.copy()
        picture._placed, picture._versions = self._placed.copy(), self._versions.copy()
        return picture

    def _forget(self, journal: str) -> None:
        self._journal = journal
        self.revision += 1
        self.head = None
        self.rows.clear()
        self._versions.clear()
        self._order.clear()
        self._placed.clear()
        self._pages.clear()


def _newer(row: Row, version: int, old: Row, old_version: int) -> bool:
    """Whether `row` comes after `old`. The gun's instant changes a row without a fact, and so without a version: a
    page sent before it may arrive after it, and must not take the team back to the start.
    """
    if version == old_version:
        return row != old and (row.status != "not_started" or old.status == "not_started")
    return version > old_version and row != old


def gap(first: Row, row: Row) -> tuple[int | None, int]:
    """Return how far `row` is behind `first`: ms at the last place where both were measured, and laps.

    None where there is no such place, and where the row was ahead at it: what was lost since nobody has measured. It
    is behind by a whole lap where `first` had ended one more when the row ended its last one, and for each that `first`
    has ended while the row is still on the lap before (T69): minutes of an earlier lap would make less of it. Where
    both have finished it is behind by each lap less, whenever their guns were.
    """
    if row is first:
        return 0, 0
    if (row.laps, row.point) == (first.laps, first.point) and row.time_ms is not None and first.time_ms is not None:
        return row.time_ms - first.time_ms, 0
    under_way = not first.status == row.status == "finished"
    lapped = max(0, first.laps - row.laps - under_way)
    if row.laps == 0:
        return None, lapped
    elapsed_ms = sum(row.lap_times_ms)
    first_elapsed_ms = list(accumulate(first.lap_times_ms))
    lapped = max(lapped, bisect_right(first_elapsed_ms, elapsed_ms) - row.laps)
    if row.laps > len(first_elapsed_ms):
        return None, lapped
    behind_ms = elapsed_ms - first_elapsed_ms[row.laps - 1]
    return (None if behind_ms < 0 else behind_ms), lapped


@dataclass(frozen=True, slots=True)
class LapRow:
    """One team in one lap of the lap chart: `elapsed_ms` from the gun, `lap_ms` from the end of the lap before.

    `quality` is that of the first, `lap_quality` of the second.

    With `tenths` the elapsed time is told with tenths: another place is within the same shown second (T80).
    """

    bib: str
    place: int | None
    elapsed_ms: int
    lap_ms: int
    quality: str
    lap_quality: str
    tenths: bool = False


QUALITIES = {"e": "estimated", "c": "corrected", "m": "measured"}
"""By their letters, the least sure first."""


def lap_quality(qualities: str, lap: int) -> str:
    """Return how sure a lap's own time is, by the letters of all laps' ends: no surer than its beginning or its end."""
    ends = qualities[max(0, lap - 2) : lap]
    return next(name for letter, name in QUALITIES.items() if letter in ends)


def lap_chart(board: RaceBoard) -> list[list[LapRow]]:
    """Return for each lap the teams that ended it, in order of their elapsed time; equal times share the place.

    A team that retired later keeps its places in the laps that it ended; one that is disqualified or out of
    competition is listed without a place.
    """
    laps: list[list[tuple[int, int, Row]]] = []
    for bib, row in board.rows.items():
        number = board.race.by_bib[bib].number
        for lap, elapsed_ms in enumerate(accumulate(row.lap_times_ms)):
            if lap == len(laps):
                laps.append([])
            laps[lap].append((elapsed_ms, number, row))
    chart: list[list[LapRow]] = []
    for lap, crossed in enumerate(laps):
        crossed.sort(key=lambda item: item[:2])
        rows: list[LapRow] = []
        place, placed, last_ms = 0, 0, -1
        for elapsed_ms, _, row in crossed:
            due = row.status not in ("dsq", "out_of_competition")
            if due:
                placed += 1
                if elapsed_ms != last_ms:
                    place, last_ms = placed, elapsed_ms
            sure = QUALITIES[row.lap_qualities[lap]], lap_quality(row.lap_qualities, lap + 1)
            rows.append(LapRow(row.bib, place if due else None, elapsed_ms, row.lap_times_ms[lap], *sure))
        placed_rows = [each for each in rows if each.place is not None]
        close = within_one_second(("", each.place, each.elapsed_ms) for each in placed_rows)
        tenths = {each.bib for each, needed in zip(placed_rows, close, strict=True) if needed}
        chart.append([replace(each, tenths=True) if each.bib in tenths else each for each in rows])
    return chart


class Boards:
    """All boards of an event."""

    def __init__(self, event: Event) -> None:
        """Start with empty boards, one a race."""
        self.event = event
        self.by_race = {race.id: RaceBoard(race) for race in event.races}
        self.notices: dict[str, Notice] = {}

    @property
    def complete(self) -> bool:
        """Every race's board was heard whole."""
        return all(board.complete for board in self.by_race.values())

    def hear(self, message: Message) -> RaceBoard | None:
        """Take in a message from the bus; return the board when what people see of it changed.

        A notice changes all of them, and returns none.
        """
        if isinstance(message, Notice):
            self._announce(message)
            return None
        if isinstance(message, SilentPoints):
            board = self.by_race.get(message.race)
            return board if board is not None and _silence(board, message.silent) else None
        if isinstance(message, BoardHead | BoardPage):
            board = self.by_race.get(message.race)
        elif isinstance(message, BoardChanges):
            board = self.by_race.get(message.head.race)
        else:
            return None
        return board if board is not None and board.hear(message) else None

    def _announce(self, notice: Notice) -> None:
        """Keep the newest of each id: what is retained comes again, now and then what was there before."""
        known = self.notices.get(notice.id)
        if known is not None and (notice == known or notice.at_ms < known.at_ms):
            return
        self.notices[notice.id] = notice
        for board in self.by_race.values():
            board.notices = tuple(self.notices.values())
            board.revision += 1


def _silence(board: RaceBoard, silent: tuple[SilentPoint, ...]) -> bool:
    changed = board.silent != silent
    board.silent = silent
    board.revision += changed
    return changed
