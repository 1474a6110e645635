"""The API of the screens: what each shows, assigned by officials; the places that the speaker reads out, one by one."""

import secrets
from typing import Any, Final, get_args

from starlette.requests import Request
from starlette.responses import Response

from live import wire
from live.boards import RaceBoard
from live.messages.display import ScreenShows, ScreenView, Unveiled
from live.prizes import award
from live.strict_json import convert
from live.web.asking import official, official_or_speaker, posted, shown_board, true_board
from live.web.prizes import of_board
from live.web.problems import Problem
from live.web.representation import no_store
from live.web.screen_plan import plan_of
from live.web.state import WebState, of

MAX_BYTES: Final = 8 * 1024
MAX_SAID: Final = 400
"""Characters of a message on a screen: more cannot be read in passing."""
MOST_SCREENS: Final = 200
VIEWS: Final[tuple[ScreenView, ...]] = get_args(ScreenView)


def screen_name(request: Request) -> str:
    """Return the name in the address: small letters, digits and ``-``.

    Raises:
        Problem: 404, it is no name that a screen can have.
    """
    name = str(request.path_params["name"]).lower()
    if not wire.GRAMMAR.fullmatch(name):
        raise Problem(404, f"{name[:80]!r} is no name of a screen: a-z, 0-9 and - only, 64 at most")
    return name


def assignment(request: Request) -> ScreenShows:
    """Return what the screen in the address is to show: what nobody assigned shows what is ``auto``, of `?race=`."""
    shown, name, race = of(request).shown, screen_name(request), request.query_params.get("race")
    if race is not None and race not in of(request).event.by_race:
        raise Problem(404, f"no race {race!r} in this event")
    return shown.screens.get(name) or ScreenShows(name, "auto", race)


async def screens(request: Request) -> Response:
    """GET /api/v1/screens: what officials assigned, by name."""
    official_or_speaker(request)
    assigned = sorted(of(request).shown.screens.values(), key=lambda each: each.name)
    return no_store({"screens": [members(each) for each in assigned]})


async def screen(request: Request) -> Response:
    """GET /api/v1/screens/{name}: what this screen shows right now; it asks each second."""
    state, assigned = of(request), assignment(request)
    plan = plan_of(state, assigned)
    now = {"slide": plan.slide, "stamp": plan.stamp, "release": plan.release}
    return no_store({**members(assigned), **now})


def members(shows: ScreenShows) -> dict[str, Any]:
    """Return an assignment in JSON."""
    return {
        "screen": shows.name,
        "view": shows.view,
        "race": shows.race,
        "category": shows.category,
        "text": shows.text,
        "by": shows.by,
        "at_ms": shows.at_ms,
    }


async def assign(request: Request) -> Response:
    """POST /api/v1/screens/{name}: an official says what it shows; 202 once all processes can know it."""
    by, name, state = official(request), screen_name(request), of(request)
    body = await posted(request, MAX_BYTES)
    asked = {each: body[each] for each in ("view", "race", "category", "text") if body.get(each) is not None}
    try:
        shows = convert(
            {**asked, "name": name, "id": secrets.token_hex(8), "by": by, "at_ms": state.wall_ms()}, ScreenShows
        )
    except ValueError as error:
        raise Problem(422, str(error), {"views": list(VIEWS)}) from error
    _check(state, shows)
    await state.shown.tell(shows)
    return no_store(members(shows), 202)


def _check(state: WebState, shows: ScreenShows) -> None:
    """Raises Problem (422) where the screen could not show it; nothing is assigned that would leave a hall dark."""
    race = state.event.by_race.get(shows.race or "")
    if shows.race is not None and race is None:
        raise Problem(422, f"no race {shows.race!r} in this event", {"races": list(state.event.by_race)})
    if shows.view == "category":
        entries = (race,) if race else state.event.races
        categories = sorted({each.category for one in entries for each in one.entries} - {""})
        if shows.category not in categories:
            raise Problem(422, f"no category {shows.category!r}", {"categories": categories})
    if shows.view == "message" and not any(text.strip() for text in shows.text.values()):
        raise Problem(422, "a message needs its `text`, by language")
    if any(len(text) > MAX_SAID or language not in ("fr", "nl", "en") for language, text in shows.text.items()):
        raise Problem(422, f"`text` is by language, fr, nl or en, of {MAX_SAID} characters at most")
    if shows.name not in state.shown.screens and len(state.shown.screens) >= MOST_SCREENS:
        raise Problem(422, f"{MOST_SCREENS} screens have a name already")


async def unveil(request: Request) -> Response:
    """POST …/unveiled: the speaker reads out places of a prize, or clears the podium; screens show those alone.

    Refused (409) while the prize waits: what is on the wall cannot be taken back.
    """
    by, _ = official_or_speaker(request)
    state, board = of(request), shown_board(request)
    body = await posted(request, MAX_BYTES)
    asked = {each: body.get(each) for each in ("prize", "places") if body.get(each) is not None}
    about = {"race": board.race.id, "id": secrets.token_hex(8), "by": by, "at_ms": state.wall_ms()}
    try:
        unveiled = convert({"prize": None, **asked, **about}, Unveiled)
    except ValueError as error:
        raise Problem(422, str(error)) from error
    await check_unveiled(state, board, unveiled)
    await state.shown.tell(unveiled)
    return no_store({"race": board.race.id, "prize": unveiled.prize, "places": list(unveiled.places)}, 202)


async def check_unveiled(state: WebState, board: RaceBoard, unveiled: Unveiled) -> None:
    """Raises Problem: 422, no such prize or place; 409, the prize may not be read out yet."""
    number = unveiled.prize
    if number is None:
        return
    if not 1 <= number <= len(board.race.prizes):
        raise Problem(422, f"no prize {number} in {board.race.id}: 1 to {len(board.race.prizes)}")
    standing = await of_board(await true_board(state, board), lambda it: award(it, number))
    places = {winner.place for winner in standing.winners}
    if strange := sorted(set(unveiled.places) - places):
        raise Problem(422, f"nobody holds place {strange[0]} of prize {number}")
    if unveiled.places and not standing.settled:
        raise Problem(409, f"prize {number} waits", {"waits": [each.code for each in standing.waits]})
