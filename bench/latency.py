"""From the mat to the phone: a device publishes a passage, 200 WebSocket clients see the row change.

The whole line as it races: `live serve` with its broker, ingest, stream and pages as processes; the passage goes over
MQTT at QoS 1, into the journal with a full sync, through the race, back over the broker and out to every phone. Each
sample is one phone and one passage, from the device's publish to the bytes at the phone's socket. The phones are bare
sockets, so that it is the server that is measured; they share the machine's cores with it.

The peer, measured between the probes: one message at QoS 1 through the same broker, from a publisher to a subscriber
who does nothing with it. The line needs two such hops and a durable journal.

`python -m bench.latency` prints it.
"""

import asyncio
import contextlib
import random
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, time_ns
from typing import cast

import uvloop

from bench.figures import Figure, number, table
from live.bus import Bus, BusLink
from live.messages.devices import Passage, PassageBatch, Stored
from live.secrets import Secrets
from live.wire import Topics

PHONES, TEAMS = 200, 120
WARM, PROBES = 10, 100
APART_S = (0.15, 0.25)
"""Between two probes, by chance: each finds silence, and none the same phase of a timer."""

READY_S, ARRIVES_S = 30.0, 5.0

EVENT = """
[event]
id = "latency"
name = "Latency"
place = "here"
timezone = "UTC"
languages = ["en"]
clock = "wall"

[[course]]
id = "loop"
length_m = 3000
loop = true
points = [ {{ id = "line", at_m = 0 }}, {{ id = "km1", at_m = 1000 }} ]

[[race]]
id = "laps"
name = "Laps"
course = "loop"
legs = [["R"]]
repeat = 3
start = {gun}
gun = {gun}

[[device]]
id = "mat-line"
point = "line"
course = "loop"
trust = "main"

[[device]]
id = "mat-km1"
point = "km1"
course = "loop"
trust = "main"
"""
ENTRIES = "race,bib,team,company,category,runner,first_name,last_name,sex,chips,public,wave\n"


class Phone(asyncio.Protocol):
    """A client that only looks for a text in what arrives, and when."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.text = b""
        self.seen: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        self.transport = cast(asyncio.Transport, transport)
        self.look_for(b'"type":"board"')
        self.transport.write(
            b"GET /api/v1/races/laps/stream HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        """Note the instant, where the text is in it."""
        if self.text in data and not self.seen.done():
            self.seen.set_result(perf_counter())

    def look_for(self, text: bytes) -> None:
        """From now on look for this."""
        self.text = text
        self.seen = asyncio.get_running_loop().create_future()


async def measure() -> list[Figure]:
    """Measure; takes about 35 s."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token, _ = await asyncio.to_thread(Secrets(folder / "data").grant, "device", "mat-line")
        async with serving(folder) as (port, mqtt_port):
            line_ms, bare_ms = await probe(Secrets(folder / "data"), token, port, mqtt_port)
    peer = f"{number(median(bare_ms))} ms one hop through the broker (x {median(line_ms) / median(bare_ms):.1f})"
    peer_99 = f"{number(percentile_99(bare_ms))} ms one hop through the broker"
    return [
        Figure(f"mat to {PHONES} phones, p50", median(line_ms), "ms", "<= 25 ms", peer),
        Figure(f"mat to {PHONES} phones, p99", percentile_99(line_ms), "ms", "", peer_99),
    ]


def percentile_99(samples: Sequence[float]) -> float:
    """Return what one sample in a hundred exceeds."""
    return quantiles(samples, n=100)[98]


