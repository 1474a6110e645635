"""The list of a race: its rows as pages and screens show them, whole or filtered by category and words."""

from collections.abc import Callable, Mapping
from typing import Final

from live.arrivals import late_minutes
from live.boards import RaceBoard, Standing
from live.heads import HEAD, is_whole
from live.programme import Entry, Event
from live.web.finding import fits
from live.web.pages import of_day, tongue
from live.web.rows import RowView, Shown, among, view
from live.web.words import category

NOTHING: Final[Mapping[str, str]] = {}


def only(cat: str) -> Callable[[Entry], bool] | None:
    """Return which entries a category lets through; None for all."""
    return (lambda entry: entry.category == cat) if cat else None


def among_head(board: RaceBoard, head: int | None, only: Callable[[Entry], bool] | None = None) -> list[Shown]:
    """Return the first `head` rows of those that `only` lets through, None for all, as `among` has them."""
    standings, close_below = board.head_of(head, only)
    return among(standings, board.race.course.line, board.count(only) > len(standings), close_below)


def listed(
    board: RaceBoard,
    event: Event,
    language: str,
    now_ms: int,
    cat: str = "",
    query: str = "",
    was: Mapping[str, str] = NOTHING,
) -> list[tuple[RowView, bool]]:
    """Return the rows in the order of the list, and whether the filter hides them; `was` marks those that changed.

    The hidden ones are on the page all the same, for when the script takes the filter off. Places and gaps are those
    among the rows of the category.
    """
    if not is_whole(board.race):
        return [(row, False) for row in shown_rows(board, event, language, now_ms, HEAD, cat, was)]
    overall, line = board.standings(), board.race.course.line
    inside = {each.standing.row.bib: each for each in among(board.standings(only=only(cat)), line)}
    outside = among(overall, line) if len(inside) < len(overall) else []
    shown = {each.standing.row.bib: each for each in outside} | inside
    return [
        (
            row_view(board, event, language, shown[each.row.bib], now_ms, each, was),
            each.row.bib not in inside or not fits(each.entry, query),
        )
        for each in overall
    ]


def shown_rows(
    board: RaceBoard,
    event: Event,
    language: str,
    now_ms: int,
    head: int | None = None,
    cat: str = "",
    was: Mapping[str, str] = NOTHING,
) -> list[RowView]:
    """Return the rows of a category, or all, in the order of the list, `head` of them at most."""
    shown = among_head(board, head, only(cat))
    return [row_view(board, event, language, each, now_ms, was=was) for each in shown]


def row_view(
    board: RaceBoard,
    event: Event,
    language: str,
    shown: Shown,
    now_ms: int,
    overall: Standing | None = None,
    was: Mapping[str, str] = NOTHING,
) -> RowView:
    """Return one row in words, its forecast as of `now_ms`; `was` has, by bib, how a correction marks a row."""
    speech = tongue(language)
    named = category(speech.catalogue, shown.standing.entry.category)
    late = late_minutes(board, shown.standing.row, now_ms)
    gun_ms = board.head.gun_ms if board.head else None
    mark = was.get(shown.standing.row.bib, "")
    return view(shown, board.race, speech.words, named, lambda at_ms: of_day(at_ms, event), overall, late, gun_ms, mark)
