"""A board: the real MicroPython, built for Linux, as a process of its own with the firmware on its path."""

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).parent
DEADLINE_S = 60.0


def _command(script: Path | str) -> list[str]:
    return [sys.executable, "-m", "micropython_unix", *([str(script)] if isinstance(script, Path) else ["-c", script])]


def _line(arguments: tuple[object, ...]) -> bytes:
    """Return what the script reads from stdin: MicroPython's own arguments may have 255 bytes."""
    return json.dumps(arguments).encode() + b"\n"


def _environment() -> dict[str, str]:
    return {**os.environ, "MICROPYPATH": f"{ROOT / 'firmware_stubs'}:{SCRIPTS}:.frozen"}


def says(script: Path | str, *arguments: object) -> Any:
    """Run a script to its end; return the JSON of the last line that it prints. It reads `arguments` from stdin."""
    ran = subprocess.run(
        _command(script), input=_line(arguments), env=_environment(), capture_output=True, timeout=DEADLINE_S
    )
    try:
        return json.loads(ran.stdout.splitlines()[-1])
    except (ValueError, IndexError):  # it ends with 0 after an exception, too
        pytest.fail(f"MicroPython: {(ran.stderr + ran.stdout).decode(errors='replace')}")


class Running:
    """A script that runs; each line that it prints is JSON."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.said: list[Any] = []

    async def listen(self, lines: int) -> None:
        """Read until it has printed so many lines in all, or has ended."""
        assert self.process.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            while len(self.said) < lines and (line := await self.process.stdout.readline()):
                if line.endswith(b"\n"):  # what a kill cuts off was not said
                    self.said.append(json.loads(line))

    async def until_ended(self) -> int:
        """Read to its end; return its exit code."""
        await self.listen(sys.maxsize)
        return await self.process.wait()

    async def kill(self) -> None:
        """End it by kill -9, as a battery that is pulled does; hear what it had said until then."""
        if self.process.returncode is None:
            self.process.kill()
        await self.until_ended()


@asynccontextmanager
async def running(script: Path, *arguments: object) -> AsyncIterator[Running]:
    """Start a script; it is ended with the block, if it has not ended before."""
    process = await asyncio.create_subprocess_exec(*_command(script), env=_environment(), stdin=PIPE, stdout=PIPE)
    board = Running(process)
    assert process.stdin is not None
    process.stdin.write(_line(arguments))
    try:
        yield board
    finally:
        await board.kill()
