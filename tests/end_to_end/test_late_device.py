"""T09: a mat that was offline delivers late, and the race is what it would have been, in either process layout."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from live.bus import BusLink
from live.messages.devices import Passage
from live.rehearsal.device import Device
from live.rehearsal.field import Field
from live.rehearsal.folder import write_event
from live.rehearsal.simulate import Simulation, simulate
from live.secrets import Secrets
from live.wire import Topics
from tests.conftest import DEADLINE_S, START_MS, until
from tests.serving import Served

Serve = Callable[..., Awaitable[Served]]
LATE = "mat-line"


@pytest.fixture
def simulation(tmp_path: Path) -> Simulation:
    """A small race whose gun is known."""
    return simulate(write_event(tmp_path / "event", Field(8, 4, 1, START_MS, gun=True)), seed=1)


async def together(served: Serve, folder: Path, data: Path) -> Served:
    """Everything under one supervisor."""
    return await served(folder, "--data", str(data))


async def apart(served: Serve, folder: Path, data: Path) -> Served:
    """Broker and ingest, broadcast, and web each under a supervisor of its own, as on three machines."""
    inner = await served(folder, "ingest", "--data", str(data))
    broker = ("--broker", f"mqtt://web:{Secrets(data).password('web')}@127.0.0.1:{inner.mqtt_port}")
    await served(folder, "broadcast", *broker, "--data", f"{data}-broadcast")
    outer = await served(folder, "web", *broker, "--data", f"{data}-web")
    outer.mqtt_port = inner.mqtt_port
    return outer


@asynccontextmanager
async def online(simulation: Simulation, port: int, tokens: dict[str, str]) -> AsyncIterator[dict[str, Device]]:
    """Every device of the event with a connection of its own; each `run` ends when the block does."""
    topics = Topics(simulation.event.id)
    devices = {
        name: Device(BusLink("127.0.0.1", port, name, token, name), topics, simulation.epoch, lambda: START_MS)
        for name, token in tokens.items()
    }
    running = [asyncio.create_task(device.run()) for device in devices.values()]
    try:
        yield devices
    finally:
        for device in devices.values():
            device.leave()
        await asyncio.gather(*running)


async def deliver(devices: dict[str, Device], passages: Iterable[Passage]) -> None:
    """Let the devices send these, and wait until all are stored."""
    for passage in passages:
        devices[passage.device].put(passage)
    await until(lambda: not any(device.outbox.queued for device in devices.values()), "the watermarks")


async def boards(served: Served, simulation: Simulation) -> dict[str, Any]:
    """Return what people see of each race: the standings and the lap chart."""
    shown: dict[str, Any] = {}
    for race in simulation.event.races:
        board = (await served.get(f"/api/v1/races/{race.id}/standings")).raise_for_status().json()
        laps = (await served.get(f"/api/v1/races/{race.id}/laps")).raise_for_status().json()
        shown[race.id] = (board["state"], board["standings"], laps["laps"])
    return shown


async def until_shown(served: Served, simulation: Simulation, satisfied: Callable[[dict[str, Any]], bool]) -> Any:
    """Return the boards once they are as they must be; they follow the watermarks within a second."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not satisfied(shown := await boards(served, simulation)):  # noqa: ASYNC110 - polled over HTTP
                await asyncio.sleep(0.05)
            return shown
    except TimeoutError:
        pytest.fail(f"the boards never became what they must be: {shown}")


def statuses(shown: dict[str, Any]) -> Counter[str]:
    """Return how many teams of the relay have which status."""
    return Counter(row["status"] for row in shown["relay"][1])


@pytest.mark.parametrize("layout", [together, apart])
async def test_late_delivery_gives_the_same_race_as_live_delivery(
    served: Serve, simulation: Simulation, tmp_path: Path, layout: Callable[..., Awaitable[Served]]
) -> None:
    """The main mat at the line delivers after everybody else has long finished: not one figure differs."""
    passages = [reading.passage for reading in simulation.readings]
    shown: dict[str, Any] = {}
    for name, late in (("live", False), ("late", True)):
        data = tmp_path / name
        tokens = {device.id: Secrets(data).grant("device", device.id)[0] for device in simulation.event.devices}
        running = await layout(served, tmp_path / "event", data)
        async with online(simulation, running.mqtt_port, tokens) as devices:
            await deliver(devices, [passage for passage in passages if not (late and passage.device == LATE)])
            if late:
                before = await until_shown(running, simulation, lambda now: statuses(now)["finished"] > 0)
                assert before != shown["live"]  # the backup stands in, with a clock that is 3 s fast
                await deliver(devices, [passage for passage in passages if passage.device == LATE])
                shown[name] = await until_shown(running, simulation, lambda now: now == shown["live"])
            else:
                shown[name] = await until_shown(running, simulation, lambda now: statuses(now)["finished"] == 8)
    assert shown["late"] == shown["live"]
