"""A million hostile messages: each is understood or set aside, and what is understood is journaled and judged."""

import pytest

from live.messages.decisions import RULINGS
from tests.fuzz import RULED, Fuzz

FIRST_SEED = 20_160_526
FEW, MANY = 3_000, 1_000_000


def fuzz(count: int) -> Fuzz:
    """Take so many messages through; a failure names the seeds that give the same messages, and the failure, again."""
    one = Fuzz()
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        try:
            one.take(seed)
        except Exception as error:
            topic, raw = one.message(seed)
            pytest.fail(f"seed {seed}, in a meeting since {one.since}: {error!r}\n{topic}\n{raw[:2_000]!r}")
    one.close()
    return one


def never_met(seen: dict[str, int]) -> set[str]:
    """Return what no message became, of all that they must have become if the fuzz is worth its time."""
    kinds = "PassageBatch DeviceStatus Stored ClockAsked ClockAnswer Decision Verdict BoardHead BoardPage BoardChanges"
    outcomes = "Health Ask AnswerPart rejected ruled refused counted ignored questionable"
    return {*kinds.split(), *outcomes.split()} - seen.keys()


def test_hostile_messages_are_understood_and_judged_or_set_aside() -> None:
    """T20, T21: nothing that arrives is raised as anything but `Unreadable`."""
    assert never_met(fuzz(FEW).seen) == set()


def test_the_fuzz_knows_every_ruling() -> None:
    """A ruling that is added must be added to `RULED`."""
    assert {each["type"] for each in RULED} == set(RULINGS)


@pytest.mark.deep
def test_a_million_hostile_messages_are_understood_and_judged_or_set_aside() -> None:
    """T20, T21: some minutes on one core."""
    assert never_met(fuzz(MANY).seen) == set()
