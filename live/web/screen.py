"""The big screen: fixed zones, the view that officials chose, and what it shows in each state of the race."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from live.arrivals import Arrival, arrivals
from live.boards import RaceBoard
from live.heads import head_of
from live.programme import Event
from live.times import format_time
from live.web import assets
from live.web.listing import among_head, only, row_view
from live.web.pages import language_of, page, problem, race_view, tongue
from live.web.problems import Problem
from live.web.rows import crossed_text, latest, point_text
from live.web.screen_plan import Plan, plan_of
from live.web.screen_slides import slide_context
from live.web.screens_api import assignment
from live.web.speaker_view import countdown
from live.web.state import WebState, of

ROWS_FROM_DISTANCE: Final = ((14, 10), (20, 7), (28, 5))
"""Up to so many times the picture's height away, so many rows can be read (ux.md, 7)."""

FEWEST, MOST = 3, 16
CROSSINGS: Final = 5
EXPECTED: Final = 5
ARRIVALS: Final = 10


async def screen(request: Request) -> Response:
    """GET /screen/{name}: what officials assigned to the name; `?race=` for one that nobody assigned.

    `?rows=`, or `?distance=` and `?height=` in metres; `?safe=` in per cent, `?w=` and `?h=` in pixels, `?theme=`.
    """
    asked = request.query_params
    try:
        shows = assignment(request)
    except Problem:
        return problem(request, 404)
    plan = plan_of(of(request), shows)
    if not plan.board.complete:
        return _dark(request)
    theme = "light" if asked.get("theme") == "light" else "dark"
    context = {**await _context(request, plan, rows(asked)), "theme": theme, "screen": shows.name, "plan": plan}
    shown = page(request, "screen.html", "screen", **context)
    shown.headers["Cache-Control"] = "no-store"  # of before the power went
    return shown


def _dark(request: Request) -> Response:
    """Answer while nothing is known yet: the short address and the time, never a browser's page."""
    shown = page(request, "screen_dark.html", "screen", 503, theme="dark", address=address_of(request))
    shown.headers.update({"Cache-Control": "no-store", "Retry-After": "3"})
    return shown


def rows(asked: Mapping[str, str]) -> int:
    """Return how many rows the screen has: as asked, or as many as can be read from the distance, both in metres."""
    if (wanted := number(asked.get("rows"))) is not None:
        return min(max(round(wanted), FEWEST), MOST)
    distance, height = number(asked.get("distance")), number(asked.get("height"))
    if distance is None or not height:
        return ROWS_FROM_DISTANCE[0][1]
    return next((n for times, n in ROWS_FROM_DISTANCE if distance <= times * height), FEWEST)


def number(text: str | None) -> float | None:
    """Return a number of the query above nought, None where it is none."""
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if 0 < found < 1_000_000 else None


async def _context(request: Request, plan: Plan, top: int) -> dict[str, Any]:
    state, language, board = of(request), language_of(request), plan.board
    race, cat = board.race, plan.category
    every = among_head(board, head_of(race)) if race.ranked else []  # of a walk nobody is listed
    listed = among_head(board, head_of(race), only(cat)) if race.ranked and cat else every
    count = board.count(only(cat))
    shown = [row_view(board, state.event, language, each, state.now_ms()) for each in listed]
    rest = shown[top : 2 * top]
    tenths = {each.standing.row.bib: each.tenths for each in every}
    words = tongue(language).words
    crossed = [
        {
            "bib": each.row.bib,
            "team": each.entry.team,
            "crossed": crossed_text(each.row, race, words),
            "time": format_time(each.row.time_ms or 0, tenths=tenths[each.row.bib]),
        }
        for each in latest([each.standing for each in every], CROSSINGS)
    ]
    return {
        "race": race_view(board, language, state.event),
        "top": top,
        "list": shown[:top],
        "rest": rest,
        "range": f"{top + 1}-{top + len(rest)} / {count}" if rest else "",
        "crossed": crossed,
        "next": _next(state, board, language)[:EXPECTED],
        "arrivals": _next(state, board, language),
        "address": address_of(request),
        "sponsors": sponsors(state.event),
        **await slide_context(request, plan),
        "qr": qr(base_of(request)),
    }


def _next(state: WebState, board: RaceBoard, language: str) -> list[dict[str, Any]]:
    """Return who is expected next, as screen.js goes on to say it; nobody while the public is frozen (T90)."""
    if board.head is None or board.head.frozen or not board.race.ranked:
        return []
    now_ms = state.now_ms()
    on_time = [each for each in arrivals(board, now_ms) if not each.overdue]
    return [_expected(board, each, language, now_ms) for each in on_time[:ARRIVALS]]


def _expected(board: RaceBoard, arrival: Arrival, language: str, now_ms: int) -> dict[str, Any]:
    words, row, race = tongue(language).words, board.rows[arrival.bib], board.race
    lap = words.say("lap", n=row.laps + 1)
    point = "" if arrival.lap is not None else point_text(words, arrival.point, race.course.line)
    ends = arrival.lap is not None and arrival.lap == race.laps_total
    return {
        "bib": arrival.bib,
        "team": race.by_bib[arrival.bib].team,
        "where": words.say("finish") if ends else ", ".join(each for each in (lap, point) if each),
        "in": countdown(arrival.at_ms - now_ms) if arrival.at_ms >= now_ms else "…",
        "at_ms": arrival.at_ms,
    }


def base_of(request: Request) -> str:
    """Return the address of the front page, as people type it."""
    origin = of(request).settings.origin
    return f"{origin}/" if origin else str(request.base_url)


def address_of(request: Request) -> str:
    """Return the short address that a wall shows."""
    return urlsplit(base_of(request)).netloc


def sponsors(event: Event) -> list[dict[str, str]]:
    """Return who is thanked, in the order of the event file."""
    return [
        {"name": each.name, "url": sponsor_url(number, each.picture) if each.picture else ""}
        for number, each in enumerate(event.sponsors)
    ]


def sponsor_url(number: int, picture: bytes) -> str:
    """Return where a sponsor's picture is; the address changes with the picture."""
    return f"/sponsors/{number}?v={assets.digest(picture)}"


async def sponsor(request: Request) -> Response:
    """GET /sponsors/{number}: a sponsor's picture."""
    number, listed = request.path_params["number"], of(request).event.sponsors
    if number >= len(listed) or not listed[number].picture:
        return Response("no such picture\n", 404, media_type="text/plain")
    current = request.query_params.get("v") == assets.digest(listed[number].picture)
    headers = {"Cache-Control": assets.YEAR if current else "no-cache"}
    return Response(listed[number].picture, headers=headers, media_type=listed[number].kind)


def qr(address: str) -> Markup:
    """Return the QR code of an address as SVG; black on white in every theme, or phones do not read it."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=2, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None))
