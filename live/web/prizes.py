"""The speaker's sheet: who gets which prize, in reading order; what waits; what was given to others than hold it now.

Names as each runner allows (T91). What was handed over stands in the decisions, the rest follows from the board.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from live.boards import RaceBoard
from live.contests import Winner
from live.given import Changed, Given, changed, given_prizes, handed_to
from live.honours import runs
from live.messages.decisions import GivePrize
from live.prizes import Award, Wait, award, awards
from live.programme import LANGUAGES, Entry, Race, Runner
from live.times import format_time
from live.web.api import LARGE
from live.web.asking import official_or_speaker, shown_board, true_board
from live.web.pages import tongue
from live.web.problems import Problem
from live.web.representation import no_store
from live.web.state import WebState, of

MOST_NAMED = 10
"""Bibs in a sentence."""
MOST_LISTED = 100
"""Bibs that a prize waits for, in its answer; `count` tells how many there are."""

T = TypeVar("T")


async def prizes(request: Request) -> Response:
    """GET …/prizes: the prizes in the order of the event file, each from its last place to its first."""
    official_or_speaker(request)
    board = await true_board(of(request), shown_board(request))
    given = await given_in(of(request), board.race)
    return no_store(await of_board(board, lambda it: sheet(it, given)))


async def of_board(board: RaceBoard, work: Callable[[RaceBoard], T]) -> T:
    """Return what follows from a board; in a thread where it has many rows."""
    return await asyncio.to_thread(work, board.picture()) if len(board.rows) > LARGE else work(board)


async def handed_over(state: WebState) -> list[Given]:
    """Return what was handed over; where the event has no prizes, nobody is asked."""
    prizes = {race.id: range(1, len(race.prizes) + 1) for race in state.event.races if race.prizes}
    if not prizes:
        return []
    told = await state.ask("decisions")
    return [each for each in given_prizes(told["decisions"]) if each.prize in prizes.get(each.race, ())]


async def given_in(state: WebState, race: Race) -> list[Given]:
    """Return what was handed over in a race."""
    return [each for each in await handed_over(state) if each.race == race.id]


async def prize_doubts(state: WebState) -> list[dict[str, Any]]:
    """Return a doubt for each prize that was given to others than hold it now (T88)."""
    by_prize: dict[tuple[str, int], list[Given]] = {}
    for each in await handed_over(state):
        by_prize.setdefault((each.race, each.prize), []).append(each)
    found = []
    for (race, number), given in by_prize.items():
        board = state.boards.by_race[race]
        if board.complete:
            standing = await of_board(await true_board(state, board), partial(award, number=number))
            changes = changed(board.race, standing, given)
            found += [_doubt(board.race, standing, changes)] if changes else []
    return found


async def filled_in(state: WebState, ruling: GivePrize) -> GivePrize:
    """Return the ruling with those who hold the prize now, where it does not say whom it was handed to.

    Raises:
        Problem: 422, nobody holds it; 503, the board is not there yet.
    """
    board = state.boards.by_race.get(ruling.race)
    if ruling.bibs is not None or board is None or not 1 <= ruling.prize <= len(board.race.prizes):
        return ruling
    if not board.complete:
        raise Problem(503, "the board of this race has not arrived yet", Retry_After="2")
    board = await true_board(state, board)
    bibs, places = handed_to(await of_board(board, partial(award, number=ruling.prize)), ruling.place)
    if not bibs:
        what = f"prize {ruling.prize}" if ruling.place is None else f"place {ruling.place} of prize {ruling.prize}"
        raise Problem(422, f"nobody holds {what} of {ruling.race} yet: say in `bibs` whom it was handed to")
    return replace(ruling, bibs=bibs, places=places if ruling.place is None else None)


async def podium(state: WebState, board: RaceBoard, number: int) -> list[dict[str, Any]]:
    """Return the places of a prize as they are, whatever the public sees: for those that were read out alone."""
    told = await of_board(await true_board(state, board), lambda it: sheet(it, ()))
    listed: list[dict[str, Any]] = told["prizes"][number - 1]["winners"]
    return listed


# --- in JSON ----------------------------------------------------------------------------------------------------


def sheet(board: RaceBoard, given: Sequence[Given]) -> dict[str, Any]:
    """Return the prizes of a race as they stand, each from its last place to its first."""
    state = board.head.state if board.head else "planned"
    shown = [_award(board, each, [one for one in given if one.prize == each.number]) for each in awards(board)]
    return {"race": board.race.id, "version": board.version, "state": state, "prizes": shown}


def _award(board: RaceBoard, award: Award, given: Sequence[Given]) -> dict[str, Any]:
    race = board.race
    changes = {each.given.place: each for each in changed(race, award, given)}
    return {
        "prize": award.number,
        "name": award.prize.name,
        "among": award.prize.among,
        "places": award.prize.places,
        "state": "settled" if award.settled else "waits",
        "waits": [_wait(each) for each in award.waits],
        "winners": [_winner(board, award, each) for each in sorted(award.winners, key=lambda each: -each.place)],
        "given": [_given(race, award, each, changes.get(each.place)) for each in given],
    }


def _wait(wait: Wait) -> dict[str, Any]:
    named = ", ".join(wait.bibs[:MOST_NAMED]) + (" …" if len(wait.bibs) > MOST_NAMED else "")
    text = {language: _wait_text(language, wait, named) for language in LANGUAGES}
    return {"code": wait.code, "bibs": list(wait.bibs[:MOST_LISTED]), "count": len(wait.bibs), "text": text}


def _wait_text(language: str, wait: Wait, named: str) -> str:
    t = tongue(language).catalogue
    texts = {
        # Translators: why a prize cannot be read out yet; {bibs} is a list of bibs.
        "running": t.gettext("The race is not over: a place is still open"),
        "rivals": t.gettext("Still out, and could come before: {bibs}"),
        "provisional": t.gettext("A runner of the team is still unseen: {bibs}"),
        "estimated": t.gettext("Estimated time: {bibs}"),
        "doubt": t.gettext("To be settled by the officials: {bibs}"),
        "no_time": t.gettext("Finished without a time: {bibs}"),
    }
    return texts[wait.code].format(bibs=named)


def _winner(board: RaceBoard, award: Award, winner: Winner) -> dict[str, Any]:
    entries = [board.race.by_bib[bib] for bib in winner.bibs]
    return {
        "place": winner.place,
        "shared": winner.shared,
        "name": winner.company or entries[0].team,
        "bibs": list(winner.bibs),
        "time_ms": winner.time_ms,
        "time": format_time(winner.time_ms, tenths=winner.tenths),
        "lap": winner.lap,
        "teams": [_team(board, award, winner, entry) for entry in entries],
    }


def _team(board: RaceBoard, award: Award, winner: Winner, entry: Entry) -> dict[str, Any]:
    return {
        "bib": entry.bib,
        "team": entry.team,
        "company": entry.company,
        "category": entry.category,
        "runners": [{"runner": each.code, "name": each.public_name} for each in _called(board, award, winner, entry)],
    }


def _called(board: RaceBoard, award: Award, winner: Winner, entry: Entry) -> list[Runner]:
    """Who comes to the podium: of a leg its runner, of a lap those who ran it, else the whole team."""
    race, order = board.race, board.rows[entry.bib].order
    if winner.lap is None:
        return list(entry.runners)
    _, _, leg = award.prize.among.partition(":")
    if leg and runs(race, entry, leg, order):
        ran: tuple[str, ...] = (dict(zip(race.roles, order, strict=False)).get(leg, leg),)
    else:
        ran = race.runners(entry, winner.lap, order)
    return [each for each in entry.runners if each.code in ran]


def _given(race: Race, award: Award, given: Given, change: Changed | None) -> dict[str, Any]:
    return {
        "place": given.place,
        "bibs": list(given.bibs),
        "decision": given.decision,
        "by": given.by,
        "at_ms": given.at_ms,
        "changed": None if change is None else _change(race, award, change),
    }


def _change(race: Race, award: Award, change: Changed) -> dict[str, Any]:
    text = {language: _change_text(language, race, award, change) for language in LANGUAGES}
    return {"given": list(change.given.bibs), "now": list(change.now), "text": text}


def _change_text(language: str, race: Race, award: Award, change: Changed) -> str:
    t = tongue(language).catalogue
    # Translators: {given} and {now} are bibs with their teams: "12 (Ideta)".
    text = t.gettext("{prize}, place {place}: handed to {given}, but the place is now that of {now}")
    if not change.now:
        text = t.gettext("{prize}, place {place}: handed to {given}, but nobody holds the place now")
    name = award.prize.name.get(language) or next(iter(award.prize.name.values()), str(award.number))
    given, now = _named(race, change.given.bibs), _named(race, change.now)
    return text.format(prize=name, place=change.given.place, given=given, now=now)


def _named(race: Race, bibs: Sequence[str]) -> str:
    return ", ".join(f"{bib} ({race.by_bib[bib].team})" if bib in race.by_bib else bib for bib in bibs)


def _doubt(race: Race, award: Award, changes: Sequence[Changed]) -> dict[str, Any]:
    """As ingest tells the others: an id that stays the same, and the instant of what it is about."""
    shown = [{"place": each.given.place, **_change(race, award, each)} for each in changes]
    return {
        "id": f"prize-changed-{race.id}-{award.number}",
        "kind": "prize_changed",
        "race": race.id,
        "bib": None,
        "lap": None,
        "runner": None,
        "passage": None,
        "prize": award.number,
        "at_ms": max(each.given.at_ms for each in changes),
        "changed": [{name: each[name] for name in ("place", "given", "now")} for each in shown],
        "repair": None,
        "text": {language: "; ".join(each["text"][language] for each in shown) for language in LANGUAGES},
    }
