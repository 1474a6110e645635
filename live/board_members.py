"""Boards in JSON, as API, stream and pages give them out."""

from collections.abc import Iterable
from typing import Any

from live.boards import RaceBoard, Standing
from live.messages.boards import BoardHead, Forecast
from live.messages.display import Notice, SilentPoint


def first_members(standing: Standing) -> dict[str, Any]:
    """Return with what a row begins, on a board and in the results: its place, who it is, how far he is."""
    row, entry = standing.row, standing.entry
    return {
        "place": standing.place,
        "bib": row.bib,
        "team": entry.team,
        "company": entry.company,
        "category": entry.category,
        "status": row.status,
        "laps": row.laps,
    }


def standing_members(standing: Standing) -> dict[str, Any]:
    """Return a standing as `contract.md` has it: one row of a board in JSON."""
    row = standing.row
    return {
        **first_members(standing),
        "point": row.point,
        "time_ms": row.time_ms,
        "at_ms": row.at_ms,
        "gap_ms": standing.gap_ms,
        "gap_laps": standing.gap_laps,
        "quality": row.quality,
        "provisional": row.provisional,
        "missing": list(row.missing),
        "doubts": list(row.doubts),
        "lap_times_ms": list(row.lap_times_ms),
        "order": list(row.order),
        "next": forecast_members(row.next),
        "finish": forecast_members(row.finish),
    }


def forecast_members(forecast: Forecast | None) -> dict[str, Any] | None:
    """Return a forecast in JSON; a finish has no `point`."""
    if forecast is None:
        return None
    point = {} if forecast.point is None else {"point": forecast.point}
    return {**point, "at_ms": forecast.at_ms, "error_ms": forecast.error_ms}


def board_members(board: RaceBoard, standings: list[Standing], count: int, cut: bool = False) -> dict[str, Any]:
    """Return a board as `contract.md` has it, in JSON, with the standings given; `cut` as in `head_members`.

    Raises:
        ValueError: the board's head was not heard yet.
    """
    if board.head is None:
        raise ValueError(f"the board of {board.race.id} was not heard yet")
    return {
        **head_members(board.head, standings, count, cut),
        "notices": [notice_members(each) for each in board.notices if not each.withdrawn],
        "silent": silent_members(board.silent),
    }


def notice_members(notice: Notice) -> dict[str, Any]:
    """Return a notice as `contract.md` has it; one that was withdrawn is over since ever."""
    until_ms = 0 if notice.withdrawn else notice.until_ms
    until = {} if until_ms is None else {"until_ms": until_ms}
    return {"id": notice.id, "text": notice.text, "level": notice.level, **until}


def silent_members(silent: Iterable[SilentPoint]) -> list[dict[str, Any]]:
    """Return silent timing points in JSON."""
    return [{"point": each.point, "since_ms": each.since_ms} for each in silent]


def state_members(head: BoardHead) -> dict[str, Any]:
    """Return what goes with a race's state: since when, until when objections are heard, which edition of when."""
    return {
        "edition": head.edition,
        "official_at_ms": head.official_at_ms,
        "provisional_since_ms": head.provisional_since_ms,
        "objections_until_ms": head.objections_until_ms,
        "frozen_since_ms": head.frozen_since_ms,
    }


def head_members(head: BoardHead, standings: list[Standing], count: int, cut: bool = False) -> dict[str, Any]:
    """Return a board with this head and these standings as `contract.md` has it, in JSON.

    `cut` says that the list ends between two that are `close`.
    """
    return {
        "race": head.race,
        "version": head.version,
        "journal": head.journal,
        "state": head.state,
        "frozen": head.frozen,
        **state_members(head),
        "as_of_ms": head.as_of_ms,
        "gun_ms": head.gun_ms,
        "laps_total": head.laps_total,
        "count": count,
        "close_below": cut,
        "standings": [standing_members(standing) for standing in standings],
    }
