"""When a team will be where: the next point, the ends of the laps to come, the finish; each with how sure that is.

A handful of simple experts each say how long the stretch will take: as long as the team's last lap, as its usual lap,
as its rivals took, or its own pace times what this stretch, or the field lately, took against that pace. The forecast
is their mean, each weighted by how well it has done in this race so far. The half width is what held four in five of
the forecasts of the same kind so far. Until the race has shown either, the experts count alike and the width is wide.
Nothing is fitted to any race beforehand: the constants are in `experience`, the same for all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from live.arrivals import OVERDUE_PERCENT
from live.ingest.experience import PPM, Experience, Kind, Pace, median
from live.ingest.marks import Mark
from live.messages.boards import Forecast
from live.programme import Race

USUAL_LAPS = 5
"""A team's usual lap is the median of so many of its latest."""
ENDS = 8
"""So many lap ends ahead are told: enough for any relay to get ready."""

Experts = tuple[int | None, ...]
"""How long a stretch takes in ms, in the opinion of each; None where it has nothing to go by."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long the stretch to `point` of the lap will take from `base_ms`, and what it was made of."""

    lap: int
    point: str
    base_ms: int
    took_ms: int
    error_ms: int
    kind: Kind
    experts: Experts

    @property
    def at_ms(self) -> int:
        """The instant at which the team is expected there."""
        return self.base_ms + self.took_ms


class Own:
    """What a team's own marks say about its pace; `at_ms` is the instant as of which something is to be expected."""

    __slots__ = ("at_ms", "base_ms", "here_ms", "lap", "last_ms", "line", "point", "seen", "usual_ms")

    def __init__(self, line: str, marks: Sequence[Mark], lap: int, as_of_ms: int = 0) -> None:
        """Look back over the last laps, no further; `lap` is the one that it runs."""
        last = marks[-1]
        self.line, self.lap, self.point, self.base_ms = line, lap, last.point, last.base_ms
        self.at_ms = max(last.at_ms, as_of_ms)
        self.here_ms = None if last.point == line else last.took_ms
        laps: list[int] = []
        self.seen: dict[str, int] = {}
        """When it was where, from the beginning of the lap before."""
        for mark in takewhile(lambda mark: mark.lap > 0, reversed(marks)):
            if len(laps) == USUAL_LAPS:
                break
            if mark.lap == lap - 1:
                self.seen[mark.point] = mark.took_ms
            if mark.point == line:
                laps.append(mark.took_ms)
        self.last_ms = laps[0] if laps else None
        self.usual_ms = median(laps) if len(laps) > 1 else None

    def again_ms(self, point: str) -> int | None:
        """How long the way from the last mark to that point took on the lap before."""
        start_ms = 0 if self.point == self.line else self.seen.get(self.point)
        end_ms = self.seen.get(point)
        return end_ms - start_ms if start_ms is not None and end_ms is not None and end_ms > start_ms else None

    def pace(self, took_ms: int) -> Pace:
        """Return a stretch that took so long against the team's own times."""
        against_last, against_usual, against_here = (
            took_ms * PPM // ms if ms else None for ms in (self.last_ms, self.usual_ms, self.here_ms)
        )
        return took_ms, against_last, against_usual, against_here


@dataclass(frozen=True, slots=True)
class Ends:
    """When the lap that a team runs and the `count - 1` after it end; beyond those reckoned each takes `lap_ms`."""

    reckoned: list[int]
    lap_ms: int
    count: int

    def at_ms(self, ahead: int) -> int:
        """Return when the lap ends that comes so many after this one."""
        beyond = ahead - len(self.reckoned) + 1
        return self.reckoned[ahead] if beyond <= 0 else self.reckoned[-1] + beyond * self.lap_ms


