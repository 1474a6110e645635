"""What ingest knows of each device: its own word, its newest passage, and which watermark it has to be told. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from live.ingest.lingering import Lingering
from live.ingest.watermarks import Watermarks
from live.messages.devices import DeviceStatus, Passage, Stored
from live.messages.display import SilentPoint
from live.messages.facts import Recorded
from live.programme import Event, Race

STORED_EVERY_MS: Final = 333
"""A device is told its watermark at once after silence, then about three times a second."""

SILENT_AFTER_MS: Final = 15_000
"""A device that comes back sooner was not missed: people are told of a timing point that is silent for longer."""

NO_EPOCH: Final = "-"
MOST_HOLES: Final = 100
MOST_EVENTS: Final = 50


class DeviceBook:
    """The devices of the event, and any other that was heard of."""

    def __init__(self, event: Event, watermarks: Watermarks) -> None:
        """Nothing was heard yet."""
        self._event = event
        self._watermarks = watermarks
        self._statuses: dict[str, DeviceStatus] = {}
        self._offline_ms: dict[str, int] = {}
        self._epochs: dict[str, str] = {device.id: NO_EPOCH for device in event.devices}
        self._last_at_ms: dict[str, int] = {}
        self._due: dict[tuple[str, str], None] = {}
        self._told_ms: dict[tuple[str, str], int] = {}
        self._began: dict[str, list[str]] = {}
        self._events: dict[str, deque[dict[str, Any]]] = {}
        self._lingering: dict[str, Lingering] = {}
        self._first_clocks: dict[str, tuple[str | None, DeviceStatus]] = {}

    def hear(self, status: DeviceStatus, heard_at_ms: int) -> None:
        """Keep a device's own word about itself; that it went off line, or came back, is an event (T14)."""
        was = self._statuses.get(status.device)
        if was is not None and status.state == "offline" and status.epoch is None:
            status = replace(was, state="offline")  # its will knows nothing: what it said last holds
        if was is not None and was.state != status.state:
            self._note(status.device, status.state, heard_at_ms)
        if status.state == "online":
            self._offline_ms.pop(status.device, None)
        elif status.device not in self._offline_ms:
            self._offline_ms[status.device] = heard_at_ms
        if status.epoch is not None:
            self._begin(status.device, status.epoch, heard_at_ms)
        if status.clock is not None and self._first_clocks.get(status.device, ("", status))[0] != status.epoch:
            self._first_clocks[status.device] = (status.epoch, status)
        self._statuses[status.device] = status
        self._epochs.setdefault(status.device, NO_EPOCH)

    def apply(self, recorded: Recorded) -> None:
        """Take note of a fact of the journal."""
        if isinstance(recorded.fact, Passage):
            passage = recorded.fact
            self._begin(passage.device, passage.epoch, recorded.heard_at_ms)
            self._epochs[passage.device] = passage.epoch
            self._last_at_ms[passage.device] = max(passage.at_ms, self._last_at_ms.get(passage.device, 0))
            self._lingering.setdefault(passage.device, Lingering()).see(passage)

    def _begin(self, device: str, epoch: str, heard_at_ms: int) -> None:
        """Take note of an epoch: one that was never heard of is a device that began anew, with numbers from 1 (T12)."""
        began = self._began.setdefault(device, [])
        if epoch not in began:
            if began:
                self._note(device, "new_epoch", heard_at_ms, epoch)
            began.append(epoch)

    def _note(self, device: str, what: str, at_ms: int, epoch: str | None = None) -> None:
        events = self._events.setdefault(device, deque(maxlen=MOST_EVENTS))
        events.append({"at_ms": at_ms, "what": what, "epoch": epoch})

    def _missing(self, device: str, but: str) -> list[dict[str, Any]]:
        """Return the holes of the device's other epochs: what it may still hold, and can be asked for (T12)."""
        epochs = [epoch for epoch in self._began.get(device, ()) if epoch != but]
        holes = {epoch: self._watermarks.of(device, epoch).holes[:MOST_HOLES] for epoch in epochs}
        return [{"epoch": epoch, "holes": [list(hole) for hole in found]} for epoch, found in holes.items() if found]

    def owe(self, device: str, epoch: str) -> None:
        """The device sent something of this epoch, new or not: it is waiting for its watermark."""
        self._due[device, epoch] = None

    def owe_all(self) -> None:
        """Tell every device at once: the broker may have forgotten, or have another journal's word."""
        self._told_ms.clear()
        for device, epoch in self._epochs.items():
            self.owe(device, epoch)

    def due(self, now_ms: int) -> Iterator[Stored]:
        """Yield the watermarks that are to be told now, and count them as told. `now_ms` never goes back."""
        for device, epoch in list(self._due):
            if now_ms - self._told_ms.get((device, epoch), -STORED_EVERY_MS) < STORED_EVERY_MS:
                continue
            del self._due[device, epoch]
            self._told_ms[device, epoch] = now_ms
            yield Stored(device, epoch, self._watermarks.of(device, epoch).through)

    def answer(self) -> dict[str, Any]:
        """Return what the contract says of the devices: those of the event, then strangers."""
        return {"devices": [self._members(device) for device in self._epochs]}

    def silent(self, race: Race, now_ms: int) -> tuple[SilentPoint, ...]:
        """Return the timing points of a race that had a device on line and have none any more, and since when (T96).

        A point whose devices never said a word is none of them: nobody knows that it should speak.
        """
        here = [device for device in self._event.devices if device.course == race.course.id]
        found = []
        for point in race.course.points:
            states = [self._statuses.get(device.id) for device in here if device.point == point.id]
            known = [status for status in states if status is not None]
            if not known or any(status.state == "online" for status in known):
                continue
            since_ms = max(self._offline_ms[status.device] for status in known)
            if now_ms - since_ms >= SILENT_AFTER_MS:
                found.append(SilentPoint(point.id, since_ms))
        return tuple(found)

    def held(self, device: str, epoch: str, seqs: Iterable[int]) -> dict[str, Any]:
        """Return whether all these passages of a device are stored, also above a hole, and the watermark."""
        stored = self._watermarks.of(device, epoch)
        return {"held": all(seq in stored for seq in seqs), "through": stored.through}

    def _members(self, name: str) -> dict[str, Any]:
        device, status = self._event.by_device.get(name), self._statuses.get(name)
        epoch = self._epochs[name]
        if epoch == NO_EPOCH and status is not None and status.epoch is not None:
            epoch = status.epoch
        stored = self._watermarks.of(name, epoch)
        return {
            "device": name,
            "point": device.point if device else None,
            "course": device.course if device else None,
            "trust": device.trust if device else None,
            "state": status.state if status else "unknown",
            "at_ms": status.at_ms if status else None,
            "last_at_ms": self._last_at_ms.get(name),
            "stored": None if epoch == NO_EPOCH else {"epoch": epoch, "through": stored.through},
            "holes": [list(hole) for hole in stored.holes[:MOST_HOLES]],
            "earlier": self._missing(name, epoch),
            "events": list(self._events.get(name, ())),
            "queued": status.queued if status else None,
            "last_seq": status.last_seq if status else None,
            "clock": _clock(status),
            "first_clock": _clock(self._first_clocks[name][1]) if name in self._first_clocks else None,
            "lingering": self._lingering[name].told() if name in self._lingering else [],
            "battery": status.battery if status else None,
        }


def _clock(status: DeviceStatus | None) -> dict[str, int | None] | None:
    """How far off its clock a device says it is, and when it said so; its first and its newest word show a drift."""
    if status is None or status.clock is None:
        return None
    return {"offset_ms": status.clock.offset_ms, "error_ms": status.clock.error_ms, "at_ms": status.at_ms}
