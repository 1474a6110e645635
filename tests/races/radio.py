"""radio-punches in our own formats: the raw stream of eight radio stations, and starts one by one.

Nothing is put in order and nothing is left out: each read is a passage, in the order in which it arrived.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from live.times import HOUR_MS
from tests.races.convert import Read, RealRace, columns, decisions, instant, write_arrivals, write_folder

SET = "radio-punches"
READS, FINISH = f"{SET}/reads.csv", f"{SET}/finish.csv"

MIDNIGHT = "2016-06-04T00:00:00+02:00"
"""The set has times of day; the date only makes instants of them."""

PLACEHOLDER = "34200"
"""What the list says of who never finished: a placeholder, the zero time (T30)."""

LINE = "2"
"""The station at the finish."""

STATIONS_M = {"144": 1_000, "122": 1_500, "88": 4_000, "97": 5_000, "113": 5_200, "58": 5_400, "4": 5_600}
"""The stations stand in the forest. Their metres only give an order that each class kept."""

READ_EARLY = (("1959", "45879.0"), ("2051", "47419.8"))
"""Two runners whom the finish read 39.3 s and 1.0 s before they punched there: the officials took the second read."""


def convert(to: Path, clock_off_h: Mapping[str, int] | None = None) -> RealRace:
    """Write the event folder and the passages below `to`; the two first reads that officials voided are decisions.

    `clock_off_h` sets the clock of a station wrong, by so many hours.
    """
    write_folder(to / "event", _event(), _entries(), "start")
    off = clock_off_h or {}
    punches = list(columns(READS, "chip", "station", "clock_s"))
    reads = [
        Read(at_ms(clock_s) + off.get(station, 0) * HOUR_MS, device(station), chip)
        for chip, station, clock_s in punches
    ]
    identities = dict(zip(punches, write_arrivals(to / "passages.csv", reads), strict=False))
    return RealRace(to / "event", to / "passages.csv", decisions(SET, _rulings(identities)))


def device(station: str) -> str:
    """Return the device of a station."""
    return f"station-{station}"


def at_ms(clock_s: str) -> int:
    """Return the instant of a time of day in seconds, ``33506.7``."""
    seconds, _, tenths = clock_s.partition(".")
    return instant(MIDNIGHT, seconds) + int((tenths or "0").ljust(3, "0"))


def starts() -> dict[str, str]:
    """Return the drawn start of each chip, in seconds of the day. Two chips stand there twice, their start once."""
    return {chip: start_s for chip, start_s in columns(FINISH, "chip", "start_clock_s")}


def finishes() -> dict[str, str]:
    """Return the official finish of each chip, in seconds of the day; of two rows of a chip the last."""
    return {chip: finish_s for chip, finish_s in columns(FINISH, "chip", "finish_clock_s")}


def _entries() -> Iterator[dict[str, str]]:
    """One entry a chip, in the class that the start list gives."""
    classes = {chip: name for chip, name in columns(FINISH, "chip", "class")}
    for chip, start_s in starts().items():
        yield {
            "race": "middle",
            "bib": chip,
            "team": f"Runner {chip}",
            "category": classes[chip],
            "runner": "R",
            "chips": chip,
            "start": _rfc3339(int(start_s)),
        }


def _rulings(identities: Mapping[tuple[str, ...], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for chip, clock_s in READ_EARLY:
        passage = identities[chip, LINE, clock_s]
        yield {"type": "void_passage", **passage, "reason": "read before the finish was punched"}


def _rfc3339(clock_s: int) -> str:
    minutes, seconds = divmod(clock_s, 60)
    return f"2016-06-04T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}+02:00"


def _event() -> str:
    points = ", ".join(f'{{ id = "{station}", at_m = {at} }}' for station, at in STATIONS_M.items())
    devices = [_device(station, station) for station in STATIONS_M]
    return "\n".join([HEAD.replace("POINTS", points), *devices, _device(LINE, "finish")])


def _device(station: str, point: str) -> str:
    return f'[[device]]\nid = "{device(station)}"\npoint = "{point}"\ncourse = "forest"\ntrust = "main"\n'


HEAD = """\
[event]
id = "radio-punches"
name = "Middle distance"
place = "Czechia"
timezone = "Europe/Prague"
languages = ["en"]
clock = "facts"

[[course]]
id = "forest"
length_m = 6000
loop = false
points = [ POINTS, { id = "finish", at_m = 6000 } ]

[[race]]
id = "middle"
name = "Middle distance"
course = "forest"
legs = [["R"]]
min_lap = "10:00"
start = 2016-06-04T09:30:00+02:00
gun = 2016-06-04T09:30:00+02:00
"""
