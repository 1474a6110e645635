"""The loop and the feed, in a browser: dots go where the forecast says, and stand where they must; the feed follows."""

import pytest
from playwright.async_api import Browser

from live.messages.boards import Forecast, Row
from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import Stand, one_race, standing
from tests.web.conftest import GUN_MS, entry, row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NOW_MS = GUN_MS + 1_800_000
ANIMATIONS = "document.querySelector('#dots').getAnimations({subtree: true})"


def on_way(bib: str = "12") -> Row:
    """Return a team that was at the line ten minutes ago and is expected at km 1 in ten: half way."""
    return row(bib, 0, 1_200_000, next=Forecast(NOW_MS + 600_000, 30_000, "km1"))


async def test_a_dot_goes_on_from_where_the_team_should_be_and_stops_before_the_point(
    phone: Phone, stand: Stand
) -> None:
    stand.change("relay", on_way())
    await phone.page.clock.install(time=NOW_MS / 1000)
    await phone.open("/fr/r/relay/map")
    await phone.live()
    await phone.until(f"{ANIMATIONS}.length === 1")
    timing = await phone.get(f"{ANIMATIONS}[0].effect.getTiming().duration")
    assert timing == 1_200_000 * 0.97
    assert 599_000 <= await phone.get(f"{ANIMATIONS}[0].currentTime") <= 640_000
    assert await phone.get(f"{ANIMATIONS}[0].effect.getKeyframes().length") == 61
    classes = "[...document.querySelectorAll('#dots .dot')].map(dot => dot.className).sort()"
    assert await phone.get(classes) == ["dot", "dot estimated"], "30 stands where it was seen: nothing is known of it"
    said = "document.querySelector('#positions li[data-bib=\"12\"]').innerText"
    assert "km 1 vers 17:10" in await phone.get(said)
    assert phone.said == []


async def test_the_same_stands_there_as_text_without_a_script(browser: Browser, stand: Stand) -> None:
    stand.change("relay", on_way())
    async with visitor(browser, stand.url, java_script_enabled=False) as phone:
        await phone.open("/fr/r/relay/map")
        assert "km 1 vers 17:10" in await phone.page.locator('#positions li[data-bib="12"]').inner_text()


@pytest.mark.parametrize("frozen", [False, True])
async def test_the_script_leaves_the_text_as_the_server_painted_it(
    browser: Browser, stand: Stand, frozen: bool
) -> None:
    stand.change("relay", on_way(), frozen=frozen)
    bibs = "[...document.querySelectorAll('#positions li')].map(li => li.dataset.bib).join()"
    async with visitor(browser, stand.url, java_script_enabled=False) as reader:
        await reader.open("/fr/r/relay/map")
        painted = ",".join(
            [await li.get_attribute("data-bib") or "" for li in await reader.page.locator("#positions li").all()]
        )
    async with visitor(browser, stand.url) as phone:
        await phone.open("/fr/r/relay/map")
        await phone.live()
        assert await phone.get(bibs) == painted
        assert (painted == "") == frozen
        assert await phone.page.locator("#veiled").is_visible() == frozen
        assert not await phone.page.locator("#none").is_visible(), "it is not said that nobody is there"


async def test_at_most_twenty_are_drawn_and_the_followed_are_among_them(browser: Browser) -> None:
    teams = tuple(entry(n, str(n + 1), f"Équipe {n + 1}", "mixed", ("F", "M")) for n in range(40))
    stand = one_race(teams, 800_000, 4_000)
    stand.wall_ms = NOW_MS
    async with standing(stand), visitor(browser, stand.url) as phone:
        await phone.page.add_init_script("localStorage['live/web-test'] = JSON.stringify({follow: {relay: ['39']}})")
        await phone.open("/fr/r/relay/map")
        await phone.live()
        await phone.until("document.querySelector('#dots').childElementCount === 20")
        assert await phone.get("document.querySelector('#dots .mine').textContent") == "39"


async def test_nothing_moves_on_the_loop_when_frozen_paused_or_unwanted(browser: Browser, stand: Stand) -> None:
    """T90, and reduced motion: then the dot is put where the team should be."""
    stand.change("relay", on_way())
    async with visitor(browser, stand.url, reduced_motion="reduce") as phone:
        await phone.page.clock.install(time=NOW_MS / 1000)
        await phone.open("/fr/r/relay/map")
        await phone.live()
        await phone.until("!!document.querySelector('#dots .dot')?.style.transform")
        assert await phone.get(f"{ANIMATIONS}.length") == 0
    async with visitor(browser, stand.url) as phone:
        await phone.page.clock.install(time=NOW_MS / 1000)
        await phone.open("/fr/r/relay/map")
        await phone.live()
        await phone.until(f"{ANIMATIONS}[0]?.playState === 'running'")
        await phone.page.click("[data-do=pause]")
        await phone.until(f"{ANIMATIONS}[0].playState === 'paused'")
        await phone.page.click("[data-do=pause]")
        await phone.until(f"{ANIMATIONS}[0].playState === 'running'")
        stand.change("relay", frozen=True)
        await phone.until("document.querySelector('#dots').childElementCount === 0")


async def test_the_feed_follows_and_puts_the_followed_first_by_choice(phone: Phone, stand: Stand) -> None:
    bibs = "[...document.querySelectorAll('#feed li[data-bib]')].map(each => each.dataset.bib).join()"
    await phone.page.add_init_script("localStorage['live/web-test'] ??= JSON.stringify({follow: {relay: ['30']}})")
    await phone.open("/fr/feed")
    await phone.live()
    before = await phone.get(bibs)
    await phone.page.click("[data-do=followed]")
    await phone.until(f"{bibs}.startsWith('30,')")
    stand.change("relay", row("12", 0, 820_000, 700_000), as_of_ms=NOW_MS)
    await phone.until("document.querySelector('#feed').innerText.includes('25:20')")
    await phone.until(f"{bibs}.startsWith('30,')", "the choice to hold after a push")
    await phone.page.click("[data-do=followed]")
    await phone.until(f"!{bibs}.startsWith('30,')")
    assert await phone.get(bibs) != before
    assert phone.said == []
