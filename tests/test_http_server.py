"""The HTTP server as a service uses it: real sockets, a real client, nothing of uvicorn replaced."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from live import http_server
from live.http_server import serve_http

Scope = Mapping[str, Any]
Serve = Callable[..., Awaitable[None]]


async def hello(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Serve) -> None:
    """An application that says hello."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@asynccontextmanager
async def serving(app: Any = hello, **options: Any) -> AsyncIterator[int]:
    """Serve the application on a free port; give the port."""
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(
        serve_http(app, **{"host": "127.0.0.1", "port": 0, "on_listening": listening.set_result, **options})
    )
    try:
        yield await asyncio.wait_for(listening, 10)
    finally:
        server.cancel()
        await asyncio.wait([server])
        assert server.cancelled()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What the server still sends before it closes or cuts the connection."""
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""


async def test_a_request_is_answered_without_naming_the_server() -> None:
    async with serving() as port, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/")
    assert answer.text == "hello"
    assert "server" not in answer.headers


async def test_a_request_that_runs_may_end_when_the_server_stops() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Serve) -> None:
        begun.set()
        await may_end.wait()
        await hello(scope, receive, send)

    async with httpx.AsyncClient(timeout=20) as client:
        async with serving(slow) as port:
            request = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/"))
            await begun.wait()
            asyncio.get_running_loop().call_later(0.3, may_end.set)
        assert (await request).text == "hello"


async def test_a_request_that_never_ends_is_cut_when_the_server_stops() -> None:
    """Also one whose application holds on when it is cancelled."""
    begun, give_up = asyncio.Event(), asyncio.Event()

    async def stuck(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Serve) -> None:
        begun.set()
        while not give_up.is_set():
            try:
                await give_up.wait()
            except asyncio.CancelledError:
                continue

    async with httpx.AsyncClient(timeout=20) as client:
        async with serving(stuck) as port:
            request = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/"))
            await begun.wait()
        with pytest.raises(httpx.RemoteProtocolError):
            await request
    give_up.set()


async def test_idle_connections_are_closed_when_the_server_stops() -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        await reader.readuntil(b"hello")
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_a_port_in_use_is_an_error_that_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        await serve_http(hello, host="127.0.0.1", port=taken.getsockname()[1])


async def test_several_servers_share_a_port_when_asked() -> None:
    async with serving(reuse_port=True) as port, serving(reuse_port=True, port=port) as same:
        assert same == port


async def test_a_head_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "HEAD_S", 0.2)
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: he")
        assert await rest(reader) == b""
        writer.close()


async def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "BODY_S", 0.2)

    async def reading(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Serve) -> None:
        while (await receive()).get("more_body"):
            pass

    async with serving(reading) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhe")
        assert await rest(reader) == b""
        writer.close()


async def test_a_body_may_be_longer_than_a_head_and_a_request_follow_it() -> None:
    async def reading(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Serve) -> None:
        while (await receive()).get("more_body"):
            pass
        await hello(scope, receive, send)

    async with serving(reading) as port, httpx.AsyncClient() as client:
        for _ in range(2):
            answer = await client.post(f"http://127.0.0.1:{port}/", content=bytes(32 * http_server.HEAD_BYTES))
            assert answer.text == "hello"


async def test_a_head_without_end_is_cut_off() -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n")
        ended = asyncio.create_task(rest(reader))
        while not ended.done():
            writer.write(b"x: " + b"y" * 1000 + b"\r\n")
            await asyncio.sleep(0)
        assert await ended == b""
        writer.close()


async def test_who_does_not_read_his_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    async def large(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Serve) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"20000000")]})
        await send({"type": "http.response.body", "body": bytes(19_999_999), "more_body": True})
        await send({"type": "http.response.body", "body": b"."})  # which waits until the first was taken
        ended.set()

    ended = asyncio.Event()
    monkeypatch.setattr(http_server, "STUCK_S", 1)
    async with serving(large) as port:
        with socket.create_connection(("127.0.0.1", port)) as reader:
            reader.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            await asyncio.wait_for(ended.wait(), 20)


async def test_websockets_go_to_the_class_that_was_given() -> None:
    class Refusing(asyncio.Protocol):
        def __init__(self, config: Any, server_state: Any, app_state: Any) -> None:
            self.transport: Any = None

        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            assert data.startswith(b"GET /stream HTTP/1.1\r\n")
            self.transport.write(b"HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n")
            self.transport.close()

    async with serving(ws=Refusing) as port, httpx.AsyncClient() as client:
        answer = await client.get(
            f"http://127.0.0.1:{port}/stream", headers={"Connection": "Upgrade", "Upgrade": "websocket"}
        )
    assert answer.status_code == 418


# --- too many connections ---------------------------------------------------------------------------------------


def own_address() -> str:
    """An address of this machine that is not its loopback: those are not counted."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but its loopback")
        return str(probe.getsockname()[0])


async def asked(host: str, port: int, *lines: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect and send these lines, each for itself."""
    reader, writer = await asyncio.open_connection(host, port)
    for line in lines:
        writer.write(line)
        await asyncio.sleep(0.01)
    return reader, writer


@pytest.mark.parametrize("lines", [(), (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",)])
async def test_one_address_cannot_take_all_connections(
    lines: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by silence nor by keeping open what it has asked through: those of others are still answered."""
    monkeypatch.setattr(http_server, "HEAD_S", 60)
    address = own_address()
    async with serving(host="0.0.0.0", per_address=1) as port, httpx.AsyncClient() as client:
        held = [await asked(address, port, *lines) for _ in range(http_server.BROWSER_CONNECTIONS)]
        reader, writer = await asked(address, port)
        assert await rest(reader) == b""
        assert (await client.get(f"http://127.0.0.1:{port}/")).text == "hello"
        for _, each in (*held, (reader, writer)):
            each.close()
            await each.wait_closed()
        await asyncio.sleep(0.1)
        assert (await client.get(f"http://{address}:{port}/")).text == "hello"


@pytest.mark.parametrize(
    "lines",
    [
        (b"GET /stream HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",),
        (b"GET /stream HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\n", b"Upgrade: websocket\r\n\r\n"),
    ],
)
async def test_streams_are_counted_by_who_serves_them(lines: tuple[bytes, ...]) -> None:
    class Stream(asyncio.Protocol):
        def __init__(self, config: Any, server_state: Any, app_state: Any) -> None:
            self.transport: Any = None

        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")

    address = own_address()
    async with serving(ws=Stream, host="0.0.0.0", per_address=1) as port, httpx.AsyncClient() as client:
        held = []
        for _ in range(2 * http_server.BROWSER_CONNECTIONS):
            held.append(await asked(address, port, *lines))
            assert b"101" in await asyncio.wait_for(held[-1][0].readuntil(b"\r\n\r\n"), 20)
        assert (await client.get(f"http://{address}:{port}/")).text == "hello"
        for _, each in held:
            each.close()


async def test_whoever_says_nothing_takes_no_descriptor_that_is_kept_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http_server, "most_connections", lambda: 0)
    monkeypatch.setattr(http_server, "OWN_FILES", http_server.UNHEARD_FILES + 2)
    async with serving() as port:
        first, second, third = [await asked("127.0.0.1", port) for _ in range(3)]
        assert await rest(third[0]) == b""
        first[1].write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert (await rest(first[0])).startswith(b"HTTP/1.1 503 ")
        for _, each in (first, second, third):
            each.close()
