"""Ingest whole: from a device's publish to its watermark, through the real broker, journal and race.

A passage is counted when its device has the watermark over it: synced by the broker, received, committed with a full
sync, acknowledged, told and applied, while boards are published. The peer beside it is the least that any durable
store must do with the same passages: SQLite alone, WAL and full sync, as many rows a commit as passages a message.

`python -m bench.ingest` prints it.
"""

import asyncio
import contextlib
import pickle
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import pysqlite3

from bench.figures import Figure, number, table
from live.broker import Broker, device_user, service_user
from live.bus import Bus, BusLink
from live.config import read_config
from live.fact_members import passage_members
from live.messages.devices import Passage, PassageBatch, Stored
from live.programme import Course, Device, Entry, Event, Runner, TimingPoint
from live.secrets import hashed
from live.strict_json import to_json
from live.wire import Topics
from tests.conftest import relay

GUN_MS = 1_464_273_000_000
TEAMS, LAPS, POINT_MS = 1_000, 30, 240_000
SINGLE, BATCHED, BATCH = 9_000, 90_000, 20
IN_FLIGHT = 100
"""Messages of one device without PUBACK."""
DEADLINE_S = 60.0
SERVICE = """
import pickle, sys, uvloop
from live.ingest.service import run
config, event = pickle.load(sys.stdin.buffer)
uvloop.run(run(config, event, on_ready=lambda: print("ready", flush=True)))
"""


@dataclass(frozen=True, slots=True)
class Running:
    """Broker and ingest at work: the broker's port, and both processes."""

    port: int
    broker_pid: int
    ingest_pid: int


async def measure() -> list[Figure]:
    """Measure both ways of sending; takes about 20 s on two cores."""
    passages = race()
    return [
        await figure(passages[:SINGLE], 1, ">= 1,500/s"),
        await figure(passages[:BATCHED], BATCH, ">= 10,000/s"),
    ]


async def figure(passages: Sequence[Passage], batch: int, goal: str) -> Figure:
    """Measure one way of sending, and the peer on the same disk."""
    with tempfile.TemporaryDirectory() as folder:
        ours = len(passages) / await through_ingest(passages, batch, Path(folder))
        bare = len(passages) / bare_sqlite(passages, batch, Path(folder) / "bare.sqlite")
    how = "one by one" if batch == 1 else f"in messages of {batch}"
    peer = f"{number(bare)}/s bare SQLite inserts (x {ours / bare:.2f})"
    return Figure(f"passages durable and acknowledged, {how}", ours, "/s", goal, peer)


async def through_ingest(passages: Sequence[Passage], batch: int, data: Path) -> float:
    """Return the seconds from the first publish until every device knows that all it sent is stored."""
    async with running(data) as parts, contextlib.AsyncExitStack() as stack:
        buses = [await stack.enter_async_context(device_bus(each, parts.port)) for each in EVENT.devices]
        await asyncio.gather(*(bus.until_connected() for bus in buses))
        begun = perf_counter()
        async with asyncio.timeout(DEADLINE_S):
            await send(buses, passages, batch)
            await asyncio.gather(*(until_stored(bus, passages) for bus in buses))
        return perf_counter() - begun


def device_bus(device: Device, port: int) -> Bus:
    """Return the connection of a device of the event "bench"."""
    topics = Topics(EVENT.id)
    return Bus(BusLink("127.0.0.1", port, device.id, "secret", device.id), topics, topics.for_device(device.id))


async def send(buses: Sequence[Bus], passages: Sequence[Passage], batch: int) -> None:
    """Let every device send its own passages, as they came in time, as fast as the broker takes them."""
    by_device = {bus.link.client_id: bus for bus in buses}
    outboxes: dict[str, list[Passage]] = {device: [] for device in by_device}
    for passage in passages:
        outbox, bus = outboxes[passage.device], by_device[passage.device]
        outbox.append(passage)
        if len(outbox) == batch:
            bus.publish(PassageBatch(passage.device, "e", tuple(outbox)))
            outbox.clear()
            while bus.waiting >= IN_FLIGHT:  # noqa: ASYNC110 - the bus does not announce room
                await asyncio.sleep(0.001)
    for device, outbox in outboxes.items():
        if outbox:
            by_device[device].publish(PassageBatch(device, "e", tuple(outbox)))


