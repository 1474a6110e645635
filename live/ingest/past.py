"""Boards and teams as they were: at an instant, as far as was known then, and for the public at a freeze.

Each is a meeting that was told some of the facts, in the order of the journal.
"""

from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from live.ingest import explain
from live.ingest.belonging import EARLIEST_MS, LATEST_MS
from live.ingest.rulings import Rulings
from live.ingest.states import Entered
from live.messages.boards import Row
from live.messages.decisions import (
    AddCrossing,
    AdjustTime,
    CloseRace,
    Decision,
    FireGun,
    FreezePublic,
    GivePrize,
    PublishOfficial,
    ReopenRace,
    Restart,
    RevealPublic,
    SetStatus,
)
from live.messages.facts import Recorded

if TYPE_CHECKING:
    from live.ingest.meeting import Meeting
    from live.ingest.race import LiveRace


MEMBERS = tuple(each.name for each in fields(Row))

# --- answers ----------------------------------------------------------------------------------------------------


def looks_back(meeting: "Meeting", question: str, about: dict[str, str]) -> bool:
    """Whether an answer may take long, because facts are judged anew for it."""
    return question == "board_at" or (question == "team" and _frozen(meeting, about) is not None)


def team(meeting: "Meeting", about: dict[str, str]) -> dict[str, Any]:
    """Answer `team`: how it is; of a frozen race, as at the freeze unless an official asks."""
    frozen = _frozen(meeting, about)
    return explain.team(meeting if frozen is None else as_frozen(meeting, frozen), about)


def board(meeting: "Meeting", about: dict[str, str]) -> dict[str, Any]:
    """Answer `board`: how it is, also during a freeze; only officials are to be told."""
    live = explain.live_race(meeting, about)
    return _board(live, {"head": asdict(live.live_head())})


def edition_before(meeting: "Meeting", about: dict[str, str]) -> dict[str, Any]:
    """Answer `edition_before`: the rows of the official result before the present one; of a frozen race none."""
    live, frozen = explain.live_race(meeting, about), _frozen(meeting, about)
    return {"rows": [] if frozen is not None else [_members(row) for row in live.editions.before.values()]}


def board_at(meeting: "Meeting", about: dict[str, str]) -> dict[str, Any]:
    """Answer `board_at`: the board from the facts whose instant is not later, whenever they were heard.

    With `known` 1: only from those that had been heard by then. Of a frozen race: only from those before the freeze.
    """
    live, frozen = explain.live_race(meeting, about), _frozen(meeting, about)
    at_ms = explain.whole(about, "at_ms", None)
    before = None if frozen is None else frozen.fact
    then = looked_back(meeting, live, at_ms, about.get("known") == "1", before)
    counted = live if frozen is None else as_frozen(meeting, frozen).races[live.race.id]
    then.editions = counted.editions.until(at_ms)
    head = then.live_head()
    if frozen is not None:
        head = replace(head, frozen=True, frozen_since_ms=frozen.decision.at_ms)
    return _board(then, {"head": asdict(head)})


def _board(live: "LiveRace", told: dict[str, Any]) -> dict[str, Any]:
    rows = (each.row for each in live.teams.values() if each.row is not None)
    return {**told, "rows": [_members(row) for row in rows]}


def _members(row: Row) -> dict[str, Any]:
    """The row in plain values: many times as fast as `asdict`, which copies every lap time."""
    plain = {name: getattr(row, name) for name in MEMBERS}
    expected = {name: asdict(plain[name]) for name in ("next", "finish") if plain[name] is not None}
    return {**plain, **expected}


def looked_back(meeting: "Meeting", live: "LiveRace", at_ms: int, known: bool, before: int | None) -> "LiveRace":
    """Return the race as it stood at an instant, but for what was expected then.

    Each team is judged on from the checkpoint before that instant, so that a slider through the race costs tens of ms.
    Where the facts until then would be judged by other rules (a gun or a chip that was ruled on later), they are told
    to a meeting of their own.
    """
    ruled, later = ruled_until(meeting, at_ms, known, before)
    if before is None and _same_judging(meeting, live, later, at_ms):
        rulings = Rulings(meeting.event)
        rulings.enter_all(ruled)
        then = live.until(at_ms, rulings, _unheard(meeting, live, at_ms) if known else {})
        then.as_of_ms = _as_of_ms(meeting, live, ruled, at_ms, known)
        return then
    past = meeting.replayed(facts_until(meeting, at_ms, known, before), "wall", past=True)
    past.changes(at_ms)
    return past.races[live.race.id]


def _same_judging(meeting: "Meeting", live: "LiveRace", later: list[Entered], at_ms: int) -> bool:
    """Whether the decisions that are left out do not change how what was seen until then is judged."""
    if any(each.race == live.race.id for twice in meeting.said_twice for each in meeting.heard[twice]):
        return False  # of several contents another may have counted then
    for entered in later:
        match meeting.rulings.origin(entered.decision.id):
            case SetStatus() | AdjustTime() | GivePrize():
                pass
            case CloseRace() | PublishOfficial() | ReopenRace() | FreezePublic() | RevealPublic():
                pass
            case AddCrossing(crossed_at_ms=crossed_at_ms) if crossed_at_ms > at_ms:
                pass
            case _:
                return False
    return True


