"""How many of the official figures ours equal, and which do not."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Tally:
    """A count of equals; what differs is kept in words, so that a failed test says where."""

    equal: int = 0
    differing: list[str] = field(default_factory=list)

    def compare(self, what: str, ours: Any, official: Any) -> None:
        """Count one figure."""
        if ours == official:
            self.equal += 1
        else:
            self.differing.append(f"{what}: ours {ours}, official {official}")
