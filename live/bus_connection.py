"""One connection of a bus: a TCP connection and its paho client. The only module that knows paho."""

import asyncio
import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from live.wire import Outgoing

if TYPE_CHECKING:
    from live.bus import Bus

ASK_AGAIN_S = 1.0
"""The broker (nats-server 2.15) takes some ms to know a retained message. Whoever subscribes meanwhile gets it neither
as retained nor live: 1 to 8 of 1,000 pages were never heard. So filters are subscribed once more a little later, and
all retained messages come again."""

HANDSHAKE_S = 15.0
"""A broker that takes us, answers our pings and says nothing of our filters would leave us mute for ever."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message from the bus. Whoever takes it must call `ack` when it is safe, or it comes again."""

    topic: str
    payload: bytes
    retained: bool
    _connection: "Connection" = field(repr=False)
    _packet: int = 0

    def ack(self) -> None:
        """Tell the broker to forget it. Without effect at QoS 0, or when its connection is gone."""
        if self._packet:
            self._connection.ack(self._packet)


class Connection:
    """One TCP connection and its paho client; never used again once it is closed."""

    def __init__(self, bus: "Bus", *, clean: bool) -> None:
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
        """Keep the connection alive until it ends, or until the broker has not granted our filters for too long."""
        opened_s = self._loop.time()
        while not self._closed.is_set():
            try:
                async with asyncio.timeout(1):
                    await self._closed.wait()
            except TimeoutError:
                self._client.loop_misc()  # pings, and closes when no answer comes
                if not self.granted and self._loop.time() - opened_s > HANDSHAKE_S:
                    self.drop()

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
        # Of a socket with an error uvloop calls us this once and never again, and raises at whoever writes next: a
        # reset right behind words of the broker, of which paho reads a few at a time, ended a device in mid-race.
        sock = self._client.socket()
        if isinstance(sock, socket.socket) and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._detach(sock.fileno())
            self.drop()

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
