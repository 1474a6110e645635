"""What an official should look at, as it follows from the judging of one team; and what officials answered.

The id of a doubt is the same whenever it is worked out, so that a ruling can name it: kind, race, bib, lap, and what it
is about, with `/` between.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from live.ingest.judged import ANYBODY, Judged, OneLap
from live.ingest.laps import Lap
from live.ingest.missed import Missed
from live.ingest.standings import Ruled
from live.programme import Entry, Race

Kind = Literal[
    "conflict",
    "estimated_passage",
    "implausible_pace",
    "late_crossing",
    "missed_passage",
    "not_back",
    "not_seen",
    "not_together",
    "overdue",
    "seen_after_status",
    "too_fast",
    "unseen",
]
Identity = tuple[str, str, int]
"""The identity under which a device sent two contents."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a team that waits for a ruling. `what` is a runner, a passage, a status, or an instant (ms)."""

    kind: Kind
    race: str
    bib: str
    at_ms: int
    lap: int | None = None
    what: str | None = None

    @property
    def id(self) -> str:
        """Its name, the same whenever it is worked out."""
        words = (self.kind.replace("_", "-"), self.race, self.bib, self.lap, self.what)
        return "/".join(str(word) for word in words if word is not None)


@dataclass(frozen=True, slots=True)
class Answers:
    """What officials answered about one team: to unread passages by their instant, to late crossings, to the unseen."""

    unread: dict[int, bool] = field(default_factory=dict)
    late: frozenset[tuple[int, str]] = frozenset()
    waived: frozenset[int] = frozenset()


NO_ANSWERS = Answers()


BEHIND_BIB: dict[str, int] = {
    "conflict": 1,
    "estimated-passage": 2,
    "implausible-pace": 0,
    "late-crossing": 2,
    "missed-passage": 2,
    "not-back": 1,
    "not-seen": 1,
    "not-together": 1,
    "overdue": 2,
    "seen-after-status": 1,
    "too-fast": 2,
    "unseen": 1,
}
"""How many words stand behind the bib in the id of a doubt of each kind."""


def taken_apart(doubt: str) -> tuple[str, str, str, list[str]] | None:
    """Return kind, race, bib and the rest of a doubt's id; None where it is none."""
    kind, _, rest = doubt.partition("/")
    race, _, rest = rest.partition("/")
    bib, *words = rest.rsplit("/", BEHIND_BIB.get(kind, 0))
    return (kind, race, bib, words) if kind in BEHIND_BIB and len(words) == BEHIND_BIB[kind] else None


def answers_by_team(resolved: Mapping[str, bool]) -> dict[tuple[str, str], Answers]:
    """Return what officials answered, by race and bib; `resolved` says by a doubt's id whether it was accepted."""
    found: dict[tuple[str, str], Answers] = {}
    for name, accept in resolved.items():
        parts = taken_apart(name)
        if parts is not None:
            kind, race, bib, words = parts
            found[race, bib] = _with_answer(found.get((race, bib), NO_ANSWERS), kind, words, accept)
    return found


def _with_answer(old: Answers, kind: str, words: list[str], accept: bool) -> Answers:
    match kind, words:
        case (("missed-passage" | "estimated-passage" | "overdue"), [_, at_ms]) if at_ms.isdecimal():
            return replace(old, unread={**old.unread, int(at_ms): accept})
        case "late-crossing", [lap, runner] if accept and lap.isdecimal():
            return replace(old, late=old.late | {(int(lap), runner)})
        case "unseen", [lap] if accept and lap.isdecimal():
            return replace(old, waived=old.waived | {int(lap)})
    return old


# --- what is doubtful -------------------------------------------------------------------------------------------


def lap_doubts(race: Race, entry: Entry, one: OneLap) -> Iterator[Doubt]:
    """Yield what is doubtful about a lap by itself.

    A crossing long after the team (T54b, T60b), runners who did not arrive together (T55), somebody faster than anybody
    can run (T62), an end that nobody saw (T46).
    """

    def about(kind: Kind, at_ms: int, what: str | None = None) -> Doubt:
        return Doubt(kind, race.id, entry.bib, at_ms, one.number, what)

    for runner, crossing in one.late.items():
        yield about("late_crossing", crossing.at_ms, runner)
    for runner, crossing in one.hasty.items():
        yield about("too_fast", crossing.at_ms, runner or ANYBODY)
    ends = [crossing.at_ms for crossing in one.ends]
    if ends and max(ends) - min(ends) > race.together_ms:
        yield about("not_together", max(ends))
    if one.proved and one.estimate is not None and one.estimate.reason == "unread_line":
        yield about("estimated_passage", one.estimate.at_ms, str(one.estimate.at_ms))


