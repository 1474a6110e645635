"""A team judged with what is inferred: laps that ended unread, by evidence or because an official accepted it.

What is inferred is looked for again when something near it changes, and gone by itself when the true passage arrives.
A late look gives the same as looking at everything anew: a property test holds that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from live.ingest.crossings import Judge
from live.ingest.judged import Judged, Sighting
from live.ingest.lap_times import NEIGHBOURS, FieldLaps
from live.ingest.missed import Missed, Scene, missed, waits_alone

Answers = Mapping[int, bool]
"""By the instant that officials were asked about: a crossing there is accepted (True) or refused."""


@dataclass(slots=True)
class Inferred:
    """What was made of a team. `judge` is set where laps ended unread; without it the team stands as judged plainly.

    `doubts` are the laps that may hide a missed passage, by lap.
    """

    judge: Judge | None = None
    doubts: dict[int, Missed] = field(default_factory=dict)
    open_until_ms: int = 0


def infer(plain: Judge, sightings: list[Sighting], laps: FieldLaps, answers: Answers) -> Inferred:
    """Look at the whole team. Each lap found unread may reveal the next: two in a row may be."""
    judge, terms = plain, plain.terms
    while True:
        if judge.terms is not terms:
            judge = Judge(terms)
            judge.hear(sightings)
        scene = Scene(terms, judge.judged, sightings)
        accepted = next((each for each in answered(scene, answers, True) if each[0] not in terms.confirmed), None)
        if accepted is not None:
            lap, at_ms = accepted
            terms = replace(terms, unread={**terms.unread, lap: at_ms}, confirmed=terms.confirmed | {lap})
            continue
        found = looked_at(scene, laps, answers, range(1, len(judge.laps) + 2))
        certain = next((each for each in found.values() if each.evidence and each.lap not in terms.unread), None)
        if certain is None:
            break
        terms = replace(terms, unread={**terms.unread, certain.lap: certain.at_ms})
    last = max(terms.unread, default=0)
    until_ms = (scene.ends_ms(last + 1) or 2**62) + terms.race.min_lap_ms if last else 0
    return Inferred(judge if judge is not plain else None, found, until_ms)


def looked_at(scene: Scene, laps: FieldLaps, answers: Answers, numbers: Iterable[int]) -> dict[int, Missed]:
    """Return which of these laps seem to hide a missed passage, but those that an official says were one."""
    refused = {lap for lap, _ in answered(scene, answers, False)} if answers else set()
    found = ((number, missed(scene, laps, number)) for number in numbers if number not in refused)
    return {number: each for number, each in found if each is not None}


def answered(scene: Scene, answers: Answers, accept: bool) -> list[tuple[int, int]]:
    """Return the laps that officials' answers are about, with the instant: those in which it parts two possible laps.

    So an answer is without effect once the true passage has arrived.
    """
    least_ms = scene.terms.race.min_lap_ms
    found = []
    for at_ms in (at_ms for at_ms, answer in answers.items() if answer is accept):
        for number in range(1, len(scene.judged.laps) + 2):
            start_ms, end_ms = scene.begins_ms(number), scene.ends_ms(number)
            if start_ms is None or start_ms + least_ms > at_ms:
                continue
            if end_ms is None or scene.estimated(number) or at_ms + least_ms <= end_ms:
                found.append((number, at_ms))
                break
    return found


def look_again(
    inferred: Inferred,
    plain: Judge,
    sightings: list[Sighting],
    heard: int,
    laps: FieldLaps,
    answers: Answers,
    around: range | None,
) -> Inferred:
    """Look again after the sightings from `heard` on came in, or the field moved: only at the laps `around`.

    `around` None: at everything. `plain` judged the team without anything inferred.
    """
    judge, terms = inferred.judge, plain.terms
    if around is None or answers or (judge is not None and not beyond(inferred, judge, sightings, heard, around)):
        return infer(plain, sightings, laps, answers)
    if judge is None:
        scene = Scene(terms, plain.judged, sightings)
        numbers = [*around, *inferred.doubts, *open_laps(plain.judged)]
    else:
        moved = judge.hear(sightings[heard:]) or len(judge.laps)
        scene = Scene(judge.terms, judge.judged, sightings)
        first = min(moved - NEIGHBOURS, around[0])
        numbers = [*range(max(1, first), len(judge.laps) + 2), *inferred.doubts]
    found = looked_at(scene, laps, answers, sorted({number for number in numbers if number > 0}))
    if any(each.evidence for each in found.values()):
        return infer(plain, sightings, laps, answers)
    return Inferred(judge, found, inferred.open_until_ms)


def open_laps(judged: Judged) -> range:
    """The laps behind the last that has ended."""
    ended = len(judged.laps)
    while ended and judged.laps[ended - 1].first_ms is None:
        ended -= 1
    return range(ended + 1, len(judged.laps) + 2)


def depends(inferred: Inferred, plain: Judge, sightings: list[Sighting]) -> bool:
    """Whether the team must be looked at again when the field's expectation moves, beside its long laps."""
    if inferred.judge is not None or inferred.doubts or plain.proofs:
        return True
    scene = Scene(plain.terms, plain.judged, sightings)
    first = open_laps(plain.judged)[0]
    start_ms = scene.begins_ms(first)
    return start_ms is not None and waits_alone(plain.terms, sightings, first, start_ms)


def beyond(inferred: Inferred, judge: Judge, sightings: list[Sighting], heard: int, around: range) -> bool:
    """Whether what is new is so late that it says nothing about the laps found unread.

    Nothing is beyond for a judge that has heard more than what the team was taken back to.
    """
    if len(judge.judged.crossings) > heard:
        return False
    last = max(judge.terms.unread, default=0)
    if around[0] <= last + 2 * NEIGHBOURS + len(judge.terms.unread):
        return False
    return heard >= len(sightings) or sightings[heard].at_ms > inferred.open_until_ms
