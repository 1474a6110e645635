"""The WebSocket end of the stream: handshake, what clients say, closing. The only module that knows websockets.

`Sockets.connection` is given to the HTTP server, which builds one for each connection that asks for a WebSocket. We
own the transport. websockets' Sans-I/O protocol does every handshake that is not quite ordinary (`handshake`), and
reads what a client sends; it exists only where there is something to read: a spectator who only listens costs a small
object and no parser.
"""

import asyncio
import logging
import socket
import zlib
from collections.abc import Sequence
from typing import Any, cast

from websockets.exceptions import NegotiationError
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from live.broadcast import frames
from live.broadcast.admission import Admission, Admitted, Refusal
from live.broadcast.following import MAX_WORD, Follow, Forbidden, read_word
from live.broadcast.handshake import Opening, read
from live.broadcast.rooms import Room
from live.broadcast.rounds import LEAVING_MS, Rounds
from live.strict_json import to_json

log = logging.getLogger(__name__)
log.setLevel(logging.WARNING)  # websockets tells every connection at INFO

SEND_BUFFER = 64 * 1024
"""What the kernel holds for one phone; without it one that stopped reading took 2.8 MB of old standings. Whose buffer
does not take all of a message leaves the rounds, so we hold no more than its rest."""

MAX_FRAME = 64 * 1024
"""Whoever sends more is cut before it is read (1009); what is only longer than `MAX_WORD` is refused (1008)."""

MAX_WORDS = 60
"""Between two pings; nobody needs as many."""

PONG = b"\x8a\x80"
"""How the answer to our empty ping begins; a mask of four bytes follows."""


GOODBYE = frames.close(CloseCode.SERVICE_RESTART)


class Sockets:
    """All WebSockets of this process."""

    def __init__(self, rounds: Rounds, admission: Admission, *, compress: bool) -> None:
        """`admission` decides who may come in; `compress`: who can read compressed messages gets them."""
        self.rounds = rounds
        self.admission = admission
        self.extensions = [SharedDeflateFactory()] if compress else None
        self.phones = 0

    def connection(self, config: Any, server_state: Any, app_state: Any) -> "Connection":
        """Return the protocol of one new connection; uvicorn's arguments."""
        return Connection(self, server_state.connections)


class SharedDeflateFactory(ServerPerMessageDeflateFactory):
    """Agrees to compression where all can share it: with our context kept, in the largest window."""

    def __init__(self) -> None:
        super().__init__(client_no_context_takeover=True)

    def process_request_params(
        self, params: Sequence[tuple[str, str | None]], accepted_extensions: Sequence[Any]
    ) -> tuple[list[tuple[str, str | None]], PerMessageDeflate]:
        """Raise NegotiationError where a client asks for less; another offer of his may fit."""
        answer, extension = super().process_request_params(params, accepted_extensions)
        if extension.local_no_context_takeover or extension.local_max_window_bits < zlib.MAX_WBITS:
            raise NegotiationError("one context is shared by all")
        return answer, extension


