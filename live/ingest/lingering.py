"""Who stands in range of a device and does not move: who waits beside the mat, a chip forgotten on a table (T06).

They count for nothing, and cost nothing; but a device whose field they fill sees others less well, so it is told.
"""

from typing import Any, Final

from live.messages.devices import Passage
from live.times import MINUTE_MS, SECOND_MS

NEAR_MS: Final = 45 * SECOND_MS
"""A device gives a passage every half minute of a chip that stays: a longer silence, and it was away."""
STAYS_MS: Final = 2 * MINUTE_MS
"""Shorter than this is a runner who catches his breath."""
MOST: Final = 50


class Lingering:
    """The chips that one device sees, each with how long it has been seen without a break."""

    def __init__(self) -> None:
        """Nobody was seen yet."""
        self._stays: dict[str, tuple[int, int, int]] = {}
        self._latest_ms = 0

    def see(self, passage: Passage) -> None:
        """Take note of a passage. One that comes late, out of order, neither makes nor breaks a stay."""
        if passage.chip is None:
            return
        since_ms, last_ms, passages = self._stays.get(passage.chip, (passage.at_ms, passage.at_ms, 0))
        if passage.at_ms > last_ms + NEAR_MS:
            since_ms, passages = passage.at_ms, 0
        self._stays[passage.chip] = (since_ms, max(last_ms, passage.at_ms), passages + 1)
        self._latest_ms = max(self._latest_ms, passage.at_ms)

    def told(self) -> list[dict[str, Any]]:
        """Return who stays, by the newest passage of the device: the longest first, at most `MOST`."""
        found = [
            {"chip": chip, "since_ms": since_ms, "last_ms": last_ms, "passages": passages}
            for chip, (since_ms, last_ms, passages) in self._stays.items()
            if last_ms - since_ms >= STAYS_MS and last_ms + NEAR_MS >= self._latest_ms
        ]
        return sorted(found, key=lambda each: (each["since_ms"], each["chip"]))[:MOST]
