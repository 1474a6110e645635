"""Bibs that are one slip of a finger apart: what somebody may have meant who typed one that nobody has. Pure."""

from collections.abc import Iterator

from live.programme import Race

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
