"""What a row and a card of 390 and of 320 pixels have room for, and how far a team is expected to be."""

from dataclasses import replace

import pytest
from playwright.async_api import Browser

from live.messages.boards import Forecast
from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import Stand, one_race, standing
from tests.web.conftest import GUN_MS, entry, row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NOW_MS = GUN_MS + 1_800_000
SMALL = {"width": 320, "height": 568}
UNSEEN = """slot => [...document.querySelectorAll('#board > li')].filter(li => {
    const box = li.querySelector('.about').getBoundingClientRect()
    const is = li.querySelector(`[data-f=${slot}]`).getBoundingClientRect()
    return !is.width || is.top >= box.bottom || is.right > box.right + 1
}).map(li => li.dataset.bib)"""
DUE = "document.querySelector('#board > li[data-bib=\"12\"] .due')"


def crowd(first_bib: int, apart_ms: int) -> Stand:
    """Return eighty teams of three categories at the first point, so far apart."""
    kinds = ("mixed", "women", "men")
    teams = tuple(entry(n, str(first_bib + n), f"Équipe {n}", kinds[n % 3], ("F", "M")) for n in range(80))
    stand = one_race(teams, 250_000, 1_000)
    rows = [row(each.bib, 0, point="km1", time_ms=250_000 + apart_ms * each.number, placed=True) for each in teams]
    stand.change("relay", *(replace(each, at_ms=GUN_MS + (each.time_ms or 0)) for each in rows), gun_ms=GUN_MS)
    stand.wall_ms = NOW_MS
    return stand


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
async def test_a_row_has_room_for_bib_and_category_at_a_point_inside_the_loop(browser: Browser, language: str) -> None:
    cut = """[...document.querySelectorAll('#board [data-f=category]')].filter(e => e.scrollWidth > e.clientWidth)
        .map(e => [e.textContent, e.scrollWidth - e.clientWidth])"""
    async with standing(crowd(20, 2_000)) as stand, visitor(browser, stand.url) as phone:
        await phone.open(f"/{language}/")
        for slot in ("bib", "category"):
            assert await phone.page.evaluate(UNSEEN, slot) == []
        assert await phone.get(cut) == []


@pytest.mark.parametrize("language", ["fr", "nl"])
async def test_with_three_digits_and_tenths_a_category_is_shortened_it_does_not_vanish(
    browser: Browser, language: str
) -> None:
    async with standing(crowd(100, 900)) as stand, visitor(browser, stand.url) as phone:
        await phone.open(f"/{language}/")
        for slot in ("bib", "category"):
            assert await phone.page.evaluate(UNSEEN, slot) == []


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("language", ["fr", "nl", "en"])
async def test_the_bib_is_seen_beside_whom_the_team_waits_for(
    browser: Browser, stand: Stand, language: str, width: int
) -> None:
    """T53: and the note is not cut."""
    stand.change("relay", row("12", 0, 820_000, 800_000, missing=("B",), provisional=True))
    async with visitor(browser, stand.url, viewport={"width": width, "height": 568}) as phone:
        await phone.open(f"/{language}/")
        for slot in ("bib", "note"):
            assert "12" not in await phone.page.evaluate(UNSEEN, slot), slot


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
async def test_the_card_says_who_runs_without_being_cut(browser: Browser, stand: Stand, language: str) -> None:
    """Beside a second card, on the second lap, among rivals who are still to come."""
    stand.change("relay", row("12", 0, 820_000), row("21", 0))
    async with visitor(browser, stand.url) as phone:
        await phone.page.add_init_script(
            "localStorage['live/web-test'] = JSON.stringify({follow: {relay: ['12', '30']}})"
        )
        await phone.open(f"/{language}/")
        await phone.until("document.querySelectorAll('#mine li').length === 2")
        cut = "[...document.querySelectorAll('#mine [data-f=now]')].map(e => e.scrollWidth - e.clientWidth)"
        assert await phone.get(cut) == [0, 0]


async def test_the_other_races_are_named_in_full_on_the_smallest_phone(browser: Browser, stand: Stand) -> None:
    """Below the name of this one where there is no room beside it."""
    races = tuple(replace(each, name="Relais par équipes") for each in stand.event.races)
    stand.event = replace(stand.event, races=races)
    named = Stand(stand.event)
    for each in stand.state.boards.by_race.values():
        assert each.head is not None
        named.begin(each.head, list(each.rows.values()))
    async with standing(named), visitor(browser, named.url, viewport=SMALL) as phone:
        await phone.open("/fr/")
        link = await phone.page.locator(".race nav a").bounding_box()
        assert link is not None
        assert link["x"] + link["width"] <= 304, "not beyond the margin"
        assert await phone.get("document.documentElement.scrollWidth") == 320


