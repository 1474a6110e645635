"""The picture of a team that messengers show beside a shared link: 1200 x 630, of the page's own version."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from live.boards import RaceBoard
from live.programme import Event, code
from live.web.api import LARGE, answer, rendered_once
from live.web.listing import row_view
from live.web.pages import language_of, problem, tongue
from live.web.paper_lists import other_company
from live.web.rows import now_text
from live.web.said import state_line
from live.web.state import of
from live.web.team_page import image_path, shown_among
from live.web.typeset import png
from live.web.words import category


async def image(request: Request) -> Response:
    """GET /og/{race}/{bib}.png[?lang=]: a team as its page has it; none while the public's board is frozen (T90)."""
    state, bib, language = of(request), code(request.path_params["bib"]), language_of(request)
    board = state.boards.by_race.get(request.path_params["race"])
    if board is None or bib not in board.race.by_bib:
        return problem(request, 404, bib)
    if not board.complete or bib not in board.rows:
        return problem(request, 503, bib)
    if not image_path(board, bib, language):
        return problem(request, 404, bib)
    name = ("og", board.race.id, bib, language)
    body = await rendered_once(request, board, name, lambda it: image_of(it, bib, state.event, language), LARGE + 1)
    return answer(body, "image/png")


def image_of(board: RaceBoard, bib: str, event: Event, language: str) -> bytes:
    """Return the picture. No runner is named on it, whatever he allows: it is shown far from here (T91)."""
    words, race = tongue(language).words, board.race
    assert board.head is not None, f"the board of {race.id} was not heard yet"
    shown = shown_among(board, bib)
    standing, slots = shown.standing, row_view(board, event, language, shown, board.head.as_of_ms).slots
    entry = standing.entry
    about = (words.say("bib", bib=bib), category(tongue(language).catalogue, entry.category), other_company(entry))
    said = {
        "lang": language,
        "title": entry.team,
        "event": event.name,
        "race": race.name,
        "team": entry.team,
        "about": " · ".join(each for each in about if each),
        "place": slots["place"],
        "now": now_text(standing, race, words),
        "time": slots["time"],
        "state": state_line(board, event, language),
    }
    return png("share", said)


ROUTES: Final[list[BaseRoute]] = [Route("/og/{race}/{bib}.png", image)]
