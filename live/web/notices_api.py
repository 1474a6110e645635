"""The API of notices: what officials announce to everybody, and take back. No fact of a race (see `shown`)."""

import secrets
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from live import wire
from live.board_members import notice_members
from live.fact_members import CONTROL
from live.messages.display import Notice
from live.strict_json import MAX_INT, convert
from live.web.asking import official, posted
from live.web.languages import offered
from live.web.problems import Problem
from live.web.representation import no_store
from live.web.state import WebState, of

MAX_BYTES: Final = 8 * 1024
MAX_TEXT: Final = 200
"""Characters of a notice in one language: four lines on the smallest phone."""
MOST_NOTICES: Final = 50
"""In an event, the withdrawn among them: each phone that comes is told all of them."""


async def notices(request: Request) -> Response:
    """GET /api/v1/notices: what is announced now."""
    state = of(request)
    now_ms = state.now_ms()
    listed = [each for each in state.boards.notices.values() if each.is_open(now_ms)]
    return no_store({"notices": [notice_members(each) for each in listed]})


async def announce(request: Request) -> Response:
    """POST /api/v1/notices: an official announces something, or (`id` of an earlier one) says it otherwise."""
    by, state = official(request), of(request)
    body = await posted(request, MAX_BYTES)
    asked = {each: body[each] for each in ("id", "level", "text", "until_ms") if body.get(each) is not None}
    try:
        notice = convert({"id": secrets.token_hex(4), "level": "info", **asked, "by": by}, Notice)
        wire.in_topic(notice.id)
    except ValueError as error:
        raise Problem(422, str(error)) from error
    _check(state, notice)
    notice = replace(notice, at_ms=_instant(state, notice.id))
    await state.shown.tell(notice)
    return no_store(_members(notice), 202)


async def withdraw(request: Request) -> Response:
    """DELETE /api/v1/notices/{id}: an official takes a notice back; 202, also where it was withdrawn before."""
    by, state = official(request), of(request)
    known = state.boards.notices.get(request.path_params["id"])
    if known is None:
        raise Problem(404, "no such notice")
    withdrawn = replace(known, withdrawn=True, by=by, at_ms=_instant(state, known.id))
    await state.shown.tell(withdrawn)
    return no_store(_members(withdrawn), 202)


def _instant(state: WebState, id: str) -> int:
    """Return now, or just after what was said before: the newest stands, whatever a clock did meanwhile."""
    known = state.boards.notices.get(id)
    return max(state.wall_ms(), 0 if known is None else known.at_ms + 1)


def _members(notice: Notice) -> dict[str, Any]:
    return {**notice_members(notice), "by": notice.by, "at_ms": notice.at_ms}


def _check(state: WebState, notice: Notice) -> None:
    """Raises Problem (422) where somebody could not read it: each language of the event has its own words."""
    languages = offered(state.event.languages)
    if set(notice.text) != set(languages) or not all(text.strip() for text in notice.text.values()):
        raise Problem(422, f"a notice needs its `text` in each language of the event: {', '.join(languages)}")
    if any(len(text) > MAX_TEXT or CONTROL.search(text) for text in notice.text.values()):
        raise Problem(422, f"`text` is of {MAX_TEXT} characters at most, without control characters")
    if notice.until_ms is not None and not state.now_ms() < notice.until_ms <= MAX_INT:
        raise Problem(422, "`until_ms` is no instant to come")
    known = state.boards.notices
    if notice.id not in known and len(known) >= MOST_NOTICES:
        raise Problem(422, f"there were {MOST_NOTICES} notices already: say one of them otherwise, by its `id`")
