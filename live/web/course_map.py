"""The loop with the leaders and the followed teams on it, measured or estimated, and the same as text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from live.heads import head_of
from live.programme import Course
from live.web.course_shape import at, path
from live.web.listing import among_head, row_view
from live.web.pages import answer, language_of, problem, race_view, render, tongue
from live.web.rows import crossed_text, point_text
from live.web.state import of

DOTS: Final = 20
"""At most so many teams are drawn."""
SIDE: Final = 288
"""The picture's side in pixels: it fits the smallest phone, and dots move in its pixels."""
HALF: Final = (112, 112)
"""How far the course reaches from the middle: dots and names have the rest."""
MIDDLE: Final = (SIDE // 2, SIDE // 2)


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
    shown = among_head(board, head_of(race))
    view = race_view(board, language, state.event)
    rows = [] if view.frozen else [(each, each.standing.row) for each in shown]
    on_way = [each for each, row in rows if row.status == "running" and row.time_ms is not None][:DOTS]
    context: dict[str, Any] = {
        "race": view,
        "races": [],
        "path": path(race.course, HALF, MIDDLE),
        "marks": marks(race.course, lambda point: point_text(words, point, race.course.line)),
        "list": [
            (row_view(board, state.event, language, each, now_ms), crossed_text(each.standing.row, race, words))
            for each in on_way
        ],
        "length": f"{race.course.length_m / 1000:.3g}".replace(".", "," if language != "en" else "."),
    }
    return answer(request, render(request, "map.html", "map", **context))


def marks(course: Course, name: Callable[[str], str]) -> list[Mark]:
    """Return the timing points of the course; `name` says a point's id in words.

    Names stand inside of a ring, where there is room for them on a phone, and outside of a recorded track.
    """
    found = []
    for point in course.points:
        (x, y), (out_x, out_y) = at(course, point.at_m / course.length_m, HALF, MIDDLE)
        away = 26 if course.track else -30 if course.loop else 36
        name_x, name_y = x + away * out_x, y + away * out_y
        kept = [min(max(each, edge), SIDE - edge) for each, edge in ((name_x, 30), (name_y, 10))]
        found.append(Mark(name(point.id), *(round(each, 1) for each in (x, y, *kept))))
    return found
