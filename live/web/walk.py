"""The walk and whatever else has no places: how many are back, how many are still out; no list, no names, no places."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from live.boards import RaceBoard
from live.messages.boards import Row
from live.programme import code
from live.times import without_seconds
from live.walkers import count_walkers
from live.web.pages import language_of, of_day, page, race_view, tongue
from live.web.state import of


def walk(request: Request, board: RaceBoard, races: list[dict[str, str]]) -> Response:
    """Return the page of a race without places; `?q=` tells one walker by bib whether he was seen coming back."""
    event, language = of(request).event, language_of(request)
    t = tongue(language).catalogue
    count = count_walkers(board)
    last_ms = count.last_back_at_ms
    query = request.query_params.get("q", "").strip()[:64]
    context: dict[str, Any] = {
        "race": race_view(board, language, event),
        "races": races,
        "home_text": t.ngettext("{n} back of {m}", "{n} back of {m}", count.back).format(
            n=count.back, m=count.entries - count.absent
        ),
        "out_text": t.gettext("Still out: {n}").format(n=len(count.still_out)) if count.started else "",
        "last_text": ""
        if last_ms is None
        else t.gettext("The last one came in at {t}").format(t=without_seconds(of_day(last_ms, event))),
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
        at = without_seconds(of_day(row.at_ms, of(request).event))
        return t.gettext("Bib {bib}: back at {t}").format(bib=row.bib, t=at)
    if row.status == "running":
        return t.gettext("Bib {bib}: on the way").format(bib=row.bib)
    return t.gettext("Bib {bib}: {status}").format(
        bib=row.bib, status=tongue(language_of(request)).words.say(row.status)
    )