@contextlib.asynccontextmanager
async def serving(folder: Path, *options: str, teams: int = TEAMS) -> AsyncIterator[tuple[int, int]]:
    """Run `live serve` on an event of so many teams, with further options; yield its ports: browsers', devices'."""
    gun = (datetime.now(UTC) - timedelta(minutes=15)).isoformat(timespec="seconds")
    (folder / "event.toml").write_text(EVENT.format(gun=gun), encoding="utf-8")
    rows = "".join(f"laps,{n},Team {n},,,R,,,,,no,\n" for n in range(1, teams + 1))
    (folder / "entries.csv").write_text(ENTRIES + rows, encoding="utf-8")
    ports = free_port(), free_port()
    words = ("serve", folder, "--host", "127.0.0.1", "--port", ports[0], "--mqtt-host", "127.0.0.1")
    log = folder / "log"
    with log.open("wb") as stderr:
        server = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "live",
            *map(str, words),
            "--mqtt-port",
            str(ports[1]),
            *options,
            stdout=PIPE,
            stderr=stderr,
        )
    try:
        assert server.stdout is not None
        async with asyncio.timeout(READY_S):
            while (said := await server.stdout.readline()) != b"ready\n":
                assert said, f"`live serve` ended: {log.read_text()}"
        yield ports
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.terminate()
        await server.wait()


async def probe(secrets: Secrets, token: str, port: int, mqtt_port: int) -> tuple[list[float], list[float]]:
    """Return the ms from mat to phone, one a phone and passage; and those of the bare hops between."""
    topics = Topics("latency")
    mat = Bus(BusLink("127.0.0.1", mqtt_port, "mat-line", token, "mat-line"), topics, topics.for_device("mat-line"))
    link = BusLink("127.0.0.1", mqtt_port, "web", secrets.password("web"), "peer-in")
    heard = Bus(link, topics, ((topics.stored("mat-km1"), 1),))
    told = Bus(BusLink("127.0.0.1", mqtt_port, "ingest", secrets.password("ingest"), "peer-out"), topics, ())
    line_ms: list[float] = []
    bare_ms: list[float] = []
    async with mat, heard, told:
        await asyncio.gather(*(bus.until_connected() for bus in (mat, heard, told)))
        phones = await connect(port)
        for n in range(1, WARM + PROBES + 1):
            await asyncio.sleep(random.uniform(*APART_S) / 2)
            bare = await hop(told, heard, n)
            await asyncio.sleep(random.uniform(*APART_S) / 2)
            line = await crossing(mat, phones, n)
            if n > WARM:
                bare_ms.append(bare)
                line_ms += line
        for phone in phones:
            assert phone.transport is not None
            phone.transport.abort()
    return line_ms, bare_ms


async def connect(port: int) -> list[Phone]:
    """Return phones that have the board."""
    loop = asyncio.get_running_loop()
    phones = [(await loop.create_connection(Phone, "127.0.0.1", port))[1] for _ in range(PHONES)]
    async with asyncio.timeout(READY_S):
        await asyncio.gather(*(phone.seen for phone in phones))
    return phones


async def crossing(mat: Bus, phones: list[Phone], n: int) -> list[float]:
    """Let team `n` end its first lap; return the ms until each phone knows."""
    for phone in phones:
        phone.look_for(b'"bib":"%d"' % n)
    passage = Passage("mat-line", "e", n, time_ns() // 1_000_000, f"{n}R", rssi=-51, reads=7)
    begun = perf_counter()
    mat.publish(PassageBatch("mat-line", "e", (passage,)))
    async with asyncio.timeout(ARRIVES_S):
        seen = await asyncio.gather(*(phone.seen for phone in phones))
    return [(at - begun) * 1_000 for at in seen]


async def hop(told: Bus, heard: Bus, n: int) -> float:
    """Send one message at QoS 1 through the broker; return the ms until its subscriber has it."""
    begun = perf_counter()
    told.publish(Stored("mat-km1", "e", n))
    async with asyncio.timeout(ARRIVES_S):
        async for deliveries in heard.deliveries():
            took_ms = (perf_counter() - begun) * 1_000
            for delivery in deliveries:
                delivery.ack()
            if heard.topics.decode(deliveries[-1].topic, deliveries[-1].payload) == Stored("mat-km1", "e", n):
                return took_ms
    raise AssertionError("deliveries never end")


def free_port() -> int:
    """Return a TCP port that nobody has at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def main() -> None:
    """Print the figures."""
    print(table(await measure()))


if __name__ == "__main__":
    uvloop.run(main())
