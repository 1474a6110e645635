"""Sends through io_uring: what arrives is what `send` would have brought, and what does not is told."""

import socket
from array import array
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from live.broadcast.ring import SLOTS, Ring, opened

MESSAGE = b"a row of the board"
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def ring() -> Iterator[Ring]:
    """A ring, where the kernel gives one."""
    with opened() as ring:
        if ring is None:
            pytest.skip("this kernel gives no io_uring")
        yield ring


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    """Sockets of ours, each with the phone's end."""
    with ExitStack() as stack:
        made = [socket.socketpair() for _ in range(40)]
        for pair in made:
            for each in pair:
                each.setblocking(False)
                stack.enter_context(each)
        yield made


def ours(pairs: list[Pair]) -> "array[int]":
    """The descriptors to write to."""
    return array("i", [mine.fileno() for mine, _ in pairs])


def fill(sock: socket.socket) -> int:
    """Write until the kernel takes no more; return how much it took."""
    taken = 0
    try:
        while True:
            taken += sock.send(bytes(1 << 16))
    except BlockingIOError:
        return taken


def test_all_get_the_same_bytes_round_after_round(ring: Ring, pairs: list[Pair]) -> None:
    """Over the end of the ring, which is no multiple of 37, more than once."""
    for number in range(3 * SLOTS // 37):
        data = MESSAGE + str(number).encode()
        assert ring.send(ours(pairs[:37]), data) == []
        assert [theirs.recv(100) for _, theirs in pairs[:37]] == [data] * 37


def test_who_takes_nothing_or_is_gone_is_told_and_the_others_get_it(ring: Ring, pairs: list[Pair]) -> None:
    fill(pairs[3][0])
    pairs[17][1].close()
    assert sorted(ring.send(ours(pairs), MESSAGE)) == [(3, 0), (17, 0)]
    others = [theirs for number, (_, theirs) in enumerate(pairs) if number not in (3, 17)]
    assert [theirs.recv(100) for theirs in others] == [MESSAGE] * 38


def test_who_takes_a_part_is_told_how_much(ring: Ring) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    with listening, socket.create_connection(listening.getsockname()) as theirs:
        mine, _ = listening.accept()
        with mine:
            mine.setblocking(False)
            data = bytes(range(256)) * (1 << 16)
            ((index, took),) = ring.send(array("i", [mine.fileno()]), data)
            assert index == 0
            assert 0 < took < len(data)
            got = b""
            while len(got) < took:
                got += theirs.recv(1 << 20)
            assert got == data[:took]


def test_as_many_as_there_are_slots_are_served_at_once(ring: Ring, pairs: list[Pair]) -> None:
    assert ring.send(ours(pairs[:32]) * (SLOTS // 32), b"x") == []
    assert [theirs.recv(SLOTS) for _, theirs in pairs[:32]] == [b"x" * (SLOTS // 32)] * 32


def test_a_ring_that_fails_says_so_and_what_was_not_sent(ring: Ring, pairs: list[Pair]) -> None:
    """Its file is taken from it, as by nobody but this test."""
    ring.close()
    assert sorted(ring.send(ours(pairs), MESSAGE)) == [(number, 0) for number in range(40)]
    assert not ring.works
