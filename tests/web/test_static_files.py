"""Styles, scripts and fonts: kept for a year, small, and no others."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from live.messages.boards import Forecast
from live.web.state import WebState
from tests.web.conftest import GUN_MS, entry, race, row
from tests.web.html import parse
from tests.web.reading import client, get, with_race

STATIC = Path(__file__).parent.parent.parent / "live" / "web" / "static"


async def test_files_are_kept_for_a_year_under_an_address_with_their_hash(web: httpx.AsyncClient) -> None:
    page = await get(web, "/fr/")
    script = page.one("script")["src"]
    answer = await web.get(script)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] in ("br", "gzip")
    assert answer.content == (STATIC / "live.js").read_bytes()
    assert (await web.get("/static/live.js?v=old")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nix.js", "../pages.py", "%2e%2e/pages.py", "vendor", "fonts/LICENSE.txt", ""])
async def test_other_files_are_not_to_be_had(web: httpx.AsyncClient, name: str) -> None:
    assert (await web.get(f"/static/{name}")).status_code == 404


async def test_htmx_is_the_one_that_its_hash_names(web: httpx.AsyncClient) -> None:
    import base64
    import hashlib

    page = (await get(web, "/fr/")).one("html")
    copy = (await web.get(page["data-htmx-copy"])).content
    digest = base64.b64encode(hashlib.sha384(copy).digest()).decode()
    assert page["data-htmx-hash"] == f"sha384-{digest}"
    assert digest == "Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"


async def test_a_site_without_internet_asks_no_cdn(state: WebState) -> None:
    settings = replace(state.settings, htmx="local")
    async with client(replace(state, settings=settings)) as web:
        answer = await web.get("/fr/")
        assert parse(answer.text).one("html")["data-htmx"] == ""
        assert "cdn" not in answer.headers["Content-Security-Policy"]


async def test_search_engines_are_told_whole_addresses_where_the_organiser_set_one(state: WebState) -> None:
    settings = replace(state.settings, origin="https://live.example")
    async with client(replace(state, settings=settings)) as web:
        links = (await get(web, "/fr/info")).all("link", rel="alternate")
    assert [each["href"] for each in links] == [f"https://live.example/{each}/info" for each in ("fr", "nl", "en")]


async def test_the_first_visit_is_small(state: WebState) -> None:
    """120 teams on their way in 10 kB."""
    entries = tuple(entry(n, str(n + 1), f"Entreprise {n % 40} · {n}", "mixed", ("F", "M")) for n in range(120))
    rows = tuple(
        row(
            each.bib,
            1,
            800_000 + 7919 * each.number % 200_000,
            next=Forecast(
                GUN_MS + 1_900_000 + 104_729 * each.number % 99_991, 9_000 + 7919 * each.number % 60_001, "km1"
            ),
            finish=Forecast(GUN_MS + 2_900_000, 200_000),
        )
        for each in entries
    )
    async with (
        client(with_race(state, race("relay", entries), rows, gun_ms=GUN_MS)) as web,
        web.stream("GET", "/fr/", headers={"Accept-Encoding": "br"}) as answer,
    ):
        size = sum([len(chunk) async for chunk in answer.aiter_raw()])
    assert size <= 10_000, size
