"""What a phone keeps for when the network or the server is away; the worker says how old it is."""

import re

import httpx
import pytest
from playwright.async_api import Browser

from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import Stand

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CONTROLLED = "!!navigator.serviceWorker.controller"
KEPT = "(async () => (await (await caches.open('pages')).keys()).map(each => new URL(each.url).pathname).join())()"


async def settled(phone: Phone) -> None:
    """Open the list and a team, and wait until the worker has them."""
    await phone.open("/fr/")
    await phone.until(CONTROLLED, "the worker to take over")
    for path in ("/fr/", "/fr/r/relay/t/12"):
        await phone.open(path)
        await phone.until(f"{KEPT}.then(kept => kept.split(',').includes('{path}'))", f"{path} to be kept")


async def test_what_was_seen_is_there_without_a_server_and_says_that_it_is_old(browser: Browser, stand: Stand) -> None:
    async with visitor(browser, stand.url, service_workers="allow") as phone:
        await settled(phone)
        await stand.stop()
        await phone.open("/fr/r/relay/t/12")
        assert await phone.page.locator("h1").inner_text() == "Lutosa B"
        await phone.open("/fr/")
        assert await phone.bibs() == ["7", "007", "12", "30", "21"]
        kept_at = await phone.get("+document.documentElement.dataset.keptAt")
        assert 0 <= await phone.get("Date.now()") - kept_at < 120_000


async def test_a_page_from_the_cache_grows_old_from_when_it_was_kept(browser: Browser, stand: Stand) -> None:
    """Never "live" for a page of an hour ago."""
    async with visitor(browser, stand.url, service_workers="allow") as phone:
        await settled(phone)
        await stand.stop()
        await phone.page.add_init_script("const now = Date.now; Date.now = () => now() + 3_600_000")
        await phone.open("/fr/")
        await phone.until("document.querySelector('#link').dataset.link === 'offline'")
        await phone.until("document.querySelector('#away').textContent.startsWith('Hors ligne. Classement de ')")


async def test_the_bar_of_a_page_from_the_cache_is_there_at_once(browser: Browser, stand: Stand) -> None:
    """The three seconds are for a link that was there."""
    async with visitor(browser, stand.url, service_workers="allow") as phone:
        await settled(phone)
        await stand.stop()
        await phone.page.add_init_script("const now = Date.now; Date.now = () => now() + 3_600_000")
        await phone.page.clock.install()
        await phone.open("/fr/")
        await phone.page.clock.run_for(1_000)
        bar = "!document.querySelector('#away').hidden && document.querySelector('#link').dataset.link"
        assert await phone.get(bar) == "offline"


async def test_the_short_addresses_lead_to_what_was_kept(browser: Browser, stand: Stand) -> None:
    """Of posters and bibs, in the language that was read last; a team that was never opened says that we are away."""
    async with visitor(browser, stand.url, service_workers="allow") as phone:
        await settled(phone)
        await phone.open("/nl/")
        await phone.until(f"{KEPT}.then(kept => kept.endsWith(',/nl/'))", "the Dutch list to be kept")
        await stand.stop()
        for short, path in (("/", "/nl/"), ("/t/12", "/fr/r/relay/t/12"), ("/T/12", "/fr/r/relay/t/12")):
            await phone.open(short)
            assert phone.page.url == stand.url + path
            assert await phone.get("+document.documentElement.dataset.keptAt > 0")
        await phone.open("/t/007")
        assert (await phone.page.locator("html").get_attribute("lang"), await phone.get("location.pathname")) == (
            "nl",
            "/t/007",
        )
        assert f"127.0.0.1:{stand.port}" in await phone.page.locator("main").inner_text()


async def test_the_short_addresses_lead_to_the_server_while_it_is_there(browser: Browser, stand: Stand) -> None:
    async with visitor(browser, stand.url, service_workers="allow") as phone:
        await settled(phone)
        for short, path in (("/", "/fr/"), ("/T/007", "/fr/r/relay/t/007")):
            await phone.open(short)
            assert phone.page.url == stand.url + path
            assert await phone.get("document.documentElement.dataset.keptAt") is None


async def test_what_was_never_seen_gives_a_page_with_the_address_and_the_time(browser: Browser, stand: Stand) -> None:
    async with visitor(browser, stand.url, service_workers="allow") as phone:
        await settled(phone)
        await stand.stop()
        await phone.open("/fr/r/relay/t/007")
        text = await phone.page.locator("main").inner_text()
        assert f"127.0.0.1:{stand.port}" in text
        assert re.search(r"Dernier contact à : \d\d:\d\d", text)


async def test_the_phone_can_keep_the_pages_as_a_program(phone: Phone) -> None:
    await phone.open("/fr/")
    address = await phone.get("document.querySelector('link[rel=manifest]').href")
    async with httpx.AsyncClient() as client:
        manifest = (await client.get(address, headers={"Accept-Language": "nl"})).json()
        assert manifest["start_url"] == "/nl/"
        assert {each["purpose"] for each in manifest["icons"]} == {"any", "maskable"}
        for each in manifest["icons"]:
            icon = await client.get(f"{phone.base}{each['src']}")
            assert icon.content.startswith(b"\x89PNG")
            width = int.from_bytes(icon.content[16:20])
            assert each["sizes"] == f"{width}x{width}"