def named(identity: Identity) -> str:
    """Return the name of a passage in the id of a doubt."""
    device, epoch, seq = identity
    return f"{device}-{epoch}-{seq}"


def team_doubts(
    race: Race, entry: Entry, missed: Mapping[int, Missed], conflicts: Mapping[Identity, int]
) -> Iterator[Doubt]:
    """Yield what is doubtful about a team beside its laps one by one.

    Two contents under one identity of which the earlier counts (T03; `conflicts` gives its instant); laps that may hide
    a missed passage.
    """
    for identity, at_ms in sorted(conflicts.items()):
        yield Doubt("conflict", race.id, entry.bib, at_ms, what=named(identity))
    for each in missed.values():
        yield Doubt("missed_passage", race.id, entry.bib, each.at_ms, each.lap, str(each.at_ms))


def seen_after_status(race: Race, entry: Entry, judged: Judged, ruled: Ruled) -> Doubt | None:
    """Return the doubt about a team that was seen after it had retired (T73), or that had not started at all (T42)."""
    if ruled.status not in ("dnf", "dns"):
        return None
    since_ms = ruled.set_at_ms if ruled.status == "dnf" else -1
    seen = [c.at_ms for c in judged.crossings if c.verdict == "counted" and c.at_ms > since_ms]
    return Doubt("seen_after_status", race.id, entry.bib, seen[0], what=ruled.status) if seen else None


# --- shown ------------------------------------------------------------------------------------------------------


def members(doubt: Doubt, race: Race, runner: str | None = None) -> dict[str, Any]:
    """Return a doubt as the contract has it, with the decision that would settle it ready to be posted."""
    what = None if doubt.what in (None, ANYBODY) else doubt.what
    return {
        "id": doubt.id,
        "kind": doubt.kind,
        "race": doubt.race,
        "bib": doubt.bib,
        "lap": doubt.lap,
        "runner": what if doubt.kind in ("late_crossing", "too_fast") else runner,
        "passage": what if doubt.kind == "conflict" else None,
        "status": what if doubt.kind == "seen_after_status" else None,
        "at_ms": doubt.at_ms,
        "repair": repair(doubt, race, runner),
    }


def repair(doubt: Doubt, race: Race, runner: str | None) -> dict[str, Any] | None:
    """Return the ready-made decision, without its id, that accepts the doubt. None where there is nothing to do."""
    match doubt.kind:
        case "missed_passage" | "estimated_passage" | "too_fast" | "overdue":
            crossed = doubt.what if doubt.kind == "too_fast" and doubt.what != ANYBODY else runner
            return {
                "type": "add_crossing",
                "race": doubt.race,
                "bib": doubt.bib,
                "runner": crossed,
                "point": race.course.line,
                "crossed_at_ms": doubt.at_ms,
            }
        case "seen_after_status":
            return {"type": "set_status", "race": doubt.race, "bib": doubt.bib, "status": None}
        case "not_back":
            return {"type": "set_status", "race": doubt.race, "bib": doubt.bib, "status": doubt.what}
        case "unseen":
            return {"type": "resolve_doubt", "doubt": doubt.id, "accept": True}
    return None


def overdue(race: Race, entry: Entry, lap: int, expected_ms: int) -> Doubt:
    """Return the doubt about a team that should have ended a lap long ago: it has stopped, or nobody saw it there."""
    return Doubt("overdue", race.id, entry.bib, expected_ms, lap, str(expected_ms))


def not_seen(race: Race, entry: Entry, expected_ms: int) -> Doubt:
    """Return the doubt about a team that nobody has seen since the gun, though its rivals have come round."""
    return Doubt("not_seen", race.id, entry.bib, expected_ms, 1)


def not_back(race: Race, entry: Entry, gun_ms: int, laps: Sequence[Lap]) -> Doubt:
    """Return the doubt about a team that still runs in a race that is closed: it has retired, or never started."""
    return Doubt("not_back", race.id, entry.bib, laps[-1].end_ms if laps else gun_ms, what="dnf" if laps else "dns")


def unseen(race: Race, entry: Entry, last: Lap) -> Doubt:
    """Return the doubt about a finish at which somebody is still unseen after the agreed wait (T54)."""
    return Doubt("unseen", race.id, entry.bib, last.end_ms, last.number)


def unseen_before(race: str, bib: str, lap: int) -> str:
    """Return the name by which an official accepts that somebody is unseen at the end of a lap before the last (T47).

    No doubt while the race runs: the lap is shown as provisional, and a publication waits for it.
    """
    return Doubt("unseen", race, bib, 0, lap).id
