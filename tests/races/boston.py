"""boston-2014 in our own formats: a road race, eight mats on the way, one at the finish, 554 reads missing."""

from collections.abc import Iterator
from pathlib import Path

from tests.races.convert import Read, RealRace, columns, instant, write_folder, write_passages

START = "2014-04-21T10:00:00-04:00"
"""The set has only times since each runner's own start. Ours follow one another here, a thousand bibs a minute: the
`start` of an entry is used, and the mats meet the runners as mixed as on the day."""

POINTS = {
    "k5": 5_000,
    "k10": 10_000,
    "k20": 20_000,
    "half": 21_098,
    "k25": 25_000,
    "k30": 30_000,
    "k35": 35_000,
    "k40": 40_000,
    "finish": 42_195,
}

SET = "boston-2014/splits.csv.gz"


def convert(to: Path, runners: int | None = None) -> RealRace:
    """Write the event folder and the passages of the first `runners` of the file (all) below `to`."""
    write_folder(to / "event", "\n".join([HEAD, *map(_device, POINTS)]), _entries(runners), "start")
    write_passages(to / "passages.csv", _reads(runners))
    return RealRace(to / "event", to / "passages.csv", ())


def _start_minute(bib: str) -> int:
    """Minutes after the gun at which this bib starts; some women's bibs have a letter."""
    return int(bib.strip("F")) // 1_000


def _entries(runners: int | None) -> Iterator[dict[str, str]]:
    for number, (bib, gender) in enumerate(columns(SET, "bib", "gender")):
        if number == runners:
            return
        start = f"2014-04-21T10:{_start_minute(bib):02}:00-04:00"
        yield {"race": "run", "bib": bib, "team": f"Runner {bib}", "category": gender, "runner": "R", "start": start}


def _reads(runners: int | None) -> Iterator[Read]:
    """Nobody's chip is in the set: each wears that of his bib. An empty cell is a read that the mat missed."""
    times = ("official_s" if point == "finish" else f"{point}_s" for point in POINTS)
    for number, (bib, *cells) in enumerate(columns(SET, "bib", *times)):
        if number == runners:
            return
        start_ms = instant(START, 60 * _start_minute(bib))
        for point, seconds in zip(POINTS, cells, strict=True):
            if seconds:
                yield Read(start_ms + int(seconds) * 1_000, f"mat-{point}", f"{bib}R")


def _device(point: str) -> str:
    return f'[[device]]\nid = "mat-{point}"\npoint = "{point}"\ncourse = "road"\ntrust = "main"\n'


_POINTS = "\n".join(f'  {{ id = "{point}", at_m = {at_m} }},' for point, at_m in POINTS.items())

HEAD = f"""\
[event]
id = "boston-2014"
name = "Marathon"
place = "Boston"
timezone = "America/New_York"
languages = ["en"]
clock = "facts"

[[course]]
id = "road"
length_m = 42195
loop = false
points = [
{_POINTS}
]

[[race]]
id = "run"
name = "Marathon"
course = "road"
legs = [["R"]]
min_lap = "1:55:00"
start = {START}
gun = {START}
"""
