"""What an official should look at, as it follows from the judging of one team."""

from collections.abc import Mapping
from typing import Any

from live.ingest.judged import Judged
from live.programme import Entry, Race

Conflict = tuple[str, str, int]
"""The identity under which a device sent two contents."""


def doubts_of(race: Race, entry: Entry, judged: Judged, conflicts: Mapping[Conflict, int]) -> list[dict[str, Any]]:
    """Return a team's doubts.

    A crossing long after the team (T54b), runners who did not arrive together (T55), two contents under one identity
    of which the earlier counts (T03; `conflicts` gives its instant). The id of a doubt is the same whenever it is
    worked out, so that a ruling can name it.
    """
    doubts = []
    for (device, epoch, seq), at_ms in sorted(conflicts.items()):
        doubts.append(_doubt(race, entry, "conflict", None, f"{device}-{epoch}-{seq}", at_ms))
    for one in judged.laps:
        for runner, crossing in one.late.items():
            doubts.append(_doubt(race, entry, "late_crossing", one.number, runner, crossing.at_ms))
        ends = [crossing.at_ms for crossing in one.ends]
        if race.team_time == "last" and ends and max(ends) - min(ends) > race.together_ms:
            doubts.append(_doubt(race, entry, "not_together", one.number, None, max(ends)))
    return doubts


def _doubt(race: Race, entry: Entry, kind: str, lap: int | None, what: str | None, at_ms: int) -> dict[str, Any]:
    """`what` is the runner, or the passage in conflict."""
    words = (kind.replace("_", "-"), race.id, entry.bib, None if lap is None else str(lap), what)
    return {
        "id": "-".join(word for word in words if word),
        "kind": kind,
        "race": race.id,
        "bib": entry.bib,
        "lap": lap,
        "runner": None if kind == "conflict" else what,
        "passage": what if kind == "conflict" else None,
        "at_ms": at_ms,
        "repair": None,
    }
