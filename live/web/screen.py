"""The big screen: the first teams, a zone that pages through all others, the last crossings, the address."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from live.boards import RaceBoard
from live.times import format_time
from live.web.listing import HEAD, is_whole, row_view
from live.web.pages import language_of, main_race, page, problem, race_view, tongue
from live.web.rows import among, crossed_text, latest
from live.web.state import of

ROWS_FROM_DISTANCE: Final = ((14, 10), (20, 7), (28, 5))
"""Up to so many times the picture's height away, so many rows can be read (ux.md, 7)."""

FEWEST, MOST = 3, 16
CROSSINGS: Final = 5


async def screen(request: Request) -> Response:
    """GET /screen/{name}: the board of the main race, or of `?race=`; `?rows=`, `?distance=`, `?height=`, `?theme=`."""
    state, asked = of(request), request.query_params
    board = state.boards.by_race.get(asked.get("race", main_race(state.event).id))
    if board is None or not board.race.ranked:
        return problem(request, 404)
    if not board.complete:
        return problem(request, 503)
    theme = "light" if asked.get("theme") == "light" else "dark"
    context = {**_context(request, board, rows(asked)), "theme": theme}
    return page(request, "screen.html", "screen", **context)


def rows(asked: Mapping[str, str]) -> int:
    """Return how many rows the screen has: as asked, or as many as can be read from the distance, both in metres."""
    if (wanted := _number(asked.get("rows"))) is not None:
        return min(max(round(wanted), FEWEST), MOST)
    distance, height = _number(asked.get("distance")), _number(asked.get("height"))
    if distance is None or not height:
        return ROWS_FROM_DISTANCE[0][1]
    return next((n for times, n in ROWS_FROM_DISTANCE if distance <= times * height), FEWEST)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 < number < 1_000_000 else None


def _context(request: Request, board: RaceBoard, top: int) -> dict[str, Any]:
    state, language, race = of(request), language_of(request), board.race
    standings = board.standings(None if is_whole(race) else HEAD)
    shown = [
        row_view(board, state.event, language, each, state.now_ms())
        for each in among(standings, race.course.line, more=board.count() > len(standings))
    ]
    rest = shown[top : 2 * top]
    words = tongue(language).words
    crossed = [
        {
            "bib": each.row.bib,
            "team": each.entry.team,
            "crossed": crossed_text(each.row, race, words),
            "time": format_time(each.row.time_ms or 0),
        }
        for each in latest(standings, CROSSINGS)
    ]
    base = f"{state.settings.origin}/" if state.settings.origin else str(request.base_url)
    return {
        "race": race_view(board, language, state.event),
        "top": top,
        "list": shown[:top],
        "rest": rest,
        "range": f"{top + 1}-{top + len(rest)} / {board.count()}" if rest else "",
        "crossed": crossed,
        "address": urlsplit(base).netloc,
        "qr": qr(base),
    }


def qr(address: str) -> Markup:
    """Return the QR code of an address as SVG; black on white in every theme, or phones do not read it."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=2, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None))
