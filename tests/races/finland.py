"""relay-finland in our own formats: five classes of an orienteering relay, with 7, 4 and 3 legs.

A leg is a lap, a checkpoint a point on it. The checkpoints stand in the forest, not on a loop: their metres here only
give the order in which all legs of all classes met them, 123 before 122 before 126.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.races.convert import Read, RealRace, columns, decisions, instant, write_folder, write_passages

ZERO = "2010-09-18T09:00:00+03:00"
"""Zero of the race clock that all classes share. The set has no date; this one only gives the seconds a day."""

CLASSES = {"A": (7, 10_800), "B": (4, 11_400), "C": (3, 12_000), "H21": (4, 4_200), "D21": (4, 3_600)}
"""Legs and gun (seconds on the race clock) of each class, as its README has them."""

LATE_START_S = {"A": 22_200, "B": 16_860}
"""Mass restarts: announced before the race for class A, called during it for class B (both ways are tried)."""

OUT_OF_COMPETITION = (("A", "42"), ("H21", "414"), ("H21", "418"))
"""Teams that were timed like all others, and listed without a place."""

LENT = {"chip": "1066", "race": "b", "bib": "149", "runner": "3", "from_at_ms": instant(ZERO, 13_000)}
"""The chip of team A 24, handed in after its leg 1 (12,365 s), went out again with team B 149's leg 3 (13,622 s)."""

DISPUTED = (("A", "24", 1, "126"), ("D21", "501", 2, "122"), ("D21", "501", 2, "126"))
"""Punches radioed after the leg they are listed under had ended: the chips were on another leg by then. The officials
left them out of the lists of the leg on which they were made."""

LEGS, RADIO = "relay-finland/legs.csv", "relay-finland/radio.csv"

Leg = tuple[str, str, int]
"""Class, team, leg."""

Key = tuple[str, str, int, str]
"""Class, team, leg and control (``line`` at the exchange): which passage this is. It stays in the converter."""


def convert(to: Path) -> RealRace:
    """Write the event folder and the passages below `to`."""
    chips = {(race, team, int(leg)): chip for race, team, leg, chip in columns(LEGS, "class", "team", "leg", "chip")}
    write_folder(to / "event", _event(), _entries(chips))
    reads = {**dict(_line(chips)), **dict(_checkpoints(chips))}
    identities = write_passages(to / "passages.csv", reads.values())
    identity = {key: identities[read] for key, read in reads.items()}
    return RealRace(to / "event", to / "passages.csv", decisions("relay-finland", _rulings(identity)))


def _line(chips: dict[Leg, str]) -> Iterator[tuple[Key, Read]]:
    """The exchange and the finish. A team that did not start a leg has its start as finish: nobody crossed then."""
    for race, team, leg, finish_s, status in columns(LEGS, "class", "team", "leg", "finish_s", "status"):
        if finish_s and status != "DNS":
            chip = chips[race, team, int(leg)]
            yield (race, team, int(leg), "line"), Read(instant(ZERO, finish_s), "line", chip)


def _checkpoints(chips: dict[Leg, str]) -> Iterator[tuple[Key, Read]]:
    for race, team, leg, control, clock_s in columns(RADIO, "class", "team", "leg", "control", "clock_s"):
        at_ms = instant(ZERO, CLASSES[race][1] + int(clock_s))
        yield (race, team, int(leg), control), Read(at_ms, f"radio-{control}", chips[race, team, int(leg)])


def _entries(chips: dict[Leg, str]) -> Iterator[dict[str, str]]:
    """One row a leg. Who carried no known chip gets one that nobody carries; the lent one is its first team's."""
    for (race, team, number), chip in chips.items():
        leg = str(number)
        lent = (race.lower(), team, leg) == (LENT["race"], LENT["bib"], LENT["runner"])
        own = f"NONE-{team}-{leg}" if lent or not chip else chip
        yield {"race": race.lower(), "bib": team, "team": f"Team {team}", "runner": leg, "chips": own}


def _rulings(identity: dict[Key, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the officials had decided, and when it can be known from the race alone."""
    yield {"type": "assign_chip", **LENT, "reason": "the chip went out again with another team"}
    for leg in (3, 4):
        at_ms = instant(ZERO, LATE_START_S["B"])
        yield {"type": "restart", "race": "b", "lap": leg, "restart_at_ms": at_ms, "reason": "mass restart"}
    for disputed in DISPUTED:
        passage = identity[disputed]
        yield {"type": "void_passage", **passage, "reason": "a punch of another leg, disputed"}
    yield from _statuses(identity)
    penalties = {(race, team): s for race, team, s in columns(LEGS, "class", "team", "team_penalty_s") if s != "0"}
    for (race, team), seconds in penalties.items():
        by_ms = int(seconds) * 1_000
        yield {"type": "adjust_time", "race": race.lower(), "bib": team, "by_ms": by_ms, "reason": "time penalty"}


def _statuses(identity: dict[Key, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A missed checkpoint takes the team out of the race from that leg on; the legs before it keep their places."""
    for race, team in OUT_OF_COMPETITION:
        yield {"type": "set_status", "race": race.lower(), "bib": team, "status": "out_of_competition"}
    out: dict[tuple[str, str], tuple[int, str]] = {}
    for race, team, number, status in columns(LEGS, "class", "team", "leg", "status"):
        if status != "OK" and (race, team) not in out:
            out[race, team] = int(number), status
    for (race, team), (leg, status) in out.items():
        reason = f"{status} on leg {leg}"
        for key, passage in identity.items():
            if key[:2] == (race, team) and key[2] >= leg > 1:
                yield {"type": "void_passage", **passage, "reason": reason}
        if (race, team) not in OUT_OF_COMPETITION:
            ruled = {"MISSPUNCH": "dsq", "DNS": "dns", "DNF": "dnf"}[status] if leg == 1 else "dnf"
            yield {"type": "set_status", "race": race.lower(), "bib": team, "status": ruled, "reason": reason}


def _event() -> str:
    races = [_race(name, legs, gun_s) for name, (legs, gun_s) in CLASSES.items()]
    devices = [_device("line", "line"), *(_device(f"radio-{point}", point) for point in ("122", "123", "126"))]
    return "\n".join([HEAD, *races, *devices])


def _race(name: str, legs: int, gun_s: int) -> str:
    gun = _toml_instant(gun_s)
    restarts = [f"[[race.restart]]\nlap = {leg}\nat = {_toml_instant(LATE_START_S['A'])}\n" for leg in (6, 7)]
    return f"""\
[[race]]
id = "{name.lower()}"
name = "Class {name}"
course = "forest"
legs = {[[str(leg)] for leg in range(1, legs + 1)]}
min_lap = "5:00"
start = {gun}
gun = {gun}
{"".join(restarts) if name == "A" else ""}"""


def _device(name: str, point: str) -> str:
    return f'[[device]]\nid = "{name}"\npoint = "{point}"\ncourse = "forest"\ntrust = "main"\n'


def _toml_instant(clock_s: int) -> str:
    minutes, seconds = divmod(clock_s, 60)
    return f"2010-09-18T{9 + minutes // 60:02}:{minutes % 60:02}:{seconds:02}+03:00"


HEAD = """\
[event]
id = "relay-finland"
name = "Orienteering relay"
place = "Finland"
timezone = "Europe/Helsinki"
languages = ["en"]
clock = "facts"

[[course]]
id = "forest"
length_m = 6000
loop = true
points = [
  { id = "line", at_m = 0 }, { id = "123", at_m = 2000 }, { id = "122", at_m = 4000 }, { id = "126", at_m = 5700 },
]
"""
