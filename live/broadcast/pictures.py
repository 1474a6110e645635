"""What a page holds of a board, and the difference between two such pictures. Pure.

A page applies a difference by one rule: take the named rows out, put them back in ascending index, write the places,
and cut the list to the head's length where only a head is streamed. `changes` holds itself to that rule.
"""

from dataclasses import dataclass, replace
from operator import is_
from zlib import crc32

from live.boards import RaceBoard, Standing, gap
from live.heads import HEAD, head_of, is_whole
from live.messages.boards import BoardHead, Forecast, Row

FORECAST_MOVED_MS = 5_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A board as pages hold it: its head and the rows that are streamed, in order. `count` is how many rows exist.

    `close_below` says that the last of them is `close` to the first that is not streamed.
    """

    head: BoardHead
    rows: tuple[Row, ...]
    places: tuple[int | None, ...]
    count: int
    close_below: bool = False

    def shows_the_same(self, other: "Picture") -> bool:
        """Rows and places are those of the other; version and age may differ."""
        mine, theirs = (self.rows, self.places, self.close_below), (other.rows, other.places, other.close_below)
        return mine == theirs

    @property
    def check(self) -> int:
        """The CRC-32 of the bibs in the order of the list, joined by commas: a page that differs has drifted."""
        return crc32(",".join(row.bib for row in self.rows).encode())


@dataclass(frozen=True, slots=True)
class Changes:
    """How to get from one picture to another: rows with news of their own at their index, places of those pushed."""

    named: tuple[tuple[int, Standing], ...]
    places: tuple[tuple[str, int | None], ...]


def take(board: RaceBoard, before: Picture | None) -> Picture:
    """Return the board's picture; a row that tells nothing new since `before` stays as it was told.

    Raises:
        ValueError: the board's head was not heard yet.
    """
    if board.head is None:
        raise ValueError(f"the board of {board.race.id} was not heard yet")
    standings, close_below = board.head_of(head_of(board.race))
    told = {row.bib: row for row in before.rows} if before else {}
    rows = tuple(_as_told(told.get(standing.row.bib), standing.row) for standing in standings)
    places = tuple(standing.place for standing in standings)
    if before and len(rows) == len(before.rows) and all(map(is_, rows, before.rows)) and places == before.places:
        rows, places = before.rows, before.places  # hundreds of pictures are kept; alike ones share what they show
    return Picture(board.head, rows, places, board.count(), close_below)


def standings(picture: Picture, board: RaceBoard) -> list[Standing]:
    """Return the picture's rows as standings."""
    return [_standing(picture, board, index) for index in range(len(picture.rows))]


def changes(old: Picture, new: Picture, board: RaceBoard) -> Changes | None:
    """Return what makes a page that holds `old` hold `new`, or None where only the whole board can.

    `board` is asked for rows that left the head by news of their own: they are named at their index beyond it. Rows
    that were merely pushed out of the head are not named; the page cuts its list.
    """
    if old.head.journal != new.head.journal:
        return None
    before = {row.bib: (row, place) for row, place in zip(old.rows, old.places, strict=True)}
    named: list[tuple[int, Standing]] = []
    places: list[tuple[str, int | None]] = []
    stay: list[str] = []
    for index, (row, place) in enumerate(zip(new.rows, new.places, strict=True)):
        was = before.pop(row.bib, None)
        if was is None or tells(was[0], row):
            named.append((index, _standing(new, board, index)))
            continue
        stay.append(row.bib)
        if was[1] != place:
            places.append((row.bib, place))
    gone = [bib for bib, (row, _) in before.items() if bib in board.rows and tells(row, board.rows[bib])]
    named += [(board.index(bib), board.standing(bib)) for bib in sorted(gone, key=board.index)]
    return Changes(tuple(named), tuple(places)) if _fits(old, new, board, named, stay) else None


def tells(old: Row, new: Row) -> bool:
    """Whether the row has news: anything but a forecast that moved by no more than 5 s and a quarter of its error."""
    if old is new:
        return False
    otherwise_as_old = replace(new, version=old.version, next=old.next, finish=old.finish)
    return otherwise_as_old != old or _moved(old.next, new.next) or _moved(old.finish, new.finish)


def _moved(old: Forecast | None, new: Forecast | None) -> bool:
    if old is None or new is None:
        return old is not new
    by_ms = abs(new.at_ms - old.at_ms)
    return old.point != new.point or by_ms > FORECAST_MOVED_MS or by_ms * 4 > new.error_ms


def _as_told(told: Row | None, row: Row) -> Row:
    return row if told is None or tells(told, row) else told


def _standing(picture: Picture, board: RaceBoard, index: int) -> Standing:
    row, place = picture.rows[index], picture.places[index]
    entry = board.race.by_bib[row.bib]
    if place is None:
        return Standing(None, None, 0, row, entry)
    first = next(row for row in picture.rows if row.placed)
    return Standing(place, *gap(first, row), row, entry)


def _fits(old: Picture, new: Picture, board: RaceBoard, named: list[tuple[int, Standing]], stay: list[str]) -> bool:
    """The rows that are not named keep their order, and those that fall away are cut off at the end."""
    bibs = {standing.row.bib for _, standing in named}
    rest = [row.bib for row in old.rows if row.bib not in bibs]
    if is_whole(board.race):
        return rest == stay
    return rest[: len(stay)] == stay and len(new.rows) >= HEAD
