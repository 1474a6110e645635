"""A device gone mad: 10,000 messages a second as fast as sockets take them, and back at once when it is thrown out.

`python -m bench.flood PORT EVENT DEVICE` runs until it is killed, and prints each second how many messages it sent and
how many the broker has acknowledged. It speaks MQTT by itself: paho would wait for acknowledgements. A message is
encoded once, then only numbered and dated: what a flood costs here is taken from those who are flooded.
"""

import asyncio
import sys
import time

from live.messages.devices import Passage, PassageBatch
from live.wire import Topics

EVERY_S = 0.01
AT_ONCE = 100
"""Messages every 10 ms."""
BACK_S = 0.05
MOST_OWED_S = 2.0
"""What it could not send while it was refused it sends once it is back, and so comes to as many in the mean."""
LEAST = 1_000_000_000
"""The first `seq`, so that each is as long as the next."""


class Flood:
    """One connection after another."""

    def __init__(self, port: int, event: str, device: str) -> None:
        self.port, self.device = port, device
        self._form = _form(event, device)
        self.seq = 0
        self.acknowledged = 0
        self._due_s = time.monotonic()

    async def run(self) -> None:
        """Flood until killed."""
        while True:
            try:
                await self._flood()
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(BACK_S)

    async def _flood(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(
            _packet(
                0x10, _text("MQTT") + b"\x04\xc2\x00\x3c" + b"".join(map(_text, (self.device,) * 2)) + _text("secret")
            )
        )
        await reader.readexactly(4)
        listening = asyncio.create_task(self._count(reader))
        try:
            while not listening.done():
                writer.write(b"".join(self._message() for _ in range(AT_ONCE)))
                await writer.drain()
                self._due_s = max(self._due_s + EVERY_S, time.monotonic() - MOST_OWED_S)
                await asyncio.sleep(self._due_s - time.monotonic())
        finally:
            listening.cancel()
            writer.close()

    async def _count(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(65_536):
            self.acknowledged += len(data) // 4

    def _message(self) -> bytes:
        """One chip that lies on the mat."""
        self.seq += 1
        packet = (self.seq % 65_535 + 1).to_bytes(2, "big")
        return self._form % (packet, LEAST + self.seq, time.time_ns() // 1_000_000)


def _form(event: str, device: str) -> bytes:
    """A message as it goes over the wire, with a place for the packet's number, `seq` and the instant (ms)."""
    now_ms = time.time_ns() // 1_000_000
    out = Topics(event).encode(PassageBatch(device, "e", (Passage(device, "e", LEAST, now_ms, "0R"),)))
    begin = _text(out.topic)
    form = _packet(0x32, begin + bytes(2) + out.payload).replace(b"%", b"%%")
    form = form.replace(begin + bytes(2), begin + b"%b", 1)
    return form.replace(b"%d" % LEAST, b"%d", 1).replace(b"%d" % now_ms, b"%d", 1)


def _packet(head: int, body: bytes) -> bytes:
    length, digits = len(body), bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        digits.append(digit | 0x80 if length else digit)
        if not length:
            return bytes([head]) + digits + body


def _text(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


async def main() -> None:
    """Flood, and say how it goes."""
    flood = Flood(int(sys.argv[1]), sys.argv[2], sys.argv[3])
    running = asyncio.create_task(flood.run())
    while not running.done():
        print(flood.seq, flood.acknowledged, flush=True)
        await asyncio.sleep(1)
    running.result()


if __name__ == "__main__":
    asyncio.run(main())
