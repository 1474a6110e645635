"""The race core alone: what one passage costs, and how long a whole marathon takes from its journal.

A passage is judged, ranked and made into the changes that go over the bus: `Meeting.apply`, `Meeting.changes` and
`RaceBoard.hear`, after every single passage; or, where a row says so, `changes` and `hear` once for all that came in a
tenth of a second, as the service does. A relay of 400 teams brings four passages a second, most of them alone in
theirs. The peer beside it does the least that any live ranking must do with the
same passage: read its JSON, put its time into a sorted list.

`python -m bench.race` prints it.
"""

import asyncio
import gc
import json
import statistics
import tempfile
from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from time import perf_counter

from bench.figures import Figure, table
from live.boards import RaceBoard
from live.event import read_event
from live.fact_members import passage_members
from live.ingest.journal import Journal
from live.ingest.meeting import Meeting
from live.ingest.service import COLLECTED
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Course, Device, Entry, Event, Runner, TimingPoint
from live.rehearsal.field import Field, event_folder
from live.rehearsal.recording import read_recording
from live.rehearsal.simulate import simulate
from tests.conftest import relay
from tests.races import boston

GUN_MS = 1_464_273_000_000
ENTRIES = 50_000
MEASURED = 20_000
A_TENTH_OF_A_SECOND = 100
"""Passages between two boards, at 1,000 passages a second."""
ROUNDS = 5
TEAMS = 400
DAY_LAPS = 400
DAY_SLICE = 4_000
KM = (0, 10, 20, 30, 40, 42)
APPEND = 2_000
"""Passages a transaction when the journal of the marathon is made."""


def measure() -> list[Figure]:
    """Measure all; takes about two minutes on two cores."""
    return [
        *per_passage_relay(),
        *per_passage_day(),
        *per_passage_city(),
        board_of_the_past(),
        asyncio.run(marathon_from_journal()),
    ]


def per_passage_relay() -> list[Figure]:
    """The company run: 400 teams, with the pathologies of a real day."""
    event, passages = company_run(TEAMS)
    judged = statistics.median(heard(event, [], passages, past=True) for _ in range(ROUNDS))
    whole = statistics.median(heard(event, [], passages) for _ in range(ROUNDS))
    what = f"race core, {TEAMS} teams in a growing relay"
    return [
        per_passage(f"{what}, judged and ranked", judged, passages, "<= 30 us"),
        per_passage(f"{what}, with forecasts and places at points", whole, passages),
    ]


def company_run(teams: int) -> tuple[Event, list[Passage]]:
    """A simulated race of the day, as its devices send it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in event_folder(Field(teams, 0, 1, GUN_MS, gun=True)).items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        event = read_event(Path(folder))
    return event, [reading.passage for reading in simulate(event, 1).readings]


def per_passage_day() -> list[Figure]:
    """A day of 62 teams, 400 laps each: its first laps, and its last before the race closes."""
    event, passages = day_and_night()
    late = passages[-DAY_SLICE:]
    figures = []
    for words, past in (("judged and ranked", True), ("with forecasts and places at points", False)):
        first_us = heard(event, [], passages[:DAY_SLICE], past)
        last_us = heard(event, passages[:-DAY_SLICE], late, past)
        what = f"24 hours, 62 teams, lap {DAY_LAPS}, {words}"
        peer = beside_first(last_us, first_us)
        figures.append(Figure(what, last_us, "us a passage", goal="<= 30 us" if past else "", peer=peer))
    return figures


def beside_first(last_us: float, first_us: float) -> str:
    """The same passages' cost on the first laps is the peer: a race must not get slower."""
    return f"{first_us:.1f} us on its first laps (x {last_us / first_us:.2f})"


