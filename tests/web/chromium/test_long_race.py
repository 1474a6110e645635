"""A race of more than 400: the page streams its head, the rest is found, followed and paged."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.web.chromium.browser import DEADLINE_S, Phone, visitor
from tests.web.chromium.stand import Stand, one_race, standing
from tests.web.conftest import entry, row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TEAMS = 600


@pytest_asyncio.fixture(loop_scope="session")
async def long_race() -> AsyncIterator[Stand]:
    """600 teams, a second apart; every third one of women."""
    categories = ("women", "men", "mixed")
    entries = tuple(entry(n, str(n + 1), f"Équipe {n + 1}", categories[n % 3], ("F", "M")) for n in range(TEAMS))
    async with standing(one_race(entries, 800_000, 1_000)) as serving:
        yield serving


@pytest_asyncio.fixture(loop_scope="session")
async def visiting(browser: Browser, long_race: Stand) -> AsyncIterator[Phone]:
    """A phone at the long race."""
    async with visitor(browser, long_race.url) as phone:
        yield phone


async def test_the_head_moves_and_stays_a_head(visiting: Phone, long_race: Stand) -> None:
    await visiting.open("/fr/")
    await visiting.live()
    assert len(await visiting.bibs()) == 200
    await visiting.version(long_race.change("relay", row("500", 0, 800_500)))
    places = await visiting.slots("place")
    assert (list(places)[:3], places["500"], len(places)) == (["1", "500", "2"], "2", 200)
    assert "200" not in places, "pushed out of the head"
    assert visiting.said == []


async def test_the_last_of_the_head_has_tenths_where_the_next_is_within_his_second(
    visiting: Phone, long_race: Stand
) -> None:
    """T80: before the script, after it, and when the stream tells it; as in the table, where both stand."""
    long_race.change("relay", row("201", 0, 999_600), row("200", 0, 999_400))
    last = "document.querySelector('#board > li:last-child [data-f=time]').textContent"
    async with httpx.AsyncClient(base_url=long_race.url) as reader:
        for path in ("", "r/relay/table"):
            assert "16:39.4" in (await reader.get(f"/fr/{path}")).text
    await visiting.open("/fr/")
    await visiting.live()
    assert await visiting.get(last) == "16:39.4"
    await visiting.version(long_race.change("relay", row("201", 0, 1_000_600)))
    assert await visiting.get(last) == "16:40"
    await visiting.version(long_race.change("relay", row("201", 0, 999_600)))
    assert await visiting.get(last) == "16:39.4"
    await visiting.page.reload()
    await visiting.version(long_race.change("relay", row("1", 0, 800_001)))
    assert await visiting.get(last) == "16:39.4"


async def test_a_team_below_the_head_is_found_followed_and_kept_up_to_date(visiting: Phone, long_race: Stand) -> None:
    await visiting.open("/fr/")
    await visiting.until("!!window.htmx")
    await visiting.page.fill("#q", "Équipe 450")
    await visiting.page.click("#found a")
    await visiting.page.wait_for_url("**/t/450")
    await visiting.until("document.querySelector('#team').dataset.place === '450'")
    await visiting.page.click("[data-do=follow]")
    long_race.change("relay", row("450", 0, 1_000_500))
    await visiting.until("document.querySelector('#team').dataset.place === '202'")
    await visiting.open("/fr/")
    await visiting.until("document.querySelector('#mine [data-f=place]')?.textContent === '202'")
    assert visiting.said == []


async def test_a_category_of_a_long_race_keeps_up_by_asking(browser: Browser, long_race: Stand) -> None:
    async with visitor(browser, long_race.url) as phone:
        await phone.page.clock.install()
        await phone.open("/fr/r/relay?cat=women")
        assert (await phone.bibs())[:2] == ["1", "4"]
        assert len(await phone.bibs()) == 200
        long_race.change("relay", row("4", 0, 799_000))
        for _ in range(DEADLINE_S * 2):
            await phone.page.clock.fast_forward(1_000)
            if (await phone.bibs())[0] == "4":
                break
        assert list((await phone.slots("place")).items())[:3] == [("4", "1"), ("1", "2"), ("7", "3")]
        assert phone.said == []
