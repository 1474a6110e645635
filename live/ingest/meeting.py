"""The meeting: all facts of an event, and all boards that follow from them.

Everything shown is a function of the set of facts, not of their order of arrival nor of how often each arrived. A
fact marks the teams that it may concern (`attribution` for passages, `enactment` for decisions); `changes` judges those
anew and says which rows differ. Nothing here knows the clock of the machine: `now_ms` is an argument, and only decides
whether a gun has been reached.
"""

import heapq
from collections.abc import Callable, Iterable
from typing import Any, Literal

from live.ingest import explain, past
from live.ingest.enactment import Enactment
from live.ingest.race import LiveRace
from live.ingest.refusals import refusal
from live.ingest.states import Entered
from live.messages.boards import BoardChanges, BoardHead, BoardPage, Row
from live.messages.decisions import Decision, Verdict
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Event


class Meeting(Enactment):
    """Holds the facts, derives the rest. `apply` is cheap; `changes` judges what `apply` has marked."""

    def __init__(
        self, event: Event, journal: str, clock: Literal["wall", "facts"] | None = None, past: bool = False
    ) -> None:
        """`journal` is the journal's id; `clock` stands in for the event's own where it is given.

        A meeting of the `past` does not say what was expected then.
        """
        super().__init__(event, journal, clock, past)
        self.version = 0
        self._in_disorder = False
        self.as_frozen: dict[str, Meeting] = {}

    # -- facts ----------------------------------------------------------------------------------------------------

    def apply(self, recorded: Recorded) -> None:
        """Take in one fact of the journal. Total: whatever the journal holds gets a verdict, never an exception."""
        if recorded.seq < self.version:
            self._in_disorder = True
        else:
            self.version = recorded.seq
        by_order = self._is_by_order(recorded)
        if by_order:
            self._settle_at(recorded.heard_at_ms)
        if isinstance(recorded.fact, Passage):
            self._apply_passage(recorded.fact, recorded.seq, recorded.heard_at_ms)
        else:
            self._apply_decision(Entered(recorded.fact, recorded.seq, recorded.heard_at_ms))
        if by_order:
            at_ms = self.now_ms(recorded.heard_at_ms) if isinstance(recorded.fact, Passage) else recorded.fact.at_ms
            for live, changed in self._settle_at(recorded.heard_at_ms):
                live.follow(changed, at_ms)

    def _is_by_order(self, recorded: Recorded) -> bool:
        """Whether the order of the journal matters: of facts of an official race, of rulings on a race as a whole."""
        for live in self.races.values():
            if live.ruled.published is not None:
                return True
        return isinstance(recorded.fact, Decision) and self.rulings.state_ruling(recorded.fact.ruling) is not None

    def _settle_at(self, heard_at_ms: int) -> list[tuple[LiveRace, list[Row]]]:
        """Judge what was marked, as of a fact that was heard at that instant; return each race's rows that changed.

        Where the order of the journal matters, in editions and freezes, each fact is judged by itself, so that a
        replay finds the same.
        """
        self._tick(self.now_ms(heard_at_ms))
        return [(live, live.settle(self.rulings, self._now_ms)) for live in self.races.values()]

    def judge(self, decision: Decision) -> Verdict | None:
        """Return why a decision cannot be taken, or that it was taken before; None where it is to be journaled."""
        known = self.rulings.entered.get(decision.id)
        return refusal(self, decision) if known is None else self.accepted(known)

    def accepted(self, entered: Entered) -> Verdict:
        """Return the verdict on a decision that is in the journal."""
        decision = entered.decision
        waits = any(entered == state.pending for state in self.rulings.states.values())
        return Verdict(decision.id, 202, entered.fact, pending=waits)

    # -- what follows ---------------------------------------------------------------------------------------------

    def now_ms(self, now_ms: int) -> int:
        """Return the instant that the boards are of: the wall's, or the latest plausible one of the facts."""
        return self._facts_ms if self.clock == "facts" else now_ms

    def next_tick_ms(self, now_ms: int) -> int | None:
        """Return the next instant at which boards change without a fact: a gun, a wait that is over. None: none."""
        if self.clock == "facts":
            return None
        ticks = [self._guns[0][0]] if self._guns else []
        ticks += [live.alarms[0][0] for live in self.races.values() if live.alarms]
        return min(ticks, default=None)

    def changes(self, now_ms: int) -> list[BoardChanges]:
        """Judge what was marked; return what changed since the last call, at most one message a race."""
        if self._in_disorder:
            self._put_in_order()
        self._tick(self.now_ms(now_ms))
        changed = []
        for live in self.races.values():
            live.settle(self.rulings, self._now_ms)
            if (told := live.collect()) is not None:
                changed.append(told)
        return changed

    def _put_in_order(self) -> None:
        """Facts came in another order than the journal's: what depends on that is found out by its order."""
        self._in_disorder = False
        if not any(state.fact for state in self.rulings.states.values()):
            return
        ordered = self.replayed(past.all_facts(self), self.clock)
        for race, live in self.races.items():
            live.editions, live.snapshots = ordered.races[race].editions, ordered.races[race].snapshots
            live.show_anew()
        self.as_frozen.clear()

    def replayed(self, facts: Iterable[Recorded], clock: Literal["wall", "facts"], past: bool = False) -> "Meeting":
        """Return a meeting that was told these facts and no other."""
        other = Meeting(self.event, self.journal, clock, past)
        for recorded in facts:
            other.apply(recorded)
        return other

    def settle(self, now_ms: int) -> None:
        """Judge what was marked; what changed by it is told by the next `changes`."""
        self._tick(self.now_ms(now_ms))
        for live in self.races.values():
            live.settle(self.rulings, self._now_ms)

    def _tick(self, now_ms: int) -> None:
        """It is this late at least: some guns may have been reached."""
        if now_ms > self._now_ms:
            self._now_ms = now_ms
        while self._guns and self._guns[0][0] <= self._now_ms:
            gun_ms, race, bib = heapq.heappop(self._guns)
            self.races[race].as_of_ms = max(self.races[race].as_of_ms, gun_ms)
            self._mark(race, bib)
        for live in self.races.values():
            live.ring(self._now_ms)

    def head(self, race: str) -> BoardHead:
        """Return the head of a race's board as of the last `changes`."""
        return self.races[race].head()

    def page(self, race: str, number: int) -> BoardPage:
        """Return one page of a race's rows, from 0, as of the last `changes`."""
        return self.races[race].page(number)

    def dirty_pages(self) -> list[tuple[str, int]]:
        """Return the pages that changed since the last call, all of them at the first."""
        dirty = [(race, page) for race, live in self.races.items() for page in sorted(live.dirty_pages)]
        for live in self.races.values():
            live.dirty_pages.clear()
        return dirty

    def answer(self, question: str, about: dict[str, str]) -> dict[str, Any]:
        """Answer a question of the web, as of the last `changes`; of a frozen race as at the freeze.

        An official, whose question is `about` something with a member `official`, is told how it is.

        Raises:
            LookupError: there is no such question, race or team.
            ValueError: a member of `about` is not what it should be.
        """
        answers: dict[str, Callable[[Meeting, dict[str, str]], dict[str, Any]]] = {
            "team": past.team,
            "board": past.board,
            "board_at": past.board_at,
            "edition_before": past.edition_before,
            "passages": explain.passages,
            "decisions": explain.decisions,
            "doubts": explain.doubts,
        }
        if question not in answers:
            raise LookupError(f"no question {question!r}: one of {', '.join(answers)}")
        return answers[question](self, about)