async def test_the_bar_is_hatched_as_far_as_the_team_is_expected(phone: Phone, stand: Stand) -> None:
    """To the point that comes next; never of a frozen race, and not while nobody knows what goes on."""
    stand.change("relay", row("12", 0, 820_000, next=Forecast(NOW_MS + 60_000, 20_000, "km1")), gun_ms=GUN_MS)
    await phone.page.clock.install(time=NOW_MS / 1000)
    await phone.open("/fr/")
    assert await phone.get(f"{DUE}.getAttribute('width')") == "4000"
    await phone.live()
    await phone.version(stand.change("relay", row("12", 0, 820_000, next=Forecast(NOW_MS, 20_000, "line"))))
    assert await phone.get(f"{DUE}.getAttribute('width')") == "6000"
    await phone.context.set_offline(True)
    await phone.until(f"getComputedStyle({DUE}).visibility === 'hidden'")
    await phone.context.set_offline(False)
    await phone.live()
    await phone.version(stand.change("relay", frozen=True, frozen_since_ms=NOW_MS))
    assert await phone.get(f"{DUE}.getAttribute('width')") == "0"
    await phone.open("/fr/")
    assert await phone.get(f"{DUE}.getAttribute('width')") == "0"
    assert phone.said == []


async def test_the_map_says_once_that_a_team_is_overdue(browser: Browser, stand: Stand) -> None:
    """Who hears the page has it in the link's sentence; who sees it reads it below. With the script and without."""
    stand.change("relay", row("12", 0, 820_000, next=Forecast(NOW_MS - 250_000, 30_000, "km1")), gun_ms=GUN_MS)
    item = '#positions li[data-bib="12"]'
    for script in (False, True):
        async with visitor(browser, stand.url, java_script_enabled=script) as phone:
            await phone.open("/fr/r/relay/map")
            if script:
                await phone.live()
                await phone.page.wait_for_selector("#dots .dot")
            heard = await phone.page.locator(item).aria_snapshot()
            assert heard.count("attendue depuis") == 1
            assert "attendue depuis" in await phone.page.locator(f"{item} [data-f=next]").inner_text()


async def test_what_is_expected_on_the_map_is_heard_of_a_team_on_time(phone: Phone, stand: Stand) -> None:
    stand.change("relay", row("12", 0, 820_000, next=Forecast(NOW_MS + 90_000, 30_000, "km1")), gun_ms=GUN_MS)
    await phone.open("/fr/r/relay/map")
    await phone.live()
    await phone.page.wait_for_selector("#dots .dot")
    heard = await phone.page.locator('#positions li[data-bib="12"]').aria_snapshot()
    assert "km 1 vers 17:01 (± 30 s)" in heard


@pytest.mark.parametrize("path", ["", "r/relay/t/12", "r/relay/map", "feed", "info", "search?q=lut", "privacy"])
async def test_a_phone_at_twice_the_size_shows_all_of_a_page(browser: Browser, stand: Stand, path: str) -> None:
    """390 pixels at 200 % are 195: nothing goes beyond the edge, and no part of the header and of the tabs."""
    stand.change("relay", row("12", 0, 820_000, next=Forecast(NOW_MS + 90_000, 30_000, "km1")), gun_ms=GUN_MS)
    out = """[...document.querySelectorAll('.top *, .tabs *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 60))"""
    async with visitor(browser, stand.url, viewport={"width": 195, "height": 422}) as phone:
        await phone.open(f"/fr/{path}")
        await phone.page.wait_for_load_state("networkidle")
        assert await phone.get("document.documentElement.scrollWidth") == 195
        assert await phone.get(out) == []
        named = [
            await tab.get_attribute("aria-label") or await tab.inner_text()
            for tab in await phone.page.locator(".tabs a").all()
        ]
        assert named == ["Direct", "Parcours", "Fil", "Résultats", "Chercher"]


async def test_what_is_measured_differs_from_what_is_estimated_in_forced_colours(
    browser: Browser, stand: Stand
) -> None:
    """A dot on the map is full or hollow, a bar black, hatched or grey."""
    stand.change("relay", row("12", 0, 820_000, next=Forecast(NOW_MS + 90_000, 30_000, "km1")), gun_ms=GUN_MS)
    fill = (
        "(...names) => names.map(name => { const s = getComputedStyle(document.querySelector(name)); return s.fill })"
    )
    async with visitor(browser, stand.url, forced_colors="active") as phone:
        await phone.open("/fr/r/relay/map")
        await phone.page.wait_for_selector("#dots .dot")
        grounds = """['.key .dot:not(.estimated)', '.key .estimated']
            .map(each => getComputedStyle(document.querySelector(each)).backgroundColor)"""
        full, hollow = await phone.get(grounds)
        assert full != hollow
        await phone.open("/fr/")
        done, due, way = await phone.get(f"({fill})('.done', '.due', '.way')")
        assert done == due != way


async def test_a_button_that_is_pressed_has_a_tick(phone: Phone) -> None:
    """Not the colour alone."""
    await phone.open("/fr/")
    await phone.live()
    tick = "getComputedStyle(document.querySelector('.foot [data-do=size]'), '::before').content"
    assert "✓" not in await phone.get(tick)
    await phone.page.click(".foot [data-do=size]")
    await phone.until(f"{tick}.includes('✓')")
