"""A small good event folder, to be read as it is or with one thing made wrong."""

from pathlib import Path

from live.event import read_event
from live.programme import Race

EVENT = """\
[event]
id = "race-day"
name = "Race day"
place = "Tournai"
timezone = "Europe/Brussels"
languages = ["fr", "nl", "en"]

[[course]]
id = "loop"
length_m = 3000
points = [
  { id = "line", at_m = 0 },
  { id = "km2", at_m = 2000 },
  { id = "km1", at_m = 1000 },
]

[[race]]
id = "relay"
course = "loop"
legs = [["A"], ["A", "B"], ["A", "B", "C"]]
start = 2016-05-26T16:30:00+02:00

[[device]]
id = "mat-line"
point = "line"
"""
HEADER = "race,bib,team,company,category,runner,first_name,last_name,sex,chips,public,wave,start"
TEAM = f"""{HEADER}
relay,12,Team 1,Entreprise 1,mixed,A,Ann,Archer,F,,,,
relay,12,Team 1,Entreprise 1,mixed,B,Ben,Baker,M,E1|E2,yes,,
relay,12,Team 1,Entreprise 1,mixed,C,Cyd,Carter,X,,no,,
"""
ROAD = """\
[event]
id = "road"
[[course]]
id = "road"
length_m = 10000
loop = false
points = [ { id = "finish", at_m = 10000 }, { id = "k5", at_m = 5000 } ]
[[race]]
id = "men"
legs = [["R"]]
start = 2016-05-26T16:30:00+02:00
[[race]]
id = "women"
legs = [["R"]]
start = 2016-05-26T16:30:00+02:00
"""
TOP = EVENT.split("[[device]]")[0]


def folder(path: Path, event: str = EVENT, entries: str | bytes = TEAM) -> Path:
    """Write an event folder."""
    (path / "event.toml").write_text(event, encoding="utf-8")
    (path / "entries.csv").write_bytes(entries if isinstance(entries, bytes) else entries.encode())
    return path


def race(path: Path, event: str = EVENT, entries: str = TEAM) -> Race:
    """The first race of a folder."""
    return read_event(folder(path, event, entries)).races[0]
