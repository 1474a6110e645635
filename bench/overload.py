"""Overload: 1,000 passages a second for long, a backlog of 100,000, and one device that floods while others work.

Broker and ingest run as processes of their own; devices keep what is not stored, as real ones do. A passage is counted
when its device was told that it is stored, so every time below includes the watermark's way back.

`python -m bench.overload` takes about three minutes; `--minutes 10` is the full length of the first part.
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import uvloop

from bench.figures import Figure, table
from bench.ingest import EVENT, GUN_MS, POINT_MS, Running, device_bus, running
from live.bus import Bus
from live.messages.devices import Passage, PassageBatch, Stored
from live.programme import Device, Event

TEAMS = 1_000
RATE, EACH = 1_000, 5
"""Passages a second, and in one message: as a mat batches them when a field comes over the line."""
BACKLOG, IN_FLIGHT = 100_000, 50
BYSTANDERS, FLOOD_S = 40, 60
BYSTANDER_EVERY_S = 0.5
"""Above the third of a second at which a device is told its watermark, so that no telling waits for its turn."""
GRACE_S = 120


def event() -> Event:
    """Return the race of `bench.ingest` with more laps, and with forty devices and a mad one at its points."""
    points = ("line", "km1", "km2")
    devices = tuple(Device(f"mat-{n}", points[n % 3], "loop", "main") for n in range(BYSTANDERS))
    [race] = EVENT.races
    return replace(EVENT, races=(replace(race, repeat=300),), devices=(*devices, Device("mad", "line", "loop", "main")))


RACE = event()


class Sender:
    """A device with its passages on its disk: numbers of those sent, and when each was."""

    def __init__(self, device: str, bus: Bus) -> None:
        self.device, self.bus = device, bus
        self.last = self.through = 0
        self.sent_s: dict[int, float] = {}
        self.took_s: list[float] = []

    def send(self, passages: Sequence[tuple[int, str]]) -> None:
        """Send pairs of instant and chip as one message."""
        first, self.last = self.last + 1, self.last + len(passages)
        batch = (Passage(self.device, "e", first + n, at_ms, chip) for n, (at_ms, chip) in enumerate(passages))
        self.bus.publish(PassageBatch(self.device, "e", tuple(batch)))
        self.sent_s[self.last] = time.monotonic()

    async def listen(self) -> None:
        """Hear what is stored."""
        async for deliveries in self.bus.deliveries():
            for delivery in deliveries:
                delivery.ack()
                stored = self.bus.topics.decode(delivery.topic, delivery.payload)
                if isinstance(stored, Stored) and stored.epoch == "e":
                    self._told(stored.through)

    def _told(self, through: int) -> None:
        now_s, self.through = time.monotonic(), max(self.through, through)
        for last in [each for each in self.sent_s if each <= through]:
            self.took_s.append(now_s - self.sent_s.pop(last))

    async def until_stored(self) -> None:
        """Wait until all that was sent is stored."""
        while self.through < self.last:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.01)


class Memory:
    """The most that two processes held, in MB."""

    def __init__(self, parts: Running) -> None:
        self._processes = [psutil.Process(pid) for pid in (parts.broker_pid, parts.ingest_pid)]
        self.most = [0.0, 0.0]

    async def watch(self) -> None:
        """Look every half second."""
        while True:
            held = [process.memory_info().rss / 2**20 for process in self._processes]
            self.most = list(map(max, self.most, held))
            await asyncio.sleep(0.5)

    def figures(self, what: str) -> list[Figure]:
        """Return both as figures."""
        broker, ingest = self.most
        return [
            Figure(f"{what}: memory of the broker", broker, "MB"),
            Figure(f"{what}: memory of ingest", ingest, "MB"),
        ]


@contextlib.asynccontextmanager
async def stage(count: int) -> AsyncIterator[tuple[Running, list[Sender], Memory]]:
    """Run broker and ingest, and so many devices connected to them."""
    with tempfile.TemporaryDirectory() as folder:
        async with running(Path(folder), RACE) as parts, contextlib.AsyncExitStack() as stack:
            senders = []
            for device in RACE.devices[:count]:
                bus = await stack.enter_async_context(device_bus(device, parts.port))
                await bus.until_connected()
                senders.append(Sender(device.id, bus))
            memory = Memory(parts)
            tasks = [asyncio.create_task(memory.watch()), *(asyncio.create_task(each.listen()) for each in senders)]
            try:
                yield parts, senders, memory
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


def crossing(number: int) -> tuple[int, str]:
    """Return instant and chip of the crossing with this number: the field runs round and round."""
    turn, team = divmod(number, TEAMS)
    return GUN_MS + (turn + 1) * POINT_MS + 13 * team, f"{team}R"


async def sustained(minutes: float) -> list[Figure]:
    """1,000 passages a second from ten devices, each in messages of five."""
    async with stage(10) as (_, senders, memory):
        begun_s, number = time.monotonic(), 0
        while (late_s := time.monotonic() - begun_s) < 60 * minutes:
            while number < late_s * RATE:
                senders[number // EACH % 10].send([crossing(number + n) for n in range(EACH)])
                number += EACH
            await asyncio.sleep(0.005)
        async with asyncio.timeout(GRACE_S):
            await asyncio.gather(*(each.until_stored() for each in senders))
        stored_s = time.monotonic() - begun_s
    took_s = sorted(took for each in senders for took in each.took_s)
    what = f"{RATE:,} passages a second for {minutes:g} min"
    return [
        Figure(f"{what}: stored", number / stored_s, "/s", f">= {RATE:,}/s"),
        Figure(f"{what}: publish to `stored`, p50", 1_000 * part(took_s, 0.5), "ms"),
        Figure(f"{what}: publish to `stored`, p99", 1_000 * part(took_s, 0.99), "ms"),
        *memory.figures(what),
    ]


async def backlog(each: int) -> list[Figure]:
    """100,000 passages that lie on ten devices, sent as fast as the broker takes them."""
    async with stage(10) as (_, senders, memory):
        begun_s, number = time.monotonic(), 0
        while number < BACKLOG:
            for sender in senders:
                if sender.bus.waiting < IN_FLIGHT and number < BACKLOG:
                    sender.send([crossing(number + n) for n in range(each)])
                    number += each
            if all(sender.bus.waiting >= IN_FLIGHT for sender in senders):
                await asyncio.sleep(0.001)
            else:
                await asyncio.sleep(0)
        async with asyncio.timeout(GRACE_S):
            await asyncio.gather(*(sender.until_stored() for sender in senders))
        took_s = time.monotonic() - begun_s
    what = f"backlog of {BACKLOG:,} on ten devices, {each} a message"
    return [Figure(what, BACKLOG / took_s, "/s", ">= 1,500/s"), *memory.figures(what)]


async def flooded(seconds: int, mad: bool) -> list[Figure]:
    """Forty devices at their work while another one floods, or does not."""
    async with stage(BYSTANDERS) as (parts, senders, memory):
        command = (sys.executable, "-m", "bench.flood", str(parts.port), RACE.id, "mad")
        flood = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE) if mad else None
        begun_s, number = time.monotonic(), 0
        while time.monotonic() - begun_s < seconds:
            for sender in senders:
                sender.send([crossing(number)])
                number += 1
                await asyncio.sleep(BYSTANDER_EVERY_S / BYSTANDERS)
        lines = b"0 0"
        if flood is not None:
            flood.kill()
            out, _ = await flood.communicate()
            lines = out.splitlines()[-1]
        async with asyncio.timeout(GRACE_S):
            await asyncio.gather(*(each.until_stored() for each in senders))
    took_s = sorted(took for each in senders for took in each.took_s)
    sent, taken = (int(each) / seconds for each in lines.split())
    what = "40 devices while one floods" if mad else "40 devices while none floods"
    figures = [
        Figure(f"{what}: publish to `stored`, p50", 1_000 * part(took_s, 0.5), "ms"),
        Figure(f"{what}: publish to `stored`, p99", 1_000 * part(took_s, 0.99), "ms", "< 200 ms" if mad else ""),
    ]
    if mad:
        figures += [Figure("what the mad one sends", sent, "/s"), Figure("and the broker takes of it", taken, "/s")]
    return [*figures, *memory.figures(what)]


def part(ordered: Sequence[float], share: float) -> float:
    """Return the value below which this share of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def measure(minutes: float, flood_s: int, parts: Sequence[str]) -> list[Figure]:
    """Measure the parts that were named."""
    figures: list[Figure] = []
    if "sustained" in parts:
        figures += await sustained(minutes)
    if "backlog" in parts:
        figures += [*await backlog(1), *await backlog(EACH)]
    if "flood" in parts:
        figures += [*await flooded(min(flood_s, 20), mad=False), *await flooded(flood_s, mad=True)]
    return figures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser("python -m bench.overload", description=__doc__)
    parser.add_argument("parts", nargs="*", default=["sustained", "backlog", "flood"], metavar="PART")
    parser.add_argument("--minutes", type=float, default=1, help="length of the first part (default: 1)")
    parser.add_argument("--flood-s", type=int, default=FLOOD_S, help=f"length of the flood in s (default: {FLOOD_S})")
    args = parser.parse_args()
    print(table(uvloop.run(measure(args.minutes, args.flood_s, args.parts))))


if __name__ == "__main__":
    main()
