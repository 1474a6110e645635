"""Looking after the real broker: what its users do wrong is noticed, and it is freed from its errors."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest

from live.broker import WAITING_EACH, Broker, BrokerFull
from live.broker_users import belongs
from live.broker_watch import NO_ROOM, BrokerWatch
from live.bus import Bus
from live.programme import Event
from live.wire import Outgoing
from tests.conftest import RunningBroker, SmallDisk, free_port, until
from tests.test_broker import ingest, passage, take


class Watched:
    """A broker that is looked after, and kept alive."""

    def __init__(self, running: RunningBroker) -> None:
        self.running = running
        self.said: list[str] = []
        self.watch = BrokerWatch(running.server, self.said.append)

    @property
    def trespasses(self) -> set[tuple[str, str, str]]:
        """Who did what, about what."""
        return {(each.user, each.what, each.about) for each in self.watch.health(0).trespasses}

    @property
    def alarm(self) -> str:
        """What is wrong with the broker."""
        return self.watch.health(0).alarm

    async def keep(self) -> None:
        """Start the broker again whenever it ends, as the supervisor does."""
        while True:
            await self.running.server.wait()
            with contextlib.suppress(BrokerFull):
                await self.running.server.start()
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def watched(running: RunningBroker) -> AsyncIterator[Watched]:
    """Look after a broker until the block ends."""
    one = Watched(running)
    tasks = [asyncio.create_task(one.watch.run()), asyncio.create_task(one.keep())]
    try:
        yield one
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_publish_that_the_broker_drops_is_noticed(broker: RunningBroker) -> None:
    """It says PUBACK all the same: a mat with a wrong name believes that all is well."""
    topic = broker.topics.passages("mat-km1")
    async with watched(broker) as one, Bus(broker.link("mat-line"), broker.topics, ()) as device:
        for _ in range(3):
            device.publish(Outgoing(topic, b"{}", 1))
        await device.flush()
        await until(lambda: one.watch.health(0).counts == {"publish": 3}, "the trespasses")
        assert one.trespasses == {("mat-line", "publish", topic)}
        assert len(one.said) == 1


async def test_a_device_under_the_name_of_another_is_noticed(broker: RunningBroker) -> None:
    async with watched(broker) as one, ingest(broker) as victim:
        await victim.until_connected()
        async with Bus(broker.link("mat-line", "ingest"), broker.topics, ()) as thief:
            await thief.until_connected()
            await until(lambda: ("mat-line", "client_id", "ingest") in one.trespasses, "the theft")


async def test_who_takes_anothers_connection_is_barred_for_a_while(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live.broker_watch.BARRED_S", 1.0)
    async with watched(broker) as one:
        async with (
            Bus(broker.link("mat-line", "mat-km1"), broker.topics, ()) as thief,
            Bus(broker.link("mat-km1", "a-name-of-nobody"), broker.topics, ()) as odd,
            Bus(broker.link("web", "ingest"), broker.topics, ()) as ours,
        ):
            await asyncio.gather(*(each.until_connected() for each in (thief, odd, ours)))
            await until(lambda: one.watch.health(0).counts == {"client_id": 3}, "the trespasses")
            assert one.watch.barred == {"mat-line"}
        await until(lambda: not one.watch.barred, "the end of the bar")


async def test_who_sends_what_no_broker_takes_is_named(broker: RunningBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """T20: it is cut off each time and comes again with the same, for ever: which device it is must be told."""
    monkeypatch.setattr("live.bus.MAX_PAYLOAD", 9_000_000)
    async with watched(broker) as one, Bus(broker.link("mat-line"), broker.topics, ()) as device:
        device.publish(Outgoing(broker.topics.passages("mat-line"), b"x" * 8_500_000, 1))
        await until(lambda: {each[:2] for each in one.trespasses} == {("mat-line", "size")}, "the complaint")
    assert "8,500,0" in one.said[0]


@pytest.mark.parametrize(
    ("user", "client_id", "allowed"),
    [
        ("mat-line", "mat-line", True),
        ("mat-line", "mat-km1", False),
        ("mat-line", "anything", False),
        ("ingest", "ingest", True),
        ("ingest", "ingest-2", False),
        ("web", "broadcast-0a1b", True),
        ("web", "ingest", False),
        ("replay", "replay-mat-line", True),
        ("replay", "mat-line", False),
        ("supervisor", "supervisor", True),
    ],
)
def test_a_client_id_belongs_to_its_user(user: str, client_id: str, allowed: bool) -> None:
    everybody = frozenset(("ingest", "web", "replay", "mat-line", "mat-km1", "supervisor"))
    assert belongs(user, client_id, everybody) is allowed


async def test_one_that_floods_is_refused_alone_and_noticed(broker: RunningBroker) -> None:
    """T108: what ingest has not taken fills the sender's own share of the store, and the rest stays with him."""
    async with ingest(broker) as heard:
        await heard.until_connected()
    async with (
        watched(broker) as one,
        Bus(broker.link("mat-line"), broker.topics, ()) as mad,
        Bus(broker.link("mat-km1"), broker.topics, ()) as other,
    ):
        for seq in range(1, WAITING_EACH + 101):
            mad.publish(passage(seq))
        await until(lambda: ("mat-line", "flood", "") in one.trespasses, "the flood")
        other.publish(passage(1, "mat-km1"))
        await other.flush()
        assert other.generation == 1
        assert mad.waiting >= 100
        async with ingest(broker) as heard:
            taken: set[bytes] = set()
            while len(taken) < WAITING_EACH + 101:
                taken |= {each.payload + each.topic.encode() for each in await take(heard, 1)}
            await mad.flush()


