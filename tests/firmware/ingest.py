"""The real ingest behind the real broker, and what it wrote down."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from live.config import read_config
from live.ingest.journal import JournalReader, journal_file
from live.ingest.service import run
from live.messages.devices import Passage
from tests.conftest import DEADLINE_S, RunningBroker


@contextlib.asynccontextmanager
async def ingesting(broker: RunningBroker, data: Path) -> AsyncIterator[None]:
    """Run ingest within this loop, from when it is ready until the block ends."""
    given = {"bus.url": f"mqtt://127.0.0.1:{broker.port}", "bus.password": "secret of ingest"}
    ready = asyncio.Event()
    service = asyncio.create_task(run(read_config(data, {}, given), broker.event, on_ready=ready.set))
    try:
        async with asyncio.timeout(DEADLINE_S):
            await ready.wait()
        yield
    finally:
        service.cancel()
        await asyncio.wait([service])


async def journaled(broker: RunningBroker, data: Path) -> list[Passage]:
    """Return the passages in the journal, in the order of their numbers."""
    async with JournalReader(journal_file(data), broker.event.id) as reader:
        facts = [each.fact async for chunk in reader.read() for each in chunk]
    return sorted((fact for fact in facts if isinstance(fact, Passage)), key=lambda passage: passage.seq)
