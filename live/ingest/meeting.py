"""The meeting: all facts of an event, and all boards that follow from them.

Everything shown is a function of the set of facts, not of their order of arrival nor of how often each arrived. A
fact marks the teams that it may concern; `changes` judges those anew and says which rows differ. Nothing here knows
the clock of the machine: `now_ms` is an argument, and only decides whether a gun has been reached.
"""

import heapq
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable
from typing import Any, Literal

from live.ingest import explain, past
from live.ingest.belonging import EARLIEST_MS, LATEST_MS, added_sighting, on_course
from live.ingest.entries import Roster
from live.ingest.judged import Sighting
from live.ingest.race import LiveRace
from live.ingest.refusals import refusal
from live.ingest.rulings import Identity, Rulings, teams_named
from live.ingest.states import Entered
from live.ingest.team import Heard
from live.ingest.wearing import wearer_of
from live.messages import (
    AddCrossing,
    AdjustTime,
    AssignChip,
    BoardChanges,
    BoardHead,
    BoardPage,
    CloseRace,
    Decision,
    FireGun,
    FreezePublic,
    Passage,
    PublishOfficial,
    Recorded,
    ReopenRace,
    ReorderRunners,
    ResolveDoubt,
    Restart,
    RestorePassage,
    RevealPublic,
    Row,
    Ruling,
    SetStatus,
    ShiftClock,
    SwapChips,
    Verdict,
    VoidPassage,
)
from live.programme import TRUST_ORDER, Event

TRUST = {trust: number for number, trust in enumerate(TRUST_ORDER)}


