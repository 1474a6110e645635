"""A simulated device on the real broker: nothing leaves it unstored, and it says how it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from live.messages.devices import Clock, DeviceStatus, Passage
from live.rehearsal import device as module
from live.rehearsal import outbox
from live.rehearsal.device import Device
from tests.conftest import START_MS, RunningBroker, until
from tests.rehearsal.stand_in import StandIn, stand_in


def passage(seq: int) -> Passage:
    """Return a passage of mat-line."""
    return Passage("mat-line", "e1", seq, START_MS + seq, chip="1A")


def mat_line(broker: RunningBroker, clock_error_ms: int = 0) -> Device:
    """Return the device, not yet connected."""
    return Device(broker.link("mat-line"), broker.topics, "e1", lambda: START_MS, clock_error_ms)


@asynccontextmanager
async def online(device: Device) -> AsyncIterator[None]:
    """The device runs, and leaves in good order."""
    running = asyncio.create_task(device.run())
    try:
        yield
    finally:
        device.leave()
        await running


def statuses(ingest: StandIn) -> list[DeviceStatus]:
    """Return what the device said about itself."""
    return [message for message in ingest.heard if isinstance(message, DeviceStatus)]


async def test_passages_wait_for_each_other_and_share_a_message(broker: RunningBroker) -> None:
    device = mat_line(broker)
    for seq in range(1, 31):
        device.put(passage(seq))
    async with stand_in(broker) as ingest, online(device):
        await until(lambda: device.outbox.queued == 0, "the watermark")
    assert [len(batch.passages) for batch in ingest.batches] == [30]
    assert device.outbox.through == 30


async def test_what_was_put_while_offline_is_delivered_late(broker: RunningBroker) -> None:
    """T09: the outbox stays, whatever happens to the connection."""
    device = mat_line(broker)
    async with stand_in(broker) as ingest:
        async with online(device):
            device.put(passage(1))
            await until(lambda: device.outbox.queued == 0, "the watermark")
        device.put(passage(2))
        async with online(device):
            await until(lambda: device.outbox.queued == 0, "the watermark")
    assert ingest.identities == [("mat-line", "e1", 1), ("mat-line", "e1", 2)]


async def test_what_is_not_stored_is_sent_again(broker: RunningBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "RESEND_AFTER_MS", 300)
    device = mat_line(broker)
    device.put(passage(1))
    async with stand_in(broker, deaf_to=1) as ingest, online(device):
        await until(lambda: device.outbox.queued == 0, "the watermark")
    assert ingest.identities == [("mat-line", "e1", 1)] * 2


async def test_a_refusal_does_not_end_it(broker: RunningBroker) -> None:
    """A broker whose disk is full refuses a device its own topics, and grants them when there is room (T109)."""
    users = broker.users()
    deaf = [replace(user, subscribe=("nothing",)) if user.name == "mat-line" else user for user in users]
    await broker.server.reload(deaf)
    device = mat_line(broker)
    async with stand_in(broker) as ingest, online(device):
        device.put(passage(1))
        await until(lambda: device.refusals > 0, "the refusal")
        await broker.server.reload(users)
        await until(lambda: device.outbox.queued == 0, "the watermark")
    assert ingest.identities == [("mat-line", "e1", 1)]


async def test_it_outlives_the_broker(broker: RunningBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """T22: what was under way when the broker died arrives with the next one."""
    monkeypatch.setattr(outbox, "RESEND_AFTER_MS", 1_000)
    device = mat_line(broker)
    async with stand_in(broker) as ingest, online(device):
        await until(lambda: device.connections == 1, "the connection")
        await broker.server.kill()
        for seq in range(1, 101):
            device.put(passage(seq))
        await broker.server.start()
        await until(lambda: device.outbox.queued == 0, "the watermark")
    assert {seq for _, _, seq in ingest.identities} == set(range(1, 101))


async def test_it_says_that_it_is_there_and_that_it_leaves(broker: RunningBroker) -> None:
    device = mat_line(broker)
    async with stand_in(broker) as ingest:
        async with online(device):
            await until(lambda: bool(statuses(ingest)), "its status")
        await until(lambda: statuses(ingest)[-1].state == "offline", "its farewell")
    first = statuses(ingest)[0]
    assert (first.state, first.at_ms, first.epoch) == ("online", START_MS, "e1")


async def test_its_status_tells_by_how_much_its_clock_is_off(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It finds out by asking: the stand-in's clock shows one second after 1970."""
    monkeypatch.setattr(module, "STATUS_S", 0.2)
    monkeypatch.setattr(module, "_machine_ms", lambda: 1_000)
    device = mat_line(broker, clock_error_ms=3_000)
    async with stand_in(broker) as ingest, online(device):
        await until(lambda: any(status.clock for status in statuses(ingest)), "its clock")
    assert next(status.clock for status in statuses(ingest) if status.clock) == Clock(offset_ms=3_000, error_ms=0)
