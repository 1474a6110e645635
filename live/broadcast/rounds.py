"""Rounds: the one task that writes to all phones.

No task, timer or queue belongs to a phone. A round builds the bytes once for each kind of phone and hands the same
bytes to all of them (`crowds`), a slice at a time, so that accepting and pages do not wait for thousands of sends. A
phone that does not take what it was sent leaves the rounds, holds no queue, and is brought to the latest when it can
read again (T97).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from live.broadcast import frames, ring
from live.broadcast.crowds import Listed, Phone
from live.broadcast.hub import Hub
from live.broadcast.rooms import Room

SLICE = 1_000
"""Connections written to before the loop does something else: about 6 ms; at most `ring.SLOTS`."""

WELCOMES = 200
"""The same for newcomers, who are sent much more."""

PING_TURNS = 30
"""Everybody is pinged in so many turns, one at each check: five thousand who answer at once hold up a crossing."""

MISSED_PINGS = 2
"""Who answered none of so many pings is gone."""

GATHER_S = 0.01
"""Newcomers are welcomed together: each for himself, ten thousand after a restart would cost half as much again."""

CHECK_EVERY_MS = 1_000
LEAVING_MS = 5_000
"""How long a client whom we closed may take to close its side."""


class Rounds:
    """Runs the rounds of all races."""

    def __init__(self, hub: Hub, now_ms: Callable[[], int], slow_ms: int) -> None:
        """`now_ms` is a clock that never goes back; who takes nothing for `slow_ms` is cut."""
        self.rooms = {race: Room(channel) for race, channel in hub.channels.items()}
        self.leaving: dict[Phone, int] = {}
        self.now_ms = now_ms
        self._slow_ms = slow_ms
        self._ring: ring.Ring | None = None
        self._wake = asyncio.Event()
        self._gathering = False
        self._check_ms = now_ms() + CHECK_EVERY_MS
        self._ping_turn = 0

    def wake(self) -> None:
        """A board changed."""
        self._wake.set()

    def joined(self) -> None:
        """Somebody waits to be brought in step."""
        if not self._gathering:
            self._gathering = True
            asyncio.get_running_loop().call_later(GATHER_S, self._gathered)

    def _gathered(self) -> None:
        self._gathering = False
        self._wake.set()

    async def run(self) -> None:
        """Serve for ever."""
        with ring.opened() as self._ring:
            while True:
                await self._turn()

    async def _turn(self) -> None:
        """Do what is due; wait until something is."""
        self._wake.clear()
        began_ms, rounds = self.now_ms(), 0
        for room in self.rooms.values():
            due_ms = room.channel.due_ms(hurry=bool(room.waiting))
            if due_ms is not None and due_ms <= self.now_ms():
                await self._round(room)
                rounds += 1
            if room.waiting and not room.channel.pending:
                await self._welcome(room)
        if rounds:
            for room in self.rooms.values():
                room.channel.took(self.now_ms() - began_ms)
        await self._look_after()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._idle_ms() / 1_000):
                await self._wake.wait()

    def _idle_ms(self) -> int:
        due_ms = [room.channel.due_ms(hurry=bool(room.waiting)) for room in self.rooms.values()]
        return max(0, min((self._check_ms, *(each for each in due_ms if each is not None))) - self.now_ms())

    async def _round(self, room: Room) -> None:
        now_ms = self.now_ms()
        for listed, data in room.tell(now_ms):
            await self._write(listed, data)
        told = room.channel.followers.due(now_ms)
        for start in range(0, len(told), SLICE):
            for who, message in told[start : start + SLICE]:
                phone = cast(Phone, who)  # the hub does not know what a client is
                if room.in_step(phone):
                    phone.transport.write(frames.text(message))
            await asyncio.sleep(0)

    async def _write(self, listed: Listed, data: bytes, first: int = 0, end: int | None = None) -> None:
        end = len(listed.phones) if end is None else end
        for start in range(first, end, SLICE):
            listed.write(start, min(start + SLICE, end), data, self._ring)
            await asyncio.sleep(0)

    async def _welcome(self, room: Room) -> None:
        """Bring those who wait in step with the picture that everybody holds."""
        waiting = list(room.waiting) if room.channel.sent else []
        framed: dict[tuple[int, bool], tuple[list[bytes], bytes]] = {}
        for start in range(0, len(waiting), WELCOMES):
            for phone in waiting[start : start + WELCOMES]:
                if phone not in room.waiting:
                    continue
                phone.transport.write(room.welcome(phone, framed))
                followed = room.channel.followers.again(phone)
                if followed is not None:
                    phone.transport.write(frames.text(followed))
            await asyncio.sleep(0)

    async def _look_after(self) -> None:
        """Cut who stalled or does not leave; ping those whose turn it is."""
        now_ms = self.now_ms()
        if now_ms < self._check_ms:
            return
        self._check_ms = now_ms + CHECK_EVERY_MS
        gone = [phone for phone, until_ms in self.leaving.items() if until_ms <= now_ms]
        for room in self.rooms.values():
            gone += room.stalled(now_ms, self._slow_ms)
        for phone in gone:
            phone.transport.abort()
        await self._ping(self._ping_turn)
        self._ping_turn = (self._ping_turn + 1) % PING_TURNS

    async def _ping(self, turn: int) -> None:
        """Who changes his place in the list meanwhile may be left out once, or asked once more."""
        for room in self.rooms.values():
            for listed in room.members():
                first, end = (len(listed.phones) * each // PING_TURNS for each in (turn, turn + 1))
                for phone in listed.phones[first:end]:
                    phone.words = 0
                    phone.silent += 1
                    if phone.silent > MISSED_PINGS:
                        phone.transport.abort()
                await self._write(listed, frames.PING, first, end)
