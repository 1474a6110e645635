"""Small phones, fingers, reduced motion, no script, no internet: the page serves them all."""

import pytest
from playwright.async_api import Browser

from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import Stand, one_race, standing
from tests.web.chromium.test_axe import STATES
from tests.web.conftest import GUN_MS, entry, row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_everything_works_without_a_script(browser: Browser, stand: Stand) -> None:
    async with visitor(browser, stand.url, java_script_enabled=False) as phone:
        page = phone.page
        await phone.open("/")
        assert page.url.endswith("/fr/")
        assert await page.locator("#board > li:visible").count() == 5
        assert await page.locator("#link").inner_text() == "à 16:58:20"
        assert await page.locator("[data-do=pause]:visible, [data-do=follow]:visible").count() == 0
        await page.click("text=Dames")
        assert await page.locator("#board > li:visible").count() == 2
        await page.fill("#q", "lut")
        await page.press("#q", "Enter")
        assert await page.locator("#board > li:visible .to").all_inner_texts() == ["Lutosa A"]
        await page.click("text=Lutosa A")
        assert await page.locator("h1").inner_text() == "Lutosa A"
        await page.click("text=Chercher")
        await page.fill("#q", "solo")
        await page.press("#q", "Enter")
        assert await page.locator("#found a").count() == 1


async def test_with_reduced_motion_nothing_glides(browser: Browser, stand: Stand) -> None:
    """T103."""
    count = """const glide = Element.prototype.animate; window.glides = 0
        Element.prototype.animate = function (...how) { window.glides++; return glide.apply(this, how) }"""
    for motion, glides in (("reduce", False), ("no-preference", True)):
        async with visitor(browser, stand.url, reduced_motion=motion) as phone:
            await phone.page.add_init_script(count)
            await phone.open("/fr/")
            await phone.live()
            bib = "12" if glides else "30"
            await phone.version(stand.change("relay", row(bib, 0, 820_000, 700_000)))
            assert (await phone.bibs())[0] == bib
            assert (await phone.get("window.glides") > 0) == glides


LABELS = ".tabs a, .chips > *, #link, #clock, h1, h2, .state, .bar-message, .foot a, .foot button"
CUT = f"""[...document.querySelectorAll('{LABELS}')]
    .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth || e.closest('.tabs, .top, .foot') && isOut(e))
    .map(e => e.outerHTML.slice(0, 80))"""
OUT = """window.isOut = label => { // what is fixed to the window makes no page wider
    const range = document.createRange()
    range.selectNodeContents(label)
    const text = range.getBoundingClientRect(), box = label.getBoundingClientRect()
    const right = Math.max(text.right, box.right)
    return Math.min(text.left, box.left) < 0 || right > innerWidth || text.width > box.width + 1
}"""


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
async def test_nothing_is_wider_than_a_small_phone(browser: Browser, language: str) -> None:
    """T102: at 320 × 568, with the longest names, no page scrolls sideways and no label is cut."""
    name = "🏃🏽‍♀️ Intercommunale de développement économique de la Wallonie picarde شركة"
    stand = one_race(tuple(entry(n, f"{n}{n}{n}", name, "mixed", ("F", "M")) for n in range(1, 9)), 36_000_000, 400)
    paths = (
        "",
        "r/relay/t/111",
        "r/relay/table",
        "r/relay/laps",
        "r/relay/map",
        "feed",
        "privacy",
        "accessibility",
        "results/relay",
        "podium",
        "companies",
        "search?q=inter",
        "info",
        "nowhere",
    )
    async with (
        standing(stand),
        visitor(browser, stand.url, viewport={"width": 320, "height": 568}) as phone,
    ):
        await phone.page.add_init_script(OUT)
        for path in paths:
            await phone.open(f"/{language}/{path}")
            assert await phone.get("document.documentElement.scrollWidth") == 320, path
            assert await phone.get(CUT) == [], path
        await phone.open(f"/{language}/")
        right = "[...document.querySelectorAll('#board .figures')].map(e => e.getBoundingClientRect().right)"
        assert len(set(await phone.get(right))) == 1, "figures stand in one column"


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
@pytest.mark.parametrize("state", STATES)
async def test_no_state_is_wider_than_a_small_phone(browser: Browser, stand: Stand, state: str, language: str) -> None:
    """At 320 × 568 list, team and map hold what each state says, and no label is cut."""
    stand.change("relay", **STATES[state])
    async with visitor(browser, stand.url, viewport={"width": 320, "height": 568}) as phone:
        await phone.page.add_init_script(OUT)
        for path in ("", "r/relay/t/12", "r/relay/map"):
            await phone.open(f"/{language}/{path}")
            await phone.page.wait_for_load_state("networkidle")
            if state == "offline":
                await phone.context.set_offline(True)
                await phone.until("!document.querySelector('#away').hidden")
            assert await phone.get("document.documentElement.scrollWidth") == 320, path
            assert await phone.get(CUT) == [], path
            await phone.context.set_offline(False)


