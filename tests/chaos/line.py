"""The whole line as it races: `live serve` as a user runs it, its devices, a phone, an official. Real processes."""

import asyncio
import contextlib
import os
import random
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import psutil

from live.rehearsal.stage import Official
from live.secrets import Secrets
from tests.chaos.devices import Devices, Stalled
from tests.chaos.ground import Ground
from tests.chaos.phone import Follower
from tests.chaos.script import Script

READY_S = 60.0
THERE_S = 20.0
OUTWARD = "broadcast+web"
PORTS = 15_000, 32_000
SERVICES = ("broker", "ingest", OUTWARD)
RACE = "relay"


class Line:
    """A line that runs a script; made by `running`."""

    def __init__(self, script: Script, ground: Ground, rate: float) -> None:
        """Nothing starts yet."""
        self.script = script
        self.ground = ground
        self.rate = rate
        self.port, self.mqtt_port = _free_port(), _free_port()
        self.devices = Devices(script, ground.work, ground.device_env)
        self.phone = Follower(ground.host, self.port, RACE)
        self.forged = 0
        """Further facts that the campaign itself brought in: contradictions under a known identity."""
        self.skipped: list[int] = []
        """Facts of the journal that are left out, as an operator has said."""
        self.remark = ""
        """What is to be said of the latest fault beside how soon the race went on."""
        self._serve: Process | None = None
        self._began_s = 0.0

    @property
    def url(self) -> str:
        """Where pages and API are."""
        return f"http://{self.ground.host}:{self.port}"

    @property
    def left_s(self) -> float:
        """How long the devices still have passages to read."""
        return len(self.script.passages) / self.rate - (time.monotonic() - self._began_s)

    async def start(self) -> None:
        """Start the services, then the devices."""
        secrets = Secrets(self.ground.data)
        self.tokens = {name: secrets.grant("device", name)[0] for name in self.devices.names}
        self.official = Official(self.url, secrets.grant("official", "chaos")[0])
        await self.serve()
        await self.until_ready()
        await self.devices.start(self.ground.host, self.mqtt_port, self.tokens, self.rate)
        self._began_s = time.monotonic()

    @staticmethod
    def now_ns() -> int:
        """The instant, in the time of all processes."""
        return time.monotonic_ns()

    # -- services -------------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Start `live serve`, again or for the first time; do not wait for it. After a fault that is systemd's part."""
        ground = self.ground
        ports = ("--port", str(self.port), "--mqtt-port", str(self.mqtt_port))
        words = ("serve", str(self.script.folder), "--data", str(ground.data), *ports)
        hosts = ("--host", ground.listen, "--mqtt-host", ground.listen)
        skipped = [word for seq in self.skipped for word in ("--skip", str(seq))]
        with (ground.work / "serve.log").open("ab") as log:
            self._serve = await asyncio.create_subprocess_exec(
                *(*ground.words, sys.executable, "-m", ground.module, *words, *hosts, *skipped),
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **ground.serve_env},
            )

    @property
    def ended(self) -> bool:
        """`live serve` has ended by itself."""
        return self._serve is None or self._serve.returncode is not None

    async def until_ready(self) -> None:
        """Wait until users are served truthfully.

        Raises:
            Stalled: they are not, for as long as anybody would wait.
        """
        deadline_s = time.monotonic() + READY_S
        async with httpx.AsyncClient(base_url=self.url, timeout=5.0) as client:
            while time.monotonic() < deadline_s:
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass  # nobody listens yet
                await asyncio.sleep(0.05)
        raise Stalled(f"not ready after {READY_S:.0f} s: {self.log()[-2_000:]}")

    @property
    def supervisor(self) -> psutil.Process:
        """The process that was started as `live serve`."""
        assert self._serve is not None
        return psutil.Process(self._serve.pid)

    async def process(self, name: str) -> psutil.Process:
        """Return a service's process, once there is one: broker, ingest, or pages and stream.

        Raises:
            Stalled: there is none, for as long as anybody would wait.
        """
        deadline_s = time.monotonic() + THERE_S
        while time.monotonic() < deadline_s:
            for child in self.supervisor.children():
                if _name(child) == name:
                    return child
            await asyncio.sleep(0.01)
        raise Stalled(f"no {name} runs: {self.log()[-2_000:]}")

    async def kill(self, *names: str) -> int:
        """Kill -9 services, as good as at once; return the instant (ns)."""
        processes = [await self.process(name) for name in names]
        for process in processes:
            process.kill()
        return time.monotonic_ns()

    async def kill_serve(self) -> int:
        """Kill -9 `live serve`, with which its children die; return the instant (ns) once they are gone."""
        assert self._serve is not None
        if self._serve.returncode is None:
            children = self.supervisor.children(recursive=True)
            self._serve.kill()
            await self._serve.wait()
            await asyncio.to_thread(psutil.wait_procs, children, THERE_S)
        return time.monotonic_ns()

    async def rescue(self) -> None:
        """What a human does when nothing helps: start everything anew."""
        await self.kill_serve()
        await self.serve()
        await self.devices.rescue()
        await self.until_ready()

    async def stop(self) -> None:
        """Stop devices and services, in this order."""
        await self.devices.stop()
        if self._serve is not None and self._serve.returncode is None:
            self._serve.terminate()
            try:
                async with asyncio.timeout(THERE_S):
                    await self._serve.wait()
            except TimeoutError:
                await self.kill_serve()

    def log(self) -> str:
        """What `live serve` said."""
        file = self.ground.work / "serve.log"
        return file.read_text(errors="replace") if file.exists() else ""


def _free_port() -> int:
    """Return a port that nobody has, below those that the kernel gives to whoever connects.

    As 1883 and 8000 are: above them a client whose broker is down may be given the broker's own port, and hold it.
    """
    while True:
        port = random.randrange(*PORTS)
        with contextlib.suppress(OSError), socket.create_server(("", port)):
            return port


def _name(process: psutil.Process) -> str:
    try:
        command = process.cmdline()
    except psutil.NoSuchProcess:  # it ended just now
        return ""
    if command and "nats-server" in command[0]:
        return "broker"
    for module in ("live.process", "tests.chaos.failpoint"):
        if module in command:
            return " ".join(command[command.index(module) + 2 :])
    return ""


@asynccontextmanager
async def running(script: Script, ground: Ground, rate: float) -> AsyncIterator[Line]:
    """A line from its first passage on, with its phone; stopped when the block ends."""
    line = Line(script, ground, rate)
    following: asyncio.Task[None] | None = None
    try:
        await line.start()
        following = asyncio.create_task(line.phone.follow())
        yield line
    finally:
        if following is not None:
            following.cancel()
            await asyncio.wait([following])
        await line.stop()
