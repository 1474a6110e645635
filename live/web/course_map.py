"""The loop with the leaders and the followed teams on it, measured or estimated, and the same as text."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from live.programme import Course
from live.web.listing import HEAD, is_whole, row_view
from live.web.pages import answer, language_of, problem, race_view, render, tongue
from live.web.rows import among, crossed_text, point_text
from live.web.state import of

DOTS: Final = 20
"""At most so many teams are drawn."""
SIDE: Final = 288
"""The picture's side in pixels: it fits the smallest phone, and dots move in its pixels."""
RING: Final = 112
MIDDLE: Final = SIDE // 2


@dataclass(frozen=True, slots=True)
class Mark:
    """A timing point in the picture: where it is, and where its name stands."""

    name: str
    x: float
    y: float
    name_x: float
    name_y: float


async def course_map(request: Request) -> Response:
    """GET /{l}/r/{race}/map: the course, the teams on it, and where each was seen last and is expected next."""
    state, language = of(request), language_of(request)
    board = state.boards.by_race.get(request.path_params["race"])
    if board is None or not board.race.ranked:
        return problem(request, 404)
    if not board.complete:
        return problem(request, 503)
    race, words, now_ms = board.race, tongue(language).words, state.now_ms()
    standings = board.standings(None if is_whole(race) else HEAD)
    shown = among(standings, race.course.line, more=board.count() > len(standings))
    view = race_view(board, language, state.event)
    rows = [] if view.frozen else [(each, each.standing.row) for each in shown]
    on_way = [each for each, row in rows if row.status == "running" and row.time_ms is not None][:DOTS]
    context: dict[str, Any] = {
        "race": view,
        "races": [],
        "path": path(race.course),
        "marks": marks(race.course, lambda point: point_text(words, point, race.course.line)),
        "list": [
            (row_view(board, state.event, language, each, now_ms), crossed_text(each.standing.row, race, words))
            for each in on_way
        ],
        "length": f"{race.course.length_m / 1000:.3g}".replace(".", "," if language != "en" else "."),
    }
    return answer(request, render(request, "map.html", "map", **context))


def path(course: Course) -> str:
    """Return the course as the path of an SVG: a ring, clockwise from the line on top; a road from left to right."""
    if not course.loop:
        return f"M{MIDDLE - RING} {MIDDLE}H{MIDDLE + RING}"
    top, bottom = MIDDLE - RING, MIDDLE + RING
    return f"M{MIDDLE} {top}A{RING} {RING} 0 0 1 {MIDDLE} {bottom}A{RING} {RING} 0 0 1 {MIDDLE} {top}"


def marks(course: Course, name: Callable[[str], str]) -> list[Mark]:
    """Return the timing points of the course; `name` says a point's id in words."""
    found = []
    for point in course.points:
        part = point.at_m / course.length_m
        if course.loop:
            x, y = sin(2 * pi * part), -cos(2 * pi * part)
            ways = [MIDDLE + round(each * by, 1) for by in (RING, RING - 30) for each in (x, y)]
        else:
            x = MIDDLE - RING + 2 * RING * part
            ways = [x, MIDDLE, x, MIDDLE + 36]
        found.append(Mark(name(point.id), *ways))
    return found