class Connection(asyncio.Protocol):
    """One phone. Small, because thousands of them are touched in every round."""

    __slots__ = (
        *("_among", "_parser", "_parts", "_sockets", "_whose"),
        *("deflates", "descriptor", "open", "room", "silent", "transport", "words"),
    )

    transport: asyncio.Transport
    room: Room

    def __init__(self, sockets: Sockets, among: set[Any]) -> None:
        """`among` are the server's connections: on them it calls `shutdown` when it stops."""
        self.deflates = False
        self.open = False
        self.silent = 0
        self.words = 0
        self._sockets = sockets
        self._among = among
        self._parser: ServerProtocol | None = None
        self._parts: list[bytes] | None = None
        self._whose: str | None = None

    # -- called by the event loop and by uvicorn ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The HTTP server hands over its transport."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.transport.set_write_buffer_limits(high=0)
        own = transport.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.descriptor = own.fileno()
        self._among.add(self)
        self._sockets.phones += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """The phone is gone."""
        self._among.discard(self)
        self._sockets.phones -= 1
        self._sockets.admission.leave(self._whose)
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
            self._sockets.rounds.joined()

    def shutdown(self) -> None:
        """The server stops: say so, and close."""
        if self.open and self.room.in_step(self):
            self.transport.write(GOODBYE)
            self.transport.close()
        else:
            self.transport.abort()
        self._out()

    def data_received(self, data: bytes) -> None:
        """First the request, whole, then what the client says."""
        if not self.open:
            if self not in self._sockets.rounds.leaving and not self.transport.is_closing():
                self._shake_hands(data)
            return
        self.silent = 0
        if self._parser is None and len(data) == 6 and data.startswith(PONG):
            return
        if self._parser is None:
            self._parser = _reader(self.deflates)
        self._parser.receive_data(data)
        for event in self._parser.events_received():
            if self.open:
                assert isinstance(event, Frame)
                self._take(self._parser, event)
        self._flush(self._parser)

    # -- the handshake --------------------------------------------------------------------------------------------

    def _shake_hands(self, request: bytes) -> None:
        answer = read(request)
        if answer is None:
            self._shake_hands_by_the_book(request)
            return
        admitted = self._admit(answer.opening)
        if isinstance(admitted, Refusal):
            self._shake_hands_by_the_book(request)  # which words the refusal
            return
        deflating = answer.deflates and self._sockets.extensions is not None
        self.transport.write(answer.switching(deflating))
        self._join(admitted, deflating)

    def _shake_hands_by_the_book(self, request: bytes) -> None:
        parser = ServerProtocol(extensions=self._sockets.extensions, logger=log)
        parser.receive_data(request)
        requests = parser.events_received()
        if not requests:  # no HTTP that websockets accepts
            self.transport.close()
            return
        assert isinstance(requests[0], Request)
        response = parser.accept(requests[0])
        admitted = self._admit(_opening(requests[0]))
        if response.status_code == 101 and isinstance(admitted, Refusal):
            response = _refused(parser, admitted)
        parser.send_response(response)
        self.transport.write(b"".join(parser.data_to_send()))
        if response.status_code != 101 or isinstance(admitted, Refusal):
            self.transport.close()
            return
        self._join(admitted, bool(parser.extensions))

    def _admit(self, opening: Opening) -> Admitted | Refusal:
        peer = self.transport.get_extra_info("peername")[0]
        admitted = self._sockets.admission.admit(opening, peer, self._sockets.phones)
        if isinstance(admitted, Admitted):
            self._whose = admitted.whose
        return admitted

    def _join(self, admitted: Admitted, deflates: bool) -> None:
        self.open, self.deflates = True, deflates
        self.room = admitted.room
        self.room.join(self, admitted.since, admitted.journal)
        if self.transport.get_write_buffer_size():  # the kernel is short of memory: not even our answer was taken
            self.pause_writing()
        self._sockets.rounds.joined()

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
            self.transport.write(frames.text(answer))

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


def _reader(deflates: bool) -> ServerProtocol:
    """Return what reads a client's frames, up to `MAX_FRAME` uncompressed; between two messages it holds nothing."""
    parser = ServerProtocol(state=State.OPEN, max_size=MAX_FRAME, logger=log)
    if deflates:
        window = zlib.MAX_WBITS
        parser.extensions = [PerMessageDeflate(True, True, window, window)]  # no context is kept, either way
    return parser


def _opening(request: Request) -> Opening:
    headers = request.headers
    forwarded = headers.get_all("X-Forwarded-For")
    return Opening(
        path=request.path,
        origins=tuple(headers.get_all("Origin")),
        hosts=tuple(headers.get_all("Host")),
        forwarded=", ".join(forwarded) if forwarded else None,
    )


def _refused(parser: ServerProtocol, refusal: Refusal) -> Response:
    members = {"type": "about:blank", "title": refusal.title, "status": refusal.status, "detail": refusal.detail}
    response = parser.reject(refusal.status, to_json(members).decode())
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/problem+json"
    if refusal.status in (429, 503):
        response.headers["Retry-After"] = "5"
    return response
