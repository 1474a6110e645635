"""A judge as it stood a moment ago: what comes a little late takes the judging back to there, not to the gun.

The laps that can still change are copied, older ones are shared; once one of those has changed after all, a
checkpoint that shares it is worth nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from live.ingest.crossings import Judge
from live.ingest.judged import OPEN_LAPS, Crossing, Judged, OneLap

EVERY = 8
"""So many sightings lie between two checkpoints."""
KEPT = 3
"""So many are kept: two mats and a scanner at one line differ by seconds, a handful of sightings of one team."""
FAR = 32
FRAMES = 16
"""Of older ones so many at most, at least `FAR` sightings apart: for what comes very late, and boards of the past."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A judge that has heard so many sightings; laps before `first` are shared with those that heard more."""

    judge: Judge
    heard: int
    first: int


class Checkpoints:
    """The last few checkpoints of one team's judge, and some of those before, ever further apart."""

    __slots__ = ("_frames", "_kept", "_taking")

    def __init__(self, taking: bool = True) -> None:
        """None was taken yet; not `taking`, none will be: a team of the past is judged once."""
        self._taking = taking
        self._kept: list[Checkpoint] = []
        self._frames: list[Checkpoint] = []

    def take(self, judge: Judge, since: int | None) -> None:
        """Keep the judge as it stands, now and then; from lap `since` on something has changed since the last call."""
        if not self._taking:
            return
        if since is not None:
            for taken in (self._kept, self._frames):
                while taken and taken[-1].first > since:  # who has heard more begins at no earlier lap
                    taken.pop()
        heard = len(judge.judged.crossings)
        if heard < EVERY or (self._kept and heard - self._kept[-1].heard < EVERY):
            return
        first = max(1, len(judge.laps) - OPEN_LAPS + 1)
        self._kept.append(Checkpoint(copied(judge, first), heard, first))
        if len(self._kept) > KEPT:
            self._retire(self._kept.pop(0))

    def _retire(self, old: Checkpoint) -> None:
        """Keep one of those that are no longer the latest, if none is near."""
        if not self._frames or old.heard - self._frames[-1].heard >= max(FAR, old.heard // FRAMES):
            self._frames.append(old)
        if len(self._frames) > FRAMES:
            del self._frames[::2]

    def before(self, heard: int) -> Checkpoint | None:
        """Return the latest that has heard at most so many, its judge fit to go on; what is later is forgotten."""
        while self._kept and self._kept[-1].heard > heard:
            self._kept.pop()
        while self._frames and self._frames[-1].heard > heard:
            self._frames.pop()
        latest = self.look_back(heard)
        return latest and Checkpoint(copied(latest.judge, latest.first), latest.heard, latest.first)

    def look_back(self, heard: int) -> Checkpoint | None:
        """Return the latest that has heard at most so many, its judge to be copied before it goes on; None: none."""
        return next((each for each in (*reversed(self._kept), *reversed(self._frames)) if each.heard <= heard), None)


def copied(judge: Judge, first: int) -> Judge:
    """Return a judge that stands where this one does, and goes its own way from lap `first` on."""
    other = Judge(judge.terms)
    open_laps = judge.laps[first - 1 :]
    twins = {id(each): twin(each) for each in (*_of(open_laps), *judge.hoping.values())}
    laps = [*judge.laps[: first - 1], *(_lap(one, twins) for one in open_laps)]
    other.laps, other.judged = laps, Judged(_crossings(judge.judged.crossings, twins), laps)
    other.last = {key: twins.get(id(each), each) for key, each in judge.last.items()}
    other.hoping = {key: twins[id(each)] for key, each in judge.hoping.items()}
    other.latest = judge.latest and twins.get(id(judge.latest), judge.latest)
    other.last_lap, other.unread = dict(judge.last_lap), list(judge.unread)
    other.proofs, other.open_lap, other.legs = judge.proofs, judge.open_lap, judge.legs
    return other


def _of(laps: Iterable[OneLap]) -> Iterable[Crossing]:
    """All crossings that laps know of."""
    for one in laps:
        yield from one.crossed.values()
        yield from one.late.values()
        yield from one.hasty.values()
        yield from one.unnamed
        for passed in one.splits.values():
            yield from passed.values()
        if one.estimate is not None:
            yield one.estimate


def twin(one: Crossing) -> Crossing:
    """Return a crossing of its own that is alike."""
    return Crossing(one.sighting, one.at_ms, one.runner, one.lap, one.verdict, one.reason, one.opened_ms, one.moved)


def _lap(one: OneLap, twins: dict[int, Crossing]) -> OneLap:
    other = OneLap(one.number, one.needed)
    other.crossed = {key: twins[id(each)] for key, each in one.crossed.items()}
    if one.late:
        other.late = {key: twins[id(each)] for key, each in one.late.items()}
    if one.hasty:
        other.hasty = {key: twins[id(each)] for key, each in one.hasty.items()}
    other.unnamed = tuple([twins[id(each)] for each in one.unnamed])
    other.splits = {point: {k: twins[id(c)] for k, c in passed.items()} for point, passed in one.splits.items()}
    other.estimate = None if one.estimate is None else twins[id(one.estimate)]
    other.first_ms = one.first_ms
    return other


def _crossings(crossings: list[Crossing], twins: dict[int, Crossing]) -> list[Crossing]:
    """The same crossings, in their order, those that have a twin by their twin."""
    made, left = list(crossings), sum(each.sighting is not None for each in twins.values())
    for n in range(len(made) - 1, -1, -1):
        if not left:
            break
        other = twins.get(id(made[n]))
        if other is not None:
            made[n] = other
            left -= 1
    return made
