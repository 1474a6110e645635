"""Pages as trees, applications over another state, and what ingest tells of a team."""

from dataclasses import replace
from typing import Any

import httpx

from live.boards import Boards
from live.messages.boards import BoardPage, Row
from live.programme import Race
from live.web.app import create_app
from live.web.state import WebState
from tests.web.conftest import GUN_MS, head, meeting
from tests.web.html import Element, parse


async def get(web: httpx.AsyncClient, path: str, status: int = 200) -> Element:
    """Return a page as a tree."""
    answer = await web.get(path)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return parse(answer.text)


def client(state: WebState) -> httpx.AsyncClient:
    """Return a client of an application over another state."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(state)), base_url="http://live.test")


def with_race(state: WebState, changed: Race, rows: tuple[Row, ...], **members: Any) -> WebState:
    """Return the state of an event whose only race is this one, its board heard whole."""
    event = replace(meeting(), races=(changed,))
    boards = Boards(event)
    boards.hear(head(changed.id, 20, len(changed.entries), **members))
    boards.hear(BoardPage(changed.id, "journal-1", 0, rows, 20))
    return replace(state, event=event, boards=boards)


def bibs(page: Element) -> list[str]:
    """Return the bibs that the list shows, in order."""
    return [each["data-bib"] for each in page.one(id="board").all("li") if each.get("hidden") is None]


def lap(number: int, runners: list[str], lap_ms: int, elapsed_ms: int, place: int, **members: Any) -> dict[str, Any]:
    """Return a lap as ingest tells it."""
    plain = {"quality": "measured", "lap_quality": "measured", "provisional": False, "missing": [], "splits": []}
    told = {"lap": number, "runners": runners, "lap_ms": lap_ms, "elapsed_ms": elapsed_ms, "place": place}
    return {**told, **plain, **members}


def split(point: str, runner: str, elapsed_ms: int, place: int) -> dict[str, Any]:
    """Return a split as ingest tells it."""
    return {"point": point, "runner": runner, "elapsed_ms": elapsed_ms, "place": place}


def crossing(runner: str, point: str, verdict: str, reason: dict[str, Any]) -> dict[str, Any]:
    """Return a judged passage as ingest tells it."""
    of = {"device": "mat-line", "epoch": "e", "seq": 1, "lap": reason["lap"], "at_ms": GUN_MS + 800_001}
    return {**of, "runner": runner, "point": point, "verdict": verdict, "reason": reason}


def team_7() -> dict[str, Any]:
    """What ingest tells of team 7."""
    return {
        "runners": [{"runner": "A"}, {"runner": "B"}],
        "laps": [
            lap(1, ["A"], 800_001, 800_001, 1, splits=[split("km1", "A", 260_000, 3)]),
            lap(2, ["A", "B"], 790_000, 1_590_001, 1, missing=["B"], provisional=True),
        ],
        "crossings": [
            crossing("A", "line", "counted", {"code": "crossing", "lap": 1}),
            crossing("B", "line", "ignored", {"code": "waiting", "lap": 2}),
        ],
        "doubts": [{"id": "d1", "kind": "not_together", "bib": "7", "lap": 2, "runner": None}],
    }
