"""The public API's answer to who is expected where, as of now: teams on their way, and those that are overdue."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from live.arrivals import Arrival, arrivals, position_m
from live.boards import RaceBoard
from live.strict_json import to_json
from live.times import SECOND_MS
from live.web.api import answer, rendered_once
from live.web.asking import shown_board, whole
from live.web.problems import Problem
from live.web.state import of

MOST = 1_000
USUALLY = 50


async def arriving(request: Request) -> Response:
    """GET …/arrivals: who is expected next, the earliest first; at `point` only, `limit` of them at most."""
    asked = request.query_params
    limit = whole(asked, "limit", 1, MOST) or USUALLY
    board = shown_board(request)
    points = [each.id for each in board.race.course.points]
    point = asked.get("point")
    if point is not None and point not in points:
        raise Problem(422, f"point={point}: no point of this race", {"points": points})
    now_ms = of(request).now_ms() // SECOND_MS * SECOND_MS  # so that who asks within one second shares the answer
    name = ("arrivals", board.race.id, point, limit)
    body = await rendered_once(
        request, board, name, lambda it: _told(it, now_ms, point, limit), len(board.rows), now_ms=now_ms
    )
    return answer(body)


def _told(board: RaceBoard, now_ms: int, point: str | None, limit: int) -> bytes:
    """Nothing of a board that is frozen, nor of a race without places: who is still out is for officials (T90)."""
    silent = board.head is None or board.head.frozen or not board.race.ranked
    found = [] if silent else arrivals(board, now_ms, point)[:limit]
    shown = [_members(board, each, now_ms) for each in found]
    return to_json({"race": board.race.id, "version": board.version, "as_of_ms": now_ms, "arrivals": shown})


def _members(board: RaceBoard, arrival: Arrival, now_ms: int) -> dict[str, Any]:
    return {
        "bib": arrival.bib,
        "team": board.race.by_bib[arrival.bib].team,
        "point": arrival.point,
        "lap": arrival.lap,
        "at_ms": arrival.at_ms,
        "error_ms": arrival.error_ms,
        "overdue": arrival.overdue,
        "overdue_since_ms": arrival.overdue_since_ms,
        "position_m": position_m(board.rows[arrival.bib], board.race.course, now_ms),
    }
