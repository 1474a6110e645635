"""What a row shows, and that the script would show the same."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from live.boards import RaceBoard, Standing
from live.messages.boards import BoardHead, Forecast, Row
from live.programme import LANGUAGES, Race
from live.strict_json import from_json
from live.times import format_time
from live.web.languages import load
from live.web.rows import (
    RowView,
    Shown,
    among,
    clock_text,
    crossed_text,
    done_m,
    expected_text,
    gap_text,
    latest,
    missing_text,
    now_text,
    place_text,
    point_text,
    spoken,
    view,
    within_text,
)
from live.web.words import Words, words
from tests.conftest import START_MS, entry, relay

FORMATS = from_json((Path(__file__).parent.parent / "contracts" / "format.json").read_bytes())["cases"]
FRENCH = words("fr", load("fr"))


def written(form: str, of: list[Any], tongue: Words) -> str:
    """Return a figure as Python writes it."""
    if form == "time":
        return format_time(of[0], tenths=of[1])
    if form == "gap":
        return gap_text(*of)
    if form == "clock":
        return clock_text(*of)
    if form == "spoken":
        return spoken(tongue, *of)
    if form == "place":
        return place_text(tongue, *of)
    if form == "laps":
        return tongue.count("laps" if of[1] is None else "laps_of", of[0], m=of[1])
    if form == "within":
        return within_text(*of)
    if form == "expected":
        point, at_ms, error_ms, late = of
        return expected_text(Forecast(at_ms, error_ms, point), "line", tongue, of_day, late)
    return point_text(tongue, of[0], "line")


def of_day(at_ms: int) -> str:
    """Return the time of day where the race is."""
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo("Europe/Brussels")).strftime("%H:%M:%S")


@pytest.mark.parametrize("language", LANGUAGES)
def test_formats_are_those_of_the_contract(language: str) -> None:
    """T34, T35: whole seconds rounded up, never 60 seconds, never negative."""
    tongue = words(language, load(language))
    for case in FORMATS:
        assert written(case["format"], case["of"], tongue) == case.get("is", case.get(language)), case


@pytest.mark.parametrize(
    ("duration_ms", "tenths", "text"),
    [(-1, False, "0:00"), (-60_001, False, "−1:00"), (-59_950, True, "−0:59.9"), (-3_600_000, True, "−1:00:00.0")],
)
def test_a_time_below_nothing_has_one_sign_before_all_of_it(duration_ms: int, tenths: bool, text: str) -> None:
    """T35: a bonus larger than the time."""
    assert format_time(duration_ms, tenths=tenths) == text


def test_a_time_below_nothing_is_spoken_with_its_sign() -> None:
    """T35."""
    assert spoken(FRENCH, -720) == "−1 minute 12"


def row(bib: str, time_ms: int | None, *laps_ms: int, point: str = "line", **members: Any) -> Row:
    """Return a row of the growing relay; its key orders it as the rules do."""
    at_m = {"line": 0, "km1": 1000, "km2": 2000}[point]
    done = len(laps_ms) == 3
    key = (0, time_ms) if done and time_ms is not None else (1, -len(laps_ms), -at_m, time_ms or 0)
    values = {
        "status": "finished" if done else "running",
        "laps": len(laps_ms),
        "point": None if time_ms is None else point,
        "time_ms": time_ms,
        "at_ms": None if time_ms is None else START_MS + time_ms,
        "lap_times_ms": laps_ms,
        "lap_qualities": "m" * len(laps_ms),
    }
    return Row(bib=bib, version=1, **{"key": key, "placed": time_ms is not None, **values, **members})


def board(*rows: Row, race: Race | None = None) -> RaceBoard:
    """Return a board with these rows."""
    made = RaceBoard(race or relay(len(rows)))
    made.hear(BoardHead("relay", "j", 1, "running", START_MS, 3, len(rows), 0, gun_ms=START_MS))
    made.put(rows, version=1)
    return made


def views(made: RaceBoard, tongue: Words = FRENCH) -> dict[str, RowView]:
    """Return all rows of a board as shown, by bib."""
    shown = among(made.standings(), "line")
    return {each.standing.row.bib: view(each, made.race, tongue, "Mixte", str) for each in shown}


def only(made: RaceBoard, bib: str) -> Standing:
    """Return one standing."""
    return next(each for each in made.standings() if each.row.bib == bib)


def slots(made: RaceBoard, name: str) -> dict[str, str]:
    """Return one slot of every row."""
    return {bib: each.slots[name] for bib, each in views(made).items()}


# --- gaps ---------------------------------------------------------------------------------------------------------


def test_a_gap_is_the_difference_of_the_two_times_as_shown() -> None:
    """T34: 12:00.001 is shown as 12:01 and 12:17.000 as 12:17; the gap is then 16 s, not 17."""
    made = board(row("1", 720_001, 720_001), row("2", 737_000, 737_000))
    assert slots(made, "time") == {"1": "12:01", "2": "12:17"}
    assert slots(made, "gap") == {"1": "", "2": "+0:16"}


def test_two_places_within_one_second_get_tenths_on_both() -> None:
    """T80: who was first is to be seen."""
    made = board(row("1", 700_000, 700_000), row("2", 720_100, 720_100), row("3", 720_500, 720_500))
    assert slots(made, "time") == {"1": "11:40", "2": "12:00.1", "3": "12:00.5"}
    assert slots(made, "gap") == {"1": "", "2": "+0:20.1", "3": "+0:20.5"}
    assert slots(made, "ahead")["3"] == "+0:00.4"


def test_a_tie_shows_the_same_place_and_no_tenths() -> None:
    """T67: equal times share the place."""
    made = board(row("1", 720_300, 720_300), row("2", 720_300, 720_300), row("3", 730_000, 730_000))
    assert slots(made, "place") == {"1": "1", "2": "1", "3": "3"}
    assert slots(made, "time")["1"] == slots(made, "time")["2"] == "12:01"


def test_who_shares_a_place_shares_tenths_and_gaps() -> None:
    """T67, T80: a third within their second is told apart from both; both are as far behind the one ahead."""
    made = board(
        row("1", 710_000, 710_000), row("2", 720_300, 720_300), row("3", 720_300, 720_300), row("4", 720_500, 720_500)
    )
    assert slots(made, "time") == {"1": "11:50", "2": "12:00.3", "3": "12:00.3", "4": "12:00.5"}
    assert slots(made, "gap") == {"1": "", "2": "+0:10.3", "3": "+0:10.3", "4": "+0:10.5"}
    assert slots(made, "ahead") == {"1": "", "2": "+0:10.3", "3": "+0:10.3", "4": "+0:00.2"}


def test_who_shares_the_first_place_is_behind_nobody() -> None:
    """T67."""
    made = board(row("1", 720_300, 720_300), row("2", 720_300, 720_300), row("3", 730_000, 730_000))
    assert slots(made, "gap") == slots(made, "ahead") == {"1": "", "2": "", "3": "+0:09"}


def test_at_the_end_of_a_lap_the_gap_is_to_when_the_first_ended_it() -> None:
    made = board(row("1", 1_000_000, 700_000, point="km1"), row("2", 730_000, 730_000))
    assert slots(made, "gap")["2"] == "+0:30"


def test_no_gap_is_shown_at_a_point_that_the_first_has_left_behind() -> None:
    made = board(row("1", 1_400_000, 700_000, 700_000), row("2", 1_010_000, 690_000, point="km1"))
    assert slots(made, "gap")["2"] == ""
    assert slots(made, "at")["2"] == "km 1"


def test_no_gap_is_smaller_than_one_above_it() -> None:
    """Team 3 was 19 s behind at the end of lap 1, and 2 has come to the end of lap 2 before it, 20 s behind."""
    rows = (
        row("1", 1_400_000, 700_000, 700_000),
        row("2", 1_420_000, 720_000, 700_000),
        row("3", 719_000, 719_000),
        row("4", 730_000, 730_000),
    )
    assert slots(board(*rows), "gap") == {"1": "", "2": "+0:20", "3": "", "4": "+0:30"}
    assert "derrière" not in views(board(*rows))["3"].label


def test_a_lapped_team_shows_laps_not_minutes() -> None:
    """T69."""
    made = board(row("1", 1_400_000, 700_000, 700_000), row("2", 1_410_000, 1_410_000))
    assert slots(made, "gap")["2"] == "+1 tour"
    assert "à 1 tour" in views(made)["2"].label


def test_who_is_still_on_a_lap_that_others_ended_two_laps_ago_is_not_told_in_seconds() -> None:
    """T69: 19 s behind when they ended lap 1; the first has ended two more since, and it none."""
    made = board(
        row("1", 2_100_000, 700_000, 700_000, 700_000),
        row("2", 2_120_000, 700_000, 700_000, 720_000),
        row("3", 719_000, 719_000),
        row("4", 1_000_000, 730_000, point="km1"),
    )
    assert slots(made, "gap") == {"1": "", "2": "+0:20", "3": "+1 tour", "4": "+1 tour"}


def test_nobody_is_behind_before_anything_was_measured() -> None:
    """T43, T76: no time is no time, not nought."""
    made = board(row("1", None), row("2", None))
    assert slots(made, "time") == slots(made, "gap") == slots(made, "place") == {"1": "", "2": ""}


# --- how many are through -------------------------------------------------------------------------------------------


def test_a_place_says_of_how_many_while_rivals_are_to_come() -> None:
    """T70: first of two through, not first."""
    made = board(
        row("1", 1_000_000, 700_000, point="km1"), row("2", 1_001_000, 710_000, point="km1"), row("3", 720_000, 720_000)
    )
    assert slots(made, "through") == {"1": "sur 2", "2": "sur 2", "3": ""}


def test_a_retired_team_is_not_waited_for() -> None:
    made = board(row("1", 700_000, 700_000), row("2", None, status="dnf", placed=False, key=(3, 1)))
    assert slots(made, "through")["1"] == ""


def test_of_a_list_that_is_cut_nobody_knows_how_many_are_through_at_its_end() -> None:
    made = board(row("1", 700_000, 700_000), row("2", 710_000, 710_000))
    assert [each.through for each in among(made.standings(), "line", more=True)] == [None, None]


# --- words ------------------------------------------------------------------------------------------------------------


def test_a_row_is_one_sentence_for_a_screen_reader() -> None:
    """T103, in the words of ux.md."""
    lutosa = replace(entry(9), team="Lutosa A", bib="10")
    race = replace(relay(3), entries=(*relay(2).entries, lutosa))
    made = board(
        row("1", 1_532_000, 800_000, 732_000),
        row("2", 1_540_000, 800_000, 740_000),
        row("10", 1_549_000, 800_000, 749_000),
        race=race,
    )
    assert views(made)["10"].label == "3e, Lutosa A, dossard 10, 2 tours sur 3, 25 minutes 49, à 17 secondes"
    dutch = views(made, words("nl", load("nl")))
    assert dutch["10"].label == "3e, Lutosa A, rugnummer 10, 2 rondes van 3, 25 minuten 49, op 17 seconden"
    english = views(made, words("en", load("en")))
    assert english["10"].label == "3rd, Lutosa A, bib 10, 2 laps of 3, 25 minutes 49, 17 seconds behind"


def test_who_is_unseen_is_said() -> None:
    """T53: arriving, 2 of 3: a row says whom it waits for, the team page how many are in, too."""
    made = board(row("1", 2_400_000, 800_000, 800_000, 800_000, missing=("C",), provisional=True))
    assert slots(made, "note")["1"] == "on attend C"
    assert missing_text(only(made, "1"), made.race, FRENCH) == "2 sur 3, on attend C"
    assert views(made)["1"].label.endswith(", on attend C")


def test_who_runs_is_by_the_order_that_an_official_set() -> None:
    """T56: B first, then with A; who is unseen is counted among those who run."""
    order = ("B", "A", "C")
    made = board(row("1", 0, order=order), row("2", 800_000, 800_000, order=("C", "B", "A")), row("3", 0))
    assert slots(made, "runners") == {"1": "B", "2": "C+B", "3": "A"}


def test_a_runner_that_the_team_does_not_have_is_not_waited_for() -> None:
    two = replace(entry(0), runners=entry(0).runners[:2])
    made = board(
        row("1", 2_400_000, 800_000, 800_000, 800_000, missing=("B",), provisional=True),
        race=replace(relay(1), entries=(two,)),
    )
    assert slots(made, "note")["1"] == "on attend B"


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"quality": "estimated"}, "estimé"),
        ({"quality": "corrected"}, "corrigé"),
        ({"provisional": True}, "provisoire"),
        ({}, ""),
        ({"status": "dnf", "placed": False}, "abandon"),
        ({"status": "dsq", "placed": False}, "disqualifiée"),
        ({"status": "out_of_competition", "placed": False}, "hors classement"),
    ],
)
def test_a_time_that_is_no_plain_measurement_says_so(members: dict[str, Any], said: str) -> None:
    assert slots(board(row("1", 700_000, 700_000, **members)), "note")["1"] == said


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (row("1", None), "Tour 1/3, A court"),
        (row("1", 700_000, 700_000), "Tour 2/3, A et B courent"),
        (row("1", 1_400_000, 700_000, 700_000), "Tour 3/3, A, B et C courent"),
        (row("1", 2_100_000, 700_000, 700_000, 700_000), "Arrivée"),
        (row("1", None, status="not_started", placed=False), "pas encore partie"),
        (row("1", 700_000, 700_000, status="dnf", placed=False), "abandon"),
    ],
)
def test_what_a_team_does_now(made: Row, said: str) -> None:
    assert now_text(only(board(made), "1"), relay(1), FRENCH) == said


@pytest.mark.parametrize(
    ("made", "said", "metres"),
    [
        (row("1", None), "", 0),
        (row("1", 200_000, point="km1"), "Tour 1, km 1", 1000),
        (row("1", 700_000, 700_000), "Tour 1", 3000),
        (row("1", 1_100_000, 700_000, point="km2"), "Tour 2, km 2", 5000),
        (row("1", 2_100_000, 700_000, 700_000, 700_000), "Arrivée", 9000),
    ],
)
def test_where_a_team_was_measured_last(made: Row, said: str, metres: int) -> None:
    assert crossed_text(made, relay(1), FRENCH) == said
    assert done_m(made, relay(1)) == metres


def test_the_last_crossings_are_by_instant_and_without_those_who_are_out() -> None:
    made = board(
        row("1", 700_000, 700_000), row("2", 900_000, 700_000, point="km1", status="dnf"), row("3", 800_000, 800_000)
    )
    assert [each.row.bib for each in latest(made.standings(), 5)] == ["3", "1"]


def expecting(late: int | None, point: str | None = "km1", gun_ms: int = START_MS) -> RowView:
    """Return the row of a team that is expected at a point, so many minutes late."""
    made = board(row("1", 700_000, 700_000, next=Forecast(START_MS + 960_000, 39_500, point)))
    return view(
        among(made.standings(), "line")[0], made.race, FRENCH, "", lambda _: "16:46:59", late=late, gun_ms=gun_ms
    )


def test_a_forecast_is_a_time_of_day_with_its_error() -> None:
    shown = expecting(late=0)
    assert (shown.slots["next"], shown.late) == ("km 1 vers 16:46 (± 40 s)", 0)
    assert shown.label == "1re, Team 1, dossard 1, 1 tour sur 3, 11 minutes 40"


def test_an_overdue_team_is_awaited_not_forecast_and_spoken_of_as_such() -> None:
    shown = expecting(late=3)
    assert (shown.slots["next"], shown.late) == ("attendue depuis 3 min", 3)
    assert shown.label == "1re, Team 1, dossard 1, 1 tour sur 3, 11 minutes 40, attendue depuis 3 min"


def test_the_script_goes_on_from_the_forecast_that_the_row_shows() -> None:
    """When it was seen last follows from its time, but not with a gun of its own."""
    next_ = {"point": "km1", "at_ms": START_MS + 960_000, "error_ms": 40_000}
    assert expecting(late=0).facts["next"] == next_
    assert "at_ms" not in expecting(late=0).facts
    assert expecting(late=0, gun_ms=START_MS - 60_000).facts["at_ms"] == START_MS + 700_000
    assert expecting(late=0, point=None).facts["next"]["point"] == "line"


def test_where_nothing_is_to_be_expected_nothing_is_shown_nor_told_to_the_script() -> None:
    """T90: as a frozen board has it."""
    shown = expecting(late=None)
    assert (shown.slots["next"], shown.late) == ("", 0)
    assert "next" not in shown.facts and "at_ms" not in shown.facts


def test_in_a_timed_race_laps_are_open() -> None:
    race = replace(relay(1), duration_ms=86_400_000)
    made = board(row("1", 700_000, 700_000), race=race)
    assert slots(made, "laps")["1"] == "1"
    assert now_text(only(made, "1"), race, FRENCH) == "Tour 2, A et B courent"
    assert "1 tour, " in views(made)["1"].label


def test_a_team_below_a_cut_list_is_shown_without_its_neighbours() -> None:
    made = board(row("1", 700_000, 700_000))
    assert view(Shown(only(made, "1")), made.race, FRENCH, "", str).slots["gap"] == ""
