"""Whence htmx comes: from the CDN where that answers well and in time, else from us. Nothing waits for it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route

from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import Stand, beginning, standing

VENDORED = (Path(__file__).parents[3] / "live" / "web" / "static" / "vendor" / "htmx-4.0.1.min.js").read_bytes()
HEADERS = {"Access-Control-Allow-Origin": "*", "Content-Type": "text/javascript"}
LOGIN = b"<!doctype html><title>Wi-Fi</title><p>Please accept our terms"

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


class Cdn:
    """The CDN on a good or a bad day; what hangs is let go at the end."""

    def __init__(self, day: str) -> None:
        self.day = day
        self.closing = asyncio.Event()

    async def answer(self, route: Route) -> None:
        """Answer as on such a day."""
        if self.day == "good":
            await route.fulfill(body=VENDORED, headers=HEADERS)
        elif self.day == "slow":
            await asyncio.sleep(3)  # a page has moved on after 1.5 s
            await route.fulfill(body=VENDORED, headers=HEADERS)
        elif self.day == "refused":
            await route.abort("connectionrefused")
        elif self.day == "gone between":  # it answers our question, and no longer when the page takes the script
            if route.request.resource_type == "script":
                await route.abort("connectionreset")
            else:
                await route.fulfill(body=VENDORED, headers={**HEADERS, "Cache-Control": "no-store"})
        elif self.day == "tampered":
            await route.fulfill(body=VENDORED + b";window.stolen=1", headers=HEADERS)
        elif self.day == "captive":
            await route.fulfill(body=LOGIN, content_type="text/html")
        elif self.day == "an open captive portal":
            await route.fulfill(body=LOGIN, headers={**HEADERS, "Content-Type": "text/html"})
        else:
            await self.closing.wait()
            await route.abort()


def with_cdn() -> Stand:
    """Return the small event with htmx from the CDN."""
    stand = beginning()
    stand.state.settings = replace(stand.state.settings, htmx="cdn")
    return stand


@pytest.mark.parametrize(
    "day", ["good", "slow", "refused", "hanging", "tampered", "captive", "an open captive portal", "gone between"]
)
async def test_search_works_whatever_the_cdn_does(browser: Browser, day: str) -> None:
    cdn, taken = Cdn(day), list[str]()
    async with standing(with_cdn()) as stand, visitor(browser, stand.url) as phone:
        await phone.page.route("https://cdn.jsdelivr.net/**", cdn.answer)
        phone.page.on("request", lambda request: taken.append(request.url))
        await phone.open("/fr/search")
        await phone.until("window.htmx?.version === '4.0.1'")
        assert any("/static/vendor/htmx" in url for url in taken) == (day != "good")
        await phone.page.fill("#q", "lutosa")
        await phone.until("document.querySelectorAll('#found a').length === 2")
        assert await phone.get("window.stolen") is None
        assert not [said for said in phone.said if said.startswith("error: ") and "Trusted" in said]
        cdn.closing.set()


async def test_a_site_without_internet_asks_nobody_else(phone: Phone) -> None:
    taken: list[str] = []
    phone.page.on("request", lambda request: taken.append(request.url))
    await phone.open("/fr/search")
    await phone.until("window.htmx?.version === '4.0.1'")
    await phone.page.fill("#q", "lutosa")
    await phone.until("document.querySelectorAll('#found a').length === 2")
    assert [url for url in taken if not url.startswith(phone.base)] == []


async def test_the_board_is_live_while_the_cdn_hangs(browser: Browser) -> None:
    cdn = Cdn("hanging")
    async with standing(with_cdn()) as stand, visitor(browser, stand.url) as phone:
        await phone.page.route("https://cdn.jsdelivr.net/**", cdn.answer)
        await phone.open("/fr/")
        await phone.live()
        assert len(await phone.bibs()) == 5
        cdn.closing.set()
