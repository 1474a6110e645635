"""The list of results, and its files for programs: CSV and JSON. `files` has the others."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from live.board_members import first_members, state_members
from live.boards import RaceBoard
from live.messages.boards import BoardHead
from live.programme import Entry
from live.strict_json import to_json
from live.times import format_time
from live.web.rows import Shown, among

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell instead of showing it."""


@dataclass(frozen=True, slots=True)
class Results:
    """One race's list at one version; `category` where it is that of one only."""

    board: RaceBoard
    head: BoardHead
    shown: list[Shown]
    category: str = ""

    @property
    def laps(self) -> int:
        """How many laps have a column: those of the race; of a timed race, as many as somebody ended."""
        ended = max((len(each.standing.row.lap_times_ms) for each in self.shown), default=0)
        return max(ended, self.head.laps_total or 0)


def results_of(board: RaceBoard, only: Callable[[Entry], bool] | None = None, category: str = "") -> Results:
    """Return the list as the board has it now, places and gaps among those that `only` lets through.

    Raises:
        ValueError: the board's head was not heard yet.
    """
    if board.head is None:
        raise ValueError(f"the board of {board.race.id} was not heard yet")
    return Results(board, board.head, among(board.standings(only=only), board.race.course.line), category)


def as_json(results: Results) -> bytes:
    """Return the list as JSON."""
    head, race = results.head, results.board.race
    members = {
        "race": race.id,
        "name": race.name,
        "version": head.version,
        "state": head.state,
        "frozen": head.frozen,
        **state_members(head),
        "as_of_ms": head.as_of_ms,
        "laps_total": head.laps_total,
        "count": len(results.shown),
        "results": [row_members(each) for each in results.shown],
    }
    return to_json(members)


def diplomas_out(board: RaceBoard) -> bool:
    """Whether teams with a place have their diploma: the result is official, and the public may see it."""
    return board.head is not None and board.head.state == "official" and not board.head.frozen


def row_members(shown: Shown) -> dict[str, Any]:
    """Return one row; its `time` is the text that page and paper show too (T107)."""
    standing, row = shown.standing, shown.standing.row
    return {
        **first_members(standing),
        "time": "" if row.time_ms is None else format_time(row.time_ms, tenths=shown.tenths),
        "time_ms": row.time_ms,
        "gap_ms": standing.gap_ms,
        "lap_times_ms": list(row.lap_times_ms),
        "quality": row.quality,
    }


COLUMNS = ("place", "bib", "team", "company", "category", "status", "laps", "time", "time_ms", "gap_ms")
"""The first columns of CSV and XLSX; the laps follow, then quality, state and version."""


def table(results: Results) -> list[list[str | int | None]]:
    """Return the header and the rows of CSV and XLSX: the contract's columns, with one for each lap."""
    head, laps = results.head, results.laps
    rows: list[list[str | int | None]] = [
        [*COLUMNS, *(f"lap{lap}_ms" for lap in range(1, laps + 1)), "quality", "state", "version"]
    ]
    for each in results.shown:
        members = row_members(each)
        ran = members["lap_times_ms"]
        last = [members["quality"], head.state, head.version]
        rows.append([*(members[column] for column in COLUMNS), *ran, *[None] * (laps - len(ran)), *last])
    return rows


def as_csv(results: Results) -> bytes:
    """Return the list as CSV (RFC 4180, UTF-8)."""
    out = io.StringIO()
    csv.writer(out).writerows([_cell(value) for value in row] for row in table(results))
    return out.getvalue().encode()


def _cell(value: str | int | None) -> str | int:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
