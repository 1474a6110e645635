"""More come than a process may have files open: they are told so, and the others go on."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from live.http_server import OWN_FILES
from live.rehearsal.field import Field
from live.rehearsal.folder import write_event
from tests.broadcast.served import Phone
from tests.conftest import DEADLINE_S, START_MS, until
from tests.serving import Served

PHONES = 60
FILES = OWN_FILES + PHONES
ASK = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"


async def answered(phone: Phone) -> bool:
    """Ask the stream whether it lives."""
    await phone.socket.send('{"type":"ping"}')
    async with asyncio.timeout(DEADLINE_S):
        while json.loads(await phone.socket.recv())["type"] != "beat":
            pass
    return True


async def ask(stack: AsyncExitStack, port: int) -> str:
    """Ask for a page and stay connected; return the status, or that there was no answer."""
    async with asyncio.timeout(DEADLINE_S):
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
            writer.write(ASK)
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 503 " in head:
                assert b"\r\nRetry-After: " in head
                json.loads(await reader.read())
            return head.split()[1].decode()
    return "cut"


async def test_who_comes_too_many_is_refused_and_the_others_go_on(
    tmp_path: Path, served: Callable[..., Awaitable[Served]]
) -> None:
    """Phones have their places, pages what is left; the process neither turns idly nor forgets anybody."""
    folder = tmp_path / "event"
    write_event(folder, Field(6, 3, 1, START_MS, gun=True))
    running = await served(folder, files=FILES)
    assert f"{PHONES} phones at once" in running.log.read_text()
    process = running.children()["broadcast+web"]
    url = f"ws://127.0.0.1:{running.port}/api/v1/races/relay/stream"
    async with AsyncExitStack() as stack:
        phones = [await stack.enter_async_context(Phone(url)) for _ in range(PHONES)]
        with pytest.raises(InvalidStatus) as refused:
            await stack.enter_async_context(Phone(url))
        assert (refused.value.response.status_code, refused.value.response.headers["Retry-After"]) == (503, "5")
        async with AsyncExitStack() as browsers:
            answers = Counter([await ask(browsers, running.port) for _ in range(FILES)])
            assert answers.keys() == {"200", "503"}
            idle = [await asyncio.open_connection("127.0.0.1", running.port) for _ in range(FILES)]
            before = process.cpu_times()
            await asyncio.sleep(1)  # a loop that turned on what it cannot accept would use all of it
            after = process.cpu_times()
            assert after.user + after.system - before.user - before.system < 0.5
            assert [await answered(phone) for phone in phones] == [True] * PHONES
            for _, writer in idle:
                writer.close()

        async def is_open() -> bool:
            async with AsyncExitStack() as browser:
                return await ask(browser, running.port) == "200"

        async with asyncio.timeout(DEADLINE_S):
            while not await is_open():  # noqa: ASYNC110 - a door can only be tried
                await asyncio.sleep(0.05)
        assert [await answered(phone) for phone in phones] == [True] * PHONES
    await until(lambda: process.num_fds() < FILES - PHONES, "everybody to be forgotten")
