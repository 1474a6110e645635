"""Decisions into what holds: guns, restarts, voided passages, added crossings, chips, statuses, times.

A pure function of the journal's decisions. Of two that contradict each other the later in the journal stands, not that
of the later `at_ms`: where the event's clock is that of the facts, many decisions share an instant. A revoked one never
was, and a revoked revocation brings it back (T83).
"""

from dataclasses import dataclass, replace

from live.ingest.entries import EVER_MS, Wearer
from live.ingest.standings import Ruled
from live.messages import (
    AddCrossing,
    AdjustTime,
    AssignChip,
    Decision,
    FireGun,
    Restart,
    RestorePassage,
    Revoke,
    Ruling,
    SetStatus,
    VoidPassage,
)
from live.programme import Entry, Event, Race

Identity = tuple[str, str, int]
Team = tuple[str, str]
"""A race's id and a bib."""


@dataclass(frozen=True, slots=True)
class Entered:
    """A decision in the journal; `fact` is its seq."""

    decision: Decision
    fact: int
    heard_at_ms: int


class Rulings:
    """All decisions, and what follows from those that hold."""

    def __init__(self, event: Event) -> None:
        """Start with what the event folder says: planned guns and restarts."""
        self.event = event
        self.entered: dict[str, Entered] = {}
        self._revokes: dict[str, list[str]] = {}
        self._forget()

    def _forget(self) -> None:
        self._holding: set[str] = set()
        self.voided: dict[Identity, bool] = {}
        self.void_facts: dict[Identity, int] = {}
        self.guns: dict[tuple[str, str | None], tuple[int, int]] = {}
        self.restarts: dict[str, dict[int, int]] = {
            race.id: {restart.lap: restart.at_ms for restart in race.restarts} for race in self.event.races
        }
        self.race_facts: dict[str, int] = {}
        self.team_facts: dict[Team, int] = {}
        self.added: dict[Team, list[tuple[str, AddCrossing, int]]] = {}
        self.assigned: list[tuple[str, int, Wearer]] = []
        self.ruled: dict[Team, Ruled] = {}
        self.resolved: dict[str, bool] = {}

    def enter(self, entered: Entered) -> Ruling | None:
        """Take in a decision; return the ruling that it makes or unmakes, None where it changes nothing."""
        decision = entered.decision
        if decision.id in self.entered:
            return None
        self.entered[decision.id] = entered
        if isinstance(decision.ruling, Revoke):
            self._revokes.setdefault(decision.ruling.decision, []).append(decision.id)
        self._derive()
        return self.origin(decision.id)

    def origin(self, decision: str) -> Ruling | None:
        """Return the ruling that a decision is about: its own or, through revocations, that of the one revoked."""
        seen: set[str] = set()
        while decision in self.entered and decision not in seen:
            seen.add(decision)
            ruling = self.entered[decision].decision.ruling
            if not isinstance(ruling, Revoke):
                return ruling
            decision = ruling.decision
        return None

    def holds(self, decision: str) -> bool:
        """Whether no later revocation that itself holds takes it back."""
        return decision in self._holding

    def gun_ms(self, race: Race, entry: Entry) -> int | None:
        """Return the gun of an entry: its own start, else what was fired last for its wave or for all, else planned."""
        if entry.start_ms is not None:
            return entry.start_ms
        fired = [gun for key in ((race.id, None), (race.id, entry.wave)) if (gun := self.guns.get(key)) is not None]
        if fired:
            return max(fired)[1]
        wave = next((wave for wave in race.waves if wave.id == entry.wave), None)
        return race.gun_ms if wave is None else wave.gun_ms

    def _derive(self) -> None:
        """Work it all out anew: decisions are few."""
        self._forget()
        in_order = sorted(self.entered.values(), key=lambda e: e.fact)
        for entered in reversed(in_order):  # whether a decision holds depends on later ones only
            revokes = self._revokes.get(entered.decision.id, ())
            if not any(r in self._holding and self.entered[r].fact > entered.fact for r in revokes):
                self._holding.add(entered.decision.id)
        for entered in in_order:
            ruling = self.origin(entered.decision.id)
            if ruling is not None:
                self._note_fact(ruling, entered.fact)
            if self.holds(entered.decision.id):
                self._apply(entered)

    def _note_fact(self, ruling: Ruling, fact: int) -> None:
        """Remember the latest decision that touches a race, a team or a passage, whether or not it holds."""
        match ruling:
            case FireGun() | Restart():
                self.race_facts[ruling.race] = max(fact, self.race_facts.get(ruling.race, 0))
            case VoidPassage() | RestorePassage():
                identity = (ruling.device, ruling.epoch, ruling.seq)
                self.void_facts[identity] = max(fact, self.void_facts.get(identity, 0))
            case AddCrossing() | SetStatus() | AdjustTime() | AssignChip():
                team = (ruling.race, ruling.bib)
                self.team_facts[team] = max(fact, self.team_facts.get(team, 0))

    def _apply(self, entered: Entered) -> None:
        ruling, decision = entered.decision.ruling, entered.decision
        match ruling:
            case FireGun():
                self.guns[ruling.race, ruling.wave] = (entered.fact, ruling.gun_at_ms)
            case Restart():
                self.restarts.setdefault(ruling.race, {})[ruling.lap] = ruling.restart_at_ms
            case VoidPassage() | RestorePassage():
                self.voided[ruling.device, ruling.epoch, ruling.seq] = isinstance(ruling, VoidPassage)
            case AddCrossing():
                self.added.setdefault((ruling.race, ruling.bib), []).append((decision.id, ruling, entered.fact))
            case AssignChip():
                from_ms = EVER_MS if ruling.from_at_ms is None else ruling.from_at_ms
                self.assigned.append((ruling.chip, from_ms, Wearer(ruling.race, ruling.bib, (ruling.runner,))))
            case SetStatus():
                old = self.ruled.get((ruling.race, ruling.bib), Ruled())
                self.ruled[ruling.race, ruling.bib] = Ruled(ruling.status, old.adjust_ms, since_ms=decision.at_ms)
            case AdjustTime():
                old = self.ruled.get((ruling.race, ruling.bib), Ruled())
                self.ruled[ruling.race, ruling.bib] = replace(old, adjust_ms=old.adjust_ms + ruling.by_ms)

    def of_team(self, team: Team) -> Ruled:
        """Return what was ruled of a team."""
        return replace(self.ruled.get(team, Ruled()), fact=self.team_facts.get(team, 0))
