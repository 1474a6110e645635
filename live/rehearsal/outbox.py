"""What a device keeps until the journal has it: sent in order, sent again when no watermark covers it. Pure."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from live.messages.devices import Passage, PassageBatch, Stored

MAX_PASSAGES = 40
"""Passages in one message."""
RESEND_AFTER_MS = 6_000
"""A PUBACK is not proof: what no watermark covers after so long is sent again."""


@dataclass(frozen=True, slots=True)
class _Flight:
    """A message under way. `last` is its highest seq, `sent_ms` when it was sent (last)."""

    sent_ms: int
    last: int
    passages: tuple[Passage, ...]


class Outbox:
    """The passages of one device's epoch. What a watermark covers is kept, too: a server may lose what it had.

    `through` is the watermark; every instant is an argument, `now_ms`, of any clock that never steps.
    """

    def __init__(self, device: str, epoch: str) -> None:
        """Start empty."""
        self.device = device
        self.epoch = epoch
        self.through = 0
        self.last_seq = 0
        self._waiting: deque[Passage] = deque()
        self._flying: deque[_Flight] = deque()
        self._covered: list[Passage] = []

    @property
    def queued(self) -> int:
        """How many passages no watermark covers yet."""
        return len(self._waiting) + sum(len(flight.passages) for flight in self._flying)

    def put(self, passage: Passage) -> None:
        """Keep a passage of this device and epoch, to be sent after those put before."""
        self._waiting.append(passage)
        self.last_seq = max(self.last_seq, passage.seq)

    def take(self, now_ms: int) -> PassageBatch | None:
        """Return the next message to send: first what was sent too long ago, then what was never sent; or None."""
        passages = self._overdue(now_ms) or self._unsent()
        if not passages:
            return None
        self._flying.append(_Flight(now_ms, max(passage.seq for passage in passages), passages))
        return PassageBatch(self.device, self.epoch, passages)

    def stored(self, watermark: Stored) -> bool:
        """Put aside what the watermark covers; return whether it said anything new.

        It may go back, where the server lost its journal: then all above it is sent again. Another epoch's watermark
        says that nothing of ours is stored.
        """
        through = watermark.through if watermark.epoch == self.epoch else 0
        if through == self.through:
            return False
        self.through = through
        while self._flying and self._flying[0].last <= through:
            self._covered += self._flying.popleft().passages
        again = [passage for passage in self._covered if passage.seq > through]
        self._covered = [passage for passage in self._covered if passage.seq <= through]
        self._waiting.extendleft(reversed(again))
        return True

    def _above(self, passages: Iterable[Passage]) -> tuple[Passage, ...]:
        """Return those that the watermark does not cover, and put the others aside."""
        above: list[Passage] = []
        for passage in passages:
            (above if passage.seq > self.through else self._covered).append(passage)
        return tuple(above)

    def _unsent(self) -> tuple[Passage, ...]:
        passages: tuple[Passage, ...] = ()
        while self._waiting and len(passages) < MAX_PASSAGES:
            passages += self._above([self._waiting.popleft()])  # the journal may have it from an earlier time
        return passages

    def _overdue(self, now_ms: int) -> tuple[Passage, ...]:
        while self._flying and now_ms - self._flying[0].sent_ms >= RESEND_AFTER_MS:
            if passages := self._above(self._flying.popleft().passages):
                return passages
        return ()
