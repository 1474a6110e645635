"""The forecast on recorded races: nearer than the last lap again, and four of five inside the stated interval.

Nothing is fitted to any of them: the constants of the model stand in `live.ingest.experience`, the same for all races.
"""

from functools import cache

import pytest

from bench.forecast import SETS, Compared, Replayed, held, mean_s, replay

replayed = cache(replay)


def against_naive(found: list[Compared]) -> list[Compared]:
    """Those forecasts that have a naive one beside them: not the first laps."""
    return [each for each in found if each.naive_ms is not None]


@pytest.mark.parametrize("name", SETS)
def test_the_next_crossing_is_nearer_than_the_last_lap_again(name: str) -> None:
    compared = against_naive(replayed(name).crossings)
    assert mean_s(compared) < mean_s(compared, naive=True)


@pytest.mark.parametrize("name", SETS)
def test_the_end_of_a_lap_is_nearer_than_the_last_lap_again(name: str) -> None:
    compared = against_naive(replayed(name).laps)
    assert mean_s(compared) < mean_s(compared, naive=True)


@pytest.mark.parametrize("name", SETS)
def test_the_finish_is_nearer_than_the_last_lap_again_and_again(name: str) -> None:
    compared = against_naive(replayed(name).finishes)
    assert mean_s(compared) < mean_s(compared, naive=True)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("what", ["crossings", "laps"])
def test_the_interval_of_80_percent_holds_four_of_five(name: str, what: str) -> None:
    found: Replayed = replayed(name)
    assert 0.75 <= held(getattr(found, what)) <= 0.85


@pytest.mark.parametrize(("name", "least"), [("relay-finland", 2_200), ("relay-hill-2020", 457), ("f1-2021", 9_093)])
def test_nearly_every_crossing_is_forecast(name: str, least: int) -> None:
    """All but the first laps and the points that a leg did not pass: leaving out the hard ones would be no forecast."""
    assert len(replayed(name).crossings) >= least