class Meeting:
    """Holds the facts, derives the rest. `apply` is cheap; `changes` judges what `apply` has marked."""

    def __init__(
        self, event: Event, journal: str, clock: Literal["wall", "facts"] | None = None, past: bool = False
    ) -> None:
        """`journal` is the journal's id; `clock` stands in for the event's own where it is given.

        A meeting of the `past` does not say what was expected then.
        """
        self.event = event
        self.journal = journal
        self.clock = clock or event.clock
        self.roster = Roster(event)
        self.rulings = Rulings(event)
        self.heard: dict[Identity, tuple[Heard, ...]] = {}
        self.in_order: list[Heard] = []
        self._instants_ms: list[int] = []
        """Of all passages, in order."""
        self.races = {race.id: LiveRace(race, journal, past) for race in event.races}
        self.version = 0
        self._now_ms = -1
        self._facts_ms = -1
        self._in_disorder = False
        self.as_frozen: dict[str, Meeting] = {}
        self._guns: list[tuple[int, str, str]] = []
        for live in self.races.values():
            self._set_guns(live)

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

    def _apply_passage(self, passage: Passage, fact: int, heard_at_ms: int) -> None:
        heard = Heard(passage, fact, heard_at_ms)
        self.in_order.append(heard)
        if self.rulings.shifts:
            heard.shift_ms = self.rulings.shift_ms(passage.device, passage.at_ms)
        at_ms, identity = heard.at_ms, passage.identity
        variants: tuple[Heard, ...] = (heard,)
        if (known := self.heard.get(identity)) is not None:  # the earlier instant counts, whichever came first (T03)
            self._withdraw(known, fact)
            by_instant = (*known, heard)
            variants = tuple(
                sorted(by_instant, key=lambda v: (v.passage.at_ms, v.passage.chip or "", v.passage.bib or "", v.fact))
            )
        self.heard[identity] = variants
        self._attribute(variants)
        if not self._instants_ms or at_ms >= self._instants_ms[-1]:
            self._instants_ms.append(at_ms)  # nearly always: the search would touch what has long left the cache
        else:
            insort(self._instants_ms, at_ms)
        self._note_instant(at_ms)

    def latest_ms(self, until_ms: int) -> int:
        """Return the latest instant of a passage that is not later than this; 0 where there is none."""
        place = bisect_right(self._instants_ms, until_ms)
        return self._instants_ms[place - 1] if place else 0

    def _note_instant(self, at_ms: int) -> None:
        """Something happened at that instant, in each race in which it is plausible."""
        for live in self.races.values():
            if live.race.start_ms - EARLIEST_MS <= at_ms <= live.race.start_ms + LATEST_MS:
                if at_ms > live.as_of_ms:
                    live.as_of_ms = at_ms
                if at_ms > self._facts_ms:
                    self._facts_ms = at_ms

    def _attribute(self, variants: tuple[Heard, ...], fact: int = 0) -> None:
        """Give the passage to the team that it is of, or say why it is nobody's; `fact` is the decision on it."""
        for other in variants[1:]:
            other.verdict, other.reason = "questionable", "same_identity"
        heard = variants[0]
        passage, identity, at_ms = heard.passage, heard.passage.identity, heard.at_ms
        heard.verdict, heard.reason = "ignored", ""
        wearer = wearer_of(self.roster, self.races, heard)
        live = None if wearer is None else self.races.get(wearer.race)
        if wearer is None or live is None or wearer.bib not in live.teams:
            return
        heard.race, heard.bib = wearer.race, wearer.bib
        team = live.teams[wearer.bib]
        live.dirty[wearer.bib] = team
        ruled = max(fact, self.rulings.void_facts.get(identity, 0))
        if ruled:
            team.fact, team.stale = max(team.fact, ruled), True
        if len(variants) > 1:
            team.stale = True
            team.conflicts[identity] = passage.at_ms
            team.fact = max(team.fact, *(each.fact for each in variants))
        device = self.event.by_device.get(passage.device)
        point = passage.point or (device.point if device else None)
        if self.rulings.voided.get(identity):
            heard.reason = "voided"
        elif device is None:
            heard.reason = "unknown_device"
        elif point is None or not on_course(live.race, device, point, self.event):
            heard.reason = "other_course"
        elif not team.plausible_ms[0] <= at_ms <= team.plausible_ms[1]:
            heard.verdict, heard.reason = "questionable", "implausible_date"
        else:
            at_line, trust, shifted = point == live.race.course.line, TRUST[device.trust], heard.shift_ms != 0
            heard.sighting = Sighting(at_ms, at_line, trust, *identity, wearer.runners, point, heard.fact, shifted)
            team.see(heard.sighting)
            return
        team.set_aside[identity] = heard

    def _withdraw(self, variants: tuple[Heard, ...], fact: int) -> None:
        """Take the passage back from the team that has it, because of this fact."""
        for heard in variants:
            if heard.race is None or heard.bib is None:
                continue
            live = self.races[heard.race]
            team = live.teams[heard.bib]
            live.dirty[heard.bib] = team
            team.stale = True
            team.fact = max(team.fact, fact)
            team.conflicts.pop(heard.passage.identity, None)
            team.set_aside.pop(heard.passage.identity, None)
            if heard.sighting is not None:
                team.unsee(heard.sighting)
            heard.race = heard.bib = heard.sighting = None

    # -- decisions ------------------------------------------------------------------------------------------------

    def judge(self, decision: Decision) -> Verdict | None:
        """Return why a decision cannot be taken, or that it was taken before; None where it is to be journaled."""
        known = self.rulings.entered.get(decision.id)
        return refusal(self, decision) if known is None else self.accepted(known)

    def accepted(self, entered: Entered) -> Verdict:
        """Return the verdict on a decision that is in the journal."""
        decision = entered.decision
        waits = any(entered == state.pending for state in self.rulings.states.values())
        return Verdict(decision.id, 202, entered.fact, pending=waits)

    def _note_decision(self, entered: Entered) -> None:
        match entered.decision.ruling:
            case FireGun(gun_at_ms=at_ms) | AddCrossing(crossed_at_ms=at_ms) | Restart(restart_at_ms=at_ms):
                self._note_instant(at_ms)

    def _apply_decision(self, entered: Entered) -> None:
        self._note_decision(entered)
        before = {key: list(added) for key, added in self.rulings.added.items()}
        frozen = entered.decision.ruling
        new = entered.decision.id not in self.rulings.entered
        if new and isinstance(frozen, FreezePublic) and frozen.race in self.races:
            self.races[frozen.race].freeze(entered.decision.id)
        ruling = self.rulings.enter(entered)
        if ruling is not None:
            self._follow(ruling, before, entered.fact)

    def _follow(
        self, ruling: Ruling, before: dict[tuple[str, str], list[tuple[str, AddCrossing, int]]], fact: int
    ) -> None:
        """Mark what a ruling, made or unmade by this fact, concerns."""
        match ruling:
            case CloseRace() | PublishOfficial() | ReopenRace() | FreezePublic() | RevealPublic():
                if ruling.race in self.races:
                    self.races[ruling.race].rule(self.rulings.states[ruling.race])
            case FireGun() | Restart() if ruling.race in self.races:
                live = self.races[ruling.race]
                self._set_guns(live)
                live.mark_all()
            case VoidPassage() | RestorePassage():
                self._attribute_anew([(ruling.device, ruling.epoch, ruling.seq)], fact)
            case AssignChip() | SwapChips():
                chips = self.roster.assign(self.rulings.assigned)
                read = {each.passage.identity for each in self.in_order if each.passage.chip in chips}
                self._attribute_anew(sorted(read), fact)
                for team in teams_named(ruling):
                    self._mark(*team)
            case ReorderRunners():
                self._reorder(ruling.race, ruling.bib)
            case ShiftClock():
                self._shift(ruling.device, fact)
            case ResolveDoubt():
                for race, bib in teams_named(ruling):
                    if race in self.races and bib in self.races[race].teams:
                        self.races[race].teams[bib].judge = None
                    self._mark(race, bib)
            case AddCrossing():
                self._add_crossings(ruling.race, ruling.bib, before.get((ruling.race, ruling.bib), []))
                self._mark(ruling.race, ruling.bib)
            case SetStatus() | AdjustTime():
                self._mark(ruling.race, ruling.bib)

    def _mark(self, race: str, bib: str) -> None:
        live = self.races.get(race)
        if live is not None and bib in live.teams:
            live.mark(bib)

    def _attribute_anew(self, identities: Iterable[Identity], fact: int) -> None:
        for identity in identities:
            variants = self.heard.get(identity)
            if variants:
                self._withdraw(variants, fact)
                self._attribute(variants, fact)

    def _reorder(self, race: str, bib: str) -> None:
        live = self.races.get(race)
        team = live.teams.get(bib) if live else None
        if live is not None and team is not None:
            team.order = self.rulings.order(live.race, team.entry)
            team.judge = None
            live.mark(bib)

    def _shift(self, device: str, fact: int) -> None:
        """Judge what the device said by its clock as it was set right; passages and their instants stay as they are."""
        moved: list[Identity] = []
        for heard in (heard for heard in self.in_order if heard.passage.device == device):
            shift_ms = self.rulings.shift_ms(device, heard.passage.at_ms)
            if shift_ms != heard.shift_ms:
                heard.shift_ms = shift_ms
                moved.append(heard.passage.identity)
        self._attribute_anew(dict.fromkeys(moved), fact)
        if moved:
            self._note_instants_anew()

    def _note_instants_anew(self) -> None:
        """Find out anew how late it is: an instant that was set right may have been the latest of all."""
        self._facts_ms = -1
        for live in self.races.values():
            live.as_of_ms = 0
        self._instants_ms = sorted(heard.at_ms for heard in self.in_order)
        for at_ms in self._instants_ms:
            self._note_instant(at_ms)
        for entered in self.rulings.entered.values():
            self._note_decision(entered)
        if self.clock == "facts":
            self._now_ms = -1
        for live in self.races.values():
            self._set_guns(live)
            reached = [team.gun_ms for team in live.teams.values() if team.gun_ms and team.gun_ms <= self._now_ms]
            live.as_of_ms = max([live.as_of_ms, *reached])
            live.mark_all()

    def _add_crossings(self, race: str, bib: str, before: list[tuple[str, AddCrossing, int]]) -> None:
        """Replace the crossings that officials added to a team."""
        live = self.races.get(race)
        team = live.teams.get(bib) if live else None
        if live is None or team is None:
            return
        known = live.race.course.at_m  # a point may have gone from the event folder since the ruling
        for each in (each for each in before if each[1].point is None or each[1].point in known):
            team.unsee(added_sighting(live.race, *each))
        added = self.rulings.added.get((race, bib), [])
        team.added = tuple(
            added_sighting(live.race, *each) for each in added if each[1].point is None or each[1].point in known
        )
        for sighting in team.added:
            team.see(sighting)
        team.judge = None

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

    def _set_guns(self, live: LiveRace) -> None:
        for team in live.teams.values():
            team.judge = None
            team.gun_ms = self.rulings.gun_ms(live.race, team.entry)
            if team.gun_ms is not None and team.gun_ms > self._now_ms:
                heapq.heappush(self._guns, (team.gun_ms, live.race.id, team.entry.bib))
        live.gun_ms = min((team.gun_ms for team in live.teams.values() if team.gun_ms is not None), default=None)
