"""What a user chooses, and that it survives pushes, a reload, and the way to other pages."""

import pytest

from tests.web.chromium.browser import Phone
from tests.web.chromium.stand import Stand
from tests.web.conftest import row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_was_chosen_survives_pushes_and_a_reload(phone: Phone, stand: Stand) -> None:
    """T100: followed team, category, right column, theme."""
    await phone.open("/fr/")
    await phone.live()
    await phone.page.click('li[data-bib="30"] [data-do=follow]')
    await phone.page.click("[data-do=sort]")
    await phone.page.click('[data-cat="women"]')
    await phone.page.click("[data-do=theme]")
    assert await phone.slots("place") == {"007": "1", "30": "2"}
    for again in (False, True):
        if again:
            await phone.page.goto(phone.base + "/fr/")
            await phone.live()
        await phone.version(stand.change("relay", row("30", 0, 820_000, 700_000 + again)))
        assert await phone.slots("place") == {"30": "1", "007": "2"}
        assert await phone.get("document.querySelector('#mine li').dataset.bib") == "30"
        assert await phone.get("document.querySelector('#mine [data-f=place]').textContent") == "1"
        assert await phone.get("document.querySelector('li[data-bib=\"30\"] button').ariaPressed") == "true"
        assert await phone.get("document.querySelector('#board').dataset.show") == "ahead"
        assert await phone.get("document.documentElement.dataset.theme") == "dark"
    await phone.page.click('[data-cat=""]')
    assert len(await phone.bibs()) == 5
    assert phone.said == []


async def test_followed_teams_alone(phone: Phone) -> None:
    await phone.open("/fr/")
    await phone.live()
    await phone.page.click('li[data-bib="12"] [data-do=follow]')
    await phone.page.click("[data-do=followed]")
    assert await phone.slots("place") == {"12": "3"}, "the place among all"
    await phone.page.click('li[data-bib="12"] [data-do=follow]')
    assert await phone.bibs() == []
    assert await phone.get("document.querySelector('#none').checkVisibility()")


async def test_a_team_is_followed_from_its_page_too(phone: Phone) -> None:
    await phone.open("/fr/r/relay/t/007")
    await phone.live()
    await phone.page.click("[data-do=follow]")
    await phone.open("/fr/")
    await phone.until("document.querySelector('#mine li')?.dataset.bib === '007'")


async def test_typing_filters_the_list_at_once_and_finds_in_other_races(phone: Phone, stand: Stand) -> None:
    await phone.open("/fr/")
    await phone.live()
    await phone.page.fill("#q", "LUT")
    assert await phone.slots("place") == {"007": "2", "12": "3"}
    await phone.version(stand.change("relay", row("12", 0, 820_000, 700_000)))
    assert await phone.slots("place") == {"12": "1", "007": "3"}
    await phone.until("!!window.htmx")
    await phone.page.fill("#q", "solo")
    await phone.until("document.querySelector('#found a')?.getAttribute('href') === '/fr/r/short/t/99'")
    await phone.page.reload()
    assert await phone.page.input_value("#q") == "solo", "the address keeps it"
    assert phone.said == []


async def test_the_right_column_changes_by_a_touch(phone: Phone) -> None:
    await phone.open("/fr/")
    await phone.live()
    for shown in ("ahead", "time", "gap"):
        await phone.page.click('li[data-bib="7"] .figures')
        assert await phone.get("document.querySelector('#board').dataset.show") == shown
        assert "/t/" not in phone.page.url


async def test_a_touch_on_a_row_opens_the_team(phone: Phone) -> None:
    await phone.open("/fr/")
    await phone.live()
    await phone.page.click('li[data-bib="007"] .rank', force=True)
    await phone.page.wait_for_url("**/fr/r/relay/t/007")


async def test_a_language_is_kept_for_the_next_visit(phone: Phone) -> None:
    await phone.open("/fr/")
    await phone.live()
    await phone.page.click('[data-do=lang][hreflang="nl"]')
    await phone.page.wait_for_url("**/nl/")
    await phone.open("/")
    assert phone.page.url.endswith("/nl/")


async def test_a_team_page_follows_its_team(phone: Phone, stand: Stand) -> None:
    await phone.open("/fr/r/relay/t/12")
    await phone.live()
    assert await phone.get("document.querySelector('#team').dataset.place") == "3"
    told = {"lap": 2, "runners": ["A", "B"], "lap_ms": 700_000, "elapsed_ms": 1_520_000, "place": 1}
    plain = {"quality": "measured", "lap_quality": "measured", "provisional": False, "missing": [], "splits": []}
    stand.keeper.answers["team"]["laps"] = [{**told, **plain}]
    await phone.version(stand.change("relay", row("12", 0, 820_000, 700_000)))
    assert await phone.get("document.querySelector('#team [data-f=now]').textContent") == "Arrivée"
    await phone.until("document.querySelector('#own tbody')?.innerText.includes('Tour 2')")
    assert phone.said == []
