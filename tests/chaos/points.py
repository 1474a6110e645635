"""Kill -9 of ingest exactly at a point of the commit path: each await, and each step between two of them."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from tests.chaos.devices import PATIENCE_S, Stalled
from tests.chaos.failpoint import ORDER
from tests.chaos.ground import Ground
from tests.chaos.line import Line

FILE = "point"
MOST_HITS = 30
"""It strikes at one of so many hits, by chance."""


@asynccontextmanager
async def with_failpoints(work: Path) -> AsyncIterator[Ground]:
    """A plain folder; ingest runs with failpoints."""
    yield Ground(
        work, work / "data", module="tests.chaos.with_failpoints", serve_env={ORDER: str(work / FILE)}
    )  # fmt: skip


def kill_at(point: str) -> Callable[[Line, Random], Awaitable[float]]:
    """Return the fault: ingest dies there."""

    async def strike(line: Line, rng: Random) -> float:
        order = line.ground.work / FILE
        struck = order.with_suffix(".struck")
        draft = order.with_suffix(".new")
        draft.write_text(f"{point}\t{rng.randint(1, MOST_HITS)}")
        os.replace(draft, order)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not struck.exists():  # noqa: ASYNC110 - the dead announce nothing
                    await asyncio.sleep(0.002)
        except TimeoutError:
            raise Stalled(f"ingest never came to the point {point}") from None
        at_ns = line.now_ns()
        struck.unlink()
        return await line.devices.next_commit(at_ns)

    return strike