@dataclass(frozen=True, slots=True)
class Prospect:
    """A team at its last mark, and what is expected of it: at the next point inside the lap, and at the line."""

    own: Own
    to_point: Estimate | None
    to_line: Estimate | None
    ends: Ends | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What lies ahead of a team. `ends` are the ends of this lap and the next ones; `finish` that of the last lap."""

    next: Forecast | None = None
    ends: tuple[Forecast, ...] = ()
    finish: Forecast | None = None


NOTHING = Outlook()


def at_own_pace(race: Race, marks: Sequence[Mark]) -> Forecast | None:
    """Return when a team seen inside a lap ends it at the pace that it had up to there; None where it has none.

    It is no forecast, only how long to wait where nobody is known to have gone that way.
    """
    at_m = race.course.at_m[marks[-1].point] if marks else 0
    if at_m in (0, race.course.length_m):
        return None
    way_ms = marks[-1].took_ms * (race.course.length_m - at_m) // at_m
    return Forecast(marks[-1].base_ms + way_ms, way_ms * (OVERDUE_PERCENT - 100) // 100, race.course.line)


def late_by_rivals_ms(race: Race, last: Mark, own: Forecast, usual_ms: int | None) -> int:
    """Return until when a team that is late at its own pace is not overdue: who set out fast would be so too soon.

    As long as the rivals' same lap allows, `usual_ms`. Where too few have ended it (None), the pace over less than
    half of the loop says little of the rest: twice as long as that would take.
    """
    if usual_ms is not None:
        return last.base_ms - last.took_ms + usual_ms * OVERDUE_PERCENT // 100
    return 2 * own.at_ms - last.at_ms if 2 * race.course.at_m[last.point] < race.course.length_m else 0


def outlook(race: Race, experience: Experience, prospect: Prospect | None) -> Outlook:
    """Tell what lies ahead of a running team."""
    if prospect is None:
        return NOTHING
    first = prospect.to_point or prospect.to_line
    if first is None:
        return NOTHING
    as_of_ms = prospect.own.at_ms  # the team was not there by then
    following = Forecast(max(first.at_ms, as_of_ms), first.error_ms, first.point)
    if prospect.to_line is None or prospect.ends is None:
        return Outlook(following)
    line, count = race.course.line, prospect.ends.count
    ends = [Forecast(max(prospect.to_line.at_ms, as_of_ms), prospect.to_line.error_ms, line)]
    for ahead in (*range(1, min(count, ENDS)), *range(max(count - 1, ENDS), count)):
        at_ms = prospect.ends.at_ms(ahead)
        half_ms = (at_ms - prospect.own.base_ms) * experience.far_ppm(ahead, as_of_ms) // PPM
        ends.append(Forecast(max(at_ms, as_of_ms), max(half_ms, ends[-1].error_ms), line))  # further is never surer
    return Outlook(following, tuple(ends[:ENDS]), ends[-1] if race.laps_total is not None else None)


def ahead_of(
    race: Race, experience: Experience, marks: Sequence[Mark], restarts: Mapping[int, int], as_of_ms: int = 0
) -> Prospect | None:
    """Estimate what lies ahead of a team after its last mark; None where its race is run.

    What rivals did counts as far as it was known at the last mark, or at `as_of_ms` where that is later.
    """
    last = marks[-1]
    lap = running_lap(race, last)
    if race.laps_total is not None and lap > race.laps_total:
        return None
    own = Own(race.course.line, marks, lap, as_of_ms)
    to_line = estimate(experience, own, race.course.line)
    ends = far_ends(race, experience, own, restarts, to_line) if to_line is not None else None
    return Prospect(own, to_next_point(race, experience, own), to_line, ends)


def to_next_point(race: Race, experience: Experience, own: Own) -> Estimate | None:
    """Estimate the way to the first point ahead, inside the lap, at which teams are seen and something is known."""
    line, at_m = race.course.line, race.course.at_m
    after_m = 0 if own.point == line else at_m[own.point]
    for point in race.course.points:
        inside = point.id != line and point.at_m > after_m
        if inside and experience.measures(own.lap, point.id, own.at_ms):
            found = estimate(experience, own, point.id)
            if found is not None:
                return found
    return None


def far_ends(race: Race, experience: Experience, own: Own, restarts: Mapping[int, int], to_line: Estimate) -> Ends:
    """Return when this lap ends and each one after: to the last of the race, or `ENDS` of them where laps are open.

    The next lap takes what this one does, times what the field's laps say about the next against the one before.
    """
    line = race.course.line
    at_ms = to_line.at_ms
    lap_ms = to_line.took_ms + (own.here_ms or 0)
    final = race.laps_total or own.lap + ENDS - 1
    reckoned, lap, known = [at_ms], own.lap + 1, True
    while lap <= final and (known or lap <= max(restarts, default=0)):
        if known:
            against = experience.pace((lap, line, line), own.at_ms)[1]
            known = against is not None  # whoever ended a later lap has ended this one
            lap_ms = lap_ms * (against or PPM) // PPM
        at_ms = min(at_ms, restarts.get(lap, at_ms)) + lap_ms
        reckoned.append(at_ms)
        lap += 1
    return Ends(reckoned, lap_ms, final - own.lap + 1)


def running_lap(race: Race, mark: Mark) -> int:
    """Return the lap that a team runs after a mark."""
    return mark.lap + 1 if mark.point == race.course.line else mark.lap


def estimate(experience: Experience, own: Own, point: str) -> Estimate | None:
    """Let the experts say how long the way to a point takes, and weigh them; None where none has anything to say."""
    rivals = experience.pace((own.lap, own.point, point), own.at_ms)
    lately = experience.late_pace(own.point, point, own.at_ms)
    experts = opinions(own, point, rivals, lately)
    kind = (own.here_ms is not None, point == own.line, rivals[0] is not None)
    trust = experience.trust(kind, own.at_ms)
    total = weight = 0
    for each, by in zip(experts, trust.weights, strict=True):
        if each is not None:
            total += each * by
            weight += by
    if not weight:
        return None
    took_ms = max(total // weight, 1)
    error_ms = max(took_ms * trust.width_ppm // PPM, 1)  # told in whole seconds, rounded up: no ± 0, whatever has held
    return Estimate(own.lap, point, own.base_ms, took_ms, error_ms, kind, experts)


def opinions(own: Own, point: str, rivals: Sequence[int | None], lately: Sequence[int | None]) -> Experts:
    """Return what each expert says, always in the same order."""
    whole = own.here_ms is None and point == own.line
    usual_ms = own.usual_ms if whole else None
    least_ms = min(usual_ms, own.last_ms) if usual_ms and own.last_ms else None
    paces = (own.last_ms, own.usual_ms, own.here_ms)
    return (
        own.again_ms(point),
        usual_ms,
        least_ms,  # a stop or a mishap rarely comes twice
        rivals[0],
        *_scaled(paces, rivals),
        *_scaled(paces, lately),
    )


def _scaled(paces: Sequence[int | None], against: Sequence[int | None]) -> list[int | None]:
    """The team's own paces times what the field took against its own."""
    return [ms * ppm // PPM if ms and ppm else None for ms, ppm in zip(paces, against[1:], strict=True)]
