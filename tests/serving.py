"""`live serve` as a user runs it: a process of its own on free ports, with a folder, until a test stops it."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from live.strict_json import from_json
from tests.conftest import DEADLINE_S, free_port

LIVE = (sys.executable, "-m", "live")
READY_S = 40.0
"""Two tests share the machine, and each process imports its libraries first."""


@dataclass
class Served:
    """One `live serve`. `log` is what it writes on stderr."""

    folder: Path
    data: Path
    port: int
    mqtt_port: int
    log: Path
    process: Process

    @property
    def url(self) -> str:
        """Where its pages and API are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def broker(self) -> str:
        """Where its broker is."""
        return f"mqtt://127.0.0.1:{self.mqtt_port}"

    async def said(self, line: str) -> bool:
        """Read on until it prints this line; False when it ends without."""
        assert self.process.stdout is not None
        async with asyncio.timeout(READY_S):
            while found := await self.process.stdout.readline():
                if found.decode().strip() == line:
                    return True
        return False

    async def until_ready(self) -> None:
        """Wait for `ready`; fail the test with what it said instead."""
        if not await self.said("ready"):
            pytest.fail(f"`live serve` ended: {self.log.read_text()}")

    async def get(self, path: str) -> httpx.Response:
        """Return an answer of its API."""
        async with httpx.AsyncClient(base_url=self.url, timeout=DEADLINE_S) as client:
            return await client.get(path)

    def children(self) -> dict[str, psutil.Process]:
        """Its processes by name: broker, ingest, broadcast+web (with a number where there are several)."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                command = child.cmdline()
            except psutil.NoSuchProcess:  # it ended just now
                continue
            if "live.process" in command:
                found[" ".join(command[command.index("live.process") + 2 :])] = child
            elif command and "nats-server" in command[0]:
                found["broker"] = child
        return found

    async def stop(self) -> int:
        """End it as an operator would; return the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            return await self.process.wait()


async def start_serving(
    folder: Path, log: Path, *words: str, port: int = 0, mqtt_port: int = 0, files: int = 0
) -> Served:
    """Start `live serve` on free ports, or on those given; each process may have so many `files` open. Do not wait."""
    port, mqtt_port = port or free_port(), mqtt_port or free_port()
    data = folder / "data" if "--data" not in words else Path(words[words.index("--data") + 1])
    ports = ("--host", "127.0.0.1", "--port", str(port), "--mqtt-host", "127.0.0.1", "--mqtt-port", str(mqtt_port))
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            *(("prlimit", f"--nofile={files}") if files else ()),
            *LIVE,
            "serve",
            str(folder),
            *words,
            *ports,
            stdout=PIPE,
            stderr=file,
        )
    return Served(folder, data, port, mqtt_port, log, process)


async def live(*words: str | Path, under: Sequence[str] = ()) -> tuple[int, str, str]:
    """Run a command to its end, `under` a command that changes its world; return exit code, stdout and stderr."""
    process = await asyncio.create_subprocess_exec(*under, *LIVE, *map(str, words), stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(READY_S):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def lines(text: str) -> list[object]:
    """The JSON values of some lines."""
    return [from_json(line) for line in text.splitlines()]
