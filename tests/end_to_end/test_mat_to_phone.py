"""The whole line: devices publish over MQTT, pages at the end of a WebSocket show what the API says."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from live.rehearsal.field import Field
from live.rehearsal.folder import write_event
from live.rehearsal.simulate import Simulation, simulate
from live.secrets import Secrets
from tests.broadcast.desk import Page
from tests.broadcast.served import Phone
from tests.conftest import DEADLINE_S, START_MS, until
from tests.end_to_end.test_late_device import deliver, online
from tests.serving import Served

Serve = Callable[..., Awaitable[Served]]
Line = tuple[Served, Served]
"""Who has the pages and the broker's port, and who has the stream."""


@pytest.fixture
def simulation(tmp_path: Path) -> Simulation:
    """A small race whose gun is known."""
    return simulate(write_event(tmp_path / "event", Field(6, 3, 1, START_MS, gun=True)), seed=1)


async def together(served: Serve, folder: Path, data: Path) -> Line:
    """Everything under one supervisor, stream and pages on one port."""
    running = await served(folder, "--data", str(data))
    return running, running


async def apart(served: Serve, folder: Path, data: Path) -> Line:
    """As on three machines."""
    inner = await served(folder, "ingest", "--data", str(data))
    broker = ("--broker", f"mqtt://web:{Secrets(data).password('web')}@127.0.0.1:{inner.mqtt_port}")
    stream = await served(folder, "broadcast", *broker, "--data", f"{data}-broadcast")
    web = await served(folder, "web", *broker, "--data", f"{data}-web")
    web.mqtt_port = inner.mqtt_port
    return web, stream


async def watch(stream: Served, page: Page) -> None:
    """Keep a page in step for ever, as a phone does: when the connection breaks, come back with what it holds."""
    while True:
        since = "" if page.version is None else f"?since={page.version}"
        try:
            async with Phone(f"ws://127.0.0.1:{stream.port}/api/v1/races/relay/stream{since}") as phone:
                phone.page = page
                while True:
                    page.hear(await phone.socket.recv())
        except (OSError, ConnectionClosed):
            await asyncio.sleep(0.05)


async def api_rows(web: Served) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The board as the API has it; and its rows without gaps, which a page subtracts itself."""
    board = (await web.get("/api/v1/races/relay/standings")).raise_for_status().json()
    gaps = ("gap_ms", "gap_laps")
    return board, [{name: value for name, value in row.items() if name not in gaps} for row in board["standings"]]


async def until_same(web: Served, page: Page, finished: int) -> None:
    """Wait until so many teams have finished and the page shows what the API says."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            board, rows = await api_rows(web)
            done = sum(row["status"] == "finished" for row in rows)
            if done == finished and (page.version, page.state, page.shown) == (board["version"], board["state"], rows):
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("layout", [together, apart])
async def test_what_the_mats_see_the_phones_show(
    served: Serve, simulation: Simulation, tmp_path: Path, layout: Callable[..., Awaitable[Line]]
) -> None:
    """T107: a page that watched it all and one that came in the middle show what the API says."""
    tokens = {
        device.id: Secrets(tmp_path / "data").grant("device", device.id)[0] for device in simulation.event.devices
    }
    web, stream = await layout(served, tmp_path / "event", tmp_path / "data")
    passages = [reading.passage for reading in simulation.readings]
    from_the_start, from_the_middle = Page(), Page()
    async with online(simulation, web.mqtt_port, tokens) as devices:
        watching = [asyncio.create_task(watch(stream, from_the_start))]
        await until(lambda: from_the_start.version is not None, "the board before the first passage")
        await deliver(devices, passages[: len(passages) // 2])
        watching.append(asyncio.create_task(watch(stream, from_the_middle)))
        await deliver(devices, passages[len(passages) // 2 :])
        for page in (from_the_start, from_the_middle):
            await until_same(web, page, finished=6)
        for task in watching:
            task.cancel()
        await asyncio.wait(watching)
    assert from_the_start.heard.count("board") == 1
    assert "changes" in from_the_start.heard


async def test_phones_come_back_to_the_same_view_when_the_stream_is_killed(
    served: Serve, simulation: Simulation, tmp_path: Path
) -> None:
    """T95."""
    tokens = {
        device.id: Secrets(tmp_path / "data").grant("device", device.id)[0] for device in simulation.event.devices
    }
    web, stream = await together(served, tmp_path / "event", tmp_path / "data")
    passages = [reading.passage for reading in simulation.readings]
    page = Page()
    async with online(simulation, web.mqtt_port, tokens) as devices:
        watching = asyncio.create_task(watch(stream, page))
        await deliver(devices, passages[: len(passages) // 2])
        await until(lambda: bool(page.version), "the first changes")
        outward: psutil.Process = next(child for name, child in web.children().items() if "broadcast" in name)
        outward.kill()
        await deliver(devices, passages[len(passages) // 2 :])
        await until(lambda: outward.pid not in {child.pid for child in web.children().values()}, "its end")
        await until_ready(web)
        await until_same(web, page, finished=6)
        watching.cancel()
        await asyncio.wait([watching])


async def until_ready(web: Served) -> None:
    """Wait until pages are served again."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            with suppress(httpx.TransportError):
                if (await web.get("/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.1)
