"""The speaker's page: who arrives, who is at the line, the classement, the prizes; in each state of the race."""

from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from live.boards import RaceBoard
from live.programme import code
from live.web import line_api, session, speaker_prizes
from live.web.answers import NoAnswer, Refused
from live.web.asking import true_board
from live.web.languages import NAMES, offered
from live.web.listing import row_view
from live.web.pages import language_of, main_race, page, problem, programme, race_view, tongue
from live.web.rows import missing_text, now_text
from live.web.speaker_view import arriving, best_place_text, classement, companies, company_sentence
from live.web.state import WebState, of
from live.web.team_page import expected, shown_among

FOUND: Final = 12


async def speaker(request: Request) -> Response:
    """GET /speaker[?race=]: the page of the speaker; whoever is not signed in is asked for his token."""
    state = of(request)
    if session.signed_in(request) is None:
        return session.ask(request, "/speaker")
    board = state.boards.by_race.get(request.query_params.get("race", main_race(state.event).id))
    if board is None:
        return problem(request, 404)
    if not board.complete:
        return problem(request, 503)
    return session.private(page(request, "speaker.html", "speaker", **await _context(request, board)))


async def own_board(state: WebState, board: RaceBoard) -> tuple[RaceBoard, bool]:
    """Return the board as it is, whatever the public sees, and whether it is older because ingest is away."""
    if board.head is None or not board.head.frozen:
        return board, False
    try:
        own = await true_board(state, board)
    except (NoAnswer, Refused):
        return board, True
    assert own.head is not None
    own.head = replace(own.head, frozen=False)
    own.silent = board.silent
    return own, False


async def _context(request: Request, board: RaceBoard) -> dict[str, Any]:
    state, language, race = of(request), language_of(request), board.race
    own, away = await own_board(state, board)
    now_ms, own_race = state.now_ms(), race_view(own, language, state.event)
    sheet = await speaker_prizes.sheet(state, own, language)
    here = race.id if race.id != main_race(state.event).id else ""
    return {
        "race": race_view(board, language, state.event),
        "own": own_race,
        "planned": own_race.state == "planned",
        "races": [{"name": each.name, "url": f"/speaker?race={each.id}"} for each in state.event.races if each != race],
        "here": here,
        "away": away,
        "arriving": arriving(own, state.event, language, now_ms),
        "said": line_api.said_members(state, state.shown.said.get(race.id, {})),
        "line": [line_api.members(state, race, each) for each in reversed(await line_api.latest(state, race))],
        "classement": classement(own, state.event, language, now_ms),
        "companies": companies(race, language) if own_race.state == "planned" else [],
        "programme": programme(state.event),
        "prizes": sheet,
        "alarms": await speaker_prizes.alarms(state, language),
        "tongues": [{"code": each, "name": NAMES[each]} for each in offered(state.event.languages) if each != language],
    }


# --- one team ---------------------------------------------------------------------------------------------------


async def team(request: Request) -> Response:
    """GET /speaker/t/{bib}[?race=]: the card of a team, for the page to put in front."""
    state, language = of(request), language_of(request)
    if session.signed_in(request) is None:
        return session.ask(request, "/speaker")
    bib = code(request.path_params["bib"])
    board = state.boards.by_race.get(request.query_params.get("race", main_race(state.event).id))
    if board is None or not board.complete or bib not in board.rows:
        return problem(request, 404, bib)
    own, _ = await own_board(state, board)
    shown, words = shown_among(own, bib), tongue(language).words
    standing = shown.standing
    context: dict[str, Any] = {
        "race": race_view(own, language, state.event),
        "it": row_view(own, state.event, language, shown, state.now_ms()),
        "now": now_text(standing, own.race, words),
        "missing": missing_text(standing, own.race, words),
        "best": best_place_text(own, standing.row, language),
        "when": expected(own, standing.row, (), state.now_ms(), language, state.event),
        "company": company_sentence(own, standing.entry, language),
        "runners": [
            {"runner": each.code, "name": each.public_name, "spoken": each.public_pronunciation}
            for each in standing.entry.runners
        ],
        "said": line_api.said_members(state, state.shown.said.get(own.race.id, {})).get(bib, {}).get("at", ""),
    }
    return session.private(page(request, "speaker_team.html", "speaker-team", **context))


async def said(request: Request) -> Response:
    """POST /speaker/said: a team of the race was just said; every speaker's page shows when."""
    who, state = session.signed_in(request), of(request)
    if who is None:
        return session.ask(request, "/speaker")
    form = await session.posted_form(request)
    race, bib = state.event.by_race.get(form.get("race", "")), code(form.get("bib", ""))
    if race is None or bib not in race.by_bib:
        return problem(request, 404, bib)
    await state.shown.say(race.id, bib, who[0], state.now_ms())
    return session.private(RedirectResponse(f"/speaker?race={race.id}", 303))


async def search(request: Request) -> Response:
    """GET /speaker/search?q=[&race=]: teams by bib, name, company or runner, the best first."""
    state = of(request)
    if session.signed_in(request) is None:
        return session.ask(request, "/speaker")
    race = request.query_params.get("race", main_race(state.event).id)
    others = [each for each in state.event.by_race if each != race]
    asked = request.query_params.get("q", "").strip()[:64]
    found = state.finder.find(asked, others).entries[:FOUND]
    listed = [{"bib": each.bib, "team": each.team, "company": each.company} for each in found]
    return session.private(page(request, "speaker_found.html", "speaker-found", found=listed, q=asked))


# --- prizes -----------------------------------------------------------------------------------------------------


async def prize(request: Request) -> Response:
    """POST /speaker/prize: hand a place over, take that back, read a place out on the screens, or clear them."""
    who, state = session.signed_in(request), of(request)
    if who is None:
        return session.ask(request, "/speaker")
    form = await session.posted_form(request)
    board = state.boards.by_race.get(form.get("race", ""))
    if board is None:
        return problem(request, 404)
    await speaker_prizes.act(state, board, form, who[0])
    return RedirectResponse(f"/speaker?race={board.race.id}#prize-{form.get('prize', '')}", 303)


ROUTES: Final[list[BaseRoute]] = [
    Route("/speaker", speaker),
    Route("/speaker/t/{bib}", team),
    Route("/speaker/search", search),
    Route("/speaker/said", said, methods=["POST"]),
    Route("/speaker/prize", prize, methods=["POST"]),
]
