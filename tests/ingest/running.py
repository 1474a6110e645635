"""Ingest as it runs, on the real broker, and the ears of whoever hears what it says."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

from live.boards import Boards
from live.bus import Bus
from live.config import Config, read_config
from live.ingest.journal import JournalReader, journal_file
from live.ingest.service import run
from live.messages.devices import Passage, PassageBatch
from live.wire import Message, Unreadable
from tests.conftest import DEADLINE_S, START_MS, RunningBroker, until

T = TypeVar("T")
LAP_MS = 800_000


def config_of(broker: RunningBroker, data: Path, **ingest: str) -> Config:
    """Return the settings of an ingest on this broker."""
    given = {"bus.url": f"mqtt://127.0.0.1:{broker.port}", "bus.password": "secret of ingest"}
    return read_config(data, {}, {**given, **{f"ingest.{name}": value for name, value in ingest.items()}})


@contextlib.asynccontextmanager
async def ingest(broker: RunningBroker, data: Path, **settings: str) -> AsyncIterator[asyncio.Task[None]]:
    """Run the service within this loop, from when it is ready until the block ends."""
    ready = asyncio.Event()
    service = asyncio.create_task(run(config_of(broker, data, **settings), broker.event, on_ready=ready.set))
    waiting = asyncio.create_task(ready.wait())
    async with asyncio.timeout(DEADLINE_S):
        await asyncio.wait([service, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if service.done():
            service.result()
        yield service
    finally:
        service.cancel()
        await asyncio.wait([service])


class Ears:
    """Hears everything that a user may hear, and keeps it decoded."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.messages: list[Message] = []
        self.boards: Boards | None = None

    async def listen(self) -> None:
        async for batch in self.bus.deliveries():
            for delivery in batch:
                delivery.ack()
                with contextlib.suppress(Unreadable):
                    message = self.bus.topics.decode(delivery.topic, delivery.payload)
                    self.messages.append(message)
                    if self.boards is not None:
                        self.boards.hear(message)

    def all(self, kind: type[T]) -> list[T]:
        """Return what came of one kind, in order."""
        return [each for each in self.messages if isinstance(each, kind)]

    async def hear(self, kind: type[T], which: Callable[[T], bool] = lambda _: True) -> T:
        """Return the first message of a kind that fits, when it has come."""
        await until(lambda: any(which(each) for each in self.all(kind)), kind.__name__)
        return next(each for each in self.all(kind) if which(each))


@contextlib.asynccontextmanager
async def ears(broker: RunningBroker, user: str = "web", client_id: str = "") -> AsyncIterator[Ears]:
    """Listen as the web does, or as a device."""
    topics = broker.topics
    filters = topics.for_web(client_id or user) if user == "web" else topics.for_device(user)
    async with Bus(broker.link(user, client_id), topics, filters) as bus:
        heard = Ears(bus)
        heard.boards = Boards(broker.event)
        await bus.until_connected()
        listening = asyncio.create_task(heard.listen())
        try:
            yield heard
        finally:
            listening.cancel()
            await asyncio.wait([listening])


def passages(*seqs: int, device: str = "mat-line", epoch: str = "e1", chip: str = "1A") -> PassageBatch:
    """Return a message of a device: one passage for each seq, a minute apart."""
    each = (Passage(device, epoch, seq, START_MS + LAP_MS + seq * 60_000, chip=chip) for seq in seqs)
    return PassageBatch(device, epoch, tuple(each))


async def journaled(data: Path) -> list[Any]:
    """Return the facts in the journal."""
    async with JournalReader(journal_file(data), "test-race") as reader:
        assert await reader.verify() == []
        return [each.fact async for chunk in reader.read() for each in chunk]