@pytest.mark.parametrize(("width", "height", "whole"), [(390, 844, 10), (360, 640, 6)])
async def test_so_many_whole_rows_are_in_sight(browser: Browser, width: int, height: int, whole: int) -> None:
    """Under the card of a followed team, too."""
    stand = one_race(
        tuple(entry(n, str(n + 1), f"Équipe {n + 1}", "mixed", ("F", "M")) for n in range(30)), 800_000, 4_000
    )
    script = """const tabs = document.querySelector('.tabs').getBoundingClientRect().top
        ;[...document.querySelectorAll('#board > li')].filter(li => li.getBoundingClientRect().bottom <= tabs).length"""
    async with standing(stand), visitor(browser, stand.url, viewport={"width": width, "height": height}) as phone:
        await phone.page.add_init_script('localStorage[\'live/web-test\'] = \'{"follow": {"relay": ["6"]}}\'')
        await phone.open("/fr/")
        await phone.live()
        await phone.until("!document.querySelector('#mine').hidden")
        assert await phone.get(f"(() => {{ {script.replace(';[', 'return [')} }})()") >= whole


async def test_targets_are_large_enough(phone: Phone) -> None:
    """44 pixels for a finger."""
    await phone.open("/fr/")
    await phone.live()
    small = """[...document.querySelectorAll('button, .chips a, .tabs a, input')].filter(e => e.checkVisibility())
        .map(e => [e.outerHTML.slice(0, 60), e.getBoundingClientRect().height]).filter(([, height]) => height < 44)"""
    assert await phone.get(small) == []


SHIFTS = """window.shifted = []; new PerformanceObserver(list => {
    for (const each of list.getEntries()) shifted.push([each.value, ...each.sources.map(({node}) => node?.nodeName)])
}).observe({type: 'layout-shift', buffered: true})"""


@pytest.mark.parametrize("path", ["", "r/relay/t/12", "r/relay/map", "feed", "results/relay", "search", "info"])
async def test_nothing_moves_when_the_script_takes_over(phone: Phone, stand: Stand, path: str) -> None:
    """What only a script can do has its place before: a hundredth of the picture at most moves (CLS)."""
    stand.change("relay", gun_ms=GUN_MS)
    await phone.page.add_init_script(SHIFTS)
    await phone.open(f"/fr/{path}")
    await phone.page.wait_for_load_state("networkidle")
    await phone.get("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert sum(each[0] for each in await phone.get("shifted")) <= 0.01, await phone.get("shifted")


async def test_the_first_visit_asks_for_little_and_nobody_else(phone: Phone) -> None:
    """At most 8 requests, none of them to a third party, before the board is live."""
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    await phone.open("/fr/")
    await phone.live()
    assert len(asked) <= 8
    assert all(url.startswith(phone.base) for url in asked)
