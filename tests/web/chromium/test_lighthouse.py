"""Lighthouse on each public page: accessibility, best practices, search engines 100. Times are `make bench-web`'s."""

import pytest

from bench.web import lighthouse

pytestmark = [pytest.mark.browser, pytest.mark.deep, pytest.mark.asyncio(loop_scope="session")]
SCORES = ("accessibility", "best-practices", "seo")


@pytest.mark.parametrize("page", lighthouse.PAGES)
async def test_a_page_has_all_points(page: str) -> None:
    try:
        await lighthouse.install()
    except lighthouse.Missing as why:
        pytest.skip(str(why))
    async with lighthouse.public() as stand:
        found = await lighthouse.report(f"{stand.url}/fr/{page}")
    assert {name: lighthouse.faults(found, name) for name in SCORES if lighthouse.scores(found)[name] < 100} == {}
