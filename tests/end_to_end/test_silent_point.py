"""T96: a mat goes off line in the middle of the race; who looks at the board is told which, and until when."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from live.bus import BusLink
from live.rehearsal.device import Device
from live.rehearsal.field import Field
from live.rehearsal.folder import write_event
from live.rehearsal.simulate import Simulation, simulate
from live.secrets import Secrets
from live.strict_json import from_json
from live.wire import Topics
from tests.broadcast.served import Phone
from tests.conftest import DEADLINE_S, START_MS, until
from tests.serving import Served

ALONE = "mat-km1"
"""The only device of its point."""


@asynccontextmanager
async def on_line(simulation: Simulation, running: Served, token: str) -> AsyncIterator[Device]:
    """Have the mat on line for the length of a block; then it says that it goes, as the broker would in its place."""
    link = BusLink("127.0.0.1", running.mqtt_port, ALONE, token, ALONE)
    device = Device(link, Topics(simulation.event.id), simulation.epoch, lambda: START_MS)
    task = asyncio.create_task(device.run())
    try:
        yield device
    finally:
        device.leave()
        await task


async def told(phone: Phone, points: list[str]) -> list[dict[str, Any]]:
    """Read the stream on until it says that these points, and no others, are silent."""
    async with asyncio.timeout(2 * DEADLINE_S):  # a mat that is back within 15 s is not told of
        while True:
            message = from_json(await phone.socket.recv())
            if message["type"] == "points" and [each["point"] for each in message["silent"]] == points:
                silent: list[dict[str, Any]] = message["silent"]
                return silent


async def test_a_mat_off_line_is_told_to_who_looks_and_to_who_comes(
    served: Callable[..., Awaitable[Served]], tmp_path: Path
) -> None:
    """From the mat through ingest's book and the board's own topic to stream and API; and when it is back, that too."""
    simulation = simulate(write_event(tmp_path / "event", Field(4, 1, 1, START_MS, gun=True)), seed=1)
    first = next(reading.passage for reading in simulation.readings if reading.passage.device == ALONE)
    token, _ = Secrets(tmp_path / "data").grant("device", ALONE)
    running = await served(tmp_path / "event", "--data", str(tmp_path / "data"))
    async with Phone(f"ws://127.0.0.1:{running.port}/api/v1/races/relay/stream") as phone:
        async with on_line(simulation, running, token) as mat:
            mat.put(first)
            await until(lambda: not mat.outbox.queued, "the watermark")
        silent = await told(phone, ["km1"])
        board = (await running.get("/api/v1/races/relay/standings")).raise_for_status().json()
        assert (board["state"], board["silent"]) == ("running", silent)
        async with on_line(simulation, running, token):
            assert await told(phone, []) == []


async def test_mats_taken_in_behind_a_freeze_are_not_missed(
    served: Callable[..., Awaitable[Served]], tmp_path: Path
) -> None:
    """The public's board still runs, as at the freeze; the race is over, and nobody waits for a mat."""
    simulation = simulate(write_event(tmp_path / "event", Field(4, 1, 1, START_MS, gun=True)), seed=1)
    first = next(reading.passage for reading in simulation.readings if reading.passage.device == ALONE)
    token, _ = Secrets(tmp_path / "data").grant("device", ALONE)
    official, _ = Secrets(tmp_path / "data").grant("official", "luc")
    running = await served(tmp_path / "event", "--data", str(tmp_path / "data"))
    async with Phone(f"ws://127.0.0.1:{running.port}/api/v1/races/relay/stream") as phone:
        async with on_line(simulation, running, token) as mat:
            mat.put(first)
            await until(lambda: not mat.outbox.queued, "the watermark")
        await told(phone, ["km1"])
        async with httpx.AsyncClient(base_url=running.url, headers={"Authorization": f"Bearer {official}"}) as desk:
            for number, ruling in enumerate(("freeze_public", "close_race")):
                body = {"v": 1, "id": f"end-{number}", "reason": "all in", "type": ruling, "race": "relay"}
                (await desk.post("/api/v1/decisions", json=body)).raise_for_status()
            assert (await desk.get("/api/v1/races/relay/standings", headers={"Authorization": ""})).json()["frozen"]
        assert await told(phone, []) == []
