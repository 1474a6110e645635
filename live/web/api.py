"""The public API: JSON of the event, its boards, its teams, its results."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import asdict
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from live.board_members import board_members, state_members
from live.boards import LapRow, RaceBoard, lap_chart
from live.honours import CompanyStanding, company_ranking, fastest
from live.programme import Course, Event
from live.strict_json import to_json
from live.walkers import count_walkers
from live.web import asyncapi, openapi
from live.web.asking import (
    asked_entry,
    asked_filter,
    asked_race,
    board_of,
    by_official,
    official_or_speaker,
    shown_board,
    true_board,
    whole,
)
from live.web.files import FORMATS, SLOW, render
from live.web.languages import offered, pick
from live.web.problems import Problem
from live.web.reasons import Reasons
from live.web.representation import no_store
from live.web.results import results_of
from live.web.state import WebState, of
from live.web.typeset import MOST

MAX_HEAD = 100_000
SHARED = "public, max-age=0, s-maxage=1"
"""Phones ask each time, and are told 304; a cache in front may answer for a second, and so carries any number."""

LARGE = 2_000
"""Rows from which a board is rendered in a thread: 50,000 take a third of a second."""
MAX_AT_MS = 253_402_300_800_000
"""The end of the year 9999."""


def answer(body: bytes, media_type: str = "application/json", **headers: str) -> Response:
    """Return an answer to GET; ETag and compression are added around it (see `representation`)."""
    return Response(body, 200, {name.replace("_", "-"): text for name, text in headers.items()}, media_type)


async def event(request: Request) -> Response:
    """GET /api/v1/event: the event, its races, courses, languages."""
    state = of(request)
    stamp = tuple(board.revision for board in state.boards.by_race.values())
    return answer(state.rendered.get("event", stamp, lambda: to_json(event_members(state))))


def event_members(state: WebState) -> dict[str, Any]:
    """Return the event as the public may know it: no entries, no names."""
    return {
        "event": _event_itself(state.event),
        "races": [_race_members(board) for board in state.boards.by_race.values()],
        "courses": [_course_members(course) for course in state.event.courses],
    }


def _event_itself(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "name": event.name,
        "place": event.place,
        "timezone": event.timezone,
        "languages": list(event.languages),
        "clock": event.clock,
    }


def _race_members(board: RaceBoard) -> dict[str, Any]:
    race, head = board.race, board.head
    return {
        "race": race.id,
        "name": race.name,
        "state": head.state if head else "planned",
        "frozen": head.frozen if head else False,
        **(state_members(head) if head else {}),
        "version": board.version,
        "laps_total": race.laps_total,
        "entries": len(race.entries),
        "course": race.course.id,
        "ranked": race.ranked,
        "start_ms": race.start_ms,
        "legs": [list(runners) for runners in race.legs],
        "categories": sorted({entry.category for entry in race.entries if entry.category}),
    }


def _course_members(course: Course) -> dict[str, Any]:
    points = [{"id": point.id, "at_m": point.at_m} for point in course.points]
    return {"id": course.id, "length_m": course.length_m, "loop": course.loop, "points": points}


async def standings(request: Request) -> Response:
    """GET …/standings: the board now, or as it stood at an instant; filtered and cut as asked."""
    asked = request.query_params
    at_ms = whole(asked, "at_ms", 0, MAX_AT_MS)
    known = whole(asked, "known", 0, 1)
    head = whole(asked, "head", 1, MAX_HEAD)
    only = asked_filter(asked)
    if at_ms is None and known is not None:
        raise Problem(422, "known asks what was known at an instant: give at_ms too")

    def render(board: RaceBoard) -> bytes:
        standings, cut = board.head_of(head, only)
        return to_json(board_members(board, standings, board.count(only), cut))

    if at_ms is not None:
        past = await _board_at(request, at_ms, known or 0)
        body = await asyncio.to_thread(render, past) if len(past.rows) > LARGE else render(past)
        return answer(body, **_private(request))
    board = shown_board(request)
    name = ("standings", board.race.id, asked.get("category"), asked.get("sex"), head)
    return await rendered(
        request, board, name, render, head or len(board.rows), Cache_Control=SHARED, Vary="Authorization"
    )


async def rendered(
    request: Request,
    board: RaceBoard,
    name: Hashable,
    render: Callable[[RaceBoard], bytes],
    rows: int,
    media_type: str = "application/json",
    **headers: str,
) -> Response:
    """Return the board rendered; for an official, while the public is frozen, the board as it is."""
    if board.head is not None and board.head.frozen and by_official(request):
        body = await asyncio.to_thread(render, await true_board(of(request), board))
        return answer(body, media_type, **{**headers, "Cache_Control": "no-store", "Vary": "Authorization"})
    return answer(await rendered_once(request, board, name, render, rows), media_type, **headers)


async def rendered_once(
    request: Request,
    board: RaceBoard,
    name: Hashable,
    render: Callable[[RaceBoard], bytes],
    rows: int,
    now_ms: int | None = None,
) -> bytes:
    """Return the board rendered, once a revision; in a thread where it has many rows.

    What depends on the clock is rendered anew for another `now_ms`.
    """
    cache, stamp = of(request).rendered, (board.revision, now_ms)
    if rows <= LARGE:
        return cache.get(name, stamp, lambda: render(board))
    return await cache.aside(name, stamp, lambda: partial(render, board.picture()))


async def _board_at(request: Request, at_ms: int, known: int) -> RaceBoard:
    """Return a board of the past, which only the journal's keeper can compute."""
    race = asked_race(request).race
    who = {"official": "1"} if by_official(request) else {}
    return board_of(race, await of(request).ask("board_at", race=race.id, at_ms=str(at_ms), known=str(known), **who))


