"""A disk that fails a call, and one that loses power in the midst of a write. By strace, between process and kernel.

So it reaches the broker too, which makes its own system calls. What a call wrote that was not synced when power was
lost may be there, half there, or rubbish: the torn tail is made so here.
"""

import asyncio
import os
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psutil

from tests.chaos.devices import PATIENCE_S, Stalled
from tests.chaos.line import Line

WRITES, SYNCS = "pwrite64", "fdatasync,fsync"
MOST_CALLS = 3
"""It is one of so many calls, by chance."""
SECTOR = 512
LOG = "calls"
INJECTED = "(INJECTED)"
_WRITTEN = re.compile(r"^\d+ +pwrite64\(\d+<(?P<file>[^>]*)>, .*, (?P<size>\d+), (?P<at>\d+)(\) += \d+| <unfinished)")
_SYNCED = re.compile(r"^(?P<thread>\d+) +f(data)?sync\(\d+<(?P<file>[^>]*)>(?P<end>\) += 0$| <unfinished)")
_RESUMED = re.compile(r"^(?P<thread>\d+) +<\.\.\. f(data)?sync resumed>\) += 0$")


@dataclass(frozen=True, slots=True)
class Unsynced:
    """What was written and not synced: into which file, from where, how many bytes."""

    file: Path
    at: int
    size: int


async def fail_journal(line: Line, rng: Random) -> float:
    """A write or a sync of the journal fails once: nothing of it may be acknowledged, and ingest must go on."""
    return await _fail(line, rng, "ingest", wal(line))


async def fail_broker(line: Line, rng: Random) -> float:
    """The same of the broker's store of messages."""
    return await _fail(line, rng, "broker")


async def tear_journal(line: Line, rng: Random) -> float:
    """Ingest dies at a sync of the journal, and what was not synced is torn."""
    return await _tear(line, rng, "ingest", wal(line))


async def tear_broker(line: Line, rng: Random) -> float:
    """The same of the broker."""
    return await _tear(line, rng, "broker")


def wal(line: Line) -> Path:
    """Where commits of the journal are written."""
    return line.ground.data / "journal.sqlite-wal"


async def _fail(line: Line, rng: Random, name: str, *only: Path) -> float:
    what = f"{rng.choice((WRITES, SYNCS))}:error=EIO:when={rng.randint(1, MOST_CALLS)}"
    process, log = await line.process(name), line.ground.work / LOG
    async with traced(process.pid, log, what, only):
        await _until(lambda: INJECTED in log.read_text())
        at_ns = line.now_ns()
    return await line.devices.next_commit(at_ns)


async def _tear(line: Line, rng: Random, name: str, *only: Path) -> float:
    what = f"{SYNCS}:signal=SIGKILL:when={rng.randint(1, MOST_CALLS)}"
    process, log, supervisor = await line.process(name), line.ground.work / LOG, line.supervisor
    try:
        async with traced(process.pid, log, what, only):
            supervisor.suspend()
            await _until(lambda: not _lives(process))
            at_ns = line.now_ns()
        for written in unsynced(log.read_text()):
            tear(written, rng)
    finally:
        supervisor.resume()
    return await line.devices.next_commit(at_ns)


def _lives(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


@asynccontextmanager
async def traced(process: int, log: Path, what: str, only: Sequence[Path]) -> AsyncIterator[None]:
    """Stand between a process and its disk until the block ends: `what` is done to its calls, each is noted in `log`.

    With `only`: those on these files, others are let through.
    """
    tracer = await asyncio.create_subprocess_exec(
        *("strace", "-f", "-y", "-s", "0", "-o", str(log), *(word for file in only for word in ("-P", str(file)))),
        *("-e", f"trace={WRITES},{SYNCS}", "-e", f"inject={what}", "-p", str(process)),
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
    )
    try:
        assert tracer.stderr is not None
        await tracer.stderr.readline()  # "attached"
        yield
    finally:
        if tracer.returncode is None:
            tracer.kill()  # asked politely it waits for the dead, whose parent is held
        await tracer.communicate()


async def _until(struck: Callable[[], bool]) -> None:
    """Wait until it has struck.

    Raises:
        Stalled: no such call was made, for as long as anybody would wait.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not struck():  # noqa: ASYNC110 - the kernel announces nothing
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise Stalled("no call was made that could fail") from None


def unsynced(log: str) -> list[Unsynced]:
    """Return what strace saw written, and not synced afterwards."""
    written: list[Unsynced] = []
    syncing: dict[str, Path] = {}
    for text in log.splitlines():
        if found := _WRITTEN.match(text):
            written.append(Unsynced(Path(found["file"]), int(found["at"]), int(found["size"])))
        elif found := _SYNCED.match(text):
            syncing[found["thread"]] = Path(found["file"])
        if (found := _SYNCED.match(text)) and found["end"] == " <unfinished":
            continue
        if found := (_RESUMED.match(text) or found):
            synced = syncing.pop(found["thread"])
            written = [each for each in written if each.file != synced]
    return written


def tear(written: Unsynced, rng: Random) -> None:
    """Leave of a write some sectors as they are, some empty, some full of rubbish."""
    with open(os.open(written.file, os.O_RDWR), "r+b") as torn:
        end = written.at + written.size
        for sector in range(written.at, end, SECTOR):
            size = min(SECTOR, end - sector)
            torn.seek(sector)
            if rubbish := rng.choice((b"", bytes(size), rng.randbytes(size))):
                torn.write(rubbish)
