"""What each decision changes: which teams it marks, which passages it gives to others, which guns it moves."""

import heapq
from collections.abc import Iterable
from typing import Literal

from live.ingest.attribution import Attribution
from live.ingest.belonging import added_sighting
from live.ingest.race import LiveRace
from live.ingest.rulings import Identity, teams_named
from live.ingest.states import Entered
from live.messages.decisions import (
    AddCrossing,
    AdjustTime,
    AssignChip,
    CloseRace,
    FireGun,
    FreezePublic,
    PublishOfficial,
    ReopenRace,
    ReorderRunners,
    ResolveDoubt,
    Restart,
    RestorePassage,
    RevealPublic,
    Ruling,
    SetStatus,
    ShiftClock,
    SwapChips,
    VoidPassage,
)
from live.programme import Event


class Enactment(Attribution):
    """Takes in decisions; what follows from one is marked, and judged later."""

    def __init__(self, event: Event, journal: str, clock: Literal["wall", "facts"] | None, past: bool) -> None:
        """Nothing was ruled yet; see `Meeting`."""
        super().__init__(event, journal, clock, past)
        self._now_ms = -1
        self._guns: list[tuple[int, str, str]] = []
        for live in self.races.values():
            self._set_guns(live)

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
                if len(variants) > 1:
                    self.heard[identity] = variants = self._in_turn(variants)
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

    def _set_guns(self, live: LiveRace) -> None:
        for team in live.teams.values():
            team.judge = None
            team.gun_ms = self.rulings.gun_ms(live.race, team.entry)
            if team.gun_ms is not None and team.gun_ms > self._now_ms:
                heapq.heappush(self._guns, (team.gun_ms, live.race.id, team.entry.bib))
        live.gun_ms = min((team.gun_ms for team in live.teams.values() if team.gun_ms is not None), default=None)
