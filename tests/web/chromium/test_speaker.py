"""The speaker's page in a real browser: hands, keys, names that appear and go, nothing that jumps."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from live.messages.decisions import CloseRace, FreezePublic, SetStatus, VoidPassage
from live.messages.display import Notice, SilentPoint, SilentPoints
from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.line_stand import LineStand
from tests.web.chromium.stand import standing
from tests.web.conftest import GUN_MS
from tests.web.prize_day import TIMES, finish, runs, stand

__all__ = ["stand"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
TABLET = {"width": 1024, "height": 768}
LINE = "[...document.querySelectorAll('#line li')].map(li => [li.dataset.bib, li.dataset.state])"


@pytest_asyncio.fixture(loop_scope="session")
async def tablet(browser: Browser, stand: LineStand) -> AsyncIterator[Phone]:
    """A tablet before the page; the race has been on for ten minutes."""
    stand.wall_ms = GUN_MS + 600_000
    async with standing(stand), visitor(browser, stand.url, viewport=TABLET) as visiting:
        await sign_in(visiting)
        yield visiting


async def sign_in(visiting: Phone) -> None:
    """Sign in as a speaker does."""
    await visiting.open("/speaker")
    await visiting.page.fill("#token", "speaker-token")
    await visiting.page.press("#token", "Enter")
    await listening(visiting)


async def listening(visiting: Phone) -> None:
    """Wait until the line is listened to."""
    await visiting.page.wait_for_selector("html[data-line=open]", state="attached")


async def test_a_name_appears_raw_is_confirmed_and_is_struck_through_when_it_goes(
    tablet: Phone, stand: LineStand
) -> None:
    """T104."""
    read = stand.read("7A", GUN_MS + 790_000, judged=False)
    await tablet.until(f'JSON.stringify({LINE}) === \'[["7","raw"]]\'')
    first = tablet.page.locator("#line li").first
    assert await first.locator("[data-f=text]").inner_text() == "non confirmé"
    assert await first.locator("[data-f=runner]").inner_text() == "A A. D."
    stand.judge()
    await tablet.until(f'JSON.stringify({LINE}) === \'[["7","counted"]]\'')
    stand.rule(VoidPassage(read.device, read.epoch, read.seq))
    await tablet.until(f'JSON.stringify({LINE}) === \'[["7","ignored"]]\'')
    assert await first.locator("[data-f=text]").inner_text() == "annulé"
    struck = "getComputedStyle(document.querySelector('#line li .team')).textDecorationLine"
    assert await tablet.get(struck) == "line-through"
    assert tablet.said == [each for each in tablet.said if "Password forms" in each]


async def test_what_is_announced_and_which_mat_is_silent_stand_before_the_speaker(
    tablet: Phone, stand: LineStand
) -> None:
    """T96: at once, without a page of his loaded anew."""
    bars = "document.querySelector('#notices').textContent"
    stand.hear(Notice("1", "safety", {"fr": "Orage", "nl": "Onweer", "en": "Thunder"}, at_ms=1))
    stand.hear(SilentPoints("relay", (SilentPoint("km1", stand.wall_ms - 120_000),)))
    await tablet.until(f"{bars}.includes('Orage') && {bars}.includes('Tapis km 1 muet depuis 2 min')")
    assert await tablet.page.locator("#notices [data-level=safety]").is_visible()
    stand.hear(SilentPoints("relay"))
    await tablet.until(f"!{bars}.includes('Tapis')")
    assert tablet.said == [each for each in tablet.said if "Password forms" in each]


async def test_names_come_one_a_second_and_the_rest_are_counted(tablet: Phone, stand: LineStand) -> None:
    await tablet.page.clock.install()
    await tablet.page.reload()
    await listening(tablet)
    for number, bib in enumerate(("7", "007", "12", "30", "21")):
        stand.read(f"{bib}A", GUN_MS + 790_000 + number)
    await tablet.until("!document.querySelector('#waiting').hidden")
    shown = await tablet.get("document.querySelectorAll('#line li').length")
    assert shown == 1
    for n in range(2, 6):
        await tablet.page.clock.run_for(1_000)
        await tablet.until(f"document.querySelectorAll('#line li').length === {n}")
    await tablet.until("document.querySelector('#waiting').hidden")


async def test_nothing_jumps_while_somebody_reads_below(tablet: Phone, stand: LineStand) -> None:
    for bib, times in TIMES.items():
        for at_s, runner in runs(times)[: 1 if bib == "21" else 3]:
            stand.read(f"{bib}{runner}", GUN_MS + at_s * 1_000)
    await tablet.page.clock.install()
    await tablet.page.reload()
    await listening(tablet)
    await tablet.get("void (document.querySelector('#line').scrollTop = 200)")
    where = "document.querySelector('#line li:nth-child(5)').getBoundingClientRect().top"
    before = await tablet.get(where)
    stand.read("21A", GUN_MS + 1_710_000)
    await tablet.until("!document.querySelector('#waiting').hidden")
    await tablet.page.clock.run_for(5_000)
    assert await tablet.get(where) == before
    await tablet.page.click("#waiting")
    await tablet.page.clock.run_for(2_000)
    await tablet.until("document.querySelector('#waiting').hidden")
    assert await tablet.get("document.querySelector('#line li').dataset.bib") == "21"


async def test_what_was_said_is_seen_by_every_speaker(browser: Browser, tablet: Phone, stand: LineStand) -> None:
    """By the space bar, and by a finger on the card; a team that comes again is to be said again."""
    mark = "document.querySelector('#line [data-f=said]')?.textContent"
    stand.wall_ms = GUN_MS + 791_000
    stand.read("7A", GUN_MS + 790_000)
    await tablet.until(f"{LINE}.length === 1")
    async with visitor(browser, stand.url, viewport=TABLET) as other:
        await sign_in(other)
        await tablet.page.keyboard.press(" ")
        await other.until(f"{mark} === '✓ 16:43:11'")
        await other.page.click("#line li button")
        await other.page.wait_for_selector("#card[open] .said:not([hidden])")
        assert "dit à 16:43:11" in await other.page.inner_text("#card .said")
        stand.wall_ms = GUN_MS + 1_592_000
        stand.read("7B", GUN_MS + 1_591_000)
        await tablet.until(f"{LINE}.length === 2 && {mark} === ''")
        await other.page.click("#card .say button")
        await tablet.until(f"{mark} === '✓ 16:56:32'")
    await tablet.page.reload()
    await tablet.until(f"{mark} === '✓ 16:56:32'", "kept")


async def test_keys_open_search_and_prizes_and_escape_closes(tablet: Phone, stand: LineStand) -> None:
    await tablet.page.keyboard.press("/")
    await tablet.page.keyboard.type("lutosa a")
    await tablet.page.wait_for_selector("#hits [data-card='007']")
    await tablet.page.keyboard.press("Enter")
    await tablet.page.wait_for_selector("#card[open] [data-bib='007']")
    await tablet.page.keyboard.press("Escape")
    await tablet.page.wait_for_selector("#card:not([open])", state="attached")
    await tablet.page.keyboard.press("p")
    await tablet.page.wait_for_selector("#prize-1", state="visible")
    await tablet.page.keyboard.press("ArrowRight")
    await tablet.page.wait_for_selector("#prize-2", state="visible")
    assert not await tablet.page.locator("#prize-1").is_visible()
    await tablet.page.keyboard.press("Escape")
    await tablet.page.wait_for_selector("#prize-2", state="hidden")


async def test_a_tick_is_seen_on_every_device_and_so_is_the_alarm(
    browser: Browser, tablet: Phone, stand: LineStand
) -> None:
    """T88: while the public is frozen, too."""
    finish(stand)
    stand.rule(FreezePublic("relay"))
    async with visitor(browser, stand.url, viewport=TABLET) as other:
        await sign_in(other)
        await tablet.page.reload()
        for each in (tablet, other):
            await listening(each)
            await each.page.keyboard.press("p")
        given = "document.querySelector('#prize-1 li[data-place=\"1\"]').dataset.given"
        await tablet.page.click("#prize-1 li[data-place='1'] form:first-child button")
        for each in (tablet, other):
            await each.until(f"{given} === 'true'")
        stand.rule(SetStatus("relay", "7", "dsq"))
        for each in (tablet, other):
            await each.until("!!document.querySelector('[data-alarm]')")
            assert await each.page.locator("#prize-1").is_visible(), "the page that is read stays"
            before = (
                "document.elementFromPoint(512, document.querySelector('[data-alarm]').getBoundingClientRect().y + 9)"
            )
            assert await each.get(f"!!{before}.closest('[data-alarm]')"), "nothing lies over the alarm"


async def test_what_is_refused_is_said_in_words(tablet: Phone, stand: LineStand) -> None:
    finish(stand)
    await tablet.page.reload()
    await listening(tablet)
    await tablet.page.keyboard.press("p")
    asked = "const places = document.querySelector('#prize-1 [name=places]'); places.value = '9'"
    await tablet.page.evaluate(f"() => {{ {asked}; places.form.requestSubmit() }}")
    await tablet.until("!document.querySelector('#failed').hidden")
    assert "place 9" in await tablet.page.inner_text("#failed")


async def test_everything_can_be_read_and_touched(tablet: Phone, stand: LineStand) -> None:
    """Nothing wider than the tablet, no target below 56 px."""
    finish(stand)
    await tablet.page.reload()
    await listening(tablet)
    assert await tablet.get("document.documentElement.scrollWidth") == 1024
    assert await tablet.get("document.documentElement.scrollHeight") == 768
    small = """[...document.querySelectorAll('button:not(#waiting), .desk-foot a')].filter(e => e.checkVisibility())
        .map(e => [e.textContent.trim(), e.getBoundingClientRect().height]).filter(([, height]) => height < 56)"""
    assert await tablet.get(small) == []


async def test_the_sheet_fits_a_tablet_held_upright(browser: Browser, stand: LineStand) -> None:
    """What the public sees frozen is said whole, and an English ordinal is one line."""
    finish(stand)
    stand.rule(CloseRace("relay"))
    stand.rule(FreezePublic("relay"))
    async with standing(stand), visitor(browser, stand.url, viewport={"width": 768, "height": 1024}) as upright:
        await sign_in(upright)
        await upright.page.goto(f"{stand.url}/speaker?lang=en")
        await listening(upright)
        inside = """[...document.querySelectorAll('.desk .is > *')].filter(e => {
            const [box, desk, of] = [e, e.closest('.desk'), e.parentElement].map(each => each.getBoundingClientRect())
            return box.bottom > desk.bottom || box.top < desk.top || box.right > of.right })
            .map(e => e.textContent)"""
        assert await upright.get(inside) == []
        await upright.page.keyboard.press("p")
        tall = """[...document.querySelectorAll('[data-here] .place')]
            .filter(e => e.getBoundingClientRect().height > 1.5 * parseFloat(getComputedStyle(e).fontSize)).length"""
        assert await upright.get(tall) == 0
        assert await upright.page.locator("#line").is_visible() is False, "behind the sheet nothing takes a focus"


@pytest.mark.parametrize("width", [1024, 1920])
async def test_no_text_is_below_24_px(browser: Browser, stand: LineStand, width: int) -> None:
    """Before the start, in the race and at the prizes, with the search and a team's card open; what keys do, too."""
    small = """[...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
        && [...e.childNodes].some(each => each.nodeType === Node.TEXT_NODE && each.data.trim())
        && parseFloat(getComputedStyle(e).fontSize) < 24).map(e => e.outerHTML.slice(0, 120))"""
    async with standing(stand), visitor(browser, stand.url, viewport={"width": width, "height": 900}) as desk:
        await sign_in(desk)
        assert await desk.get(small) == [], "planned"
        finish(stand)
        stand.read("7A", stand.wall_ms, judged=False)
        stand.hear(SilentPoints("relay", (SilentPoint("km1", stand.wall_ms - 120_000),)))
        await desk.page.reload()
        await listening(desk)
        await desk.until("document.querySelector('#notices').textContent.includes('muet')")
        assert await desk.get(small) == []
        await desk.page.keyboard.press("/")
        await desk.page.keyboard.type("lutosa")
        await desk.page.wait_for_selector("#hits [data-card='007']")
        assert await desk.get(small) == []
        await desk.page.click("#hits [data-card='007']")
        await desk.page.wait_for_selector("#card[open] [data-bib='007']")
        assert await desk.get(small) == []
        await desk.page.keyboard.press("Escape")
        await desk.page.keyboard.press("p")
        await desk.page.wait_for_selector("#prize-1", state="visible")
        assert await desk.get(small) == []


async def test_without_a_script_the_page_works(browser: Browser, stand: LineStand) -> None:
    finish(stand)
    async with standing(stand), visitor(browser, stand.url, viewport=TABLET, java_script_enabled=False) as visiting:
        await visiting.open("/speaker")
        await visiting.page.fill("#token", "speaker-token")
        await visiting.page.press("#token", "Enter")
        await visiting.page.wait_for_selector("#top li")
        await visiting.page.click("#prize-1 li[data-place='1'] form:first-child button")
        await visiting.page.wait_for_selector("#prize-1 li[data-place='1'][data-given=true]")
