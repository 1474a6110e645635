"""A desk whose hub is served over real sockets, and clients of it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from live.addresses import Addresses
from live.broadcast.admission import Admission
from live.broadcast.rounds import Rounds
from live.broadcast.service import now_ms
from live.broadcast.sockets import Sockets
from live.http_server import serve_http
from live.messages.boards import Row
from tests.broadcast.desk import Desk, Page


class Served:
    """The hub of a desk on a port."""

    def __init__(
        self, desk: Desk, *, slow_ms: int, max_phones: int, origins: set[str], addresses: Addresses, compress: bool
    ) -> None:
        self.desk = desk
        self.port = 0
        self.rounds = Rounds(desk.hub, now_ms, slow_ms)
        admission = Admission(self.rounds.rooms, max_phones=max_phones, origins=frozenset(origins), addresses=addresses)
        self.sockets = Sockets(self.rounds, admission, compress=compress)

    @property
    def url(self) -> str:
        """The address of the stream."""
        return f"ws://127.0.0.1:{self.port}/api/v1/races/{self.desk.race.id}/stream"

    def publish(self, *rows: Row) -> None:
        """The hub hears that these rows changed, as from the bus."""
        self.desk.publish(*rows)
        self.rounds.wake()

    def phone(self, query: str = "", **options: Any) -> "Phone":
        """A phone that is about to connect."""
        return Phone(self.url + query, **options)


class Phone:
    """A page at the end of a WebSocket; use it with ``async with``."""

    def __init__(self, url: str, **options: Any) -> None:
        self.page = Page()
        self.socket: ClientConnection
        self._connecting = connect(url, **{"compression": None, "max_size": None, "proxy": None, **options})

    async def __aenter__(self) -> "Phone":
        self.socket = await self._connecting.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.socket.close()

    async def hear(self) -> str:
        """Wait for one message; return its type."""
        async with asyncio.timeout(20):
            self.page.hear(await self.socket.recv())
        return self.page.heard[-1]

    async def until_version(self, version: int) -> None:
        """Hear messages until the page is at this version."""
        async with asyncio.timeout(20):
            while self.page.version != version:
                self.page.hear(await self.socket.recv())


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    """An application for those who want no WebSocket."""
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serve(
    desk: Desk,
    *,
    slow_ms: int = 30_000,
    max_phones: int = 100,
    origins: set[str] | None = None,
    addresses: Addresses | None = None,
    compress: bool = True,
    heard: bool = True,
) -> AsyncIterator[Served]:
    """Serve the desk's race, heard whole or not at all, on a free port."""
    served = Served(
        desk,
        slow_ms=slow_ms,
        max_phones=max_phones,
        origins=origins or set(),
        addresses=addresses or Addresses(100, ()),
        compress=compress,
    )
    if heard:
        desk.publish_all()
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(served.rounds.run()),
            group.create_task(
                serve_http(
                    nobody,
                    host="127.0.0.1",
                    port=0,
                    ws=served.sockets.connection,
                    on_listening=listening.set_result,
                )
            ),
        ]
        try:
            served.port = await asyncio.wait_for(listening, 20)
            yield served
        finally:
            for task in tasks:
                task.cancel()


def narrow_socket(port: int) -> socket.socket:
    """A connection that takes little before its reader reads."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.connect(("127.0.0.1", port))
    sock.setblocking(False)
    return sock


class RawPhone:
    """A client without a library, which answers nothing; use it with ``async with``."""

    def __init__(self, served: Served, path: str | None = None, headers: str = "") -> None:
        self.served = served
        self.path = path or f"/api/v1/races/{served.desk.race.id}/stream"
        self.headers = headers
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter
        self.status = ""

    @property
    def opening(self) -> bytes:
        """Its request."""
        return (
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.served.port}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"{self.headers}\r\n"
        ).encode()

    async def __aenter__(self) -> "RawPhone":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.served.port)
        self.writer.write(self.opening)
        async with asyncio.timeout(20):
            self.status = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def frame(self) -> bytes:
        """One frame of the server, with its header."""
        async with asyncio.timeout(20):
            header = await self.reader.readexactly(2)
            header += await self.reader.readexactly({126: 2, 127: 8}.get(header[1], 0))
            size = header[1] if len(header) == 2 else int.from_bytes(header[2:])
            return header + await self.reader.readexactly(size)

    async def rest(self) -> bytes:
        """Everything until the server closes."""
        async with asyncio.timeout(20):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""
