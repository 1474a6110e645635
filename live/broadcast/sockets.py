"""The WebSocket end of the stream: handshake, what clients say, closing. The only module that knows websockets.

`Sockets.connection` is given to the HTTP server, which builds one for each connection that asks for a WebSocket. We
own the transport; websockets' Sans-I/O protocol does the handshake and reads what a client sends, and exists only
while there is something to read: a spectator who only listens costs a small object and no parser.
"""

import asyncio
import logging
import re
import socket
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from live import wire
from live.broadcast.following import MAX_WORD, Follow, Forbidden, read_word
from live.broadcast.rounds import LEAVING_MS, Room, Rounds, Wire

log = logging.getLogger(__name__)
log.setLevel(logging.WARNING)  # websockets tells every connection at INFO

STREAM = re.compile(r"/api/v1/races/([^/]+)/stream")
SEND_BUFFER = 64 * 1024
"""What the kernel holds for one phone. Without it one that stopped reading took 2.8 MB of old standings."""

UNSENT = 16 * 1024
"""What we hold for one phone before it leaves the rounds."""

MAX_FRAME = 64 * 1024
"""Whoever sends more is cut before it is read (1009); what is only longer than `MAX_WORD` is refused (1008)."""

MAX_WORDS = 60
"""Between two pings; nobody needs as many."""

PONG = b"\x8a\x80"
"""How the answer to our empty ping begins; a mask of four bytes follows."""


class Plain:
    """The wire class of those who negotiated no extension: each message is one text frame."""

    ping = Frame(Opcode.PING, b"").serialize(mask=False)
    goodbye = Frame(Opcode.CLOSE, int(CloseCode.SERVICE_RESTART).to_bytes(2)).serialize(mask=False)

    def frame(self, messages: list[bytes]) -> bytes:
        """Return one text frame for each message."""
        return b"".join(Frame(Opcode.TEXT, message).serialize(mask=False) for message in messages)


PLAIN = Plain()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody may not have the stream."""

    status: int
    title: str
    detail: str


class Sockets:
    """All WebSockets of this process."""

    def __init__(self, rounds: Rounds, *, max_phones: int, origins: frozenset[str]) -> None:
        """`origins` are the sites, besides our own, whose pages may open the stream; ``*``: all."""
        self.rounds = rounds
        self.phones = 0
        self._max_phones = max_phones
        self._origins = origins

    def connection(self, config: Any, server_state: Any, app_state: Any) -> "Connection":
        """Return the protocol of one new connection; uvicorn's arguments."""
        return Connection(self, server_state.connections)

    def admit(self, request: Request) -> tuple[Room, int | None, str | None] | Refusal:
        """Return the room asked for, with the version and the journal that the client holds, or why not."""
        url = urlsplit(request.path)
        match = STREAM.fullmatch(url.path)
        room = self.rounds.rooms.get(unquote(match[1])) if match else None
        if room is None:
            return Refusal(404, "Not found", f"there is no stream at {url.path}")
        origins, hosts = request.headers.get_all("Origin"), request.headers.get_all("Host")
        if not all(self._is_welcome(origin, hosts) for origin in origins):
            return Refusal(403, "Not allowed", f"pages of {', '.join(origins)} may not open this stream")
        if self.phones > self._max_phones:  # this one counts already
            return Refusal(503, "Not available right now", "as many watch as this server can serve")
        asked = parse_qs(url.query)
        since = asked.get("since", [""])[-1]
        return (
            room,
            int(since) if re.fullmatch(r"\d{1,16}", since, re.ASCII) else None,
            asked.get("journal", [None])[-1],
        )

    def _is_welcome(self, origin: str, hosts: list[str]) -> bool:
        """A browser says whose page asks; other programs say nothing and are no danger to anybody's session."""
        if "*" in self._origins or origin.lower() in self._origins:
            return True
        return [urlsplit(origin).netloc.lower()] == [host.lower() for host in hosts]


