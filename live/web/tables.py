"""The list of a race as a plain table; the results: state, downloads, fastest laps, companies, changes."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from live.boards import RaceBoard
from live.programme import Race
from live.web.changes import changes
from live.web.files import FORMATS
from live.web.honours_text import best_laps, company_rows, company_rule
from live.web.listing import NOTHING, only, shown_rows
from live.web.pages import language_of, page, problem, race_url, race_view, tongue, with_query
from live.web.results import diplomas_out
from live.web.said import state_line
from live.web.state import of
from live.web.typeset import MOST
from live.web.words import category

TABLE_ROWS: Final = 500
"""Rows on one page of a table."""


async def table(request: Request) -> Response:
    """GET /{l}/r/{race}/table: the list as a plain table, with headers for screen readers."""
    board = _board(request)
    return board if isinstance(board, Response) else page(request, "table.html", "table", **_rows(request, board))


async def results(request: Request) -> Response:
    """GET /{l}/results/{race}: the list, saying whether it is provisional or official, and what goes with it."""
    board = _board(request)
    if isinstance(board, Response):
        return board
    state, language, race = of(request), language_of(request), board.race
    cat = request.query_params.get("cat", "")
    whole = not cat and "from" not in request.query_params
    changed = await changes(state, board, language)
    context = {
        **_rows(request, board, changed.was if changed else NOTHING),
        "downloads": [
            _download(race, form, cat, language) for form in FORMATS if form != "pdf" or board.count(only(cat)) <= MOST
        ],
        "papers": _papers(board, language) if len(race.entries) <= MOST else [],
        "changes": changed if whole else None,
        "best": best_laps(board, language) if whole else [],
        "companies": company_rows(board, language) if whole else [],
        "rule": company_rule(board, language),
        "diplomas": diplomas_out(board),
    }
    return page(request, "results.html", "results", **context)


def _board(request: Request) -> RaceBoard | Response:
    """Return the board of a ranked race, or the page to answer with instead."""
    board = of(request).boards.by_race.get(request.path_params["race"])
    if board is None:
        return problem(request, 404)
    if not board.complete:
        return problem(request, 503)
    return board if board.race.ranked else RedirectResponse(race_url(board.race, language_of(request)), 302)


def _rows(request: Request, board: RaceBoard, was: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    state, language, race, url = of(request), language_of(request), board.race, request.url.path
    cat, asked = request.query_params.get("cat", ""), request.query_params.get("from", "1")
    first = max(1, int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 1)
    rows = shown_rows(board, state.event, language, state.now_ms(), first + TABLE_ROWS - 1, cat, was)[first - 1 :]
    total = board.count(only(cat))
    return {
        "race": race_view(board, language, state.event),
        "state_line": state_line(board, state.event, language),
        "rows": rows,
        "chips": chips(race, language, cat, url),
        "before": with_query(url, cat=cat, **{"from": str(max(1, first - TABLE_ROWS))}) if first > 1 else "",
        "after": with_query(url, cat=cat, **{"from": str(first + TABLE_ROWS)}) if first + TABLE_ROWS <= total else "",
    }


def _download(race: Race, form: str, cat: str, language: str) -> dict[str, str]:
    lang = language if form in ("pdf", "xlsx") else ""
    url = with_query(f"/api/v1/races/{race.id}/results.{form}", category=cat, lang=lang)
    return {"name": form.upper(), "url": url}


def _papers(board: RaceBoard, language: str) -> list[dict[str, str]]:
    t = tongue(language).catalogue
    names = [("startlist", t.gettext("Start list (PDF)"))]
    return [
        {"name": name, "url": with_query(f"/print/{paper}.pdf", race=board.race.id, lang=language)}
        for paper, name in names
    ]


def chips(race: Race, language: str, cat: str, url: str) -> list[dict[str, Any]]:
    """Return the filter by category, and which is chosen."""
    t = tongue(language).catalogue
    names = sorted({entry.category for entry in race.entries if entry.category})
    every = {"category": "", "name": t.pgettext("filter", "All"), "url": f"{url}?cat=", "here": not cat}
    each_of = [
        {"category": each, "name": category(t, each), "url": with_query(url, cat=each), "here": each == cat}
        for each in names
    ]
    return [every, *each_of] if len(each_of) > 1 else [every]
