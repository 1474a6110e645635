"""How the field really ran: true crossings of every runner at every timing point. Pure, the same for a seed.

Written against the event alone, so it runs any format: whoever runs a lap together goes as fast as the slowest of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from live.messages.decisions import FireGun
from live.programme import Entry, Event, Race

RUN_MS_PER_KM = (220_000, 400_000)
"""3 km in 11 to 20 minutes."""
WALK_MS_PER_KM = (540_000, 720_000)

TIRED = 1.02
"""Each further lap of a runner, against the one before."""
STRAGGLING = 1 / 40
"""The share of laps in which the last of a team is far behind the others."""


@dataclass(frozen=True, slots=True)
class TrueCrossing:
    """One runner at one point, as it was. `last` says that he completes the team there."""

    race: str
    bib: str
    runner: str
    lap: int
    point: str
    at_ms: int
    last: bool


@dataclass(frozen=True)
class Runs:
    """All that happened. `starts` has the true start by (race, bib); all instants are true."""

    event: Event
    starts: dict[tuple[str, str], int]
    crossings: tuple[TrueCrossing, ...]

    @cached_property
    def waits(self) -> dict[tuple[str, str, str], tuple[int, int]]:
        """By (race, bib, runner): when his team started, and when he joined it. Only those who ran."""
        lap_ends: dict[tuple[str, str, int], int] = {}
        waits: dict[tuple[str, str, str], tuple[int, int]] = {}
        for c in self.crossings:
            start_ms = self.starts[c.race, c.bib]
            waits.setdefault((c.race, c.bib, c.runner), (start_ms, lap_ends.get((c.race, c.bib, c.lap - 1), start_ms)))
            lap_ends[c.race, c.bib, c.lap] = max(c.at_ms, lap_ends.get((c.race, c.bib, c.lap), 0))
        return waits

    @cached_property
    def done(self) -> dict[tuple[str, str, str], int]:
        """By (race, bib, runner): his last crossing."""
        return {(c.race, c.bib, c.runner): c.at_ms for c in self.crossings}


def fire_guns(event: Event, rng: Random) -> tuple[FireGun, ...]:
    """Return the guns that officials fire: of all races and start groups whose gun the event does not know yet."""
    guns: list[FireGun] = []
    for race in event.races:
        late_ms = rng.randrange(1_000, 6_000)
        if race.gun_ms is None and not race.waves:
            guns.append(FireGun(race.id, race.start_ms + late_ms))
        for wave in race.waves:
            if wave.gun_ms is None:
                guns.append(FireGun(race.id, wave.start_ms + late_ms, wave.id))
    return tuple(guns)


def run(event: Event, guns: tuple[FireGun, ...], rng: Random) -> Runs:
    """Return how it went, race by race and team by team."""
    fired = {(gun.race, gun.wave or ""): gun.gun_at_ms for gun in guns}
    starts: dict[tuple[str, str], int] = {}
    crossings: list[TrueCrossing] = []
    for race in event.races:
        for entry in race.entries:
            start_ms = starts[race.id, entry.bib] = start_of(race, entry, fired)
            crossings += _run_entry(race, entry, start_ms, rng)
    return Runs(event, starts, tuple(crossings))


def start_of(race: Race, entry: Entry, fired: dict[tuple[str, str], int]) -> int:
    """Return the entry's start: its own, its group's gun, or the race's; the planned one where no gun is known."""
    if entry.start_ms is not None:
        return entry.start_ms
    wave = next((wave for wave in race.waves if wave.id == entry.wave), None)
    known = race.gun_ms if wave is None else wave.gun_ms
    planned = race.start_ms if wave is None else wave.start_ms
    return known if known is not None else fired.get((race.id, entry.wave), planned)


def _run_entry(race: Race, entry: Entry, start_ms: int, rng: Random) -> Iterator[TrueCrossing]:
    low, high = RUN_MS_PER_KM if race.ranked else WALK_MS_PER_KM
    paces = {runner.code: rng.triangular(low, high, low + (high - low) * 0.45) for runner in entry.runners}
    restarts = {restart.lap: restart.at_ms for restart in race.restarts}
    lap, lap_start_ms = 1, start_ms
    while _goes_on(race, lap, lap_start_ms - start_ms):
        runners = _runners(race, entry, lap)
        if runners:
            lap_start_ms = min(lap_start_ms, restarts.get(lap, lap_start_ms))
            lap_ms = _lap_ms(race, [paces[runner] for runner in runners], rng)
            yield from _lap(race, entry.bib, lap, runners, lap_start_ms, lap_ms, rng)
            lap_start_ms += lap_ms
            for runner in runners:
                paces[runner] *= TIRED
        lap += 1


def _goes_on(race: Race, lap: int, elapsed_ms: int) -> bool:
    if race.duration_ms is not None:
        return elapsed_ms < race.duration_ms
    return lap <= len(race.legs) * race.repeat


def _runners(race: Race, entry: Entry, lap: int) -> list[str]:
    """Those of the entry who run this lap; where one of them is enough, they take turns."""
    entered = {runner.code for runner in entry.runners}
    runners = [runner for runner in race.runs(lap) if runner in entered]
    if race.team_time == "first" and runners:
        return [runners[(lap - 1) % len(runners)]]
    return runners


def _lap_ms(race: Race, paces: list[float], rng: Random) -> int:
    lap_ms = max(paces) * race.course.length_m / 1_000 * rng.gauss(1.0, 0.012)
    return max(int(lap_ms), race.min_lap_ms * 21 // 20)


def _lap(
    race: Race, bib: str, lap: int, runners: list[str], start_ms: int, lap_ms: int, rng: Random
) -> Iterator[TrueCrossing]:
    """One lap of a team: at each point those who run it come within a few seconds, at the line now and then not."""
    course = race.course
    order = rng.sample(runners, len(runners))
    for point in sorted(course.points, key=lambda point: course.at_m[point.id]):
        share = course.at_m[point.id] / course.length_m
        at_line = point.id == course.line
        if share == 0:  # a start mat: everybody passes it soon after the gun, on the first lap
            last_ms = start_ms + rng.randrange(500, 15_000)
        else:
            last_ms = start_ms + int(lap_ms * share * (1 if at_line else rng.uniform(0.985, 1.015)))
        ahead_ms = rng.randrange(15_000, 35_000) if at_line and rng.random() < STRAGGLING else 0
        for place, runner in enumerate(reversed(order)):
            at_ms = last_ms if place == 0 else last_ms - ahead_ms - rng.randrange(300, 4_000)
            yield TrueCrossing(race.id, bib, runner, lap, point.id, at_ms, last=place == 0)
