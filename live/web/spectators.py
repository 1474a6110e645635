"""Pages for spectators: a race live, as a table, by laps; results; the walk; search; information. Their route table."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from live.boards import LapRow, RaceBoard, lap_chart
from live.heads import is_whole
from live.programme import INFO, LANGUAGES, Entry, Event, Race, code
from live.times import MINUTE_MS, format_time, without_seconds
from live.web import (
    assets,
    course_map,
    feed,
    overlay,
    podium_page,
    printed,
    programs,
    schema_org,
    screen,
    session,
    share_image,
    speaker,
    tables,
    team_page,
)
from live.web.changes import marks
from live.web.finding import Found
from live.web.listing import listed
from live.web.pages import (
    answer,
    in_languages,
    language_of,
    main_race,
    of_day,
    page,
    problem,
    race_url,
    race_view,
    render,
    tongue,
    with_query,
)
from live.web.state import WebState, of
from live.web.tables import chips
from live.web.walk import walk
from live.web.words import category

SORTS: Final = ("gap", "ahead", "time")
"""What the right column shows: the gap to the first, the gap to the one ahead, the time."""


# --- a race live ------------------------------------------------------------------------------------------------


async def front(request: Request) -> Response:
    """GET /: to the front page in the phone's language."""
    return RedirectResponse(
        f"/{language_of(request)}/", 302, {"Vary": "Cookie, Accept-Language", "Cache-Control": "no-store"}
    )


async def home(request: Request) -> Response:
    """GET /{l}/: the main race, live."""
    return await _live(request, of(request).boards.by_race[main_race(of(request).event).id])


async def live(request: Request) -> Response:
    """GET /{l}/r/{race}: the list of any race, live."""
    board = of(request).boards.by_race.get(request.path_params["race"])
    return problem(request, 404) if board is None else await _live(request, board)


