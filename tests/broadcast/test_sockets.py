"""The stream over real sockets: uvicorn on one side, websockets' client or bare bytes on the other."""

import asyncio
import json
import socket
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from live.addresses import Addresses
from live.broadcast import rounds
from tests.broadcast.desk import LAP_MS, Desk, Page, row
from tests.broadcast.served import Phone, RawPhone, narrow_socket, serve
from tests.conftest import until


async def closed(phone: Phone) -> int:
    """Hear until the server closes; return its code."""
    with pytest.raises(ConnectionClosed) as closing:
        while True:
            await phone.hear()
    assert closing.value.rcvd is not None
    return closing.value.rcvd.code


# --- board and changes ------------------------------------------------------------------------------------------


async def test_a_phone_that_joins_is_given_the_board_and_then_what_changes() -> None:
    async with serve(Desk()) as served, served.phone() as phone:
        assert await phone.hear() == "board"
        served.publish(served.desk.cross("3"))
        assert await phone.hear() == "changes"
        assert (phone.page.bibs[0], phone.page.version) == ("3", 1)


async def test_a_phone_that_comes_back_is_told_only_what_changed() -> None:
    """T93, T95."""
    async with serve(Desk()) as served:
        async with served.phone() as phone:
            await phone.hear()
            served.publish(served.desk.cross("3"))
            await phone.until_version(1)
        served.publish(served.desk.cross("2"))
        async with served.phone("?since=1&journal=first") as again:
            again.page = phone.page
            await again.until_version(2)
            assert again.page.bibs[:2] == ["2", "3"]
            assert "board" not in again.page.heard[1:]


@pytest.mark.parametrize("query", ["?since=7", "?since=-1", "?since=x", "?since=", "?since=0&journal=other"])
async def test_a_phone_that_says_what_nobody_knows_is_given_the_whole(query: str) -> None:
    async with serve(Desk()) as served, served.phone(query) as phone:
        assert await phone.hear() == "board"


