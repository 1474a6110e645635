"""The page of a big screen as the server sends it."""

from dataclasses import replace

import httpx
import pytest

from live.web.state import WebState
from tests.web.reading import bibs, client, get


async def test_the_screen_has_its_zones(web: httpx.AsyncClient) -> None:
    page = await get(web, "/screen/main?rows=3")
    assert (page.one("html")["data-page"], page.one("html")["data-theme"], page.one("html")["lang"]) == (
        "screen",
        "dark",
        "fr",
    )
    assert bibs(page) == ["7", "007", "12"]
    assert [each["data-bib"] for each in page.one(id="rest").all("li")] == ["30", "21"]
    assert page.one(id="range").text == "4-5 / 5"
    assert [each.slot("crossed") for each in page.one(id="last").all("li")] == [
        "Arrivée",
        "Arrivée",
        "Tour 1",
        "Tour 1",
    ]
    assert "live.test" in page.one("footer").text


async def test_a_screen_shows_the_public_address_where_one_is_set(state: WebState) -> None:
    settings = replace(state.settings, origin="https://live.smartrun.example")
    async with client(replace(state, settings=settings)) as web:
        assert (await get(web, "/screen/main")).one(class_="address").text.endswith("live.smartrun.example")


async def test_a_screen_in_the_sun_is_light_and_may_speak_dutch(web: httpx.AsyncClient) -> None:
    page = await get(web, "/screen/main?theme=light&lang=nl")
    assert (page.one("html")["data-theme"], page.one("html")["lang"]) == ("light", "nl")


async def test_a_screen_shows_the_race_that_is_asked(web: httpx.AsyncClient) -> None:
    assert (await get(web, "/screen/main?race=short")).one(id="board")["data-race"] == "short"
    await get(web, "/screen/main?race=nix", 404)


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("", 10),
        ("rows=7", 7),
        ("rows=99", 16),
        ("rows=1", 3),
        ("distance=28&height=2", 10),
        ("distance=40&height=2", 7),
        ("distance=56&height=2", 5),
        ("distance=99&height=2", 3),
        ("distance=30", 10),
    ],
)
async def test_rows_follow_from_the_distance(web: httpx.AsyncClient, asked: str, rows: int) -> None:
    assert (await get(web, f"/screen/main?{asked}")).one(id="board")["data-rows"] == str(rows)
