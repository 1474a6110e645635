"""The kiosk: lit before its server is there, on the board once it is, and nothing of it left behind."""

import asyncio
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from live.strict_json import from_json
from tests.conftest import DEADLINE_S, free_port, until
from tests.web.chromium.browser import ARGUMENTS
from tests.web.chromium.stand import beginning

ROOT = Path(__file__).parent.parent.parent.parent
KIOSK = ROOT / "deploy" / "live-kiosk"
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def start(runtime: Path, *words: str) -> asyncio.subprocess.Process:
    """Start it without a display, its profile below `runtime`."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
    flags = " ".join((*ARGUMENTS, "--headless"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(runtime),
        "XDG_RUNTIME_DIR": str(runtime),
        "DISPLAY": "",
        "LIVE_KIOSK_CHROMIUM": chromium,
        "LIVE_KIOSK_FLAGS": flags,
    }
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(KIOSK, *words, env=environment, stdout=pipe, stderr=pipe)


def ports(runtime: Path) -> list[str]:
    """Where its browser answers, once it does."""
    written = runtime.glob("live-kiosk.*/chromium/DevToolsActivePort")
    return [port for file in written for port in file.read_text().split()[:1]]


def left(runtime: Path) -> list[Path]:
    """What is left of it."""
    return list(runtime.glob("live-kiosk.*"))


async def pages(runtime: Path) -> list[dict[str, Any]]:
    """The pages that are open in it."""
    for port in ports(runtime):
        async with httpx.AsyncClient() as client:
            listed: list[dict[str, Any]] = from_json((await client.get(f"http://127.0.0.1:{port}/json/list")).content)
            return [each for each in listed if each["type"] == "page"]
    return []


async def until_open(runtime: Path, part: str) -> None:
    """Wait until a page is open whose address has this in it."""
    async with asyncio.timeout(2 * DEADLINE_S):
        while not any(part in each["url"] for each in await pages(runtime)):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.1)


async def test_it_waits_for_its_server_and_leaves_nothing_behind(tmp_path: Path) -> None:
    stand = beginning()
    stand.port = free_port()
    kiosk = await start(tmp_path, f"http://127.0.0.1:{stand.port}/screen/hall?rows=3&lang=nl")
    try:
        await until_open(tmp_path, "waiting.html")
        await stand.start()
        await until_open(tmp_path, f"127.0.0.1:{stand.port}/screen/hall?rows=3&lang=nl")
    finally:
        kiosk.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            await kiosk.communicate()
        await stand.stop()
    await until(lambda: left(tmp_path) == [], "an empty folder")


async def test_without_a_page_it_says_how_it_is_called(tmp_path: Path) -> None:
    for words in ((), ("hall",), ("javascript:alert(1)",)):
        kiosk = await start(tmp_path, *words)
        _, said = await kiosk.communicate()
        assert (kiosk.returncode, b"/screen/NAME" in said) == (2, True)
