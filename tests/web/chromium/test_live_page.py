"""The page that moves: places, elements, marks, clocks, formats, at the end of a real WebSocket."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from live.strict_json import from_json
from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import Stand
from tests.web.conftest import GUN_MS, row

FORMATS = from_json((Path(__file__).parent.parent.parent / "contracts" / "format.json").read_bytes())["cases"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_places_move_as_teams_cross(phone: Phone, stand: Stand) -> None:
    await phone.open("/fr/")
    await phone.live()
    assert await phone.bibs() == ["7", "007", "12", "30", "21"]
    await phone.version(stand.change("relay", row("12", 0, 820_000, 700_000)))
    assert await phone.slots("place") == {"12": "1", "7": "2", "007": "3", "30": "4", "21": ""}
    assert await phone.slots("gap") == {"12": "", "7": "+1:11", "007": "+1:31", "30": "", "21": ""}
    assert phone.said == []


@pytest.mark.parametrize("older", [False, True])
async def test_an_element_stays_its_team_s_and_keeps_the_focus(phone: Phone, stand: Stand, older: bool) -> None:
    """Also in a browser that cannot move an element without letting go of the focus."""
    if older:
        await phone.page.add_init_script("delete Element.prototype.moveBefore")
    await phone.open("/fr/")
    await phone.live()
    await phone.get("window.kept = document.querySelector('li[data-bib=\"12\"]')")
    await phone.get("kept.querySelector('a').focus()")
    await phone.version(stand.change("relay", row("12", 0, 820_000, 700_000)))
    assert await phone.get("document.querySelector('#board').firstElementChild === kept")
    assert await phone.get("document.activeElement === kept.querySelector('a')")


async def test_a_team_just_seen_is_marked_in_colour_and_word(phone: Phone, stand: Stand) -> None:
    await phone.open("/fr/")
    await phone.live()
    await phone.version(stand.change("relay", row("21", 0, 1_795_000)))
    assert (await phone.slots("note"))["21"] == "passage"
    assert await phone.get("document.querySelector('li[data-bib=\"21\"]').dataset.fresh") == "true"


async def test_what_arrives_late_is_not_announced_as_new(phone: Phone, stand: Stand) -> None:
    """T09: a crossing of ten minutes ago that a mat delivers now."""
    await phone.open("/fr/")
    await phone.live()
    await phone.version(stand.change("relay", row("21", 0, 900_000)))
    assert (await phone.slots("note"))["21"] == ""


async def test_two_laps_by_hand_are_announced_once_and_politely(phone: Phone, stand: Stand) -> None:
    """T103: one live region, for followed teams and a change of leader."""
    await phone.open("/fr/")
    await phone.live()
    assert await phone.get("document.querySelector('#said').textContent") == ""
    stand.change("relay", row("12", 0, 820_000, 700_000))
    await phone.until("document.querySelector('#said').textContent === 'Lutosa B prend la tête'")


async def test_the_race_s_state_and_clock_follow(phone: Phone, stand: Stand) -> None:
    await phone.open("/fr/")
    await phone.live()
    assert await phone.get("document.querySelector('.state').textContent") == "En course"
    assert (await phone.get("document.querySelector('#clock').textContent")).startswith("0:30:0")
    window = {"provisional_since_ms": GUN_MS + 3_600_000, "objections_until_ms": GUN_MS + 4_500_000}
    stand.change("relay", state="provisional", as_of_ms=GUN_MS + 3_600_000, **window)
    said = "Provisoire depuis 17:30, réclamations jusqu’à 17:45"
    await phone.until(f"document.querySelector('.state').textContent === '{said}'")
    await phone.until("document.querySelector('#clock').textContent === '1:00:00'")
    stand.change("relay", state="official", edition=2, official_at_ms=GUN_MS + 4_860_000)
    await phone.until("document.querySelector('.state').textContent === 'Officiel, 17:51, version 2'")


async def test_a_lead_that_a_doubt_touches_is_not_announced(phone: Phone, stand: Stand) -> None:
    """T53: the place is shown, and no alert comes of it, until the doubt is gone."""
    await phone.open("/fr/")
    await phone.live()
    doubted = row("12", 0, 820_000, 700_000, doubts=("not-together-relay-12-2",))
    await phone.version(stand.change("relay", doubted))
    assert (await phone.bibs())[0] == "12"
    await phone.version(stand.change("relay", row("30", 0, 820_000, 690_000)))
    await phone.until("document.querySelector('#said').textContent === 'Été «Ath» prend la tête'")


async def test_who_runs_follows_the_order_that_an_official_set(phone: Phone, stand: Stand) -> None:
    """T56: B runs first; taken back, A does."""
    await phone.open("/fr/")
    await phone.live()
    await phone.version(stand.change("relay", row("21", 0, order=("B", "A"), status="running")))
    assert (await phone.slots("runners"))["21"] == "B"
    await phone.version(stand.change("relay", row("21", 0, status="running")))
    assert (await phone.slots("runners"))["21"] == "A"


async def test_a_phone_five_minutes_off_shows_the_race_s_time(browser: Browser, stand: Stand) -> None:
    """T33: the server's clock counts."""
    wrong = """const right = Date.now; Date.now = () => right() - 300_000
        Object.defineProperty(performance, 'timeOrigin', {value: performance.timeOrigin - 300_000})"""
    async with visitor(browser, stand.url) as phone:
        await phone.page.add_init_script(wrong)
        await phone.open("/fr/")
        await phone.until("/^0:30:[01]/.test(document.querySelector('#clock').textContent)")


