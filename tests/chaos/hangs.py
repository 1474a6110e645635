"""SIGSTOP: a process that lives but does nothing, and is not woken by anybody."""

import asyncio
import signal
from random import Random

import psutil

from tests.chaos.devices import Stalled
from tests.chaos.line import OUTWARD, Line

HUNG_S = 30.0
"""A hung service that nobody has replaced by then is woken by the campaign, and the fault counts as not noticed."""
HEARD_S = 1.0
"""A service that says it is ready has told its supervisor so by then; until then it is one that starts."""
DEVICE_S = (1.0, 10.0)
"""A device has nobody who would replace it: it goes on after so long."""


async def hang_broker(line: Line, rng: Random) -> float:
    """The broker."""
    return await _hang(line, "broker")


async def hang_ingest(line: Line, rng: Random) -> float:
    """Ingest."""
    return await _hang(line, "ingest")


async def hang_outward(line: Line, rng: Random) -> float:
    """The process of pages and stream."""
    process = await _at_work(line, OUTWARD)
    process.suspend()
    at_ns = line.now_ns()
    try:
        return await line.phone.back(at_ns, HUNG_S)
    except Stalled:
        process.resume()
        raise


async def hang_device(line: Line, rng: Random) -> float:
    """A device, for some seconds; counted from when it goes on."""
    name = line.devices.busy(rng)
    line.devices.signal(name, signal.SIGSTOP)
    await asyncio.sleep(rng.uniform(*DEVICE_S))
    line.devices.signal(name, signal.SIGCONT)
    return await line.devices.next_commit(line.now_ns(), name)


async def _at_work(line: Line, name: str) -> psutil.Process:
    """A service's process that has started: one that hangs while it starts is given longer."""
    await line.until_ready()
    await asyncio.sleep(HEARD_S)
    return await line.process(name)


async def _hang(line: Line, name: str) -> float:
    process = await _at_work(line, name)
    process.suspend()
    at_ns = line.now_ns()
    try:
        return await line.devices.next_commit(at_ns, patience_s=HUNG_S)
    except Stalled:
        process.resume()
        raise
