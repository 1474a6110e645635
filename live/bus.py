"""The bus: MQTT driven from the event loop, without threads (`bus_connection` is the only module that knows paho).

A `Bus` connects for ever: outages are normal, and what is sent at QoS 1 meanwhile waits in memory. Every delivery is
acknowledged by hand, and only on the connection that it came from: packet numbers start again with each connection,
so a late acknowledgement would confirm another message.
"""

import asyncio
import logging
import random
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

from live.bus_connection import Connection
from live.bus_connection import Delivery as Delivery
from live.bus_link import BusLink as BusLink
from live.bus_queue import BusQueue
from live.bus_unread import Unread
from live.wire import Message, Outgoing, Topics

log = logging.getLogger(__name__)

MAX_BATCH = 500
"""Deliveries handed over at once."""

MAX_IN_FLIGHT = 50
"""QoS 1 messages of ours that wait for their PUBACK; the others queue here, not in paho."""

MAX_PAYLOAD = 8_000_000
"""Bytes. The broker cuts the connection of whoever sends more, and the same message would come again for ever."""

MAX_UNREAD_BYTES = 64 * 1024 * 1024
"""Of deliveries that nobody took. More is left to the broker where it keeps a session for us, and comes again;
otherwise the connection is dropped, and its state comes anew."""

TURN_BYTES = 256 * 1024
"""Of deliveries handed over at once: whoever comes next does not wait for a megabyte of another's."""

SHARE_AGAIN_S = 0.01

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
"""Between two tries to connect. After a power cut the broker is up within seconds: who waited longer would be late."""


class BusRefused(RuntimeError):
    """The broker refused one of our filters: this service would be deaf to it, and must not run."""