def day_and_night() -> tuple[Event, list[Passage]]:
    """A timed race on the 3 km loop, two runners a team with a chip each; both mats at the line, two points inside."""
    event, _ = company_run(1)
    race = event.races[0]
    runners = tuple(Runner(code, "", "", "", (), "no") for code in "12")
    entries = tuple(
        Entry("day", n, str(n + 1), f"Team {n + 1}", "", "", "", None, _chipped(runners, n + 1)) for n in range(62)
    )
    day = replace(
        race,
        id="day",
        legs=(("1", "2"),),
        team_time="first",
        duration_ms=86_400_000,
        min_lap_ms=60_000,
        entries=entries,
    )
    rng = Random(1)
    reads: list[tuple[int, str, str]] = []
    for entry in entries:
        at_ms, pace_ms = GUN_MS, rng.uniform(190_000, 212_000)
        for lap in range(DAY_LAPS):
            lap_ms, chip = int(pace_ms * rng.uniform(0.95, 1.05)), entry.runners[lap // 10 % 2].chips[0]
            reads += [(at_ms + lap_ms // 3, "mat-km1", chip), (at_ms + lap_ms * 2 // 3, "mat-km2", chip)]
            at_ms += lap_ms
            reads += [(at_ms, "mat-line", chip), (at_ms + 700, "mat-line-b", chip)]
    passages = [Passage(device, "e", seq, at_ms, chip) for seq, (at_ms, device, chip) in enumerate(sorted(reads), 1)]
    return replace(event, races=(day,)), passages


def _chipped(runners: tuple[Runner, ...], bib: int) -> tuple[Runner, ...]:
    return tuple(replace(runner, chips=(f"{bib}{runner.code}",)) for runner in runners)


def board_of_the_past() -> Figure:
    """The board of 400 teams as it stood at an instant, for a slider: the mean over instants through the race."""
    event, passages = company_run(TEAMS)
    meeting = Meeting(event, "bench")
    for seq, passage in enumerate(passages, 1):
        meeting.apply(Recorded(seq, passage.at_ms, passage))
        if seq % 20 == 0:
            meeting.changes(GUN_MS)
    meeting.changes(GUN_MS)
    gc.collect()
    gc.freeze()  # as the service does
    instants = [GUN_MS + minute * 60_000 for minute in range(5, 60, 5)]

    def look_back() -> None:
        for at_ms in instants:
            meeting.answer("board_at", {"race": event.races[0].id, "at_ms": str(at_ms)})

    def replay() -> None:
        for seq, passage in enumerate(passages, 1):
            fresh.apply(Recorded(seq, passage.at_ms, passage))
        fresh.changes(GUN_MS)

    ours_ms = statistics.median(timed(look_back) for _ in range(ROUNDS)) * 1_000 / len(instants)
    fresh = Meeting(event, "bench", past=True)
    peer_ms = timed(replay) * 1_000
    words = f"{peer_ms:.0f} ms for judging the whole race from its facts (x {ours_ms / peer_ms:.2f})"
    return Figure(f"a board of the past, {TEAMS} teams", ours_ms, "ms", goal="<= 50 ms", peer=words)


def per_passage_city() -> list[Figure]:
    """A city marathon: 50,000 runners, the last of them on their way between 30 and 40 km."""
    event, passages = city()
    before, late = passages[:-MEASURED], passages[-MEASURED:]
    figures = []
    for words, every, goal in (
        ("one by one", 1, ""),
        ("at 1,000 passages a second", A_TENTH_OF_A_SECOND, "<= 100 us"),
    ):
        ours = heard(event, before, late, every=every)
        figures.append(per_passage(f"race core, {ENTRIES:,} entries on a road, {words}", ours, late, goal))
    return figures


def per_passage(what: str, ours_us: float, passages: Sequence[Passage], goal: str = "") -> Figure:
    """Put the peer beside our figure."""
    peer_us = statistics.median(least(passages) for _ in range(ROUNDS))
    words = f"{peer_us:.1f} us JSON and sorted list"
    return Figure(what, ours_us, "us a passage", goal=goal, peer=beside(ours_us, peer_us, words))


def beside(ours: float, peer: float, words: str) -> str:
    """Return the peer's figure and the ratio to it."""
    return f"{words} (x {ours / peer:.0f})"


def heard(
    event: Event, before: Iterable[Passage], passages: Sequence[Passage], past: bool = False, every: int = 1
) -> float:
    """Return the us that each of `passages` takes after those `before`; as for boards of the `past`, or all of it.

    The board is made after `every` so many.
    """
    race = event.races[0]
    meeting, board = Meeting(event, "bench", past=past), RaceBoard(race)
    seq = 0
    for seq, passage in enumerate(before, 1):
        meeting.apply(Recorded(seq, passage.at_ms, passage))
        if seq % 1_000 == 0:
            meeting.changes(GUN_MS)
    for change in meeting.changes(GUN_MS):
        board.hear(change)
    gc.collect()
    gc.freeze()  # as the service does
    gc.set_threshold(*COLLECTED)
    begun = perf_counter()
    for number, passage in enumerate(passages, seq + 1):
        meeting.apply(Recorded(number, passage.at_ms, passage))
        if number % every == 0:
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
    race = replace(
        relay(teams=0, gun_ms=GUN_MS),
        id="run",
        name="Run",
        course=course,
        legs=(("R",),),
        min_lap_ms=5_880_000,
        start_ms=GUN_MS,
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
        gc.disable()  # as the service does while it reads
        begun = perf_counter()
        async with Journal(path, event.id) as journal:
            meeting = Meeting(event, journal.id)
            async for facts in journal.read():
                for recorded in facts:
                    meeting.apply(recorded)
        rows = sum(len(change.rows) for change in meeting.changes(GUN_MS))
        ours_s = perf_counter() - begun
        gc.enable()
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
