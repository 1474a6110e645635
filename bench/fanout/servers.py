"""The servers that are compared, each started as its users would, on core 0; they publish what they are told to."""

import asyncio
import contextlib
import os
import sys
from abc import ABC, abstractmethod
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, monotonic_ns

import httpx

from bench.fanout import tools, usage
from bench.fanout.texts import Mats, Step, race
from bench.latency import free_port
from live.programme import Event

HERE = Path(__file__).parent
SERVER_CORE, CLIENT_CORE = 0, 1
READY_S = 40.0
SETTLE_S = 1.0
COMPRESSED = 76
"""Bytes of a message of ours at ten a second, as it was measured; its frame's header has two more."""

WARM = 250
"""So many steps of the race before anybody looks: a third of the field has come round once."""


@dataclass
class Site:
    """Where everything lies: the folder of tools, and the file with the texts that the peers send."""

    tools: Path
    texts: Path
    work: Path


class Server(ABC):
    """One server, one run. `port` is where phones connect; `pids` are the processes that serve them."""

    path = "/"
    words: tuple[str, ...] = ()
    """What wsload needs beyond port and path."""

    def __init__(self, site: Site, deflate: bool) -> None:
        self.site, self.deflate = site, deflate
        self.port = free_port()
        self.pids: list[int] = []

    @abstractmethod
    async def start(self) -> None:
        """Be ready for phones.

        Raises:
            Missing: something that it needs cannot be had.
        """

    @abstractmethod
    async def publish(self, rate: float, seconds: float) -> None:
        """Send so many messages a second for so long; at most twice as long where that is too much."""

    @abstractmethod
    async def stop(self) -> None:
        """End."""

    async def crash(self) -> None:
        """Kill -9 what serves the phones, and start it again."""
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        await self.stop()
        await self.start()


class Peer(Server):
    """A program that says `ready`, and publishes on a line ``RATE SECONDS``."""

    process: Process

    @abstractmethod
    def command(self) -> list[str]:
        """Return the words that start it."""

    def environment(self) -> dict[str, str]:
        """Return its environment."""
        return dict(os.environ)

    async def start(self) -> None:
        words = await asyncio.to_thread(self.command)
        self.process = await asyncio.create_subprocess_exec(
            *("taskset", "-c", str(SERVER_CORE), *words),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=self.environment(),
            cwd=self.site.tools,
        )
        await self._said("ready")
        self.pids = usage.family(self.process.pid)

    async def _said(self, word: str) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(READY_S):
            while line := await self.process.stdout.readline():
                if word in line.decode():
                    return
        raise tools.Missing(f"{self.command()[0]} ended before it was {word}")

    async def publish(self, rate: float, seconds: float) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(self.order(rate, seconds))
        await self._said("done")

    def order(self, rate: float, seconds: float) -> bytes:
        """Return the line that tells it to publish."""
        return f"{rate} {seconds}\n".encode()

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


class Limit(Peer):
    """The limit: one send() a connection, and nothing else; with compression, of as few bytes as ours has then."""

    def command(self) -> list[str]:
        return [str(tools.compiled("wslimit", self.site.tools)), "-p", str(self.port)]

    def order(self, rate: float, seconds: float) -> bytes:
        texts = self.site.texts.read_bytes().splitlines()
        size = COMPRESSED if self.deflate else sum(map(len, texts)) // len(texts)
        return f"pub {size} {rate} {seconds}\n".encode()


class Script(Peer):
    """A peer with a file of its own in `peers`."""

    file: str

    def command(self) -> list[str]:
        return [*self.runner(), str(self.site.texts), str(self.port), *(["z"] if self.deflate else [])]

    def runner(self) -> list[str]:
        """Return the words that run the file: as a module of this package, unless it is no Python."""
        return [sys.executable, "-m", f"bench.fanout.peers.{self.file}"]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(HERE.parents[1])}


class WebsocketsBroadcast(Script):
    """websockets.broadcast()."""

    file = "websockets_broadcast"


class StarletteLoop(Script):
    """The plain loop over Starlette's sockets."""

    file = "starlette_loop"


class SocketIo(Script):
    """python-socketio's emit()."""

    file = "socketio_emit"
    path = "/socket.io/?EIO=4&transport=websocket"
    words = ("-m", "40")

    def environment(self) -> dict[str, str]:
        packages = tools.socketio(self.site.tools)
        return {**os.environ, "PYTHONPATH": f"{HERE.parents[1]}:{packages}"}


class Bun(Script):
    """Bun's publish()."""

    file = "bun.js"

    def runner(self) -> list[str]:
        return [str(tools.node_modules(self.site.tools) / ".bin" / "bun"), str(HERE / "peers" / self.file)]


class NodeWs(Script):
    """The ws package on Node."""

    file = "node_ws.js"

    def runner(self) -> list[str]:
        return ["node", str(HERE / "peers" / self.file)]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "NODE_PATH": str(tools.node_modules(self.site.tools))}


