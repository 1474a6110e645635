"""Rounds: who is in step with which race, and the one task that writes to all of them.

No task, timer or queue belongs to a phone. A round builds the bytes once for each wire class and writes the same
bytes to every transport, a slice at a time, so that accepting and pages do not wait for thousands of sends. A phone
that does not take what it was sent leaves the rounds, holds no queue, and is brought to the latest when it can read
again (T97).
"""

import asyncio
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, cast

from live.broadcast.hub import Channel, Hub
from live.broadcast.pictures import Picture

SLICE = 1_000
"""Connections written to before the loop does something else: about 8 ms."""

WELCOMES = 200
"""The same for newcomers, who are sent much more."""

PING_EVERY_MS = 30_000
MISSED_PINGS = 2
"""Who answered none of so many pings is gone."""

CHECK_EVERY_MS = 1_000
LEAVING_MS = 5_000
"""How long a client whom we closed may take to close its side."""

Held = int | Picture | None
"""What a phone says it holds (a version), or what we know that it holds."""


class Wire(Protocol):
    """A wire class: those who negotiated the same get the same bytes, and nobody else does."""

    ping: bytes
    goodbye: bytes

    def frame(self, messages: list[bytes]) -> bytes:
        """Return the messages as they go over the wire."""


class Phone(Hashable, Protocol):
    """A connection as the rounds see it; `open` until it is closed or on its way to it."""

    transport: asyncio.Transport
    wire: Wire
    open: bool
    silent: int
    """Pings since it was last heard."""

    words: int
    """What it said since the last ping."""


@dataclass(slots=True)
class _Lag:
    held: Held
    journal: str | None
    unsent: int
    since_ms: int


class Room:
    """The phones of one race: in step, waiting to be brought in step, or not reading."""

    def __init__(self, channel: Channel) -> None:
        """Empty."""
        self.channel = channel
        self.members: dict[Wire, dict[Phone, None]] = {}
        self.waiting: dict[Phone, tuple[Held, str | None]] = {}
        self.lagging: dict[Phone, _Lag] = {}

    def join(self, phone: Phone, since: int | None, journal: str | None) -> None:
        """A newcomer, who says that he holds version `since` of that journal."""
        self.waiting[phone] = since, journal

    def in_step(self, phone: Phone) -> bool:
        """Whether the phone gets the rounds."""
        return phone in self.members.get(phone.wire, ())

    def pause(self, phone: Phone, now_ms: int) -> None:
        """The phone does not take what it was sent: no more rounds for it."""
        held = self.waiting.pop(phone, (self.channel.sent, None))
        self.members.get(phone.wire, {}).pop(phone, None)
        self.lagging[phone] = _Lag(*held, phone.transport.get_write_buffer_size(), now_ms)

    def resume(self, phone: Phone) -> None:
        """The phone has taken all it was sent."""
        if lag := self.lagging.pop(phone, None):
            self.waiting[phone] = lag.held, lag.journal

    def leave(self, phone: Phone) -> None:
        """The phone is gone, or told to go."""
        self.members.get(phone.wire, {}).pop(phone, None)
        self.waiting.pop(phone, None)
        self.lagging.pop(phone, None)
        self.channel.followers.drop(phone)

    def stalled(self, now_ms: int, slow_ms: int) -> list[Phone]:
        """Return the phones that took nothing for so long."""
        for phone, lag in self.lagging.items():
            unsent = phone.transport.get_write_buffer_size()
            if unsent < lag.unsent:
                lag.unsent, lag.since_ms = unsent, now_ms
        return [phone for phone, lag in self.lagging.items() if now_ms - lag.since_ms >= slow_ms]


