"""relay-hill-2020 in our own formats: the raw log of one finish line, bibs only, typed by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.races.convert import Read, RealRace, columns, decisions, instant, write_folder, write_passages

START = "2020-02-01T09:30:00+00:00"
"""Start of leg 1. The set gives the year; the day only makes instants of its seconds."""

DID_NOT_FINISH = ("42", "102", "128")
"""Two teams gave up; 128, whose four crossings stand in the log, was ruled out after leg 1."""


def convert(to: Path) -> RealRace:
    """Write the event folder and the passages below `to`."""
    write_folder(to / "event", EVENT, _entries())
    reads = [Read(instant(START, s), "line", bib=bib) for bib, s in columns(f"{SET}/reads.csv", "bib", "elapsed_s")]
    write_passages(to / "passages.csv", reads)
    return RealRace(to / "event", to / "passages.csv", decisions(SET, _rulings()))


SET = "relay-hill-2020"


def _entries() -> Iterator[dict[str, str]]:
    for bib, category in columns(f"{SET}/official.csv", "bib", "category"):
        for leg in "1234":
            yield {"race": "relay", "bib": bib, "team": f"Team {bib}", "category": category, "runner": leg}


def _rulings() -> Iterator[dict[str, Any]]:
    for bib in DID_NOT_FINISH:
        yield {"type": "set_status", "race": "relay", "bib": bib, "status": "dnf", "reason": "did not finish"}
    for lap, clock_s in ((3, 11_760), (4, 15_240)):
        at_ms = instant(START, clock_s)
        yield {"type": "restart", "race": "relay", "lap": lap, "restart_at_ms": at_ms, "reason": "mass start"}


EVENT = """\
[event]
id = "relay-hill-2020"
name = "Hill relay"
place = "Scotland"
timezone = "Europe/London"
languages = ["en"]
clock = "facts"

[[course]]
id = "hills"
length_m = 12000
loop = true
points = [ { id = "line", at_m = 0 } ]

[[race]]
id = "relay"
name = "Hill relay"
course = "hills"
legs = [["1"], ["2"], ["3"], ["4"]]
min_lap = "30:00"
start = 2020-02-01T09:30:00+00:00
gun = 2020-02-01T09:30:00+00:00

[[device]]
id = "line"
point = "line"
course = "hills"
trust = "handheld"
"""
