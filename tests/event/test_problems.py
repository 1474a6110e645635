"""Every way in which an event folder can be wrong: each is told with file, line, column and cure."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from live.event import examine, read_event
from live.problems import EventProblems
from tests.event.folders import EVENT, HEADER, ROAD, TEAM, folder, race


@dataclass
class Wrong:
    """A folder with one thing wrong, and where the reader must say so."""

    name: str
    event: str = EVENT
    entries: str | bytes = TEAM
    file: str = "entries.csv"
    line: int = 0
    column: str = ""
    says: str = ""
    cure: str = ""


def in_event(name: str, old: str, new: str, line: int, column: str, says: str, cure: str = "") -> Wrong:
    """A folder in whose event.toml `old` was replaced by `new`."""
    assert old in EVENT
    return Wrong(name, EVENT.replace(old, new, 1), TEAM, "event.toml", line, column, says, cure)


def rows(name: str, added: str, line: int, column: str, says: str, cure: str = "", event: str = EVENT) -> Wrong:
    """A folder whose list has `added` behind the good team."""
    return Wrong(name, event, TEAM + added, "entries.csv", line, column, says, cure)


LEGS = 'legs = [["A"], ["A", "B"], ["A", "B", "C"]]'
START = "start = 2016-05-26T16:30:00+02:00"
WRONG = [
    # event.toml as a file
    Wrong("syntax", EVENT.replace('name = "Race day"', "name = Race day"), TEAM, "event.toml", 3, "syntax", "no TOML"),
    Wrong("unclosed text", EVENT + 'x = "', TEAM, "event.toml", 26, "syntax", "no TOML"),
    Wrong("no event", EVENT.split("\n\n", 1)[1], TEAM, "event.toml", 1, "event", "missing", "[event]"),
    # the event
    in_event("event id", '"race-day"', '"Race day"', 2, "event.id", "cannot stand in a topic", "'race-day'"),
    in_event("event id missing", 'id = "race-day"\n', "", 1, "event.id", "missing", "Add"),
    in_event("event id is a number", '"race-day"', "7", 2, "event.id", "7 is not a text", "in quotes"),
    in_event("time zone", "Europe/Brussels", "Europe/Tournai", 5, "event.timezone", "no time zone", "Europe/Brussels"),
    in_event("time zone is a path", "Europe/Brussels", "../x", 5, "event.timezone", "no time zone"),
    in_event("language", '"nl"', '"de"', 6, "event.languages", "'de'", "fr, nl, en"),
    in_event("no language", '["fr", "nl", "en"]', "[]", 6, "event.languages", "empty"),
    in_event("languages no list", '["fr", "nl", "en"]', '"fr"', 6, "event.languages", "not a list"),
    in_event(
        "clock", "languages =", 'clock = "fact"\nlanguages =', 6, "event.clock", "'fact'", "Did you mean 'facts'?"
    ),
    in_event("officials", "languages", "officials_to_publish = 3\nlanguages", 6, "event.officials_to_publish", "range"),
    in_event("name too long", "Race day", "x" * 201, 3, "event.name", "201 characters", "200"),
    # courses
    in_event("course id", 'id = "loop"', 'id = "The loop"', 9, "course.id", "'The loop'", "'the-loop'"),
    in_event("no length", "length_m = 3000\n", "", 8, "course.length_m", "missing"),
    in_event("length is a text", "3000", '"3 km"', 10, "course.length_m", "not a whole number"),
    in_event("length zero", "3000", "0", 10, "course.length_m", "out of range"),
    in_event("loop is a text", "length_m = 3000", 'length_m = 3000\nloop = "yes"', 11, "course.loop", "true or false"),
    in_event("point beyond", "at_m = 2000", "at_m = 4000", 13, "course.points.at_m", "beyond", "0 to 3000"),
    in_event("point at the length", "at_m = 2000", "at_m = 3000", 13, "course.points.at_m", "is its line"),
    in_event("point negative", "at_m = 2000", "at_m = -1", 13, "course.points.at_m", "out of range"),
    in_event("no line", '{ id = "line", at_m = 0 },', "", 11, "course.points", "line at 0 m", "at_m = 0"),
    in_event("no finish", "length_m = 3000", "length_m = 3000\nloop = false", 12, "course.points", "finish at 3000 m"),
    in_event("points at one place", "at_m = 2000", "at_m = 1000", 14, "course.points", "where 'km2' is", "one point"),
    in_event("point twice", 'id = "km1"', 'id = "km2"', 14, "course.points.id", "in line 13", "another id"),
    in_event("point id", 'id = "km1"', 'id = "km 1"', 14, "course.points.id", "cannot stand"),
    in_event("points no tables", "at_m = 1000 },\n]", "at_m = 1000 },\n3]", 11, "course.points", "no list of tables"),
    in_event(
        "course twice", "[[race]]", '[[course]]\nid = "loop"\nlength_m = 9\n[[race]]', 18, "course.id", "in line 9"
    ),
    Wrong(
        "no course",
        "[event]" + ROAD.split("[event]")[1].split("[[course]]")[0],
        TEAM,
        "event.toml",
        1,
        "course",
        "no course",
    ),
    # races
    Wrong("no race", EVENT.split("[[race]]")[0], f"{HEADER}\n", "event.toml", 1, "race", "no race", "[[race]]"),
    in_event("race id", 'id = "relay"', 'id = "Relay"', 18, "race.id", "cannot stand", "'relay'"),
    in_event("race course", 'course = "loop"', 'course = "lop"', 19, "race.course", "'lop'", "Did you mean 'loop'?"),
    in_event("no legs", LEGS, "legs = []", 20, "race.legs", "empty"),
    in_event("legs no list", LEGS, 'legs = "A"', 20, "race.legs", "not a list"),
    in_event("leg no list", LEGS, 'legs = [["A", "B", "C"],\n"A"]', 21, "race.legs", "lap 2 is no list"),
    in_event("leg empty", LEGS, 'legs = [["A", "B", "C"], []]', 20, "race.legs", "lap 2 is no list"),
    in_event("runner twice in a leg", LEGS, 'legs = [["A","B","C","a"]]', 20, "race.legs", "'A' twice"),
    in_event("repeat", LEGS, LEGS + "\nrepeat = 0", 21, "race.repeat", "out of range"),
    in_event("repeat is true", LEGS, LEGS + "\nrepeat = true", 21, "race.repeat", "not a whole number"),
    in_event("finish", LEGS, LEGS + '\nfinish = "leader"', 21, "race.finish", "'leader'", "with_leader"),
    in_event(
        "duration and finish",
        LEGS,
        LEGS + '\nduration = "1:00:00"\nfinish = "with_leader"',
        22,
        "race.finish",
        "by the clock",
    ),
    in_event("duration", LEGS, LEGS + '\nduration = "a day"', 21, "race.duration", "'a day' is no duration"),
    in_event(
        "duration unquoted", LEGS, LEGS + "\nduration = 01:00:00", 21, "race.duration", "not a duration", "in quotes"
    ),
    in_event("min_lap", LEGS, LEGS + '\nmin_lap = "7 min"', 21, "race.min_lap", "no duration", "minutes:seconds"),
    in_event("objections", LEGS, LEGS + "\nobjections = 15", 21, "race.objections", "not a", "in quotes"),
    in_event("objections as text", LEGS, LEGS + '\nobjections = "15 min"', 21, "race.objections", "no duration"),
    in_event("min_lap zero", LEGS, LEGS + '\nmin_lap = "0:00"', 21, "race.min_lap", "zero"),
    in_event("team_time", LEGS, LEGS + '\nteam_time = "latest"', 21, "race.team_time", "'latest'", "last"),
    in_event("window negative", LEGS, LEGS + "\ntogether_window_s = -1", 21, "race.together_window_s", "out of range"),
    in_event(
        "together is a text", LEGS, LEGS + '\ntogether_s = "15"', 21, "race.together_s", "not a number of seconds"
    ),
    in_event("arrive_within zero", LEGS, LEGS + "\narrive_within_s = 0", 21, "race.arrive_within_s", "out of range"),
    in_event(
        "start without offset", START, "start = 2016-05-26T16:30:00", 21, "race.start", "2016-05-26T16:30:00", "+02:00"
    ),
    in_event("start is a day", START, "start = 2016-05-26", 21, "race.start", "2016-05-26 is not", "+02:00"),
    in_event("start is a time", START, "start = 16:30:00", 21, "race.start", "16:30:00 is not", "+02:00"),
    in_event("no start", START + "\n", "", 17, "race.start", "missing"),
    in_event("gun", START, START + '\ngun = "16:30"', 22, "race.gun", "'16:30'"),
    in_event("ranked", START, START + '\nranked = "no"', 22, "race.ranked", "not true or false"),
    in_event("companies", START, START + "\ncompanies = { count = 0 }", 22, "race.companies.count", "out of range"),
    in_event("companies no table", START, START + "\ncompanies = 1", 22, "race.companies", "no table"),
    in_event("wave without start", START, START + '\n[[race.wave]]\nid = "1"', 22, "race.wave.start", "missing"),
    in_event("wave twice", START, START + f'\n[[race.wave]]\nid = "1"\n{START}' * 2, 26, "race.wave.id", "in line 23"),
    in_event(
        "restart beyond",
        START,
        START + "\n[[race.restart]]\nlap = 4\nat = 2016-05-26T17:30:00Z",
        23,
        "race.restart.lap",
        "out of range",
        "2 to 3",
    ),
    in_event(
        "restart of lap 1",
        START,
        START + "\n[[race.restart]]\nlap = 1\nat = 2016-05-26T17:30:00Z",
        23,
        "race.restart.lap",
        "out of range",
    ),
    in_event(
        "restart twice",
        START,
        START + "\n[[race.restart]]\nlap = 2\nat = 2016-05-26T17:30:00Z" * 2,
        26,
        "race.restart.lap",
        "already",
    ),
    *(
        in_event(
            f"restart {when} the {what}",
            START,
            f"start = {start}\n{gun}[[race.restart]]\nlap = 2\nat = {at}",
            line,
            "race.restart.at",
            "not after the start",
            "after `start`",
        )
        for when, what, start, gun, at, line in (
            ("before", "start", "2016-05-26T16:30:00+02:00", "", "2016-05-26T14:29:59Z", 24),
            ("at", "start", "2016-05-26T16:30:00+02:00", "", "2016-05-26T14:30:00Z", 24),
            ("before", "gun", "2016-05-26T14:30:00Z", "gun = 2016-05-26T14:40:00Z\n", "2016-05-26T14:35:00Z", 25),
        )
    ),
    in_event(
        "prize name", START, START + '\n[[race.prize]]\nname = { de = "x" }', 23, "race.prize.name", "by language"
    ),
    in_event(
        "prize name missing",
        START,
        START + '\n[[race.prize]]\nname = { en = "x" }',
        23,
        "race.prize.name",
        "'fr' is missing",
    ),
    in_event(
        "prize among",
        START,
        START + '\n[[race.prize]]\nname = { fr = "x" }\namong = "womens"',
        24,
        "race.prize.among",
        "'womens'",
    ),
    *(
        in_event(
            f"prize among {among}",
            START,
            START + f'\n[[race.prize]]\nname = {{ fr = "x" }}\namong = "{among}"',
            24,
            "race.prize.among",
            text,
            cure,
        )
        for among, text, cure in (
            ("sex:Q", "'Q' is no sex", "sex:F, sex:M, or sex:X"),
            ("sex:", "no sex", "sex:X for teams of both"),
            ("category:", "the category is missing", "category:mixed"),
            ("fastest_leg:", "the runner is missing", "fastest_leg:C"),
            ("fastest_leg:D", "'D' runs no lap", "fastest_leg:A"),
            ("all:", "no group of teams", "all"),
            ("company", "no group of teams", "'companies'"),
        )
    ),
    in_event(
        "prize of a leg that is the race",
        LEGS + "\n" + START,
        'legs = [["R"]]\nrepeat = 3\n' + START + '\n[[race.prize]]\nname = { fr = "x" }\namong = "fastest_leg:R"',
        25,
        "race.prize.among",
        "'R' alone runs every lap",
        "Write fastest_lap",
    ),
    in_event(
        "prize of a walk",
        START,
        START + '\nranked = false\n[[race.prize]]\nname = { fr = "x" }',
        23,
        "race.prize.among",
        "nobody is ranked",
        "Take the prize out",
    ),
    in_event(
        "race twice", "[[device]]", f'[[race]]\nid = "relay"\n{LEGS}\n{START}\n[[device]]', 24, "race.id", "in line 18"
    ),
    # devices
    in_event("device id", '"mat-line"', '"mat line"', 24, "device.id", "cannot stand", "'mat-line'"),
    in_event("device of ours", '"mat-line"', '"ingest"', 24, "device.id", "our own services"),
    in_event(
        "device twice",
        "[[device]]",
        '[[device]]\nid = "mat-line"\npoint = "km1"\n[[device]]',
        27,
        "device.id",
        "in line 24",
    ),
    in_event("device point", 'point = "line"', 'point = "lin"', 25, "device.point", "no point 'lin'", "'line'"),
    in_event("device without point", 'point = "line"\n', "", 23, "device.point", "missing"),
    in_event("device course", 'point = "line"', 'point = "line"\ncourse = "x"', 26, "device.course", "no course 'x'"),
    in_event(
        "device trust", 'point = "line"', 'point = "line"\ntrust = "Main"', 26, "device.trust", "'Main'", "'main'"
    ),
    # the list as a file
    Wrong("empty list", entries="", line=1, column="header", says="empty", cure="race,bib"),
    Wrong(
        "latin 1",
        entries=f"{HEADER}\nrelay,1,T,,,A,\n".encode() + "relay,2,Équipe".encode("latin-1"),
        line=3,
        column="text",
        says="not UTF-8",
        cure="UTF-8",
    ),
    Wrong("utf 16", entries=TEAM.encode("utf-16"), line=1, column="text", says="UTF-16", cure="UTF-8"),
    Wrong("zero byte", entries=TEAM.encode() + b"relay,\0", line=5, column="text", says="zero byte"),
    Wrong(
        "no bib column",
        entries="race,dossard\nrelay,1\n",
        line=1,
        column="bib",
        says="'bib' is missing",
        cure="race,bib",
    ),
    Wrong(
        "no header",
        entries="relay,12,Team 1,A\nrelay,12,Team 1,B\n",
        line=1,
        column="header",
        says="no header",
        cure="race,bib,team",
    ),
    Wrong("column twice", entries="race,bib,runner,bib\nrelay,1,A,2\n", line=1, column="bib", says="two columns"),
    Wrong("quotes", entries=TEAM + 'relay,13,"Team', line=5, column="row", says="cannot be read", cure="quotes"),
    rows("too many cells", "relay,13,Team, Sons,,,A,,,,,,,,x\n", 5, "row", "15 cells, the header 13", "quotes"),
    # rows
    rows("unknown race", "rely,13,T,,,A,,,,,,,\n", 5, "race", "'rely'", "Did you mean 'relay'?"),
    rows("no bib", "relay,,T,,,A,,,,,,,\n", 5, "bib", "missing"),
    rows("long bib", f"relay,{'1' * 65},T,,,A,,,,,,,\n", 5, "bib", "65 characters"),
    rows(
        "runner not in the legs",
        "relay,13,T,,,A,,,,,,,\nrelay,13,T,,,D,,,,,,,\n",
        6,
        "runner",
        "'D' runs no lap",
        "A, B, C",
    ),
    rows("reserve where A is missing", "relay,13,T,,,D,,,,,,,\n", 5, "runner", "'D' runs no lap", "A, B, C"),
    rows("no runner", "relay,13,T,,,,,,,,,,\n", 5, "runner", "missing", "A, B, C"),
    rows("runner twice", "relay,13,T,,,A,,,,,,,\nrelay,13,T,,,a,,,,,,,\n", 6, "runner", "in line 5", "code of its own"),
    rows("nobody on lap 1", "relay,13,T,,,B,,,,,,,\n", 5, "runner", "'T' (bib '13') runs lap 1", "A"),
    rows(
        "bib of two teams",
        "relay,12,Team 2,Entreprise 1,mixed,A,,,,X,,,\n",
        5,
        "team",
        "'12' is 'Team 2' here and 'Team 1' in line 2",
        "bib of its own",
    ),
    rows(
        "category differs",
        "relay,13,T,C,men,A,,,,,,,\nrelay,13,T,C,women,B,,,,,,,\n",
        6,
        "category",
        "'women' here, but 'men' in line 5",
    ),
    rows(
        "company differs",
        "relay,13,T,C,,A,,,,,,,\nrelay,13,T,D,,B,,,,,,,\n",
        6,
        "company",
        "'D' here, but 'C' in line 5",
    ),
    rows("sex", "relay,13,T,,,A,,,H,,,,\n", 5, "sex", "'H'", "F, M, X, or nothing"),
    rows("public", "relay,13,T,,,A,,,,,maybe,,\n", 5, "public", "'maybe'", "initials, yes, no"),
    rows("wave", "relay,13,T,,,A,,,,,,2,\n", 5, "wave", "no wave '2'"),
    rows("start", "relay,13,T,,,A,,,,,,,16:30\n", 5, "start", "'16:30'", "+02:00"),
    rows("start without offset", "relay,13,T,,,A,,,,,,,2016-05-26T16:30:00\n", 5, "start", "not a date and time"),
    rows(
        "chip of two teams",
        "relay,13,T,,,A,,,,e2,,,\n",
        5,
        "chips",
        "'E2' is on two teams, 'Team 1' (bib '12') in line 3 and 'T' (bib '13') here",
    ),
    rows(
        "chip is another's default",
        "relay,13,T,,,A,,,,12C,,,\n",
        4,
        "chips",
        "'12C' is on two teams",
        "write the chip that is worn",
    ),
    rows(
        "two defaults",
        "relay,1,T,,,A,,,,,,,\nrelay,1,T,,,2A,,,,,,,\n",
        2,
        "chips",
        "",
        event=EVENT.replace('["A", "B"]', '["A", "B", "2A"]'),
    ),
    rows("long chip", f"relay,13,T,,,A,,,,{'1' * 65},,,\n", 5, "chips", "65 characters", "|"),
    rows("long cell", f"relay,13,T,{'x' * 201},,A,,,,,,,\n", 5, "company", "201 characters"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_problem_names_file_line_column_and_cure(wrong: Wrong, tmp_path: Path) -> None:
    with pytest.raises(EventProblems) as raised:
        read_event(folder(tmp_path, wrong.event, wrong.entries))
    found = raised.value.problems
    here = [each for each in found if (each.file, each.line, each.column) == (wrong.file, wrong.line, wrong.column)]
    if wrong.name == "two defaults":
        here = [each for each in found if each.column == "chips" and "'12A' is on two teams" in each.text]
    assert here, [str(each) for each in found]
    assert any(wrong.says in each.text and wrong.cure in each.cure for each in here), [str(each) for each in here]
    assert all(each.cure for each in found)


CASCADES = {"event id missing", "no course", "no race", "race course", "no finish", "points no tables", "syntax",
            "no bib column", "race id", "runner not in the legs", "course id", "two defaults",
            "bib of two teams", "prize of a leg that is the race"}  # fmt: skip


@pytest.mark.parametrize("wrong", [each for each in WRONG if each.name not in CASCADES], ids=lambda wrong: wrong.name)
def test_one_slip_is_one_problem(wrong: Wrong, tmp_path: Path) -> None:
    assert len(examine(folder(tmp_path, wrong.event, wrong.entries)).problems) == 1


@pytest.mark.parametrize("legs", ["[]", '"A"', '[["A"], "B"]', "[[]]", '[["A"], [1]]'])
def test_bad_legs_are_one_problem_and_not_one_for_each_runner(legs: str, tmp_path: Path) -> None:
    """Nor one for each team that lacks a runner, for a mass restart or for a runner without a code."""
    restart = f"{START}\n[[race.restart]]\nlap = 3\nat = 2016-05-26T17:30:00Z"
    event = EVENT.replace(LEGS, f"legs = {legs}").replace(START, restart)
    reading = examine(folder(tmp_path, event, TEAM + "relay,13,T,,,B,,,,,,,\nrelay,14,U,,,,,,,,,,\n"))
    assert [(each.file, each.line, each.column) for each in reading.problems] == [("event.toml", 20, "race.legs")]
    assert reading.notices == []


@pytest.mark.parametrize("length", ['length_m = "3 km"', "length_m = 0", ""])
def test_a_bad_length_of_a_course_says_nothing_of_the_points_on_it(length: str, tmp_path: Path) -> None:
    device = '[[device]]\nid = "mat-km1"\npoint = "km1"\n'
    reading = examine(folder(tmp_path, EVENT.replace("length_m = 3000", length) + device))
    assert [each.column for each in reading.problems] == ["course.length_m"]
    reading = examine(folder(tmp_path, EVENT.replace("length_m = 3000", length) + device.replace("km1", "km9")))
    assert [each.column for each in reading.problems] == ["course.length_m", "device.point"]


def test_all_problems_are_told_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    event = EVENT.replace("Europe/Brussels", "Mars").replace('point = "line"', 'point = "x"')
    reading = examine(folder(tmp_path, event, TEAM + "relay,13,T,,,Q,,,,,,,\nwalk,14,T,,,A,,,,,,,\n"))
    assert [(each.file, each.line) for each in reading.problems] == [
        ("event.toml", 5), ("event.toml", 25), ("entries.csv", 5), ("entries.csv", 6),
    ]  # fmt: skip


def test_chip_on_teams_of_two_races_is_refused_with_both_names(tmp_path: Path) -> None:
    """T60: one chip on two teams is refused at entry with both names."""
    entries = "race,bib,team,chips\nmen,1,Ann,E7\nwomen,1,Ben,E7\n"
    [problem] = examine(folder(tmp_path, ROAD, entries)).problems
    assert "'Ann' (bib '1' of 'men') in line 2 and 'Ben' (bib '1' of 'women') here" in problem.text


def test_chips_of_one_team_in_two_rows_of_the_list_far_apart_stay_its_own(tmp_path: Path) -> None:
    entries = f"{HEADER}\nrelay,1,T,,,A,,,,,,,\nrelay,2,U,,,A,,,,,,,\nrelay,1,T,,,B,,,,,,,\n"
    assert [len(entry.runners) for entry in race(tmp_path, entries=entries).entries] == [2, 1]


def test_line_counts_what_an_editor_shows_when_a_quoted_cell_spans_lines(tmp_path: Path) -> None:
    entries = f'{HEADER}\nrelay,1,"two\nlines",,,A,,,,,,,\n\nrelay,2,T,,,Q,,,,,,,\n'
    [problem] = examine(folder(tmp_path, entries=entries)).problems
    assert problem.line == 5


def test_missing_files_are_problems_with_the_command_that_makes_them(tmp_path: Path) -> None:
    problems = examine(tmp_path / "nowhere").problems
    assert [(each.file, "live init" in each.cure) for each in problems] == [("event.toml", True), ("entries.csv", True)]


def test_two_lists_are_one_too_many(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "entries.xlsx").write_bytes(b"")
    assert [each.text for each in examine(tmp_path).problems] == ["there is an entries.xlsx beside it"]


def test_broken_workbook_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "event.toml").write_text(EVENT, encoding="utf-8")
    (tmp_path / "entries.xlsx").write_bytes(b"no workbook")
    [problem] = examine(tmp_path).problems
    assert (problem.file, problem.column) == ("entries.xlsx", "file")


def test_event_file_in_another_encoding_is_a_problem(tmp_path: Path) -> None:
    folder(tmp_path)
    (tmp_path / "event.toml").write_bytes(EVENT.replace("Tournai", "Liège").encode("latin-1"))
    [problem] = examine(tmp_path).problems
    assert (problem.line, problem.column) == (4, "text")


def test_any_bytes_give_problems_and_never_another_error(tmp_path: Path) -> None:
    """T20, for the organiser's own files: cut, doubled and garbled, they are refused in words."""
    dice = random.Random(7)
    for _ in range(300):
        event, entries = bytearray(EVENT.encode()), bytearray(TEAM.encode())
        for text in (event, entries):
            for _ in range(dice.randrange(3)):
                at = dice.randrange(len(text))
                text[at : at + dice.randrange(9)] = dice.choice(
                    [b"", b'"', b"[", b"\xff", b"=", b",,", b"\n", b"9" * 30]
                )
        (tmp_path / "event.toml").write_bytes(event)
        (tmp_path / "entries.csv").write_bytes(entries)
        reading = examine(tmp_path)
        assert (reading.event is None) == bool(reading.problems)
