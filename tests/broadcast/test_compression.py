"""One compression context for all phones of a race, read by websockets' own client, with a context of its own."""

import asyncio
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from live.broadcast import context, frames
from tests.broadcast.desk import LAP_MS, Desk, Page, row
from tests.broadcast.served import Phone, Served, narrow_socket, serve
from tests.conftest import until


def reading(served: Served, query: str = "", **options: Any) -> Phone:
    """A phone that reads compressed messages, as every browser does."""
    return served.phone(query, **{"compression": "deflate", **options})


def lap(desk: Desk, number: int) -> None:
    """The next of forty teams ends its next lap."""
    desk.publish(
        desk.cross(str(1 + number * 7 % 40), laps=1 + number // 40, time_ms=LAP_MS * (1 + number // 40) + number)
    )


async def test_a_whole_race_is_read_by_who_was_there_from_the_gun_and_who_joins_in_the_middle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over several generations; every phone, compressed or not, ends with the same list."""
    monkeypatch.setattr(context, "LOG_BYTES", 600)
    desk = Desk(40)
    async with serve(desk) as served, reading(served) as first, served.phone() as plain, asyncio.TaskGroup() as group:
        phones = [reading(served) for _ in range(12)]

        async def follow(phone: Phone) -> Page:
            async with phone:
                await phone.until_version(96)
            return phone.page

        watching = []
        for number in range(96):
            lap(desk, number)
            served.rounds.wake()
            await plain.until_version(number + 1)
            if number % 8 == 0:
                watching.append(group.create_task(follow(phones[number // 8])))
        await first.until_version(96)
        assert first.page.shown == plain.page.shown
        for watched in watching:
            assert (await watched).shown == first.page.shown
    assert first.page.heard.count("board") == 1


async def test_a_crossing_costs_a_phone_little_more_than_what_is_new_in_it() -> None:
    desk = Desk(40)
    async with serve(desk) as served, served.phone() as plain, reading(served):
        room = served.rounds.rooms[desk.race.id]
        await until(lambda: bool(room.shared), "the phone to be in step")
        plain_bytes = 0
        for number in range(40):
            lap(desk, number)
            served.rounds.wake()
            await plain.until_version(number + 1)
            plain_bytes += len(desk.channel.beat()) + 350
        assert desk.channel.generation is not None
        assert desk.channel.generation._size < plain_bytes / 4


async def test_who_comes_back_is_told_what_changed_and_steps_in_with_the_next_generation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """T93."""
    monkeypatch.setattr(context, "EARLY_BYTES", 300)
    desk = Desk(40)
    async with serve(desk) as served, reading(served) as first:
        room = served.rounds.rooms[desk.race.id]
        async with reading(served) as phone:
            await phone.hear()
        lap(desk, 0)
        served.rounds.wake()
        await first.until_version(1)
        async with reading(served, "?since=0&journal=first") as again:
            again.page = phone.page
            await again.until_version(1)
            assert "board" not in again.page.heard[1:]
            assert len(room.between) == 1
            for number in range(1, 20):
                lap(desk, number)
                served.rounds.wake()
                await first.until_version(number + 1)
            await again.until_version(20)
            assert (len(room.between), len(room.shared)) == (0, 2)
            assert again.page.shown == first.page.shown


async def test_what_is_said_to_one_phone_only_does_not_disturb_what_all_share() -> None:
    desk = Desk(401)
    async with serve(desk) as served, reading(served) as phone, reading(served) as other:
        await phone.hear()
        for number in range(10):
            await phone.socket.send('{"type":"follow","bibs":["401","400"]}')
            assert await phone.hear() == "followed"
            await phone.socket.send('{"type":"ping"}')
            assert await phone.hear() == "beat"
            assert not phone.page.drifted
            lap(desk, number)
            served.rounds.wake()
            await phone.until_version(number + 1)
            await other.until_version(number + 1)
        assert phone.page.shown == other.page.shown


@pytest.mark.usefixtures("both_ways")
async def test_a_phone_that_does_not_read_is_right_again_when_it_does() -> None:
    """T97: its context has fallen behind; it is brought to the latest, and back in step."""
    desk = Desk(400)
    async with serve(desk) as served, reading(served) as other:
        room = served.rounds.rooms[desk.race.id]
        sock = narrow_socket(served.port)
        async with reading(served, sock=sock, max_queue=1) as slow:
            version = 0
            while not room.lagging:
                version += 1
                served.publish(
                    *(row(bib, version, version, version * LAP_MS + int(bib) * 7919 % 99_991) for bib in desk.rows)
                )
                await other.until_version(version)
            await slow.until_version(version)
            assert slow.page.shown == other.page.shown
            for _ in range(60):
                version += 1
                served.publish(desk.cross(str(version % 400 + 1), laps=version + 20, time_ms=LAP_MS * version))
                await other.until_version(version)
                await slow.until_version(version)
            assert slow.page.shown == other.page.shown


async def test_a_compressed_word_is_heard() -> None:
    async with serve(Desk()) as served, reading(served) as phone:
        await phone.hear()
        for _ in range(3):
            await phone.socket.send(' {"type":"ping"}'.rjust(500))
            assert await phone.hear() == "beat"


async def test_fragments_of_two_phones_are_kept_apart() -> None:
    async with serve(Desk()) as served, reading(served) as one, reading(served) as two:
        await one.hear()
        await two.hear()
        half, rest = asyncio.Event(), asyncio.Event()

        async def slowly() -> Any:
            yield '{"type":'
            half.set()
            await rest.wait()
            yield '"ping"}'

        sending = asyncio.create_task(one.socket.send(slowly()))
        await half.wait()
        await two.socket.send('{"type":"ping"}')
        assert await two.hear() == "beat"
        rest.set()
        await sending
        assert await one.hear() == "beat"


@pytest.mark.parametrize("size", [80_000, 50_000_000])
async def test_a_bomb_is_not_unpacked(size: int) -> None:
    """RFC 7692, 8: it is cut at what a client may say, not at what it would become."""
    async with serve(Desk()) as served, reading(served) as phone:
        await phone.hear()
        bomb = bytearray(frames.alone(b" " * size))
        assert len(bomb) < 64_000
        header = {126: 4, 127: 10}.get(bomb[1], 2)
        bomb[1] |= 0x80
        phone.socket.transport.write(bytes(bomb[:header]) + bytes(4) + bytes(bomb[header:]))
        with pytest.raises(ConnectionClosed) as closing:
            while True:
                await phone.hear()
        assert closing.value.rcvd is not None
        assert closing.value.rcvd.code == 1009