async def test_a_frozen_board_says_so(phone: Phone, stand: Stand) -> None:
    """T90."""
    await phone.open("/fr/")
    await phone.live()
    stand.change("relay", frozen=True, frozen_since_ms=GUN_MS + 1_800_000)
    await phone.until("document.querySelector('#held').checkVisibility()")
    said = await phone.get("document.querySelector('#held').textContent")
    assert said == "Classement figé depuis 17:00, révélé à la remise des prix"
    assert await phone.bibs() == ["7", "007", "12", "30", "21"]
    assert await phone.get("document.querySelector('#board').dataset.frozen") == "true"


async def test_pause_holds_the_list_until_it_is_taken_off(phone: Phone, stand: Stand) -> None:
    await phone.open("/fr/")
    await phone.live()
    await phone.page.click("[data-do=pause]")
    heard = "new Promise(done => document.addEventListener('race:changes', () => setTimeout(done, 500), {once: true}))"
    waiting = phone.page.evaluate_handle(f"window.heard = {heard}; 0")
    await waiting
    stand.change("relay", row("12", 0, 820_000, 700_000))
    await phone.get("window.heard")
    assert (await phone.bibs())[0] == "7"
    assert await phone.get("document.querySelector('#link').textContent") == "En pause"
    await phone.page.click("[data-do=pause]")
    assert (await phone.bibs())[0] == "12"


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
async def test_the_script_writes_figures_as_the_contract_says(phone: Phone, language: str) -> None:
    """The same cases as in test_rows: page and server cannot differ."""
    await phone.open(f"/{language}/")
    source = await phone.get("document.querySelector('script[type=module]').getAttribute('src')")
    written = await phone.page.evaluate(
        """async ([source, cases]) => {
            const {format} = await import(source)
            return cases.map(each => format[each.format](...each.of))
        }""",
        [source, FORMATS],
    )
    assert written == [case.get("is", case.get(language)) for case in FORMATS]


async def test_what_is_for_before_the_gun_goes_with_it(browser: Browser, stand: Stand) -> None:
    """A page that was open before has ten rows then, as one that is loaded later."""
    stand.change("relay", state="planned", gun_ms=None)
    async with visitor(browser, stand.url) as phone:
        await phone.open("/fr/")
        await phone.live()
        assert await phone.page.locator(".before").is_visible()
        await phone.version(stand.change("relay", state="running", gun_ms=GUN_MS))
        assert await phone.page.locator(".before").is_visible() is False
