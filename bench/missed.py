"""Missed passages, counted: what a race shows when its mats miss some of it, before and after the proposed repairs.

Races of the growing relay are run as `live simulate` runs them; then crossings are taken away at random, from every
device at once, or everything at the line for a while. What the rest makes of the race is compared with what happened.

`python -m bench.missed` prints the table; it says nothing about speed.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from live.event import read_event
from live.ingest.meeting import Meeting
from live.messages.decisions import Decision, ResolveDoubt
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Event
from live.rehearsal.field import Field, event_folder
from live.rehearsal.runs import Runs, TrueCrossing, run
from live.rehearsal.witnesses import Witnesses

GUN_MS = 1_464_273_000_000
TEAMS = 200
SEEDS = 10
RACE = "relay"
PROPOSALS = ("missed_passage", "estimated_passage", "unseen", "overdue")


@dataclass
class Tally:
    """What was counted over all seeds."""

    missed: int = 0
    laps: int = 0
    wrong: int = 0
    places: int = 0
    repaired: int = 0
    estimated: int = 0
    asked: int = 0
    false: int = 0


def main() -> None:
    """Print the table."""
    ways = [(f"{percent} % of the crossings", percent / 100, 0) for percent in (1, 5, 10)]
    ways += [("the line blind for 30 s", 0.0, 30_000), ("the line blind for 5 min", 0.0, 300_000)]
    print(
        "| missed | course | line crossings missed | wrong lap shown | wrong places | after repairs | asked | false |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for words, share, blind_ms in ways:
        for points in (True, False):
            tally = Tally()
            for seed in range(SEEDS):
                count(event_of(points, seed), seed, share, blind_ms, tally)
            where = "line, km 1, km 2" if points else "line only"
            teams = SEEDS * TEAMS
            print(
                f"| {words} | {where} | {tally.missed} | {tally.wrong} of {tally.laps} | {tally.places} of {teams} "
                f"| {tally.repaired} | {tally.asked} | {tally.false} |",
                flush=True,
            )


def event_of(points: bool, seed: int) -> Event:
    """A company run of 200 teams; without its points inside the loop where `points` is false."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in event_folder(Field(TEAMS, 0, seed, GUN_MS, gun=True)).items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        event = read_event(Path(folder))
    if points:
        return event
    course = replace(event.races[0].course, points=event.races[0].course.points[:1])
    devices = tuple(device for device in event.devices if device.point == course.points[0].id)
    return replace(event, courses=(course,), races=(replace(event.races[0], course=course),), devices=devices)


def count(event: Event, seed: int, share: float, blind_ms: int, tally: Tally) -> None:
    """Run one race, take away, and compare."""
    runs = run(event, (), Random(seed))
    missed = taken_away(event, runs, share, blind_ms, Random(f"missed {seed}"))
    tally.missed += sum(crossing.point == event.races[0].course.line for crossing in missed)
    seen = sightings(event, runs, seed)
    whole = places(judged(event, passages(seen)))
    meeting = Meeting(event, "bench")
    hear(meeting, passages(seen, missed), runs, missed, tally)
    tally.places += sum(whole[bib] != place for bib, place in places(meeting).items())
    look(meeting, runs, missed, tally)
    accept(meeting)
    tally.repaired += sum(whole[bib] != place for bib, place in places(meeting).items())


def taken_away(event: Event, runs: Runs, share: float, blind_ms: int, rng: Random) -> frozenset[TrueCrossing]:
    """The crossings that no device saw."""
    last_ms = max(crossing.at_ms for crossing in runs.crossings)
    from_ms = rng.randrange(GUN_MS + 600_000, last_ms - 600_000)
    line = event.races[0].course.line
    return frozenset(
        crossing
        for crossing in runs.crossings
        if rng.random() < share or (crossing.point == line and 0 <= crossing.at_ms - from_ms < blind_ms)
    )


