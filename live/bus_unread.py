"""What the bus has heard and nobody has taken yet: bounded in bytes, and taken in turns where one may drown others.

A sender who floods fills his own lane, and is taken from no faster than any sender needs. A message that the broker
delivers once more, because it waits here for long, takes the place of its earlier delivery: only the newest can be
acknowledged. Pure.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

OVERHEAD: Final = 500
"""Bytes that a delivery costs beside its payload."""


BURST_S: Final = 3.0
"""So many seconds' worth may come at once: what lay on a device is taken as fast as it comes."""

MOST_TOLD_APART: Final = 1_000


class Waiting(Protocol):
    """A delivery, as far as it matters here."""

    @property
    def topic(self) -> str:
        """Its lane."""

    @property
    def payload(self) -> bytes:
        """What it weighs."""


D = TypeVar("D", bound=Waiting)


@dataclass(slots=True)
class _Allowance:
    """How many deliveries of a topic may be taken at once, at an instant."""

    left: float
    at_s: float


class Unread(Generic[D]):
    """Deliveries in order of arrival; with `in_turns`, one of each topic after the other.

    `bytes` is what they hold in memory.
    """

    def __init__(self, most_bytes: int, *, in_turns: bool = False, each_per_s: int = 0) -> None:
        """`each_per_s` is how many of one topic are taken a second in the long run; 0: as many as come."""
        self.bytes = 0
        self._most_bytes = most_bytes
        self._in_turns = in_turns
        self._each_per_s = each_per_s
        self._arrived = 0
        self._lanes: OrderedDict[str, dict[bytes | int, D]] = OrderedDict()
        self._allowances: dict[str, _Allowance] = {}

    def __bool__(self) -> bool:
        """Whether something waits."""
        return bool(self._lanes)

    def __iter__(self) -> Iterator[D]:
        """All that waits, lane by lane."""
        return (delivery for lane in self._lanes.values() for delivery in lane.values())

    def put(self, delivery: D) -> bool:
        """Keep the delivery; return False when there is no room for it."""
        self._arrived += 1
        name = delivery.topic if self._in_turns else ""
        key: bytes | int = delivery.payload if self._in_turns else self._arrived
        lane = self._lanes.get(name, {})
        if key not in lane:
            if self._lanes and self.bytes + _cost(delivery) > self._most_bytes:
                return False
            self.bytes += _cost(delivery)
        lane[key] = delivery
        self._lanes[name] = lane
        return True

    def take(self, most: int, most_bytes: int, now_s: float) -> list[D]:
        """Return what comes next: at most so many, and no further one once they hold so many bytes.

        Nothing is returned, though something waits, when all that waits has had its share: ask again a little later.
        `now_s` is of a clock that never goes back.
        """
        taken: list[D] = []
        held = passed_over = 0
        while passed_over < len(self._lanes) and len(taken) < most and held < most_bytes:
            name, lane = self._lanes.popitem(last=False)
            if self._each_per_s and not self._allowed(name, now_s):
                self._lanes[name] = lane
                passed_over += 1
                continue
            passed_over = 0
            delivery = lane.pop(next(iter(lane)))
            if lane:
                self._lanes[name] = lane
            taken.append(delivery)
            held += _cost(delivery)
        self.bytes -= held
        return taken

    def clear(self) -> None:
        """Forget everything."""
        self._lanes.clear()
        self.bytes = 0

    def _allowed(self, name: str, now_s: float) -> bool:
        most = self._each_per_s * BURST_S
        if len(self._allowances) > MOST_TOLD_APART:
            self._allowances = {name: each for name, each in self._allowances.items() if each.left < 1}
        allowance = self._allowances.setdefault(name, _Allowance(most, now_s))
        allowance.left = min(most, allowance.left + (now_s - allowance.at_s) * self._each_per_s)
        allowance.at_s = now_s
        if allowance.left < 1:
            return False
        allowance.left -= 1
        return True


def _cost(delivery: Waiting) -> int:
    return len(delivery.payload) + OVERHEAD