class Bus:
    """A connection to the broker that comes back by itself; use it with ``async with``.

    `filters` are subscribed on every connection, before anything is sent. `will` is what the broker says for us when
    the connection breaks. A `persistent` session collects QoS 1 messages for us while we are away, and its topics are
    heard in turns: one that floods does not hold up the others.
    """

    def __init__(
        self,
        link: BusLink,
        topics: Topics,
        filters: Sequence[tuple[str, int]],
        *,
        will: Outgoing | None = None,
        persistent: bool = False,
        each_per_s: int = 0,
    ) -> None:
        """Connect later, when the block is entered. `each_per_s` bounds how fast one topic is heard; 0: as it comes."""
        self.link = link
        self.topics = topics
        self.filters = tuple(filters)
        self.will = will
        self.persistent = persistent
        self.generation = 0
        self.refusal: str | None = None
        self._connection: Connection | None = None
        self._running: asyncio.Task[None] | None = None
        self._fatal: BusRefused | None = None
        self._new_session = False
        self._unread: Unread[Delivery] = Unread(MAX_UNREAD_BYTES, in_turns=persistent, each_per_s=each_per_s)
        self._arrived = asyncio.Event()
        self._moved = asyncio.Event()
        self._queue = BusQueue(MAX_IN_FLIGHT)

    async def __aenter__(self) -> Self:
        """Begin to connect; does not wait for it."""
        self._running = asyncio.create_task(self._stay_connected(), name=f"bus {self.link.client_id}")
        self._running.add_done_callback(lambda _: self._wake_all())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect in good order. What was not yet sent is lost: `flush` first where that matters."""
        assert self._running is not None
        self._running.cancel()
        await asyncio.wait([self._running])
        if not self._running.cancelled() and (failure := self._running.exception()) is not None:
            raise failure

    @property
    def connected(self) -> bool:
        """The broker took our credentials and granted every filter."""
        return self._connection is not None and self._connection.granted

    @property
    def waiting(self) -> int:
        """How many QoS 1 messages were not yet confirmed. A sender of many keeps an eye on it."""
        return len(self._queue)

    @property
    def waiting_bytes(self) -> int:
        """How many bytes those hold. While the broker confirms nothing they grow: whoever feeds us keeps an eye."""
        return self._queue.bytes

    def publish(self, message: Message | Outgoing) -> None:
        """Send a message; never blocks.

        Without a connection QoS 0 is lost and QoS 1 waits, where a newer retained message takes the place of an
        older one of its topic.

        Raises:
            ValueError: an id in it cannot stand in a topic, or it is too large for the broker.
        """
        out = message if isinstance(message, Outgoing) else self.topics.encode(message)
        if len(out.payload) > MAX_PAYLOAD:
            raise ValueError(f"{len(out.payload):,} bytes on {out.topic}: the broker takes {MAX_PAYLOAD:,}")
        if any(letter.isspace() or letter in "+#\0" for letter in out.topic):
            raise ValueError(f"{out.topic!r} is no topic to publish on")
        if out.qos == 0:
            # A session's messages may come before its filters are granted, and their answers need not wait.
            if self._connection is not None and self._connection.accepted:
                self._connection.send(out)
            return
        self._queue.put(out)
        self._send_waiting()

    async def deliveries(self, most: int = MAX_BATCH) -> AsyncIterator[list[Delivery]]:
        """Yield what came in, as many at a time as there are, `most` at most. Never ends by itself.

        Raises:
            BusRefused: the broker refused a filter.
        """
        while True:
            if taken := self._unread.take(most, TURN_BYTES, time.monotonic()):
                yield taken
                continue
            self._raise_if_over()
            if self._unread:  # all that waits has had its share
                await asyncio.sleep(SHARE_AGAIN_S)
                continue
            self._arrived.clear()
            await self._arrived.wait()

    async def until_connected(self) -> None:
        """Wait for a connection with every filter granted.

        Raises:
            BusRefused: the broker refused a filter.
        """
        while not self.connected:
            await self._until_moved()

    def reconnect(self, *, new_session: bool = False) -> None:
        """Drop the connection; it comes back by itself. With `new_session` the broker first forgets what it held."""
        self._new_session = self._new_session or new_session
        if self._connection is not None:
            self._connection.drop()

    async def flush(self) -> None:
        """Wait until the broker has confirmed every QoS 1 message published so far.

        Raises:
            BusRefused: the broker refused a filter; nothing will be sent any more.
        """
        published_so_far = self._queue.last
        while self._queue.holds(published_so_far):
            await self._until_moved()

    async def _until_moved(self) -> None:
        self._raise_if_over()
        self._moved.clear()
        await self._moved.wait()

    def _raise_if_over(self) -> None:
        if self._fatal is not None:
            raise self._fatal
        if self._running is not None and self._running.done():
            self._running.result()

    def _wake_all(self) -> None:
        self._arrived.set()
        self._moved.set()

    # -- one connection after another -----------------------------------------------------------------------------

    async def _stay_connected(self) -> None:
        pause_s = FIRST_PAUSE_S
        while self._fatal is None:
            connection = Connection(self, clean=not self.persistent or self._new_session)
            try:
                await connection.open()
                self._connection = connection
                await connection.until_closed()
                if connection.granted:
                    pause_s = FIRST_PAUSE_S
            except ssl.SSLError as error:
                self._on_refused(str(error))
            except OSError as error:
                log.info("%s: no connection to %s:%d: %s", self.link.client_id, self.link.host, self.link.port, error)
            finally:
                self._connection = None
                connection.close()
                self._queue.take_back()
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _send_waiting(self) -> None:
        if self._connection is not None and self._connection.granted:
            self._queue.send(self._connection.send)

    # -- what a connection reports --------------------------------------------------------------------------------

    def _on_accepted(self) -> None:
        self.generation += 1
        self.refusal = None
        if self.persistent:  # what was not acknowledged comes again on this connection
            kept = [delivery for delivery in self._unread if not delivery._packet]
            self._unread.clear()
            for delivery in kept:
                self._unread.put(delivery)

    def _on_granted(self) -> None:
        log.info("%s: connected to %s:%d", self.link.client_id, self.link.host, self.link.port)
        self._send_waiting()
        self._moved.set()

    def _on_refused(self, reason: str) -> None:
        if self.refusal != reason:
            log.error("The broker refuses %s (user %s): %s", self.link.client_id, self.link.user, reason)
        self.refusal = reason

    def _on_filters_refused(self, refused: list[str]) -> None:
        self._fatal = BusRefused(f"the broker refuses {self.link.user} the topics {', '.join(refused)}")
        self._wake_all()

    def _on_confirmed(self, packet: int) -> None:
        if self._queue.confirm(packet):
            self._send_waiting()
            self._moved.set()

    def _on_delivery(self, delivery: Delivery) -> bool:
        """Keep the delivery; return False when there is no room, and the connection must be made anew for its sake."""
        if self._unread.put(delivery):
            self._arrived.set()
            return True
        if self.persistent:  # not acknowledged: it comes again, when there is room
            return True
        log.error("%s: %d bytes unread, connecting anew", self.link.client_id, self._unread.bytes)
        self._unread.clear()
        return False
