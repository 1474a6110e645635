"""A broker that has taken messages and does not deliver them."""

import json
from pathlib import Path

import nats
import pytest

from live.ingest.stuck import CONNECT_ANEW, NEW_SESSION, STUCK_S, StuckDelivery
from live.messages.devices import Stored
from live.messages.services import Canary
from tests.conftest import RunningBroker
from tests.ingest.running import ears, ingest, passages
from tests.test_canary import heard_since, singing


def test_first_a_new_connection_then_a_new_session() -> None:
    delivery = StuckDelivery()
    delivery.heard(1_000)
    delivery.told(6_000)
    assert delivery.cure(100.0, hearing=True) is None
    assert delivery.cure(100.0 + STUCK_S, hearing=True) == CONNECT_ANEW
    assert delivery.cure(101.0 + STUCK_S, hearing=True) is None
    assert delivery.cure(101.0 + 2 * STUCK_S, hearing=True) == NEW_SESSION
    delivery.heard(6_000)
    delivery.told(11_000)
    assert delivery.cure(200.0, hearing=True) is None
    assert delivery.cure(200.0 + STUCK_S, hearing=True) == CONNECT_ANEW, "after it was well again"


def test_what_is_on_its_way_is_not_stuck() -> None:
    delivery = StuckDelivery()
    for number in range(20):
        delivery.told(number * 5_000)
        assert delivery.cure(number * 5.0, hearing=True) is None
        delivery.heard(number * 5_000)


def test_while_we_hear_nothing_ourselves_the_broker_is_not_stuck() -> None:
    delivery = StuckDelivery()
    delivery.told(6_000)
    assert delivery.cure(100.0, hearing=True) is None
    assert delivery.cure(100.0 + STUCK_S, hearing=False) is None
    assert delivery.cure(101.0 + STUCK_S, hearing=True) is None


async def test_a_session_that_is_stuck_is_left_for_a_new_one(
    broker: RunningBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker delivers nothing of what it has confirmed: here its consumers are paused."""
    monkeypatch.setattr("live.ingest.stuck.STUCK_S", 3.0)
    async with ears(broker) as web, singing(broker), ingest(broker, tmp_path):
        before = await heard_since(web, 0)
        await _pause(broker)
        await heard_since(web, max(before.sent_at_ms, web.all(Canary)[-1].sent_at_ms))
        web.bus.publish(passages(1))
        await web.hear(Stored, lambda each: each.device == "mat-line" and each.through == 1)


async def _pause(broker: RunningBroker) -> None:
    """Pause every consumer of the stream in which passages wait."""
    [ports] = broker.server.folder.glob("*.ports")
    [address] = json.loads(ports.read_text())["nats"]
    client = await nats.connect(address, user="admin", password=broker.server._password)
    names = json.loads((await client.request("$JS.API.CONSUMER.NAMES.$MQTT_msgs", b"")).data)["consumers"]
    for name in names:
        until = json.dumps({"pause_until": "2100-01-01T00:00:00Z"}).encode()
        answer = json.loads((await client.request(f"$JS.API.CONSUMER.PAUSE.$MQTT_msgs.{name}", until)).data)
        assert answer.get("paused"), answer
    await client.close()
