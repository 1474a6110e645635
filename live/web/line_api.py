"""Who is at the line, as it is heard: a stream of its own for officials and speakers, never for the public.

Server-sent events, since a browser comes back to them by itself: first the latest passages, as ingest knows them, then
each as it is told. A passage is told again under the same `key` when its state changes. The event `said` is a JSON
object of bibs, each with when a speaker last said that team.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from live.messages.display import LinePassage, NamesSaid
from live.programme import LANGUAGES, Race
from live.strict_json import convert, to_json
from live.web.answers import NoAnswer, Refused
from live.web.asking import asked_race, official_or_speaker
from live.web.pages import of_day, tongue
from live.web.session import signed_in
from live.web.state import WebState, of

BEAT_S: Final = 5.0
"""A sign of life after so much silence; then, too, whose token it was is looked up again."""


async def line(request: Request) -> Response:
    """GET …/line: who is at the line, as server-sent events."""
    official_or_speaker(request)
    race = asked_race(request).race
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_told(request, race), 200, headers, "text/event-stream")


async def _told(request: Request, race: Race) -> AsyncIterator[bytes]:
    state = of(request)
    with state.line.listening(race.id) as listener:
        if said := state.shown.said.get(race.id):
            yield _said(state, said)
        for passage in await latest(state, race):
            yield _event(state, race, passage)
        yield b"event: ready\ndata: {}\n\n"
        while True:
            try:
                async with asyncio.timeout(BEAT_S):
                    heard = await listener.get()
            except TimeoutError:
                if signed_in(request) is None:  # the token was revoked meanwhile
                    return
                yield b"event: beat\ndata: {}\n\n"
                continue
            events = [heard]
            while not listener.empty():  # a mat that empties its memory is one write
                events.append(listener.get_nowait())
            yield b"".join(_event(state, race, each) for each in events if each is not None)
            if None in events:
                return


async def latest(state: WebState, race: Race) -> list[LinePassage]:
    """Return the latest passages at the line, the oldest first; none while ingest is away: the stream goes on."""
    try:
        told = await state.ask("line", race=race.id)
    except (NoAnswer, Refused):
        return []
    return convert(told["passages"], list[LinePassage])


def _event(state: WebState, race: Race, told: LinePassage | NamesSaid) -> bytes:
    if isinstance(told, NamesSaid):
        return _said(state, told.at_ms)
    return b"data: " + to_json(members(state, race, told)) + b"\n\n"


def _said(state: WebState, at_ms: dict[str, int]) -> bytes:
    return b"event: said\ndata: " + to_json(said_members(state, at_ms)) + b"\n\n"


def said_members(state: WebState, at_ms: dict[str, int]) -> dict[str, dict[str, Any]]:
    """Return when each team was said, by bib: the instant, and the time of day."""
    return {bib: {"at_ms": each, "at": of_day(each, state.event)} for bib, each in at_ms.items()}


def members(state: WebState, race: Race, passage: LinePassage) -> dict[str, Any]:
    """Return a passage at the line in JSON: names as each runner allows (T91), words in three languages."""
    entry = race.by_bib[passage.bib]
    crossed = [runner for runner in entry.runners if runner.code in passage.runners]
    texts = {language: _text(language, passage, race) for language in LANGUAGES}
    return {
        "key": f"{passage.device}/{passage.epoch}/{passage.seq}",
        "race": race.id,
        "bib": passage.bib,
        "team": entry.team,
        "company": entry.company,
        "runners": [{"runner": runner.code, "name": runner.public_name} for runner in crossed],
        "at_ms": passage.at_ms,
        "at": of_day(passage.at_ms, state.event),
        "state": passage.state,
        "lap": passage.lap,
        "text": texts,
    }


def _text(language: str, passage: LinePassage, race: Race) -> str:
    """Return what stands beside the name: not confirmed, which lap it ended, taken back."""
    speech = tongue(language)
    t, words = speech.catalogue, speech.words
    if passage.state == "raw":
        return t.pgettext("somebody at the line, not judged yet", "not confirmed")
    if passage.state == "questionable":
        return t.pgettext("somebody at the line", "doubtful, an official decides")
    if passage.state == "ignored":
        return t.pgettext("somebody at the line, taken back", "cancelled")
    if passage.lap is None:
        return t.pgettext("somebody at the line", "confirmed")
    if passage.lap == race.laps_total:
        return words.say("finish")
    return words.say("lap" if race.laps_total is None else "lap_of", n=passage.lap, m=race.laps_total)
