"""What officials ruled of a race as a whole: closed, published, opened again, frozen for the public.

Decision after decision in the order of the journal, so that it is the same after every replay. Pure.
"""

from dataclasses import dataclass
from typing import assert_never

from live.messages.decisions import CloseRace, Decision, FreezePublic, PublishOfficial, ReopenRace, RevealPublic, Ruling

StateRuling = CloseRace | PublishOfficial | ReopenRace | FreezePublic | RevealPublic


@dataclass(frozen=True, slots=True)
class Entered:
    """A decision in the journal; `fact` is its seq."""

    decision: Decision
    fact: int
    heard_at_ms: int


@dataclass(slots=True)
class RaceRuled:
    """One race's state as far as decisions make it; each member is the decision that stands, None without one.

    `fact` and `frozen_fact` are the seqs of the last decisions that touched it, whether or not they hold.
    """

    closed: Entered | None = None
    pending: Entered | None = None
    published: Entered | None = None
    frozen: Entered | None = None
    fact: int = 0
    frozen_fact: int = 0

    def note(self, ruling: Ruling, fact: int) -> None:
        """Take note that a decision made or unmade this ruling."""
        self.fact = max(self.fact, fact)
        if isinstance(ruling, FreezePublic | RevealPublic):
            self.frozen_fact = max(self.frozen_fact, fact)

    def apply(self, entered: Entered, ruling: StateRuling, officials: int) -> None:
        """Take in a decision that holds, and what it rules; `officials` is how many are to publish."""
        match ruling:
            case CloseRace():
                self.closed = self.closed or entered
            case PublishOfficial():
                self._publish(entered, ruling, officials)
            case ReopenRace():
                self.closed = self.pending = self.published = None
            case FreezePublic():
                self.frozen = self.frozen or entered
            case RevealPublic():
                self.frozen = None
            case _:
                assert_never(ruling)

    def _publish(self, entered: Entered, ruling: PublishOfficial, officials: int) -> None:
        """The first of two waits until another official confirms it by its id."""
        if self.published is not None:
            return
        first = self.pending
        confirmed = (
            first is not None and ruling.confirms == first.decision.id and entered.decision.by != first.decision.by
        )
        if officials < 2 or confirmed:
            self.published, self.pending = entered, None
        elif first is None and ruling.confirms is None:
            self.pending = entered
