"""Who is written to at once: nobody who left, and no stranger who has his descriptor now."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import cast

import pytest

from live.broadcast.crowds import Crowd
from live.broadcast.ring import opened
from tests.conftest import until

MESSAGE = b"a row of the board"


class Line(asyncio.Protocol):
    """A phone's connection, without what is said on it."""

    transport: asyncio.Transport
    descriptor: int
    deflates, open, silent, words = False, False, 0, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.descriptor = transport.get_extra_info("socket").fileno()
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False


Ends = list[tuple[Line, socket.socket]]


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    """Both ends of three connections."""
    lines: list[Line] = []

    def line() -> Line:
        lines.append(Line())
        return lines[-1]

    server = await asyncio.get_running_loop().create_server(line, "127.0.0.1", 0)
    theirs = []
    for _ in range(3):
        theirs.append(socket.create_connection(server.sockets[0].getsockname()))
        theirs[-1].setblocking(False)
        await until(lambda: [each.open for each in lines] == [True] * len(theirs), "the connection")
    try:
        yield list(zip(lines, theirs, strict=True))
    finally:
        for each, other in zip(lines, theirs, strict=True):
            each.transport.abort()
            other.close()
        server.close()


async def read(theirs: socket.socket) -> bytes:
    async with asyncio.timeout(20):
        return await asyncio.get_running_loop().sock_recv(theirs, 100)


def at(descriptor: int, stack: ExitStack) -> socket.socket:
    """Return the other end of a new pair, one of which has this number."""
    pair = [stack.enter_context(each) for each in socket.socketpair()]
    numbers = [each.fileno() for each in pair]
    if descriptor not in numbers:
        os.dup2(numbers[0], descriptor)
        stack.callback(os.close, descriptor)
        numbers[0] = descriptor
    theirs = pair[1 - numbers.index(descriptor)]
    theirs.setblocking(False)
    return theirs


@pytest.mark.usefixtures("both_ways")
async def test_all_of_a_crowd_are_written_to(ends: Ends) -> None:
    crowd = Crowd()
    for line, _ in ends:
        crowd.add(line)
    with opened() as ring:
        crowd.listed().write(0, 3, MESSAGE, ring)
    assert [await read(theirs) for _, theirs in ends] == [MESSAGE] * 3


@pytest.mark.usefixtures("both_ways")
async def test_who_leaves_in_the_middle_of_a_round_leaves_his_descriptor_to_a_stranger(ends: Ends) -> None:
    crowd = Crowd()
    for line, _ in ends:
        crowd.add(line)
    listed = crowd.listed()
    gone = ends[1][0]
    crowd.drop(gone)
    gone.transport.abort()
    await until(lambda: not gone.open, "the phone to be gone")
    await asyncio.sleep(0)  # its descriptor is closed after that
    with ExitStack() as stack:
        strangers = at(gone.descriptor, stack)
        with opened() as ring:
            listed.write(0, 3, MESSAGE, ring)
        with pytest.raises(BlockingIOError):
            strangers.recv(100)
    assert [await read(ends[0][1]), await read(ends[2][1])] == [MESSAGE] * 2
    assert len(crowd) == 2
    assert len(crowd.listed().phones) == 2
