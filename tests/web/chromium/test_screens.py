"""Screens in a real browser: what officials choose, within a moment; who came in; what a dead network looks like."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from live.messages.boards import Forecast
from live.messages.decisions import CloseRace, FreezePublic
from live.messages.display import ScreenShows, Unveiled
from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.line_stand import LineStand
from tests.web.chromium.stand import beginning, standing
from tests.web.conftest import GUN_MS, row
from tests.web.prize_day import TIMES, finish, stand

__all__ = ["stand"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
WALL = {"width": 1920, "height": 1080}
SLIDE = "document.querySelector('#main').dataset.slide"


@pytest_asyncio.fixture(loop_scope="session")
async def wall(browser: Browser, stand: LineStand) -> AsyncIterator[Phone]:
    """A screen; the race has been on for ten minutes."""
    stand.wall_ms = GUN_MS + 600_000
    async with standing(stand), visitor(browser, stand.url, viewport=WALL) as visiting:
        yield visiting


async def show(stand: LineStand, view: str, **members: object) -> None:
    """An official assigns a view to the screen."""
    stand.wall_ms += 1
    shows = ScreenShows("main", view, id=f"{view}-{stand.wall_ms}", at_ms=stand.wall_ms, **members)  # type: ignore[arg-type]
    await stand.state.shown.tell(shows)


async def test_a_screen_follows_what_officials_choose_and_keeps_its_zones(wall: Phone, stand: LineStand) -> None:
    zones = """JSON.stringify([...document.querySelectorAll('.head, .foot, #main, #main > :not(.slide, #card)')]
        .map(e => e.getBoundingClientRect()))"""
    await show(stand, "board")
    await wall.open("/screen/main")
    await wall.live()
    before = await wall.get(zones)
    for view in ("arrivals", "map", "companies", "qr", "black", "sponsors"):
        await show(stand, view)
        await wall.until(f"{SLIDE} === '{view}'")
        assert await wall.get("document.querySelectorAll('#main > :not(#card)').length") > 5
        if view == "map":
            assert await wall.get("document.querySelector('.map svg').getBoundingClientRect().width") > 900
            beside = "e => getComputedStyle(e).textAnchor === e.getAttribute('text-anchor')"
            assert await wall.get(f"[...document.querySelectorAll('.map svg text')].every({beside})")
        assert not await wall.page.locator("#board").is_visible()
        assert (
            await wall.get("[document.documentElement.scrollWidth, document.documentElement.scrollHeight].join()")
            == "1920,1080"
        )
    await show(stand, "message", text={"fr": "Le buffet est ouvert"})
    await wall.until("document.querySelector('#slide').textContent.includes('Le buffet est ouvert')")
    await show(stand, "board")
    await wall.until(f"{SLIDE} === 'board'")
    assert await wall.get(zones) == before
    assert wall.said == []


async def test_a_screen_of_a_category_lists_it_alone_also_as_it_changes(wall: Phone, stand: LineStand) -> None:
    await show(stand, "category", category="women")
    await wall.open("/screen/main")
    await wall.live()
    assert await wall.slots("place") == {"007": "", "30": ""}
    stand.read("30A", GUN_MS + 790_000)
    await wall.until("document.querySelector('#board li').dataset.bib === '30'")
    assert await wall.slots("place") == {"30": "1", "007": ""}
    await show(stand, "board")
    await wall.until("document.querySelectorAll('#board li').length === 5")


async def test_who_comes_in_has_a_card_without_a_place_until_all_are_seen(wall: Phone, stand: LineStand) -> None:
    for bib, times in TIMES.items():
        stand.read(f"{bib}A", GUN_MS + times[0] * 1_000)
    await show(stand, "board")
    await wall.open("/screen/main")
    await wall.live()
    await wall.until("document.querySelectorAll('#last li').length === 5")
    stand.read("7A", GUN_MS + 1_590_000)
    await wall.until("!document.querySelector('#card').hidden")
    card = wall.page.locator("#card")
    assert "1 sur 2" in await card.inner_text()
    assert "1re" not in await card.inner_text()
    stand.read("7B", GUN_MS + 1_591_000)
    await wall.until("document.querySelector('#card [data-f=note]').textContent === '1re · Mixte'")
    right = "document.querySelector('#card').getBoundingClientRect()"
    last = "document.querySelector('.last').getBoundingClientRect()"
    assert await wall.get(f"{right}.left === {last}.left && {right}.right === {last}.right"), "over the right column"
    await wall.until("document.querySelector('#card').hidden", "the card goes")


async def test_places_come_out_by_a_touch_of_the_speaker_and_nothing_leaks(wall: Phone, stand: LineStand) -> None:
    """T90."""
    stand.rule(FreezePublic("relay"))
    finish(stand)
    stand.rule(CloseRace("relay"))
    await show(stand, "auto")
    await wall.open("/screen/main")
    await wall.live()
    for number, places in enumerate(((), (3,), (3, 2), (3, 2, 1)), 1):
        stand.wall_ms += 1
        await stand.state.shown.tell(Unveiled("relay", 1, places, f"u{number}", "luc", stand.wall_ms))
        await wall.until(
            f"document.querySelectorAll('#slide [data-out]').length === {len(places)} && {SLIDE} === 'podium'"
        )
        names = {3: "Lutosa B", 2: "Lutosa A", 1: "Ideta"}
        shown = await wall.page.inner_text("#slide")
        assert [place for place, name in names.items() if name in shown] == list(places)
        steps = "[...document.querySelectorAll('.podium li')].map(e => e.getBoundingClientRect().width)"
        assert min(await wall.get(steps)) > 1_600, "steps fill the wall"
    assert "26:" not in str(await wall.get("document.querySelector('#board').textContent"))


async def test_without_network_the_last_board_stays_with_its_time_and_a_hatched_edge(
    wall: Phone, stand: LineStand
) -> None:
    finish(stand)
    await show(stand, "board")
    await wall.open("/screen/main")
    await wall.live()
    await wall.context.set_offline(True)
    await wall.until("!document.querySelector('#away').hidden")
    assert "Hors ligne. Classement de" in await wall.page.inner_text("#away")
    edge = "getComputedStyle(document.body, '::after').borderImageSource"
    assert "repeating-linear-gradient" in await wall.get(edge)
    assert await wall.get("document.querySelectorAll('#board li').length") == 5
    await wall.context.set_offline(False)
    await wall.until("document.querySelector('#away').hidden && document.documentElement.dataset.link === 'live'")


async def test_a_new_version_is_loaded_at_a_change_of_view(
    wall: Phone, stand: LineStand, monkeypatch: pytest.MonkeyPatch
) -> None:
    await show(stand, "board")
    await wall.open("/screen/main")
    await wall.live()
    await wall.get("void (window.old = true)")
    monkeypatch.setattr("live.web.screen_plan.release", lambda: "newer")
    async with wall.page.expect_navigation():
        await show(stand, "qr")
    assert await wall.get(f"!window.old && {SLIDE} === 'qr'")


async def test_a_wall_that_was_lit_before_its_server_knew_anything_comes_to_the_board(
    wall: Phone, stand: LineStand
) -> None:
    """T95: address and time until then, never a page of the browser's."""
    board = stand.state.boards.by_race["relay"]
    pages, board._pages = board._pages, set()
    await show(stand, "board")
    await wall.open("/screen/main")
    assert "127.0.0.1" in await wall.page.inner_text("main")
    board._pages = pages
    await wall.page.wait_for_selector("#board li >> nth=4", state="attached")


