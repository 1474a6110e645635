"""What a listener knows of the canary: when one came through last, how long it took, and which part is silent. Pure.

The canary is a passage of no chip that the supervisor sends every 5 s as a device would (see `canary_device`). It goes
through broker, ingest and journal, and comes back among the boards: while it does, the chain holds.
"""

from collections import deque
from typing import Final

from live.messages.services import BrokerHealth, Canary, Health

KEPT: Final = 120
"""Canaries of ten minutes, for the latencies."""

BROKER_SILENT_MS: Final = 10_000
"""Whoever looks after the broker says a word every second."""


class CanaryWatch:
    """Hears canaries. Instants are of the listener's own clocks: one that never steps, and its wall clock."""

    def __init__(self) -> None:
        """None has come through."""
        self._newest: Canary | None = None
        self._heard_ms = 0
        self._took_ms: deque[int] = deque(maxlen=KEPT)

    def hear(self, canary: Canary, retained: bool, now_ms: int, wall_ms: int) -> None:
        """Take a canary; a retained one came through when it was stored, and is news only to whoever heard none."""
        if not retained:
            self._newest, self._heard_ms = canary, now_ms
            self._took_ms.append(max(0, wall_ms - canary.sent_at_ms))
        elif self._newest is None:
            self._newest, self._heard_ms = canary, now_ms - max(0, wall_ms - canary.stored_at_ms)

    def age_ms(self, now_ms: int) -> int | None:
        """Return how long ago one came through; None when none did."""
        return None if self._newest is None else max(0, now_ms - self._heard_ms)

    def took_ms(self, share: float) -> int | None:
        """Return the time from the sender to here that this share of the latest ones took at most."""
        ordered = sorted(self._took_ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None

    def missing(self, now_ms: int, limit_ms: int) -> str:
        """Return in words that none came through within the limit; empty while they do."""
        age_ms = self.age_ms(now_ms)
        if age_ms is None:
            return "no canary has come through yet"
        return f"the last canary came through {age_ms // 1000} s ago" if age_ms > limit_ms else ""

    def silent_part(self, health: Health | None, broker: BrokerHealth | None, wall_ms: int) -> str:
        """Return which part of the chain lets no canary through, from what ingest and the broker's keeper said last."""
        if broker is None or wall_ms - broker.at_ms > BROKER_SILENT_MS:
            return "nobody is heard who looks after the broker and sends canaries"
        came_ms = self._newest.sent_at_ms if self._newest else 0
        heard_ms, stored_ms = (health.canary_heard_at_ms, health.canary_stored_at_ms) if health else (0, 0)
        if broker.taken_at_ms <= came_ms:
            return "the broker takes no canary"
        if heard_ms <= came_ms:
            return "ingest hears no canary"
        if stored_ms <= came_ms:
            return "the journal stores no canary"
        return "the boards of ingest do not come through"
