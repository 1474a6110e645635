"""Kill -9: of one process, of all at once, of the supervisor with everything below it."""

import asyncio
from random import Random

from tests.chaos.line import OUTWARD, SERVICES, Line


async def kill_broker(line: Line, rng: Random) -> float:
    """The broker."""
    return await line.devices.next_commit(await line.kill("broker"))


async def kill_ingest(line: Line, rng: Random) -> float:
    """Ingest."""
    return await line.devices.next_commit(await line.kill("ingest"))


async def kill_outward(line: Line, rng: Random) -> float:
    """The process of pages and stream. What counts is when the phone has the board again."""
    return await line.phone.back(await line.kill(OUTWARD))


async def kill_device(line: Line, rng: Random) -> float:
    """A device, which starts again as a watchdog would have it; its own next passage counts."""
    name = line.devices.busy(rng)
    at_ns = await line.devices.kill(name)
    await line.devices.start_one(name)
    return await line.devices.next_commit(at_ns, name)


async def kill_all(line: Line, rng: Random) -> float:
    """Every service and every device, as good as at once."""
    at_ns = await line.kill(*SERVICES)
    await asyncio.gather(*map(line.devices.kill, line.devices.names))
    await asyncio.gather(*map(line.devices.start_one, line.devices.names))
    return await line.devices.next_commit(at_ns)


async def kill_serve(line: Line, rng: Random) -> float:
    """`live serve` itself, with which all its children die. The campaign starts it again at once, as systemd would."""
    at_ns = await line.kill_serve()
    await line.serve()
    return await line.devices.next_commit(at_ns)
