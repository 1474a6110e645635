"""The public API: JSON of the event, its boards, its teams."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from live import wire
from live.boards import RaceBoard, board_members
from live.programme import Entry, Event, code
from live.web.problems import Problem
from live.web.state import WebState, of

JSON = "application/json"
MAX_HEAD = 100_000


def asked_race(request: Request) -> RaceBoard:
    """Return the board of the race in the address.

    Raises:
        Problem: 404, naming the races there are.
    """
    boards = of(request).boards.by_race
    board = boards.get(request.path_params["race"])
    if board is None:
        raise Problem(404, f"no race {request.path_params['race']!r} in this event", {"races": list(boards)})
    return board


def shown_board(request: Request) -> RaceBoard:
    """Return the board of the race in the address, once it was heard whole.

    Raises:
        Problem: 404 for an unknown race, 503 while the board is not there yet.
    """
    board = asked_race(request)
    if not board.complete:
        raise Problem(503, "the board of this race has not arrived yet", Retry_After="2")
    return board


async def event(request: Request) -> Response:
    """GET /api/v1/event: the event, its races, courses, languages."""
    state = of(request)
    return Response(wire.to_json(event_members(state)), media_type=JSON)


def event_members(state: WebState) -> dict[str, object]:
    """Return the event as the public may know it: no entries, no names."""
    event = state.event
    return {"event": _event_itself(event), "races": [_race(board) for board in state.boards.by_race.values()]}


def _event_itself(event: Event) -> dict[str, object]:
    members = ("id", "name", "place", "timezone", "languages", "clock")
    return {name: getattr(event, name) for name in members}


def _race(board: RaceBoard) -> dict[str, object]:
    race, head = board.race, board.head
    return {"race": race.id, "name": race.name, "state": head.state if head else "planned"}


async def standings(request: Request) -> Response:
    """GET …/standings: the board now, filtered and cut as asked."""
    board = shown_board(request)
    head = whole(request.query_params, "head", 1, MAX_HEAD)
    only = asked_filter(request.query_params)
    body = wire.to_json(board_members(board, board.standings(head, only), board.count(only)))
    return Response(body, media_type=JSON)


def asked_filter(asked: Mapping[str, str]) -> Callable[[Entry], bool] | None:
    """Return which entries `category` and `sex` let through; None for all."""
    category, sex = asked.get("category"), asked.get("sex")
    if sex is not None and code(sex) not in ("F", "M", "X"):
        raise Problem(422, f"sex={sex}: F, M or X")
    if category is None and sex is None:
        return None
    return lambda entry: (category is None or entry.category == category) and (sex is None or entry.sex == code(sex))


def whole(asked: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """Return a whole number of the query, None where it is not asked.

    Raises:
        Problem: 422, it is none, or out of range.
    """
    text = asked.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 16 and least <= int(text) <= most):
        raise Problem(422, f"{name}={text}: a whole number from {least} to {most}")
    return int(text)
