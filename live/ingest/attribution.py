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
from live.programme import TRUST_ORDER, Device, Event

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
        heard.shift_ms = self.rulings.shift_ms(passage.device, passage.at_ms)
        identity = passage.identity
        variants: tuple[Heard, ...] = (heard,)
        if (known := self.heard.get(identity)) is not None:
            self._withdraw(known, fact)
            self.said_twice.add(identity)
            variants = self._in_turn((*known, heard))
        self.heard[identity] = variants
        self._attribute(variants)
        insort(self._instants_ms, heard.at_ms)
        self._note_instant(heard.at_ms)

    def latest_ms(self, until_ms: int) -> int:
        """Return the latest instant of a passage that is not later than this; 0 where there is none."""
        place = bisect_right(self._instants_ms, until_ms)
        return self._instants_ms[place - 1] if place else 0

    def _note_instant(self, at_ms: int) -> None:
        """Something happened at that instant, in each race in which it is plausible."""
        for live in self.races.values():
            if live.race.start_ms - EARLIEST_MS <= at_ms <= live.race.start_ms + LATEST_MS:
                live.as_of_ms = max(live.as_of_ms, at_ms)
                self._facts_ms = max(self._facts_ms, at_ms)

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
        passage = heard.passage
        ruled = max(fact, self.rulings.void_facts.get(passage.identity, 0))
        heard.verdict, heard.reason = "ignored", ""
        found = self._whose(heard, ruled)
        if len(variants) > 1:
            self._note_conflict(variants, ruled)
        if found is None:
            return
        live, team, wearer = found
        device = self.event.by_device.get(passage.device)
        point = passage.point or (device.point if device else None)
        if self.rulings.voided.get(passage.identity):
            heard.reason = "voided"
        elif device is None:
            heard.reason = "unknown_device"
        elif point is None or not on_course(live.race, device, point, self.event):
            heard.reason = "other_course"
        elif not team.plausible_ms[0] <= heard.at_ms <= team.plausible_ms[1]:
            heard.verdict, heard.reason = "questionable", "implausible_date"
        else:
            self._give(live, team, heard, device, point, wearer)
            return
        team.set_aside[passage.identity] = heard

    def _whose(self, heard: Heard, ruled: int) -> tuple[LiveRace, Team, Wearer] | None:
        """The team that the passage is of, now to be judged; None where it is nobody's, then `heard` says why."""
        wearer = wearer_of(self.roster, self.races, heard)
        if wearer is None or wearer.race not in self.races or wearer.bib not in self.races[wearer.race].teams:
            return None
        heard.race, heard.bib = wearer.race, wearer.bib
        live = self.races[wearer.race]
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

    def _give(self, live: LiveRace, team: Team, heard: Heard, device: Device, point: str, wearer: Wearer) -> None:
        passage = heard.passage
        at_line, trust = point == live.race.course.line, TRUST[device.trust]
        shifted = heard.shift_ms != 0
        sighting = Sighting(heard.at_ms, at_line, trust, *passage.identity, wearer.runners, point, heard.fact, shifted)
        heard.sighting = sighting
        team.see(sighting)

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
