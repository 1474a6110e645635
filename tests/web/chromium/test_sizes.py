"""What a visit takes from the network, in bytes and requests: counted in a real browser, 120 teams under way."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from bench.web.races import under_way
from tests.web.chromium.browser import visitor
from tests.web.chromium.stand import Stand, standing
from tests.web.chromium.wire_bytes import taking

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def crowded() -> AsyncIterator[Stand]:
    """The race that pages are measured on."""
    async with standing(under_way(120)) as stand:
        yield stand


async def test_a_first_visit_takes_55_kb_and_the_next_4(browser: Browser, crowded: Stand) -> None:
    async with visitor(browser, crowded.url, extra_http_headers={"Accept-Encoding": "br"}) as phone:
        taken = await taking(phone)
        await phone.open("/fr/")
        await phone.live()
        assert taken.requests <= 8
        assert [url for url in taken.by_url if not url.startswith(crowded.url)] == []
        await phone.page.wait_for_load_state("networkidle")  # what is fetched at leisure counts too
        assert taken.total <= 55_000, taken.by_url
        assert 0 < taken.of("/live.js") <= 8_000
        assert 0 < taken.of(".css") <= 8_000
        again = await taking(phone)
        await phone.open("/fr/")
        await phone.live()
        assert again.total <= 4_000, again.by_url


@pytest.mark.parametrize("page", ["r/relay/t/12", "r/relay/map", "feed", "results/relay", "search", "info", "podium"])
async def test_no_page_takes_more_than_the_list(browser: Browser, crowded: Stand, page: str) -> None:
    async with visitor(browser, crowded.url, extra_http_headers={"Accept-Encoding": "br"}) as phone:
        taken = await taking(phone)
        await phone.open(f"/fr/{page}")
        await phone.page.wait_for_load_state("networkidle")
        assert 0 < taken.total <= 55_000, taken.by_url
        assert [url for url in taken.by_url if not url.startswith(crowded.url)] == []
