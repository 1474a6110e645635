"""relay-hill-2020: from the raw log of the finish line, bibs without leg numbers, to the official result."""

from pathlib import Path

import pytest

from tests.races import hill
from tests.races.convert import columns
from tests.races.doors import Door, shuffled_core
from tests.races.line import Serve, on_the_line
from tests.races.tally import Tally

LEGS = ("leg1_s", "leg2_s", "leg3_s", "leg4_s")
SPLITS = ("split1_s", "split2_s", "split3_s")


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory: pytest.TempPathFactory) -> Door:
    """The race core, its facts in a random order and each told twice."""
    return shuffled_core(hill.convert(tmp_path_factory.mktemp("hill")))


def compared(door: Door, column: str, names: tuple[str, ...]) -> Tally:
    """Each team's laps: official columns of seconds, one a leg, against a member of the lap chart."""
    laps = [{row["bib"]: row for row in lap} for lap in door.laps("relay")]
    tally = Tally()
    for bib, *cells in columns(f"{hill.SET}/official.csv", "bib", *names):
        for leg, seconds in enumerate(cells, 1):
            if seconds:
                row = laps[leg - 1].get(bib)
                tally.compare(f"bib {bib} leg {leg}", row and row[column], int(seconds) * 1_000)
    return tally


def results(door: Door) -> Tally:
    """Totals and places of those who finished; a shared place is printed ``121=``."""
    rows = {row["bib"]: row for row in door.board("relay")["standings"]}
    tally = Tally()
    for place, bib, total_s in columns(f"{hill.SET}/official.csv", "official_place", "bib", "total_s"):
        if place != "-":
            official = int(place.rstrip("=")), int(total_s) * 1_000
            tally.compare(f"bib {bib}", (rows[bib]["place"], rows[bib]["time_ms"]), official)
    return tally


def unplaced(door: Door) -> set[str]:
    """Who stands on the list without a place."""
    return {row["bib"] for row in door.board("relay")["standings"] if row["place"] is None}


def check(door: Door) -> None:
    assert compared(door, "lap_ms", LEGS) == Tally(610)
    assert compared(door, "elapsed_ms", SPLITS) == Tally(456)
    assert results(door) == Tally(151)
    assert unplaced(door) == set(hill.DID_NOT_FINISH)


def test_all_legs_splits_and_places_of_a_hill_relay_are_the_official_ones(shuffled: Door) -> None:
    """Two mass starts, a shared place, a retirement by decision; facts in any order, each told twice."""
    check(shuffled)


async def test_a_hill_relay_through_the_line_has_its_official_result(served: Serve, tmp_path: Path) -> None:
    """Bibs over MQTT, mass starts and retirements as decisions, boards over HTTP."""
    with await on_the_line(served, hill.convert(tmp_path)) as boards:
        check(boards)
