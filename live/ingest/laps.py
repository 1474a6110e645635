"""Crossings into laps: when each ended, how long it took, who is still missing."""

from typing import NamedTuple, cast

from live.ingest.judged import ANYBODY, OFFICIAL, Crossing, Judged, OneLap, Terms
from live.messages.boards import Quality
from live.programme import Race


class Lap(NamedTuple):
    """A lap that has ended. `lap_ms` counts from the end of the lap before (or the mass restart), `elapsed_ms` is the
    sum of the laps so far. `missing` are those still unseen; `latest` is the journal's seq of the last fact that counts
    in it or in a lap before.
    """

    number: int
    end_ms: int
    lap_ms: int
    elapsed_ms: int
    quality: Quality
    missing: tuple[str, ...]
    latest: int

    @property
    def provisional(self) -> bool:
        """Somebody is still unseen."""
        return bool(self.missing)


class Split(NamedTuple):
    """The team at a point inside a lap; `elapsed_ms` from the gun, by the clock."""

    lap: int
    point: str
    at_ms: int
    elapsed_ms: int


class TeamLaps(NamedTuple):
    """One team's race so far: its laps without a gap, and the furthest point that it passed since the last."""

    laps: tuple[Lap, ...]
    beyond: Split | None
    fact: int
    """The journal's seq of the last fact that counts in it."""
    times_ms: tuple[int, ...] = ()
    qualities: str = ""
    """The laps' times, and the first letter of each lap's quality."""
    incomplete: tuple[int, ...] = ()
    """The laps from which somebody is still unseen."""


NO_LAPS = TeamLaps((), None, 0)


def count(terms: Terms, judged: Judged, known: TeamLaps = NO_LAPS, since: int = 1) -> TeamLaps:
    """Return the laps that the crossings make; those of `known` before lap `since` stand as they were.

    The team's time of a lap is the crossing of the last of those who run it, or of the first where the race says so
    (race.md, From passage to crossing, 3). After a mass restart the time is the sum of the laps (Rank, 4).
    """
    if terms.gun_ms is None:
        return NO_LAPS
    kept = known.laps if since > len(known.laps) else known.laps[: since - 1]
    last, new = (kept[-1] if kept else None), []
    for one in judged.laps[len(kept) :]:
        if one.first_ms is None:
            break
        last = ended(terms, one, last, terms.gun_ms)
        new.append(last)
    open_laps = judged.laps[len(kept) + len(new) :]
    fact = max([last.latest if last else 0, *map(last_fact, open_laps)])
    beyond = furthest(terms.race, terms.gun_ms, open_laps[0]) if open_laps else None
    if kept is known.laps and not new:
        return TeamLaps(kept, beyond, fact, known.times_ms, known.qualities, known.incomplete)
    times_ms = known.times_ms[: len(kept)] + tuple([lap.lap_ms for lap in new])
    qualities = known.qualities[: len(kept)] + "".join([lap.quality[0] for lap in new])
    incomplete = (*[n for n in known.incomplete if n < since], *[lap.number for lap in new if lap.missing])
    return TeamLaps(kept + tuple(new), beyond, fact, times_ms, qualities, incomplete)


def ended(terms: Terms, one: OneLap, before: Lap | None, gun_ms: int) -> Lap:
    """Return a lap that has ended, after the lap `before` it."""
    last = max(one.ends, key=lambda crossing: crossing.at_ms)
    begin_ms, elapsed_ms, latest = (before.end_ms, before.elapsed_ms, before.latest) if before else (gun_ms, 0, 0)
    restart_ms = terms.restarts.get(one.number) if one.number > 1 else None
    if restart_ms is not None:
        begin_ms = min(begin_ms, restart_ms)
    lap_ms = last.at_ms - begin_ms
    missing = () if one.number in terms.waived else one.missing
    latest = max(latest, last_fact(one))
    return Lap(one.number, last.at_ms, lap_ms, elapsed_ms + lap_ms, quality(last), missing, latest)


def quality(crossing: Crossing) -> Quality:
    """Whether the instant was measured, estimated, or given by an official."""
    if crossing.sighting is None:
        return "corrected" if crossing.reason == "confirmed_unread" else "estimated"
    return "corrected" if crossing.sighting.trust == OFFICIAL or crossing.sighting.shifted else "measured"


def last_fact(lap: OneLap) -> int:
    """Return the journal's seq of the latest fact that counts in the lap, 0 for none."""
    crossings = [*lap.crossed.values(), *lap.late.values(), *lap.unnamed]
    for passed in lap.splits.values():
        crossings.extend(passed.values())
    return max([crossing.sighting.fact for crossing in crossings if crossing.sighting is not None], default=0)


def splits(race: Race, gun_ms: int, lap: OneLap) -> list[Split]:
    """Return where the team was seen inside the lap, in order of distance.

    The instant at a point is that of the last of those who passed it together, as at the line; of the first where the
    first makes the lap.
    """
    at_m, known, found = race.course.at_m, lap.seen, []
    for point in sorted(lap.splits, key=at_m.__getitem__):
        if lap.splits[point]:
            if point not in known:
                known[point] = split_at(race, gun_ms, lap, point)
            found.append(cast(Split, known[point]))
    return found


def split_at(race: Race, gun_ms: int, lap: OneLap, point: str) -> Split:
    """Return when the team was at a point of the lap at which somebody of it was seen."""
    passed = [crossing.at_ms for crossing in lap.splits[point].values()]
    at_ms = first_ms = min(passed)
    if len(passed) > 1 and race.team_time == "last":
        at_ms = max([ms for ms in passed if ms < first_ms + race.arrive_within_ms])
    return Split(lap.number, point, at_ms, at_ms - gun_ms)


def furthest(race: Race, gun_ms: int, lap: OneLap) -> Split | None:
    """Return the furthest point of the lap at which the team was seen."""
    seen_at = [point for point, passed in lap.splits.items() if passed]
    return split_at(race, gun_ms, lap, max(seen_at, key=race.course.at_m.__getitem__)) if seen_at else None


def whose(crossing: Crossing) -> str | None:
    """Return the runner's code where one is known."""
    return None if crossing.runner in (None, ANYBODY) else crossing.runner
