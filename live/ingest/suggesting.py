"""Whose bib may have been meant by one that nobody has: who is due there. Pure (T19)."""

from collections.abc import Iterable

from live.ingest.team import Team
from live.programme import Race

NEAR_MS = 180_000
"""So far from when they are expected: due."""
MOST = 5


def suggestions(race: Race, teams: Iterable[Team], point: str, at_ms: int) -> list[str]:
    """Return which of these teams may have been at a point at that instant, the likeliest first.

    Those due there, the nearest in time first; then those of whom nothing is known yet. Who is expected elsewhere, or
    at another time, is none.
    """
    found = []
    for order, team in enumerate(teams):
        off_ms = _off_ms(race, team, point, at_ms)
        if off_ms is not None:
            found.append((off_ms, order, team.entry.bib))
    return [bib for _, _, bib in sorted(found)][:MOST]


def _off_ms(race: Race, team: Team, point: str, at_ms: int) -> int | None:
    """How far the instant is from when the team was there, or is expected there; None where it is too far."""
    for crossing in team.judged.crossings:
        seen = crossing.sighting
        if seen is not None and crossing.verdict == "counted" and seen.point == point:
            off_ms = abs(crossing.at_ms - at_ms)
            if off_ms <= race.together_window_ms:  # seen by another device too
                return off_ms
    if team.row is None or team.row.status != "running" or team.gun_ms is None or at_ms < team.gun_ms:
        return None
    expected = team.row.next
    if expected is None:
        return NEAR_MS
    off_ms = abs(expected.at_ms - at_ms)
    there = expected.point or race.course.line
    return off_ms if there == point and off_ms <= NEAR_MS else None
