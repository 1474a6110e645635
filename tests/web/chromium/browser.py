"""A real Chromium, and what the page in it said: console, errors, broken policies."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
DEADLINE_S = 20


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run the machine's Chromium; CHROMIUM names another one."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.fail("no Chromium here: `make browser` installs it, CHROMIUM names one")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


class Phone:
    """One visitor: a context of its own, whose pages' words are in `said`."""

    def __init__(self, context: BrowserContext, page: Page, base: str) -> None:
        self.context = context
        self.page = page
        self.base = base
        self.said: list[str] = []
        page.on("console", lambda message: self._hear(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.said.append(f"error: {error}"))

    def _hear(self, text: str) -> None:
        if "Service Worker registration blocked by Playwright" not in text:  # by our own wish
            self.said.append(text)

    async def open(self, path: str) -> None:
        """Go to a page and wait until the script has begun."""
        await self.page.goto(self.base + path)

    async def get(self, script: str) -> Any:
        """Return what an expression gives in the page."""
        return await self.page.evaluate(script)

    async def until(self, script: str, what: str = "") -> None:
        """Wait until an expression holds in the page."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not await self.page.evaluate(script):  # noqa: ASYNC110 - the page announces nothing
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"waited in vain for {what or script}; the page said {self.said}")

    async def live(self) -> None:
        """Wait until the stream has spoken."""
        await self.until("document.querySelector('#link').textContent === 'En direct'")

    async def version(self, wanted: int) -> None:
        """Wait until the page has painted a version of its race."""
        await self.until(f"document.querySelector('[data-race]').dataset.version === '{wanted}'")

    async def slots(self, name: str) -> dict[str, str]:
        """Return one slot of every row that the list shows, in order."""
        script = """name => Object.fromEntries([...document.querySelectorAll('#board > li:not([hidden])')].map(
            li => ['#' + li.dataset.bib, li.querySelector(`[data-f=${name}]`).textContent]))"""
        shown: dict[str, str] = await self.page.evaluate(script, name)
        return {bib.removeprefix("#"): text for bib, text in shown.items()}

    async def bibs(self) -> list[str]:
        """Return the bibs that the list shows, in order."""
        return list(await self.slots("place"))


@asynccontextmanager
async def visitor(browser: Browser, base: str, **options: Any) -> AsyncIterator[Phone]:
    """A phone; what it does in storage and cookies is its own."""
    context = await browser.new_context(**{"viewport": PHONE, "locale": "fr-BE", "service_workers": "block", **options})
    try:
        yield Phone(context, await context.new_page(), base)
    finally:
        await context.close()
