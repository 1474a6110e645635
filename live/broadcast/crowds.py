"""The phones that get the same bytes, and the shortest way to hand these over."""

from array import array
from asyncio import Transport
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

from live.broadcast.ring import Ring


class Phone(Hashable, Protocol):
    """A connection as the rounds see it; `open` until it is closed or on its way to it."""

    transport: Transport
    """It pauses as soon as the kernel does not take all: in step are only those for whom it holds nothing."""

    descriptor: int
    deflates: bool
    """It reads compressed messages."""

    open: bool
    silent: int
    """Pings since it was last heard."""

    words: int
    """What it said since the last ping."""


@dataclass(eq=False, slots=True)
class Listed:
    """A crowd at one moment."""

    phones: list[Phone]
    descriptors: "array[int]"
    outdated: bool = False
    """Somebody came or went since."""

    def write(self, start: int, stop: int, data: bytes, ring: Ring | None) -> None:
        """Hand a slice of them these bytes. Who was paused meanwhile gets them still: it counts as holding them."""
        if ring is None or not ring.works or self.outdated:
            for phone in self.phones[start:stop]:
                if phone.open:
                    phone.transport.write(data)
            return
        for index, took in ring.send(self.descriptors[start:stop], data):
            self.phones[start + index].transport.write(data[took:])  # which finds out what is the matter


class Crowd:
    """Phones of one kind.

    Their list is kept while nobody comes or goes, and in a round no phone is looked at: the memory of ten thousand,
    cold each time, costs more than what is done with it.
    """

    def __init__(self) -> None:
        """Empty."""
        self._descriptors: dict[Phone, int] = {}
        self._listed: Listed | None = None

    def __len__(self) -> int:
        return len(self._descriptors)

    def __contains__(self, phone: Phone) -> bool:
        return phone in self._descriptors

    def add(self, phone: Phone) -> None:
        """One more."""
        self._descriptors[phone] = phone.descriptor
        self._outdate()

    def drop(self, phone: Phone) -> None:
        """One less, if it was there."""
        if self._descriptors.pop(phone, None) is not None:
            self._outdate()

    def take_over(self, other: "Crowd") -> None:
        """All of the other come here."""
        self._descriptors.update(other._descriptors)
        other._descriptors.clear()
        self._outdate()
        other._outdate()

    def listed(self) -> Listed:
        """Return all of them as they are now."""
        if self._listed is None:
            self._listed = Listed(list(self._descriptors), array("i", self._descriptors.values()))
        return self._listed

    def _outdate(self) -> None:
        if self._listed is not None:
            self._listed.outdated = True
            self._listed = None
