"""Crash and hang: how long until another process is there, and until passages are stored again.

The whole of `live serve`; a process is killed with kill -9 (or stopped, as one that hangs), and a device sends a
passage every 20 ms. Each crash comes after the process has lived for longer than a crash loop's.

`python -m bench.recovery` takes about four minutes.
"""

import asyncio
import contextlib
import itertools
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import uvloop

from bench.figures import Figure, table
from bench.latency import serving
from live.bus import Bus, BusLink
from live.messages.devices import Passage, PassageBatch, Stored
from live.secrets import Secrets
from live.wire import Topics

NAMES = ("broker", "ingest", "broadcast+web")
KILLS = 5
STEADY_S = 11.0
EVERY_S = 0.02
LIMIT_S = 60.0


def children() -> dict[str, psutil.Process]:
    """Return the processes of the `live serve` that we run, by name."""
    found = {}
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            command = child.cmdline()
            if "live.process" in command:
                found[" ".join(command[command.index("live.process") + 2 :])] = child
            elif command and "nats-server" in command[0]:
                found["broker"] = child
    return found


async def seconds(until: Callable[[], bool]) -> float:
    """Return how long it takes until something is so."""
    begun_s = time.monotonic()
    async with asyncio.timeout(LIMIT_S):
        while not until():  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.002)
    return time.monotonic() - begun_s


class Mat:
    """A device that sends a passage every 20 ms and hears what is stored."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.sent = self.through = 0

    async def send(self) -> None:
        """Send for ever."""
        for self.sent in itertools.count(1):
            passage = Passage("mat-line", "e", self.sent, time.time_ns() // 1_000_000, f"{self.sent % 120 + 1}R")
            self.bus.publish(PassageBatch("mat-line", "e", (passage,)))
            await asyncio.sleep(EVERY_S)

    async def hear(self) -> None:
        """Hear the watermark."""
        async for deliveries in self.bus.deliveries():
            for delivery in deliveries:
                delivery.ack()
                stored = self.bus.topics.decode(delivery.topic, delivery.payload)
                if isinstance(stored, Stored):
                    self.through = max(self.through, stored.through)


async def measure() -> list[Figure]:
    """Kill each process some times, and stop each once."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token, _ = await asyncio.to_thread(Secrets(folder / "data").grant, "device", "mat-line")
        async with serving(folder) as (_, mqtt_port):
            topics = Topics("latency")
            link = BusLink("127.0.0.1", mqtt_port, "mat-line", token, "mat-line")
            async with Bus(link, topics, topics.for_device("mat-line")) as bus, asyncio.TaskGroup() as group:
                mat = Mat(bus)
                tasks = [group.create_task(mat.send()), group.create_task(mat.hear())]
                figures = [figure for name in NAMES for figure in await crashes(name, mat)]
                figures += [figure for name in NAMES for figure in await hangs(name)]
                for task in tasks:
                    task.cancel()
    return figures


async def until_replaced(name: str, old: psutil.Process) -> float:
    """Return the seconds until another process of this name is there."""
    return await seconds(lambda: children().get(name, old).pid != old.pid)


async def until_stored(mat: Mat) -> float:
    """Return the seconds until something is stored that is sent from now on."""
    sent = mat.sent
    return await seconds(lambda: mat.through > sent)


async def crashes(name: str, mat: Mat) -> list[Figure]:
    """Kill one process again and again."""
    there_s, stored_s = [], []
    for _ in range(KILLS):
        await asyncio.sleep(STEADY_S)
        old = children()[name]
        old.kill()
        there_s.append(await until_replaced(name, old))
        stored_s.append(there_s[-1] + await until_stored(mat))
    times = f"{name} killed {KILLS} times"
    return [
        Figure(f"{times}: until another is there, worst", 1_000 * max(there_s), "ms", "<= 100 ms"),
        Figure(f"{times}: until passages are stored, worst", 1_000 * max(stored_s), "ms", "<= 3,000 ms"),
    ]


async def hangs(name: str) -> list[Figure]:
    """Stop one process, which then lives and does nothing."""
    await asyncio.sleep(STEADY_S)
    old = children()[name]
    old.send_signal(signal.SIGSTOP)
    return [Figure(f"{name} hangs: until another is there", await until_replaced(name, old), "s", "<= 10 s")]


if __name__ == "__main__":
    print(table(uvloop.run(measure())))
