"""Missed passages: a lap that took too long, and what says that it was two (race.md, Missed passages).

One lap of one team is looked at, as it was judged. Evidence decides by itself: a team-mate who runs from the next lap
on, was read waiting, then nowhere for so long that he cannot have stood beside the mat, and comes in with the team.
Without evidence it is a doubt with a repair, for an official to accept.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import NamedTuple

from live.ingest.judged import Judged, Sighting, Terms
from live.ingest.lap_times import NEIGHBOURS, FieldLaps, lower_median, too_long

NOWHERE_PERCENT = 70
"""Who was read nowhere for 0.7 of an expected lap has run one."""
UNHEARD_OF = 2
"""Where nothing says how long a lap takes, twice the shortest possible one: 14 minutes for 3 km."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Lap `lap` seems to have ended at `at_ms` without being seen. `evidence`: it is certain enough to be counted."""

    lap: int
    at_ms: int
    evidence: bool


class Scene(NamedTuple):
    """A team as it was judged: what it is looked at by."""

    terms: Terms
    judged: Judged
    sightings: list[Sighting]

    def begins_ms(self, number: int) -> int | None:
        """When lap `number` began for the team, None where it has not."""
        if number == 1:
            return self.terms.gun_ms
        before_ms = self.judged.laps[number - 2].first_ms if number - 2 < len(self.judged.laps) else None
        restart_ms = self.terms.restarts.get(number)
        return before_ms if restart_ms is None else restart_ms if before_ms is None else min(before_ms, restart_ms)

    def ends_ms(self, number: int) -> int | None:
        """When lap `number` ended, None where it has not."""
        return self.judged.laps[number - 1].first_ms if number <= len(self.judged.laps) else None

    def lap_ms(self, number: int) -> int | None:
        """How long lap `number` took, None where its beginning or its end was not measured."""
        start_ms, end_ms = self.begins_ms(number), self.ends_ms(number)
        if start_ms is None or end_ms is None or self.estimated(number) or self.estimated(number - 1):
            return None
        return end_ms - start_ms

    def measured(self, first: int, last: int) -> list[tuple[int, int]]:
        """The laps from `first` to `last` that were measured from end to end, each with how long it took."""
        found = []
        begin_ms, restarts = self.begins_ms(first), self.terms.restarts
        whole = not self.estimated(first - 1)
        for one in self.judged.laps[first - 1 : last]:
            end_ms, was_whole, whole = one.first_ms, whole, not one.proved
            if begin_ms is not None and end_ms is not None and whole and was_whole:
                found.append((one.number, end_ms - begin_ms))
            begin_ms = end_ms
            if one.number + 1 in restarts:
                begin_ms = self.begins_ms(one.number + 1)
        return found

    def estimated(self, number: int) -> bool:
        """Whether nobody saw the lap end, though it did."""
        return 0 < number <= len(self.judged.laps) and self.judged.laps[number - 1].proved

    def reads(self, runner: str, from_ms: int, to_ms: int) -> list[int]:
        """When the runner alone was read at the line, from one instant up to before another."""
        found = []
        for n in range(bisect_left(self.sightings, (from_ms,)), len(self.sightings)):
            seen = self.sightings[n]
            if seen.at_ms >= to_ms:
                break
            if seen.at_line and seen.runners == (runner,):
                found.append(seen.at_ms)
        return found

    def joining(self, number: int) -> list[str]:
        """Who runs lap `number` and did not run the lap before; nobody where there is no such lap."""
        if self.terms.race.laps_total is not None and number > self.terms.race.laps_total:
            return []
        before = self.terms.runs(number - 1)
        return [runner for runner in self.terms.runs(number) if runner not in before]


@dataclass(frozen=True, slots=True)
class Silence:
    """A runner of the next lap came in at `in_ms`; before that he was last read waiting at `last_ms`, None: never."""

    in_ms: int
    last_ms: int | None


def missed(scene: Scene, field: FieldLaps, number: int) -> Missed | None:
    """Return what was missed in lap `number`, None where it may well have been one lap."""
    start_ms = scene.begins_ms(number)
    if start_ms is None or number == scene.terms.race.laps_total or scene.estimated(number):
        return None
    end_ms, silence = scene.ends_ms(number), None
    if end_ms is None:  # nobody runs both this lap and the next: who runs the next may have come in already
        silence = alone(scene, number, start_ms)
        if silence is None:
            return None
        end_ms = silence.in_ms
    least_ms, took_ms = scene.terms.race.min_lap_ms, end_ms - start_ms
    if took_ms < 2 * least_ms:
        return None
    near = scene.measured(max(1, number - NEIGHBOURS), number + NEIGHBOURS)
    others = [each for each in near if each[0] != number]
    own_ms, rivals_ms = field.expected_ms(number, others)
    shortest_ms = shortest(scene.terms, others, rivals_ms)
    lone_ms = field.lone_ms(number) if own_ms is None else None
    sure, asked = too_long(took_ms, shortest_ms, None), too_long(took_ms, lone_ms, None)
    if not sure and not asked:
        return None
    silence = silence or together(scene, number, start_ms, end_ms)
    if stood_by(scene, number, end_ms, silence):
        return None
    waited_ms = silence.last_ms if silence is not None else None
    if sure and waited_ms is not None and (end_ms - waited_ms) * 100 >= NOWHERE_PERCENT * shortest_ms:
        return Missed(number, placed(start_ms, end_ms, shortest_ms, least_ms, waited_ms), evidence=True)
    if scene.estimated(number - 1) or not (asked or too_long(took_ms, own_ms, rivals_ms)):
        return None  # nothing is asked about a time that is itself an estimate
    expected_ms = own_ms or rivals_ms or lone_ms
    assert expected_ms is not None, "where nothing is known nothing is too long"
    return Missed(number, placed(start_ms, end_ms, expected_ms, least_ms, waited_ms), evidence=False)


