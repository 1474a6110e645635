"""f1-2021 in our own formats: eight races on eight circuits, lapped cars, everybody stops with the winner."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.races.convert import Read, RealRace, columns, decisions, instant, write_folder, write_passages


class Prix(NamedTuple):
    """One race: what its programme says."""

    id: str
    name: str
    laps: int
    circuit_m: int
    start: str


RACES = {
    "1": Prix("bahrain", "Bahrain Grand Prix", 56, 5_412, "2021-03-28T15:00:00+00:00"),
    "4": Prix("spain", "Spanish Grand Prix", 66, 4_675, "2021-05-09T13:00:00+00:00"),
    "5": Prix("monaco", "Monaco Grand Prix", 78, 3_337, "2021-05-23T13:00:00+00:00"),
    "7": Prix("france", "French Grand Prix", 53, 5_842, "2021-06-20T13:00:00+00:00"),
    "13": Prix("netherlands", "Dutch Grand Prix", 72, 4_259, "2021-09-05T13:00:00+00:00"),
    "14": Prix("italy", "Italian Grand Prix", 53, 5_793, "2021-09-12T13:00:00+00:00"),
    "16": Prix("turkey", "Turkish Grand Prix", 58, 5_338, "2021-10-10T12:00:00+00:00"),
    "20": Prix("qatar", "Qatar Grand Prix", 57, 5_380, "2021-11-21T14:00:00+00:00"),
}
"""By round of the season. Times of day are to the hour: the set has dates only."""

MONZA_PENALTY = {"race": "italy", "bib": "11", "by_ms": 5_000}


def convert(to: Path) -> RealRace:
    """Write the event folder and the passages below `to`."""
    write_folder(to / "event", "\n".join([HEAD, *map(_race, RACES.values())]), _entries())
    reads = [
        Read(instant(RACES[number].start) + int(elapsed_ms), f"line-{RACES[number].id}", _chip(number, car))
        for number, car, elapsed_ms in columns("f1-2021/laps.csv", "round", "car", "elapsed_ms")
    ]
    write_passages(to / "passages.csv", reads)
    return RealRace(to / "event", to / "passages.csv", decisions("f1-2021", _rulings()))


def _chip(number: str, car: str) -> str:
    """A transponder of that day's race: a car's number is the same all season, and no chip."""
    return f"T{number}-{car}"


def _entries() -> Iterator[dict[str, str]]:
    for number, car in columns("f1-2021/results.csv", "round", "car"):
        yield {"race": RACES[number].id, "bib": car, "team": f"Car {car}", "runner": "R", "chips": _chip(number, car)}


def _rulings() -> Iterator[dict[str, Any]]:
    """Retirements, the one penalty, and the rule that who covered nine tenths of the distance is classified."""
    ended = Counter(columns("f1-2021/laps.csv", "round", "car"))
    for number, car, status in columns("f1-2021/results.csv", "round", "car", "status"):
        if status == "DNF":
            race = RACES[number]
            classified = ended[number, car] * 10 >= race.laps * 9
            ruled = "finished" if classified else "dnf"
            reason = "retired, nine tenths of the distance covered" if classified else "retired"
            yield {"type": "set_status", "race": race.id, "bib": car, "status": ruled, "reason": reason}
    yield {"type": "adjust_time", **MONZA_PENALTY, "reason": "five seconds"}


def _race(race: Prix) -> str:
    return f"""\
[[course]]
id = "{race.id}"
length_m = {race.circuit_m}
loop = true
points = [ {{ id = "line", at_m = 0 }} ]

[[race]]
id = "{race.id}"
name = "{race.name}"
course = "{race.id}"
legs = [["R"]]
repeat = {race.laps}
finish = "with_leader"
min_lap = "1:00"
start = {race.start}
gun = {race.start}

[[device]]
id = "line-{race.id}"
point = "line"
course = "{race.id}"
trust = "main"
"""


HEAD = """\
[event]
id = "f1-2021"
name = "Eight races of a season"
place = "Eight circuits"
timezone = "UTC"
languages = ["en"]
clock = "facts"
"""
