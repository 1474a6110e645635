"""What is expected, as the page shows it: as the server sent it, then by the clock; calm, italic, never when old."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from live.messages.boards import Forecast, Row
from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import Stand
from tests.web.conftest import GUN_MS, row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NOW_MS = GUN_MS + 1_800_000
"""17:00, by the clock of the stand."""
WIDE = {"width": 800, "height": 800}
ROW = "document.querySelector('#board > li[data-bib=\"12\"]')"
SLOT = f"{ROW}.querySelector('[data-f=next]')"


def expected(in_ms: int, error_ms: int = 39_500) -> Row:
    """Return team 12 after its first lap, at 16:43:40, expected at km 1 so long from now."""
    return row("12", 0, 820_000, next=Forecast(NOW_MS + in_ms, error_ms, "km1"))


@pytest_asyncio.fixture(loop_scope="session")
async def wide(browser: Browser, stand: Stand) -> AsyncIterator[Phone]:
    """A browser with room for forecasts in rows, before team 12 on its way to km 1."""
    stand.change("relay", expected(90_000))
    async with visitor(browser, stand.url, viewport=WIDE) as visiting:
        yield visiting


async def test_the_script_leaves_the_forecast_of_the_first_paint_as_it_is(wide: Phone) -> None:
    """Until the stream speaks of that team again."""
    await wide.page.route_web_socket("**/stream*", lambda route: None)
    await wide.page.add_init_script(
        """document.addEventListener('readystatechange', () => {
            if (document.readyState === 'interactive') window.sent = document.querySelector('#board').innerHTML
        })"""
    )
    await wide.open("/fr/")
    await wide.until(
        "document.querySelector('#board > li').ariaLabel !== undefined && 'js' in document.documentElement.dataset"
    )
    assert await wide.get("sent.includes('km 1 vers 17:01 (± 40 s)')")
    assert await wide.get(f"{SLOT}.textContent") == "km 1 vers 17:01 (± 40 s)"
    assert await wide.get(f"{SLOT}.checkVisibility()")
    assert wide.said == []


async def test_a_forecast_is_in_italics_and_never_bold(wide: Phone) -> None:
    await wide.open("/fr/")
    await wide.live()
    style = f"getComputedStyle({SLOT})"
    assert await wide.get(f"[{style}.fontStyle, {style}.fontWeight]") == ["italic", "400"]


async def test_a_new_forecast_moves_nothing_and_marks_nothing(wide: Phone, stand: Stand) -> None:
    """Neither height nor place, no yellow, and nothing is said aloud."""
    await wide.open("/fr/")
    await wide.live()
    await wide.get("localStorage['live/web-test'] = JSON.stringify({follow: {relay: ['12']}})")
    await wide.open("/fr/")
    await wide.live()
    boxes = """JSON.stringify([...document.querySelectorAll('#board > li, #board .figures, #board .to')].map(
        each => each.getBoundingClientRect()))"""
    before = await wide.get(boxes)
    await wide.version(stand.change("relay", expected(1_000_000, 200_000)))
    assert await wide.get(f"{SLOT}.textContent") == "km 1 vers 17:16 (± 4 min)"
    assert await wide.get(boxes) == before
    assert await wide.get(f"{ROW}.dataset.fresh") == "false"
    assert await wide.get("document.getAnimations().length") == 0
    assert await wide.get("document.querySelector('#said').textContent") == ""


async def test_a_passing_of_a_followed_team_is_said_once_though_its_forecast_moves(wide: Phone, stand: Stand) -> None:
    await wide.page.clock.install(time=NOW_MS / 1000)
    await wide.open("/fr/")
    await wide.live()
    await wide.get("localStorage['live/web-test'] = JSON.stringify({follow: {relay: ['21']}})")
    await wide.open("/fr/")
    await wide.live()
    await wide.get(
        """window.spoken = 0; new MutationObserver(() => spoken++).observe(
            document.querySelector('#said'), {childList: true})"""
    )
    await wide.version(stand.change("relay", row("21", 0, 1_795_000)))
    await wide.page.clock.fast_forward(1_000)
    await wide.until("spoken === 1", "the passing to be said")
    ahead = Forecast(NOW_MS + 300_000, 60_000, "km1")
    await wide.version(stand.change("relay", row("21", 0, 1_795_000, next=ahead)))
    await wide.page.clock.fast_forward(12_000)
    await wide.until(f"{ROW} !== null")
    assert await wide.get("spoken") == 1


async def test_the_clock_alone_makes_a_team_overdue(wide: Phone, stand: Stand) -> None:
    """Expected 990 s after its last lap, at 17:00:10: overdue from 17:04:18 on. The reader hears it too."""
    stand.change("relay", expected(10_000))
    await wide.page.clock.install(time=NOW_MS / 1000)
    await wide.open("/fr/")
    await wide.live()
    assert await wide.get(f"{SLOT}.textContent") == "km 1 vers 17:00 (± 40 s)"
    assert await wide.get(f"{ROW}.dataset.late") == "0"
    await wide.page.clock.fast_forward(300_000)
    stand.change("relay")
    await wide.until(f"{SLOT}.textContent === 'attendue depuis 5 min'")
    assert (await wide.get(f"{ROW}.querySelector('a').ariaLabel")).endswith(", attendue depuis 5 min")


@pytest.mark.parametrize("width", [320, 390])
async def test_on_a_phone_an_overdue_team_is_seen_in_its_row_with_its_bib(
    browser: Browser, stand: Stand, width: int
) -> None:
    """Other forecasts have no room there: they stand on the team's page."""
    stand.change("relay", expected(90_000), row("30", 0, 820_000, next=Forecast(NOW_MS - 200_000, 60_000, "line")))
    async with visitor(browser, stand.url, viewport={"width": width, "height": 700}) as phone:
        await phone.open("/fr/")
        await phone.live()
        assert not await phone.get(f"{SLOT}.checkVisibility()")
        late = "document.querySelector('#board > li[data-bib=\"30\"]')"
        inside = f"""[...{late}.querySelectorAll('[data-f=bib], [data-f=next]')].map(each => {{
            const box = each.getBoundingClientRect(), row = {late}.querySelector('.about').getBoundingClientRect()
            return box.width > 0 && box.top < row.bottom && box.right <= row.right + 1
        }})"""
        assert await phone.get(inside) == [True, True]
        assert await phone.get(f"{late}.querySelector('[data-f=next]').textContent") == "attendue depuis 4 min"


