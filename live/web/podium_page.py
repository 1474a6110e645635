"""The podium, hidden until the reveal, and the companies of all races."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from live.boards import RaceBoard
from live.contests import Winner
from live.prizes import Award, awards
from live.times import format_time
from live.web.honours_text import company_rows, company_rule
from live.web.pages import language_of, page, problem, state_text
from live.web.said import state_line
from live.web.state import of

STEPS = 3
"""Places on a podium that have a step of their own height."""


async def podium(request: Request) -> Response:
    """GET /{l}/podium: who stands on the steps; nobody before the race is over, or while the public is frozen (T90)."""
    state, language = of(request), language_of(request)
    if not state.boards.complete:
        return problem(request, 503)
    boards = [board for board in state.boards.by_race.values() if board.race.ranked]
    races = [_race(request, board, language) for board in boards]
    return page(request, "podium.html", "podium", races=races)


def _race(request: Request, board: RaceBoard, language: str) -> dict[str, Any]:
    event, head = of(request).event, board.head
    assert head is not None, f"the board of {board.race.id} was not heard yet"
    state, frozen = state_text(board, event, language)
    over = head.state in ("provisional", "official")
    hidden = frozen if head.frozen else "" if over else state
    prizes = [] if hidden else [_prize(board, each, language) for each in awards(board)]
    url = f"/{language}/results/{board.race.id}"
    line = state_line(board, event, language)
    return {"name": board.race.name, "url": url, "state": line, "hidden": hidden, "prizes": prizes}


def _prize(board: RaceBoard, award: Award, language: str) -> dict[str, Any]:
    name = award.prize.name.get(language) or next(iter(award.prize.name.values()), str(award.number))
    steps = [_step(board, award, place) for place in sorted({each.place for each in award.winners})]
    return {"name": name, "settled": award.settled, "steps": steps if award.settled else []}


def _step(board: RaceBoard, award: Award, place: int) -> dict[str, Any]:
    """Return one step of the podium: all who share the place stand on it (T67)."""
    on_it = [each for each in award.winners if each.place == place]
    return {"place": place, "height": min(place, STEPS), "winners": [_winner(board, each) for each in on_it]}


def _winner(board: RaceBoard, winner: Winner) -> dict[str, str]:
    entry = board.race.by_bib[winner.bibs[0]]
    about = "" if winner.company or entry.company == entry.team else entry.company
    time = format_time(winner.time_ms, tenths=winner.tenths)
    return {"name": winner.company or entry.team, "about": about, "time": time}


async def companies(request: Request) -> Response:
    """GET /{l}/companies: their ranking in each race, as far as it stands; who is incomplete, and why (T78)."""
    state, language = of(request), language_of(request)
    if not state.boards.complete:
        return problem(request, 503)
    races = [
        {
            "id": board.race.id,
            "name": board.race.name,
            "url": f"/{language}/results/{board.race.id}",
            "state": state_line(board, state.event, language),
            "rule": company_rule(board, language),
            "companies": company_rows(board, language),
        }
        for board in state.boards.by_race.values()
        if board.race.ranked
    ]
    return page(request, "companies.html", "companies", races=[each for each in races if each["companies"]])
