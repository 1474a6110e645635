"""Pictures for the video mixer, transparent and right from the first frame; and the lap number at the line."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from live.boards import RaceBoard
from live.heads import head_of
from live.times import SECOND_MS, format_time
from live.web.answers import NoAnswer, Refused
from live.web.asking import board_of
from live.web.listing import among_head, row_view
from live.web.pages import language_of, main_race, page, problem, race_view, tongue
from live.web.rows import crossed_text, latest, place_text
from live.web.state import WebState, of

KINDS: Final = ("clock", "tower", "arrival", "ticker")
TOWER: Final = 10
MOST_DELAY_S: Final = 120
"""More than any encoder and any satellite."""


async def overlay(request: Request) -> Response:
    """GET /overlay/{kind}: one graphic on nothing, 1920 × 1080; `?delay=` in seconds, `?lang=`, `?race=`."""
    state, kind = of(request), request.path_params["kind"]
    board = state.boards.by_race.get(request.query_params.get("race", main_race(state.event).id))
    if kind not in KINDS or board is None or not board.race.ranked:
        return problem(request, 404)
    delay_s = _delay_s(request.query_params.get("delay", ""))
    shown = await _delayed(state, board, delay_s) if board.complete else None
    if shown is None:
        return _nothing(request)
    return _fresh(page(request, "overlay.html", "overlay", kind=kind, delay=delay_s, **_context(request, shown)))


async def line(request: Request) -> Response:
    """GET /line: the lap that the team at the line begins (T105); `?race=`, `?lang=`, `?theme=`."""
    state, asked = of(request), request.query_params
    board = state.boards.by_race.get(asked.get("race", main_race(state.event).id))
    if board is None or not board.race.ranked:
        return problem(request, 404)
    if not board.complete:
        return _nothing(request)
    theme = "light" if asked.get("theme") == "light" else "dark"
    race = race_view(board, language_of(request), state.event)
    return _fresh(page(request, "line.html", "line", theme=theme, race=race, delay=0))


def _delay_s(text: str) -> int:
    return min(int(text), MOST_DELAY_S) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


async def _delayed(state: WebState, board: RaceBoard, delay_s: int) -> RaceBoard | None:
    """Return the board as it was known so long ago; None where it cannot be had: a picture must not run ahead."""
    if not delay_s or (board.head is not None and board.head.frozen):
        return board
    at_ms = state.now_ms() - delay_s * SECOND_MS
    try:
        return board_of(board.race, await state.ask("board_at", race=board.race.id, at_ms=str(at_ms), known="1"))
    except (NoAnswer, Refused):
        return None


def _nothing(request: Request) -> Response:
    """Answer while nothing is known: an empty picture that tries again, since a mixer shows whatever it gets."""
    return _fresh(page(request, "overlay_empty.html", "overlay", 503))


def _fresh(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _context(request: Request, board: RaceBoard) -> dict[str, Any]:
    state, language, race = of(request), language_of(request), board.race
    among_all = among_head(board, head_of(race))
    tenths = {each.standing.row.bib: each.tenths for each in among_all}
    shown = [row_view(board, state.event, language, each, state.now_ms()) for each in among_all]
    return {
        "race": race_view(board, language, state.event),
        "list": shown[:TOWER],
        "rest": shown[TOWER:],
        "last": [
            {
                "bib": each.row.bib,
                "team": each.entry.team,
                "crossed": crossed_text(each.row, race, tongue(language).words),
                "time": format_time(each.row.time_ms or 0, tenths=tenths[each.row.bib]),
                "place": "" if each.place is None else place_text(tongue(language).words, each.place),
            }
            for each in latest([each.standing for each in among_all], 1)
        ],
    }
