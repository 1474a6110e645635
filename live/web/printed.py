"""The addresses of paper: start list, results, the speaker's prize sheet, bibs, diplomas. `?race=` and `?lang=` choose.

Made in a thread, once for each state of a board. Of a frozen race the public's papers show the freeze (T90). Prize
sheet and bibs are for who is signed in, or sends a token: the one is not public, the other is the organiser's work.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from live.boards import RaceBoard
from live.programme import code
from live.web import session
from live.web.api import LARGE, answer, rendered, rendered_once
from live.web.asking import official_or_speaker, true_board
from live.web.pages import language_of, main_race, page, problem, tongue
from live.web.paper_lists import results_pdf, startlist_pdf
from live.web.paper_sheets import bibs_pdf, diploma_pdf, prizes_pdf
from live.web.prizes import given_in, sheet
from live.web.results import diplomas_out, results_of
from live.web.state import of
from live.web.typeset import MOST

PDF: Final = "application/pdf"


async def startlist(request: Request) -> Response:
    """GET /print/startlist.pdf."""
    state, language = of(request), language_of(request)
    return await _list(request, lambda it: startlist_pdf(it, state.event, language, state.settings.origin))


async def results(request: Request) -> Response:
    """GET /print/results.pdf: the same as the API's."""
    state, language = of(request), language_of(request)
    return await _list(request, lambda it: results_pdf(results_of(it), state.event, language, state.settings.origin))


async def _list(request: Request, make: Callable[[RaceBoard], bytes]) -> Response:
    board = _board(request)
    if isinstance(board, Response):
        return board
    if len(board.rows) > MOST:
        return _too_long(request, len(board.rows))
    name = ("print", request.url.path, board.race.id, language_of(request))
    return await rendered(request, board, name, make, LARGE + 1, PDF)


async def prizes(request: Request) -> Response:
    """GET /print/prizes.pdf: a page for each prize, from the last place to the first; officials and speaker only."""
    if asked := _asked(request):
        return asked
    board = _board(request)
    if isinstance(board, Response):
        return board
    state, language = of(request), language_of(request)
    board = await true_board(state, board)
    said = sheet(board, await given_in(state, board.race))
    body = await asyncio.to_thread(prizes_pdf, board.picture(), said, state.event, language)
    return answer(body, PDF, Cache_Control="no-store")


async def bibs(request: Request) -> Response:
    """GET /print/bibs.pdf[?bib=]: one for each runner, two on a page, with the code that leads to the team.

    For officials and speaker only: of a whole field it is a long work, and nobody else has use for it.
    """
    if asked := _asked(request):
        return asked
    board = _board(request)
    if isinstance(board, Response):
        return board
    state, language, race = of(request), language_of(request), board.race
    bib = request.query_params.get("bib")
    if bib is not None and code(bib) not in race.by_bib:
        return problem(request, 404, code(bib))
    entries = race.entries if bib is None else (race.by_bib[code(bib)],)
    if (runners := sum(len(each.runners) for each in entries)) > MOST:
        return _too_long(request, runners)
    base = state.settings.origin or str(request.base_url).rstrip("/")
    name = ("bibs", race.id, language, base, bib and code(bib))
    body = await state.rendered.aside(name, 0, lambda: lambda: bibs_pdf(entries, race, state.event, language, base))
    return answer(body, PDF, Cache_Control="no-store")


async def diploma(request: Request) -> Response:
    """GET /print/diploma/{bib}.pdf: of the team, then of each runner; once the result is official."""
    board = _board(request)
    if isinstance(board, Response):
        return board
    state, language, bib = of(request), language_of(request), code(request.path_params["bib"])
    if bib not in board.rows:
        return problem(request, 404, bib)
    if not diplomas_out(board) or board.standing(bib).place is None:
        return _not_yet(request)
    name = ("diploma", board.race.id, bib, language)
    body = await rendered_once(request, board, name, lambda it: diploma_pdf(it, bib, state.event, language), LARGE + 1)
    return answer(body, PDF)


def _asked(request: Request) -> Response | None:
    """Return the form that asks a browser for a token where it carries none.

    Raises:
        Problem: 401, a program carries none.
    """
    if session.signed_in(request) is None and "text/html" in request.headers.get("Accept", ""):
        return session.ask(request, f"{request.url.path}?{request.url.query}")
    official_or_speaker(request)
    return None


def _not_yet(request: Request) -> Response:
    t = tongue(language_of(request)).catalogue
    explained = t.gettext(
        "Teams that finished with a place get one, as soon as the officials have published the result."
    )
    return _said(request, 409, t.gettext("There is no diploma yet"), explained)


def _too_long(request: Request, rows: int) -> Response:
    t = tongue(language_of(request)).catalogue
    explained = t.gettext(
        "A PDF holds {most} rows at most, this list has {rows}. The results are there as CSV and XLSX."
    )
    return _said(request, 422, t.gettext("Too long for a PDF"), explained.format(most=MOST, rows=rows))


def _said(request: Request, status: int, headline: str, explained: str) -> Response:
    context: dict[str, Any] = {"headline": headline, "explained": explained, "retry_s": 0, "table": ""}
    told = page(request, "error.html", "error", status, **context)
    told.headers["Cache-Control"] = "no-store"
    return told


def _board(request: Request) -> RaceBoard | Response:
    """Return the board that is asked for, the main race's if none is named, or the page to answer with instead."""
    state = of(request)
    board = state.boards.by_race.get(request.query_params.get("race", main_race(state.event).id))
    if board is None:
        return problem(request, 404)
    return board if board.complete else problem(request, 503)


ROUTES: Final[list[BaseRoute]] = [
    Route("/print/startlist.pdf", startlist),
    Route("/print/results.pdf", results),
    Route("/print/prizes.pdf", prizes),
    Route("/print/bibs.pdf", bibs),
    Route("/print/diploma/{bib}.pdf", diploma),
]