async def until_stored(bus: Bus, passages: Sequence[Passage]) -> None:
    """Wait until a device's watermark covers all that it sent."""
    last = max(passage.seq for passage in passages if passage.device == bus.link.client_id)
    async for deliveries in bus.deliveries():
        for delivery in deliveries:
            delivery.ack()
            stored = bus.topics.decode(delivery.topic, delivery.payload)
            if isinstance(stored, Stored) and stored.through == last:
                return


@contextlib.asynccontextmanager
async def running(data: Path, event: Event | None = None) -> AsyncIterator[Running]:
    """Run broker and ingest as processes of their own, for the race of this bench or for another event."""
    event = event or EVENT
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    names = [device_user(event.id, device.id, hashed("secret")) for device in event.devices]
    broker = Broker(data, "127.0.0.1", port, [*names, service_user(event.id, "ingest", hashed("secret"))])
    await broker.start()
    config = read_config(data, {}, {"bus.url": f"mqtt://127.0.0.1:{port}", "bus.password": "secret"})
    ingest = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert ingest.stdin is not None and ingest.stdout is not None
        ingest.stdin.write(pickle.dumps((config, event)))
        ingest.stdin.close()
        assert await ingest.stdout.readline() == b"ready\n"
        assert broker.pid is not None
        yield Running(port, broker.pid, ingest.pid)
    finally:
        ingest.kill()
        await ingest.wait()
        await broker.stop()


def bare_sqlite(passages: Sequence[Passage], batch: int, path: Path) -> float:
    """Return the seconds that SQLite alone needs for the same rows, each commit synced."""
    rows = [(each.device, each.epoch, each.seq, to_json(passage_members(each))) for each in passages]
    db = pysqlite3.connect(str(path), isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE facts (device TEXT, epoch TEXT, seq INTEGER, body BLOB, PRIMARY KEY (device, epoch, seq))")
    begun = perf_counter()
    for start in range(0, len(rows), batch):
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO facts VALUES (?, ?, ?, ?)", rows[start : start + batch])
        db.execute("COMMIT")
    took_s = perf_counter() - begun
    db.close()
    return took_s


# --- the race ---------------------------------------------------------------------------------------------------


def event() -> Event:
    """Return a race of 1,000 on a loop with two points on the way, 30 laps each."""
    course = Course("loop", 3_000, True, (TimingPoint("line", 0), TimingPoint("km1", 1_000), TimingPoint("km2", 2_000)))
    entries = tuple(
        Entry("laps", n, str(n), f"Team {n}", "", "", "", None, (Runner("R", "", "", "", (f"{n}R",), "no"),))
        for n in range(TEAMS)
    )
    race = replace(
        relay(teams=0, gun_ms=GUN_MS),
        id="laps",
        name="Laps",
        course=course,
        legs=(("R",),),
        repeat=LAPS,
        start_ms=GUN_MS,
        entries=entries,
    )
    devices = tuple(Device(f"mat-{point.id}", point.id, "loop", "main") for point in course.points)
    return Event("bench", "Bench", "", "UTC", ("en",), "facts", 1, (course,), (race,), devices)


EVENT = event()


def race() -> list[Passage]:
    """Return all passages of the race in order of time: each team at its own pace, each point in turn."""
    seen = sorted(
        (GUN_MS + turn * (POINT_MS + 13 * n), ("line", "km1", "km2")[turn % 3], n)
        for n in range(TEAMS)
        for turn in range(1, 3 * LAPS + 1)
    )
    seqs = dict.fromkeys(("line", "km1", "km2"), 0)
    passages = []
    for at_ms, point, n in seen:
        seqs[point] += 1
        passages.append(Passage(f"mat-{point}", "e", seqs[point], at_ms, f"{n}R", rssi=-51, reads=7))
    return passages


async def main() -> None:
    """Print the figures."""
    print(table(await measure()))


if __name__ == "__main__":
    asyncio.run(main())
