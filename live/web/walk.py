"""The walk and whatever else has no places: how many are back, how many are still out; no list, no names, no places."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from live.boards import RaceBoard
from live.messages import Row
from live.programme import code
from live.web.pages import language_of, of_day, page, race_view, tongue
from live.web.state import of

STARTED = ("running", "finished", "dnf")
"""Who has one of these was on the way: the number against which those who are back are counted."""


def walk(request: Request, board: RaceBoard, races: list[dict[str, str]]) -> Response:
    """Return the page of a race without places; `?q=` tells one walker by bib whether he was seen coming back."""
    event, language = of(request).event, language_of(request)
    t = tongue(language).catalogue
    rows = list(board.rows.values())
    back = [row for row in rows if row.status == "finished"]
    last_ms = max((row.at_ms or 0 for row in back), default=0)
    query = request.query_params.get("q", "").strip()[:64]
    context: dict[str, Any] = {
        "race": race_view(board, language, event),
        "races": races,
        "home_text": t.gettext("{n} back of {m}").format(n=len(back), m=sum(row.status != "dns" for row in rows)),
        "last_text": t.gettext("The last one came in at {t}").format(t=of_day(last_ms, event)[:5]) if back else "",
        "answer": _one(board.rows.get(code(query)), query, request) if query else "",
        "q": query,
    }
    return page(request, "walk.html", "walk", **context)


def one_walker(request: Request, board: RaceBoard, bib: str) -> str:
    """Return where the walker with this bib is, in a sentence."""
    return _one(board.rows.get(bib), bib, request)


def _one(row: Row | None, bib: str, request: Request) -> str:
    t = tongue(language_of(request)).catalogue
    if row is None:
        return t.gettext("Nobody here wears bib {bib}.").format(bib=bib)
    if row.status == "finished" and row.at_ms is not None:
        at = of_day(row.at_ms, of(request).event)[:5]
        return t.gettext("Bib {bib}: back at {t}").format(bib=row.bib, t=at)
    if row.status == "running":
        return t.gettext("Bib {bib}: on the way").format(bib=row.bib)
    return t.gettext("Bib {bib}: {status}").format(
        bib=row.bib, status=tongue(language_of(request)).words.say(row.status)
    )
