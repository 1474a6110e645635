"""Clocks that jump: the server's, the devices'. By libfaketime, each process by the file that it was given.

The broker makes its own system calls and is not fooled.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import httpx

from tests.chaos.devices import Stalled
from tests.chaos.ground import Ground
from tests.chaos.line import Line

JUMPS_S = (1, 5, 61, 3_600, 7_200, 86_400)
SEEN_S = 1.2
"""libfaketime reads its file once a second."""
FLAGGED_S = 30.0
"""A device asks for the time every 10 s, and tells how far off its own is every 5 s."""
NEAR_MS = 900
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
    after_s = await line.devices.next_commit(line.now_ns())
    await _until_flagged(line)
    return after_s


async def _until_flagged(line: Line) -> None:
    """Wait until officials are told of every device how far its clock is from the server's.

    Raises:
        Stalled: they are told something else.
    """
    off_ms = 1_000 * (_ahead_s(line.ground.work / DEVICES) - _ahead_s(line.ground.work / SERVER))
    deadline_s, told = time.monotonic() + FLAGGED_S, dict[str, int | None]()
    token = {"Authorization": f"Bearer {line.official.token}"}
    async with httpx.AsyncClient(base_url=line.url, headers=token, timeout=5.0) as client:
        while time.monotonic() < deadline_s:
            answer = await client.get("/api/v1/devices")
            if answer.status_code == 200:
                told = {
                    each["device"]: each["clock"] and each["clock"]["offset_ms"] for each in answer.json()["devices"]
                }
                if all(abs((told.get(name) or 0) - off_ms) <= NEAR_MS for name in line.devices.names):
                    return
            await asyncio.sleep(0.2)
    raise Stalled(f"the clocks are off by {off_ms} ms, officials are told {told}")


def _ahead_s(file: Path) -> int:
    return int(file.read_text().strip().rstrip("s"))


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
