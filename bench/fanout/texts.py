"""A race of 120 teams as it goes to a phone: an event, what its devices send, and the messages that became of it.

The peers send those very messages; so what is compared is the way to the phone, not what is said.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from websockets.asyncio.client import connect

from live.bus import Bus, BusLink
from live.ingest.meeting import Meeting
from live.messages.devices import Passage, PassageBatch
from live.messages.facts import Recorded
from live.programme import Event
from live.rehearsal.field import Field
from live.rehearsal.folder import START_MS, write_event
from live.rehearsal.simulate import simulate
from live.secrets import Secrets
from live.wire import Topics

TEAMS = 120
FROM_MS = 12 * 60_000
"""In the first twelve minutes nobody has come round."""
PATIENCE_S = 5.0


Step = tuple[Passage, ...]
"""What the devices send until the board is another one: the last of them changes it, the others are read waiting."""


def race(folder: Path) -> tuple[Event, list[Step]]:
    """Write the event folder of the race; return it with its steps in the order of their instants."""
    event = write_event(folder, Field(TEAMS, 0, 1, START_MS, gun=True))
    seen = sorted((reading.passage for reading in simulate(event, seed=1).readings), key=lambda each: each.at_ms)
    meeting, numbers = Meeting(event, "bench"), dict.fromkeys((device.id for device in event.devices), 0)
    meeting.changes(START_MS)
    steps, waiting = [], []
    for seq, each in enumerate((each for each in seen if each.at_ms >= START_MS + FROM_MS), start=1):
        numbers[each.device] += 1
        passage = Passage(each.device, "bench", numbers[each.device], each.at_ms, each.chip, rssi=each.rssi)
        meeting.apply(Recorded(seq, each.at_ms, passage))
        waiting.append(passage)
        if any(changes.rows for changes in meeting.changes(each.at_ms)):
            steps.append(tuple(waiting))
            waiting = []
    return event, steps


class Mats:
    """The devices of the race, over real MQTT, each with its own connection."""

    def __init__(self, data: Path, event: Event, mqtt_port: int) -> None:
        """`data` is the data folder of the server that is to hear them."""
        topics = Topics(event.id)
        self._buses = {}
        for device in event.devices:
            token, _ = Secrets(data).grant("device", device.id)
            link = BusLink("127.0.0.1", mqtt_port, device.id, token, device.id)
            self._buses[device.id] = Bus(link, topics, topics.for_device(device.id))
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for bus in self._buses.values():
            await self._stack.enter_async_context(bus)
            await bus.until_connected()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    def send(self, step: Step) -> None:
        """These were read, in this order."""
        for passage in step:
            self._buses[passage.device].publish(PassageBatch(passage.device, passage.epoch, (passage,)))

    async def flush(self) -> None:
        """Wait until the broker has it all."""
        for bus in self._buses.values():
            await bus.flush()


async def recorded(url: str, mats: Mats, steps: list[Step]) -> list[str]:
    """Let the race go on by these steps; return the messages that a phone gets of it."""
    texts: list[str] = []
    async with connect(url, compression=None, max_size=None) as phone:
        await phone.recv()  # the whole board, which a newcomer gets
        for step in steps:
            mats.send(step)
            texts.append(str(await asyncio.wait_for(phone.recv(), PATIENCE_S)))
    return texts
