"""How much of a race a page lists: all of it, or the head of a large one, whose last row knows who comes below."""

from collections.abc import Callable
from typing import Final

from live.boards import RaceBoard
from live.programme import Entry, Race
from live.web.rows import Shown, among

WHOLE_UP_TO: Final = 400
"""Entries up to which a page lists all teams; of a larger race it lists, as the stream does, the head."""

HEAD: Final = 200
"""Rows of a larger race on a page."""


def is_whole(race: Race) -> bool:
    """Whether pages list all teams of the race."""
    return len(race.entries) <= WHOLE_UP_TO


def head_of(race: Race) -> int | None:
    """Return how many rows a page lists at most, None for all."""
    return None if is_whole(race) else HEAD


def among_head(board: RaceBoard, head: int | None, only: Callable[[Entry], bool] | None = None) -> list[Shown]:
    """Return the first `head` rows of those that `only` lets through, None for all, as `among` has them."""
    standings, close_below = board.head_of(head, only)
    return among(standings, board.race.course.line, board.count(only) > len(standings), close_below)
