"""The canary: what its listeners make of it, and its device on the real broker with the real ingest."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from live.canary import CanaryWatch
from live.canary_device import CanaryDevice
from live.ingest.journal import JournalReader, journal_file
from live.messages.devices import Stored
from live.messages.services import BrokerHealth, Canary, Health
from live.wire import CANARY
from tests.conftest import RunningBroker, until
from tests.ingest.running import Ears, ears, ingest, passages

NOW_MS = 1_464_273_000_000


def canary(seq: int = 1, sent_at_ms: int = NOW_MS) -> Canary:
    """Return a canary that was stored 20 ms after it was sent."""
    return Canary("c1", seq, sent_at_ms, sent_at_ms + 10, sent_at_ms + 20)


# --- what a listener knows --------------------------------------------------------------------------------------


def test_its_age_is_the_time_since_it_came_through() -> None:
    watch = CanaryWatch()
    assert watch.age_ms(500) is None
    watch.hear(canary(), retained=False, now_ms=1_000, wall_ms=NOW_MS + 30)
    assert watch.age_ms(4_000) == 3_000
    assert (watch.missing(4_000, 3_000), watch.missing(4_001, 3_000)) == ("", "the last canary came through 3 s ago")


def test_before_the_first_came_through_that_is_said() -> None:
    """T110."""
    assert CanaryWatch().missing(4_000, 3_000) == "no canary has come through yet"


def test_one_that_lay_on_the_broker_came_through_when_it_was_stored() -> None:
    watch = CanaryWatch()
    watch.hear(canary(), retained=True, now_ms=1_000_000, wall_ms=NOW_MS + 60_020)
    assert watch.age_ms(1_000_000) == 60_000
    assert watch.took_ms(0.5) is None
    watch.hear(canary(), retained=False, now_ms=1_000_000, wall_ms=NOW_MS + 60_020)
    watch.hear(canary(), retained=True, now_ms=1_001_000, wall_ms=NOW_MS + 61_020)
    assert watch.age_ms(1_001_000) == 1_000


def test_latencies_are_those_of_the_latest() -> None:
    watch = CanaryWatch()
    for took_ms in (5_000, *range(1, 121)):
        watch.hear(canary(), retained=False, now_ms=0, wall_ms=NOW_MS + took_ms)
    assert (watch.took_ms(0.5), watch.took_ms(0.95)) == (61, 115)


def test_the_part_that_is_silent_is_named() -> None:
    watch = CanaryWatch()
    watch.hear(canary(), retained=False, now_ms=0, wall_ms=NOW_MS)

    def part(taken_ms: int, heard_ms: int, stored_ms: int) -> str:
        health = Health("claim", NOW_MS, "j", 1, canary_heard_at_ms=heard_ms, canary_stored_at_ms=stored_ms)
        return watch.silent_part(health, BrokerHealth(NOW_MS, taken_ms), NOW_MS + 5_000)

    later = NOW_MS + 5_000
    assert part(NOW_MS, NOW_MS, NOW_MS) == "the broker takes no canary"
    assert part(later, NOW_MS, NOW_MS) == "ingest hears no canary"
    assert part(later, later, NOW_MS) == "the journal stores no canary"
    assert part(later, later, later) == "the boards of ingest do not come through"
    nobody = "nobody is heard who looks after the broker and sends canaries"
    assert watch.silent_part(None, None, NOW_MS) == nobody
    assert watch.silent_part(None, BrokerHealth(NOW_MS, later), NOW_MS + 10_001) == nobody


# --- its device, broker, ingest, journal ------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def singing(broker: RunningBroker) -> AsyncIterator[CanaryDevice]:
    """Send canaries until the block ends."""
    device = CanaryDevice(broker.link("canary", "canary-1"), broker.topics, lambda taken: BrokerHealth(1, taken), print)
    running = asyncio.create_task(device.run())
    try:
        yield device
    finally:
        running.cancel()
        await asyncio.wait([running])


async def heard_since(web: Ears, sent_at_ms: int) -> Canary:
    """Return the first canary that was sent after that and came through."""
    return await web.hear(Canary, lambda each: each.sent_at_ms > sent_at_ms)


async def test_it_goes_through_the_whole_chain_and_is_no_fact(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path), singing(broker) as device:
        web.bus.publish(passages(1))
        first = await heard_since(web, 0)
        stored = await web.hear(Stored, lambda each: each.device == CANARY)
        assert (stored.epoch, stored.through) == (first.epoch, first.seq)
        assert first.sent_at_ms <= first.heard_at_ms <= first.stored_at_ms
        told = await web.hear(BrokerHealth, lambda each: each.taken_at_ms > 0)
        assert first.sent_at_ms <= told.taken_at_ms <= device.taken_at_ms
        health = await web.hear(Health, lambda each: each.canary_stored_at_ms > 0)
        assert health.canary_heard_at_ms == health.canary_stored_at_ms
        await heard_since(web, first.sent_at_ms)
    async with JournalReader(journal_file(tmp_path), "test-race") as journal:
        facts = [each.fact async for chunk in journal.read() for each in chunk]
        assert [getattr(fact, "device", None) for fact in facts] == ["mat-line"]
        assert await journal.verify() == []
        assert await journal.rejected() == []


async def test_it_comes_through_again_after_every_outage(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, singing(broker):
        async with ingest(broker, tmp_path):
            before = await heard_since(web, 0)
        async with ingest(broker, tmp_path):
            again = await heard_since(web, before.sent_at_ms)
            await broker.server.kill()
            await broker.server.start()
            await heard_since(web, again.sent_at_ms)


@pytest.mark.parametrize("user", ["mat-line", "nobody"])
async def test_a_broker_that_does_not_know_it_is_said_once_with_the_cure(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    """One that refuses its topic, and one that does not let it in."""
    monkeypatch.setattr("live.canary_device.REFUSED_PAUSE_S", 0.1)
    monkeypatch.setattr("live.canary_device.TELL_EVERY_S", 0.1)
    said: list[str] = []
    link = broker.link(user, "canary-1")
    running = asyncio.create_task(CanaryDevice(link, broker.topics, lambda _: BrokerHealth(1), said.append).run())
    await until(lambda: said != [], "a word about the canary")
    await asyncio.sleep(0.5)  # several tries more
    assert not running.done()
    running.cancel()
    [text] = said
    assert "a user `canary` with the password in secrets/canary" in text
    assert "publish live/test-race/passages/canary" in text and "hear live/test-race/stored/canary" in text


async def test_it_sings_as_soon_as_the_broker_knows_it(broker: RunningBroker, tmp_path: Path) -> None:
    without = [each for each in broker.users() if each.name != "canary"]
    await broker.server.reload(without)
    async with ears(broker) as web, ingest(broker, tmp_path), singing(broker):
        await broker.server.reload(broker.users())
        await heard_since(web, 0)


async def test_it_waits_for_a_broker_that_confirms_nothing(broker: RunningBroker) -> None:
    async with singing(broker) as device:
        await until(lambda: device.taken_at_ms > 0, "the first canary")
        assert device.waits_s() == 0
