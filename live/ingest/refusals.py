"""Why an official's decision cannot be taken: the answer names what is wrong and what would be right."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, assert_never

from live.ingest import explain
from live.ingest.belonging import EARLIEST_MS, LATEST_MS
from live.ingest.doubts import unseen_before
from live.ingest.entries import Wearer
from live.ingest.rulings import Team, teams_named
from live.ingest.state_refusals import StillOpen, check_state
from live.messages.decisions import (
    AddCrossing,
    AdjustTime,
    AssignChip,
    CloseRace,
    Decision,
    FireGun,
    FreezePublic,
    GivePrize,
    Member,
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
    Verdict,
    VoidPassage,
)
from live.programme import Entry, Race
from live.times import DAY_MS

if TYPE_CHECKING:
    from live.ingest.meeting import Meeting

MOST_ADJUSTED_MS = DAY_MS
"""More than a day's penalty or bonus is a slip of the hand."""


def refusal(meeting: "Meeting", decision: Decision) -> Verdict | None:
    """Return 409 or 422 with the reason, None where nothing speaks against the decision."""
    try:
        _check(meeting, decision)
    except StillOpen as still:
        return Verdict(decision.id, 422, meeting.version, str(still), still.open)
    except ValueError as error:
        return Verdict(decision.id, 422, meeting.version, str(error))
    return _overtaken(meeting, decision)


def _check(meeting: "Meeting", decision: Decision) -> None:
    ruling = decision.ruling
    match ruling:
        case CloseRace() | PublishOfficial() | ReopenRace() | FreezePublic() | RevealPublic():
            _race(meeting, ruling.race)
            check_state(meeting, decision, ruling)
        case FireGun():
            race = _race(meeting, ruling.race)
            waves = [wave.id for wave in race.waves]
            if ruling.wave is not None and ruling.wave not in waves:
                raise ValueError(f"{race.id} has no wave {ruling.wave!r}{_instead(ruling.wave, waves)}")
            _date(race, None, "gun_at_ms", ruling.gun_at_ms)
        case Restart():
            race = _race(meeting, ruling.race)
            if not 2 <= ruling.lap <= (race.laps_total or ruling.lap):
                raise ValueError(f"lap {ruling.lap} cannot be restarted: {race.id} has laps 1 to {race.laps_total}")
            _date(race, None, "restart_at_ms", ruling.restart_at_ms)
        case VoidPassage() | RestorePassage():
            _passage(meeting, ruling)
        case AddCrossing():
            race, entry = _entry(meeting, ruling.race, ruling.bib)
            if ruling.runner is not None:
                _runner(entry, ruling.runner)
            if ruling.point is not None and ruling.point not in race.course.at_m:
                raise ValueError(f"{race.course.id} has no point {ruling.point!r}: {', '.join(race.course.at_m)}")
            _date(race, entry, "crossed_at_ms", ruling.crossed_at_ms)
        case AssignChip():
            _, entry = _entry(meeting, ruling.race, ruling.bib)
            _runner(entry, ruling.runner)
        case SwapChips():
            _swap(meeting, ruling)
        case ReorderRunners():
            _order(*_entry(meeting, ruling.race, ruling.bib), ruling.order)
        case ShiftClock():
            _shift(meeting, ruling)
        case ResolveDoubt():
            meeting.settle(decision.at_ms)
            _doubt(meeting, ruling.doubt)
        case SetStatus() | AdjustTime():
            if isinstance(ruling, AdjustTime) and abs(ruling.by_ms) > MOST_ADJUSTED_MS:
                raise ValueError(f"by_ms={ruling.by_ms}: a penalty or a bonus is a day at most, {MOST_ADJUSTED_MS} ms")
            _entry(meeting, ruling.race, ruling.bib)
        case GivePrize():
            _prize(_race(meeting, ruling.race), ruling)
        case Revoke():
            if ruling.decision not in meeting.rulings.entered:
                raise ValueError(f"there is no decision {ruling.decision!r} to revoke")
        case _:
            assert_never(ruling)


