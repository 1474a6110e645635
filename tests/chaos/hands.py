"""What people do on the day: a stolen device is shut out; a fact that nobody understands is left out."""

import asyncio
import sys
import time
from random import Random

import httpx
import pysqlite3

from live.ingest.checking import FACT
from live.ingest.journal import journal_file
from live.ingest.records import chained
from tests.chaos.devices import Stalled
from tests.chaos.ground import system
from tests.chaos.line import Line

SHUT_OUT_S = 5.0
GIVEN_UP_S = 60.0
NOBODYS = '{"type":"of a later version"}'


async def steal_device(line: Line, rng: Random) -> float:
    """A device's token is revoked, which ends its connection; later it comes back with a new one. Counted from then.

    Until it is told what is stored: it may have nothing more to read for a while.
    """
    name = line.devices.busy(rng)
    await _token(line, name, "--revoke")
    await _until_off_line(line, name)
    line.tokens[name] = (await _token(line, name)).strip()
    at_ns = line.now_ns()
    await line.devices.provide(name, line.tokens[name])
    return await line.devices.next_told(at_ns, name)


async def poison_journal(line: Line, rng: Random) -> float:
    """A fact that this program does not understand keeps ingest from starting: started again, with `--skip`."""
    await line.kill_serve()
    seq = await asyncio.to_thread(_append_nonsense, line)
    await line.serve()
    line.skipped.append(seq)  # from the next start on
    await _until_given_up(line, seq)
    at_ns = line.now_ns()
    await line.serve()
    return await line.devices.next_commit(at_ns)


async def _token(line: Line, name: str, *more: str) -> str:
    words = ("token", str(line.script.folder), "device", name, "--data", str(line.ground.data), *more)
    return await asyncio.to_thread(system, sys.executable, "-m", "live", *words)


async def _until_off_line(line: Line, name: str) -> None:
    """Wait until officials see it off line.

    Raises:
        Stalled: its connection goes on.
    """
    deadline_s = time.monotonic() + SHUT_OUT_S
    token = {"Authorization": f"Bearer {line.official.token}"}
    async with httpx.AsyncClient(base_url=line.url, headers=token, timeout=5.0) as client:
        while time.monotonic() < deadline_s:
            answer = await client.get("/api/v1/devices")
            if answer.status_code == 200:
                states = {each["device"]: each["state"] for each in answer.json()["devices"]}
                if states[name] == "offline":
                    return
            await asyncio.sleep(0.1)
    raise Stalled(f"{name} was not shut out within {SHUT_OUT_S:.0f} s")


def _append_nonsense(line: Line) -> int:
    """Append a fact, with its hash as it must be, of a kind that is not known; return its seq."""
    db = pysqlite3.connect(str(journal_file(line.ground.data)), isolation_level=None)
    try:
        last, chain = db.execute("SELECT seq, hash FROM facts ORDER BY seq DESC LIMIT 1").fetchone()
        row = (last + 1, "decision", None, None, None, f"nonsense-{last + 1}", NOBODYS, 1)
        db.execute(f"INSERT INTO facts ({FACT}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, chained(chain, row)))
    finally:
        db.close()
    return int(last) + 1


async def _until_given_up(line: Line, seq: int) -> None:
    """Wait until `live serve` ends, and has named the fact.

    Raises:
        Stalled: it does not.
    """
    deadline_s = time.monotonic() + GIVEN_UP_S
    while time.monotonic() < deadline_s:
        if line.ended and f"fact {seq} " in line.log():
            return
        await asyncio.sleep(0.05)
    raise Stalled(f"`live serve` does not say that fact {seq} keeps ingest from starting: {line.log()[-500:]}")
