"""An outbox forgets nothing before a watermark covers it."""

import pytest

from live.messages.devices import Passage, Stored
from live.rehearsal.outbox import MAX_PASSAGES, RESEND_AFTER_MS, Outbox


def filled(count: int) -> Outbox:
    """Return an outbox with passages 1 to `count`."""
    box = Outbox("mat", "e1")
    for seq in range(1, count + 1):
        box.put(Passage("mat", "e1", seq, at_ms=1_000 * seq, chip="1A"))
    return box


def seqs(box: Outbox, now_ms: int) -> list[int]:
    """Return the numbers in the next message."""
    batch = box.take(now_ms)
    return [passage.seq for passage in batch.passages] if batch else []


def test_passages_leave_in_order_forty_to_a_message() -> None:
    box = filled(MAX_PASSAGES + 2)
    assert seqs(box, 0) == list(range(1, MAX_PASSAGES + 1))
    assert seqs(box, 0) == [MAX_PASSAGES + 1, MAX_PASSAGES + 2]
    assert seqs(box, 0) == []


def test_what_was_sent_stays_until_a_watermark_covers_it() -> None:
    """T15: sending is no reason to forget."""
    box = filled(3)
    seqs(box, 0)
    assert box.queued == 3
    box.stored(Stored("mat", "e1", 3))
    assert box.queued == 0


def test_what_no_watermark_covers_for_six_seconds_is_sent_again() -> None:
    box = filled(3)
    seqs(box, 0)
    box.stored(Stored("mat", "e1", 1))
    assert seqs(box, RESEND_AFTER_MS - 1) == []
    assert seqs(box, RESEND_AFTER_MS) == [2, 3]
    assert seqs(box, RESEND_AFTER_MS) == []
    assert seqs(box, 2 * RESEND_AFTER_MS) == [2, 3]


@pytest.mark.parametrize(("watermark", "again"), [(("e1", 1), [2, 3]), (("e0", 99), [1, 2, 3]), (("-", 0), [1, 2, 3])])
def test_a_server_that_lost_its_journal_gets_all_that_it_lacks_again(
    watermark: tuple[str, int], again: list[int]
) -> None:
    """It says a lower number than before, or names an epoch that is not ours: of ours it has nothing."""
    box = filled(3)
    seqs(box, 0)
    assert box.stored(Stored("mat", "e1", 3))
    assert seqs(box, 1) == []
    assert box.stored(Stored("mat", *watermark))
    assert box.queued == len(again)
    assert seqs(box, 1) == again
    assert box.stored(Stored("mat", "e1", 3))
    assert (box.queued, box.last_seq) == (0, 3)


def test_the_same_watermark_again_says_nothing() -> None:
    box = filled(3)
    seqs(box, 0)
    assert box.stored(Stored("mat", "e1", 2))
    assert not box.stored(Stored("mat", "e1", 2))
    assert (box.through, seqs(box, RESEND_AFTER_MS)) == (2, [3])


def test_what_the_journal_has_already_is_not_sent() -> None:
    box = Outbox("mat", "e1")
    box.stored(Stored("mat", "e1", 2))
    for seq in (1, 2, 3):
        box.put(Passage("mat", "e1", seq, at_ms=seq, chip="1A"))
    assert seqs(box, 0) == [3]


def test_numbers_out_of_order_are_kept_until_all_are_covered() -> None:
    """T10: a recording may hold a device's passages in any order."""
    box = Outbox("mat", "e1")
    for seq in (3, 1, 2):
        box.put(Passage("mat", "e1", seq, at_ms=seq, chip="1A"))
        seqs(box, 0)
    box.stored(Stored("mat", "e1", 2))
    assert box.queued == 3
    box.stored(Stored("mat", "e1", 3))
    assert box.queued == 0
