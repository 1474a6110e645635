"""A judge as it stood a moment ago: what comes a little late takes the judging back to there, not to the gun.

Mats a few metres apart tell of one team in each other's words: what comes a few sightings late takes those few back,
each by itself, as far as they changed nothing but the standing of their own runner. What is later, or changed more, is
judged from a checkpoint on.

The laps that can still change are copied, older ones are left where they are, with the judge that went on; once one
of those has changed after all, a checkpoint that shares it is worth nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from live.ingest.crossings import Judge
from live.ingest.judged import OPEN_LAPS, Crossing, OneLap

T = TypeVar("T")

EVERY = 32
"""So many sightings lie between two checkpoints."""
KEPT = 3
"""So many are kept."""
FAR = 32
FRAMES = 16
"""Of older ones so many at most, at least `FAR` sightings apart: for what comes very late, and boards of the past."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A judge that has heard so many sightings, of which it has the laps from `first` on and the crossings since then.

    The laps and crossings before are those of the judge that `went_on`: a checkpoint costs the same late in a race as
    early.
    """

    judge: Judge
    heard: int
    first: int
    went_on: Judge

    def judge_from(self, lap: int) -> Judge:
        """Return a judge that stands where this one did, and goes its own way from that lap on, not before `first`."""
        still, own = self.judge.laps, max(0, lap - self.first)
        other, mine = copied(self.judge, still[own:]), self.judge.judged.crossings
        as_they_are = mine[: len(mine) - len(other.judged.crossings)]
        other.laps[:0] = self.went_on.laps[: self.first - 1] + still[:own]
        other.judged.crossings[:0] = self.went_on.judged.crossings[: self.heard - len(mine)] + as_they_are
        return other


def can_take_back(judge: Judge, heard: int) -> bool:
    """Whether each of what the judge has heard beyond so many sightings changed only its own runner's standing."""
    return len(judge.judged.crossings) - heard <= len(judge.steps)


def take_back(judge: Judge, heard: int) -> int | None:
    """Take back, where that can be, what a judge, nothing being inferred, has heard beyond so many sightings.

    Return the first lap that counts otherwise without them; None: none.
    """
    crossings, steps, moved = judge.judged.crossings, judge.steps, None
    while len(crossings) > heard:
        crossing = crossings.pop()
        key, last, last_lap, judge.latest, begun = steps.pop()
        if crossing.moved is not None:
            moved = crossing.moved if moved is None else min(moved, crossing.moved)
            _uncount(judge.laps[crossing.lap - 1], key, crossing)
        _put_back(judge.last, key, last)
        _put_back(judge.last_lap, key, last_lap)
        del judge.laps[begun:]
    return moved


def _uncount(one: OneLap, key: str, crossing: Crossing) -> None:
    if crossing.reason == "crossing":
        del one.crossed[key]
        one.settle()
    else:
        assert crossing.sighting is not None and crossing.runner is not None, "a split is of a runner who was seen"
        del one.splits[crossing.sighting.point][crossing.runner]
    one.seen.clear()


def _put_back(of: dict[str, T], key: str, was: T | None) -> None:
    if was is None:
        of.pop(key, None)
    else:
        of[key] = was


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
        self._kept.append(Checkpoint(copied(judge, judge.laps[first - 1 :]), heard, first, judge))
        if len(self._kept) > KEPT:
            self._retire(self._kept.pop(0))

    def _retire(self, old: Checkpoint) -> None:
        """Keep one of those that are no longer the latest, if none is near."""
        if not self._frames or old.heard - self._frames[-1].heard >= max(FAR, old.heard // FRAMES):
            self._frames.append(old)
        if len(self._frames) > FRAMES:
            del self._frames[::2]

    def before(self, heard: int) -> Checkpoint | None:
        """Return the latest that has heard at most so many, None where there is none; what is later is forgotten."""
        while self._kept and self._kept[-1].heard > heard:
            self._kept.pop()
        while self._frames and self._frames[-1].heard > heard:
            self._frames.pop()
        return self.look_back(heard)

    def look_back(self, heard: int) -> Checkpoint | None:
        """Return the latest that has heard at most so many, None where there is none."""
        return next((each for each in (*reversed(self._kept), *reversed(self._frames)) if each.heard <= heard), None)


def copied(judge: Judge, open_laps: list[OneLap]) -> Judge:
    """Return a judge that stands where this one does, but has of it only these last laps, for itself, and the crossings
    from the first on that can change with them.
    """
    other = Judge(judge.terms)
    twins = {id(each): twin(each) for each in (*_of(open_laps), *judge.hoping.values())}
    other.laps.extend(_lap(one, twins) for one in open_laps)
    other.judged.crossings.extend(_crossings(judge.judged.crossings, twins))
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
        yield from one.beside.values()
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
    if one.beside:
        other.beside = {key: twins[id(each)] for key, each in one.beside.items()}
    other.unnamed = tuple([twins[id(each)] for each in one.unnamed])
    other.splits = {point: {k: twins[id(c)] for k, c in passed.items()} for point, passed in one.splits.items()}
    other.estimate = None if one.estimate is None else twins[id(one.estimate)]
    other.first_ms = one.first_ms
    return other


def _crossings(crossings: list[Crossing], twins: dict[int, Crossing]) -> list[Crossing]:
    """The last crossings, in their order, from the first on that has a twin, those that have one by their twin."""
    made: list[Crossing] = []
    left = sum(each.sighting is not None for each in twins.values())
    for each in reversed(crossings):
        if not left:
            break
        other = twins.get(id(each))
        left -= other is not None
        made.append(other or each)
    made.reverse()
    return made
