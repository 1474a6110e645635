"""Connections that are reset in the middle of what the broker says: whoever used them goes on over the next one."""

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from live.bus import Bus, BusLink
from live.messages.devices import Passage, PassageBatch, Stored
from live.rehearsal.device import Device
from tests.conftest import DEADLINE_S, RunningBroker, until

RESETS = 5


class Gate:
    """A TCP connection to the broker whose answers can be held back, and come together with a reset."""

    def __init__(self, broker_port: int) -> None:
        self.port = 0
        self.held = b""
        self.holds = False
        self._broker_port = broker_port
        self._writer: asyncio.StreamWriter | None = None

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what comes from either side, until one of them goes."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._broker_port)
        self._writer, self.held, self.holds = writer, b"", False
        answering = asyncio.create_task(self._answer(far_reader, writer))
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65_536):
                far_writer.write(chunk)
        answering.cancel()
        far_writer.close()
        writer.close()

    def reset(self) -> None:
        """Give the client what was held and the reset in one go: it sees both at the same moment."""
        assert self._writer is not None
        descriptor = self._writer.get_extra_info("socket").fileno()
        os.write(descriptor, self.held)
        with socket.socket(fileno=os.dup(descriptor)) as same:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65_536):
            if self.holds:
                self.held += chunk
            else:
                writer.write(chunk)


@pytest.fixture
async def gate(broker: RunningBroker) -> AsyncIterator[Gate]:
    """Stand between a client and the broker."""
    standing = Gate(broker.port)
    async with await asyncio.start_server(standing.accept, "127.0.0.1", 0) as server:
        standing.port = server.sockets[0].getsockname()[1]
        yield standing


def passages(seqs: range) -> list[Passage]:
    """Return passages of the mat at the line."""
    return [Passage("mat-line", "e1", seq, at_ms=1_000 + seq, chip="1A") for seq in seqs]


async def test_a_device_goes_on_after_a_reset_that_follows_words_of_the_broker(
    broker: RunningBroker, gate: Gate
) -> None:
    """uvloop ends its watching of a socket that was reset, and calls nobody again though something is unread."""
    seen: set[int] = set()
    link = BusLink("127.0.0.1", gate.port, "mat-line", "secret of mat-line", "mat-line")
    device = Device(link, broker.topics, "e1", lambda: 1_000)
    async with (
        Bus(broker.link("ingest"), broker.topics, broker.topics.for_ingest, persistent=True) as ingest,
        asyncio.TaskGroup() as group,
    ):
        await ingest.until_connected()
        listening = group.create_task(listen(ingest, broker, seen))
        running = group.create_task(device.run())
        for number in range(RESETS):
            await reset_behind_words(device, ingest, gate, number)
        await until(lambda: seen == set(range(1, 1 + 10 * RESETS)), "every passage")
        device.leave()
        async with asyncio.timeout(DEADLINE_S):
            await running
        listening.cancel()


async def reset_behind_words(device: Device, ingest: Bus, gate: Gate, number: int) -> None:
    """Reset the connection of this number behind some watermarks, while the device has ten more passages to send."""
    await until(lambda: device.connections > number, "a connection")
    gate.holds = True
    for seq in range(3):  # more words than are read at once
        ingest.publish(Stored("mat-line", "e0", seq))
    await until(lambda: len(gate.held) > 150, "the words for the device")
    for passage in passages(range(1 + 10 * number, 11 + 10 * number)):
        device.put(passage)
    gate.reset()


async def listen(ingest: Bus, broker: RunningBroker, seen: set[int]) -> None:
    """Note which passages came, and acknowledge them."""
    async for deliveries in ingest.deliveries():
        for delivery in deliveries:
            message = broker.topics.decode(delivery.topic, delivery.payload)
            if isinstance(message, PassageBatch):
                seen.update(passage.seq for passage in message.passages)
            delivery.ack()
