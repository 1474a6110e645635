"""Between devices and the server: passages, what is stored of them, a device's state, the time."""

from dataclasses import dataclass
from typing import Literal

DeviceState = Literal["online", "offline"]


@dataclass(frozen=True, slots=True)
class Passage:
    """What a device says: this chip (or bib) at this timing point at this instant. Never edited.

    `(device, epoch, seq)` identifies it for ever. `point` is set where the device serves several.
    """

    device: str
    epoch: str
    seq: int
    at_ms: int
    chip: str | None = None
    bib: str | None = None
    runner: str | None = None
    race: str | None = None
    point: str | None = None
    rssi: int | None = None
    reads: int | None = None

    @property
    def identity(self) -> tuple[str, str, int]:
        """`(device, epoch, seq)`."""
        return (self.device, self.epoch, self.seq)


@dataclass(frozen=True, slots=True)
class Rejected:
    """What could not be understood, with the reason and the raw bytes. Kept, counted, shown; never fatal.

    Where `device`, `epoch` and `seq` could be read, the row counts as stored, so that the device stops sending it.
    """

    topic: str
    raw: bytes
    reason: str
    device: str | None = None
    epoch: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class PassageBatch:
    """One message of a device: the passages that were understood and those that were not."""

    device: str
    epoch: str
    passages: tuple[Passage, ...]
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """How far a device's clock is from ours, and how sure that is, both in ms."""

    offset_ms: int = 0
    error_ms: int = 0


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """A device's own word about itself; ``offline`` comes as its last will."""

    device: str
    state: DeviceState
    at_ms: int | None = None
    epoch: str | None = None
    last_seq: int = 0
    queued: int = 0
    clock: Clock | None = None
    battery: float | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """Every passage of this device's epoch up to `through` is durable: only now may the device forget it."""

    device: str
    epoch: str
    through: int


@dataclass(frozen=True, slots=True)
class ClockAsked:
    """A device asks the time."""

    device: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """Our answer to `ClockAsked`; the device knows its offset from these three instants."""

    device: str
    sent_ms: int
    heard_ms: int
    answered_ms: int
