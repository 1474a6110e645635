"""Retained state on the real broker: whoever subscribes has all of it, however much it is and whenever he comes."""

import asyncio
import logging

import pytest

from live.bus import Bus
from live.wire import Outgoing
from tests.conftest import RunningBroker

PAGES = 400
LATECOMERS = 6


def pages(broker: RunningBroker, count: int, size: int) -> list[Outgoing]:
    return [
        Outgoing(f"{broker.topics.root}boards/relay/pages/{n}", b"x" * size, qos=1, retain=True) for n in range(count)
    ]


async def hear(broker: RunningBroker, name: str, count: int) -> None:
    """Come with the other filters of a web process, and stay until `count` pages were heard."""
    heard: set[str] = set()
    async with asyncio.timeout(20), Bus(broker.link("web", name), broker.topics, broker.topics.for_boards) as bus:
        async for deliveries in bus.deliveries():
            heard.update(delivery.topic for delivery in deliveries)
            if len(heard) == count:
                return


async def test_whoever_subscribes_while_a_board_is_published_has_every_page_of_it(broker: RunningBroker) -> None:
    """T95: the broker itself forgets some for who comes in the very moment; they are asked for once more."""
    async with Bus(broker.link("ingest"), broker.topics, ()) as ingest, asyncio.TaskGroup() as group:
        await ingest.until_connected()
        for number, page in enumerate(pages(broker, PAGES, 8_000)):
            ingest.publish(page)
            if number % (PAGES // LATECOMERS) == 0:
                group.create_task(hear(broker, f"web-{number}", PAGES))
                await asyncio.sleep(0.01)
        await ingest.flush()


async def test_a_newcomer_gets_more_state_than_any_race_has(
    broker: RunningBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """A race of 50,000 has 1,563 pages of about 10 kB: more than twice that arrives on one connection."""
    caplog.set_level(logging.INFO, "live.bus")
    async with Bus(broker.link("ingest"), broker.topics, ()) as ingest:
        for page in pages(broker, PAGES, 90_000):
            ingest.publish(page)
        await ingest.flush()
    await hear(broker, "web-late", PAGES)
    assert len([record for record in caplog.records if "web-late: connected" in record.getMessage()]) == 1