@pytest.mark.usefixtures("both_ways")
async def test_whoever_joins_in_the_middle_of_it_ends_with_the_same_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the middle of a round, which is written slice by slice."""
    monkeypatch.setattr(rounds, "SLICE", 3)
    monkeypatch.setattr(rounds, "WELCOMES", 2)
    desk = Desk(40)
    async with serve(desk) as served, asyncio.TaskGroup() as group, served.phone() as first:
        phones = [served.phone() for _ in range(20)]

        async def follow(phone: Phone) -> Page:
            async with phone:
                await phone.until_version(60)
            return phone.page

        watching = [group.create_task(follow(phone)) for phone in phones[:10]]
        for number in range(60):
            served.publish(desk.cross(str(1 + number * 7 % 40), laps=1 + number // 40, time_ms=LAP_MS + number % 5))
            if number % 6 == 0:
                watching.append(group.create_task(follow(phones[10 + number // 6])))
                await asyncio.sleep(0.02)
        await first.until_version(60)
        for watched in watching:
            assert (await watched).shown == first.page.shown


async def test_a_phone_never_goes_back_in_time() -> None:
    """The page that it loaded may be newer than the last round: it waits for the next."""
    async with serve(Desk()) as served, served.phone() as first:
        await first.hear()
        served.publish(served.desk.cross("3"))
        await first.until_version(1)
        served.publish(served.desk.cross("2"))
        async with served.phone("?since=2") as phone:
            told = json.loads(await phone.socket.recv())
        assert (told["type"], told["from"], told["version"]) == ("changes", 2, 2)


async def test_a_phone_that_comes_before_the_board_is_given_it_when_it_is_there() -> None:
    desk = Desk()
    async with serve(desk, heard=False) as served, served.phone() as phone:
        await phone.socket.send('{"type":"ping"}')
        await phone.socket.send('{"type":"follow","bibs":["1"]}')
        await phone.socket.ping()
        desk.publish_all()
        served.rounds.wake()
        assert await phone.hear() == "board"


# --- slow phones ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("both_ways")
async def test_a_phone_that_does_not_read_delays_nobody_and_ends_with_the_latest() -> None:
    """T97: it leaves the rounds, nothing piles up for it, and it is in step again when it reads."""
    desk = Desk(400)
    async with serve(desk) as served, served.phone() as other:
        sock = narrow_socket(served.port)
        async with served.phone(sock=sock, max_queue=1) as slow:
            for lap in range(1, 13):
                served.publish(*(row(bib, lap, lap, lap * LAP_MS + int(bib)) for bib in desk.rows))
                await other.until_version(lap)
            await slow.until_version(12)
            assert slow.page.shown == other.page.shown
            assert len(slow.page.heard) < 8
            served.publish(desk.cross("7", laps=20))
            await slow.until_version(13)
            assert slow.page.bibs[0] == "7"


@pytest.mark.usefixtures("both_ways")
async def test_a_phone_that_takes_nothing_for_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """T97."""
    monkeypatch.setattr(rounds, "CHECK_EVERY_MS", 50)
    async with serve(Desk(400), slow_ms=300) as served, served.phone() as other, RawPhone(served):
        for lap in range(1, 60):
            served.publish(*(row(bib, lap, 1, lap * LAP_MS + int(bib)) for bib in served.desk.rows))
            await other.until_version(lap)
            if served.sockets.phones == 1:
                break
        await until(lambda: served.sockets.phones == 1, "the slow phone to be cut")


# --- what clients may say ---------------------------------------------------------------------------------------


async def test_ping_is_answered_by_a_beat_with_the_check_of_the_list() -> None:
    async with serve(Desk()) as served, served.phone() as phone:
        await phone.hear()
        await phone.socket.send('{"type":"ping"}')
        assert await phone.hear() == "beat"
        assert not phone.page.drifted


async def test_a_word_may_come_in_fragments() -> None:
    async with serve(Desk()) as served, served.phone() as phone:
        await phone.hear()
        await phone.socket.send(iter(['{"type":', '"ping"', "}"]))
        assert await phone.hear() == "beat"


async def test_followed_teams_below_the_head_are_told() -> None:
    desk = Desk(401)
    async with serve(desk) as served, served.phone() as phone:
        await phone.hear()
        await phone.socket.send('{"type":"follow","bibs":["401","1"]}')
        assert await phone.hear() == "followed"
        assert [each["bib"] for each in phone.page.followed or ()] == ["401"]
        served.publish(*(desk.cross(str(bib), time_ms=LAP_MS + bib) for bib in range(1, 300)))
        served.publish(desk.cross("401", time_ms=LAP_MS * 2))
        while phone.page.followed and phone.page.followed[0]["laps"] == 0:
            await phone.hear()
        assert [(each["bib"], each["place"]) for each in phone.page.followed or ()] == [("401", 300)]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("hello", 1008),
        ('{"type":"subscribe"}', 1008),
        ('{"type":"follow","bibs":[12]}', 1008),
        (b'{"type":"ping"}', 1008),
        ('{"type":"ping","pad":"' + "x" * 5_000 + '"}', 1008),
        ("x" * 60_000, 1008),
        (b"\xff" * 5_000, 1008),
        ('{"type":"ping","pad":"' + "x" * 500_000 + '"}', 1009),
    ],
)
async def test_anything_else_that_is_said_closes_the_connection(said: str | bytes, code: int) -> None:
    async with serve(Desk()) as served, served.phone() as phone:
        await phone.hear()
        await phone.socket.send(said)
        assert await closed(phone) == code
        await until(lambda: served.sockets.phones == 0)


async def test_a_word_in_fragments_is_refused_once_it_is_too_long() -> None:
    async with serve(Desk()) as served, served.phone() as phone:
        await phone.hear()

        async def forever() -> AsyncIterator[str]:
            while True:
                yield "x" * 1_000
                await asyncio.sleep(0.01)

        sending = asyncio.create_task(phone.socket.send(forever()))
        assert await closed(phone) == 1008
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_a_follow_of_fifty_long_bibs_is_heard() -> None:
    """4,096 bytes are enough for as many as a page may follow."""
    said = json.dumps({"type": "follow", "bibs": ["1" * 64] * 50})
    async with serve(Desk()) as served, served.phone() as phone:
        await phone.hear()
        await phone.socket.send(said.ljust(4_096))
        assert await phone.hear() == "followed"


async def test_a_flood_of_words_closes_the_connection() -> None:
    async with serve(Desk()) as served, served.phone() as phone:
        await phone.hear()
        for _ in range(100):
            await phone.socket.send('{"type":"ping"}')
        assert await closed(phone) == 1008


async def test_who_was_shown_out_cannot_come_in_again_by_the_same_door(caplog: pytest.LogCaptureFixture) -> None:
    """His second opening on a connection that is closing is not heard: it would be counted, and never given back."""
    async with serve(Desk(), addresses=Addresses(1, ())) as served:
        crowd = "X-Forwarded-For: 198.51.100.1\r\n"
        async with RawPhone(served, headers=crowd) as raw:
            await raw.frame()
            raw.writer.write(b"\x88\x80\x00\x00\x00\x00")
            assert (await raw.frame())[0] == 0x88
            raw.writer.write(raw.opening)
            assert await raw.rest() == b""
        await until(lambda: served.sockets.phones == 0)
        async with RawPhone(served, headers=crowd) as again:
            assert again.status.startswith("HTTP/1.1 101 ")
    assert not caplog.records


@pytest.mark.parametrize("headers", ["", "X-One: 1\r\nX-One: 2\r\n"], ids=["ordinary", "by the book"])
async def test_who_hangs_up_before_he_is_answered_is_no_failure(headers: str, caplog: pytest.LogCaptureFixture) -> None:
    """What was reset before it was accepted has no peer."""
    async with serve(Desk()) as served:
        with socket.create_connection(("127.0.0.1", served.port)) as hasty:
            hasty.sendall(RawPhone(served, headers=headers).opening)
            hasty.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        async with served.phone() as phone:
            assert await phone.hear() == "board"
        await until(lambda: served.sockets.phones == 0)
    assert not caplog.records


async def test_bytes_that_are_no_frame_close_the_connection() -> None:
    async with serve(Desk()) as served, RawPhone(served) as raw:
        raw.writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert b"\x88" in await raw.rest()


# --- the handshake ----------------------------------------------------------------------------------------------


async def test_programs_name_no_origin_and_are_welcome() -> None:
    async with serve(Desk()) as served, served.phone(origin=None) as phone:
        assert await phone.hear() == "board"


async def test_pages_of_this_server_and_of_listed_sites_are_welcome() -> None:
    async with serve(Desk(), origins={"https://club.example"}) as served:
        for origin in (f"http://127.0.0.1:{served.port}", "https://club.example", "https://CLUB.example"):
            async with served.phone(origin=origin) as phone:
                assert await phone.hear() == "board"


@pytest.mark.parametrize("tail", ["", ".evil.example", "1"])
async def test_pages_of_other_sites_are_refused(tail: str) -> None:
    async with serve(Desk(), origins={"https://club.example"}) as served:
        mine = f"http://127.0.0.1:{served.port}"
        for origin in ("null", "https://evil.example", "http://club.example", f"https://club.example{tail or '.be'}"):
            with pytest.raises(InvalidStatus) as refused:
                async with served.phone(origin=origin):
                    pass
            assert refused.value.response.status_code == 403
        with pytest.raises(InvalidStatus):
            async with served.phone(origin=f"{mine}{tail or '0'}"):
                pass


async def test_a_star_welcomes_the_pages_of_all_sites() -> None:
    async with serve(Desk(), origins={"*"}) as served, served.phone(origin="https://evil.example") as phone:
        assert await phone.hear() == "board"


@pytest.mark.parametrize("path", ["/api/v1/races/nobody/stream", "/api/v1/races/relay/streams", "/", "/live"])
async def test_a_stream_that_does_not_exist_is_a_problem_document(path: str) -> None:
    async with serve(Desk()) as served, RawPhone(served, path) as raw:
        assert raw.status.startswith("HTTP/1.1 404 ")
        assert "Content-Type: application/problem+json\r\n" in raw.status
        problem = json.loads(await raw.rest())
        assert (problem["status"], path in problem["detail"]) == (404, True)


async def test_when_all_seats_are_taken_the_next_is_asked_to_come_back() -> None:
    async with serve(Desk(), max_phones=1) as served, served.phone() as phone:
        await phone.hear()
        async with RawPhone(served) as raw:
            assert raw.status.startswith("HTTP/1.1 503 ")
            assert "Retry-After: " in raw.status


async def test_a_request_that_is_no_handshake_is_refused() -> None:
    async with serve(Desk()) as served, RawPhone(served, headers="Sec-WebSocket-Key: another\r\n") as raw:
        assert raw.status.startswith("HTTP/1.1 400 ")


async def test_compression_can_be_switched_off() -> None:
    async with serve(Desk(), compress=False) as served, served.phone(compression="deflate") as phone:
        assert "Sec-WebSocket-Extensions" not in phone.socket.response.headers  # type: ignore[union-attr]
        assert await phone.hear() == "board"


# --- long connections -------------------------------------------------------------------------------------------


async def test_who_answers_no_ping_is_gone_who_answers_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "CHECK_EVERY_MS", 20)
    monkeypatch.setattr(rounds, "PING_TURNS", 5)
    async with serve(Desk()) as served, served.phone() as phone, RawPhone(served) as raw:
        assert (await raw.rest()).endswith(b"\x89\x00" * 2)
        await until(lambda: served.sockets.phones == 1)
        await phone.hear()
        served.publish(served.desk.cross("1"))
        await phone.until_version(1)


async def test_not_all_are_pinged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is asked answers: thousands of answers at once would hold up a crossing."""
    clock = 0
    monkeypatch.setattr("tests.broadcast.served.now_ms", lambda: clock)
    monkeypatch.setattr(rounds, "PING_TURNS", 3)
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(serve(Desk()))
        phones = [await stack.enter_async_context(RawPhone(served)) for _ in range(6)]
        boards = [await phone.frame() for phone in phones]
        assert all(b'"type":"board"' in each for each in boards)
        for turn in range(3):
            clock += rounds.CHECK_EVERY_MS
            served.publish(served.desk.cross(f"{turn + 1}"))
            assert all([b'"type":"changes"' in await phone.frame() for phone in phones])
            assert [await phone.frame() for phone in phones[2 * turn : 2 * turn + 2]] == [b"\x89\x00"] * 2


