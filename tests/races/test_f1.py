"""f1-2021: an independent official position for each of 9,250 crossings, and eight classifications."""

from pathlib import Path

import pytest

from tests.races import f1
from tests.races.convert import columns
from tests.races.doors import Door, shuffled_core
from tests.races.line import Serve, on_the_line
from tests.races.tally import Tally


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory: pytest.TempPathFactory) -> Door:
    """The race core, its facts in a random order and each told twice."""
    return shuffled_core(f1.convert(tmp_path_factory.mktemp("f1")))


def positions(door: Door) -> Tally:
    """The place of each car in each lap, by the lap chart."""
    charts = {number: door.laps(race.id) for number, race in f1.RACES.items()}
    places = {
        (number, str(lap), row["bib"]): (row["place"], row["elapsed_ms"])
        for number, chart in charts.items()
        for lap, rows in enumerate(chart, 1)
        for row in rows
    }
    tally = Tally()
    for number, car, lap, elapsed_ms, place in columns(
        "f1-2021/laps.csv", "round", "car", "lap", "elapsed_ms", "official_lap_position"
    ):
        ours = places.pop((number, lap, car), None)
        tally.compare(f"round {number} lap {lap} car {car}", ours, (int(place), int(elapsed_ms)))
    for extra in places:
        tally.differing.append(f"{extra}: a lap that nobody else saw")
    return tally


def classified(door: Door, retired: bool) -> Tally:
    """Places and statuses at the end: of those who were running at the finish, or of those who had retired."""
    rows = {(n, row["bib"]): row for n, race in f1.RACES.items() for row in door.board(race.id)["standings"]}
    tally = Tally()
    for number, car, place, status in columns("f1-2021/results.csv", "round", "car", "classified_position", "status"):
        if (status == "DNF") == retired:
            official = (int(place), "finished") if place.isdecimal() else (None, "dnf")
            row = rows[number, car]
            tally.compare(f"round {number} car {car}", (row["place"], row["status"]), official)
    return tally


def check(door: Door) -> None:
    assert positions(door) == Tally(9_250)
    assert classified(door, retired=False) == Tally(143)
    assert classified(door, retired=True) == Tally(17)  # three of them classified: nine tenths of the distance


def test_every_position_of_eight_lap_races_is_the_official_one(shuffled: Door) -> None:
    """Lapped cars stop with the winner, retirements, one penalty; facts in any order, each told twice."""
    check(shuffled)


async def test_eight_lap_races_through_the_line_have_their_official_positions(served: Serve, tmp_path: Path) -> None:
    """Chips over MQTT, retirements and the penalty as decisions, `/laps` and `/standings` over HTTP."""
    with await on_the_line(served, f1.convert(tmp_path)) as boards:
        check(boards)
