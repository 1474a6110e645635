"""Why an official's decision cannot be taken: the answer names what is wrong and what would be right."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from live.ingest.race import EARLIEST_MS, LATEST_MS
from live.ingest.rulings import Team
from live.messages import (
    AddCrossing,
    AdjustTime,
    AssignChip,
    Decision,
    FireGun,
    GivePrize,
    Restart,
    RestorePassage,
    Revoke,
    Ruling,
    SetStatus,
    Verdict,
    VoidPassage,
)
from live.programme import Entry, Race

if TYPE_CHECKING:
    from live.ingest.meeting import Meeting


def refusal(meeting: "Meeting", decision: Decision) -> Verdict | None:
    """Return 409 or 422 with the reason, None where nothing speaks against the decision."""
    try:
        _check(meeting, decision.ruling)
    except ValueError as error:
        return Verdict(decision.id, 422, meeting.version, str(error))
    return _overtaken(meeting, decision)


def _check(meeting: "Meeting", ruling: Ruling) -> None:
    match ruling:
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
            if (ruling.device, ruling.epoch, ruling.seq) not in meeting.heard:
                raise ValueError(f"there is no passage {ruling.device}/{ruling.epoch}/{ruling.seq} in the journal")
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
        case SetStatus() | AdjustTime():
            _entry(meeting, ruling.race, ruling.bib)
        case GivePrize():
            _prize(_race(meeting, ruling.race), ruling)
        case Revoke():
            if ruling.decision not in meeting.rulings.entered:
                raise ValueError(f"there is no decision {ruling.decision!r} to revoke")


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


def _runner(entry: Entry, runner: str) -> None:
    codes = [member.code for member in entry.runners]
    if runner not in codes:
        raise ValueError(f"bib {entry.bib} has no runner {runner!r}: {', '.join(codes)}")


def _date(race: Race, entry: Entry | None, name: str, at_ms: int) -> None:
    start_ms = race.start_ms if entry is None or entry.start_ms is None else entry.start_ms
    if not start_ms - EARLIEST_MS <= at_ms <= start_ms + LATEST_MS:
        raise ValueError(f"`{name}` is {at_ms}: not within 12 hours before and 48 hours after the start of {race.id}")


def _instead(given: str, known: list[str]) -> str:
    close = get_close_matches(given, known, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""


def team_of(meeting: "Meeting", ruling: Ruling) -> Team | None:
    """Return the team that a ruling is about, None where it is about a race or nobody."""
    match ruling:
        case AddCrossing() | AssignChip() | SetStatus() | AdjustTime():
            return (ruling.race, ruling.bib)
        case VoidPassage() | RestorePassage():
            for heard in meeting.heard.get((ruling.device, ruling.epoch, ruling.seq), ()):
                if heard.race is not None and heard.bib is not None:
                    return (heard.race, heard.bib)
        case Revoke():
            origin = meeting.rulings.origin(ruling.decision)
            return None if origin is None else team_of(meeting, origin)
    return None


def _overtaken(meeting: "Meeting", decision: Decision) -> Verdict | None:
    """Somebody else changed that team since the version that the official had before him (T84)."""
    team = team_of(meeting, decision.ruling)
    if team is None or decision.base_version is None:
        return None
    others = [
        entered
        for entered in meeting.rulings.entered.values()
        if entered.fact > decision.base_version
        and entered.decision.by != decision.by
        and team_of(meeting, entered.decision.ruling) == team
    ]
    if not others:
        return None
    last = max(others, key=lambda entered: entered.fact)
    why = f"{last.decision.by} changed bib {team[1]} since ({last.decision.ruling.type}): look at it again"
    return Verdict(decision.id, 409, last.fact, why)
