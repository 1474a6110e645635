"""axe-core in every page, state, language and theme: no violation of WCAG A to 2.2 AA.

`axe/axe-4.14.1.min.js` is the unchanged file of the npm package axe-core 4.14.1 (MPL-2.0, its licence beside it).
"""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from live.messages.boards import Forecast
from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import Stand
from tests.web.conftest import GUN_MS, row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

AXE = Path(__file__).parent / "axe" / "axe-4.14.1.min.js"
NOW_MS = GUN_MS + 1_800_000
PAGES = (
    *("", "r/relay/t/12", "r/relay/map", "r/relay/table", "r/relay/laps", "feed", "results/relay", "search?q=lut"),
    *("podium", "companies", "info", "privacy", "accessibility", "away", "nowhere"),
)
FOLLOWING = ("", "r/relay/t/12", "r/relay/map", "feed")
"""Pages that look different in each state of a race."""
STATES: dict[str, dict[str, object]] = {
    "planned": {"state": "planned", "gun_ms": None},
    "running": {},
    "frozen": {"frozen": True, "frozen_since_ms": NOW_MS},
    "provisional": {"state": "provisional", "provisional_since_ms": NOW_MS, "objections_until_ms": NOW_MS + 900_000},
    "official": {"state": "official", "edition": 2, "official_at_ms": NOW_MS},
    "offline": {},
}
FOUND = """async () => {
    for (const each of document.getAnimations()) each.finish()
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
    const {violations} = await axe.run(document, {runOnly: tags})
    return violations.map(each => `${each.id}: ${each.nodes.map(node => node.html.slice(0, 120)).slice(0, 3)}`)
}"""


def lively(stand: Stand) -> None:
    """Let a team be expected, another be late, a third be estimated, a fourth lack somebody."""
    stand.change(
        "relay",
        row("12", 0, 820_000, next=Forecast(NOW_MS + 90_000, 39_500, "km1")),
        row("30", 0, 820_000, next=Forecast(NOW_MS - 200_000, 60_000, "line")),
        row("7", 0, 800_001, 790_000, quality="estimated", lap_qualities="me"),
        row("007", 0, 810_000, 800_999, missing=("B",), provisional=True),
        row("21", 0, 1_795_000),
    )


async def faults(phone: Phone) -> list[str]:
    """Return what axe finds on the page that is open."""
    await phone.page.add_script_tag(path=AXE)
    said: list[str] = await phone.page.evaluate(FOUND)
    return said


async def violations(
    browser: Browser, stand: Stand, addresses: list[str], theme: str, offline: bool = False
) -> dict[str, list[str]]:
    """Return what axe finds on each address, in a theme; `offline`: once the page has lost its network."""
    found: dict[str, list[str]] = {}
    async with visitor(browser, stand.url, bypass_csp=True) as phone:
        chosen = f"{{follow: {{relay: ['12', '7']}}, theme: '{theme}'}}"
        await phone.page.add_init_script(f"localStorage['live/web-test'] = JSON.stringify({chosen})")
        for address in addresses:
            await phone.open(address)
            await phone.until(f"document.documentElement.dataset.theme === '{theme}'")
            if await phone.get("!!document.querySelector('#link')"):
                await phone.until("document.documentElement.dataset.link === 'live'")
                if offline:
                    await phone.context.set_offline(True)
                    await phone.until("!document.querySelector('#away').hidden", "the bar")
            if said := await faults(phone):
                found[address] = said
            await phone.context.set_offline(False)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "nl", "en"])
async def test_every_page_is_without_violation(browser: Browser, stand: Stand, language: str, theme: str) -> None:
    lively(stand)
    addresses = [f"/{language}/{page}" for page in PAGES]
    assert await violations(browser, stand, addresses, theme) == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
async def test_every_state_is_without_violation(browser: Browser, stand: Stand, state: str, theme: str) -> None:
    lively(stand)
    stand.change("relay", **STATES[state])
    addresses = [f"/fr/{page}" for page in FOLLOWING]
    assert await violations(browser, stand, addresses, theme, state == "offline") == {}


@pytest.mark.deep
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fr", "nl", "en"])
@pytest.mark.parametrize("state", STATES)
async def test_every_page_in_every_state_and_language_is_without_violation(
    browser: Browser, stand: Stand, state: str, language: str, theme: str
) -> None:
    lively(stand)
    stand.change("relay", **STATES[state])
    addresses = [f"/{language}/{page}" for page in PAGES]
    assert await violations(browser, stand, addresses, theme, state == "offline") == {}