def _race(meeting: "Meeting", race: str) -> Race:
    live = meeting.races.get(race)
    if live is None:
        raise ValueError(f"there is no race {race!r}{_instead(race, list(meeting.races))}")
    return live.race


def _entry(meeting: "Meeting", race: str, bib: str) -> tuple[Race, Entry]:
    found = _race(meeting, race)
    entry = found.by_bib.get(bib)
    if entry is None:
        raise ValueError(f"{race} has no bib {bib!r}{_instead(bib, list(found.by_bib))}")
    return found, entry


def _prize(race: Race, ruling: GivePrize) -> None:
    if not 1 <= ruling.prize <= len(race.prizes):
        raise ValueError(f"{race.id} has no prize {ruling.prize}: there are {len(race.prizes)}, counted from 1")
    places, bibs = race.prizes[ruling.prize - 1].places, ruling.bibs or ()
    if not bibs:
        raise ValueError("`bibs` is missing: those whom the prize was handed to")
    for bib in bibs:
        if bib not in race.by_bib:
            raise ValueError(f"{race.id} has no bib {bib!r}{_instead(bib, list(race.by_bib))}")
    given = ruling.places if ruling.places is not None else tuple(range(1, len(bibs) + 1))
    for place in given if ruling.place is None else (ruling.place,):
        if not 1 <= place <= places:
            raise ValueError(f"prize {ruling.prize} of {race.id} has no place {place}: it has {places}")
    if len(given) != len(bibs):
        raise ValueError("`places` is not as long as `bibs`: the place of each of them")


def _passage(meeting: "Meeting", ruling: VoidPassage | RestorePassage) -> None:
    named = f"{ruling.device}/{ruling.epoch}/{ruling.seq}"
    variants = meeting.heard.get((ruling.device, ruling.epoch, ruling.seq))
    if variants is None:
        raise ValueError(f"there is no passage {named} in the journal")
    facts = sorted(each.fact for each in variants)
    if isinstance(ruling, RestorePassage) and ruling.fact is not None and ruling.fact not in facts:
        raise ValueError(f"passage {named} has no content {ruling.fact}: {', '.join(map(str, facts))}")


def _runner(entry: Entry, runner: str) -> None:
    codes = [member.code for member in entry.runners]
    if runner not in codes:
        raise ValueError(f"bib {entry.bib} has no runner {runner!r}: {', '.join(codes)}")


def _swap(meeting: "Meeting", ruling: SwapChips) -> None:
    if ruling.a == ruling.b:
        raise ValueError(f"`a` and `b` are both runner {ruling.a.runner} of bib {ruling.a.bib}: name two runners")
    for name, member in (("a", ruling.a), ("b", ruling.b)):
        _, entry = _entry(meeting, ruling.race, member.bib)
        _runner(entry, member.runner)
        _wears_something(meeting, ruling.race, name, member)


def _wears_something(meeting: "Meeting", race: str, name: str, member: Member) -> None:
    if not meeting.roster.chips(Wearer(race, member.bib, (member.runner,))):
        raise ValueError(
            f"`{name}`: runner {member.runner} of bib {member.bib} wears no chip of his own (a baton is the team's): "
            "give him one with assign_chip"
        )


def _order(race: Race, entry: Entry, order: tuple[str, ...]) -> None:
    if not order:
        raise ValueError(f"`order` is empty: name who runs as {', '.join(race.roles)}, in this order")
    for runner in order:
        _runner(entry, runner)
    twice = sorted({runner for runner in order if order.count(runner) > 1})
    if twice:
        raise ValueError(f"`order` names {', '.join(twice)} twice: name each runner once")
    if len(order) > len(race.roles):
        raise ValueError(
            f"`order` names {len(order)} runners, {race.id} has {len(race.roles)}: {', '.join(race.roles)}"
        )


