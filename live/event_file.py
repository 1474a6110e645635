"""event.toml: the event, its courses, races and devices. The entries come from `entry_list`."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from live.gpx import read_track
from live.practical import read_info
from live.problems import READABLE, Findings, one_of
from live.programme import (
    LANGUAGES,
    SEXES,
    TRUST_ORDER,
    Course,
    Device,
    Event,
    PlannedRestart,
    Prize,
    Race,
    TimingPoint,
    Wave,
    code,
)
from live.sponsors import read_sponsors
from live.times import MINUTE_MS
from live.toml_lines import lines_of
from live.toml_table import Table

GROWING_RELAY = [["A"], ["A", "B"], ["A", "B", "C"]]
OBJECTIONS_MS = 15 * MINUTE_MS
MIN_LAP_MS_PER_KM = 140_000
"""Faster than any runner (race.md: 7:00 for 3 km, the world record is 7:17)."""
AMONG = ("all", "companies", "fastest_lap", "sex:F", "sex:M", "sex:X", "category:…", "fastest_leg:…")
"""Among whom a prize is given; `category:` is followed by a category, `fastest_leg:` by the code of a runner."""
RESERVED = ("ingest", "web", "replay", "canary", "supervisor")
DEFAULT_ZONE = "Europe/Brussels"


@dataclass(frozen=True)
class EventFile:
    """What event.toml says: an event whose races have no entries yet, and the lines of races and of their prizes.

    `unclear` are the races whose legs could not be read: who runs in them is not known.
    """

    event: Event
    race_lines: dict[str, int]
    prize_lines: dict[str, list[int]]
    unclear: frozenset[str]


def read_event_file(file: Path, findings: Findings) -> EventFile | None:
    """Read the file; what is wrong goes to `findings`. None when there is nothing to go on with."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        findings.problem(1, "event", "the file does not exist", f"Make one with: live init {file.parent}")
        return None
    except OSError as error:
        findings.problem(1, "file", f"it cannot be read ({error.strerror})", READABLE)
        return None
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        findings.problem(line, "text", "the file is not UTF-8", "Save it with the encoding UTF-8")
        return None
    text = text.replace("\r\n", "\n")
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _syntax_problem(text, error, findings)
        return None
    root = Table(values, (), lines_of(text), findings)
    if not root.has("event"):
        findings.problem(1, "event", "the table [event] is missing", 'Add [event] with id = "…" and name = "…"')
        return None
    return _event(root, file.parent)


def _syntax_problem(text: str, error: tomllib.TOMLDecodeError, findings: Findings) -> None:
    """`tomllib` tells the place only inside its message: "… (at line 3, column 7)", or "(at end of document)"."""
    said, _, where = str(error).rpartition(" (at ")
    numbers = [int(word) for word in where.replace(",", " ").replace(")", " ").split() if word.isdigit()]
    line = numbers[0] if numbers else text.count("\n") + 1
    findings.problem(line, "syntax", f"this is no TOML: {said or error}", "Mend this line, or the one above it")


def _event(root: Table, folder: Path) -> EventFile:
    table = root.table("event")
    courses = _unique(root.tables("course"), lambda each: _course(each, folder))
    by_id = {course.id: course for course in courses}
    if not courses:
        root.problem("course", "there is no course", "Add a table [[course]] with an id and length_m")
    races = root.tables("race")
    if not races:
        root.problem("race", "there is no race", "Add a table [[race]] with an id, a course and a start")
    languages = _languages(table)
    event = Event(
        id=table.identifier(),
        name=table.text("name", ""),
        place=table.text("place", ""),
        timezone=_timezone(table),
        languages=languages,
        clock=cast(Any, table.choice("clock", ("wall", "facts"), "wall")),
        officials_to_publish=table.whole("officials_to_publish", 1, least=1, most=2),
        courses=tuple(courses),
        races=tuple(_unique(races, lambda each: _race(each, by_id, languages))),
        devices=tuple(_unique(root.tables("device"), lambda each: _device(each, by_id))),
        sponsors=read_sponsors(root.tables("sponsor"), folder),
        info=read_info(root.table("info", {}), languages),
    )
    if not event.devices:
        root.notice("device", "there is no device: nobody can send passages", "Add a table [[device]]")
    table.done()
    root.done()
    named = [each for each in races if isinstance(each.values.get("id"), str)]
    lines = {each.values["id"]: each.line("id") for each in named}
    prizes = {each.values["id"]: _prize_lines(each) for each in named}
    unclear = frozenset(each.values["id"] for each in named if not _legs_clear(each))
    return EventFile(event if event.name else replace(event, name=event.id), lines, prizes, unclear)


