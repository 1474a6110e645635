"""How much of a race is listed, on pages and on the stream: all of it, or the head of a large one."""

from typing import Final

from live.programme import Race

WHOLE_UP_TO: Final = 400
"""Entries up to which all teams are listed; of a larger race only the head is."""

HEAD: Final = 200
"""Rows of a larger race."""


def is_whole(race: Race) -> bool:
    """Whether all teams of the race are listed."""
    return len(race.entries) <= WHOLE_UP_TO


def head_of(race: Race) -> int | None:
    """Return how many rows are listed at most, None for all."""
    return None if is_whole(race) else HEAD
