"""A hidden name is hidden everywhere: on every route that there is, and in the stream. T91 of `docs/rules.md`."""

import re
from dataclasses import asdict
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import httpx
import pytest
from starlette.routing import Route

from live.broadcast.hub import Channel
from live.messages.boards import Forecast
from live.messages.display import LinePassage
from live.web.app import API
from live.web.spectators import ROUTES
from live.web.state import WebState
from tests.web.conftest import HIDDEN, Keeper, board_rows, head, row
from tests.web.pdf import pdf_text
from tests.web.test_api import TEAM

NOWHERE = (HIDDEN, "Beatrijs", "B. Z.")
INITIALS_ONLY = "Dubois"
"""Of a runner who shows initials: the last name is nowhere either."""
FILLED = {
    "language": ("fr", "nl", "en"),
    "race": ("relay", "short"),
    "bib": ("7", "007", "nobody", HIDDEN),
    "format": ("csv", "json", "xlsx", "pdf"),
}
ASKED = ("", f"?q={HIDDEN}", "?q=Beatrijs", f"?q={INITIALS_ONLY}", "?at_ms=1", "?category=mixed", "?head=1")
JUDGE = {"Authorization": "Bearer judge-token"}


def addresses() -> list[str]:
    """Every address that can be read, with each of the values of its parts."""
    found = []
    for route in [*API, *ROUTES]:
        if isinstance(route, Route) and "GET" in (route.methods or ()):
            filled = [re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)]
            for name in re.findall(r"\{(\w+)\}", filled[0]):
                values = FILLED.get(name, (f"a-{name}",))
                filled = [path.replace(f"{{{name}}}", value) for path in filled for value in values]
            found += filled
    endless = ("/api/v1/races/relay/line", "/api/v1/races/short/line")  # tests/web/test_line_api.py looks at it
    return [each for each in dict.fromkeys(found) if each not in endless]


def in_words(body: bytes) -> str:
    """What somebody can read of it: a sheet is unpacked, paper is read."""
    if body.startswith(b"%PDF"):
        return pdf_text(body)
    try:
        sheet = ZipFile(BytesIO(body))
    except BadZipFile:
        return body.decode(errors="replace")
    return "".join(sheet.read(name).decode(errors="replace") for name in sheet.namelist())


@pytest.fixture
def keeper(keeper: Keeper) -> Keeper:
    """Ingest knows runners by their codes only."""
    board = {"head": asdict(head("relay", 14, 5)), "rows": [asdict(each) for each in board_rows()]}
    keeper.answers = {
        "team": TEAM,
        "board_at": board,
        "passages": {"passages": TEAM["crossings"], "next": None},
        "doubts": {"doubts": TEAM["doubts"]},
        "line": {"passages": [asdict(LinePassage("relay", "12", ("A", "B"), "mat-line", "e1", 1, 1))]},
        **{each: {each: []} for each in ("decisions", "devices", "rejected")},
    }
    return keeper


@pytest.mark.parametrize("headers", [{}, JUDGE], ids=["public", "official"])
async def test_a_hidden_name_is_on_no_address(web: httpx.AsyncClient, keeper: Keeper, headers: dict[str, str]) -> None:
    """T91: pages, API, search, lists to print, sheets: nowhere, also not for who asks with the name itself."""
    del keeper
    reached = 0
    for path in addresses():
        for asked in ASKED if path.endswith(("search", "standings", "/")) else ("",):
            answer = await web.get(path + asked, headers=headers)
            assert answer.status_code < 500 or answer.status_code == 503, (path, answer.status_code)
            reached += answer.status_code == 200
            text = in_words(answer.content)
            said = [name for name in (*NOWHERE, INITIALS_ONLY) if name in text]
            assert all(name.lower() in (path + asked).lower() for name in said), (path + asked, said)
    assert reached > 40


async def test_a_hidden_name_is_in_no_message_of_the_stream(state: WebState) -> None:
    """T91: whole, changes, and to who follows a team."""
    board = state.boards.by_race["relay"]
    channel = Channel(board)
    channel.see()
    channel.round(0)
    messages: list[Any] = [*channel.welcome(None)]
    board.put([row("12", 20, 820_000, next=Forecast(1, 2, "km1"), missing=("B",))], 20)
    channel.see(["12"])
    messages += channel.round(10_000)
    text = b"".join(messages).decode()
    assert len(messages) >= 2 and '"12"' in text
    assert not [name for name in (*NOWHERE, INITIALS_ONLY) if name in text]
