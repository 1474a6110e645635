"""What is shown of a page elsewhere: a team's picture beside a shared link, the event in a search engine."""

import json
import struct
from dataclasses import replace

import httpx
import pytest

from live.messages.boards import BoardChanges
from live.web.state import WebState
from tests.web.conftest import GUN_MS, Keeper, board_rows, race
from tests.web.reading import client, get, team_7, with_race

MOST_BYTES = 60_000
LONG = "Coopérative des Éleveurs et Maraîchers du Haut-Escaut et de la Plaine de Bruyelle, équipe réserve"


@pytest.fixture(autouse=True)
def answers(keeper: Keeper) -> None:
    keeper.answers["team"] = team_7()


def size(png: bytes) -> tuple[int, int]:
    """Return width and height, as the head of a PNG has them."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and png[12:16] == b"IHDR"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def frozen(state: WebState) -> None:
    """Let the public's board be frozen."""
    head = state.boards.by_race["relay"].head
    assert head is not None
    changed = replace(head, version=head.version + 1, frozen=True, frozen_since_ms=GUN_MS + 3_600_000)
    state.boards.hear(BoardChanges(changed, head.version, ()))


async def test_a_shared_team_page_has_a_picture_of_its_own_version(web: httpx.AsyncClient, state: WebState) -> None:
    page = await get(web, "/fr/r/relay/t/7")
    told = {each["property"]: each["content"] for each in page.all("meta") if each.get("property")}
    version = state.boards.by_race["relay"].version
    assert told["og:image"] == f"http://live.test/og/relay/7.png?lang=fr&v={version}"
    assert told["og:url"] == "http://live.test/fr/r/relay/t/7"
    answer = await web.get(told["og:image"])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert size(answer.content) == (1200, 630) and len(answer.content) <= MOST_BYTES
    assert (await web.get("/og/relay/7.png?lang=nl")).content != answer.content


async def test_the_picture_follows_the_team(web: httpx.AsyncClient, state: WebState) -> None:
    before = (await web.get("/og/relay/7.png?lang=fr")).content
    board = state.boards.by_race["relay"]
    assert board.head is not None
    changed = replace(board.head, version=board.version + 1)
    retired = replace(board.rows["7"], version=changed.version, status="dnf", placed=False)
    state.boards.hear(BoardChanges(changed, board.version, (retired,)))
    assert (await web.get("/og/relay/7.png?lang=fr")).content != before


async def test_while_the_board_is_frozen_there_is_no_picture(web: httpx.AsyncClient, state: WebState) -> None:
    """T90: what was fetched once would be shown on."""
    frozen(state)
    assert (await web.get("/og/relay/7.png")).status_code == 404
    page = await get(web, "/fr/r/relay/t/7")
    assert [each for each in page.all("meta", property="og:image")] == []


async def test_a_very_long_name_has_room(state: WebState) -> None:
    relay = state.event.by_race["relay"]
    entries = (replace(relay.entries[0], team=LONG), *relay.entries[1:])
    async with client(with_race(state, replace(relay, entries=entries), board_rows())) as web:
        answer = await web.get(f"/og/relay/{entries[0].bib}.png")
    assert size(answer.content) == (1200, 630) and len(answer.content) <= MOST_BYTES


@pytest.mark.parametrize("address", ["/og/relay/nobody.png", "/og/nothing/7.png"])
async def test_of_nobody_there_is_no_picture(web: httpx.AsyncClient, address: str) -> None:
    assert (await web.get(address)).status_code == 404


async def test_a_search_engine_reads_the_event_its_races_and_teams_but_no_person(
    web: httpx.AsyncClient, state: WebState
) -> None:
    page = await get(web, "/fr/info")
    told = json.loads(page.one("script", type="application/ld+json").text)
    assert (told["@context"], told["@type"], told["name"]) == ("https://schema.org", "SportsEvent", state.event.name)
    relay = next(each for each in told["subEvent"] if each["url"] == "http://live.test/fr/r/relay")
    assert [each["@type"] for each in relay["competitor"]] == ["SportsTeam"] * len(state.event.by_race["relay"].entries)
    names = {each.last_name for entry in state.event.by_race["relay"].entries for each in entry.runners} - {""}
    assert names and not any(name in json.dumps(told, ensure_ascii=False) for name in names)


async def test_who_runs_alone_is_a_person_and_not_named_to_search_engines(state: WebState) -> None:
    alone = tuple(replace(each, runners=each.runners[:1]) for each in state.event.by_race["relay"].entries)
    async with client(with_race(state, replace(race("relay", alone), legs=(("A",),)), board_rows())) as web:
        page = await get(web, "/fr/info")
    [only] = json.loads(page.one("script", type="application/ld+json").text)["subEvent"]
    assert "competitor" not in only