def _unheard(meeting: "Meeting", live: "LiveRace", at_ms: int) -> dict[str, set[int]]:
    """Return, by bib, the facts of the race that are of that instant or before and were heard later."""
    found: dict[str, set[int]] = {}
    for heard in list(meeting.in_order):
        if heard.heard_at_ms > at_ms and heard.race == live.race.id and heard.bib is not None and heard.at_ms <= at_ms:
            found.setdefault(heard.bib, set()).add(heard.fact)
    return found


def _as_of_ms(meeting: "Meeting", live: "LiveRace", ruled: list[Entered], at_ms: int, known: bool) -> int:
    """Return the latest instant of the race that is known of."""
    first_ms, last_ms = live.race.start_ms - EARLIEST_MS, min(live.race.start_ms + LATEST_MS, at_ms)
    latest_ms = meeting.latest_ms(last_ms)
    if known:
        heard = (each.at_ms for each in list(meeting.in_order) if each.heard_at_ms <= at_ms)
        latest_ms = max((ms for ms in heard if ms <= last_ms), default=0)
    said = (
        instant_of(each.decision) for each in ruled if isinstance(each.decision.ruling, FireGun | AddCrossing | Restart)
    )
    guns = (team.gun_ms for team in live.teams.values() if team.gun_ms is not None)
    return max([0, *(ms for ms in (latest_ms, *said, *guns) if first_ms <= ms <= last_ms)])


# --- the freeze -------------------------------------------------------------------------------------------------


def _frozen(meeting: "Meeting", about: dict[str, str]) -> Entered | None:
    """Return the decision that keeps what is new from who asks about a race, None where nothing does."""
    live = meeting.races.get(about.get("race", ""))
    return None if live is None or "official" in about else live.ruled.frozen


def as_frozen(meeting: "Meeting", frozen: Entered) -> "Meeting":
    """Return the meeting as it was before a decision froze a race: of the facts before it in the journal."""
    name = frozen.decision.id
    if name not in meeting.as_frozen:
        facts = [recorded for recorded in all_facts(meeting) if recorded.seq < frozen.fact]
        then = meeting.replayed(facts, meeting.clock)
        then.changes(frozen.heard_at_ms)
        meeting.as_frozen[name] = then
    return meeting.as_frozen[name]


# --- facts ------------------------------------------------------------------------------------------------------


def all_facts(meeting: "Meeting") -> list[Recorded]:
    """Return all facts in the order of the journal. Others may come in meanwhile."""
    facts = [Recorded(heard.fact, heard.heard_at_ms, heard.passage) for heard in list(meeting.in_order)]
    return _in_order(facts, list(meeting.rulings.entered.values()))


def _in_order(facts: list[Recorded], ruled: Iterable[Entered]) -> list[Recorded]:
    facts.extend(Recorded(entered.fact, entered.heard_at_ms, entered.decision) for entered in ruled)
    return sorted(facts, key=lambda recorded: recorded.seq)


def facts_until(meeting: "Meeting", at_ms: int, known: bool, before: int | None = None) -> list[Recorded]:
    """Return the facts whose instant is not later, in the order of the journal; with `known` only those heard by then.

    With `before`: only those before that place in the journal. The instant of a passage is the one by which it is
    judged, with the device's clock set right by the decisions among these facts.
    """
    ruled, _ = ruled_until(meeting, at_ms, known, before)
    clocks = Rulings(meeting.event)
    clocks.enter_all(ruled)
    facts = []
    for heard in list(meeting.in_order):
        passage = heard.passage
        judged_at_ms = passage.at_ms + clocks.shift_ms(passage.device, passage.at_ms)
        if judged_at_ms > at_ms or (known and heard.heard_at_ms > at_ms):
            continue
        if before is None or heard.fact < before:
            facts.append(Recorded(heard.fact, heard.heard_at_ms, passage))
    return _in_order(facts, ruled)


def ruled_until(meeting: "Meeting", at_ms: int, known: bool, before: int | None) -> tuple[list[Entered], list[Entered]]:
    """Return the decisions that count for a board of that instant, and those that do not."""
    ruled: list[Entered] = []
    later: list[Entered] = []
    for entered in list(meeting.rulings.entered.values()):  # facts come in while a board of the past is made
        until = instant_of(entered.decision) <= at_ms and (not known or entered.heard_at_ms <= at_ms)
        (ruled if until and (before is None or entered.fact < before) else later).append(entered)
    return ruled, later


def instant_of(decision: Decision) -> int:
    """Return the instant that a decision is about: of what happened on the course, else of the ruling itself.

    A voided passage, a chip, an order of runners, a clock, a doubt, a revocation have no instant of their own: they
    set right what was so from the start.
    """
    match decision.ruling:
        case FireGun(gun_at_ms=at_ms) | AddCrossing(crossed_at_ms=at_ms) | Restart(restart_at_ms=at_ms):
            return at_ms
        case SetStatus() | AdjustTime():
            return decision.at_ms
        case CloseRace() | PublishOfficial() | ReopenRace() | FreezePublic() | RevealPublic():
            return decision.at_ms
    return -1
