"""Recorded passages, published as their devices would: in order, at any speed, until all are in the journal."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from live.bus import Bus, BusLink
from live.event import read_event
from live.messages.devices import Passage, Stored
from live.programme import Event
from live.rehearsal.outbox import Outbox
from live.rehearsal.progress import shown_progress
from live.rehearsal.recording import read_recording
from live.secrets import Secrets
from live.times import HOUR_MS
from live.wire import Topics, Unreadable

DEFAULT_BROKER = "mqtt://127.0.0.1:1883"
CHUNK = 800
"""Rows sorted into messages at once: between devices the order of the file holds as far as that."""
WINDOW = 16_000
"""Passages under way that no watermark covers yet."""
CONNECT_S = 10.0
TICK_MS = 100


class ReplayFailed(RuntimeError):
    """The broker cannot be reached or does not let us in; the message says what to do."""


async def replay(folder: Path, file: Path, *, data: Path, broker: str = DEFAULT_BROKER, speed: float = 1.0) -> int:
    """Publish the passages in `file` for the event in `folder`; return how many there are, once all are stored.

    `speed` is in times real speed, 0 as fast as they are stored. `data` holds the credentials.

    Raises:
        EventProblems, RecordingProblems: event or file cannot be used; nothing was sent.
        ReplayFailed: no credentials, no broker.
        BusRefused: the broker knows another event.
    """
    event = read_event(folder)
    recording = read_recording(file, event.by_device)
    return await send_all(event, recording.passages, replay_link(data, broker), speed)


def replay_link(data: Path, broker: str) -> BusLink:
    """Return how to reach the broker as the user `replay`, under a client id that takes over no device.

    Raises:
        ReplayFailed: `serve` has made no credentials in `data` yet.
    """
    secrets = Secrets(data)
    client_id = f"replay-{os.urandom(6).hex()}"
    link = BusLink.parse(broker, client_id=client_id, user="replay")
    if link.password:
        return link
    if not (secrets.folder / "replay").exists():
        raise ReplayFailed(f"{secrets.folder / 'replay'} is missing: start `live serve` with this event first")
    return replace(link, password=secrets.password("replay"))


async def send_all(event: Event, passages: Sequence[Passage], link: BusLink, speed: float) -> int:
    """Publish the passages in their order over one connection; return their number once all are stored.

    Raises:
        ReplayFailed: nobody answers, or we are not let in.
        BusRefused: the broker knows another event.
    """
    topics = Topics(event.id)
    async with Bus(link, topics, topics.for_replay) as bus:
        await _connected(bus)
        with shown_progress("stored", len(passages)) as show:
            sender = _Sender(bus, topics, passages, show)
            listening = asyncio.create_task(sender.listen())
            sending = asyncio.create_task(sender.send(speed, _planned(event)))
            try:
                done, _ = await asyncio.wait([sending, listening], return_when=asyncio.FIRST_COMPLETED)
                done.pop().result()
            finally:
                sending.cancel()
                listening.cancel()
        await bus.flush()
    return len(passages)


async def _connected(bus: Bus) -> None:
    """Wait for the first connection; later ones are waited for without end."""
    where = f"{bus.link.host}:{bus.link.port}"
    waiting = asyncio.create_task(bus.until_connected())
    try:
        deadline_s = time.monotonic() + CONNECT_S
        while not (await asyncio.wait([waiting], timeout=TICK_MS / 1_000))[0]:
            if bus.refusal is not None:
                raise ReplayFailed(f"the broker at {where} refuses {bus.link.user}: {bus.refusal}")
            if time.monotonic() > deadline_s:
                raise ReplayFailed(f"no broker answers at {where}: is `live serve` running, with that --mqtt-port?")
        await waiting
    finally:
        waiting.cancel()


def _planned(event: Event) -> tuple[int, int]:
    """The span of plausible instants; what a device with an absurd clock says must not stop the clock of a replay."""
    starts = [race.start_ms for race in event.races]
    return min(starts) - 12 * HOUR_MS, max(starts) + 48 * HOUR_MS


class _Sender:
    """All devices of a recording on one connection: an outbox each, and one window over all of them."""

    def __init__(self, bus: Bus, topics: Topics, passages: Sequence[Passage], show: Callable[[int], None]) -> None:
        self._bus = bus
        self._topics = topics
        self._passages = passages
        self._show = show
        keys = dict.fromkeys((passage.device, passage.epoch) for passage in passages)
        self._boxes = {key: Outbox(*key) for key in keys}
        self._put = 0
        self._moved = asyncio.Event()

    async def send(self, speed: float, planned: tuple[int, int]) -> None:
        """Put every passage when it is due, and send until the journal has all."""
        started_s = time.monotonic()
        for due_s, group in due_pieces(self._passages, planned, speed):
            await self._until(lambda: self._queued <= WINDOW - CHUNK)
            await asyncio.sleep(started_s + due_s - time.monotonic())
            for passage in group:
                self._boxes[passage.device, passage.epoch].put(passage)
            self._put += len(group)
            self._flush()
        await self._until(lambda: self._queued == 0)

    async def listen(self) -> None:
        """Hear what is stored. What was retained before we came may be another journal's word: only news count."""
        async for deliveries in self._bus.deliveries():
            for delivery in deliveries:
                delivery.ack()
                if delivery.retained:
                    continue
                try:
                    message = self._topics.decode(delivery.topic, delivery.payload)
                except Unreadable:
                    continue
                if isinstance(message, Stored) and (message.device, message.epoch) in self._boxes:
                    self._boxes[message.device, message.epoch].stored(message)
            self._moved.set()

    @property
    def _queued(self) -> int:
        return sum(box.queued for box in self._boxes.values())

    def _flush(self) -> None:
        """Send what is due, new or too long under way. Without a connection it stays in the outboxes."""
        if not self._bus.connected:
            return
        now_ms = int(time.monotonic() * 1_000)
        for box in self._boxes.values():
            while (batch := box.take(now_ms)) is not None:
                self._bus.publish(batch)

    async def _until(self, satisfied: Callable[[], bool]) -> None:
        """Wait for watermarks, sending again what none covers."""
        while True:
            self._flush()
            self._show(self._put - self._queued)
            if satisfied():
                return
            self._moved.clear()
            moved = asyncio.create_task(self._moved.wait())
            await asyncio.wait([moved], timeout=TICK_MS / 1_000)
            moved.cancel()


def due_pieces(
    passages: Sequence[Passage], planned: tuple[int, int], speed: float
) -> Iterator[tuple[float, Sequence[Passage]]]:
    """Cut a recording into pieces that are due together: (seconds from the start, at most `CHUNK` passages).

    The file's order rules: what is older than the row before it (a device that was offline) is due with that row, and
    so is what lies outside `planned`, the span of plausible instants. At speed 0 everything is due at once.
    """
    begin_ms: int | None = None
    latest_ms, tick, piece = 0, 0, list[Passage]()
    for passage in passages:
        if speed and planned[0] <= passage.at_ms <= planned[1]:
            begin_ms = passage.at_ms if begin_ms is None else begin_ms
            latest_ms = max(latest_ms, passage.at_ms)
        due = 0 if begin_ms is None else int((latest_ms - begin_ms) / speed) // TICK_MS
        if piece and (due > tick or len(piece) == CHUNK):
            yield tick * TICK_MS / 1_000, piece
            piece = []
        piece.append(passage)
        tick = due
    if piece:
        yield tick * TICK_MS / 1_000, piece
