"""The API behind a token: what came in, what waits for a ruling, decisions; and passages over HTTP."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from live import wire
from live.fact_members import VERSION, read_decision, read_passages
from live.messages.decisions import GivePrize, Revoke, Ruling
from live.messages.services import BrokerHealth
from live.programme import code
from live.strict_json import MAX_INT
from live.web.asking import device, official, official_or_speaker, posted, whole
from live.web.health import canary_members
from live.web.prizes import filled_in, prize_doubts
from live.web.problems import Problem
from live.web.representation import no_store
from live.web.state import WebState, of

MAX_DECISION_BYTES = 16 * 1024
MAX_PASSAGES_BYTES = 256 * 1024
"""One message on the bus, far below what the broker takes."""
MAX_LISTED = 1_000
FIND = ("device", "race", "bib", "chip", "verdict", "before", "limit")
ALSO_CALLED = {"team": "bib", "next": "before"}
"""As an answer's members are called."""


async def told(request: Request, question: str, about: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what ingest answers to an official.

    Raises:
        Problem: 401, it is none who asks.
    """
    official(request)
    return await of(request).ask(question, **(about or {}))


async def decisions(request: Request) -> Response:
    """GET /api/v1/decisions: what was ruled, by whom."""
    return no_store(await told(request, "decisions"))


async def doubts(request: Request) -> Response:
    """GET /api/v1/doubts: what waits for a ruling."""
    members = await told(request, "doubts")
    listed = [*of(request).reasons.with_texts(members["doubts"]), *await prize_doubts(of(request))]
    return no_store({**members, "doubts": sorted(listed, key=lambda doubt: doubt.get("at_ms", 0))})


async def devices(request: Request) -> Response:
    """GET /api/v1/devices: each device's health, and that of the chain."""
    members, state = await told(request, "devices"), of(request)
    listed = state.reasons.with_events(members["devices"])
    return no_store({**members, "devices": listed, "health": _health(state)})


def _health(state: WebState) -> dict[str, object]:
    """Return how the chain is: the canary, and what was done on the broker that should not be."""
    broker = state.broker or BrokerHealth(0)
    return {
        "missing": state.missing(),
        "canary": canary_members(state),
        "broker": {
            "alarm": broker.alarm,
            "restarts": broker.restarts,
            "counts": broker.counts,
            "trespasses": [asdict(each) for each in broker.trespasses],
        },
    }


async def rejected(request: Request) -> Response:
    """GET /api/v1/rejected: what could not be understood, with the reason."""
    limit = whole(request.query_params, "limit", 1, MAX_LISTED)
    return no_store(await told(request, "rejected", {} if limit is None else {"limit": str(limit)}))


async def passages(request: Request) -> Response:
    """GET /api/v1/passages: what came in, judged, newest first; `before` goes on where an answer's `next` says."""
    asked = _search(request.query_params)
    about = {name: asked[name] for name in ("race", "verdict") if asked.get(name)}
    about |= {"device": code(asked["device"]).lower()} if asked.get("device") else {}
    about |= {name: code(asked[name]) for name in ("bib", "chip") if asked.get(name)}
    for name, most in (("before", MAX_INT), ("limit", MAX_LISTED)):
        number = whole(asked, name, 1, most)
        if number is not None:
            about[name] = str(number)
    members = await told(request, "passages", about)
    return no_store({**members, "passages": of(request).reasons.with_reasons(members["passages"])})


def _search(given: Mapping[str, str]) -> dict[str, str]:
    """Return what is asked for under the names of `FIND`; a slip in a name must not show all passages of the event."""
    asked: dict[str, str] = {}
    for name, value in given.items():
        known = ALSO_CALLED.get(name, name)
        if known not in FIND:
            raise Problem(422, f"`{name}` is not known here: {', '.join((*FIND, *ALSO_CALLED))}")
        if known in asked:
            also = next(also for also, meant in ALSO_CALLED.items() if meant == known)
            raise Problem(422, f"`{also}` is another name for `{known}`: give one of them")
        asked[known] = value
    return asked


async def post_decision(request: Request) -> Response:
    """POST /api/v1/decisions: one decision of the official whose token this is; 202 once it is in the journal.

    A speaker may say that a prize was given, or take that back, and nothing else.
    """
    (by, role), state = official_or_speaker(request), of(request)
    body = await posted(request, MAX_DECISION_BYTES)
    try:
        decision = read_decision(body, by=by, at_ms=state.now_ms())
    except ValueError as error:
        raise Problem(422, str(error)) from error
    if role == "speaker":
        await _check_speaker(state, decision.ruling)
    if isinstance(decision.ruling, GivePrize):
        decision = replace(decision, ruling=await filled_in(state, decision.ruling))
    verdict = await state.decide(decision)
    members: dict[str, object] = {"id": verdict.id, "version": verdict.version}
    if verdict.status != 202:
        open = {"open": [asdict(each) for each in verdict.open]} if verdict.open else {}
        raise Problem(verdict.status, verdict.reason, {**members, **open})
    return no_store({**members, "pending": True} if verdict.pending else members, 202)


async def _check_speaker(state: WebState, ruling: Ruling) -> None:
    if isinstance(ruling, GivePrize):
        return
    if isinstance(ruling, Revoke):
        told = await state.ask("decisions")
        if any(each["id"] == ruling.decision and each["type"] == GivePrize.type for each in told["decisions"]):
            return
    raise Problem(403, "a speaker may give a prize (give_prize) and take that back (revoke), and decide nothing else")


async def post_passages(request: Request) -> Response:
    """POST /api/v1/passages: the passage message of MQTT; answered with the watermark once it is durable."""
    name, state = device(request), of(request)
    body = await posted(request, MAX_PASSAGES_BYTES)
    try:
        batch = read_passages(wire.Topics(state.event.id).passages(name), name, body)
    except ValueError as error:
        raise Problem(422, str(error)) from error
    if batch.rejected:
        bad = [{"seq": each.seq, "reason": each.reason} for each in batch.rejected]
        raise Problem(422, "nothing was taken: passages that cannot be understood", {"rejected": bad})
    stored = await state.store_passages(batch)
    return no_store({"v": VERSION, "epoch": stored.epoch, "through": stored.through})