async def test_one_that_hangs_is_killed_and_starts_again(broker: RunningBroker) -> None:
    """Nor is it said to store nothing, though a canary waits for it: who reads that looks for a disk."""
    async with watched(broker) as one:
        pid = broker.server.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        stopped_s = time.monotonic()
        one.watch.waits_s = lambda: time.monotonic() - stopped_s if broker.server.pid == pid else 0.0
        await until(lambda: broker.server.serving and broker.server.pid != pid, "another broker")
        assert one.said == ["broker: hangs, is killed"]


@pytest.fixture
async def on_small_disk(small_disk: SmallDisk, event: Event) -> AsyncIterator[RunningBroker]:
    """The broker with its store on a small disk."""
    running = RunningBroker(small_disk.path, event, free_port())
    running.server = Broker(small_disk.path, "127.0.0.1", running.port, running.users(), store_mb=16)
    await running.server.start()
    try:
        yield running
    finally:
        await running.server.stop()


async def test_after_a_full_disk_it_stores_again_as_soon_as_there_is_room(
    on_small_disk: RunningBroker, small_disk: SmallDisk
) -> None:
    """nats-server refuses every write until it is restarted, room or not; nothing that had its PUBACK is lost."""
    running = on_small_disk
    async with watched(running) as one, ingest(running) as heard:
        await heard.until_connected()
        async with Bus(running.link("mat-line"), running.topics, ()) as device:
            device.publish(passage(1))
            await device.flush()
            small_disk.fill()
            for seq in range(2, 100):
                device.publish(passage(seq))
            await until(lambda: one.alarm == NO_ROOM, "the alarm")
            pid = running.server.pid
            small_disk.empty()
            await device.flush()
            assert running.server.pid != pid
            assert one.watch.health(0).restarts >= 1
            taken: set[bytes] = set()
            while len(taken) < 99:
                taken |= {each.payload for each in await take(heard, 1)}
        await until(lambda: one.alarm == "", "the end of the alarm")


async def test_one_that_confirms_nothing_is_restarted_though_it_says_nothing(broker: RunningBroker) -> None:
    """A full disk may have no room for the log's line either: the canary tells."""
    async with watched(broker) as one:
        pid = broker.server.pid
        one.watch.waits_s = lambda: 10.0 if broker.server.pid == pid else 0.0
        await until(lambda: broker.server.serving and broker.server.pid != pid, "the restart")


async def test_a_start_without_room_says_so(small_disk: SmallDisk, event: Event) -> None:
    small_disk.fill()
    running = RunningBroker(small_disk.path, event, free_port())
    with pytest.raises(BrokerFull, match="no room on the disk for"):
        await running.server.start()
    small_disk.empty()
    await running.server.start()
    await running.server.stop()