async def team(request: Request) -> Response:
    """GET …/teams/<bib>: one team with its laps, crossings and reasons; names as each runner allows (T91)."""
    race = asked_race(request).race
    entry = asked_entry(request, race)
    who = {"official": "1"} if by_official(request) else {}
    told = await of(request).ask("team", race=race.id, bib=entry.bib, **who)
    names = {runner.code: runner.public_name for runner in entry.runners}
    reasons = of(request).reasons
    shown = {
        **told,
        "runners": [{**each, "name": names.get(each["runner"], "")} for each in told["runners"]],
        "crossings": reasons.with_reasons(told["crossings"]),
        "doubts": reasons.with_texts(told["doubts"]),
    }
    return answer(to_json(shown), **_private(request))


def _private(request: Request) -> dict[str, str]:
    """Return the headers that keep what an official is told out of caches."""
    return {"Cache_Control": "no-store", "Vary": "Authorization"} if by_official(request) else {}


async def laps(request: Request) -> Response:
    """GET …/laps: for each lap the bibs in order with their times."""
    board = shown_board(request)
    return await rendered(request, board, ("laps", board.race.id), _laps, len(board.rows))


def _laps(board: RaceBoard) -> bytes:
    chart = [{"lap": lap, "rows": [_facts(row) for row in rows]} for lap, rows in enumerate(lap_chart(board), 1)]
    state = board.head.state if board.head else "planned"
    return to_json({"race": board.race.id, "version": board.version, "state": state, "laps": chart})


def _facts(of_list: LapRow | CompanyStanding) -> dict[str, Any]:
    """Return what is so; how a page writes its time is the page's affair."""
    return {name: value for name, value in asdict(of_list).items() if name != "tenths"}


async def honours(request: Request) -> Response:
    """GET …/honours: the ranking of companies, the fastest lap, the fastest of each leg."""
    board = shown_board(request)
    reasons = of(request).reasons
    name = ("honours", board.race.id)
    return await rendered(request, board, name, lambda it: _honours(it, reasons), len(board.rows))


def _honours(board: RaceBoard, reasons: Reasons) -> bytes:
    companies = [
        {**_facts(each), "reason": None if each.place else reasons.too_few(len(each.bibs), each.needed)}
        for each in company_ranking(board)
    ]
    best = [
        {"leg": each.leg, "lap_ms": each.lap_ms, "laps": [{"bib": bib, "lap": lap} for bib, lap in each.laps]}
        for each in fastest(board)
    ]
    state = board.head.state if board.head else "planned"
    return to_json(
        {"race": board.race.id, "version": board.version, "state": state, "companies": companies, "fastest": best}
    )


async def walk(request: Request) -> Response:
    """GET …/walk: how many set out, are back, are still out; an official is told the bibs of those still out."""
    asks_officially = "Authorization" in request.headers and official_or_speaker(request)[1] == "official"
    board = shown_board(request)
    if asks_officially:
        board = await true_board(of(request), board)
        return no_store({**_walk_members(board), "bibs_out": count_walkers(board).still_out})
    name = ("walk", board.race.id)
    return await rendered(request, board, name, lambda it: to_json(_walk_members(it)), 0, Vary="Authorization")


def _walk_members(board: RaceBoard) -> dict[str, Any]:
    count = count_walkers(board)
    state = board.head.state if board.head else "planned"
    members = {"race": board.race.id, "version": board.version, "state": state, **asdict(count)}
    return {**members, "still_out": len(count.still_out)}


async def results(request: Request) -> Response:
    """GET …/results.<format>: the list, saying whether it is provisional or official; in words as `lang` says."""
    form, asked = request.path_params["format"], request.query_params
    if form not in FORMATS:
        raise Problem(404, f"no results as {form!r}", {"formats": list(FORMATS)})
    only, state, board = asked_filter(asked), of(request), shown_board(request)
    language = pick(offered(state.event.languages), asked.get("lang"), None)
    category, origin = asked.get("category", ""), state.settings.origin
    if form == "pdf" and (rows := board.count(only)) > MOST:
        raise Problem(422, f"a PDF holds {MOST} rows at most, this list has {rows}: ask for a category, CSV or XLSX")
    name = ("results", form, board.race.id, asked.get("category"), asked.get("sex"), language if form in SLOW else "")
    return await rendered(
        request,
        board,
        name,
        lambda it: render(results_of(it, only, category), form, state.event, language, origin),
        LARGE + 1 if form in SLOW else len(board.rows),
        FORMATS[form],
        Content_Disposition=f'attachment; filename="{board.race.id}.{form}"',
    )


async def openapi_document(request: Request) -> Response:
    """GET /api/v1/openapi.json: this API, described for programs."""
    return answer(to_json(openapi.document(of(request).event.name)))


async def asyncapi_document(request: Request) -> Response:
    """GET /api/v1/asyncapi.json: the topics and the stream, described for programs."""
    return answer(to_json(asyncapi.document(of(request).event)))
