"""The bus: MQTT driven from the event loop, without threads. The only module that knows paho.

A `Bus` connects for ever: outages are normal, and what is sent at QoS 1 meanwhile waits in memory. Every delivery is
acknowledged by hand, and only on the connection that it came from: packet numbers start again with each connection,
so a late acknowledgement would confirm another message.
"""

import asyncio
import logging
import random
import socket
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from live.bus_link import BusLink as BusLink
from live.bus_queue import BusQueue
from live.bus_unread import Unread
from live.messages import Message
from live.wire import Outgoing, Topics

log = logging.getLogger(__name__)

MAX_BATCH = 500
"""Deliveries handed over at once."""

MAX_IN_FLIGHT = 50
"""QoS 1 messages of ours that wait for their PUBACK; the others queue here, not in paho."""

MAX_PAYLOAD = 1_000_000
"""Bytes. The broker cuts the connection of whoever sends more, and the same message would come again for ever."""

MAX_UNREAD_BYTES = 64 * 1024 * 1024
"""Of deliveries that nobody took. More is left to the broker where it keeps a session for us, and comes again;
otherwise the connection is dropped, and its state comes anew."""

TURN_BYTES = 256 * 1024
"""Of deliveries handed over at once: whoever comes next does not wait for a megabyte of another's."""

SHARE_AGAIN_S = 0.01

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0

ASK_AGAIN_S = 1.0
"""The broker (nats-server 2.15) takes some ms to know a retained message. Whoever subscribes meanwhile gets it neither
as retained nor live: 1 to 8 of 1,000 pages were never heard. So filters are subscribed once more a little later, and
all retained messages come again."""


class BusRefused(RuntimeError):
    """The broker refused one of our filters: this service would be deaf to it, and must not run."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message from the bus. Whoever takes it must call `ack` when it is safe, or it comes again."""

    topic: str
    payload: bytes
    retained: bool
    _connection: "_Connection" = field(repr=False)
    _packet: int = 0

    def ack(self) -> None:
        """Tell the broker to forget it. Without effect at QoS 0, or when its connection is gone."""
        if self._packet:
            self._connection.ack(self._packet)


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
        self._connection: _Connection | None = None
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
            connection = _Connection(self, clean=not self.persistent or self._new_session)
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


class _Connection:
    """One TCP connection and its paho client; never used again once it is closed."""

    def __init__(self, bus: Bus, *, clean: bool) -> None:
        self.accepted = False
        self.clean = clean
        self.granted = False
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._closed = asyncio.Event()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=bus.link.client_id,
            clean_session=clean,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        self._client.connect_timeout = 3.0
        self._client.max_inflight_messages = 0  # the bus counts them itself
        self._client.username_pw_set(bus.link.user, bus.link.password)
        if bus.link.tls:
            self._client.tls_set_context(ssl.create_default_context())
        if bus.will is not None:
            self._client.will_set(bus.will.topic, bus.will.payload, bus.will.qos, bus.will.retain)

    async def open(self) -> None:
        """Connect the socket and send CONNECT.

        Raises:
            OSError: nobody answers there.
        """
        link, client = self._bus.link, self._client
        if link.is_local:
            client.connect(link.host, link.port, link.keepalive_s)
        else:  # a name to look up, a far host: both may take seconds
            connecting = self._loop.run_in_executor(None, client.connect, link.host, link.port, link.keepalive_s)
            try:
                await asyncio.shield(connecting)
            except asyncio.CancelledError:
                await asyncio.wait([connecting])
                raise
        self._attach()

    def _attach(self) -> None:
        client, sock = self._client, self._client.socket()
        if not isinstance(sock, socket.socket):
            raise ConnectionResetError("closed at once")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or 40 ms pass on every small message
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = lambda client, userdata, packet, code, properties: self._bus._on_confirmed(packet)
        client.on_disconnect = lambda *_: self._closed.set()
        client.on_socket_close = lambda client, userdata, sock: self._detach(sock.fileno())
        client.on_socket_register_write = self._watch_for_room
        client.on_socket_unregister_write = self._no_more_to_write
        self._loop.add_reader(sock.fileno(), self._readable)
        if client.want_write():
            self._watch_for_room(client, None, sock)

    async def until_closed(self) -> None:
        """Keep the connection alive until it ends."""
        while not self._closed.is_set():
            try:
                async with asyncio.timeout(1):
                    await self._closed.wait()
            except TimeoutError:
                self._client.loop_misc()  # pings, and closes when no answer comes

    def _ask_again(self) -> None:
        if not self._closed.is_set():
            self._client.subscribe(list(self._bus.filters))

    def drop(self) -> None:
        """Take the connection for closed."""
        self._closed.set()

    def close(self) -> None:
        """Send DISCONNECT if that is possible at once, and close the socket."""
        client = self._client
        if client.socket() is not None:
            client.disconnect()
            client.loop_write()
        client.on_socket_close = client.on_socket_register_write = client.on_socket_unregister_write = None
        client.on_disconnect = None
        if (sock := client.socket()) is not None:
            self._detach(sock.fileno())
            sock.close()
        self.accepted = self.granted = False

    def send(self, out: Outgoing) -> int:
        """Hand a message to paho; return its packet number."""
        return self._client.publish(out.topic, out.payload, out.qos, out.retain).mid

    def ack(self, packet: int) -> None:
        """Send PUBACK, if this connection still lives."""
        if self._bus._connection is self and not self._closed.is_set():
            self._client.ack(packet, 1)

    def _detach(self, descriptor: int) -> None:
        self._loop.remove_reader(descriptor)
        self._loop.remove_writer(descriptor)

    def _watch_for_room(self, client: mqtt.Client, userdata: Any, sock: Any) -> None:
        self._loop.add_writer(sock.fileno(), client.loop_write)

    def _no_more_to_write(self, client: mqtt.Client, userdata: Any, sock: Any) -> None:
        self._loop.remove_writer(sock.fileno())

    def _readable(self) -> None:
        self._client.loop_read()
        # What TLS has decrypted already makes no socket readable: up to three messages stayed behind without this.
        while isinstance(sock := self._client.socket(), ssl.SSLSocket) and sock.pending():
            self._client.loop_read()

    def _on_connect(self, client: mqtt.Client, userdata: Any, flags: Any, code: Any, properties: Any) -> None:
        if code.is_failure:
            self._bus._on_refused(str(code))
            return
        if self.clean and self._bus.persistent:  # the old session is gone; the next connection begins a new one
            self._bus._new_session = False
            self._loop.call_soon(self.drop)
            return
        self.accepted = True
        self._bus._on_accepted()
        if self._bus.filters:
            client.subscribe(list(self._bus.filters))
        else:
            self._grant()

    def _on_subscribe(self, client: mqtt.Client, userdata: Any, packet: int, codes: Any, properties: Any) -> None:
        refused = [name for (name, _), code in zip(self._bus.filters, codes, strict=True) if code.is_failure]
        if refused:
            self._bus._on_filters_refused(refused)
            self._loop.call_soon(self._client.disconnect)
        else:
            self._grant()

    def _grant(self) -> None:
        if self.granted:
            return
        self.granted = True
        self._bus._on_granted()
        if self._bus.filters and not self._bus.persistent:
            self._loop.call_later(ASK_AGAIN_S, self._ask_again)

    def _on_message(self, client: mqtt.Client, userdata: Any, message: mqtt.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError as error:
            topic = error.object.decode(errors="replace")
        packet = message.mid if message.qos else 0
        if not self._bus._on_delivery(Delivery(topic, bytes(message.payload), message.retain, self, packet)):
            self._loop.call_soon(self._client.disconnect)
