"""A team's own way round, as the forecast sees it: where it was measured, when, and how long it had then taken."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from live.ingest.judged import Judged
from live.ingest.laps import TeamLaps, splits
from live.programme import Race


class Mark(NamedTuple):
    """The team at a point of a lap; its first mark is the gun, as the end of lap 0.

    `took_ms` counts from the beginning of the lap. `base_ms` is the instant from which the stretch that follows
    counts: at the line the beginning of the next lap, which a mass restart can have moved before `at_ms`.
    """

    lap: int
    point: str
    at_ms: int
    took_ms: int
    base_ms: int
    measured: bool


def marks(
    race: Race,
    gun_ms: int | None,
    restarts: Mapping[int, int],
    judged: Judged,
    team: TeamLaps,
    kept: Sequence[Mark] = (),
) -> tuple[Mark, ...]:
    """Return the team's marks in order, none before its gun is known.

    `kept` are marks of laps that have not changed since: they must end at the line, and only what follows is made
    anew. An instant never lies before the mark that precedes it: what is known of a team is known from then on.
    """
    if gun_ms is None:
        return ()
    line = race.course.line
    made = list(kept) or [Mark(0, line, gun_ms, 0, _begin_ms(gun_ms, 1, restarts), True)]
    for one in judged.laps[made[-1].lap :]:
        begin_ms = made[-1].base_ms
        if one.splits:
            for split in splits(race, gun_ms, one):
                if split.at_ms > made[-1].at_ms:
                    took_ms = split.at_ms - begin_ms
                    made.append(Mark(one.number, split.point, split.at_ms, took_ms, split.at_ms, True))
        if one.number > len(team.laps):
            break
        lap = team.laps[one.number - 1]
        at_ms = max(lap.end_ms, made[-1].at_ms)
        base_ms = _begin_ms(lap.end_ms, one.number + 1, restarts)
        made.append(Mark(one.number, line, at_ms, lap.lap_ms, base_ms, lap.quality != "estimated"))
    return tuple(made)


def _begin_ms(end_ms: int, lap: int, restarts: Mapping[int, int]) -> int:
    """Return when a lap begins, the one before having ended then (race.md, From passage to crossing)."""
    return min(end_ms, restarts.get(lap, end_ms)) if lap > 1 else end_ms
