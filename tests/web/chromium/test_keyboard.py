"""Everything is reached by the Tab key, in the order of the page, and shows where the focus is."""

import pytest

from tests.web.chromium.browser import Phone
from tests.web.chromium.stand import Stand
from tests.web.conftest import row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TARGETS = """[...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')]
    .filter(each => each.checkVisibility() && !each.disabled)"""


SHOWS = """['', '::after'].some(part => {
    const style = getComputedStyle(document.activeElement, part) // a browser's own ring is thinner
    return style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 3
})"""
PATHS = (
    *("", "r/relay/t/12", "r/relay/map", "r/relay/table", "r/relay/laps", "feed", "search?q=lut", "info", "privacy"),
    *("accessibility", "results/relay", "podium", "companies", "nowhere"),
)


@pytest.mark.parametrize("path", PATHS)
async def test_each_target_is_reached_in_order_and_shows_the_focus(phone: Phone, stand: Stand, path: str) -> None:
    stand.change("relay", row("12", 0, 820_000))
    await phone.open(f"/fr/{path}")
    if await phone.get("!!document.querySelector('#link')"):
        await phone.live()
    await phone.get("document.activeElement.blur()")
    wanted = await phone.get(f"(window.targets = {TARGETS}).length")
    reached = []
    for _ in range(wanted + 1):  # where the page begins with the focus in the middle, the way leads once over the body
        await phone.page.keyboard.press("Tab")
        if await phone.get("document.activeElement === document.body"):
            continue
        reached.append(await phone.get("targets.indexOf(document.activeElement)"))
        assert await phone.get(SHOWS), await phone.get("document.activeElement.outerHTML.slice(0, 120)")
    reached = reached[:wanted]
    first = reached.index(0)
    assert reached[first:] + reached[:first] == list(range(wanted))


async def test_a_team_is_followed_and_the_race_paused_by_keys(phone: Phone) -> None:
    await phone.open("/fr/")
    await phone.live()
    await phone.page.focus('li[data-bib="12"] [data-do=follow]')
    await phone.page.keyboard.press("Enter")
    await phone.until("document.querySelector('#mine li')?.dataset.bib === '12'")
    await phone.page.focus("[data-do=pause]")
    await phone.page.keyboard.press("Space")
    await phone.until("document.querySelector('#link').textContent === 'En pause'")
