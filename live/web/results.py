"""The list of results as files: one rendering for the API, for `live export`, for whoever prints."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from live import wire
from live.boards import RaceBoard, Standing, state_members
from live.messages import BoardHead
from live.programme import Entry
from live.times import format_time

FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
"""The formats there are, with their media types."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell instead of showing it."""


@dataclass(frozen=True, slots=True)
class Results:
    """One race's list at one version."""

    board: RaceBoard
    head: BoardHead
    standings: list[Standing]


def results_of(board: RaceBoard, only: Callable[[Entry], bool] | None = None) -> Results:
    """Return the list as the board has it now, places and gaps among those that `only` lets through.

    Raises:
        ValueError: the board's head was not heard yet.
    """
    if board.head is None:
        raise ValueError(f"the board of {board.race.id} was not heard yet")
    return Results(board, board.head, board.standings(only=only))


def render(results: Results, form: str) -> bytes:
    """Return the list in one of FORMATS."""
    return as_csv(results) if form == "csv" else as_json(results)


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
        "count": len(results.standings),
        "results": [_row(standing) for standing in results.standings],
    }
    return wire.to_json(members)


def _row(standing: Standing) -> dict[str, Any]:
    row, entry = standing.row, standing.entry
    return {
        "place": standing.place,
        "bib": row.bib,
        "team": entry.team,
        "company": entry.company,
        "category": entry.category,
        "status": row.status,
        "laps": row.laps,
        "time": "" if row.time_ms is None else format_time(row.time_ms),
        "time_ms": row.time_ms,
        "gap_ms": standing.gap_ms,
        "lap_times_ms": list(row.lap_times_ms),
        "quality": row.quality,
    }


def as_csv(results: Results) -> bytes:
    """Return the list as CSV (RFC 4180, UTF-8): the contract's columns, with one for each lap of the race.

    Of a timed race, one for each lap that somebody ended.
    """
    ended = max((len(standing.row.lap_times_ms) for standing in results.standings), default=0)
    laps = max(ended, results.head.laps_total or 0)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*_FIRST, *(f"lap{lap}_ms" for lap in range(1, laps + 1)), "quality", "state", "version"])
    for standing in results.standings:
        members = _row(standing)
        lap_times = members["lap_times_ms"] + [""] * (laps - len(members["lap_times_ms"]))
        last = [members["quality"], results.head.state, results.head.version]
        writer.writerow([_cell(members[column]) for column in _FIRST] + lap_times + last)
    return out.getvalue().encode()


_FIRST = ("place", "bib", "team", "company", "category", "status", "laps", "time", "time_ms", "gap_ms")


def _cell(value: str | int | None) -> str | int:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