class Nchan(Server):
    """nginx with nchan; a publisher on the other core posts to it."""

    process: Process

    async def start(self) -> None:
        program = await asyncio.to_thread(tools.nchan)
        written = (HERE / "peers" / "nchan.conf").read_text(encoding="utf-8")
        config = self.site.work / "nchan.conf"
        switch = "on" if self.deflate else "off"
        config.write_text(written.replace("PORT", str(self.port)).replace("DEFLATE", switch), encoding="utf-8")
        self.process = await asyncio.create_subprocess_exec(
            *("taskset", "-c", str(SERVER_CORE), program, "-p", str(self.site.work), "-c", str(config)), stderr=DEVNULL
        )
        async with asyncio.timeout(READY_S):
            while not await listens(self.port):  # noqa: ASYNC110 - it says nothing when it is ready
                await asyncio.sleep(0.02)
        self.pids = usage.family(self.process.pid)

    async def publish(self, rate: float, seconds: float) -> None:
        texts = self.site.texts.read_text(encoding="utf-8").splitlines()
        async with httpx.AsyncClient(timeout=READY_S) as client:
            begun = monotonic()
            for n in range(round(rate * seconds)):
                await asyncio.sleep(max(0.0, begun + n / rate - monotonic()))
                text = f'{{"t":{monotonic_ns()},{texts[n % len(texts)][1:]}'
                await client.post(f"http://127.0.0.1:{self.port}/publish", content=text)
                if monotonic() - begun > 2 * seconds:
                    break

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()


@dataclass
class _Race:
    event: Event
    steps: list[Step]
    next: int = 0


class Ours(Server):
    """`live serve` with the whole race in it: broker, ingest and devices on the other core, what serves phones here."""

    path = "/api/v1/races/relay/stream"
    process: Process
    mats: Mats
    race: _Race
    options: tuple[str, ...] = ()

    async def start(self) -> None:
        folder = self.site.work / f"race-{self.port}"
        self.race = _Race(*race(folder))
        mqtt_port = free_port()
        self.mats = Mats(folder / "data", self.race.event, mqtt_port)
        words = ("serve", folder, "--host", "127.0.0.1", "--port", self.port, "--mqtt-host", "127.0.0.1")
        self.process = await asyncio.create_subprocess_exec(
            *("taskset", "-c", str(CLIENT_CORE), sys.executable, "-m", "live", *map(str, words)),
            *("--mqtt-port", str(mqtt_port), *self.options),
            stdout=PIPE,
            stderr=DEVNULL,
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(READY_S):
            while (line := await self.process.stdout.readline()) != b"ready\n":
                if not line:
                    raise tools.Missing("live serve ended")
        self._pin()
        await self.mats.__aenter__()
        for step in self.race.steps[:WARM]:
            self.mats.send(step)
        self.race.next = WARM
        await self.mats.flush()
        await asyncio.sleep(SETTLE_S)

    def _pin(self) -> None:
        """Give the processes that serve phones the server's core."""
        self.pids = self._serving()
        usage.pin(self.pids, SERVER_CORE)

    def _serving(self) -> list[int]:
        return [pid for pid in usage.family(self.process.pid) if b"broadcast" in usage.cmdline(pid)]

    async def publish(self, rate: float, seconds: float) -> None:
        begun = monotonic()
        for n in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + n / rate - monotonic()))
            self.mats.send(self.race.steps[self.race.next])
            self.race.next += 1

    async def crash(self) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        gone = set(self.pids)
        async with asyncio.timeout(READY_S):
            while not set(self._serving()) - gone:  # noqa: ASYNC110 - the supervisor starts it again
                await asyncio.sleep(0.005)
        self._pin()

    async def stop(self) -> None:
        with contextlib.suppress(Exception):
            await self.mats.__aexit__()
        if self.process.returncode is None:
            self.process.terminate()
        await self.process.wait()


async def listens(port: int) -> bool:
    """Return whether something listens on a port of this machine."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@dataclass(frozen=True)
class Contestant:
    """A row of the table: a server with or without compression."""

    name: str
    make: type[Server]
    deflate: bool = False
    note: str = field(default="", compare=False)


CONTESTANTS = (
    Contestant("ours", Ours),
    Contestant("wslimit", Limit),
    Contestant("bun", Bun),
    Contestant("nchan", Nchan),
    Contestant("node ws", NodeWs),
    Contestant("websockets", WebsocketsBroadcast),
    Contestant("starlette", StarletteLoop),
    Contestant("socket.io", SocketIo),
    Contestant("ours, compressed", Ours, True),
    Contestant("wslimit, compressed", Limit, True),
    Contestant("bun, compressed", Bun, True),
    Contestant("nchan, compressed", Nchan, True),
    Contestant("node ws, compressed", NodeWs, True),
    Contestant("websockets, compressed", WebsocketsBroadcast, True),
    Contestant("starlette, compressed", StarletteLoop, True),
)


@contextlib.asynccontextmanager
async def running(contestant: Contestant, site: Site) -> AsyncIterator[Server]:
    """Run a server; end it whatever happens."""
    server = contestant.make(site, contestant.deflate)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
