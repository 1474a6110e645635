"""What a good event folder means, read through its one door."""

from pathlib import Path

import pytest

from live.event import examine, read_event
from live.problems import EventProblems
from live.programme import Event
from live.toml_lines import lines_of
from tests.event.folders import EVENT, HEADER, ROAD, TOP, folder, race
from tests.event.workbook import write_workbook


def test_event_folder_gives_what_it_says(tmp_path: Path) -> None:
    event: Event = read_event(folder(tmp_path))
    assert (event.id, event.name, event.place) == ("race-day", "Race day", "Tournai")
    assert (event.timezone, event.languages) == ("Europe/Brussels", ("fr", "nl", "en"))
    assert [(each.id, each.point, each.course, each.trust) for each in event.devices] == [
        ("mat-line", "line", "loop", "main")
    ]
    relay = event.by_race["relay"]
    assert relay.legs == (("A",), ("A", "B"), ("A", "B", "C"))
    assert relay.start_ms == 1_464_273_000_000
    assert relay.gun_ms is None


def test_what_a_race_does_not_say_is_as_the_contract_has_it(tmp_path: Path) -> None:
    relay = race(tmp_path)
    assert (relay.repeat, relay.finish, relay.duration_ms, relay.team_time) == (1, "all_laps", None, "last")
    assert (relay.min_lap_ms, relay.arrive_within_ms) == (420_000, 120_000)
    assert relay.objections_ms == 15 * 60_000
    assert (relay.together_window_ms, relay.together_ms) == (10_000, 15_000)
    assert (relay.ranked, relay.companies_count, relay.name) == (True, 1, "relay")


def test_shortest_lap_follows_from_the_length_of_the_course(tmp_path: Path) -> None:
    short = EVENT.replace("3000", "500").replace("2000", "400").replace("1000", "200")
    relay = race(tmp_path, short)
    assert relay.min_lap_ms == 70_000
    assert relay.arrive_within_ms == 70_000  # never more than the shortest lap


@pytest.mark.parametrize(("written", "means_ms"), [("20:00", 1_200_000), ("0:00", 0)])
def test_how_long_objections_are_heard_is_the_organiser_s_to_say(tmp_path: Path, written: str, means_ms: int) -> None:
    given = race(tmp_path, EVENT.replace("legs =", f'objections = "{written}"\nlegs ='))
    assert given.objections_ms == means_ms


def test_arriving_together_never_takes_longer_than_the_shortest_lap(tmp_path: Path) -> None:
    relay = race(tmp_path, EVENT.replace("legs =", 'min_lap = "1:00"\narrive_within_s = 90\nlegs ='))
    assert relay.arrive_within_ms == 60_000


def test_points_are_in_order_of_distance(tmp_path: Path) -> None:
    course = race(tmp_path).course
    assert [point.id for point in course.points] == ["line", "km1", "km2"]


def test_course_without_points_has_its_line(tmp_path: Path) -> None:
    before, rest = EVENT.split("points = [")
    course = race(tmp_path, before + rest.split("]\n", 1)[1]).course
    assert course.line == "line"


def test_chips_are_those_given_or_bib_and_code(tmp_path: Path) -> None:
    runners = race(tmp_path).entries[0].runners
    assert [runner.chips for runner in runners] == [("12A",), ("E1", "E2"), ("12C",)]


def test_names_are_shown_as_initials_unless_the_list_says_more_or_less(tmp_path: Path) -> None:
    runners = race(tmp_path).entries[0].runners
    assert [runner.public_name for runner in runners] == ["A. A.", "Ben Baker", ""]


def test_codes_have_one_normal_form(tmp_path: Path) -> None:
    """T18: spaces and lower case do not matter, a leading zero does."""
    entries = f"{HEADER}\nrelay, 007a ,T,,,a,,,f, e9 ,,,\n"
    entry = race(tmp_path, entries=entries).entries[0]
    assert (entry.bib, entry.runners[0].code, entry.runners[0].chips, entry.sex) == ("007A", "A", ("E9",), "F")


def test_one_chip_on_several_runners_of_a_team_is_a_baton(tmp_path: Path) -> None:
    """T60"""
    entries = f"{HEADER}\nrelay,1,T,,,A,,,,BATON,,,\nrelay,1,T,,,B,,,,BATON,,,\nrelay,1,T,,,C,,,,BATON,,,\n"
    assert {runner.chips for runner in race(tmp_path, entries=entries).entries[0].runners} == {("BATON",)}


def test_semicolons_byte_order_mark_and_quoted_cells_are_read(tmp_path: Path) -> None:
    """T102: names as they are."""
    entries = f'\ufeff{HEADER.replace(",", ";")}\r\nrelay;1;"Dupont; fils & ""Cie""";Éts 🏃;;A;;;;;;;\r\n'
    entry = race(tmp_path, entries=entries).entries[0]
    assert (entry.team, entry.company) == ('Dupont; fils & "Cie"', "Éts 🏃")


def test_entries_are_numbered_in_the_order_of_the_list(tmp_path: Path) -> None:
    entries = f"{HEADER}\n" + "".join(f"relay,{bib},T{bib},,,A,,,,,,,\n" for bib in ("30", "4", "7"))
    found = race(tmp_path, entries=entries).entries
    assert [(entry.number, entry.bib) for entry in found] == [(1, "30"), (2, "4"), (3, "7")]


