"""One simulated device over real MQTT: its own connection, credentials, outbox, watermark and clock."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable

from live.bus import Bus, BusLink, BusRefused
from live.failures import first
from live.messages.devices import Clock, ClockAnswer, ClockAsked, DeviceStatus, Passage, Stored
from live.rehearsal.outbox import Outbox
from live.wire import Topics, Unreadable

log = logging.getLogger(__name__)

BATCH_S = 0.15
"""Passages wait so long for others to share their message: the broker syncs its disk once a message."""
STATUS_S = 5.0
CLOCK_S = 10.0
REFUSED_PAUSE_S = 1.0
MAX_UNCONFIRMED = 8
"""Messages without PUBACK; more wait in the outbox."""


class Device:
    """A mat or a handheld. Its id is its user name and its client id.

    `now_ms` is the instant that its passages live in; `clock_error_ms` is how fast its own clock is, which it finds
    out by asking and says in its status, but does not mend.
    """

    def __init__(
        self, link: BusLink, topics: Topics, epoch: str, now_ms: Callable[[], int], clock_error_ms: int = 0
    ) -> None:
        """Nothing connects yet: see `run`."""
        self.name = link.client_id
        self.outbox = Outbox(self.name, epoch)
        self.connections = self.refusals = 0
        self._link = link
        self._topics = topics
        self._now_ms = now_ms
        self._clock_error_ms = clock_error_ms
        self._clock: Clock | None = None
        self._stopping = asyncio.Event()

    def put(self, passage: Passage) -> None:
        """Keep a passage and send it as soon as possible, also when there is no connection for now."""
        self.outbox.put(passage)

    async def run(self) -> None:
        """Stay online until `leave`; may be called again afterwards.

        A broker that refuses us our own topics is asked again: with a full disk it does so for a while.
        """
        self._stopping.clear()
        while not self._stopping.is_set():
            try:
                await self._stay_online()
            except* BusRefused as refused:
                self.refusals += 1
                log.error("%s: %s", self.name, first(refused))
                await self._pause(REFUSED_PAUSE_S)

    async def _stay_online(self) -> None:
        will = self._topics.encode(DeviceStatus(self.name, "offline"))
        async with (
            Bus(self._link, self._topics, self._topics.for_device(self.name), will=will) as bus,
            asyncio.TaskGroup() as group,
        ):
            listening = group.create_task(self._listen(bus))
            await self._speak(bus)
            listening.cancel()

    def leave(self) -> None:
        """Go offline; the outbox stays."""
        self._stopping.set()

    async def _speak(self, bus: Bus) -> None:
        """Send what is due, again and again; at the end what the broker would say as our will."""
        heard, status_s, clock_s = 0, 0.0, 0.0
        while not self._stopping.is_set():
            now_s = time.monotonic()
            if bus.connected:
                if bus.generation != heard or now_s >= status_s:
                    heard, status_s = bus.generation, now_s + STATUS_S
                    bus.publish(self._status())
                if now_s >= clock_s:
                    clock_s = now_s + CLOCK_S
                    bus.publish(ClockAsked(self.name, self._shown_ms()))
                self._send(bus, int(now_s * 1_000))
            self.connections = bus.generation
            await self._pause(BATCH_S)
        if bus.connected:
            bus.publish(DeviceStatus(self.name, "offline"))
            await self._say_farewell(bus)

    async def _say_farewell(self, bus: Bus) -> None:
        with contextlib.suppress(TimeoutError):  # the broker may go before us
            async with asyncio.timeout(1):
                await bus.flush()

    def _send(self, bus: Bus, now_ms: int) -> None:
        while bus.waiting < MAX_UNCONFIRMED and (batch := self.outbox.take(now_ms)) is not None:
            bus.publish(batch)

    async def _listen(self, bus: Bus) -> None:
        async for deliveries in bus.deliveries():
            for delivery in deliveries:
                delivery.ack()
                try:
                    message = self._topics.decode(delivery.topic, delivery.payload)
                except Unreadable:
                    continue  # a device has nobody to tell
                if isinstance(message, Stored):
                    self.outbox.stored(message)
                elif isinstance(message, ClockAnswer):
                    self._compare(message)

    def _compare(self, answer: ClockAnswer) -> None:
        """Learn how far our clock is ahead of ingest's, and how sure that is: half of the way there and back."""
        received_ms = self._shown_ms()
        ahead_ms = (answer.sent_ms - answer.heard_ms + received_ms - answer.answered_ms) // 2
        way_ms = received_ms - answer.sent_ms - (answer.answered_ms - answer.heard_ms)
        self._clock = Clock(ahead_ms, max(0, way_ms) // 2)

    def _status(self) -> DeviceStatus:
        box = self.outbox
        return DeviceStatus(self.name, "online", self._now_ms(), box.epoch, box.last_seq, box.queued, self._clock)

    def _shown_ms(self) -> int:
        """What our own clock shows, in the time of the machine: the race may run in a time of its own."""
        return _machine_ms() + self._clock_error_ms

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _machine_ms() -> int:
    return time.time_ns() // 1_000_000
