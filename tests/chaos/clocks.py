"""Clocks that jump: the server's, the devices'. By libfaketime, each process by the file that it was given.

The broker makes its own system calls and is not fooled.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from tests.chaos.ground import Ground
from tests.chaos.line import Line

JUMPS_S = (1, 5, 61, 3_600, 7_200, 86_400)
SEEN_S = 1.2
"""libfaketime reads its file once a second."""
SERVER, DEVICES = "server.clock", "devices.clock"


def library() -> Path | None:
    """Return libfaketime, if it is installed (Debian: libfaketime)."""
    return next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@asynccontextmanager
async def fooled(work: Path) -> AsyncIterator[Ground]:
    """A plain folder; services and devices have their clocks from a file each."""
    yield Ground(work, work / "data", serve_env=environment(work / SERVER), device_env=environment(work / DEVICES))


async def jump_server(line: Line, rng: Random) -> float:
    """The server's clock jumps, forward or back."""
    return await _jump(line, rng, line.ground.work / SERVER)


async def jump_devices(line: Line, rng: Random) -> float:
    """The clocks of all devices jump, forward or back."""
    return await _jump(line, rng, line.ground.work / DEVICES)


async def _jump(line: Line, rng: Random, file: Path) -> float:
    set_clock(file, rng.choice((-1, 1)) * rng.choice(JUMPS_S))
    await asyncio.sleep(SEEN_S)
    return await line.devices.next_commit(line.now_ns())


def set_clock(file: Path, ahead_s: int) -> None:
    file.write_text(f"{ahead_s:+d}s\n")


def environment(file: Path) -> dict[str, str]:
    set_clock(file, 0)
    return {
        "LD_PRELOAD": str(library()),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "0",
    }