class Connection(asyncio.Protocol):
    """One phone. Small, because thousands of them are touched in every round."""

    __slots__ = ("_among", "_parser", "_parts", "_sockets", "open", "room", "silent", "transport", "wire", "words")

    transport: asyncio.Transport
    room: Room

    def __init__(self, sockets: Sockets, among: set[Any]) -> None:
        """`among` are the server's connections: on them it calls `shutdown` when it stops."""
        self.wire: Wire = PLAIN
        self.open = False
        self.silent = 0
        self.words = 0
        self._sockets = sockets
        self._among = among
        self._parser: ServerProtocol | None = ServerProtocol(logger=log)
        self._parts: list[bytes] | None = None

    # -- called by the event loop and by uvicorn ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The HTTP server hands over its transport."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._among.add(self)
        self._sockets.phones += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """The phone is gone."""
        self._among.discard(self)
        self._sockets.phones -= 1
        self._sockets.rounds.leaving.pop(self, None)
        self._out()

    def pause_writing(self) -> None:
        """The phone does not take what it was sent."""
        if self.open:
            self.room.pause(self, self._sockets.rounds.now_ms())

    def resume_writing(self) -> None:
        """The phone has taken everything."""
        if self.open:
            self.room.resume(self)
            self._sockets.rounds.wake()

    def shutdown(self) -> None:
        """The server stops: say so, and close."""
        if self.open and self.room.in_step(self):
            self.transport.write(self.wire.goodbye)
            self.transport.close()
        else:
            self.transport.abort()
        self._out()

    def data_received(self, data: bytes) -> None:
        """First the request, then what the client says."""
        if not self.open:
            if self._parser is not None and self._parser.state is State.CONNECTING:
                self._shake_hands(self._parser, data)
            return
        self.silent = 0
        if self._parser is None and len(data) == 6 and data.startswith(PONG):
            return
        if self._parser is None:
            self._parser = ServerProtocol(state=State.OPEN, max_size=MAX_FRAME, logger=log)
        self._parser.receive_data(data)
        for event in self._parser.events_received():
            if self.open:
                assert isinstance(event, Frame)
                self._take(self._parser, event)
        self._flush(self._parser)

    # -- the handshake --------------------------------------------------------------------------------------------

    def _shake_hands(self, parser: ServerProtocol, data: bytes) -> None:
        parser.receive_data(data)
        requests = parser.events_received()
        if not requests:  # no HTTP that websockets accepts
            self.transport.close()
            return
        assert isinstance(requests[0], Request)
        response = parser.accept(requests[0])
        admitted = self._sockets.admit(requests[0])
        if response.status_code == 101 and isinstance(admitted, Refusal):
            response = parser.reject(admitted.status, _problem(admitted))
            del response.headers["Content-Type"]
            response.headers["Content-Type"] = "application/problem+json"
            if admitted.status == 503:
                response.headers["Retry-After"] = "5"
        parser.send_response(response)
        self._parser = None
        self.transport.write(b"".join(parser.data_to_send()))
        if response.status_code != 101 or isinstance(admitted, Refusal):
            self.transport.close()
            return
        self.open = True
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.transport.set_write_buffer_limits(high=UNSENT, low=0)
        self.room, since, journal = admitted
        self.room.join(self, since, journal)
        self._sockets.rounds.wake()

    # -- what clients say -----------------------------------------------------------------------------------------

    def _take(self, parser: ServerProtocol, frame: Frame) -> None:
        self.words += 1
        if self.words > MAX_WORDS or frame.opcode is Opcode.BINARY:
            self._forbid(parser)
        elif frame.opcode is Opcode.TEXT or frame.opcode is Opcode.CONT:
            self._parts = [*(self._parts or ()), bytes(frame.data)]
            if sum(map(len, self._parts)) > MAX_WORD:
                self._forbid(parser)
            elif frame.fin:
                said, self._parts = b"".join(self._parts), None
                self._answer(parser, said)

    def _answer(self, parser: ServerProtocol, said: bytes) -> None:
        try:
            word = read_word(said)
        except Forbidden:
            self._forbid(parser)
            return
        channel = self.room.channel
        if isinstance(word, Follow):
            answer = channel.followers.put(self, word.bibs)
        elif channel.sent is not None:
            answer = channel.beat()
        else:
            return  # it waits for the board, which is answer enough
        if self.room.in_step(self):
            self.transport.write(self.wire.frame([answer]))

    def _forbid(self, parser: ServerProtocol) -> None:
        self._out()
        parser.fail(CloseCode.POLICY_VIOLATION, "only follow and ping")

    def _flush(self, parser: ServerProtocol) -> None:
        """Send what the parser has to say; its end of stream closes our side, and the client closes its own."""
        for data in parser.data_to_send():
            if data:
                self.transport.write(data)
            else:
                self._out()
                self._parser = None
                self._sockets.rounds.leaving[self] = self._sockets.rounds.now_ms() + LEAVING_MS
                self.transport.write_eof()

    def _out(self) -> None:
        """No more rounds for this phone."""
        if self.open:
            self.open = False
            self.room.leave(self)


def _problem(refusal: Refusal) -> str:
    members = {"type": "about:blank", "title": refusal.title, "status": refusal.status, "detail": refusal.detail}
    return wire.to_json(members).decode()