def shortest(terms: Terms, others: list[tuple[int, int]], rivals_ms: int | None) -> int:
    """Return the shortest lap that the team's other laps, as they are, or its rivals' same lap suggest.

    With evidence beside it the one is enough: the line may have been blind for all rivals, too.
    """
    own_ms = lower_median(sorted(lap_ms for _, lap_ms in others)) if others else None
    known = [each for each in (own_ms, rivals_ms) if each is not None]
    return min(known, default=UNHEARD_OF * terms.race.min_lap_ms)


def none_long(scene: Scene, field: FieldLaps, around: range) -> bool:
    """Whether none of these laps, all measured, can have been two: at a glance, by the shortest lap near them.

    No lap that `missed` finds passes here: the median of the team's other laps is not below the shortest of them all.
    """
    total, least_ms = scene.terms.race.laps_total, 2 * scene.terms.race.min_lap_ms
    took = scene.measured(max(1, around[0] - NEIGHBOURS), len(scene.judged.laps))
    own_ms = min(lap_ms for _, lap_ms in took) if len(took) > 1 else None
    for number, lap_ms in took:
        if lap_ms >= least_ms and number >= around[0] and number != total:
            known = [each for each in (own_ms, field.usual_ms(number)) if each is not None]
            if not known or too_long(lap_ms, min(known), None):
                return False
    return True


def placed(start_ms: int, end_ms: int, expected_ms: int, least_ms: int, waited_ms: int | None) -> int:
    """Place the unread crossing: the time in equal parts, not before the team-mate was last read waiting."""
    took_ms = end_ms - start_ms
    parts = min(max(2, round(took_ms / expected_ms)), took_ms // least_ms)
    at_ms = max(start_ms + took_ms // parts, waited_ms or 0)
    return min(max(at_ms, start_ms + least_ms), end_ms - least_ms)


# --- who stood where --------------------------------------------------------------------------------------------


def together(scene: Scene, number: int, start_ms: int, end_ms: int) -> Silence | None:
    """Return how a runner of the next lap came in with the team; of several, who had been silent longest."""
    wait_ms = scene.terms.race.arrive_within_ms
    found = []
    for runner in scene.joining(number + 1):
        around = scene.reads(runner, end_ms - wait_ms + 1, end_ms + wait_ms)
        if around:
            before = scene.reads(runner, start_ms, around[0])
            found.append(Silence(around[0], before[-1] if before else None))
    return max(found, key=lambda each: each.in_ms - (each.last_ms or each.in_ms), default=None)


def alone(scene: Scene, number: int, start_ms: int) -> Silence | None:
    """Return how the next lap's runner came in, read after his longest silence, where nobody runs both laps."""
    if not waits_alone(scene.terms, scene.sightings, number, start_ms):
        return None
    least_ms = start_ms + 2 * scene.terms.race.min_lap_ms
    found = []
    for runner in scene.joining(number + 1):
        reads = scene.reads(runner, start_ms, 2**62)
        before: int | None = None
        for at_ms in reads:
            if at_ms >= least_ms:
                found.append(Silence(at_ms, before))
            before = at_ms
    return max(found, key=lambda each: (each.in_ms - (each.last_ms or start_ms), -each.in_ms), default=None)


def waits_alone(terms: Terms, sightings: list[Sighting], number: int, start_ms: int) -> bool:
    """Whether the team was seen so long after lap `number` began that the next runner may have run his lap already."""
    if not sightings or sightings[-1].at_ms < start_ms + 2 * terms.race.min_lap_ms:
        return False
    return set(terms.runs(number)).isdisjoint(terms.runs(number + 1))


def stood_by(scene: Scene, number: int, end_ms: int, silence: Silence | None) -> bool:
    """Whether somebody stood beside the mat who would have been running, had the lap been two."""
    least_ms, wait_ms = scene.terms.race.min_lap_ms, scene.terms.race.arrive_within_ms
    if silence is not None and silence.last_ms is not None and end_ms - silence.last_ms < least_ms:
        return True
    waiting = scene.joining(number + 2)
    return any(scene.reads(runner, end_ms + wait_ms, end_ms + least_ms) for runner in waiting)
