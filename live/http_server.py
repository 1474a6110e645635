"""The one door to uvicorn: an ASGI application served inside our own event loop, with sockets of our own making.

The application has no lifespan here: what a service needs before or besides its requests, its own tasks do. Signals
are the service's too; whoever wants the server to stop cancels `serve_http`, which then takes at most 3 s.

Uvicorn 0.54 waits for ever for the rest of a request, and for who does not read its answer, and sets no bound to the
size of a head. `_Guarded` does all three.
It gives a connection to whoever asks, too, also where one address asks for all that a process may have open:
`Callers` counts them from the moment that they are accepted.
What asks for a WebSocket in one piece, as browsers do, goes straight to its connection (`_Front`): uvicorn's parser
would cost each of ten thousand phones that come back at once 80 µs. Uvicorn is given both classes (`http=`, `ws=`).
"""

import asyncio
import logging
import re
import resource
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from live.addresses import Addresses, Networks

log = logging.getLogger(__name__)

BACKLOG = 4_096
"""Connections waiting to be accepted. With 512 the crowd after a restart lost SYNs, and some waited a whole second."""

HEAD_S = 10
"""A request's head must be complete by then: from the connection, and from the first byte of each later request."""

BODY_S = 60
"""So long may a body take to arrive: the largest that is read, 1 MB, at 17 kB a second."""

STUCK_S = 30
"""Whoever takes nothing of an answer for so long is cut: what he did not take, and a descriptor, are kept for him."""

HEAD_BYTES = 64 * 1024
UPGRADE_BYTES = 8 * 1024
"""A request for a WebSocket that is longer takes the long way."""

UPGRADE = re.compile(rb"\r\n[Uu]pgrade:[ \t]*websocket[ \t]*\r\n")

GRACE_S = 2
"""Whole seconds that running requests get to end."""

STOP_S = 2.8
"""Everything is over by then: the grace, and uvicorn's pauses around it."""

OWN_FILES = 200
"""Descriptors of a process beside its phones: files, libraries, pipes, browsers that load a page."""

SPARE_FILES = 100
"""Of these, what is kept free of browsers: a process without a descriptor cannot even say that it has none."""

UNHEARD_FILES = 50
"""Of those kept free, how many are for saying so: who would take one more is cut before he has said a word."""

BROWSER_CONNECTIONS = 6
"""What a browser opens at most to one server, beside its stream."""

BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 5\r\n"
    b"Cache-Control: no-store\r\nConnection: close\r\nContent-Length: 119\r\n\r\n"
    b'{"type":"about:blank","title":"Not available right now","status":503,'
    b'"detail":"as many ask as this server can answer"}\n'
)

ConnectionFactory = Callable[..., asyncio.Protocol]
"""Called with `config`, `server_state`, `app_state` for each WebSocket; given the request's bytes as first data."""