async def test_silence_is_broken_by_a_beat() -> None:
    desk = Desk()
    desk.channel._beat_ms = 100
    async with serve(desk) as served, served.phone() as phone:
        await phone.hear()
        assert await phone.hear() == "beat"
        assert await phone.hear() == "beat"
        assert not phone.page.drifted


async def test_a_server_that_stops_says_that_it_restarts() -> None:
    async with serve(Desk()) as served:
        phone = await served.phone().__aenter__()
        await phone.hear()
    assert await closed(phone) == 1012


async def test_a_phone_that_leaves_in_good_order_is_answered_and_forgotten() -> None:
    async with serve(Desk()) as served:
        async with served.phone() as phone:
            await phone.hear()
        assert phone.socket.close_code == 1000
        await until(lambda: served.sockets.phones == 0)
        served.publish(served.desk.cross("1"))


# --- bytes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("headers", "most"), [("", 2_048), ("Sec-WebSocket-Extensions: permessage-deflate\r\n", 700)])
async def test_among_50_000_a_crossing_costs_a_phone_less_than_2_kib(headers: str, most: int) -> None:
    """The runner in place 200 comes to the next mat as the hundredth and pushes a hundred; a third of it compressed."""
    desk = Desk(50_000)
    bibs = list(desk.rows)[::-1]
    early = [row(bib, 1, 0, 900_000 + number, key=(1, 0, 0, -5_000, number)) for number, bib in enumerate(bibs)]
    desk.rows.update({each.bib: each for each in early})
    desk.version = 1
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)

    def read(frame: bytes) -> Any:
        payload = frame[4:]
        return json.loads(inflate.decompress(payload + b"\x00\x00\xff\xff") if frame[0] & 0x40 else payload)

    async with serve(desk) as served, RawPhone(served, headers=headers) as raw:
        board = await raw.frame()
        assert bool(board[0] & 0x40) == bool(headers)
        assert len(read(board)["standings"]) == 200
        served.publish(row(bibs[199], 2, 1, 2_000_000, key=(1, 0, 0, -5_000, 99, 0)))
        crossing = await raw.frame()
        told = read(crossing)
    assert ([each["index"] for each in told["standings"]], len(told["places"])) == ([100], 99)
    assert len(crossing) < most
