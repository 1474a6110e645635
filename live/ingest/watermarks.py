"""Which passages of each device are stored: up to where without a hole, and which holes there are above. Pure."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Watermark:
    """One epoch of one device: every seq from 1 to `through` is stored, and those in `above` beyond it."""

    through: int = 0
    above: set[int] = field(default_factory=set)

    def __contains__(self, seq: int) -> bool:
        """Whether this seq is stored."""
        return 1 <= seq <= self.through or seq in self.above

    def add(self, seq: int) -> None:
        """Take note of a stored seq, in any order and any number of times."""
        if seq > self.through:
            self.above.add(seq)
        while self.through + 1 in self.above:
            self.through += 1
            self.above.remove(self.through)

    @property
    def holes(self) -> list[tuple[int, int]]:
        """What is missing below the highest seq, as first and last seq of each hole."""
        found: list[tuple[int, int]] = []
        expected = self.through + 1
        for seq in sorted(self.above):
            if seq > expected:
                found.append((expected, seq - 1))
            expected = seq + 1
        return found


class Watermarks:
    """The watermarks of all devices, by device and epoch."""

    def __init__(self) -> None:
        """Nothing is stored yet."""
        self._all: dict[tuple[str, str], Watermark] = {}

    def of(self, device: str, epoch: str) -> Watermark:
        """Return what is stored of this device's epoch; nothing, if it was never heard of."""
        return self._all.get((device, epoch), Watermark())

    def add(self, device: str, epoch: str, seq: int) -> None:
        """Take note of a stored passage."""
        self._all.setdefault((device, epoch), Watermark()).add(seq)