@pytest.mark.parametrize("query", ["w=640&h=384&rows=5&safe=2", "w=512&h=1024&rows=7"])
async def test_a_wall_of_lamps_is_filled_to_the_pixel(wall: Phone, stand: LineStand, query: str) -> None:
    finish(stand)
    await show(stand, "board")
    await wall.open(f"/screen/main?{query}")
    await wall.live()
    width, height = (int(each.partition("=")[2]) for each in query.split("&")[:2])
    box = await wall.get("JSON.stringify(document.body.getBoundingClientRect())")
    assert f'"width":{width},"height":{height}' in box


async def test_a_screen_does_not_grow(wall: Phone, stand: LineStand) -> None:
    """A short look; `python -m bench.screen` runs twelve hours of a race in a time-lapse."""
    finish(stand)
    await show(stand, "board")
    await wall.open("/screen/main")
    await wall.live()
    session = await wall.context.new_cdp_session(wall.page)

    async def round_of_views(count: int) -> tuple[int, int]:
        for number in range(count):
            for view in ("companies", "map", "board"):
                await show(stand, view)
                await wall.until(f"{SLIDE} === '{view}'")
            old = stand.state.boards.by_race["relay"].rows["21"]
            await wall.version(stand.change("relay", replace(old, quality=("estimated", "measured")[number % 2])))
        for _ in range(2):
            await session.send("HeapProfiler.collectGarbage")
            await wall.get("new Promise(done => setTimeout(done, 100))")
        counters = await session.send("Memory.getDOMCounters")
        return counters["nodes"], (await session.send("Runtime.getHeapUsage"))["usedSize"]

    before = await round_of_views(2)
    after = await round_of_views(4)
    assert after[0] - before[0] < 100, "elements"
    assert after[1] - before[1] < 1_000_000, "bytes"


