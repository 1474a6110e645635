"""A race of 50,000 entries: one crossing stays small on the bus, and a service that comes late has the truth."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from live.boards import Boards
from live.bus import Bus, BusLink
from live.event import read_event
from live.messages.devices import Passage, PassageBatch
from live.secrets import Secrets
from live.wire import Topics
from tests.conftest import DEADLINE_S, until
from tests.serving import Served

ENTRIES = 50_000
MOST_BYTES = 64 * 1024
GUN_MS = 1_779_782_400_000
EVENT = """
[event]
id = "large"
name = "Large"
place = "Tournai"
timezone = "Europe/Brussels"
languages = ["fr"]
clock = "wall"

[[course]]
id = "road"
length_m = 10000
loop = false
points = [ { id = "goal", at_m = 10000 } ]

[[race]]
id = "run"
name = "Run"
course = "road"
legs = [["R"]]
start = 2026-05-26T10:00:00+02:00
gun = 2026-05-26T10:00:00+02:00

[[device]]
id = "mat-goal"
point = "goal"
course = "road"
trust = "main"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The event folder of a city marathon."""
    day = tmp_path / "large"
    day.mkdir()
    (day / "event.toml").write_text(EVENT)
    rows = (f"run,{n},Runner {n},,open,R,,,,,no," for n in range(1, ENTRIES + 1))
    header = "race,bib,team,company,category,runner,first_name,last_name,sex,chips,public,wave"
    (day / "entries.csv").write_text("\n".join([header, *rows]) + "\n")
    return day


async def test_one_crossing_in_a_large_race_stays_small_on_the_bus(
    folder: Path, served: Callable[..., Awaitable[Served]]
) -> None:
    """At most 64 KiB of boards go over the bus for it; who comes late is right with the next answer."""
    server = await served(folder)
    event, topics, secrets = read_event(folder), Topics("large"), Secrets(server.data)
    boards, heard = Boards(event), asyncio.Event()
    counted: dict[str, int] = {}
    link = BusLink("127.0.0.1", server.mqtt_port, "web", secrets.password("web"), "counting")

    async def count() -> None:
        async for batch in bus.deliveries():
            for delivery in batch:
                boards.hear(topics.decode(delivery.topic, delivery.payload))
                if not delivery.retained:  # what was there before the crossing
                    size = len(delivery.topic) + len(delivery.payload)
                    counted[delivery.topic] = counted.get(delivery.topic, 0) + size
                row = boards.by_race["run"].rows.get("49999")
                page = f"/pages/{(49_999 - 1) // 32}"
                if row is not None and row.laps == 1 and any(topic.endswith(page) for topic in counted):
                    heard.set()

    async with Bus(link, topics, topics.for_boards) as bus, asyncio.TaskGroup() as group:
        counting = group.create_task(count())
        await until(lambda: boards.complete, "the whole board")
        counted.clear()
        seen = Passage("mat-goal", "e1", 1, GUN_MS + 2_000_000, chip="49999R")
        bus.publish(PassageBatch("mat-goal", "e1", (seen,)))
        async with asyncio.timeout(DEADLINE_S):
            await heard.wait()
        counting.cancel()
    of_boards = {topic: size for topic, size in counted.items() if "/boards/" in topic}
    assert any(topic.endswith("/changes") for topic in of_boards)
    assert 0 < sum(of_boards.values()) <= MOST_BYTES
    answer = (await server.get("/api/v1/races/run/standings?head=1")).json()
    assert (answer["count"], answer["standings"][0]["bib"]) == (ENTRIES, "49999")
