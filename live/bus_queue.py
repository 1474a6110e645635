"""What the bus has to send at QoS 1: waiting, under way, confirmed. Pure.

Of a retained topic only the newest message waits: it is state, and an older one is nobody's interest any more.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from live.wire import Outgoing


@dataclass(frozen=True, slots=True)
class _Unsent:
    serial: int
    outgoing: Outgoing


class BusQueue:
    """Messages in order, until the broker has confirmed them.

    `last` is the serial number of the newest, `bytes` what their payloads hold in memory.
    """

    def __init__(self, in_flight: int) -> None:
        """`in_flight` is how many may be under way at one time."""
        self.last = 0
        self.bytes = 0
        self._most = in_flight
        self._waiting: OrderedDict[int | str, _Unsent] = OrderedDict()
        self._in_flight: dict[int, _Unsent] = {}

    def __len__(self) -> int:
        """How many messages are not confirmed."""
        return len(self._waiting) + len(self._in_flight)

    def put(self, outgoing: Outgoing) -> None:
        """Add a message at the end, or in the place of an older one of its retained topic."""
        self.last += 1
        key: int | str = outgoing.topic if outgoing.retain else self.last
        older = self._waiting.get(key)
        self.bytes += _weight(outgoing) - (_weight(older.outgoing) if older else 0)
        self._waiting[key] = _Unsent(older.serial if older else self.last, outgoing)

    def send(self, send: Callable[[Outgoing], int]) -> None:
        """Hand over what may be sent now; `send` returns the packet number under which it went out."""
        while self._waiting and len(self._in_flight) < self._most:
            _, unsent = self._waiting.popitem(last=False)
            self._in_flight[send(unsent.outgoing)] = unsent

    def confirm(self, packet: int) -> bool:
        """The broker has this packet; return whether it was one of ours."""
        confirmed = self._in_flight.pop(packet, None)
        if confirmed is None:
            return False
        self.bytes -= _weight(confirmed.outgoing)
        return True

    def take_back(self) -> None:
        """The connection is gone: what was under way waits again, at the head."""
        for unsent in reversed(self._in_flight.values()):
            key: int | str = unsent.outgoing.topic if unsent.outgoing.retain else unsent.serial
            newer = self._waiting.get(key)
            self.bytes -= 0 if newer is None else _weight(unsent.outgoing)
            self._waiting[key] = unsent if newer is None else _Unsent(unsent.serial, newer.outgoing)
            self._waiting.move_to_end(key, last=False)
        self._in_flight.clear()

    def holds(self, serial: int) -> bool:
        """Whether a message up to this serial number is not confirmed."""
        return any(unsent.serial <= serial for unsent in chain(self._in_flight.values(), self._waiting.values()))


def _weight(outgoing: Outgoing) -> int:
    return len(outgoing.payload)
