"""What is odd in an event folder, but no obstacle."""

from pathlib import Path

import pytest

from live.event import examine
from live.problems import Problem
from tests.event.folders import EVENT, HEADER, ROAD, TEAM, TOP, folder

START = "start = 2016-05-26T16:30:00+02:00"
LEGS = 'legs = [["A"], ["A", "B"], ["A", "B", "C"]]'


def notices(path: Path, event: str = EVENT, entries: str = TEAM) -> list[Problem]:
    """The notices of a folder that has no problems."""
    reading = examine(folder(path, event, entries))
    assert reading.problems == []
    return reading.notices


def test_runner_whom_no_leg_names_is_a_reserve_of_a_team_that_is_whole(tmp_path: Path) -> None:
    """T57: reorder_runners lets him run."""
    [notice] = notices(tmp_path, entries=TEAM + "relay,12,Team 1,Entreprise 1,mixed,D,Dan,Dyer,M,,,,\n")
    assert (notice.file, notice.line, notice.column) == ("entries.csv", 5, "runner")
    assert "reorder_runners" in notice.cure
    assert "A, B, C" in notice.cure


def test_good_folder_has_nothing_to_say(tmp_path: Path) -> None:
    assert notices(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "cure"),
    [
        ("place =", "plase =", 4, "event.plase", "Did you mean 'place'?"),
        (START, START + "\ntogether_windows_s = 3", 22, "race.together_windows_s", "Did you mean 'together_window_s'?"),
        ("[event]", "[events]\n[event]", 1, "events", "Did you mean 'event'?"),
        ("at_m = 1000 }", 'at_m = 1000, colour = "red" }', 14, "course.points.colour", "ignored"),
        ('timezone = "Europe/Brussels"\n', "", 1, "event.timezone", "timezone ="),
        (LEGS, LEGS + "\narrive_within_s = 600", 21, "race.arrive_within_s", "420"),
        (
            START,
            START + '\n[[race.prize]]\nname = { fr = "x" }\namong = "category:mixd"',
            24,
            "race.prize.among",
            "'mixed'",
        ),
        *(
            (
                START,
                START + f'\n[[race.prize]]\nname = {{ fr = "x" }}\namong = "{among}"',
                24,
                "race.prize.among",
                cure,
            )
            for among, cure in (("category:Mixed", "'mixed'"), ("sex:f", "column sex"))
        ),
    ],
)
def test_slip_that_does_no_harm_is_a_notice(
    old: str, new: str, line: int, column: str, cure: str, tmp_path: Path
) -> None:
    [notice] = notices(tmp_path, EVENT.replace(old, new, 1))
    assert (notice.file, notice.line, notice.column) == ("event.toml", line, column)
    assert cure in notice.cure


def test_unknown_column_is_kept_out_with_a_notice(tmp_path: Path) -> None:
    [notice] = notices(tmp_path, entries="race,bib,team,runner,teem\nrelay,1,T,A,x\n")[:1]
    assert (notice.file, notice.line, notice.column) == ("entries.csv", 1, "teem")
    assert "'team'" in notice.cure


def test_team_without_some_runners_runs_without_them(tmp_path: Path) -> None:
    """race.md, Formats: an entry without D and E runs without them."""
    [notice] = notices(tmp_path, entries=f"{HEADER}\nrelay,1,T,,,A,,,,,,,\nrelay,1,T,,,B,,,,,,,\n")
    assert (notice.line, notice.column, notice.text) == (2, "runner", "'T' (bib '1') runs without C")


def test_race_in_which_nobody_is_entered_is_a_notice(tmp_path: Path) -> None:
    found = notices(tmp_path, ROAD, "race,bib\nmen,1\n")
    assert [(each.line, each.text) for each in found if each.column == "race.id"] == [
        (13, "nobody is entered in the race 'women'")
    ]


def test_a_race_over_a_time_with_several_starts_is_a_notice(tmp_path: Path) -> None:
    """Its one flag falls for who started late as for who started first."""
    timed = EVENT.replace("legs =", 'duration = "1:00:00"\nteam_time = "first"\nlegs =')
    apart = "race,bib,runner,start\nrelay,1,A,\nrelay,2,A,2016-05-26T16:40:00+02:00\n"
    assert [each.column for each in notices(tmp_path, timed, apart)].count("race.duration") == 1
    assert [each.column for each in notices(tmp_path, timed, "race,bib,runner\nrelay,1,A\nrelay,2,A\n")].count(
        "race.duration"
    ) == 0


def test_event_without_devices_is_a_notice(tmp_path: Path) -> None:
    assert [each.column for each in notices(tmp_path, TOP)] == ["device"]


def test_prize_for_companies_or_a_runner_that_nobody_has_is_a_notice(tmp_path: Path) -> None:
    prizes = "".join(
        f'\n[[race.prize]]\nname = {{ fr = "x" }}\namong = "{each}"' for each in ("companies", "fastest_leg:b")
    )
    found = notices(tmp_path, EVENT.replace(START, START + prizes), "race,bib,runner\nrelay,1,A\n")
    assert [(each.line, each.cure.split(",")[0]) for each in found if each.column == "race.prize.among"] == [
        (24, "Fill in the column company"),
        (27, "Add rows with this runner"),
    ]