def test_start_of_an_entry_is_its_own(tmp_path: Path) -> None:
    entries = f"{HEADER}\nrelay,1,T,,,A,,,,,,,2016-05-26T16:31:00.500+02:00\n"
    assert race(tmp_path, entries=entries).entries[0].start_ms == 1_464_273_060_500


def test_waves_restarts_and_prizes_are_read(tmp_path: Path) -> None:
    more = """\
[[race.wave]]
id = "1"
start = 2016-05-26T16:40:00+02:00
gun = 2016-05-26T16:40:00.250+02:00
[[race.restart]]
lap = 3
at = 2016-05-26T17:30:00+02:00
[[race.prize]]
name = { fr = "Mixtes" }
among = "category:mixed"
"""
    relay = race(tmp_path, TOP + more)
    assert [(wave.id, wave.gun_ms) for wave in relay.waves] == [("1", 1_464_273_600_250)]
    assert [(restart.lap, restart.at_ms) for restart in relay.restarts] == [(3, 1_464_276_600_000)]
    assert [(prize.name, prize.among, prize.places) for prize in relay.prizes] == [
        ({"fr": "Mixtes"}, "category:mixed", 3)
    ]


def test_timed_race_has_open_laps(tmp_path: Path) -> None:
    relay = race(tmp_path, EVENT.replace("legs =", 'duration = "24:00:00"\nteam_time = "first"\nlegs ='))
    assert (relay.duration_ms, relay.laps_total) == (86_400_000, None)


def test_road_ends_at_its_length(tmp_path: Path) -> None:
    entries = "race,bib,team,runner\nmen,1,,R\n"
    assert race(tmp_path, ROAD, entries).course.line == "finish"


def test_single_runner_needs_no_code_and_lends_the_team_its_name_as_the_public_may_read_it(tmp_path: Path) -> None:
    """T91: a name that is hidden does not come back as the name of a team."""
    entries = "race,bib,first_name,last_name,public\nmen,1,Ann,Archer,yes\nmen,2,Ben,Baker,\nmen,3,Cyd,Carter,no\n"
    found = race(tmp_path, ROAD, entries).entries
    assert [entry.team for entry in found] == ["Ann Archer", "B. B.", "3"]
    assert {entry.runners[0].code for entry in found} == {"R"}


def test_same_bib_in_two_races_without_chips_is_worn_by_neither(tmp_path: Path) -> None:
    """Such races are timed by hand: a passage names bib and race, and a chip that nobody was given is nobody's."""
    reading = examine(folder(tmp_path, ROAD, "race,bib\nmen,1\nwomen,1\n"))
    assert reading.event is not None
    assert [each.entries[0].runners[0].chips for each in reading.event.races] == [(), ()]
    assert any(notice.column == "chips" for notice in reading.notices)


def test_workbook_is_read_as_the_list(tmp_path: Path) -> None:
    """T18: a bib typed into a spreadsheet is a number there, and a text here."""
    (tmp_path / "event.toml").write_text(EVENT, encoding="utf-8")
    rows: list[list[str | float]] = [
        ["race", "bib", "team", "runner"],
        ["relay", 12, "Équipe", "A"],
        [],
        ["relay", "007", "T", "A"],
    ]
    write_workbook(tmp_path / "entries.xlsx", rows)
    found = read_event(tmp_path).races[0].entries
    assert [(entry.bib, entry.team) for entry in found] == [("12", "Équipe"), ("007", "T")]


def test_line_of_a_problem_in_a_workbook_is_its_row(tmp_path: Path) -> None:
    (tmp_path / "event.toml").write_text(EVENT, encoding="utf-8")
    write_workbook(tmp_path / "entries.xlsx", [["race", "bib", "runner"], [], ["relay", "1", "Q"]])
    with pytest.raises(EventProblems) as raised:
        read_event(tmp_path)
    assert [(each.file, each.line, each.column) for each in raised.value.problems] == [("entries.xlsx", 3, "runner")]


def test_city_marathon_is_read_whole(tmp_path: Path) -> None:
    text = "race,bib,runner,chips\n" + "".join(f"men,{bib},R,E{bib}\n" for bib in range(1, 50_001))
    assert len(race(tmp_path, ROAD, text).entries) == 50_000


def test_every_key_and_element_of_a_toml_text_has_its_line() -> None:
    text = '''\
a.b = 1 # [not] a = table
"c d" = """x
= [y]
"""
[t.'u']
v = [ [1,
  2], # ]
  { w = "}", x.y = 1979-05-27 07:32:00 },
]
[[r]]
k = 'a # b'
[[r.s]]
k = 1
[[r]]
[[r.s]]
[r.s.z]
k = 2
'''
    lines = lines_of(text)
    assert lines["a", "b"] == 1
    assert lines["c d",] == 2
    assert lines["t", "u", "v"] == 6
    assert lines["t", "u", "v", 0, 1] == 7
    assert lines["t", "u", "v", 1, "x", "y"] == 8
    assert lines["r", 0, "s", 0, "k"] == 13
    assert lines["r", 1, "s", 0, "z", "k"] == 17
