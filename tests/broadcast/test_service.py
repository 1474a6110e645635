"""The broadcast service on the real broker: from a board on the bus to a page at the end of a WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from live.broadcast import service
from live.bus import Bus
from live.config import read_config
from live.messages.boards import BoardChanges, BoardHead, BoardPage
from live.messages.services import Canary, Health
from tests.broadcast.desk import Desk
from tests.broadcast.served import Phone
from tests.conftest import RunningBroker, until


class Ingest:
    """What ingest puts on the bus, from a desk."""

    def __init__(self, bus: Bus, desk: Desk) -> None:
        self.bus = bus
        self.desk = desk

    async def publish(self, *messages: BoardHead | BoardPage | BoardChanges) -> None:
        """Publish and wait until the broker has what it is to keep."""
        for message in messages:
            self.bus.publish(message)
        self.bus.publish(Health("claim", 1_464_273_000_000, self.desk.journal, self.desk.version))
        await self.bus.flush()


@asynccontextmanager
async def ingesting(broker: RunningBroker, desk: Desk) -> AsyncIterator[Ingest]:
    """Connect as ingest."""
    async with Bus(broker.link("ingest"), broker.topics, ()) as bus:
        await bus.until_connected()
        yield Ingest(bus, desk)


@asynccontextmanager
async def broadcasting(broker: RunningBroker, data: Path) -> AsyncIterator[str]:
    """Run the service alone; give where it listens, as ``127.0.0.1:port``."""
    given: dict[str, str | int | None] = {
        "bus.url": f"mqtt://127.0.0.1:{broker.port}",
        "bus.user": "web",
        "bus.password": "secret of web",
        "web.host": "127.0.0.1",
        "web.port": 0,
    }
    config = read_config(data, {}, given)
    listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(service.run(config, broker.event, on_listening=listening.set_result))
    try:
        yield f"127.0.0.1:{await asyncio.wait_for(listening, 20)}"
    finally:
        running.cancel()
        await asyncio.wait([running])
        assert running.cancelled()


def phone(address: str) -> Phone:
    """A phone that watches the relay."""
    return Phone(f"ws://{address}/api/v1/races/relay/stream")


async def test_what_ingest_publishes_reaches_the_phone(broker: RunningBroker, tmp_path: Path) -> None:
    desk = Desk()
    async with broadcasting(broker, tmp_path) as address, ingesting(broker, desk) as ingest, phone(address) as page:
        await ingest.publish(*desk.pieces())
        await page.until_version(0)
        await ingest.publish(desk.changed(desk.cross("4")))
        await page.until_version(1)
        assert page.page.bibs == ["4", "1", "2", "3", "5"]


async def test_a_service_that_starts_late_has_the_truth(broker: RunningBroker, tmp_path: Path) -> None:
    desk = Desk()
    desk.changed(desk.cross("4"))
    async with ingesting(broker, desk) as ingest:
        await ingest.publish(*desk.pieces())
    async with broadcasting(broker, tmp_path) as address, phone(address) as page:
        await page.until_version(1)
        assert page.page.bibs[0] == "4"


async def test_missed_changes_are_made_good_by_the_pages_that_follow(broker: RunningBroker, tmp_path: Path) -> None:
    desk = Desk()
    async with broadcasting(broker, tmp_path) as address, ingesting(broker, desk) as ingest, phone(address) as page:
        await ingest.publish(*desk.pieces())
        await page.until_version(0)
        desk.changed(desk.cross("4"))  # nobody hears it
        await ingest.publish(desk.changed(desk.cross("5", time_ms=900_000)))
        await page.until_version(2)
        await ingest.publish(*desk.pieces())
        async with asyncio.timeout(20):
            while page.page.bibs[:2] != ["4", "5"]:
                await page.hear()


async def test_while_the_broker_is_away_the_last_board_stands(broker: RunningBroker, tmp_path: Path) -> None:
    desk = Desk()
    async with broadcasting(broker, tmp_path) as address, ingesting(broker, desk) as ingest, phone(address) as page:
        await ingest.publish(*desk.pieces(), desk.changed(desk.cross("4")))
        await page.until_version(1)
        await broker.server.stop()
        async with phone(address) as newcomer:
            await newcomer.until_version(1)
            assert newcomer.page.shown == page.page.shown
            await broker.server.start()
            await ingest.bus.until_connected()
            await ingest.publish(desk.changed(desk.cross("2", laps=2)), *desk.pieces())
            await newcomer.until_version(2)
            await page.until_version(2)
            assert page.page.shown == newcomer.page.shown


async def test_what_cannot_be_understood_on_the_bus_is_passed_over(
    broker: RunningBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk()
    async with broadcasting(broker, tmp_path) as address, ingesting(broker, desk) as ingest, phone(address) as page:
        nonsense = replace(broker.topics.encode(desk.head), payload=b"{", retain=False)
        await ingest.publish(*desk.pieces())
        await page.until_version(0)  # so it listens
        ingest.bus.publish(nonsense)
        await until(lambda: "not understood" in caplog.text, "a word about the nonsense")


async def test_a_service_of_its_own_serves_the_stream_and_says_how_it_is(broker: RunningBroker, tmp_path: Path) -> None:
    desk = Desk()
    async with broadcasting(broker, tmp_path) as address, httpx.AsyncClient(base_url=f"http://{address}") as client:
        assert (await client.get("/healthz")).status_code == 200
        unready = await client.get("/readyz")
        assert (unready.status_code, unready.json()["ready"]) == (503, False)
        assert "the board of relay has not arrived" in unready.json()["missing"]
        async with ingesting(broker, desk) as ingest:
            await ingest.publish(*desk.pieces())
            missing = (await client.get("/readyz")).json()["missing"]
            assert "the stream: no canary has come through yet" in missing
            ingest.bus.publish(Canary("c1", 1, 1, 2, 3))
            while (await client.get("/readyz")).status_code != 200:
                await ingest.publish()
        page = await client.get("/")
        assert (page.status_code, page.headers["content-type"]) == (404, "application/problem+json")
