"""A Chromium, a small event on a stand, and a phone before it."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.web.chromium.browser import Phone, chromium, visitor
from tests.web.chromium.stand import Stand, beginning, standing


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium, started once; every visitor has a context of his own."""
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def stand() -> AsyncIterator[Stand]:
    """The small event, served."""
    async with standing(beginning()) as serving:
        yield serving


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, stand: Stand) -> AsyncIterator[Phone]:
    """A phone in French."""
    async with visitor(browser, stand.url) as visiting:
        yield visiting
