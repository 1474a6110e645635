"""A fact as the journal has it."""

from dataclasses import dataclass

from live.messages.decisions import Decision
from live.messages.devices import Passage


@dataclass(frozen=True, slots=True)
class Recorded:
    """One fact in the journal, with its place in it and the instant it was heard."""

    seq: int
    heard_at_ms: int
    fact: Passage | Decision
