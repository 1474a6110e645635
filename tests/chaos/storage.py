"""What is on the disk is gone, old, or finds no room: the broker's store, the journal."""

import asyncio
import errno
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import psutil

from tests.chaos.devices import PATIENCE_S
from tests.chaos.ground import Ground, system
from tests.chaos.line import Line

ROOM = {"data": 96, "data/broker": 128}
"""The small disks, in MB: the journal's, and the broker's below it."""
FULL_S = (1.0, 5.0)
OLD_S = (1.0, 3.0)
BALLAST = "ballast"


async def wipe_store(line: Line, rng: Random) -> float:
    """The broker dies and comes back with an empty store."""
    async with broker_dead(line) as store:
        at_ns = line.now_ns()
        shutil.rmtree(store)
    return await line.devices.next_commit(at_ns)


async def roll_back_store(line: Line, rng: Random) -> float:
    """The broker dies and comes back with a store as it was some seconds ago."""
    old = line.ground.work / "old-store"
    shutil.rmtree(old, ignore_errors=True)
    async with broker_dead(line) as store:
        shutil.copytree(store, old)
    await asyncio.sleep(rng.uniform(*OLD_S))
    async with broker_dead(line) as store:
        at_ns = line.now_ns()
        shutil.rmtree(store)
        shutil.copytree(old, store)
    return await line.devices.next_commit(at_ns)


@asynccontextmanager
async def broker_dead(line: Line) -> AsyncIterator[Path]:
    """The broker's store while nobody has it: its supervisor is held meanwhile."""
    broker = await line.process("broker")
    supervisor = line.supervisor
    supervisor.suspend()
    try:
        broker.kill()
        while broker.status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110 - its parent cannot be told
            await asyncio.sleep(0.005)
        yield line.ground.data / "broker" / "store"
    finally:
        supervisor.resume()


@asynccontextmanager
async def with_backups(work: Path) -> AsyncIterator[Ground]:
    """A plain folder, of whose journal a backup is made every second."""
    yield Ground(work, work / "data", serve_env={"LIVE_INGEST_BACKUP_S": "1"})


async def lose_journal(line: Line, rng: Random) -> float:
    """The journal is gone; `live restore`, and the services start. Counted from that start."""
    return await lose(line, rng, line.ground.data.glob("journal.sqlite*"))


async def lose_server(line: Line, rng: Random) -> float:
    """Everything but the backups is gone: the journal, the broker's store, the tokens. The same."""
    return await lose(line, rng, [each for each in line.ground.data.iterdir() if each.name != "backup"])


async def lose(line: Line, rng: Random, lost: Iterable[Path]) -> float:
    """Some files are gone; `live restore`, and the services start. Counted from that start."""
    await until_backed_up(line)
    await asyncio.sleep(rng.uniform(*OLD_S))
    await line.kill_serve()
    for each in lost:
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()
    await restored(line)
    at_ns = line.now_ns()
    await line.serve()
    return await line.devices.next_commit(at_ns)


async def restored(line: Line) -> None:
    """What the page of race day says: `live restore`."""
    words = ("restore", str(line.script.folder), "--data", str(line.ground.data))
    await asyncio.to_thread(system, sys.executable, "-m", "live", *words)


async def until_backed_up(line: Line) -> None:
    """Wait for a backup; the tokens lie beside it."""
    async with asyncio.timeout(PATIENCE_S):
        while not any((line.ground.data / "backup").glob("*.sqlite")):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.05)


@asynccontextmanager
async def small_disks(work: Path) -> AsyncIterator[Ground]:
    """A small disk for the journal, another one for the broker's store."""
    mounted = []
    try:
        for name, size_mb in ROOM.items():
            disk = work / name
            disk.mkdir(parents=True)
            system("mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "chaos", str(disk))
            mounted.append(disk)
        yield Ground(work, work / "data")
    finally:
        for disk in reversed(mounted):
            system("umount", str(disk))


async def fill_journal(line: Line, rng: Random) -> float:
    """No room for the journal."""
    return await _fill(line, rng, line.ground.data)


async def fill_broker(line: Line, rng: Random) -> float:
    """No room for the broker."""
    return await _fill(line, rng, line.ground.data / "broker")


async def fill_both(line: Line, rng: Random) -> float:
    """No room for either."""
    return await _fill(line, rng, line.ground.data, line.ground.data / "broker")


async def _fill(line: Line, rng: Random, *disks: Path) -> float:
    """Leave no room for some seconds; counted from when there is room again."""
    for disk in disks:
        leave_no_room(disk / BALLAST)
    await asyncio.sleep(rng.uniform(*FULL_S))
    for disk in disks:
        (disk / BALLAST).unlink()
    return await line.devices.next_commit(line.now_ns())


def leave_no_room(ballast: Path) -> None:
    """Write until not a byte more fits."""
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    os.write(descriptor, b"\0" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    finally:
        os.close(descriptor)