class Rounds:
    """Runs the rounds of all races."""

    def __init__(self, hub: Hub, now_ms: Callable[[], int], slow_ms: int) -> None:
        """`now_ms` is a clock that never goes back; who takes nothing for `slow_ms` is cut."""
        self.rooms = {race: Room(channel) for race, channel in hub.channels.items()}
        self.leaving: dict[Phone, int] = {}
        self.now_ms = now_ms
        self._slow_ms = slow_ms
        self._wake = asyncio.Event()
        self._check_ms = now_ms() + CHECK_EVERY_MS
        self._ping_ms = now_ms() + PING_EVERY_MS

    def wake(self) -> None:
        """Something changed: a board, or who waits."""
        self._wake.set()

    async def run(self) -> None:
        """Serve for ever."""
        while True:
            self._wake.clear()
            for room in self.rooms.values():
                due_ms = room.channel.due_ms(hurry=bool(room.waiting))
                if due_ms is not None and due_ms <= self.now_ms():
                    await self._round(room)
                if room.waiting and not room.channel.pending:
                    await self._welcome(room)
            await self._look_after()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._idle_ms() / 1_000):
                    await self._wake.wait()

    def _idle_ms(self) -> int:
        due_ms = [room.channel.due_ms(hurry=bool(room.waiting)) for room in self.rooms.values()]
        return max(0, min((self._check_ms, *(each for each in due_ms if each is not None))) - self.now_ms())

    async def _round(self, room: Room) -> None:
        now_ms = self.now_ms()
        messages = room.channel.round(now_ms)
        for wire, members in list(room.members.items()):
            await self._write(list(members), wire.frame(messages))
        told = room.channel.followers.due(now_ms)
        for start in range(0, len(told), SLICE):
            for who, message in told[start : start + SLICE]:
                phone = cast(Phone, who)  # the hub does not know what a client is
                if room.in_step(phone):
                    phone.transport.write(phone.wire.frame([message]))
            await asyncio.sleep(0)

    async def _write(self, phones: list[Phone], data: bytes) -> None:
        """Write to all of them. Who was paused meanwhile gets this one still: it counts as holding it."""
        for start in range(0, len(phones), SLICE):
            for phone in phones[start : start + SLICE]:
                if phone.open:
                    phone.transport.write(data)
            await asyncio.sleep(0)

    async def _welcome(self, room: Room) -> None:
        """Bring those who wait in step with the picture that everybody holds."""
        waiting = list(room.waiting)
        framed: dict[tuple[int, Wire], tuple[list[bytes], bytes]] = {}
        for start in range(0, len(waiting), WELCOMES):
            for phone in waiting[start : start + WELCOMES]:
                if phone not in room.waiting:
                    continue
                messages = room.channel.welcome(*room.waiting[phone])
                if not messages:
                    return
                key = id(messages), phone.wire
                if key not in framed:
                    framed[key] = messages, phone.wire.frame(messages)
                del room.waiting[phone]
                room.members.setdefault(phone.wire, {})[phone] = None
                phone.transport.write(framed[key][1])
                followed = room.channel.followers.again(phone)
                if followed is not None:
                    phone.transport.write(phone.wire.frame([followed]))
            await asyncio.sleep(0)

    async def _look_after(self) -> None:
        """Cut who stalled or does not leave; ping everybody now and then."""
        now_ms = self.now_ms()
        if now_ms < self._check_ms:
            return
        self._check_ms = now_ms + CHECK_EVERY_MS
        gone = [phone for phone, until_ms in self.leaving.items() if until_ms <= now_ms]
        for room in self.rooms.values():
            gone += room.stalled(now_ms, self._slow_ms)
        for phone in gone:
            phone.transport.abort()
        if now_ms >= self._ping_ms:
            self._ping_ms = now_ms + PING_EVERY_MS
            await self._ping()

    async def _ping(self) -> None:
        for room in self.rooms.values():
            for wire, members in list(room.members.items()):
                phones = list(members)
                for phone in phones:
                    phone.words = 0
                    phone.silent += 1
                    if phone.silent > MISSED_PINGS:
                        phone.transport.abort()
                await self._write(phones, wire.ping)
