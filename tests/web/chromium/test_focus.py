"""Who goes through a page by the Tab key stays where he is while the race goes on."""

import asyncio

import pytest
from playwright.async_api import Route

from live.messages.boards import Forecast
from tests.web.chromium.browser import Phone
from tests.web.chromium.stand import Stand
from tests.web.conftest import GUN_MS, row
from tests.web.reading import crossing

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HERE = "document.activeElement.isSameNode(window.here)"


async def stand_on(phone: Phone, selector: str) -> None:
    """Put the focus on an element, and remember which one it was."""
    await phone.page.focus(selector)
    await phone.get("void (window.here = document.activeElement)")


async def test_the_links_below_the_map_stay_those_that_the_server_painted(phone: Phone, stand: Stand) -> None:
    begins = asyncio.Event()

    async def fetched(route: Route) -> None:
        await begins.wait()
        await route.continue_()

    await phone.page.route("**/map.js*", fetched)
    await phone.page.goto(f"{stand.url}/fr/r/relay/map", wait_until="commit")
    await stand_on(phone, '#positions li[data-bib="12"] a')
    begins.set()
    await phone.until("document.querySelector('#dots').childElementCount > 0", "the script to paint")
    assert await phone.get(HERE)


async def test_focus_stays_on_a_link_below_the_map_while_its_team_is_overtaken(phone: Phone, stand: Stand) -> None:
    bibs = "[...document.querySelectorAll('#positions li')].map(each => each.dataset.bib).join()"
    await phone.open("/fr/r/relay/map")
    await phone.live()
    await phone.until(f"{bibs} === '12,30'")
    await stand_on(phone, '#positions li[data-bib="12"] a')
    stand.change("relay", row("30", 0, 815_000))
    await phone.until(f"{bibs} === '30,12'")
    assert await phone.get(HERE)


@pytest.mark.parametrize("followed_first", [False, True])
async def test_focus_stays_on_a_link_of_the_feed_while_others_come_in(
    phone: Phone, stand: Stand, followed_first: bool
) -> None:
    await phone.page.add_init_script("localStorage['live/web-test'] ??= JSON.stringify({follow: {relay: ['30']}})")
    await phone.open("/fr/feed")
    await phone.live()
    if followed_first:
        await phone.page.click("[data-do=followed]")
        await phone.until("document.querySelector('#feed li').dataset.bib === '30'")
    await stand_on(phone, '#feed li[data-bib="7"] a')
    stand.change("relay", row("12", 0, 820_000, 700_000), as_of_ms=GUN_MS + 1_800_000)
    await phone.until("document.querySelector('#feed').innerText.includes('25:20')")
    assert await phone.get(HERE)


async def test_focus_stays_on_what_is_open_of_a_team(phone: Phone, stand: Stand) -> None:
    """A forecast comes, and with it a paragraph above; the passages stay open."""
    passages = [crossing("A", "line", "counted", {"code": "crossing", "lap": 1})]
    stand.keeper.answers["team"] = {"laps": [], "crossings": passages, "doubts": []}
    stand.change("relay", row("12", 0, 820_000))
    await phone.open("/fr/r/relay/t/12")
    await phone.live()
    await stand_on(phone, "#crossings summary")
    await phone.page.keyboard.press("Enter")
    stand.change("relay", row("12", 0, 820_000, missing=("B",), next=Forecast(GUN_MS + 2_000_000, 30_000, "km1")))
    await phone.until("!!document.querySelector('#own .flag') && !!document.querySelector('#when li')")
    assert await phone.get(HERE)
    assert await phone.get("document.querySelector('#crossings').open")
