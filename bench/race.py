"""The race core alone: what one passage costs, and how long a whole marathon takes from its journal.

A passage is judged, ranked and made into the changes that go over the bus: `Meeting.apply`, `Meeting.changes` and
`RaceBoard.hear`, after every single passage. The peer beside it does the least that any live ranking must do with the
same passage: read its JSON, put its time into a sorted list.

`python -m bench.race` prints it.
"""

import asyncio
import json
import statistics
import tempfile
from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from time import perf_counter

from bench.figures import Figure, table
from live.boards import RaceBoard
from live.event import read_event
from live.ingest.journal import Journal
from live.ingest.meeting import Meeting
from live.messages import Passage, Recorded
from live.programme import Course, Device, Entry, Event, Race, Runner, TimingPoint
from live.rehearsal.field import Field, event_folder
from live.rehearsal.recording import read_recording
from live.rehearsal.simulate import simulate
from live.wire import passage_members
from tests.races import boston

GUN_MS = 1_464_273_000_000
ENTRIES = 50_000
ONE_BY_ONE = 20_000
ROUNDS = 5
KM = (0, 10, 20, 30, 40, 42)
APPEND = 2_000
"""Passages a transaction when the journal of the marathon is made."""


def measure() -> list[Figure]:
    """Measure all; takes about 45 s on two cores."""
    return [per_passage_relay(), per_passage_city(), asyncio.run(marathon_from_journal())]


def per_passage_relay() -> Figure:
    """The company run: 120 teams, with the pathologies of a real day."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in event_folder(Field(120, 0, 1, GUN_MS, gun=True)).items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        event = read_event(Path(folder))
    passages = [reading.passage for reading in simulate(event, 1).readings]
    ours = statistics.median(one_by_one(event, [], passages) for _ in range(ROUNDS))
    return per_passage("race core, 120 teams in a growing relay", ours, passages)


def per_passage_city() -> Figure:
    """A city marathon: 50,000 runners, the last of them on their way between 30 and 40 km."""
    event, passages = city()
    ours = one_by_one(event, passages[:-ONE_BY_ONE], passages[-ONE_BY_ONE:])
    return per_passage(f"race core, {ENTRIES:,} entries on a road", ours, passages[-ONE_BY_ONE:])


def per_passage(what: str, ours_us: float, passages: Sequence[Passage]) -> Figure:
    """Put the peer beside our figure."""
    peer_us = statistics.median(least(passages) for _ in range(ROUNDS))
    return Figure(
        what, ours_us, "us a passage", peer=beside(ours_us, peer_us, f"{peer_us:.1f} us JSON and sorted list")
    )


def beside(ours: float, peer: float, words: str) -> str:
    """Return the peer's figure and the ratio to it."""
    return f"{words} (x {ours / peer:.0f})"


def one_by_one(event: Event, before: Iterable[Passage], passages: Sequence[Passage]) -> float:
    """Return the us that each of `passages` takes after those `before`."""
    race = event.races[0]
    meeting, board = Meeting(event, "bench"), RaceBoard(race)
    seq = 0
    for seq, passage in enumerate(before, 1):
        meeting.apply(Recorded(seq, passage.at_ms, passage))
    for change in meeting.changes(GUN_MS):
        board.hear(change)
    begun = perf_counter()
    for number, passage in enumerate(passages, seq + 1):
        meeting.apply(Recorded(number, passage.at_ms, passage))
        for change in meeting.changes(passage.at_ms):
            board.hear(change)
    return (perf_counter() - begun) * 1e6 / len(passages)


def least(passages: Sequence[Passage]) -> float:
    """Return the us a passage of the peer: JSON read, time put into a sorted list."""
    lines = [json.dumps(passage_members(passage)) for passage in passages]
    ranking: list[tuple[int, int]] = []
    begun = perf_counter()
    for line in lines:
        passage = json.loads(line)
        insort(ranking, (passage["at_ms"], passage["seq"]))
    return (perf_counter() - begun) * 1e6 / len(passages)


def city() -> tuple[Event, list[Passage]]:
    """Return a road race of 50,000 and its passages at 10, 20, 30 and 40 km and at the finish, in order of time."""
    points = tuple(TimingPoint(f"km{km}", km * 1_000) for km in KM)
    course = Course("road", 42_000, False, points)
    entries = tuple(
        Entry("run", n, str(n), f"Runner {n}", "", "MF"[n % 2], "", None, (Runner("R", "", "", "", (f"{n}R",), "no"),))
        for n in range(ENTRIES)
    )
    race = Race(
        id="run",
        name="Run",
        course=course,
        legs=(("R",),),
        repeat=1,
        finish="all_laps",
        duration_ms=None,
        team_time="last",
        min_lap_ms=5_880_000,
        together_window_ms=10_000,
        together_ms=15_000,
        arrive_within_ms=120_000,
        start_ms=GUN_MS,
        gun_ms=GUN_MS,
        ranked=True,
        companies_count=1,
        waves=(),
        restarts=(),
        prizes=(),
        entries=entries,
    )
    devices = tuple(Device(f"mat-{point.id}", point.id, "road", "main") for point in points)
    event = Event("city", "City", "", "UTC", ("en",), "facts", 1, (course,), (race,), devices)
    rng = Random(1)
    paces = [rng.gauss(340_000, 50_000) for _ in entries]
    reads = sorted(
        (GUN_MS + int(max(pace, 180_000) * km), f"mat-km{km}", f"{n}R") for n, pace in enumerate(paces) for km in KM[1:]
    )
    return event, [Passage(device, "e", seq, at_ms, chip) for seq, (at_ms, device, chip) in enumerate(reads, 1)]


async def marathon_from_journal() -> Figure:
    """Boston 2014: 286,825 passages of 31,931 runners, from the file on the disk to the last row of the board."""
    with tempfile.TemporaryDirectory() as folder:
        race = boston.convert(Path(folder))
        event = read_event(race.folder)
        passages = read_recording(race.passages, event.by_device).passages
        path = Path(folder) / "journal.sqlite3"
        async with Journal(path, event.id) as journal:
            for start in range(0, len(passages), APPEND):
                await journal.append(passages[start : start + APPEND], (), passages[start].at_ms)
        lines = [json.dumps(passage_members(passage)) for passage in passages]
        peer_s = timed(lambda: [json.loads(line) for line in lines])
        begun = perf_counter()
        async with Journal(path, event.id) as journal:
            meeting = Meeting(event, journal.id)
            async for facts in journal.read():
                for recorded in facts:
                    meeting.apply(recorded)
        rows = sum(len(change.rows) for change in meeting.changes(GUN_MS))
        ours_s = perf_counter() - begun
    assert rows == len(event.races[0].entries)
    words = f"{peer_s:.2f} s json.loads of the same {len(lines):,} passages"
    return Figure("Boston 2014 from the journal", ours_s, "s", goal="<= 15 s", peer=beside(ours_s, peer_s, words))


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    begun = perf_counter()
    work()
    return perf_counter() - begun


if __name__ == "__main__":
    print(table(measure()))