async def _live(request: Request, board: RaceBoard) -> Response:
    if not board.complete:
        return problem(request, 503)
    if not board.race.ranked:
        return walk(request, board, _races(of(request), language_of(request)))
    asked = request.query_params
    cat, query, sort = asked.get("cat", ""), asked.get("q", "").strip()[:64], asked.get("sort", "")
    was = await marks(of(request), board, language_of(request))
    cat = cat if any(entry.category == cat for entry in board.race.entries) else ""
    sort = sort if sort in SORTS else SORTS[0]

    def rendered() -> bytes:
        return render(request, "live.html", "live", **_live_context(request, board, cat, query, sort, was))

    if query:  # anybody's words are not worth a place among the kept pages
        body = rendered()
    else:
        name = ("live", request.url.path, cat, sort, bool(was))
        stamp = (board.revision, of(request).now_ms() // MINUTE_MS)  # who is overdue, and by how many minutes
        body = of(request).rendered.get(name, stamp, rendered)
    return answer(request, body)


def _live_context(
    request: Request, board: RaceBoard, cat: str, query: str, sort: str, was: dict[str, str]
) -> dict[str, Any]:
    state, language, race = of(request), language_of(request), board.race
    rows = listed(board, state.event, language, state.now_ms(), cat, query, was)
    url = race_url(race, language)
    said = with_query("", cat=cat, q=query, sort=sort if sort != SORTS[0] else "")
    without = race.id if is_whole(race) else ""
    return {
        "race": race_view(board, language, state.event),
        "races": _races(state, language),
        "list": rows,
        "shown": sum(not hidden for _, hidden in rows),
        "whole": is_whole(race),
        "streamed": is_whole(race) or not cat,
        "cat": cat,
        "q": query,
        "sort": sort,
        "sort_url": with_query(url, cat=cat, q=query, sort=SORTS[(SORTS.index(sort) + 1) % len(SORTS)]),
        "chips": chips(race, language, cat, url),
        "languages": in_languages(request, state.event, said.removeprefix("?")),
        "found_url": with_query(f"/{language}/search", without=without),
        "quiet": True,
        "bring": bool(state.event.told("bring", language)),
        **_found(state, language, query, without),
    }


def _races(state: WebState, language: str) -> list[dict[str, str]]:
    return [{"id": race.id, "name": race.name, "url": race_url(race, language)} for race in state.event.races]


# --- laps -------------------------------------------------------------------------------------------------------------


async def laps(request: Request) -> Response:
    """GET /{l}/r/{race}/laps: the lap chart, one lap at a time, the latest first shown."""
    board = of(request).boards.by_race.get(request.path_params["race"])
    if board is None or not board.race.ranked:
        return problem(request, 404)
    if not board.complete:
        return problem(request, 503)
    language, chart = language_of(request), lap_chart(board)
    asked = request.query_params.get("lap", "")
    lap = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else len(chart)
    lap = min(max(lap, 1), max(len(chart), 1))
    context: dict[str, Any] = {
        "race": race_view(board, language, of(request).event),
        "laps": range(1, len(chart) + 1),
        "lap": lap,
        "rows": [_lap_row(row, board.race, language) for row in chart[lap - 1]] if chart else [],
    }
    return page(request, "laps.html", "laps", **context)


def _lap_row(row: LapRow, race: Race, language: str) -> dict[str, Any]:
    return {
        "bib": row.bib,
        "team": race.by_bib[row.bib].team,
        "place": "" if row.place is None else row.place,
        "lap": format_time(row.lap_ms),
        "elapsed": format_time(row.elapsed_ms, tenths=row.tenths),
        "quality": row.quality,
        "lap_quality": row.lap_quality,
        "note": "" if row.lap_quality == "measured" else tongue(language).words.say(row.lap_quality),
    }


# --- search, information, and addresses that lead elsewhere -------------------------------------------------------


async def search(request: Request) -> Response:
    """GET /{l}/search?q=: teams of all races; to htmx only the hits."""
    asked, language = request.query_params, language_of(request)
    query, without = asked.get("q", "").strip()[:64], asked.get("without", "")
    context: dict[str, Any] = {"q": query, "quiet": bool(without), **_found(of(request), language, query, without)}
    if request.headers.get("HX-Request"):
        hits = page(request, "found.html", "search", **context)
        hits.headers["Cache-Control"] = "no-store"  # else "back" might show the fragment as a page
        return hits
    return page(request, "search.html", "search", **context)


def _found(state: WebState, language: str, query: str, without: str) -> dict[str, Any]:
    found = state.finder.find(query, (without,)) if query else Found((), False)
    return {"found": [_hit(entry, state.event, language) for entry in found.entries], "cut": found.more}


def _hit(entry: Entry, event: Event, language: str) -> dict[str, str]:
    race = event.by_race[entry.race]
    about = (
        [race.name, category(tongue(language).catalogue, entry.category), entry.company] if race.ranked else [race.name]
    )
    return {
        "url": team_page.team_url(race, entry.bib, language),
        "bib": entry.bib,
        "team": entry.team if race.ranked else "",
        "about": " · ".join(each for each in about if each),
    }


async def info(request: Request) -> Response:
    """GET /{l}/info: the programme, and how to read the standings."""
    state, language = of(request), language_of(request)
    event, t = state.event, tongue(language).catalogue
    programme = [
        {
            "time": without_seconds(of_day(race.start_ms, event)),
            "name": race.name,
            "url": race_url(race, language),
            "about": t.ngettext("{n} entry", "{n} entries", len(race.entries)).format(n=len(race.entries)),
        }
        for race in sorted(event.races, key=lambda race: race.start_ms)
    ]
    first = datetime.fromtimestamp(min(race.start_ms for race in event.races) / 1000, ZoneInfo(event.timezone))
    told = {name: event.told(name, language) for name in INFO}
    about = schema_org.sports_event(event, language, programs.origin(request))
    day = first.strftime("%d.%m.%Y")
    return page(request, "info.html", "info", programme=programme, day=day, told=told, about=about)


async def privacy(request: Request) -> Response:
    """GET /{l}/privacy: what is kept of whom, for how long, and where to turn."""
    return page(request, "privacy.html", "privacy")


async def accessibility(request: Request) -> Response:
    """GET /{l}/accessibility: what the pages can do for whom, and the gaps that are known."""
    return page(request, "accessibility.html", "accessibility")


async def short(request: Request) -> Response:
    """GET /t/{bib}, /T/{bib}: the address in the QR code on a bib, to that team's page."""
    event, bib = of(request).event, code(request.path_params["bib"])
    races = sorted(event.races, key=lambda race: not race.ranked)
    race = next((race for race in races if bib in race.by_bib), None)
    if race is None:
        return problem(request, 404, bib)
    return RedirectResponse(
        team_page.team_url(race, bib, language_of(request)), 302, {"Vary": "Cookie, Accept-Language"}
    )


async def nowhere(request: Request) -> Response:
    """Answer an address in a language that leads nowhere, in that language."""
    return problem(request, 404, request.url.path.rpartition("/")[2][:64])


def _pages(language: str) -> list[BaseRoute]:
    return [
        Route(f"/{language}/", home),
        Route(f"/{language}/r/{{race}}", live),
        Route(f"/{language}/r/{{race}}/table", tables.table),
        Route(f"/{language}/r/{{race}}/laps", laps),
        Route(f"/{language}/r/{{race}}/map", course_map.course_map),
        Route(f"/{language}/r/{{race}}/t/{{bib}}", team_page.team),
        Route(f"/{language}/results/{{race}}", tables.results),
        Route(f"/{language}/podium", podium_page.podium),
        Route(f"/{language}/companies", podium_page.companies),
        Route(f"/{language}/feed", feed.feed),
        Route(f"/{language}/search", search),
        Route(f"/{language}/info", info),
        Route(f"/{language}/privacy", privacy),
        Route(f"/{language}/accessibility", accessibility),
        Route(f"/{language}/away", programs.absent),
        Route(f"/{language}/{{rest:path}}", nowhere),
    ]


ROUTES: Final[list[BaseRoute]] = [
    Route("/", front),
    *(route for language in LANGUAGES for route in _pages(language)),
    Route("/t/{bib}", short),
    Route("/T/{bib}", short),
    *printed.ROUTES,
    *share_image.ROUTES,
    Route("/screen/{name}", screen.screen),
    Route("/sponsors/{number:int}", screen.sponsor),
    Route("/overlay/{kind}", overlay.overlay),
    Route("/line", overlay.line),
    *session.ROUTES,
    *speaker.ROUTES,
    Route("/manifest.webmanifest", programs.manifest),
    Route("/sw.js", programs.worker),
    Route("/event.ics", programs.calendar),
    Route("/sitemap.xml", programs.sitemap),
    Route("/static/{name:path}", assets.static),
]
"""For people: ux.md, 4."""
