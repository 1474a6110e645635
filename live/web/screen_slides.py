"""The slides of a screen that the server paints whole: podium, companies, map, programme, message."""

import math
from typing import Any, Final

from starlette.requests import Request

from live.boards import RaceBoard
from live.honours import company_ranking
from live.programme import Course
from live.times import SECOND_MS
from live.web.course_shape import at, path
from live.web.honours_text import company_time
from live.web.pages import language_of, programme, tongue
from live.web.prizes import of_board, podium, sheet
from live.web.rows import place_text, point_text
from live.web.screen_plan import Plan
from live.web.state import WebState, of

COMPANIES: Final = 8
COMPANIES_S: Final = 10
HALF: Final = (120, 100)
"""How far the course reaches from the middle of its picture, to the sides and up and down."""
AWAY: Final = 9
"""How far the name of a point stands from it."""


async def slide_context(request: Request, plan: Plan) -> dict[str, Any]:
    """Return what the slide's template needs, and nothing of what the public may not see."""
    state, language = of(request), language_of(request)
    made: dict[str, Any] = {
        "podium": None,
        "companies": [],
        "company_range": "",
        "programme": [],
        "text": "",
    }
    if plan.slide == "podium":
        made["podium"] = await _podium(state, plan, language)
    elif plan.slide == "companies":
        made |= _companies(state, plan.board, language)
    elif plan.slide == "programme":
        made["programme"] = programme(state.event)
    elif plan.slide == "message":
        made["text"] = _message(state, request, language)
    made["points"] = points(plan.board.race.course, language)
    made["course_path"] = path(plan.board.race.course, HALF)
    return made


async def _podium(state: WebState, plan: Plan, language: str) -> dict[str, Any] | None:
    """The prize with its places: those that were read out or, once the result is public, all.

    A place that nobody holds, since it is shared above or nobody came in, has its step until all are out: without
    it a wall would tell of a tie before the speaker does.
    """
    board, prize = plan.board, plan.board.race.prizes[plan.number - 1]
    unveiled = state.shown.unveiled.get(board.race.id)
    on_stage = unveiled is not None and unveiled.prize == plan.number
    if on_stage and unveiled is not None:
        winners = await podium(state, board, plan.number) if unveiled.places else []
        shown = [each for each in winners if each["place"] in unveiled.places]
    else:
        told = await of_board(board, lambda it: sheet(it, ()))
        shown = told["prizes"][plan.number - 1]["winners"]
        winners = shown
    words, out = tongue(language).words, {each["place"] for each in shown}
    whole = out == {each["place"] for each in winners} and bool(out)
    last = max([prize.places, *out])
    return {
        "prize": plan.number,
        "name": prize.name.get(language) or next(iter(prize.name.values()), ""),
        "places": [
            {
                "place": place,
                "text": place_text(words, place),
                "winners": [each for each in shown if each["place"] == place],
            }
            for place in range(1, last + 1)
            if place in out or not whole
        ],
    }


def _companies(state: WebState, board: RaceBoard, language: str) -> dict[str, Any]:
    ranked = company_ranking(board)
    pages = max(1, math.ceil(len(ranked) / COMPANIES))
    first = COMPANIES * (state.wall_ms() // (COMPANIES_S * SECOND_MS) % pages)
    listed, t = ranked[first : first + COMPANIES], tongue(language).catalogue
    rows = [
        {
            "place": "" if each.place is None else each.place,
            "company": each.company,
            "teams": t.ngettext("{n} team", "{n} teams", each.teams).format(n=each.teams),
            "time": "" if each.place is None else company_time(board, each, language),
        }
        for each in listed
    ]
    paged = f"{first + 1}-{first + len(listed)} / {len(ranked)}" if pages > 1 else ""
    return {"companies": rows, "company_range": paged}


def _message(state: WebState, request: Request, language: str) -> str:
    shows = state.shown.screens.get(request.path_params["name"].lower())
    text = shows.text if shows else {}
    return text.get(language) or next(iter(text.values()), "")


def points(course: Course, language: str) -> list[dict[str, Any]]:
    """Return the timing points in the picture of the course, each with where its name stands outside of it."""
    words, found = tongue(language).words, []
    for each in course.points:
        part = each.at_m / course.length_m if course.length_m else 0
        (x, y), (out_x, out_y) = at(course, part, HALF)
        name_x, name_y = x + AWAY * out_x, y + AWAY * out_y
        name = point_text(words, each.id, course.line)
        side = "middle" if abs(out_x) < 0.2 else "start" if out_x > 0 else "end"
        base = "auto" if out_y < -0.9 else "hanging" if out_y > 0.9 else "middle"
        spot = {"x": round(x, 1), "y": round(y, 1), "name_x": round(name_x, 1), "name_y": round(name_y, 1)}
        found.append({"name": name, **spot, "side": side, "base": base})
    return found
