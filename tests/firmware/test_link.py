"""The link on the real MicroPython: against the real broker and ingest, and against one who misbehaves."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from live.ingest.journal import journal_file
from live.messages.devices import DeviceStatus, Passage
from live.restore import restore
from tests.conftest import DEADLINE_S, RunningBroker, until
from tests.firmware.board import SCRIPTS, Running, running
from tests.firmware.ingest import ingesting, journaled
from tests.firmware.peer import Peer, Published, filters, listening, puback, publish, strings
from tests.rehearsal.stand_in import StandIn, stand_in

STATION = SCRIPTS / "station.py"


def settings(folder: Path, port: int, **more: Any) -> dict[str, Any]:
    """Return what mat-line of the test race must know."""
    return {
        "EVENT": "test-race",
        "DEVICE": "mat-line",
        "TOKEN": "secret of mat-line",
        "BROKER_HOST": "127.0.0.1",
        "BROKER_PORT": port,
        "BATTERY_PIN": None,
        "OUTBOX_FOLDER": str(folder / "outbox"),
        **more,
    }


def kept(board: Running) -> dict[int, str]:
    """Return the passages that the board said it had kept."""
    return {seq: chip for said in board.said for seq, chip in said.get("kept", ())}


def troubles(board: Running) -> list[str]:
    """Return what the board said about its connection."""
    return [said["trouble"] for said in board.said if "trouble" in said]


async def complains(board: Running, trouble: str) -> None:
    """Listen until the board says this about its connection; an empty text: that all is well."""
    while troubles(board)[-1:] != [trouble]:
        heard = len(board.said)
        await board.listen(heard + 1)
        assert len(board.said) > heard, f"it ended without saying {trouble!r}: {troubles(board)}"


def statuses(ingest: StandIn) -> list[DeviceStatus]:
    """Return what the device said about itself."""
    return [message for message in ingest.heard if isinstance(message, DeviceStatus)]


# --- the real broker --------------------------------------------------------------------------------------------


async def test_passages_reach_the_journal_once_as_they_were_kept(broker: RunningBroker, tmp_path: Path) -> None:
    async with (
        ingesting(broker, tmp_path),
        running(STATION, settings(tmp_path, broker.port), 300, "run", "clock") as board,
    ):
        await board.until_ended()
    marks, journal = board.said[-1], await journaled(broker, tmp_path)
    assert [passage.seq for passage in journal] == list(range(1, 301))
    assert {passage.seq: passage.chip for passage in journal} == {
        seq: chip.upper() for seq, chip in kept(board).items()
    }
    assert {passage.epoch for passage in journal} == {marks["epoch"]}
    assert marks["clock"] is not None


async def test_what_was_made_without_a_network_is_delivered_late(broker: RunningBroker, tmp_path: Path) -> None:
    """T09, T28: with the instants at which it happened."""
    async with running(STATION, settings(tmp_path, 1), 100, "offline", None) as board:
        await board.listen(40)
    async with (
        ingesting(broker, tmp_path),
        running(STATION, settings(tmp_path, broker.port), 0, "online", "stored") as online,
    ):
        await online.until_ended()
    journal = await journaled(broker, tmp_path)
    assert len(kept(board)) <= len(journal) == online.said[-1]["last_seq"]
    assert [passage.at_ms for passage in journal] == sorted(passage.at_ms for passage in journal)


async def test_killed_again_and_again_nothing_is_lost_and_nothing_doubled(
    broker: RunningBroker, tmp_path: Path
) -> None:
    """T15, T22: kill -9 of the device in mid-write and of the broker; one outbox, ten lives."""
    given = settings(tmp_path, broker.port, RESEND_AFTER_MS=1_000)
    said: dict[int, str] = {}
    async with ingesting(broker, tmp_path):
        for life in range(10):
            async with running(STATION, given, None, f"L{life}", None) as board:
                await board.listen(10 + 7 * life)
                if life in (3, 6):
                    await broker.server.kill()
                    await board.listen(60 + 7 * life)
                    await broker.server.start()
            said.update(kept(board))
        async with running(STATION, given, 20, "LAST", "stored") as board:
            await board.until_ended()
        said.update(kept(board))
    journal = await journaled(broker, tmp_path)
    assert [passage.seq for passage in journal] == list(range(1, board.said[-1]["last_seq"] + 1))
    assert said.items() <= {passage.seq: passage.chip for passage in journal}.items()
    assert len(said) > 500


async def test_a_puback_is_no_proof(broker: RunningBroker, tmp_path: Path) -> None:
    """T15: ingest ignored the first messages though the broker had them; they come again."""
    given = settings(tmp_path, broker.port, RESEND_AFTER_MS=300)
    async with stand_in(broker, deaf_to=3) as ingest, running(STATION, given, 50, "run", "stored") as board:
        await board.until_ended()
    assert {seq for _, _, seq in ingest.identities} == set(range(1, 51))
    assert len(ingest.identities) > 50


async def test_a_server_restored_from_its_backup_is_sent_what_it_lacks(broker: RunningBroker, tmp_path: Path) -> None:
    """The broker still retains the higher watermark of the journal that was lost; ingest takes it back."""
    given = settings(tmp_path, broker.port, RESEND_AFTER_MS=1_000)
    async with running(STATION, given, None, "run", None) as board:
        async with ingesting(broker, tmp_path):
            await until_journaled(broker, tmp_path, 100)
        shutil.copyfile(journal_file(tmp_path), tmp_path / "copy")
        held = len(await journaled(broker, tmp_path))
        async with ingesting(broker, tmp_path):
            await until_journaled(broker, tmp_path, held + 200)
        await restore(broker.event, tmp_path, tmp_path / "backup", tmp_path / "copy", print)
        assert len(await journaled(broker, tmp_path)) == held
        async with ingesting(broker, tmp_path):
            journal = await until_journaled(broker, tmp_path, held + 200)
    said = kept(board)
    assert [passage.chip for passage in journal[: held + 200]] == [said[seq].upper() for seq in range(1, held + 201)]


def holds(passages: list[Passage], count: int) -> bool:
    """Whether the passages from 1 to this number are there, each once."""
    return [passage.seq for passage in passages[:count]] == list(range(1, count + 1))


async def until_journaled(broker: RunningBroker, data: Path, count: int) -> list[Passage]:
    """Wait until the journal has the passages up to this number without a hole; return all it has."""
    async with asyncio.timeout(DEADLINE_S):
        while not holds((found := await journaled(broker, data)), count):  # noqa: ASYNC110 - polled in a file
            await asyncio.sleep(0.05)
        return found


async def test_it_says_how_it_is_and_the_broker_says_when_it_is_gone(broker: RunningBroker, tmp_path: Path) -> None:
    async with stand_in(broker) as ingest:
        async with running(STATION, settings(tmp_path, broker.port), 7, "run", None):
            await until(lambda: any(status.state == "online" for status in statuses(ingest)), "its status")
        await until(lambda: statuses(ingest)[-1].state == "offline", "its last will")
    online = statuses(ingest)[0]
    assert online.device == "mat-line"
    assert online.epoch is not None
    assert online.queued <= online.last_seq <= 7


# --- one who misbehaves -----------------------------------------------------------------------------------------


async def test_it_greets_with_its_name_its_token_and_its_will(tmp_path: Path) -> None:
    async with listening(Peer()) as peer, running(STATION, settings(tmp_path, peer.port), 0, "run", None):
        await until(lambda: bool(peer.subscribed), "its subscriptions")
    assert peer.connects[0][:10] == b"\x00\x04MQTT\x04\xee\x00\x05"  # 3.1.1, clean, will QoS 1 retained, keepalive 5 s
    client, topic, will, user, token = strings(peer.connects[0][10:])
    assert (client, user, token) == (b"mat-line", b"mat-line", b"secret of mat-line")
    assert (topic, json.loads(will)) == (b"live/test-race/devices/mat-line", {"v": 1, "state": "offline"})
    assert peer.subscribed[0] == filters(
        ("live/test-race/stored/mat-line", 1), ("live/test-race/clock/mat-line/answer", 0)
    )


async def test_refused_it_says_why_and_tries_on(tmp_path: Path) -> None:
    """The token may be made while it tries: it never gives up."""
    async with (
        listening(Peer(connack=b"\x20\x02\x00\x05")) as peer,
        running(STATION, settings(tmp_path, peer.port), 0, "run", None) as board,
    ):
        await until(lambda: len(peer.connects) > 1, "its second try")
        peer.connack = b"\x20\x02\x00\x00"
        await complains(board, "")
    assert troubles(board) == ["no broker yet", "broker: refuses our token", ""]


@pytest.mark.parametrize("wrong", [{"DEVICE": "mat line"}, {"EVENT": "test/race"}, {"DEVICE": ""}])
async def test_with_a_name_that_fits_in_no_topic_it_never_connects_and_keeps_what_it_sees(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    """A space in a topic ends the connection, and the same message would end the next one."""
    async with (
        listening(Peer()) as peer,
        running(STATION, settings(tmp_path, peer.port, **wrong), 5, "run", None) as board,
    ):
        await complains(board, "EVENT, DEVICE: a-z 0-9 -")
        while len(kept(board)) < 5:
            await board.listen(len(board.said) + 1)
    assert peer.connects == []


async def test_not_allowed_to_hear_its_watermark_it_speaks_all_the_same(tmp_path: Path) -> None:
    async with (
        listening(Peer(granted=b"\x80\x80")) as peer,
        running(STATION, settings(tmp_path, peer.port), 5, "run", None) as board,
    ):
        await until(lambda: any("/passages/" in each.topic for each in peer.published), "its passages")
        await complains(board, "not allowed to hear what is stored")


async def test_a_broker_that_talks_nonsense_is_left_and_tried_again(tmp_path: Path) -> None:
    """T20: what is no MQTT, and packets larger than a device can hold."""
    async with (
        listening(Peer(connack=b"\xff" * 40)) as peer,
        running(STATION, settings(tmp_path, peer.port), 0, "run", None) as board,
    ):
        await complains(board, "broker: no MQTT")
        peer.connack = b"\x30\xff\xff\x01"  # a PUBLISH of 32,767 bytes
        await complains(board, "broker: a packet of 32767 bytes")
        peer.connack = b"\x20\x02\x00\x00"
        await complains(board, "")
    assert troubles(board)[1:] == ["broker: no MQTT", "broker: a packet of 32767 bytes", ""]


STORED = "live/test-race/stored/mat-line"


def stores(message: Published) -> bytes:
    """Answer passages as a broker and an ingest that has all of them."""
    if "/passages/" not in message.topic:
        return puback(message)
    body = json.loads(message.payload)
    said = {"v": 1, "epoch": body["epoch"], "through": body["passages"][-1]["seq"]}
    return puback(message) + publish(STORED, json.dumps(said).encode(), 8)


async def test_many_messages_go_over_one_connection(tmp_path: Path) -> None:
    """Its numbers are free again with their PUBACK, and it acknowledges each watermark."""
    async with (
        listening(Peer(hear=stores)) as peer,
        running(STATION, settings(tmp_path, peer.port), 600, "run", "stored") as board,
    ):
        await board.until_ended()
    sent = [each for each in peer.published if "/passages/" in each.topic]
    assert len({each.packet for each in sent}) == len(sent) > 4
    assert len(peer.acknowledged) >= len(sent) - 1
    assert len(peer.connects) == 1


NONSENSE = [
    b"",
    b"no JSON",
    b"\xff\xfe",
    b"[]",
    b"{}",
    b'{"v":2,"epoch":"%s","through":999}',
    b'{"v":1,"epoch":"%s","through":"999"}',
    b'{"v":1,"epoch":"%s","through":-1}',
    b'{"v":1,"epoch":"%s","through":999.0}',
    b'{"v":1,"epoch":5,"through":999}',
    b"[" * 1_500,
]


async def test_a_message_that_cannot_be_understood_changes_nothing(tmp_path: Path) -> None:
    """T20: neither the outbox nor the clock takes it, and what can be understood is heard after it."""

    def answer(message: Published) -> bytes:
        if "/passages/" not in message.topic:
            return puback(message)
        body = json.loads(message.payload)
        said = [*(each.replace(b"%s", body["epoch"].encode()) for each in NONSENSE)]
        through = max(passage["seq"] for passage in body["passages"])
        said.append(json.dumps({"v": 1, "epoch": body["epoch"], "through": through}).encode())
        stored = b"".join(
            publish("live/test-race/stored/mat-line", each, packet) for packet, each in enumerate(said, 1)
        )
        clock = b"".join(publish("live/test-race/clock/mat-line/answer", each) for each in NONSENSE)
        return clock + puback(message) + stored

    async with (
        listening(Peer(hear=answer)) as peer,
        running(STATION, settings(tmp_path, peer.port), 5, "run", "stored") as board,
    ):
        await board.until_ended()
    assert board.said[-1]["last_seq"] == 5
    assert len(peer.connects) == 1


async def test_a_broker_that_has_fallen_silent_is_left(tmp_path: Path) -> None:
    async with (
        listening(Peer(connack=b"")) as peer,
        running(STATION, settings(tmp_path, peer.port, KEEPALIVE_S=1), 0, "run", None) as board,
    ):
        await until(lambda: len(peer.connects) == 2, "its second try")
        await complains(board, "broker: silent")


async def test_a_broker_that_acknowledges_nothing_is_left_and_gets_all_again(tmp_path: Path) -> None:
    """T22: what was under way is sent on the next connection, at once."""

    again: set[int] = set()

    def deaf_at_first(message: Published) -> bytes:
        if len(peer.connects) == 1:
            return b""
        if "/passages/" in message.topic:
            again.update(passage["seq"] for passage in json.loads(message.payload)["passages"])
        return puback(message)

    async with listening(Peer(hear=deaf_at_first)) as peer:
        given = settings(tmp_path, peer.port, PUBACK_MS=300, RESEND_AFTER_MS=3_600_000)
        async with running(STATION, given, 100, "run", None):
            await until(lambda: again == set(range(1, 101)), "everything again")
    assert len(peer.connects) == 2


async def test_it_keeps_the_connection_alive(tmp_path: Path) -> None:
    async with (
        listening(Peer()) as peer,
        running(STATION, settings(tmp_path, peer.port, KEEPALIVE_S=1), 0, "run", None),
    ):
        await until(lambda: peer.pings >= 3, "pings")
    assert len(peer.connects) == 1
