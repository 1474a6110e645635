"""Boards onto the bus: what changed at once, whole pages a little later, and everything anew on every connection."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace

from live.bus import Bus
from live.config import IngestConfig
from live.ingest.at_line import AtLine
from live.ingest.device_book import DeviceBook
from live.ingest.meeting import Meeting
from live.messages.boards import BoardChanges, BoardHead, Row
from live.messages.display import SilentPoints
from live.messages.services import Canary

SHARE = 3
"""Judging and publishing take a quarter of the time at most."""

PAGES_AT_ONCE = 20
"""Then others have a turn: a board of 50,000 rows has 1,563 pages."""


def wall_ms() -> int:
    """Return the server's clock as an instant."""
    return time.time_ns() // 1_000_000


MOST_LAPS = 25_000
"""In one message of changes, a row counting as so many laps more: about 300 kB, of the 1 MB that the broker takes."""
ROW_AS_LAPS = 25


def parts_of(changes: BoardChanges) -> Iterator[BoardChanges]:
    """Cut changes of many rows, as at the gun of a large race, so that the broker takes each."""
    rows: list[Row] = []
    laps = 0
    for row in changes.rows:
        laps += len(row.lap_times_ms) + ROW_AS_LAPS
        if laps > MOST_LAPS and rows:
            yield replace(changes, rows=tuple(rows), more=True)
            rows, laps = [], len(row.lap_times_ms) + ROW_AS_LAPS
        rows.append(row)
    yield replace(changes, rows=tuple(rows))


class BoardPublisher:
    """Publishes the boards of a meeting until cancelled; `wake` it after every fact.

    `published` is set when all boards were published for the first time.
    """

    def __init__(self, config: IngestConfig, meeting: Meeting, line: AtLine, devices: DeviceBook, bus: Bus) -> None:
        """Nothing is published yet."""
        self._config = config
        self._meeting = meeting
        self._line = line
        self._devices = devices
        self._bus = bus
        self._woken = asyncio.Event()
        self._heads: dict[str, BoardHead] = {}
        self._silent: dict[str, SilentPoints] = {}
        self._generation = 0
        self._canary: Canary | None = None
        self.published = asyncio.Event()

    def show(self, canary: Canary) -> None:
        """Publish this canary with the next changes: as late as a board would be."""
        self._canary = canary
        self.wake()

    def wake(self) -> None:
        """A fact was applied: boards may have changed."""
        self._woken.set()

    async def publish_changes(self) -> None:
        """Publish changed rows at once after silence, then at most every `changes_every_ms`."""
        while True:
            self._woken.clear()
            begun_s = time.monotonic()
            for changes in self._meeting.changes(wall_ms()):
                for part in parts_of(changes):
                    self._bus.publish(part)
            for passage in self._line.judged():
                self._bus.publish(passage)
            if self._canary is not None:
                self._bus.publish(self._canary)
                self._canary = None
            await asyncio.sleep(self._pause_s(self._config.changes_every_ms, begun_s))
            await self._until_woken()

    def _pause_s(self, every_ms: int, begun_s: float) -> float:
        """Return how long to wait after work that began then: a flood of passages is stored before it is shown."""
        return max(every_ms / 1_000, SHARE * (time.monotonic() - begun_s))

    async def _until_woken(self) -> None:
        """Wait for a fact, or for a gun that the clock reaches."""
        gun_ms = self._meeting.next_tick_ms(wall_ms())
        try:
            async with asyncio.timeout(None if gun_ms is None else max(0, gun_ms - wall_ms()) / 1_000):
                await self._woken.wait()
        except TimeoutError:
            return

    async def publish_state(self) -> None:
        """Keep whole boards on the bus: what differs, every `pages_every_ms`; all of it on a new connection."""
        while True:
            await self._bus.until_connected()
            begun_s = time.monotonic()
            await self.publish_pages()
            await asyncio.sleep(self._pause_s(self._config.pages_every_ms, begun_s))

    async def publish_pages(self) -> None:
        """Publish the pages and heads that differ from what is on the bus."""
        pages = self._meeting.dirty_pages()
        if self._bus.generation != self._generation:  # this broker may know nothing of what another was told
            self._generation = self._bus.generation
            self._heads.clear()
            self._silent.clear()
            pages = [(race, page) for race in self._meeting.races for page in range(self._meeting.head(race).pages)]
        for number, (race, page) in enumerate(pages, 1):
            self._bus.publish(self._meeting.page(race, page))
            if number % PAGES_AT_ONCE == 0:
                await asyncio.sleep(0)
        for race in self._meeting.races:
            head = self._meeting.head(race)
            if self._heads.get(race) != head:
                self._heads[race] = head
                self._bus.publish(head)
            self._tell_silent(head)
        self.published.set()

    def _tell_silent(self, head: BoardHead) -> None:
        """Publish which timing points are silent while somebody runs, where that changed.

        As the race is: behind a freeze the public's head still runs when mats are taken in after the last team.
        """
        race = self._meeting.event.by_race[head.race]
        runs = self._meeting.races[head.race].state() == "running"
        silent = self._devices.silent(race, wall_ms()) if runs else ()
        told = SilentPoints(race.id, silent)
        if self._silent.get(race.id) != told:
            self._silent[race.id] = told
            self._bus.publish(told)
