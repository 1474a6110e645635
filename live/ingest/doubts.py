"""What an official should look at, as it follows from the judging of one team."""

from typing import Any

from live.ingest.judged import Judged
from live.programme import Entry, Race


def doubts_of(race: Race, entry: Entry, judged: Judged) -> list[dict[str, Any]]:
    """Return a team's doubts: a crossing long after the team (T54b), runners who did not arrive together (T55).

    The id of a doubt is the same whenever it is worked out, so that a ruling can name it.
    """
    doubts = []
    for one in judged.laps:
        for runner, crossing in one.late.items():
            doubts.append(_doubt(race, entry, "late_crossing", one.number, runner, crossing.at_ms))
        ends = [crossing.at_ms for crossing in one.ends]
        if race.team_time == "last" and ends and max(ends) - min(ends) > race.together_ms:
            doubts.append(_doubt(race, entry, "not_together", one.number, None, max(ends)))
    return doubts


def _doubt(race: Race, entry: Entry, kind: str, lap: int, runner: str | None, at_ms: int) -> dict[str, Any]:
    return {
        "id": "-".join(filter(None, (kind.replace("_", "-"), race.id, entry.bib, str(lap), runner))),
        "kind": kind,
        "race": race.id,
        "bib": entry.bib,
        "lap": lap,
        "runner": runner,
        "at_ms": at_ms,
        "repair": None,
    }
