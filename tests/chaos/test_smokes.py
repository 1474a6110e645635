"""One fault of each kind that this machine allows does no harm to a race, and the race goes on by itself."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from tests.chaos.__main__ import shuffled
from tests.chaos.kinds import KINDS, STAGES, impossible
from tests.chaos.report import Results
from tests.chaos.rounds import Campaign, Size

SMALL = Size(teams=60, walkers=50, rate=45.0)
WHOLE = Size(teams=120, walkers=300, rate=100.0)
SEED = 1


class Shortest(Random):
    """Chance for those in a hurry: where it has a span to choose from, it takes the least."""

    def uniform(self, a: float, b: float) -> float:
        """Return the lower bound."""
        return a

    def randint(self, a: int, b: int) -> int:
        """Return the lower bound."""
        return a


def campaign_of(size: Size) -> Iterator[Campaign]:
    """A campaign whose races are played against the same undisturbed one."""
    with TemporaryDirectory(prefix="chaos-") as folder:
        yield Campaign(Path(folder), SEED, size, print)


@pytest.fixture(scope="module")
def small() -> Iterator[Campaign]:
    """Races of 60 teams."""
    yield from campaign_of(SMALL)


@pytest.fixture(scope="module")
def whole() -> Iterator[Campaign]:
    """Races as large as those of a whole campaign."""
    yield from campaign_of(WHOLE)


async def played(campaign: Campaign, stage: str, rng: Random, *, n: int | None = None, share: int = 1) -> Results:
    """Play the faults of a stage, each kind `n` times or its share of a whole campaign."""
    if reason := impossible(stage):
        pytest.skip(reason)
    kinds = [kind for kind in KINDS.values() if kind.stage == stage]
    waiting = shuffled(kinds, SEED, n, share)
    results = Results()
    while waiting:
        results.rounds.append(await campaign.race(stage, waiting, rng))
    return results


@pytest.mark.parametrize("stage", STAGES)
async def test_one_fault_of_each_kind_does_no_harm(stage: str, small: Campaign) -> None:
    """T22, T95: lost nothing, counted nothing twice, boards as without faults, and nobody had to help."""
    results = await played(small, stage, Shortest(SEED), n=1)
    assert [each["outcome"]["wrong"] for each in results.rounds] == [()] * len(results.rounds)
    assert [fault for each in results.rounds for fault in each["faults"] if fault["after_s"] is None] == []


@pytest.mark.deep
@pytest.mark.parametrize("stage", STAGES)
async def test_a_twentieth_of_the_campaign_does_no_harm(stage: str, whole: Campaign) -> None:
    results = await played(whole, stage, Random(SEED), share=20)
    assert [each["outcome"]["wrong"] for each in results.rounds] == [()] * len(results.rounds)
    assert [fault for each in results.rounds for fault in each["faults"] if fault["after_s"] is None] == []
