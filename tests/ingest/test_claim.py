"""Which of two ingests is the one."""

import pytest

from live.ingest.claim import Claim, Replaced


def test_who_hears_a_newer_claim_ends_and_who_hears_an_older_one_goes_on() -> None:
    """Two started in the same millisecond: the name decides, for both alike."""
    old, new, twin = Claim(1_000, "b"), Claim(2_000, "a"), Claim(2_000, "c")
    claims = [each.make() for each in (old, new, twin)]
    for claim in claims:
        twin.hear(claim)
    for replaced in (old, new):
        with pytest.raises(Replaced):
            replaced.hear(claims[2])
    new.hear(claims[0])
    new.hear(claims[1])


@pytest.mark.parametrize("claim", ["", "-c", "soon-c", "٣-c", "9" * 20 + "-c"])
def test_what_is_no_claim_replaces_nobody(claim: str) -> None:
    ours = Claim(1_000, "b")
    ours.make()
    ours.hear(claim)


def test_a_claim_left_over_by_a_clock_that_was_ahead_is_outdone() -> None:
    """We started later, whatever the clocks say: the one that is still running must hear that it is replaced."""
    before, ours = Claim(9_000, "z"), Claim(1_000, "a")
    ours.hear(before.make())
    with pytest.raises(Replaced):
        before.hear(ours.make())