# --- video and the line -----------------------------------------------------------------------------------------


async def test_graphics_are_transparent_and_right_without_any_script(browser: Browser, stand: LineStand) -> None:
    finish(stand)
    async with standing(stand), visitor(browser, stand.url, viewport=WALL, java_script_enabled=False) as mixer:
        for kind, wanted in (("clock", "0:28:31"), ("tower", "Ideta"), ("ticker", "=1+1 & Cie · Arrivée · 28:31 · 5e")):
            await mixer.open(f"/overlay/{kind}")
            assert wanted in await mixer.page.inner_text("main"), kind
            assert await mixer.page.locator("#arrival").is_visible() is False
            for element in ("html", "body", "main"):
                ground = await mixer.page.locator(element).evaluate("e => getComputedStyle(e).backgroundColor")
                assert ground == "rgba(0, 0, 0, 0)", (kind, element)
        assert (await mixer.page.goto(f"{stand.url}/overlay/nothing")).status == 404  # type: ignore[union-attr]


async def test_a_delayed_picture_does_not_run_ahead(browser: Browser, stand: LineStand) -> None:
    """The board of so long ago at the first frame; the passage only when the picture shows it."""
    stand.read("7A", GUN_MS + 790_000)
    stand.read("007A", GUN_MS + 800_000)
    stand.wall_ms = GUN_MS + 802_000
    async with standing(stand), visitor(browser, stand.url, viewport=WALL) as mixer:
        await mixer.page.clock.install()
        first = "document.querySelector('.tower li:nth-child(2) [data-f=time]').textContent"
        await mixer.open("/overlay/tower?delay=5")
        assert await mixer.get(first) == "", "Lutosa A has not come yet in the picture"
        await mixer.until("document.documentElement.dataset.link === 'live'")
        await mixer.page.clock.run_for(6_000)
        await mixer.until(f"{first} === '13:20'")
        stand.read("12A", GUN_MS + 803_000)
        third = first.replace("child(2)", "child(3)")
        await mixer.page.clock.run_for(2_000)
        assert await mixer.get(third) == ""
        await mixer.page.clock.run_for(5_000)
        await mixer.until(f"{third} === '13:23'")


async def test_a_finisher_has_a_graphic(browser: Browser, stand: LineStand) -> None:
    for bib, times in TIMES.items():
        stand.read(f"{bib}A", GUN_MS + times[0] * 1_000)
    async with standing(stand), visitor(browser, stand.url, viewport=WALL) as mixer:
        await mixer.open("/overlay/arrival?lang=en")
        await mixer.until(
            "document.documentElement.dataset.version !== '' && document.querySelector('#link').dataset.ageS >= 0"
        )
        await mixer.until("document.querySelector('#link').textContent === 'Live'")
        stand.read("7A", GUN_MS + 1_590_000)
        stand.read("7B", GUN_MS + 1_591_000)
        await mixer.until("document.querySelector('#arrival [data-f=team]').textContent === 'Ideta'")
        assert await mixer.page.locator("#arrival").is_visible()


async def test_the_lap_counter_shows_the_lap_that_the_next_team_begins(browser: Browser) -> None:
    """T105: before it matters, from the forecast; then by the crossing."""
    stand = beginning()
    stand.wall_ms = GUN_MS + 700_000
    at_ms = GUN_MS + 760_000
    for number, bib in enumerate(("21", "12")):
        due = Forecast(at_ms + number * 4_000, 20_000, "line")
        seen = {"point": "km1", "time_ms": 260_000, "at_ms": GUN_MS + 260_000, "placed": True, "key": (0, 260_000)}
        stand.change("relay", row(bib, 0, status="running", next=due, **seen))
    lap = "document.querySelector('[data-f=lap]').textContent"
    async with standing(stand), visitor(browser, stand.url, viewport=WALL) as counter:
        await counter.open("/line")
        await counter.live()
        await counter.until("document.querySelector('#main').dataset.bib === ''")
        assert await counter.get(lap) == "", "a minute before, nobody is at the line"
        stand.wall_ms = at_ms - 18_000
        await counter.page.reload()
        await counter.until(f"{lap} === 'DERNIER TOUR'", "20 s before")
        shown = "[document.querySelector('#main').dataset.state, document.querySelector('#main').dataset.bib].join()"
        assert await counter.get(shown) == "expected,21"
        stand.wall_ms = at_ms - 16_000
        stand.change("relay", row("12", 0, 744_000))
        await counter.until(f"{shown} === 'crossed,12'")
        assert await counter.get(lap) == "DERNIER TOUR"
