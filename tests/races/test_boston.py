"""boston-2014: 31,931 runners past nine mats, 554 reads missing; official overall and gender places.

Official places are distinct inside a tie of whole seconds, by fractions that were never published. So a place is right
when it is one of those that the runner's tie takes up.
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.races import boston
from tests.races.convert import columns
from tests.races.doors import Door, shuffled_core
from tests.races.line import Serve, on_the_line
from tests.races.tally import Tally

PART = 4_000
"""Runners in the part for every day: the first of the official list, so that their places are those of all."""


def places(door: Door, official: str, category: str | None, runners: int) -> Tally:
    """Official places against those of our list, whole or of one category; times too."""
    query = {} if category is None else {"category": category}
    rows = {row["bib"]: row for row in door.board("run", **query)["standings"]}
    sharing = Counter(row["place"] for row in rows.values())
    tally = Tally()
    listed = columns(boston.SET, "bib", "gender", "official_s", official)
    for _, (bib, gender, seconds, place) in zip(range(runners), listed, strict=False):
        if category in (None, gender):
            row = rows[bib]
            taken = range(row["place"], row["place"] + sharing[row["place"]])
            tally.compare(f"bib {bib}", (row["time_ms"], int(place) in taken), (int(seconds) * 1_000, True))
    return tally


def check(door: Door, runners: int, men: int) -> None:
    assert places(door, "overall_place", None, runners) == Tally(runners)
    assert places(door, "gender_place", "M", runners) == Tally(men)
    assert places(door, "gender_place", "F", runners) == Tally(runners - men)


def test_the_first_four_thousand_of_a_marathon_have_their_official_places(tmp_path: Path) -> None:
    """Facts in any order, each told twice."""
    check(shuffled_core(boston.convert(tmp_path, PART)), PART, men=3_668)


async def test_a_part_of_a_marathon_through_the_line_has_its_official_places(served: Serve, tmp_path: Path) -> None:
    """35,989 passages over MQTT, published in batches."""
    with await on_the_line(served, boston.convert(tmp_path, PART)) as boards:
        check(boards, PART, men=3_668)


@pytest.mark.deep
async def test_all_of_a_marathon_through_the_line_has_its_official_places(served: Serve, tmp_path: Path) -> None:
    """286,825 passages over MQTT, published in batches."""
    with await on_the_line(served, boston.convert(tmp_path)) as boards:
        check(boards, 31_931, men=17_575)
