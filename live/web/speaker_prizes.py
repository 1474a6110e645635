"""The speaker's prizes: a page a prize in reading order, what was handed over, what he reads out on the screens."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from live.boards import RaceBoard
from live.messages.decisions import Decision, GivePrize, Revoke
from live.messages.display import Unveiled
from live.programme import Race, code
from live.web import prizes
from live.web.answers import NoAnswer, Refused
from live.web.pages import tongue
from live.web.prizes import of_board
from live.web.problems import Problem
from live.web.rows import place_text
from live.web.screens_api import check_unveiled
from live.web.state import WebState

REASON: Final = "speaker"


async def sheet(state: WebState, board: RaceBoard, language: str) -> list[dict[str, Any]]:
    """Return the prizes of a race, each as its page shows it; without what was handed over while ingest is away."""
    if not board.race.prizes:
        return []
    try:
        given = await prizes.given_in(state, board.race)
        known = True
    except (NoAnswer, Refused):
        given, known = [], False
    told = await of_board(board, lambda it: prizes.sheet(it, given))
    unveiled = state.shown.unveiled.get(board.race.id)
    return [_page(each, board.race, unveiled, language) | {"known": known} for each in told["prizes"]]


def _page(told: dict[str, Any], race: Race, unveiled: Unveiled | None, language: str) -> dict[str, Any]:
    names, number = told["name"], told["prize"]
    on_stage = unveiled is not None and unveiled.prize == number
    out = unveiled.places if unveiled is not None and on_stage else ()
    given = {each["place"]: each for each in told["given"]}
    words = tongue(language).words
    places = sorted({each["place"] for each in told["winners"]} | set(given), reverse=True)
    listed = []
    for place in places:
        winners = [each for each in told["winners"] if each["place"] == place]
        gift = given.get(place)
        listed.append(
            {
                "place": place,
                "place_text": place_text(words, place),
                "winners": [_winner(each, race) for each in winners],
                "shared": len(winners) > 1,
                "bibs": ",".join(bib for each in winners for bib in each["bibs"]),
                "given": gift,
                "changed": gift["changed"]["text"][language] if gift and gift["changed"] else "",
                "out": place in out,
                "next_out": ",".join(map(str, [*out, place])),
            }
        )
    return {
        "prize": number,
        "name": names.get(language) or next(iter(names.values()), str(number)),
        "settled": told["state"] == "settled",
        "waits": [each["text"][language] for each in told["waits"]],
        "places": listed,
        "on_stage": on_stage,
        "given_all": bool(listed) and all(each["given"] for each in listed),
    }


def _winner(winner: dict[str, Any], race: Race) -> dict[str, Any]:
    teams = [{**team, "names": _called(team, race)} for team in winner["teams"]]
    return {**winner, "teams": teams}


def _called(team: dict[str, Any], race: Race) -> str:
    """Return the names as they may be said, each with how it is said."""
    spoken = {runner.code: runner.public_pronunciation for runner in race.by_bib[team["bib"]].runners}
    named = [(each["name"], spoken.get(each["runner"], "")) for each in team["runners"] if each["name"]]
    return ", ".join(f"{name} « {said} »" if said else name for name, said in named)


async def alarms(state: WebState, language: str) -> list[str]:
    """Return, in words, each prize that was handed to others than hold it now (T88)."""
    try:
        return [doubt["text"][language] for doubt in await prizes.prize_doubts(state)]
    except (NoAnswer, Refused):
        return []


async def act(state: WebState, board: RaceBoard, form: Mapping[str, str], by: str) -> None:
    """Do what a button of a prize's page asks for.

    Raises:
        Problem: it is not possible, and why.
        NoAnswer: it was not confirmed in time.
    """
    do, race = form.get("do", ""), board.race.id
    if do == "give":
        bibs = tuple(code(each) for each in form.get("bibs", "").split(",") if each.strip())
        await _decide(state, GivePrize(race, _number(form, "prize"), _number(form, "place"), bibs or None), by)
    elif do == "take":
        held = await prizes.handed_over(state)
        if all(each.decision != form.get("decision") for each in held):
            raise Problem(422, "that was not handed over, or was taken back already")
        await _decide(state, Revoke(form["decision"]), by)
    elif do in ("out", "clear"):
        places = tuple(int(each) for each in form.get("places", "").split(",") if each.isdecimal() and len(each) < 4)
        number = _number(form, "prize") if do == "out" else None
        about = (secrets.token_hex(8), by, state.wall_ms())
        unveiled = Unveiled(race, number, places if do == "out" else (), *about)
        await check_unveiled(state, board, unveiled)
        await state.shown.tell(unveiled)
    else:
        raise Problem(422, f"do={do[:20]}: give, take, out or clear")


def _number(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Problem(422, f"{name}={text[:20]}: a whole number is needed")
    return int(text)


async def _decide(state: WebState, ruling: GivePrize | Revoke, by: str) -> None:
    if isinstance(ruling, GivePrize):
        ruling = await prizes.filled_in(state, ruling)
    verdict = await state.decide(Decision(secrets.token_hex(16), by, state.now_ms(), ruling, REASON))
    if verdict.status != 202:
        raise Problem(verdict.status, verdict.reason)
