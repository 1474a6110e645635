"""The event folder: event.toml and entries.csv (or .xlsx) become an Event, or a list of everything wrong with them."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from live.entry_list import Row, find_entries, read_rows
from live.event_file import EventFile, read_event_file
from live.problems import READABLE, EventProblems, Findings, Problem, one_of
from live.programme import SEXES, Device, Entry, Event, Prize, Race, Runner, code
from live.strict_json import MAX_TEXT
from live.times import parse_instant

SEX = {"": "", **{sex: sex for sex in SEXES}}
PUBLIC = {"": "initials", "initials": "initials", "yes": "yes", "no": "no"}
OF_THE_TEAM = ("team", "company", "category", "wave", "start")
MAX_CELL = 200

Key = tuple[str, str]
"""Race and bib: a team."""


@dataclass(frozen=True)
class Reading:
    """What a folder says; `event` is None where there are problems."""

    event: Event | None
    problems: list[Problem]
    notices: list[Problem]


def read_event(folder: Path) -> Event:
    """Return the event of a folder.

    Raises:
        EventProblems: it cannot be used; every problem is named, with file, line, column and cure.
    """
    reading = examine(folder)
    if reading.event is None:
        raise EventProblems(reading.problems)
    return reading.event


def read_devices(folder: Path) -> tuple[Device, ...]:
    """Return the devices of a folder, whatever its list of entries is like.

    Raises:
        EventProblems: event.toml cannot be used.
    """
    findings = Findings("event.toml")
    written = read_event_file(folder / "event.toml", findings)
    if written is None or findings.problems:
        raise EventProblems(findings.problems)
    return written.event.devices


def examine(folder: Path) -> Reading:
    """Read the folder and say all that is wrong or odd."""
    about_event = Findings("event.toml")
    if folder.is_file():
        about_event.problem(1, "folder", f"{folder} is a file", f"Name the folder that it is in: {folder.parent}")
        return Reading(None, about_event.problems, [])
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
        about_event.problem(1, "folder", f"{folder} cannot be read", READABLE)
        return Reading(None, about_event.problems, [])
    written = read_event_file(folder / "event.toml", about_event)
    list_file = find_entries(folder)
    about_entries = Findings(list_file.name)
    rows = read_rows(list_file, about_entries)
    entries = _Entries(written, about_entries).read(rows) if written is not None else {}
    if written is not None and not about_entries.problems:
        _notice_odd(written, entries, about_event)
    problems = [*about_event.problems, *about_entries.problems]
    problems.sort(key=lambda each: (each.file != "event.toml", each.line))
    notices = [*about_event.notices, *about_entries.notices]
    if written is None or problems:
        return Reading(None, problems, notices)
    races = tuple(replace(race, entries=tuple(entries.get(race.id, ()))) for race in written.event.races)
    return Reading(replace(written.event, races=races), [], notices)


def _notice_odd(written: EventFile, entries: dict[str, list[Entry]], findings: Findings) -> None:
    for race in written.event.races:
        line = written.race_lines.get(race.id, 1)
        if race.id not in entries:
            findings.notice(line, "race.id", f"nobody is entered in the race {race.id!r}", "Add rows to the entries")
        if race.duration_ms is not None and _starts_apart(race, entries.get(race.id, [])):
            text = (
                f"the race {race.id!r} is over the time, its teams start at several times, and one flag ends it for all"
            )
            findings.notice(line, "race.duration", text, "Make each start a race of its own if all are to run as long")
        for prize, at in zip(race.prizes, written.prize_lines.get(race.id, ()), strict=False):
            _notice_prize(race.id, prize, at, entries.get(race.id, []), findings)


def _starts_apart(race: Race, entries: list[Entry]) -> bool:
    guns = {wave.id: wave.start_ms for wave in race.waves}
    starts = {guns.get(each.wave, race.start_ms) if each.start_ms is None else each.start_ms for each in entries}
    return len(starts) > 1


def _notice_prize(race: str, prize: Prize, line: int, entries: list[Entry], findings: Findings) -> None:
    """A prize that nobody of those entered can win."""
    kind, _, which = prize.among.partition(":")
    if kind == "category" and all(entry.category != which for entry in entries):
        categories = sorted({entry.category for entry in entries} - {""})
        text = f"a prize of the race {race!r} is for the category {which!r}, in which nobody is entered"
        findings.notice(line, "race.prize.among", text, one_of(categories, which))
    elif kind == "sex" and all(entry.sex != which for entry in entries):
        text = f"a prize of the race {race!r} is for teams of the sex {which!r}, and none is entered"
        findings.notice(line, "race.prize.among", text, "Fill in the column sex of every runner, or take the prize out")
    elif kind == "companies" and not any(entry.company for entry in entries):
        text = f"a prize of the race {race!r} is for companies, and no entry names one"
        findings.notice(line, "race.prize.among", text, "Fill in the column company, or take the prize out")
    elif kind == "fastest_leg" and all(which != runner.code for entry in entries for runner in entry.runners):
        text = f"a prize of the race {race!r} is for the runner {which!r}, and no entry has one"
        findings.notice(line, "race.prize.among", text, "Add rows with this runner, or take the prize out")


class _Entries:
    """Makes entries of rows. One reading, one use."""

    def __init__(self, written: EventFile, findings: Findings) -> None:
        races = written.event.races
        self.races = {race.id: race for race in races}
        self.codes = {race.id: list(dict.fromkeys(one for leg in race.legs for one in leg)) for race in races}
        self.unclear = written.unclear
        self.findings = findings
        self.teams: dict[Key, list[Row]] = {}
        self.runners: dict[Key, dict[str, tuple[Row, Runner]]] = {}

    def read(self, rows: list[Row]) -> dict[str, list[Entry]]:
        """The entries of each race, in the order of the list; what is wrong goes to the findings."""
        for row in rows:
            key = self._key(row)
            if key is not None:
                self._add(key, row)
        self._give_chips()
        found: dict[str, list[Entry]] = {}
        for number, (key, of_team) in enumerate(self.teams.items(), start=1):
            found.setdefault(key[0], []).append(self._entry(number, key, of_team[0]))
        return found

    # -- a row ----------------------------------------------------------------------------------------------------

    def _key(self, row: Row) -> Key | None:
        """The team that the row belongs to; None when it belongs to none."""
        race, bib = row.cells.get("race", ""), code(row.cells.get("bib", ""))
        if not race and len(self.races) == 1:
            race = next(iter(self.races))
        if race not in self.races:
            text = f"there is no race {race!r}" if race else "the race is missing"
            self.findings.problem(row.line, "race", text, one_of(self.races, race))
        if not bib:
            self.findings.problem(row.line, "bib", "the bib is missing", "Write the number that the runner wears")
        elif len(bib) > MAX_TEXT:
            self.findings.problem(row.line, "bib", f"a bib of {len(bib)} characters", f"Write {MAX_TEXT} at most")
        return (race, bib) if bib and race in self.races else None

    def _add(self, key: Key, row: Row) -> None:
        rows = self.teams.setdefault(key, [])
        rows.append(row)
        self._compare(key[1], rows[0], row)
        runner = self._runner(key[0], row)
        runners = self.runners.setdefault(key, {})
        if runner.code in runners:
            text = f"runner {runner.code!r} of bib {key[1]!r} is in line {runners[runner.code][0].line} already"
            self.findings.problem(row.line, "runner", text, "Give each runner of a team a code of its own")
        elif runner.code:
            runners[runner.code] = (row, runner)

    def _compare(self, bib: str, first: Row, row: Row) -> None:
        """All rows of a team say the same of it."""
        for column in OF_THE_TEAM:
            before, now = first.cells.get(column, ""), row.cells.get(column, "")
            if before != now and column == "team":
                text = f"bib {bib!r} is {now!r} here and {before!r} in line {first.line}"
                self.findings.problem(row.line, column, text, "Give each team of a race a bib of its own, or one name")
            elif before != now:
                text = f"{now!r} here, but {before!r} in line {first.line} of the same team, bib {bib!r}"
                self.findings.problem(row.line, column, text, f"Write the same {column} in all rows of a team")

    def _runner(self, race: str, row: Row) -> Runner:
        cells, codes = row.cells, self.codes[race]
        runner = code(cells.get("runner", ""))
        if not runner and len(codes) == 1:
            runner = codes[0]
        if race in self.unclear:
            pass  # who runs in it is not known, and that was said
        elif not runner:
            self.findings.problem(row.line, "runner", "the code of the runner is missing", one_of(codes))
        for column, text in cells.items():
            if len(text) > MAX_CELL:
                cure = f"Write {MAX_CELL} at most"
                self.findings.problem(row.line, column or "row", f"a cell of {len(text)} characters", cure)
        return Runner(
            code=runner,
            first_name=cells.get("first_name", ""),
            last_name=cells.get("last_name", ""),
            sex=self._choice(row, "sex", SEX, cells.get("sex", "").upper()),
            chips=self._chips(row),
            public=cast(Any, self._choice(row, "public", PUBLIC, cells.get("public", "").lower())),
            pronunciation=cells.get("pronunciation", ""),
        )

    def _choice(self, row: Row, column: str, allowed: dict[str, str], given: str) -> str:
        if given not in allowed:
            known = [word for word in allowed if word]
            self.findings.problem(row.line, column, f"{given!r} is not known", one_of(known, given) + ", or nothing")
        return allowed.get(given, "")

    def _chips(self, row: Row) -> tuple[str, ...]:
        chips = tuple(dict.fromkeys(filter(None, map(code, row.cells.get("chips", "").split("|")))))
        for chip in chips:
            if len(chip) > MAX_TEXT:
                cure = f"Write {MAX_TEXT} at most; several chips are separated by |"
                self.findings.problem(row.line, "chips", f"a chip of {len(chip)} characters", cure)
        return chips

    # -- chips of all teams ---------------------------------------------------------------------------------------

    def _give_chips(self) -> None:
        """A chip belongs to one team; a runner without any wears bib + code."""
        worn: dict[str, tuple[Key, Row]] = {}
        bare: list[tuple[Key, str]] = []
        for key, runners in self.runners.items():
            for runner_code, (row, runner) in runners.items():
                if not runner.chips:
                    bare.append((key, runner_code))
                for chip in runner.chips:
                    owner, at = worn.setdefault(chip, (key, row))
                    if owner != key:
                        cure = "A chip belongs to one team; on several runners of one team it is a baton"
                        self._two_teams(row, chip, key, owner, at, cure)
        for key, runner_code in bare:
            self._give_default(key, runner_code, worn)

    def _give_default(self, key: Key, runner_code: str, worn: dict[str, tuple[Key, Row]]) -> None:
        row, runner = self.runners[key][runner_code]
        chip = key[1] + runner_code
        owner, at = worn.setdefault(chip, (key, row))
        if owner == key:
            self.runners[key][runner_code] = (row, replace(runner, chips=(chip,)))
        elif owner[1] == key[1] and not at.cells.get("chips"):
            # The same bib in two races, and no chips in either: timed by hand, each passage names its race.
            self._not_worn(owner, runner_code)
            text = f"{chip!r} would be the chip of two teams, {self._named(owner)} and {self._named(key)}: of neither"
            self.findings.notice(row.line, "chips", text, "Write their chips, or let each passage name bib and race")
        else:
            cure = f"An empty cell means {chip!r} (bib and code): write the chip that is worn"
            self._two_teams(row, chip, key, owner, at, cure)

    def _not_worn(self, owner: Key, runner_code: str) -> None:
        row, runner = self.runners[owner][runner_code]
        self.runners[owner][runner_code] = (row, replace(runner, chips=()))

    def _two_teams(self, row: Row, chip: str, key: Key, owner: Key, at: Row, cure: str) -> None:
        text = f"the chip {chip!r} is on two teams, {self._named(owner)} in line {at.line} and {self._named(key)} here"
        self.findings.problem(row.line, "chips", text, cure)

    def _named(self, key: Key) -> str:
        name = self.teams[key][0].cells.get("team", "")
        bib = f"bib {key[1]!r}" + (f" of {key[0]!r}" if len(self.races) > 1 else "")
        return f"{name!r} ({bib})" if name else bib

    # -- a team ---------------------------------------------------------------------------------------------------

    def _entry(self, number: int, key: Key, row: Row) -> Entry:
        race = self.races[key[0]]
        runners = tuple(runner for _, runner in self.runners.get(key, {}).values())
        self._check_laps(race, key, row, {runner.code for runner in runners})
        return Entry(
            race=race.id,
            number=number,
            bib=key[1],
            team=row.cells.get("team", "") or (runners[0].public_name if len(runners) == 1 else "") or key[1],
            company=row.cells.get("company", ""),
            category=row.cells.get("category", ""),
            wave=self._wave(race, row),
            start_ms=self._start_ms(row),
            runners=runners,
        )

    def _check_laps(self, race: Race, key: Key, row: Row, present: set[str]) -> None:
        """A team may lack a runner of the larger legs; without anybody on lap 1 it cannot start."""
        missing = [one for one in self.codes[race.id] if one not in present]
        if not present or race.id in self.unclear:
            return  # what is wrong was said already
        for reserve in sorted(present.difference(self.codes[race.id])):
            self._check_reserve(race, key, reserve, missing)
        if not missing or not present.issubset(self.codes[race.id]):
            return
        if present.isdisjoint(race.legs[0]):
            text = f"nobody of {self._named(key)} runs lap 1"
            self.findings.problem(row.line, "runner", text, f"Add a row with one of: {', '.join(race.legs[0])}")
        else:
            text = f"{self._named(key)} runs without {', '.join(missing)}"
            self.findings.notice(
                row.line, "runner", text, "Add a row for each runner who is missing, if that is a slip"
            )

    def _check_reserve(self, race: Race, key: Key, runner: str, missing: list[str]) -> None:
        """A team that is whole may name reserves (T57); in another, a code that no leg names is a slip."""
        row, _ = self.runners[key][runner]
        text = f"{runner!r} runs no lap of {race.id!r}"
        if missing:
            self.findings.problem(row.line, "runner", text, one_of(self.codes[race.id], runner))
        else:
            cure = "It is a reserve, whom reorder_runners lets run. If that is a slip: " + one_of(self.codes[race.id])
            self.findings.notice(row.line, "runner", text, cure)

    def _wave(self, race: Race, row: Row) -> str:
        wave, known = row.cells.get("wave", ""), [each.id for each in race.waves]
        if wave and wave not in known:
            self.findings.problem(row.line, "wave", f"the race {race.id!r} has no wave {wave!r}", one_of(known, wave))
        return wave

    def _start_ms(self, row: Row) -> int | None:
        start = row.cells.get("start", "")
        if not start:
            return None
        try:
            return parse_instant(start)
        except ValueError:
            text = f"{start!r} is not a date and time with its offset"
            self.findings.problem(row.line, "start", text, "Write it as 2016-05-26T16:30:00+02:00")
            return None