async def test_a_team_just_seen_shows_the_word_and_its_bib_on_a_phone(phone: Phone, stand: Stand) -> None:
    """At a point inside the loop too."""
    await phone.open("/fr/")
    await phone.live()
    await phone.version(stand.change("relay", row("12", 0, 820_000, point="km1", time_ms=1_795_000, at_ms=NOW_MS)))
    shown = f"""[...{ROW}.querySelectorAll('[data-f=note], [data-f=bib]')].map(each => [each.textContent,
        each.getBoundingClientRect().top < {ROW}.querySelector('.about').getBoundingClientRect().bottom])"""
    assert await phone.get(shown) == [["passage", True], ["12", True]]


async def test_nothing_is_expected_of_a_frozen_board(wide: Phone, stand: Stand) -> None:
    """T90."""
    await wide.open("/fr/")
    await wide.live()
    stand.change("relay", frozen=True)
    await wide.until(f"{SLOT}.textContent === ''")
    assert not await wide.get(f"{SLOT}.checkVisibility()")


async def test_nothing_is_expected_while_the_page_is_offline(wide: Phone, stand: Stand) -> None:
    await wide.page.clock.install(time=NOW_MS / 1000)
    await wide.open("/fr/")
    await wide.live()
    assert await wide.get(f"{SLOT}.checkVisibility()")
    await stand.stop()
    await wide.page.clock.fast_forward(46_000)
    await wide.until("document.documentElement.dataset.link === 'offline'")
    assert not await wide.get(f"{SLOT}.checkVisibility()")


async def test_a_team_page_follows_its_forecast_and_the_clock(phone: Phone, stand: Stand) -> None:
    """The sentences are the server's: asked for anew when the forecast moves, and when the team grows overdue."""
    stand.change("relay", expected(10_000))
    said = "[...document.querySelectorAll('#when li')].map(each => each.textContent.trim()).join()"
    await phone.page.clock.install(time=NOW_MS / 1000)
    await phone.open("/fr/r/relay/t/12")
    await phone.live()
    assert await phone.get(said) == "passage prévu 17:00 (± 40 s) · km 1"
    style = "getComputedStyle(document.querySelector('#when em'))"
    assert await phone.get(f"[{style}.fontStyle, {style}.fontWeight]") == ["italic", "400"]
    stand.change("relay", expected(70_000))
    await phone.until("!!document.querySelector('#team').dataset.version")
    for _ in range(40):
        await phone.page.clock.fast_forward(1_000)
        if "17:01" in await phone.get(said):
            break
    assert await phone.get(said) == "passage prévu 17:01 (± 40 s) · km 1"
    stand.wall_ms += 400_000
    await phone.page.clock.fast_forward(330_000)
    stand.change("relay")
    for _ in range(40):
        await phone.page.clock.fast_forward(1_000)
        if "attendue" in await phone.get(said):
            break
    assert (await phone.get(said)).startswith("attendue depuis ")
    assert phone.said == []