async def serve_http(
    app: Any,
    *,
    host: str,
    port: int,
    ws: ConnectionFactory | None = None,
    per_address: int = sys.maxsize,
    uncounted: Networks = (),
    reuse_port: bool = False,
    on_listening: Callable[[int], None] | None = None,
    on_stopping: Callable[[], None] | None = None,
) -> None:
    """Serve the ASGI application until cancelled.

    `ws` takes over every connection that asks for a WebSocket, and counts it itself. All others from one address that
    is not in `uncounted` are as many as the browsers of `per_address` phones may open, and never more than half of
    what this process may have; one more is cut. `reuse_port` lets several processes listen on one
    port. `on_listening` is told the port as soon as connections are accepted; `port` 0 takes a free one. `on_stopping`
    is called before running requests get their grace: what they wait for may have to come to an end.

    Raises:
        OSError: the address is in use, or none of this machine's.
    """
    listening = await _listen(host, port, reuse_port)
    with listening:
        callers = Addresses(min(per_address * BROWSER_CONNECTIONS, max(most_connections() // 2, 1)), uncounted)
        server = _Server(_settings(app, ws, callers), lambda: on_listening and on_listening(listening.getsockname()[1]))
        serving = asyncio.create_task(server.serve(sockets=[listening]), name=f"http {host}:{port}")
        try:
            await asyncio.shield(serving)
        finally:
            if on_stopping is not None:
                on_stopping()
            await server.stop(serving)


def most_connections() -> int:
    """Return how many connections this process may have open, at least 0, beside the files of its own."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if files == resource.RLIM_INFINITY else max(files - OWN_FILES, 0)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the service that runs us."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()

    async def stop(self, serving: asyncio.Task[None]) -> None:
        """End within `STOP_S`: ask, wait, then cut what is left."""
        self.should_exit = True
        await asyncio.wait([serving], timeout=STOP_S)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if not serving.done():
            serving.cancel()
            await asyncio.wait([serving])


def _settings(app: Any, ws: ConnectionFactory | None, callers: Addresses) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        # Uvicorn only calls them: a function that builds the connection does as well as a class.
        http=cast("type[asyncio.Protocol]", partial(_Front, callers, most_connections() + OWN_FILES)),
        ws=cast("type[asyncio.Protocol]", ws) if ws else "none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        workers=1,
        forwarded_allow_ips=["127.0.0.1", "::1"],
        backlog=BACKLOG,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=GRACE_S,
    )


async def _listen(host: str, port: int, reuse_port: bool) -> socket.socket:
    """Return a bound socket; uvicorn begins to listen on it."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind(address)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


class _Front(asyncio.Protocol):
    """Looks at a connection's first bytes, and gives it to those who can read them."""

    __slots__ = ("_app_state", "_callers", "_config", "_deadline", "_most", "_state", "_whose", "transport")

    transport: asyncio.Transport
    _deadline: asyncio.TimerHandle

    def __init__(
        self,
        callers: Addresses,
        most: int,
        config: uvicorn.Config,
        server_state: Any,
        app_state: Any,
        _loop: Any = None,
    ) -> None:
        """Uvicorn's arguments, after those whom we count and how many this process may have."""
        self._callers = callers
        self._most = most
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self._whose: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._state.connections.add(self)
        self._deadline = asyncio.get_running_loop().call_later(HEAD_S, self.transport.abort)
        peer = transport.get_extra_info("peername")
        whose = self._callers.whose(peer[0], None) if peer else None
        if peer is None or self._are_too_many(UNHEARD_FILES) or not self._callers.enter(whose):
            self.transport.abort()
            return
        self._whose = whose

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        self._state.connections.discard(self)
        self._callers.leave(self._whose)

    def shutdown(self) -> None:
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._deadline.cancel()
        if self._are_too_many(SPARE_FILES):
            self.transport.write(BUSY)
            self.transport.close()
            return
        self._state.connections.discard(self)
        leave = partial(self._callers.leave, self._whose)
        build: Any = self._config.ws_protocol_class if _asks_for_websocket(data) else None
        if build is None:
            build = partial(_Guarded, leave)
        else:
            leave()
        protocol = build(config=self._config, server_state=self._state, app_state=self._app_state)
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        protocol.data_received(data)

    def _are_too_many(self, spare: int) -> bool:
        """Whether this process has more open than leaves it so many descriptors."""
        return len(self._state.connections) > self._most - spare


def _asks_for_websocket(data: bytes) -> bool:
    """Whether this is a whole head, and nothing after it, of a request for a WebSocket; if in doubt, no."""
    return (
        len(data) <= UPGRADE_BYTES
        and data.startswith(b"GET ")
        and data.find(b"\r\n\r\n") == len(data) - 4
        and UPGRADE.search(data) is not None
    )


class _Guarded(HttpToolsProtocol):
    """HTTP whose requests have deadlines, their heads a limit; a stranger's open connections cost nothing for long."""

    _deadline: asyncio.TimerHandle | None = None
    _in_head = False
    _head_bytes = 0

    def __init__(self, leave: Callable[[], None], **given: Any) -> None:
        """`leave` is called once, when the connection is no longer one for pages; `given` is uvicorn's."""
        super().__init__(**given)
        self._leave = leave

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        self._leave()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        own = transport.get_extra_info("socket")
        own.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STUCK_S * 1_000)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES and len(data) < self._head_bytes:
                self.transport.abort()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._arrived()
        super().on_headers_complete()
        if self.scope["method"] not in ("GET", "HEAD"):
            self._deadline = self.loop.call_later(BODY_S, self.transport.abort)

    def on_message_complete(self) -> None:
        self._arrived()
        super().on_message_complete()

    def _await_head(self) -> None:
        self._arrived()
        self._in_head = True
        self._deadline = self.loop.call_later(HEAD_S, self.transport.abort)

    def _arrived(self) -> None:
        self._in_head, self._head_bytes = False, 0
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