def _unique(tables: Iterable[Table], read: Any) -> list[Any]:
    """Read each table; an id that another one has already is a problem. Unreadable ones (None) are left out."""
    lines: dict[str, int] = {}
    found = []
    for table in tables:
        thing = read(table)
        table.done()
        if thing is None:
            continue
        if thing.id and thing.id in lines:
            table.problem("id", f"{thing.id!r} is used in line {lines[thing.id]} already", "Choose another id")
        lines.setdefault(thing.id, table.line("id"))
        found.append(thing)
    return found


def _timezone(table: Table) -> str:
    name = table.text("timezone", "")
    if not name:
        table.notice("timezone", f"no time zone is given, {DEFAULT_ZONE} is taken", f'Add timezone = "{DEFAULT_ZONE}"')
        return DEFAULT_ZONE
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, LookupError):  # not a key, a folder of the database, or not in it
        table.problem("timezone", f"{name!r} is no time zone", 'Write one such as "Europe/Brussels" or "UTC"')
        return DEFAULT_ZONE


def _languages(table: Table) -> tuple[str, ...]:
    def read(value: object, number: int) -> str | None:
        if value not in LANGUAGES:
            cure = one_of(LANGUAGES, str(value))
            table.problem("languages", f"{value!r} is no language of ours", cure, number)
            return None
        return str(value)

    languages = tuple(dict.fromkeys(table.each("languages", list(LANGUAGES), read)))
    if table.values.get("languages") == []:
        table.problem("languages", "the list is empty", 'Write languages = ["fr", "nl", "en"], the default first')
    return languages or LANGUAGES


# --- courses and devices ----------------------------------------------------------------------------------------


def _course(table: Table, folder: Path) -> Course:
    length_m = table.whole("length_m", least=1)
    loop = table.yes_no("loop", True)
    track = read_track(table, folder, length_m, loop)
    end_m = 0 if loop else length_m
    points = _unique(table.tables("points", [{"id": "line", "at_m": end_m}]), lambda each: _point(each, length_m, loop))
    if table.values.get("length_m") != length_m:  # wrong or missing, and said so: what follows from it is no news
        line = () if any(point.id == "line" for point in points) else (TimingPoint("line", end_m),)
        return Course(table.identifier(), length_m, loop, (*points, *line))
    taken: dict[int, str] = {}
    for number, point in enumerate(points):
        given_m = table.values["points"][number].get("at_m") if table.has("points") else point.at_m
        if point.at_m == given_m and point.at_m in taken:
            text = f"{point.id!r} stands at {point.at_m} m, where {taken[point.at_m]!r} is"
            table.problem("points", text, "Make them one point: several devices may stand at it", number, "at_m")
        taken.setdefault(point.at_m, point.id)
    if end_m not in taken:
        where = "a loop needs its line at 0 m" if loop else f"a road needs its finish at {length_m} m"
        table.problem("points", where, f'Add {{ id = "line", at_m = {end_m} }} to the points')
        points.append(TimingPoint("line", end_m))
    in_order = tuple(sorted(points, key=lambda point: point.at_m))
    return Course(table.identifier(), length_m, loop, in_order, track)


def _point(table: Table, length_m: int, loop: bool) -> TimingPoint:
    at_m = table.whole("at_m")
    if at_m > length_m > 1:
        table.problem("at_m", f"{at_m} m is beyond the course of {length_m} m", f"Write 0 to {length_m}")
    elif loop and at_m == length_m:
        table.problem("at_m", f"{at_m} m of a loop is its line", "Write at_m = 0 for the line")
    return TimingPoint(table.identifier(), at_m)


