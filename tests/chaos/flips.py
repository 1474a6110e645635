"""One bit on the disk is another one: in the journal, in its WAL, in a backup, in the broker's store.

What is wrong must be said, or must not matter: a journal that says nothing and is not what it was would be the worst.
Whoever reads that it is damaged does what the page of race day says: stops, `live restore`, starts.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import httpx

from tests.chaos.devices import Stalled
from tests.chaos.line import Line
from tests.chaos.storage import broker_dead, lose, restored, until_backed_up

NOTICED_S = 30.0
"""So soon a damaged journal must be told of, after the start."""
DAMAGED = "live restore"


async def flip_journal(line: Line, rng: Random) -> float:
    """A bit of the journal's file, while nobody runs."""
    return await _flip(line, rng, "journal.sqlite")


async def flip_wal(line: Line, rng: Random) -> float:
    """A bit of what is committed and not yet moved into that file."""
    return await _flip(line, rng, "journal.sqlite-wal")


async def flip_backup(line: Line, rng: Random) -> float:
    """A bit of the newest backup; then the journal is lost."""
    await until_backed_up(line)
    newest = max((line.ground.data / "backup").glob("*.sqlite"))
    flip(newest, rng)
    return await lose(line, rng, line.ground.data.glob("journal.sqlite*"))


async def flip_store(line: Line, rng: Random) -> float:
    """A bit of the broker's store, while it is down."""
    async with broker_dead(line) as store:
        at_ns = line.now_ns()
        flip(rng.choice([file for file in sorted(store.rglob("*")) if file.is_file() and file.stat().st_size]), rng)
    return await line.devices.next_commit(at_ns)


async def _flip(line: Line, rng: Random, name: str) -> float:
    await until_backed_up(line)
    await line.kill_serve()
    said_before = len(line.log())
    flip(line.ground.data / name, rng)
    at_ns, began_s = line.now_ns(), time.time()
    await line.serve()
    line.remark = await _noticed(line, said_before, began_s)
    if line.remark == HARMLESS:
        return await line.devices.next_commit(at_ns)
    await line.kill_serve()
    try:
        await restored(line)
    except OSError as error:
        if WHOLE not in str(error):
            raise
        line.remark += ", and was overwritten meanwhile"
    at_ns = line.now_ns()
    await line.serve()
    return await line.devices.next_commit(at_ns)


HARMLESS, REFUSED, TOLD = "it did not matter", "ingest refused it", "told with the backup"
WHOLE = "nothing is to be restored"
"""What `live restore` says when a page that was damaged has been written anew since."""


async def _noticed(line: Line, said_before: int, began_s: float) -> str:
    """Wait until the damage is told of, or a backup made since proves that there is none; return which.

    Raises:
        Stalled: neither.
    """
    deadline_s = time.monotonic() + NOTICED_S
    backups = line.ground.data / "backup"
    async with httpx.AsyncClient(base_url=line.url, timeout=5.0) as client:
        while time.monotonic() < deadline_s:
            await asyncio.sleep(0.1)
            if DAMAGED in line.log()[said_before:]:
                return REFUSED
            try:
                ready = (await client.get("/readyz")).json()
            except httpx.HTTPError:
                continue
            if ready["backup"]["trouble"]:
                return TOLD
            if any(file.stat().st_mtime > began_s for file in backups.glob("*.sqlite")):
                return HARMLESS
    raise Stalled("nobody said whether the journal is whole")


def flip(file: Path, rng: Random) -> None:
    """Change one bit of a byte that is not 0: most that are 0 are room that nothing uses."""
    whole = file.read_bytes()
    place = rng.choice(_used(whole))
    with open(os.open(file, os.O_RDWR), "r+b") as changed:
        changed.seek(place)
        changed.write(bytes([whole[place] ^ 1 << rng.randrange(8)]))


def _used(whole: bytes) -> Sequence[int]:
    return [place for place, byte in enumerate(whole) if byte] or range(len(whole))
