"""Notices: an official announces, everybody is told in his language, whatever page he opens; and it is taken back."""

from typing import Any

import httpx
import pytest

from live.messages.display import Notice, SilentPoint, SilentPoints
from live.web.notices_api import MOST_NOTICES
from live.web.state import WebState
from tests.web.conftest import GUN_MS, Keeper
from tests.web.html import parse

JUDGE = {"Authorization": "Bearer judge-token"}
SPEAKER = {"Authorization": "Bearer speaker-token"}
NOTICES = "/api/v1/notices"
WORDS = {"fr": "Départ retardé de 10 minutes", "nl": "Start 10 minuten later", "en": "Start delayed by 10 minutes"}
PAGES = (
    "/fr/",
    "/fr/feed",
    "/fr/r/relay/t/12",
    "/fr/r/relay/map",
    "/fr/r/short",
    "/fr/results/relay",
    "/fr/info",
    "/screen/main?lang=fr",
    "/overlay/clock?lang=fr",
    "/line?lang=fr",
)


async def announce(web: httpx.AsyncClient, headers: dict[str, str] = JUDGE, **members: Any) -> httpx.Response:
    """Say it as an official."""
    return await web.post(NOTICES, json={"text": WORDS, **members}, headers=headers)


async def bars(web: httpx.AsyncClient, path: str) -> list[str]:
    """What stands above the list on a page."""
    answer = await web.get(path)
    assert answer.status_code == 200, path
    found = parse(answer.text).one(id="notices")
    return [each.one("span").text for each in found.all("p")]


async def test_an_official_announces_and_every_page_shows_it_without_a_script(
    web: httpx.AsyncClient, keeper: Keeper
) -> None:
    keeper.answers["team"] = {"laps": [], "crossings": [], "doubts": []}
    for headers, status in (({}, 401), (SPEAKER, 401), (JUDGE, 202)):
        assert (await announce(web, headers)).status_code == status
    for path in PAGES:
        assert await bars(web, path) == [WORDS["fr"]], path
    assert await bars(web, "/nl/") == [WORDS["nl"]]
    [told] = (await web.get(NOTICES)).json()["notices"]
    assert (told["text"], told["level"]) == (WORDS, "info")


async def test_safety_comes_first_and_has_no_way_to_close_it(web: httpx.AsyncClient) -> None:
    await announce(web, id="soup")
    await announce(web, id="storm", level="safety", text={each: "!" for each in WORDS})
    assert await bars(web, "/fr/") == ["!", WORDS["fr"]]
    storm = parse((await web.get("/fr/")).text).one("p", data_notice="storm")
    assert "hidden" in storm.one("button").attributes


async def test_it_is_said_otherwise_and_taken_back(web: httpx.AsyncClient) -> None:
    id = (await announce(web)).json()["id"]
    later = {**WORDS, "fr": "Départ retardé de 20 minutes"}
    assert (await announce(web, id=id, text=later)).status_code == 202
    assert await bars(web, "/fr/") == [later["fr"]]
    for path, headers, status in ((id, {}, 401), (id, SPEAKER, 401), ("none", JUDGE, 404), (id, JUDGE, 202)):
        assert (await web.delete(f"{NOTICES}/{path}", headers=headers)).status_code == status
    assert await bars(web, "/fr/") == []
    assert (await web.get(NOTICES)).json() == {"notices": []}


async def test_it_is_over_at_its_time(web: httpx.AsyncClient, state: WebState) -> None:
    now_ms = GUN_MS + 1_000
    state.wall_ms = lambda: now_ms
    assert (await announce(web, until_ms=now_ms + 60_000)).status_code == 202
    assert len(await bars(web, "/fr/")) == 1
    now_ms += 120_000
    assert (await web.get(NOTICES)).json() == {"notices": []}
    assert await bars(web, "/fr/") == []


async def test_who_asks_for_the_standings_is_told_with_them_and_only_when_something_changed(
    web: httpx.AsyncClient, state: WebState
) -> None:
    """Polling: the ETag is another one as soon as there is something to tell."""
    path = "/api/v1/races/relay/standings"
    before = await web.get(path)
    assert (before.json()["notices"], before.json()["silent"]) == ([], [])
    id = (await announce(web)).json()["id"]
    state.boards.hear(SilentPoints("relay", (SilentPoint("km1", GUN_MS),)))
    told = await web.get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert told.json()["notices"] == [{"id": id, "text": WORDS, "level": "info"}]
    assert told.json()["silent"] == [{"point": "km1", "since_ms": GUN_MS}]
    assert (await web.get(path, headers={"If-None-Match": told.headers["ETag"]})).status_code == 304


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"text": {"fr": "Bonjour"}}, "fr, nl, en"),
        ({"text": {**WORDS, "nl": " "}}, "fr, nl, en"),
        ({"text": {**WORDS, "de": "Hallo"}}, "fr, nl, en"),
        ({"text": {**WORDS, "en": "x" * 201}}, "200"),
        ({"text": {**WORDS, "en": "a\nb"}}, "control"),
        ({"text": "Bonjour"}, "text"),
        ({"level": "loud"}, "loud"),
        ({"id": "a b"}, "a b"),
        ({"until_ms": 1}, "until_ms"),
        ({"until_ms": "soon"}, "until_ms"),
    ],
)
async def test_what_somebody_could_not_read_is_refused(web: httpx.AsyncClient, members: Any, said: str) -> None:
    answer = await announce(web, **members)
    assert (answer.status_code, said in answer.json()["detail"]) == (422, True), answer.json()
    assert await bars(web, "/fr/") == []


async def test_there_is_an_end_to_what_each_phone_is_told(web: httpx.AsyncClient) -> None:
    for number in range(MOST_NOTICES):
        assert (await announce(web, id=f"n{number}")).status_code == 202
    assert (await announce(web)).status_code == 422
    assert (await announce(web, id="n1")).status_code == 202, "one of them, said otherwise"


async def test_markup_in_a_notice_is_text(web: httpx.AsyncClient) -> None:
    await announce(web, text={each: "<b>Soupe</b>" for each in WORDS})
    assert await bars(web, "/fr/") == ["<b>Soupe</b>"]


async def test_the_newest_stands_also_where_an_older_one_comes_again(state: WebState) -> None:
    """The bus sends what is retained again at each connection, now and then what was there before."""
    old, new = (Notice("1", "info", {"fr": text}, at_ms=at_ms) for text, at_ms in (("a", 1), ("b", 2)))
    for notice in (old, new, old):
        state.boards.hear(notice)
    revision = state.boards.by_race["relay"].revision
    state.boards.hear(new)
    assert [each.text["fr"] for each in state.boards.by_race["relay"].notices] == ["b"]
    assert state.boards.by_race["relay"].revision == revision, "nothing to paint anew"


async def test_a_silent_mat_is_named_on_the_page_and_not_during_a_freeze(
    web: httpx.AsyncClient, state: WebState
) -> None:
    """T96."""
    state.wall_ms = lambda: GUN_MS + 300_000
    state.boards.hear(SilentPoints("relay", (SilentPoint("km1", GUN_MS + 30_000),)))
    assert "Tapis km 1 muet depuis 4 min" in parse((await web.get("/fr/")).text).one(id="silent").text