def _device(table: Table, courses: dict[str, Course]) -> Device:
    device_id = table.identifier()
    if device_id in RESERVED:
        table.problem("id", f"{device_id!r} is a name of our own services", "Call the device otherwise")
    course = _course_of(table, courses)
    point = table.text("point")
    if course is not None and point:
        known = [each.id for each in course.points]
        if point not in known:
            table.problem("point", f"the course {course.id!r} has no point {point!r}", one_of(known, point))
    trust = table.choice("trust", TRUST_ORDER, "main")
    return Device(device_id, point, course.id if course is not None else "", cast(Any, trust))


def _course_of(table: Table, courses: dict[str, Course]) -> Course | None:
    """The course that the table names; the only one where it names none."""
    if len(courses) == 1 and not table.has("course"):
        table.raw("course", None)
        return next(iter(courses.values()))
    name = table.text("course")
    if name and name not in courses:
        table.problem("course", f"there is no course {name!r}", one_of(courses, name))
    return courses.get(name)


# --- races ------------------------------------------------------------------------------------------------------


def _race(table: Table, courses: dict[str, Course], languages: tuple[str, ...]) -> Race | None:
    race_id, ranked = table.identifier(), table.yes_no("ranked", True)
    course = _course_of(table, courses) or Course("", 1, True, (TimingPoint("line", 0),))
    legs, repeat = _legs(table), table.whole("repeat", 1, least=1, most=10_000)
    duration_ms = table.duration("duration", None)
    if duration_ms is not None and table.has("finish"):
        table.problem("finish", "a race with a duration ends by the clock", "Take out `finish` or `duration`")
    laps = None if duration_ms is not None or not _legs_clear(table) else len(legs) * repeat
    min_lap_ms = table.duration("min_lap", course.length_m * MIN_LAP_MS_PER_KM // 1_000) or 1
    start_ms, gun_ms = table.instant("start"), table.instant("gun", None)
    companies = table.table("companies", {})
    count = companies.whole("count", 1, least=1, most=1_000)
    companies.done()
    return Race(
        id=race_id,
        name=table.text("name", "") or race_id,
        course=course,
        legs=legs,
        repeat=repeat,
        finish=cast(Any, table.choice("finish", ("all_laps", "with_leader"), "all_laps")),
        duration_ms=duration_ms,
        team_time=cast(Any, table.choice("team_time", ("last", "first"), "last")),
        min_lap_ms=min_lap_ms,
        together_window_ms=table.seconds("together_window_s", 10),
        together_ms=table.seconds("together_s", 15),
        arrive_within_ms=_arrive_within_ms(table, min_lap_ms),
        start_ms=start_ms or 0,
        gun_ms=gun_ms,
        ranked=ranked,
        companies_count=count,
        waves=tuple(_unique(table.tables("wave"), _wave)),
        restarts=_restarts(table, laps, max(start_ms or 0, gun_ms or 0)),
        prizes=tuple(_prize(each, table, legs, languages) for each in table.tables("prize")),
        entries=(),
        objections_ms=_objections_ms(table),
    )


def _objections_ms(table: Table) -> int:
    if table.values.get("objections") == "0:00":  # none are heard
        table.raw("objections", None)
        return 0
    objections_ms = table.duration("objections", OBJECTIONS_MS)
    return OBJECTIONS_MS if objections_ms is None else objections_ms


def _legs(table: Table) -> tuple[tuple[str, ...], ...]:
    def lap(value: object, number: int) -> tuple[str, ...] | None:
        codes = tuple(_runners(value))
        if not codes:
            cure = 'Write the codes of those who run it, as ["A", "B"]'
            table.problem("legs", f"lap {number + 1} is no list of runners", cure, number)
            return None
        for twice in sorted({one for one in codes if codes.count(one) > 1}):
            table.problem("legs", f"lap {number + 1} names the runner {twice!r} twice", "Name each once", number)
        return codes

    legs = tuple(table.each("legs", GROWING_RELAY, lap))
    if table.values.get("legs") == []:
        table.problem("legs", "the list is empty", 'Write who runs each lap, as [["A"], ["A", "B"]]')
    return legs or (("A",),)


def _legs_clear(table: Table) -> bool:
    """Whether all legs could be read, or none are given."""
    given = table.values.get("legs", GROWING_RELAY)
    return isinstance(given, list) and bool(given) and all(_runners(leg) for leg in given)


def _runners(leg: object) -> list[str]:
    """The codes in one leg; none where it cannot be read."""
    if not isinstance(leg, list) or not all(isinstance(one, str) and one.strip() for one in leg):
        return []
    return [code(one) for one in leg]


def _arrive_within_ms(table: Table, min_lap_ms: int) -> int:
    within_ms = table.seconds("arrive_within_s", 120, least_s=1)
    if within_ms > min_lap_ms and table.has("arrive_within_s"):
        cure = f"Write {min_lap_ms // 1_000} or less"
        table.notice("arrive_within_s", "longer than the shortest lap, which is taken instead", cure)
    return min(within_ms, min_lap_ms)


def _wave(table: Table) -> Wave:
    return Wave(table.text("id"), table.instant("start") or 0, table.instant("gun", None))


def _restarts(table: Table, laps: int | None, begun_ms: int) -> tuple[PlannedRestart, ...]:
    found: dict[int, PlannedRestart] = {}
    for each in table.tables("restart"):
        lap, at_ms = each.whole("lap", least=2, most=laps or 10_000), each.instant("at")
        if lap in found:
            each.problem("lap", f"lap {lap} has a restart already", "Keep one of them")
        if at_ms is not None and at_ms <= begun_ms:
            text = f"the restart of lap {lap} is not after the start of the race"
            each.problem("at", text, "Write when those who still wait are let go, after `start` (and `gun`)")
        found[lap] = PlannedRestart(lap, at_ms or 0)
        each.done()
    return tuple(found[lap] for lap in sorted(found))


def _prize(table: Table, race: Table, legs: tuple[tuple[str, ...], ...], languages: tuple[str, ...]) -> Prize:
    if race.values.get("ranked") is False:
        table.problem(
            "among", "nobody is ranked in this race, so nobody wins", "Take the prize out, or `ranked = false`"
        )
    given = table.table("name").values
    name = {language: text for language, text in given.items() if isinstance(text, str) and language in LANGUAGES}
    if len(name) < len(given):
        table.problem("name", "the name is not by language", 'Write name = { fr = "…", nl = "…", en = "…" }')
    elif languages[0] not in name:
        table.problem("name", f"the name in {languages[0]!r} is missing", f'Add {languages[0]} = "…"')
    among = _among(table, legs if _legs_clear(race) else None)
    places = table.whole("places", 3, least=1, most=1_000)
    table.done()
    return Prize(name, among, places)


def _among(table: Table, legs: tuple[tuple[str, ...], ...] | None) -> str:
    """Among whom the prize is, in normal form; `legs` None where they could not be read."""
    among = table.text("among", "all")
    kind, colon, which = among.partition(":")
    kind, which = kind.strip(), which.strip()
    runners = list(dict.fromkeys(one for leg in legs or () for one in leg))
    if kind == "sex" and which.upper() in SEXES:
        return f"sex:{which.upper()}"
    if kind == "fastest_leg" and which and (legs is None or (code(which) in runners and len(runners) > 1)):
        return f"fastest_leg:{code(which)}"
    if kind == "category" and which:
        return f"category:{which}"
    if colon or among not in AMONG[:3]:
        text, cure = f"{among!r} is no group of teams", one_of(AMONG, among)
        if kind == "sex":
            text, cure = f"{which!r} is no sex of a team", "Write sex:F, sex:M, or sex:X for teams of both"
        elif kind == "category":
            text, cure = "the category is missing", 'Write the category after the colon, as "category:mixed"'
        elif kind == "fastest_leg" and len(runners) == 1:
            text, cure = f"{runners[0]!r} alone runs every lap, so no leg is his own", "Write fastest_lap"
        elif kind == "fastest_leg":
            text = f"{which!r} runs no lap of this race" if which else "the runner is missing"
            cure = one_of([f"fastest_leg:{one}" for one in runners], among)
        table.problem("among", text, cure)
    return among


def _prize_lines(race: Table) -> list[int]:
    """The line of `among` of each prize, or of the prize where it does not say."""
    prizes = race.values.get("prize")
    return [race.line("prize", number, "among") for number in range(len(prizes))] if isinstance(prizes, list) else []
