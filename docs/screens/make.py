"""Photograph the phone page and the big screen of a running demo, for the README: `make screens`.

Starts the demo, waits until the first teams have ended their second lap, and writes `phone.png` and `screen.png` here.
"""

import asyncio
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

HERE = Path(__file__).parent
DEADLINE_S = 300
ATTEMPTS = 60
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
FOLLOWED = "localStorage['live/smartrun-demo'] = JSON.stringify({follow: {relay: ['25']}})"
IN_THE_MIDDLE = """[...document.querySelectorAll('#board [data-f=laps]')]
    .filter(slot => slot.textContent.startsWith('2/')).length > 5"""
FIVE_CROSSED = "document.querySelector('#last').childElementCount === 5"
VERSION = "document.querySelector('[data-race]').dataset.version"
AT_REST = "!document.getAnimations().length"


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def until(page: Page, condition: str) -> None:
    """Wait until an expression holds in the page."""
    async with asyncio.timeout(DEADLINE_S):
        while not await page.evaluate(condition):  # noqa: ASYNC110 - the page announces nothing
            await asyncio.sleep(0.1)


async def take(page: Page, name: str) -> None:
    """Take a picture in which nothing is on its way: another is taken where a change came in between."""
    for _ in range(ATTEMPTS):
        await until(page, AT_REST)
        version = await page.evaluate(VERSION)
        await page.screenshot(path=HERE / name, animations="disabled")
        if version == await page.evaluate(VERSION):
            return
    sys.exit(f"{name}: changes came too fast, {ATTEMPTS} times; the last picture may show rows on their way")


async def photograph(browser: Browser, url: str) -> None:
    """Take both pictures."""
    phone = await browser.new_context(viewport={"width": 390, "height": 844}, locale="fr-BE", device_scale_factor=1.5)
    await phone.add_init_script(FOLLOWED)
    page = await phone.new_page()
    await page.goto(f"{url}/fr/")
    await until(page, IN_THE_MIDDLE)
    await take(page, "phone.png")
    wall = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="fr-BE")
    screen = await wall.new_page()
    await screen.goto(f"{url}/screen/main")
    await until(screen, FIVE_CROSSED)
    await take(screen, "screen.png")


async def main() -> None:
    """Run the demo for as long as the pictures take."""
    port, mqtt_port = free_port(), free_port()
    ports = ("--port", str(port), "--mqtt-port", str(mqtt_port))
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "live", "demo", "--teams", "84", "--speed", "15", *ports),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "LIVE_WEB_ORIGIN": "https://live.smartrun.example"},
    )
    try:
        assert demo.stdout is not None
        async with asyncio.timeout(60):
            while b"ready" not in await demo.stdout.readline():
                pass
        draining = asyncio.create_task(demo.stdout.read())
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
            await photograph(browser, f"http://127.0.0.1:{port}")
            await browser.close()
        draining.cancel()
    finally:
        demo.send_signal(signal.SIGINT)
        await demo.wait()


if __name__ == "__main__":
    asyncio.run(main())
