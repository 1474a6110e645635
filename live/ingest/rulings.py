"""Decisions into what holds: guns, restarts, voided passages, added crossings, chips, statuses, times.

A pure function of the journal's decisions. Of two that contradict each other the later in the journal stands, not that
of the later `at_ms`: where the event's clock is that of the facts, many decisions share an instant. A revoked one never
was, and a revoked revocation brings it back (T83).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from live.ingest.doubts import taken_apart
from live.ingest.entries import EVER_MS, Assigned, Swapped, Wearer
from live.ingest.standings import Ruled
from live.ingest.states import Entered, RaceRuled, StateRuling
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
    Revoke,
    Ruling,
    SetStatus,
    ShiftClock,
    SwapChips,
    VoidPassage,
)
from live.programme import Entry, Event, Race

Identity = tuple[str, str, int]
Team = tuple[str, str]
"""A race's id and a bib."""


NOT_RULED = Ruled()


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
        self._origins: dict[str, Ruling | None] = {}
        self.voided: dict[Identity, bool] = {}
        self.void_facts: dict[Identity, int] = {}
        self.chosen: dict[Identity, int] = {}
        """Of several contents under one identity the one that an official chose, by the journal's seq (T03)."""
        self.settled: dict[Identity, int] = {}
        """The decision that says what counts under an identity; what was heard later was not known to it."""
        self.guns: dict[tuple[str, str | None], tuple[int, int]] = {}
        self.restarts: dict[str, dict[int, int]] = {
            race.id: {restart.lap: restart.at_ms for restart in race.restarts} for race in self.event.races
        }
        self.race_facts: dict[str, int] = {}
        self.team_facts: dict[Team, int] = {}
        self.added: dict[Team, list[tuple[str, AddCrossing, int]]] = {}
        self.assigned: list[Assigned | Swapped] = []
        self.orders: dict[Team, tuple[str, ...]] = {}
        self.shifts: dict[str, list[ShiftClock]] = {}
        self.resolved: dict[str, bool] = {}
        self.ruled: dict[Team, Ruled] = {}
        self.states: defaultdict[str, RaceRuled] = defaultdict(RaceRuled)

    def enter_all(self, many: Iterable[Entered]) -> None:
        """Take in many decisions at once."""
        for entered in many:
            self._keep(entered)
        self._derive()

    def enter(self, entered: Entered) -> Ruling | None:
        """Take in a decision; return the ruling that it makes or unmakes, None where it changes nothing."""
        if entered.decision.id in self.entered:
            return None
        self._keep(entered)
        self._derive()
        return self.origin(entered.decision.id)

    def _keep(self, entered: Entered) -> None:
        decision = entered.decision
        self.entered[decision.id] = entered
        if isinstance(decision.ruling, Revoke):
            self._revokes.setdefault(decision.ruling.decision, []).append(decision.id)

    def origin(self, decision: str) -> Ruling | None:
        """Return the ruling that a decision is about: its own or, through revocations, that of the one revoked."""
        way: list[str] = []
        found: Ruling | None = None
        while decision in self.entered and decision not in way:
            if decision in self._origins:
                found = self._origins[decision]
                break
            way.append(decision)
            ruling = self.entered[decision].decision.ruling
            if not isinstance(ruling, Revoke):
                found = ruling
                break
            decision = ruling.decision
        self._origins.update(dict.fromkeys(way, found))
        return found

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
        for team, fact in self.team_facts.items():
            self.ruled[team] = replace(self.ruled.get(team, NOT_RULED), fact=fact)

    def _note_fact(self, ruling: Ruling, fact: int) -> None:
        """Remember the latest decision that touches a race, a team or a passage, whether or not it holds."""
        match ruling:
            case FireGun() | Restart():
                self.race_facts[ruling.race] = max(fact, self.race_facts.get(ruling.race, 0))
            case CloseRace() | PublishOfficial() | ReopenRace() | FreezePublic() | RevealPublic():
                self.states[ruling.race].note(ruling, fact)
            case VoidPassage() | RestorePassage():
                identity = (ruling.device, ruling.epoch, ruling.seq)
                self.void_facts[identity] = max(fact, self.void_facts.get(identity, 0))
            case _:
                for team in teams_named(ruling):
                    self.team_facts[team] = max(fact, self.team_facts.get(team, 0))

    def _apply(self, entered: Entered) -> None:
        ruling, decision = entered.decision.ruling, entered.decision
        match ruling:
            case FireGun():
                self.guns[ruling.race, ruling.wave] = (entered.fact, ruling.gun_at_ms)
            case Restart():
                self.restarts.setdefault(ruling.race, {})[ruling.lap] = ruling.restart_at_ms
            case VoidPassage() | RestorePassage():
                self._void(ruling, entered.fact)
            case AddCrossing():
                self.added.setdefault((ruling.race, ruling.bib), []).append((decision.id, ruling, entered.fact))
            case AssignChip():
                wearer = Wearer(ruling.race, ruling.bib, (ruling.runner,))
                self.assigned.append(Assigned(ruling.chip, since(ruling.from_at_ms), wearer))
            case SwapChips():
                a, b = (Wearer(ruling.race, each.bib, (each.runner,)) for each in (ruling.a, ruling.b))
                self.assigned.append(Swapped(since(ruling.from_at_ms), a, b))
            case ReorderRunners():
                self.orders[ruling.race, ruling.bib] = ruling.order
            case ShiftClock():
                self.shifts.setdefault(ruling.device, []).append(ruling)
            case ResolveDoubt():
                self.resolved[ruling.doubt] = ruling.accept
            case SetStatus():
                old = self.ruled.get((ruling.race, ruling.bib), NOT_RULED)
                self.ruled[ruling.race, ruling.bib] = replace(old, status=ruling.status, set_at_ms=decision.at_ms)
            case AdjustTime():
                old = self.ruled.get((ruling.race, ruling.bib), NOT_RULED)
                self.ruled[ruling.race, ruling.bib] = replace(old, adjust_ms=old.adjust_ms + ruling.by_ms)
            case CloseRace() | PublishOfficial() | ReopenRace() | FreezePublic() | RevealPublic():
                self.states[ruling.race].apply(entered, ruling, self.event.officials_to_publish)

    def _void(self, ruling: VoidPassage | RestorePassage, fact: int) -> None:
        identity = (ruling.device, ruling.epoch, ruling.seq)
        self.voided[identity] = isinstance(ruling, VoidPassage)
        if isinstance(ruling, RestorePassage) and ruling.fact is not None:
            self.chosen[identity] = ruling.fact
        if self.voided[identity] or identity in self.chosen:
            self.settled[identity] = fact
        else:
            self.settled.pop(identity, None)

    def shift_ms(self, device: str, at_ms: int) -> int:
        """Return by how much an instant of a device is judged later; of two rulings on it the later stands."""
        for shift in reversed(self.shifts.get(device, ())):
            if since(shift.from_at_ms) <= at_ms and (shift.to_at_ms is None or at_ms <= shift.to_at_ms):
                return _drifted_ms(shift, at_ms)
        return 0

    def order(self, race: Race, entry: Entry) -> dict[str, str]:
        """Return who runs in whose place, by the code that the legs name; empty where nothing was ruled.

        Runners whom the ruling does not name take the further places in the order of the entry (T56).
        """
        named = self.orders.get((race.id, entry.bib))
        if named is None:
            return {}
        rest = [runner.code for runner in entry.runners if runner.code not in named]
        ordered = [*named, *rest, *("" for _ in race.roles)]
        return dict(zip(race.roles, ordered, strict=False))

    def state_ruling(self, ruling: Ruling) -> StateRuling | None:
        """Return the ruling on a race as a whole that this one is or, by revocations, takes back or brings back."""
        origin = self.origin(ruling.decision) if isinstance(ruling, Revoke) else ruling
        return origin if isinstance(origin, StateRuling) else None

    def of_team(self, team: Team) -> Ruled:
        """Return what was ruled of a team."""
        return self.ruled.get(team, NOT_RULED)


def _drifted_ms(shift: ShiftClock, at_ms: int) -> int:
    """By how much an instant inside the span is judged later: of a steady drift the part that was reached by then."""
    first_ms, last_ms = shift.from_at_ms, shift.to_at_ms
    if shift.to_by_ms is None or first_ms is None or last_ms is None or first_ms >= last_ms:
        return shift.by_ms
    return shift.by_ms + (shift.to_by_ms - shift.by_ms) * (at_ms - first_ms) // (last_ms - first_ms)


def since(from_at_ms: int | None) -> int:
    """Return the instant from which a ruling is to hold; None is since ever."""
    return EVER_MS if from_at_ms is None else from_at_ms


def teams_named(ruling: Ruling) -> tuple[Team, ...]:
    """Return the teams that a ruling names."""
    match ruling:
        case AddCrossing() | SetStatus() | AdjustTime() | AssignChip() | ReorderRunners():
            return ((ruling.race, ruling.bib),)
        case SwapChips():
            return ((ruling.race, ruling.a.bib), (ruling.race, ruling.b.bib))
        case ResolveDoubt():
            parts = taken_apart(ruling.doubt)
            return ((parts[1], parts[2]),) if parts is not None else ()
    return ()