def _shift(meeting: "Meeting", ruling: ShiftClock) -> None:
    devices = list(dict.fromkeys([*meeting.event.by_device, *(identity[0] for identity in meeting.heard)]))
    if ruling.device not in devices:
        raise ValueError(f"there is no device {ruling.device!r}{_instead(ruling.device, devices)}")
    if ruling.by_ms == 0 and not ruling.to_by_ms:
        raise ValueError("`by_ms` is 0: say by how much its instants are to be later (negative: earlier)")
    if ruling.from_at_ms is not None and ruling.to_at_ms is not None and ruling.from_at_ms > ruling.to_at_ms:
        raise ValueError(f"`from_at_ms` {ruling.from_at_ms} is after `to_at_ms` {ruling.to_at_ms}: exchange them")
    if ruling.to_by_ms is not None:
        _drift(ruling, ruling.to_by_ms)


def _drift(ruling: ShiftClock, to_by_ms: int) -> None:
    """What was seen first stays first: a clock can drift by less than the time in which it does."""
    if ruling.from_at_ms is None or ruling.to_at_ms is None:
        raise ValueError("a drift (`to_by_ms`) has a beginning and an end: give `from_at_ms` and `to_at_ms`")
    if abs(to_by_ms - ruling.by_ms) >= ruling.to_at_ms - ruling.from_at_ms:
        apart_ms = abs(to_by_ms - ruling.by_ms)
        raise ValueError(
            f"from `by_ms` to `to_by_ms` are {apart_ms} ms, no less than the span: no clock drifts so fast"
        )


def _doubt(meeting: "Meeting", doubt: str) -> None:
    there_are = [each["id"] for each in explain.doubts(meeting, {})["doubts"]]
    rows = [(race, each.row) for race, live in meeting.races.items() for each in live.teams.values()]
    there_are += [unseen_before(race, row.bib, lap) for race, row in rows if row is not None for lap in row.incomplete]
    if doubt not in there_are and doubt not in meeting.rulings.resolved:
        raise ValueError(f"there is no doubt {doubt!r} now (see GET /api/v1/doubts){_instead(doubt, there_are)}")


def _date(race: Race, entry: Entry | None, name: str, at_ms: int) -> None:
    start_ms = race.start_ms if entry is None or entry.start_ms is None else entry.start_ms
    if not start_ms - EARLIEST_MS <= at_ms <= start_ms + LATEST_MS:
        raise ValueError(f"`{name}` is {at_ms}: not within 12 hours before and 48 hours after the start of {race.id}")


def _instead(given: str, known: list[str]) -> str:
    close = get_close_matches(given, known, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def teams_of(meeting: "Meeting", ruling: Ruling) -> set[Team]:
    """Return the teams that a ruling is about; none where it is about a race, a device or nobody."""
    match ruling:
        case VoidPassage() | RestorePassage():
            heard_of = meeting.heard.get((ruling.device, ruling.epoch, ruling.seq), ())
            return {(h.race, h.bib) for h in heard_of if h.race is not None and h.bib is not None}
        case Revoke():
            origin = meeting.rulings.origin(ruling.decision)
            return set() if origin is None else teams_of(meeting, origin)
    return set(teams_named(ruling))


def _overtaken(meeting: "Meeting", decision: Decision) -> Verdict | None:
    """Somebody else changed that team since the version that the official had before him (T84)."""
    teams = teams_of(meeting, decision.ruling)
    if not teams or decision.base_version is None:
        return None
    others = [
        entered
        for entered in meeting.rulings.entered.values()
        if entered.fact > decision.base_version
        and entered.decision.by != decision.by
        and teams_of(meeting, entered.decision.ruling) & teams
    ]
    if not others:
        return None
    last = max(others, key=lambda entered: entered.fact)
    bib = min(teams_of(meeting, last.decision.ruling) & teams)[1]
    why = f"{last.decision.by} changed bib {bib} since ({last.decision.ruling.type}): look at it again"
    return Verdict(decision.id, 409, last.fact, why)