def sightings(event: Event, runs: Runs, seed: int) -> list[tuple[TrueCrossing | None, Passage]]:
    """What the devices would see of it if nothing was missed, in the order of time, with whose crossing it is."""
    worn = {(r.id, e.bib, m.code): m.chips[0] for r in event.races for e in r.entries for m in e.runners}
    witnesses = Witnesses(event, worn, Random(f"seen {seed}"))
    whose: list[TrueCrossing | None] = []
    for crossing in runs.crossings:
        witnesses.cross(crossing)
        whose += [crossing] * (len(witnesses.seen) - len(whose))
    witnesses.wait(runs)
    whose += [None] * (len(witnesses.seen) - len(whose))
    seen = zip(whose, (passage for _, passage in witnesses.seen), strict=True)
    return sorted(seen, key=lambda each: each[1].at_ms)


def passages(
    seen: list[tuple[TrueCrossing | None, Passage]], missed: frozenset[TrueCrossing] = frozenset()
) -> list[Passage]:
    """What is left of it, numbered."""
    left = [passage for crossing, passage in seen if crossing not in missed]
    return [replace(passage, epoch="e", seq=seq) for seq, passage in enumerate(left, start=1)]


def judged(event: Event, seen: Iterable[Passage]) -> Meeting:
    """The race as its passages make it."""
    meeting = Meeting(event, "bench")
    for seq, passage in enumerate(seen, start=1):
        meeting.apply(Recorded(seq, passage.at_ms, passage))
    meeting.changes(0)
    return meeting


def hear(meeting: Meeting, seen: list[Passage], runs: Runs, missed: frozenset[TrueCrossing], tally: Tally) -> None:
    """Let the race be heard live; each time a team was seen at the line, look whether it is shown on the right lap."""
    line = meeting.event.races[0].course.line
    ends: dict[tuple[str, int], list[TrueCrossing]] = defaultdict(list)
    for crossing in runs.crossings:
        if crossing.point == line and crossing not in missed:
            ends[crossing.bib, crossing.lap].append(crossing)
    due = sorted((max(c.at_ms for c in group) + 5_000, bib, lap) for (bib, lap), group in ends.items())
    number = 0
    for at_ms, bib, lap in due:
        while number < len(seen) and seen[number].at_ms <= at_ms:
            meeting.apply(Recorded(number + 1, seen[number].at_ms, seen[number]))
            number += 1
        meeting.changes(at_ms)
        row = meeting.races[RACE].teams[bib].row
        assert row is not None
        tally.laps += 1
        tally.wrong += row.laps != lap
    for passage in seen[number:]:
        number += 1
        meeting.apply(Recorded(number, passage.at_ms, passage))
    meeting.changes(0)


def look(meeting: Meeting, runs: Runs, missed: frozenset[TrueCrossing], tally: Tally) -> None:
    """Count the doubts about missed passages, and those among them where nothing was missed."""
    really = {(crossing.bib, crossing.lap) for crossing in missed}
    for doubt in meeting.answer("doubts", {})["doubts"]:
        if doubt["kind"] in PROPOSALS:
            tally.asked += 1
            tally.false += all((doubt["bib"], lap) not in really for lap in (doubt["lap"], doubt["lap"] + 1))


def accept(meeting: Meeting) -> None:
    """Accept every proposal about a missed passage, until nothing is proposed any more."""
    seq = 10_000_000
    while True:
        open_doubts = [each for each in meeting.answer("doubts", {})["doubts"] if each["kind"] in PROPOSALS]
        if not open_doubts:
            return
        for doubt in open_doubts:
            seq += 1
            decision = Decision(f"d{seq}", "bench", GUN_MS, ResolveDoubt(doubt["id"], True))
            meeting.apply(Recorded(seq, GUN_MS, decision))
        meeting.changes(0)


def places(meeting: Meeting) -> dict[str, int | None]:
    """The place of every team."""
    live = meeting.races[RACE]
    return {bib: live.places.place(team) for bib, team in live.teams.items()}


if __name__ == "__main__":
    main()
