"""The canary's device: every 5 s it publishes a passage of no chip as a device would, and hears that it is stored.

It runs in the supervisor, which keeps the broker: what it sees of the broker it tells everybody once a second.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from live.bus import Bus, BusLink, BusRefused
from live.failures import first
from live.messages.devices import Passage, PassageBatch, Stored
from live.messages.services import BrokerHealth
from live.wire import CANARY, Topics, Unreadable

EVERY_S: Final = 5.0
AGAIN_S: Final = 1.0
"""At first, until the first is stored: before ingest had its session the broker kept nothing for it."""
RARELY_S: Final = 60.0
MOST_UNSTORED: Final = 10
"""So many wait for ingest in the broker; more would prove nothing."""
TELL_EVERY_S: Final = 1.0
REFUSED_PAUSE_S: Final = 5.0
"""A broker that refuses the canary is asked again so much later: somebody may have given it the user meanwhile."""


def user_needed(topics: Topics) -> str:
    """Return in words what a broker that is not ours has to know of the canary."""
    return (
        "A broker of your own needs a user `canary` with the password in secrets/canary of the data folder, who may "
        f"publish {topics.passages(CANARY)} and {topics.root}health/broker, and hear {topics.stored(CANARY)}"
    )


def canary_link(url: str, password: str, keepalive_s: int) -> BusLink:
    """Return how the canary's device connects: as itself, whoever else the address of the broker names."""
    name = f"canary-{secrets.token_hex(4)}"
    link = BusLink.parse(url, client_id=name)
    return replace(link, user="canary", password=password, keepalive_s=keepalive_s)


class CanaryDevice:
    """`taken_at_ms` is when the newest canary was sent that the broker confirmed, 0 before the first."""

    def __init__(
        self, link: BusLink, topics: Topics, health: Callable[[int], BrokerHealth], log: Callable[[str], None]
    ) -> None:
        """`health` is asked each second for what to tell, and given `taken_at_ms`."""
        self._health = health
        self._log = log
        self._link, self._topics = link, topics
        self._bus = Bus(link, topics, topics.for_canary)
        self._refusal = ""
        self._epoch = secrets.token_hex(4)
        self._sent = self._through = self._sent_at_ms = self._generation = 0
        self._sent_s = self._connected_s = 0.0
        self.taken_at_ms = 0

    def waits_s(self) -> float:
        """Return how long a canary has waited for the broker to confirm it, on this connection; 0 while none waits."""
        now_s = time.monotonic()
        if not self._bus.connected or not self._bus.waiting or self._generation != self._bus.generation:
            self._generation, self._connected_s = self._bus.generation, now_s
            return 0.0
        return now_s - max(self._sent_s, self._connected_s)

    async def run(self) -> None:
        """Send canaries until cancelled; say why where the broker does not take them, and try again."""
        while True:
            try:
                async with self._bus, asyncio.TaskGroup() as group:
                    group.create_task(self._send(self._bus), name="canary")
                    group.create_task(self._hear(self._bus), name="stored")
                    group.create_task(self._tell(self._bus), name="health of the broker")
            except* BusRefused as refused:
                self._say(str(first(refused)))
            await asyncio.sleep(REFUSED_PAUSE_S)
            self._bus = Bus(self._link, self._topics, self._topics.for_canary)

    def _say(self, refusal: str | None) -> None:
        """Say once why no canary is sent, and the cure."""
        if refusal is not None and refusal != self._refusal:
            self._log(f"no canary is sent, and nothing will be called ready: {refusal}. {user_needed(self._topics)}.")
            self._refusal = refusal

    async def _send(self, bus: Bus) -> None:
        while True:
            await bus.until_connected()
            if not bus.waiting:  # the one before is confirmed
                self._publish(bus)
                await bus.flush()
                self._refusal = ""
                self.taken_at_ms = self._sent_at_ms
            await asyncio.sleep(self._pause_s())

    def _publish(self, bus: Bus) -> None:
        self._sent += 1
        self._sent_s, self._sent_at_ms = time.monotonic(), time.time_ns() // 1_000_000
        passage = Passage(CANARY, self._epoch, self._sent, self._sent_at_ms, chip=CANARY.upper())
        bus.publish(PassageBatch(CANARY, self._epoch, (passage,)))

    def _pause_s(self) -> float:
        if not self._through:
            return AGAIN_S if self._sent < MOST_UNSTORED else EVERY_S
        return EVERY_S if self._sent - self._through < MOST_UNSTORED else RARELY_S

    async def _hear(self, bus: Bus) -> None:
        async for deliveries in bus.deliveries():
            for delivery in deliveries:
                delivery.ack()
                try:
                    message = bus.topics.decode(delivery.topic, delivery.payload)
                except Unreadable:
                    continue  # forged by whom it does not matter: a canary that is not told stored is missed
                if isinstance(message, Stored) and message.epoch == self._epoch:
                    self._through = max(self._through, message.through)

    async def _tell(self, bus: Bus) -> None:
        while True:
            self._say(bus.refusal)
            bus.publish(self._health(self.taken_at_ms))
            await asyncio.sleep(TELL_EVERY_S)
