"""What a real Chromium reads of the context that all phones share."""

import asyncio

import pytest
from playwright.async_api import Browser

from live.broadcast import context
from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import Stand
from tests.web.conftest import row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

NOTE_SOCKETS = """
  window.sockets = []
  window.WebSocket = class extends WebSocket {
    constructor(...asked) {
      super(...asked)
      sockets.push(this)
      this.addEventListener('error', () => this.failed = true)
    }
  }
"""


async def race_on(stand: Stand, begin: int, rounds: int) -> int:
    """Let teams cross one after the other; return the version of the last."""
    version = 0
    for number in range(begin, begin + rounds):
        bib = ("7", "007", "12", "30", "21")[number % 5]
        version = stand.change("relay", row(bib, 0, 800_000 + number * 1_000, 700_000 + number))
        await asyncio.sleep(0.03)  # the pace of a race: what is said is what is tested, not how fast
    return version


async def test_a_race_is_read_from_the_gun_joined_in_the_middle_and_slept_through(
    browser: Browser, stand: Stand, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several generations of the context."""
    monkeypatch.setattr(context, "LOG_BYTES", 1_500)
    monkeypatch.setattr(context, "EARLY_BYTES", 500)
    await phone.page.add_init_script(NOTE_SOCKETS)
    await phone.open("/fr/")
    await phone.live()
    assert await phone.get("sockets.at(-1).extensions") == "permessage-deflate; client_no_context_takeover"
    await phone.version(await race_on(stand, 0, 60))
    async with visitor(browser, stand.url) as late:
        await late.page.add_init_script(NOTE_SOCKETS)
        await late.open("/fr/")
        await late.live()
        await late.version(await race_on(stand, 60, 40))
        await phone.get("sockets.at(-1).close()")  # as a phone that was put away
        version = await race_on(stand, 100, 20)
        await phone.version(version)
        version = await race_on(stand, 120, 80)
        await phone.version(version)
        await late.version(version)
        assert await phone.slots("place") == await late.slots("place")
        assert await phone.bibs() == await late.bibs()
        for each in (phone, late):
            assert await each.get("sockets.filter(each => each.failed).length") == 0
            assert each.said == []
    assert await phone.get("sockets.length") == 2
