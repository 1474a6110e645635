"""What a race says again and again is kept once."""

from live.ingest.sharing import share_texts
from live.messages.devices import Passage, PassageBatch
from live.wire import Topics


def heard(seq: int) -> Passage:
    """Return a passage as it comes from a device: each message has strings of its own."""
    topics = Topics("test-race")
    passage = Passage("mat-line", "epoch-1", seq, 1_464_273_000_000, "12A", runner="A", race="relay")
    sent = topics.encode(PassageBatch("mat-line", "epoch-1", (passage,)))
    batch = topics.decode(sent.topic, sent.payload)
    assert isinstance(batch, PassageBatch)
    return batch.passages[0]


def test_passages_share_their_texts_and_stay_what_they_were() -> None:
    one, other = heard(1), heard(2)
    assert one.chip is not other.chip
    for passage in (one, other):
        share_texts(passage)
    assert (one, other) == (heard(1), heard(2))
    assert all(getattr(one, name) is getattr(other, name) for name in ("device", "epoch", "chip", "race"))
