"""Power cuts: the disk is a real ext4 in a file; from an instant on nothing reaches it, what was not synced is gone.

`EXT4_IOC_SHUTDOWN` without flushing its log, kill -9 of everything, unmount, mount again. It shows what fsync kept; it
does not show torn pages, nor a disk that lies.
"""

import asyncio
import fcntl
import os
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from tests.chaos.ground import Ground, system
from tests.chaos.line import Line

SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
SIZE = 512 << 20
UNMOUNT_S = 20.0
MKFS = ("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0")


@asynccontextmanager
async def server_on_disk(work: Path) -> AsyncIterator[Ground]:
    """The server's data folder is on a disk of its own; devices have theirs elsewhere."""
    async with mounted(work) as disk:
        yield Ground(work, disk / "data")


@asynccontextmanager
async def site_on_disk(work: Path) -> AsyncIterator[Ground]:
    """Server and devices are on one disk, and lose power together."""
    async with mounted(work) as disk:
        (disk / "devices").mkdir()
        yield Ground(disk / "devices", disk / "data")


async def cut_server(line: Line, rng: Random) -> float:
    """The server loses power; counted from when it has it again, and is started as systemd would."""
    disk = line.ground.data.parent
    shut_down(disk)
    await line.kill_serve()
    await mount_again(disk)
    at_ns = line.now_ns()
    await line.serve()
    return await line.devices.next_commit(at_ns)


async def cut_site(line: Line, rng: Random) -> float:
    """Server and devices lose power at once, and have it again at once."""
    disk = line.ground.data.parent
    shut_down(disk)
    await asyncio.gather(line.kill_serve(), *map(line.devices.kill, line.devices.names))
    await mount_again(disk)
    at_ns = line.now_ns()
    await line.serve()
    await asyncio.gather(*map(line.devices.start_one, line.devices.names))
    return await line.devices.next_commit(at_ns)


def shut_down(disk: Path) -> None:
    descriptor = os.open(disk, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    finally:
        os.close(descriptor)


@asynccontextmanager
async def mounted(work: Path) -> AsyncIterator[Path]:
    image, disk = work / "disk.img", work / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(SIZE)
    system(*MKFS, str(image))
    system("mount", "-o", "loop", str(image), str(disk))
    try:
        yield disk
    finally:
        await _unmount(disk)


async def mount_again(disk: Path) -> None:
    await _unmount(disk)
    system("mount", "-o", "loop", str(disk.with_suffix(".img")), str(disk))


async def _unmount(disk: Path) -> None:
    """Unmount it as soon as the last dying process has let go of it."""
    deadline_s = time.monotonic() + UNMOUNT_S
    while True:
        try:
            system("umount", str(disk))
        except OSError:  # somebody is not dead yet
            if time.monotonic() > deadline_s:
                raise
            await asyncio.sleep(0.02)
        else:
            return
