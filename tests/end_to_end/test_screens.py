"""Screens and the speaker on the whole line: every process knows an assignment, and a restart forgets none."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from live.rehearsal.field import Field
from live.rehearsal.folder import write_event
from live.secrets import Secrets
from live.strict_json import from_json
from tests.conftest import DEADLINE_S, START_MS
from tests.serving import Served

Serve = Callable[..., Awaitable[Served]]
LAP_MS = 800_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small race whose gun is known."""
    write_event(tmp_path / "event", Field(6, 3, 1, START_MS, gun=True))
    return tmp_path / "event"


def bearer(served: Served, role: Any, name: str) -> dict[str, str]:
    """The header of somebody who may come in."""
    return {"Authorization": f"Bearer {Secrets(served.data).grant(role, name)[0]}"}


async def shows(served: Served, view: str) -> None:
    """Wait until each of the processes that answer says that the screen shows this: new connections go to any."""
    async with asyncio.timeout(DEADLINE_S):
        while {(await served.get("/api/v1/screens/hall")).json()["view"] for _ in range(12)} != {view}:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_each_process_knows_what_a_screen_shows_and_a_restart_forgets_nothing(
    served: Serve, folder: Path
) -> None:
    """T95."""
    running = await served(folder, "--workers", "2")
    official = bearer(running, "official", "anna")
    async with httpx.AsyncClient(base_url=running.url, timeout=DEADLINE_S) as client:
        answer = await client.post("/api/v1/screens/hall", json={"view": "arrivals"}, headers=official)
        assert answer.status_code == 202
    await shows(running, "arrivals")
    broker = running.children()["broker"]
    broker.kill()
    async with asyncio.timeout(DEADLINE_S):
        while (await running.get("/readyz")).status_code != 503:  # noqa: ASYNC110 - it notices by itself
            await asyncio.sleep(0.05)
        while (await running.get("/readyz")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await shows(running, "arrivals")
    assert await running.stop() == 0
    again = await served(folder)
    await shows(again, "arrivals")


async def test_a_passage_of_a_device_is_on_the_speakers_stream(served: Serve, folder: Path) -> None:
    """T104: from a device through broker and ingest to the page, and taken back when an official voids it."""
    running = await served(folder)
    speaker, official = bearer(running, "speaker", "luc"), bearer(running, "official", "anna")
    device = bearer(running, "device", "mat-line")
    told: list[dict[str, Any]] = []
    async with httpx.AsyncClient(base_url=running.url, timeout=DEADLINE_S) as client:

        async def listen() -> None:
            async with client.stream("GET", "/api/v1/races/relay/line", headers=speaker) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: "):
                        told.append(from_json(line.removeprefix("data: ")))

        async def until(state: str) -> dict[str, Any]:
            async with asyncio.timeout(DEADLINE_S):
                while not (found := [each for each in told if each.get("state") == state]):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            return found[0]

        listening = asyncio.create_task(listen())
        try:
            async with asyncio.timeout(DEADLINE_S):
                while {} not in told:  # noqa: ASYNC110 - the stream is open
                    await asyncio.sleep(0.02)
            chip = {"seq": 1, "chip": "1A", "at_ms": START_MS + LAP_MS}
            await client.post("/api/v1/passages", json={"v": 1, "epoch": "e1", "passages": [chip]}, headers=device)
            assert (await until("raw"))["bib"] == "1"
            assert (await until("counted"))["lap"] == 1
            void = {"id": "d1", "type": "void_passage", "device": "mat-line", "epoch": "e1", "seq": 1}
            await client.post("/api/v1/decisions", json=void, headers=official)
            assert (await until("ignored"))["text"]["en"] == "cancelled"
        finally:
            listening.cancel()
            await asyncio.wait([listening])


async def announced(served: Served) -> list[object]:
    """What is announced, as a phone that asks is told."""
    told = (await served.get("/api/v1/races/relay/standings")).json()
    return [each["text"] for each in told.get("notices", ())]


async def test_a_notice_reaches_each_process_and_a_restart_forgets_none(served: Serve, folder: Path) -> None:
    """Over the real broker, whose users may publish on their own topics alone."""
    running = await served(folder, "--workers", "2")
    official = bearer(running, "official", "anna")
    words = {"fr": "Orage", "nl": "Onweer", "en": "Thunder"}
    async with httpx.AsyncClient(base_url=running.url, timeout=DEADLINE_S) as client:
        answer = await client.post("/api/v1/notices", json={"id": "1", "text": words}, headers=official)
        assert answer.status_code == 202

    async def told(served: Served, texts: list[object]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            # New connections go to any process.
            while any([await announced(served) != texts for _ in range(12)]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    await told(running, [words])
    assert await running.stop() == 0
    again = await served(folder)
    await told(again, [words])
    async with httpx.AsyncClient(base_url=again.url, timeout=DEADLINE_S) as client:
        assert (await client.delete("/api/v1/notices/1", headers=official)).status_code == 202
    await told(again, [])
