"""One example per message, in `tests/contracts`: server and firmware are both held to it."""

import json
from pathlib import Path
from typing import Any

import pytest

from live.messages.devices import Clock, ClockAnswer, ClockAsked, DeviceStatus, Passage, PassageBatch, Stored
from live.wire import Message, Topics
from tests.conftest import until
from tests.firmware.board import ROOT, SCRIPTS, running, says
from tests.firmware.peer import Peer, Published, listening, puback, publish, strings

CONTRACTS = ROOT / "tests" / "contracts"
TOPICS = Topics("smartrun-wapi-2016")
AT_MS = 1_464_274_200_123

MESSAGES: dict[str, Message] = {
    "passages": PassageBatch(
        "mat-line", "9f2c", (Passage("mat-line", "9f2c", 41, AT_MS, chip="12A", rssi=-51, reads=7),)
    ),
    "passages_typed": PassageBatch(
        "hand-1",
        "07aa31d2",
        (
            Passage("hand-1", "07aa31d2", 1, AT_MS, bib="007"),
            Passage("hand-1", "07aa31d2", 2, AT_MS + 1_333, bib="12", runner="A", point="line"),
        ),
    ),
    "status": DeviceStatus("mat-line", "online", 1_464_274_205_000, "9f2c", 41, 0, Clock(3, 12), 0.83),
    "status_will": DeviceStatus("mat-line", "offline"),
    "stored": Stored("mat-line", "9f2c", 41),
    "clock_question": ClockAsked("mat-line", 1_464_274_205_003),
    "clock_answer": ClockAnswer("mat-line", 1_464_274_205_003, 1_464_274_205_007, 1_464_274_205_008),
}


def example(name: str) -> dict[str, Any]:
    """Return an example: topic, qos, retain, payload."""
    found: dict[str, Any] = json.loads((CONTRACTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", MESSAGES)
def test_the_server_reads_the_example(name: str) -> None:
    read = example(name)
    assert TOPICS.decode(read["topic"], json.dumps(read["payload"]).encode()) == MESSAGES[name]


@pytest.mark.parametrize("name", MESSAGES)
def test_the_server_writes_the_example(name: str) -> None:
    """Members that say nothing may be there as null, or with the value that they have anyway."""
    written, read = TOPICS.encode(MESSAGES[name]), example(name)
    assert (written.topic, written.qos, written.retain) == (read["topic"], read["qos"], read["retain"])
    payload = json.loads(written.payload)
    idle = {member: value for member, value in payload.items() if member not in read["payload"]}
    assert {member: value for member, value in payload.items() if member in read["payload"]} == read["payload"]
    assert not any(idle.values())


KEEP = """
import json, sys
from link import passages_message, status_message
from outbox import Outbox
folder, passages, status = json.loads(sys.stdin.readline())
box = Outbox(folder)
box.put(passages)
sent = passages_message(box.epoch, box.take(0)[1])
print(json.dumps([json.loads(sent), status_message(*status) if status else None]))
"""


@pytest.mark.parametrize("name", ["passages", "passages_typed"])
def test_the_firmware_writes_passages_as_in_the_example(name: str, tmp_path: Path) -> None:
    payload = example(name)["payload"]
    first = payload["passages"][0]["seq"]
    folder = tmp_path / "outbox"
    folder.mkdir()
    (folder / f"{payload['epoch']}-{first:08d}.log").touch()  # an outbox of this epoch, as far as before these
    unnumbered = [{name: value for name, value in each.items() if name != "seq"} for each in payload["passages"]]
    assert says(KEEP, str(folder), unnumbered, None)[0] == payload


def test_the_firmware_writes_its_status_as_in_the_example(tmp_path: Path) -> None:
    payload = example("status")["payload"]
    members = ("at_ms", "epoch", "last_seq", "queued", "clock", "battery")
    assert says(KEEP, str(tmp_path / "outbox"), [{"chip": "1A"}], [payload[name] for name in members])[1] == payload


async def test_the_firmware_speaks_and_hears_on_the_topics_of_the_examples(tmp_path: Path) -> None:
    """Topic, QoS, retained flag and members of all that a device says; it hears `stored` and the clock's answer."""
    question, answer, stored = example("clock_question"), example("clock_answer"), example("stored")

    def hear(message: Published) -> bytes:
        body = json.loads(message.payload)
        if message.topic == question["topic"]:
            said = {**answer["payload"], "sent_ms": body["sent_ms"], "heard_ms": now_ms, "answered_ms": now_ms}
            return publish(answer["topic"], json.dumps(said).encode())
        if message.topic == example("passages")["topic"]:
            last = body["passages"][-1]["seq"]
            said = {**stored["payload"], "epoch": body["epoch"], "through": last}
            return puback(message) + publish(stored["topic"], json.dumps(said).encode(), 1)
        return puback(message)

    now_ms = 1_795_000_000_000
    given = {
        "EVENT": "smartrun-wapi-2016",
        "DEVICE": "mat-line",
        "BROKER_HOST": "127.0.0.1",
        "BATTERY_PIN": None,
        "OUTBOX_FOLDER": str(tmp_path / "outbox"),
    }
    async with listening(Peer(hear=hear)) as peer:
        async with running(SCRIPTS / "station.py", {**given, "BROKER_PORT": peer.port}, 3, "run", "clock") as board:
            await board.until_ended()
        await until(lambda: all(task.done() for task in peer.serving), "the end of its connection")
    assert board.said[-1]["clock"]["error_ms"] >= 0
    heard = {message.topic: message for message in peer.published}
    for name in ("passages", "status", "clock_question"):
        message, expected = heard[example(name)["topic"]], example(name)
        assert (message.qos, message.retain) == (expected["qos"], expected["retain"])
        assert set(json.loads(message.payload)) <= set(expected["payload"])
    _, topic, will, *_ = strings(peer.connects[0][10:])
    assert (topic.decode(), json.loads(will)) == (example("status_will")["topic"], example("status_will")["payload"])
