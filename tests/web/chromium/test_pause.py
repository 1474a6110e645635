"""The pause holds everything that moves by itself, and what was missed comes after it; a chip check comes by itself."""

import pytest

from tests.web.chromium.browser import Phone
from tests.web.chromium.stand import Stand
from tests.web.conftest import GUN_MS, row
from tests.web.reading import crossing

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHIP = {**crossing("A", "line", "ignored", {"code": "before_start", "lap": None}), "at_ms": GUN_MS - 1_080_000}


@pytest.mark.parametrize(
    ("path", "selector", "said"),
    [("feed", "#feed", "25:20"), ("r/relay/t/12", "#own", "on attend B"), ("r/relay/t/12", "#team", "Arrivée")],
)
async def test_a_paused_page_stays_as_it_is_and_catches_up_afterwards(
    phone: Phone, stand: Stand, path: str, selector: str, said: str
) -> None:
    await phone.page.clock.install(time=stand.wall_ms / 1000)
    await phone.open(f"/fr/{path}")
    await phone.live()
    await phone.page.clock.run_for(1_000)
    await phone.page.click("[data-do=pause]")
    before = await phone.page.inner_text(selector)
    heard = "(window.heard = 0, document.addEventListener('race:changes', () => { window.heard++ }))"
    await phone.get(heard)
    stand.change("relay", row("12", 0, 820_000, 700_000, missing=("B",)), as_of_ms=GUN_MS + 1_800_000)
    await phone.until("window.heard > 0")
    await phone.page.clock.run_for(5_000)
    await phone.page.wait_for_load_state("networkidle")
    assert await phone.page.inner_text(selector) == before
    await phone.page.click("[data-do=pause]")
    await phone.page.clock.run_for(5_000)
    await phone.until(f"document.querySelector('{selector}').innerText.includes('{said}')", said)


async def test_a_chip_that_is_checked_before_the_start_is_on_the_teams_page_without_a_reload(
    phone: Phone, stand: Stand
) -> None:
    """No standing changes by it: the page asks now and then, until the gun."""
    rows = [row(bib, 0, status="not_started") for bib in ("7", "007", "12", "30", "21")]
    stand.change("relay", *rows, state="planned", gun_ms=None)
    stand.wall_ms = GUN_MS - 900_000
    await phone.page.clock.install(time=stand.wall_ms / 1000)
    await phone.open("/fr/r/relay/t/12")
    await phone.live()
    assert "puce" not in await phone.page.inner_text("#own")
    await phone.page.clock.run_for(1_000)
    stand.keeper.answers["team"] = {"laps": [], "crossings": [CHIP], "doubts": []}
    await phone.page.clock.run_for(25_000)
    await phone.until("document.querySelector('#own').innerText.includes('puce lue à 16:12')", "the chip")
    stand.change("relay", state="running", gun_ms=GUN_MS)
    await phone.until("document.querySelector('[data-race]').dataset.state === 'running'")
    await phone.page.wait_for_load_state("networkidle")
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    await phone.page.clock.run_for(60_000)
    assert [url for url in asked if "/t/12" in url] == [], "the gun ends it"
