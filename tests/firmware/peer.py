"""A stand-in for a broker, where one must misbehave: it speaks as much MQTT as a test tells it to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

CONNACK, GRANTED = b"\x20\x02\x00\x00", b"\x01\x00"
SLICE = 3
"""What the stand-in says comes in pieces of so many bytes: packets are cut anywhere."""


@dataclass
class Published:
    """One PUBLISH of the device."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    packet: int = 0


@dataclass
class Peer:
    """What came in, and how it is answered: each answer may be replaced by a test."""

    port: int = 0
    connects: list[bytes] = field(default_factory=list)
    subscribed: list[bytes] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)
    pings: int = 0
    connack: bytes = CONNACK
    granted: bytes = GRANTED
    hear: Callable[[Published], bytes] = lambda message: puback(message)

    serving: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection in a task of its own."""
        self.serving.add(asyncio.create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        try:
            while True:
                answer = self._answer(*await read_packet(reader))
                for begin in range(0, len(answer), SLICE):
                    writer.write(answer[begin : begin + SLICE])
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def _answer(self, head: int, body: bytes) -> bytes:
        match head >> 4:
            case 1:  # CONNECT
                self.connects.append(body)
                return self.connack
            case 8:  # SUBSCRIBE
                self.subscribed.append(body[2:])
                return b"\x90" + bytes((2 + len(self.granted),)) + body[:2] + self.granted
            case 3:  # PUBLISH
                message = published(head, body)
                self.published.append(message)
                return self.hear(message)
            case 4:  # PUBACK
                self.acknowledged.append(int.from_bytes(body))
            case 12:  # PINGREQ
                self.pings += 1
                return b"\xd0\x00"
        return b""


async def read_packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Return first byte and body of the next packet."""
    [head] = await reader.readexactly(1)
    length = shift = 0
    while True:
        [digit] = await reader.readexactly(1)
        length |= (digit & 0x7F) << shift
        shift += 7
        if digit < 0x80:
            return head, await reader.readexactly(length)


def published(head: int, body: bytes) -> Published:
    """Return what a PUBLISH says."""
    end = 2 + int.from_bytes(body[:2])
    qos, topic = head >> 1 & 3, body[2:end].decode()
    if qos:
        return Published(topic, body[end + 2 :], qos, bool(head & 1), int.from_bytes(body[end : end + 2]))
    return Published(topic, body[end:], qos, bool(head & 1))


def puback(message: Published) -> bytes:
    """Return the acknowledgement of a message, where it asks for one."""
    return b"\x40\x02" + message.packet.to_bytes(2) if message.qos else b""


def publish(topic: str, payload: bytes, packet: int = 0) -> bytes:
    """Return PUBLISH, at QoS 1 where it has a packet number."""
    body = len(topic).to_bytes(2) + topic.encode() + (packet.to_bytes(2) if packet else b"") + payload
    size, digits = len(body), b""
    while size > 127:
        size, digits = size >> 7, digits + bytes((size & 0x7F | 0x80,))
    return bytes((0x32 if packet else 0x30,)) + digits + bytes((size,)) + body


def filters(*wanted: tuple[str, int]) -> bytes:
    """Return the topics and their QoS as they stand in SUBSCRIBE."""
    return b"".join(len(topic).to_bytes(2) + topic.encode() + bytes((qos,)) for topic, qos in wanted)


def strings(body: bytes) -> list[bytes]:
    """Return the texts with their length before them that a piece of a packet consists of."""
    found = []
    while body:
        end = 2 + int.from_bytes(body[:2])
        found.append(body[2:end])
        body = body[end:]
    return found


@contextlib.asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[Peer]:
    """Listen on a free port."""
    server = await asyncio.start_server(peer.accept, "127.0.0.1", peer.port)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for task in peer.serving:
            task.cancel()
        await asyncio.gather(*peer.serving, return_exceptions=True)
