"""Stands in ingest's place on the real bus: says what is stored, and may be made forgetful."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from live.bus import Bus
from live.messages.devices import ClockAnswer, ClockAsked, PassageBatch, Stored
from live.wire import Message
from tests.conftest import RunningBroker


class StandIn:
    """Keeps what it hears. The first `deaf_to` messages of passages are acknowledged and otherwise ignored."""

    def __init__(self, bus: Bus, deaf_to: int = 0) -> None:
        self.heard: list[Message] = []
        self.batches: list[PassageBatch] = []
        self._bus = bus
        self._deaf_to = deaf_to
        self._seqs: dict[tuple[str, str], set[int]] = {}

    @property
    def identities(self) -> list[tuple[str, str, int]]:
        """What came in, in order, each as often as it came."""
        return [passage.identity for batch in self.batches for passage in batch.passages]

    async def listen(self) -> None:
        """Answer until cancelled."""
        async for deliveries in self._bus.deliveries():
            for delivery in deliveries:
                message = self._bus.topics.decode(delivery.topic, delivery.payload)
                self.heard.append(message)
                if isinstance(message, PassageBatch):
                    self._store(message)
                if isinstance(message, ClockAsked):
                    self._bus.publish(ClockAnswer(message.device, message.sent_ms, 1_000, 1_000))
                delivery.ack()

    def _store(self, batch: PassageBatch) -> None:
        self.batches.append(batch)
        if len(self.batches) <= self._deaf_to:
            return
        seqs = self._seqs.setdefault((batch.device, batch.epoch), set())
        seqs |= {passage.seq for passage in batch.passages}
        through = next(n for n in range(len(seqs) + 1) if n + 1 not in seqs)
        self._bus.publish(Stored(batch.device, batch.epoch, through))


@asynccontextmanager
async def stand_in(broker: RunningBroker, deaf_to: int = 0) -> AsyncIterator[StandIn]:
    """Somebody in ingest's place, connected and listening."""
    async with Bus(broker.link("ingest"), broker.topics, broker.topics.for_ingest, persistent=True) as bus:
        await bus.until_connected()
        ingest = StandIn(bus, deaf_to)
        listening = asyncio.create_task(ingest.listen())
        try:
            yield ingest
        finally:
            listening.cancel()
