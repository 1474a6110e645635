"""Whose bib may have been meant by one that nobody has: who is due there, and differs by one slip. Pure (T19)."""

from collections.abc import Iterable, Iterator

from live.ingest.team import Team
from live.programme import Race

NEAR_MS = 180_000
"""So far from when they are expected: due."""
MOST = 5
LONGEST = 16
"""Longer bibs get no suggestions: each letter costs some seventy guesses."""
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-"


def one_slip(bib: str, race: Race) -> list[str]:
    """Return the race's bibs that differ by one slip: two letters exchanged, one other, less or more, zeros before."""
    guesses = dict.fromkeys(_guesses(bib)) if len(bib) <= LONGEST else {}
    return [guess for guess in guesses if guess in race.by_bib and guess != bib]


def _guesses(bib: str) -> Iterator[str]:
    yield bib.lstrip("0")
    yield from (bib.zfill(width) for width in range(len(bib) + 1, 6))
    cuts = [(bib[:i], bib[i:]) for i in range(len(bib) + 1)]
    yield from (a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1)
    yield from (a + letter + b[1:] for a, b in cuts if b for letter in LETTERS)
    yield from (a + b[1:] for a, b in cuts if b)
    yield from (a + letter + b for a, b in cuts for letter in LETTERS)


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
