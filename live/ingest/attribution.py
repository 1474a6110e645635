"""Whose each passage is: the team that has it, or the reason why nobody does."""

from bisect import bisect_right, insort
from typing import Literal

from live.ingest.belonging import EARLIEST_MS, LATEST_MS, on_course
from live.ingest.entries import Roster, Wearer
from live.ingest.judged import Sighting
from live.ingest.race import LiveRace
from live.ingest.rulings import Identity, Rulings
from live.ingest.team import Heard, Team
from live.ingest.wearing import wearer_of
from live.messages.devices import Passage
from live.programme import TRUST_ORDER, Event

TRUST = {trust: number for number, trust in enumerate(TRUST_ORDER)}


class Attribution:
    """Holds the passages, and gives each to the team that it is of."""

    def __init__(self, event: Event, journal: str, clock: Literal["wall", "facts"] | None, past: bool) -> None:
        """Nothing was heard yet; see `Meeting`."""
        self.event = event
        self.journal = journal
        self.clock = clock or event.clock
        self.roster = Roster(event)
        self.rulings = Rulings(event)
        self.heard: dict[Identity, tuple[Heard, ...]] = {}
        self.said_twice: set[Identity] = set()
        """Under these a device sent several contents (T03)."""
        self.in_order: list[Heard] = []
        self._instants_ms: list[int] = []
        """Of all passages, in order."""
        self.races = {race.id: LiveRace(race, journal, past) for race in event.races}
        self._facts_ms = -1

    def _apply_passage(self, passage: Passage, fact: int, heard_at_ms: int) -> None:
        heard = Heard(passage, fact, heard_at_ms)
        self.in_order.append(heard)
        if self.rulings.shifts:
            heard.shift_ms = self.rulings.shift_ms(passage.device, passage.at_ms)
        at_ms, identity = heard.at_ms, passage.identity
        variants: tuple[Heard, ...] = (heard,)
        if (known := self.heard.get(identity)) is not None:
            self._withdraw(known, fact)
            self.said_twice.add(identity)
            variants = self._in_turn((*known, heard))
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

    def _in_turn(self, variants: tuple[Heard, ...]) -> tuple[Heard, ...]:
        """The contents under one identity, first the one that counts: the earliest, whichever came first, or the one
        that an official chose (T03).
        """
        chosen = self.rulings.chosen.get(variants[0].passage.identity)
        said = [(each.fact != chosen, each.passage, each) for each in variants]
        said.sort(key=lambda v: (v[0], v[1].at_ms, v[1].chip or "", v[1].bib or "", v[2].fact))
        return tuple(each for _, _, each in said)

    def _attribute(self, variants: tuple[Heard, ...], fact: int = 0) -> None:
        """Give the passage to the team that it is of, or say why it is nobody's; `fact` is the decision on it."""
        heard = variants[0]
        passage, identity, at_ms = heard.passage, heard.passage.identity, heard.at_ms
        ruled = max(fact, self.rulings.void_facts.get(identity, 0))
        heard.verdict, heard.reason = "ignored", ""
        found = self._whose(heard, ruled)
        if len(variants) > 1:
            self._note_conflict(variants, ruled)
        if found is None:
            return
        live, team, wearer = found
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

    def _whose(self, heard: Heard, ruled: int) -> tuple[LiveRace, Team, Wearer] | None:
        """The team that the passage is of, now to be judged; None where it is nobody's, then `heard` says why."""
        wearer = wearer_of(self.roster, self.races, heard)
        live = None if wearer is None else self.races.get(wearer.race)
        if wearer is None or live is None or wearer.bib not in live.teams:
            return None
        heard.race, heard.bib = wearer.race, wearer.bib
        team = live.teams[wearer.bib]
        live.dirty[wearer.bib] = team
        if ruled:
            team.fact, team.stale = max(team.fact, ruled), True
        return live, team, wearer

    def _note_conflict(self, variants: tuple[Heard, ...], ruled: int) -> None:
        """One of the contents counts; every team that one of them is of has a doubt until an official decides (T03)."""
        heard, *others = variants
        for other in others:
            self._whose(other, ruled)
            other.verdict, other.reason = "questionable", "same_identity"
        newest = max(each.fact for each in variants)
        decided = newest < self.rulings.settled.get(heard.passage.identity, 0)
        for each in variants:
            if each.race is not None and each.bib is not None:
                team = self.races[each.race].teams[each.bib]
                team.stale, team.fact = True, max(team.fact, newest)
                if not decided:
                    team.conflicts[heard.passage.identity] = heard.passage.at_ms

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
