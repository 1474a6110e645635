"""What a fact costs in memory: passages as devices send them, judged and ranked in one process, nothing else beside.

`python -m bench.memory` takes half a minute: the race of `bench.overload`, its 1,000 teams going round and round.
"""

import gc

import psutil

from bench.figures import Figure, table
from bench.overload import EACH, RACE, crossing
from live.ingest.device_book import DeviceBook
from live.ingest.meeting import Meeting
from live.ingest.sharing import share_texts
from live.ingest.watermarks import Watermarks
from live.messages.devices import Passage, PassageBatch
from live.messages.facts import Recorded
from live.wire import Topics

FACTS = 100_000
SETTLED_EVERY = 100
FROZEN_EVERY = 5_000


def measure() -> list[Figure]:
    """Return how many bytes the process grew by with each passage."""
    topics, meeting, devices = Topics(RACE.id), Meeting(RACE, "bench"), DeviceBook(RACE, Watermarks())
    process = psutil.Process()
    before = process.memory_info().rss
    for fact in range(EACH, FACTS + 1, EACH):
        for recorded in received(topics, fact):
            meeting.apply(recorded)
            devices.apply(recorded)
        if fact % SETTLED_EVERY == 0:
            meeting.changes(0)
            meeting.dirty_pages()
        if fact % FROZEN_EVERY == 0:
            gc.collect()
            gc.freeze()
    grown = process.memory_info().rss - before
    return [Figure(f"memory of a fact, with {FACTS:,} of them", grown / FACTS, "bytes")]


def received(topics: Topics, last: int) -> list[Recorded]:
    """Return the facts up to that one which a message brings, with strings of their own as any message has."""
    first = last - EACH
    device = f"mat-{last // EACH % 10}"
    seen = [crossing(first + n) for n in range(EACH)]
    batch = tuple(Passage(device, "e", first + n + 1, at_ms, chip) for n, (at_ms, chip) in enumerate(seen))
    sent = topics.encode(PassageBatch(device, "e", batch))
    heard = topics.decode(sent.topic, sent.payload)
    assert isinstance(heard, PassageBatch)
    for passage in heard.passages:
        share_texts(passage)
    return [Recorded(first + n + 1, passage.at_ms, passage) for n, passage in enumerate(heard.passages)]


if __name__ == "__main__":
    print(table(measure()))
