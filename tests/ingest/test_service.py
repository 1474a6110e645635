"""Ingest on the real broker: every passage once in the journal whatever dies, and everybody told what he needs."""

import asyncio
import pickle
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from live.bus import Bus
from live.ingest.claim import Claim, Replaced
from live.ingest.device_book import DeviceBook
from live.ingest.journal import Journal, JournalReader, journal_file
from live.ingest.service import run
from live.ingest.sqlite import JournalFull, JournalRefused
from live.ingest.watermarks import Watermarks
from live.messages.boards import BoardChanges, BoardHead
from live.messages.devices import DeviceStatus, Passage, PassageBatch, Stored
from live.messages.services import Canary, Health
from live.wire import CANARY, Outgoing
from tests.conftest import DEADLINE_S, START_MS, RunningBroker, small_event, until
from tests.ingest.running import Ears, config_of, ears, ingest, journaled, passages

# --- the way of a passage ---------------------------------------------------------------------------------------


async def test_a_passage_is_journaled_acknowledged_told_and_shown(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ears(broker, "mat-line") as device, ingest(broker, tmp_path):
        device.bus.publish(passages(1))
        assert (await device.hear(Stored, lambda each: each.epoch == "e1")).through == 1
        changes = await web.hear(BoardChanges)
        assert {row.bib: row.laps for row in changes.rows}["1"] == 1
    assert await journaled(tmp_path) == list(passages(1).passages)


async def test_the_same_passage_again_changes_nothing_but_is_told_stored(broker: RunningBroker, tmp_path: Path) -> None:
    """T02: a device that missed its watermark sends again, and must be told again."""
    async with ears(broker, "mat-line") as device, ingest(broker, tmp_path):
        device.bus.publish(passages(1, 2))
        await device.hear(Stored, lambda each: each.through == 2)
        device.messages.clear()
        device.bus.publish(passages(1, 2))
        await device.hear(Stored, lambda each: each.through == 2)
    assert len(await journaled(tmp_path)) == 2


async def test_the_watermark_waits_for_a_hole_to_be_filled(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker, "mat-line") as device, ingest(broker, tmp_path):
        device.bus.publish(passages(1, 2, 4))
        await device.hear(Stored, lambda each: each.through == 2)
        device.bus.publish(passages(3))
        await device.hear(Stored, lambda each: each.through == 4)


async def test_a_device_that_sends_much_is_told_a_few_times_a_second(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker, "mat-line") as device, ingest(broker, tmp_path):
        for seq in range(1, 201):
            device.bus.publish(passages(seq))
        await device.hear(Stored, lambda each: each.through == 200)
        assert len(device.all(Stored)) < 50


async def test_a_new_ingest_tells_every_device_where_it_stands(broker: RunningBroker, tmp_path: Path) -> None:
    """What the broker has retained may be the word of a journal that is no more."""
    async with ears(broker, "mat-line") as device, ingest(broker, tmp_path / "lost"):
        device.bus.publish(passages(1, 2))
        await device.hear(Stored, lambda each: each.through == 2)
    async with ingest(broker, tmp_path / "new"), ears(broker, "mat-line") as device:
        assert await device.hear(Stored) == Stored("mat-line", "-", 0)


async def test_a_passage_of_a_device_that_the_event_does_not_know_is_kept(
    broker: RunningBroker, tmp_path: Path
) -> None:
    """Its device may be written into the event later; then it counts."""
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(passages(1, device="mat-new"))
        await web.hear(Stored, lambda each: each.device == "mat-new" and each.through == 1)
    assert await journaled(tmp_path) == list(passages(1, device="mat-new").passages)


# --- what is no passage -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "no JSON object"),
        (b'{"v":2,"epoch":"e1","passages":[]}', "version 2"),
        (b'{"v":1,"passages":[]}', "`epoch`"),
        (b'{"v":1,"epoch":"e1","passages":7}', "`passages` is no list"),
    ],
)
async def test_a_message_that_is_not_understood_is_set_aside_and_the_stream_goes_on(
    broker: RunningBroker, tmp_path: Path, payload: bytes, reason: str
) -> None:
    """T20."""
    async with ears(broker, "mat-line") as device, ingest(broker, tmp_path):
        device.bus.publish(Outgoing(broker.topics.passages("mat-line"), payload, 1))
        device.bus.publish(passages(1))
        await device.hear(Stored, lambda each: each.through == 1)
    async with JournalReader(journal_file(tmp_path), "test-race") as reader:
        [kept] = await reader.rejected()
    assert reason in kept.rejected.reason
    assert payload.startswith(kept.rejected.raw)


async def test_a_bad_passage_among_good_ones_is_set_aside_alone(broker: RunningBroker, tmp_path: Path) -> None:
    """T20: and its device need not send it for ever."""
    body = (
        b'{"v":1,"epoch":"e1","passages":'
        b'[{"seq":1,"chip":"1A","at_ms":1},{"seq":2,"at_ms":"noon","chip":"1A"},{"seq":3,"chip":"1A","at_ms":3}]}'
    )
    async with ears(broker, "mat-line") as device, ingest(broker, tmp_path):
        device.bus.publish(Outgoing(broker.topics.passages("mat-line"), body, 1))
        await device.hear(Stored, lambda each: each.through == 3)
    assert [each.seq for each in await journaled(tmp_path)] == [1, 3]


async def test_a_retained_passage_is_set_aside(broker: RunningBroker, tmp_path: Path) -> None:
    """T21: it would be heard again at every connection, for years."""
    encoded = broker.topics.encode(passages(1))
    async with ears(broker, "mat-line") as device:
        device.bus.publish(Outgoing(encoded.topic, encoded.payload, 1, retain=True))
        await device.bus.flush()
        async with ingest(broker, tmp_path):
            device.bus.publish(passages(2))
            await device.hear(Stored, lambda each: each.epoch == "e1")
    assert await journaled(tmp_path) == list(passages(2).passages)
    async with JournalReader(journal_file(tmp_path), "test-race") as reader:
        assert ["retained" in each.rejected.reason for each in await reader.rejected()] == [True]


async def test_a_last_will_is_no_passage(broker: RunningBroker, tmp_path: Path) -> None:
    """T21: the offline status that the broker speaks for a dead device leaves the journal as it was."""
    async with ears(broker) as web, ingest(broker, tmp_path):
        status = broker.topics.encode(DeviceStatus("mat-line", "offline"))
        web.bus.publish(Outgoing(broker.topics.passages("mat-line"), status.payload, 1))
        web.bus.publish(passages(1))
        await web.hear(Stored, lambda each: each.through == 1)
    assert await journaled(tmp_path) == list(passages(1).passages)


# --- whatever dies ----------------------------------------------------------------------------------------------

SERVICE = """
import pickle, sys, uvloop
from live.ingest.service import run
config, event = pickle.load(sys.stdin.buffer)
uvloop.run(run(config, event, on_ready=lambda: print("ready", flush=True)))
"""


async def process(broker: RunningBroker, data: Path) -> asyncio.subprocess.Process:
    """Start ingest as a process of its own; return when it is ready."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert started.stdin is not None and started.stdout is not None
    started.stdin.write(pickle.dumps((config_of(broker, data), broker.event)))
    started.stdin.close()
    async with asyncio.timeout(DEADLINE_S):
        assert await started.stdout.readline() == b"ready\n"
    return started


class Mat:
    """A device that sends every passage once, and leaves the rest to bus and broker."""

    def __init__(self, device: Ears) -> None:
        self.device = device
        self.sent = 0

    @property
    def through(self) -> int:
        return max((each.through for each in self.device.all(Stored) if each.epoch == "e1"), default=0)

    def read(self, count: int) -> None:
        """See some more chips, and send them one by one."""
        for _ in range(count):
            self.sent += 1
            self.device.bus.publish(passages(self.sent))


async def test_kill_9_of_ingest_loses_nothing_and_doubles_nothing(broker: RunningBroker, tmp_path: Path) -> None:
    """Not even from a device that sends nothing twice: what is not in the journal is not acknowledged."""
    async with ears(broker, "mat-line") as device:
        mat = Mat(device)
        for _ in range(4):
            service = await process(broker, tmp_path)
            mat.read(500)
            await until(lambda: device.bus.waiting < 250, "half of it to be with the broker")
            service.kill()
            await service.wait()
        service = await process(broker, tmp_path)
        await until(lambda: mat.through == mat.sent, "everything to be stored")
        service.terminate()
        await service.wait()
    assert sorted(each.seq for each in await journaled(tmp_path)) == list(range(1, 2_001))


async def test_kill_9_of_the_broker_loses_nothing_and_doubles_nothing(broker: RunningBroker, tmp_path: Path) -> None:
    """T22."""
    async with ears(broker, "mat-line") as device, ingest(broker, tmp_path):
        mat = Mat(device)
        for _ in range(4):
            mat.read(500)
            await until(lambda: device.bus.waiting < 250, "half of it to be with the broker")
            await broker.server.kill()
            await broker.server.start()
        await until(lambda: mat.through == mat.sent, "everything to be stored")
    assert sorted(each.seq for each in await journaled(tmp_path)) == list(range(1, 2_001))


async def test_what_came_while_ingest_was_away_is_delivered_when_it_is_back(
    broker: RunningBroker, tmp_path: Path
) -> None:
    async with ears(broker, "mat-line") as device:
        async with ingest(broker, tmp_path):
            device.bus.publish(passages(1))
            await device.hear(Stored, lambda each: each.through == 1)
        for seq in range(2, 1_200):
            device.bus.publish(passages(seq))
        await device.bus.flush()
        async with ingest(broker, tmp_path):
            await device.hear(Stored, lambda each: each.through == 1_199)
    assert len(await journaled(tmp_path)) == 1_199


async def test_sigterm_ends_it_and_it_goes_on_from_there(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker, "mat-line") as device, ears(broker) as web:
        service = await process(broker, tmp_path)
        device.bus.publish(passages(1))
        await device.hear(Stored, lambda each: each.through == 1)
        service.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            await service.wait()
        service = await process(broker, tmp_path)
        device.bus.publish(passages(2, chip="2A"))
        await web.hear(BoardHead, lambda each: each.version == 2)
        service.kill()
        await service.wait()


async def test_a_full_disk_holds_everything_back_with_an_alarm(
    broker: RunningBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T109: refused without acknowledgement; when there is room it goes on by itself."""
    full = True
    append = Journal.append

    async def on_a_full_disk(journal: Journal, *batch: Any) -> Any:
        if full:
            raise JournalFull("no room on the disk")
        return await append(journal, *batch)

    monkeypatch.setattr(Journal, "append", on_a_full_disk)
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(passages(1))
        await web.hear(Health, lambda each: each.alarm == "no room on the disk")
        assert all(each.through == 0 for each in web.all(Stored))
        full = False
        await web.hear(Stored, lambda each: each.through == 1)
        await web.hear(Health, lambda each: each.version == 1 and not each.alarm)


async def test_while_the_disk_is_full_no_canary_comes_through(
    broker: RunningBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It proves the commit: heard and not stored is not enough."""

    async def on_a_full_disk(journal: Journal, *batch: Any) -> Any:
        raise JournalFull("no room on the disk")

    monkeypatch.setattr(Journal, "append", on_a_full_disk)
    sent = PassageBatch(CANARY, "c1", (Passage(CANARY, "c1", 1, START_MS, chip="CANARY"),))
    async with ears(broker) as web, ears(broker, "mat-line"), ingest(broker, tmp_path):
        async with Bus(broker.link("canary"), broker.topics, ()) as device:
            device.publish(sent)
            await device.flush()
        health = await web.hear(Health, lambda each: each.canary_heard_at_ms == START_MS)
        assert health.canary_stored_at_ms == 0
        assert web.all(Canary) == []


# --- there is one ingest ----------------------------------------------------------------------------------------


async def test_two_on_one_journal_are_refused(broker: RunningBroker, tmp_path: Path) -> None:
    async with ingest(broker, tmp_path):
        with pytest.raises(JournalRefused, match="in use by another ingest"):
            await run(config_of(broker, tmp_path), broker.event)


async def test_the_older_of_two_on_two_machines_gives_way(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path / "old") as old:
        await web.hear(Health)
        async with ingest(broker, tmp_path / "new") as new:
            await until(old.done, "the older one to end")
            assert isinstance(old.exception(), Replaced)
            web.bus.publish(passages(1))
            await web.hear(Stored, lambda each: each.through == 1)
            assert not new.done()


def test_a_claim_gives_way_to_a_newer_one_only() -> None:
    claim = Claim(1_000, "b")
    claim.hear(claim.make())
    for other in ("999-z", "1000-a", "nonsense", "-", "²-x", "9" * 30 + "-x"):
        claim.hear(other)
    with pytest.raises(Replaced):
        claim.hear("1000-c")


def test_a_claim_left_over_from_a_clock_that_was_ahead_is_surpassed() -> None:
    claim = Claim(1_000, "b")
    claim.hear("5000-a")
    assert claim.make() == "5001-b"


async def test_facts_may_be_left_out_in_an_emergency(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(passages(1))
        await web.hear(BoardChanges, lambda each: bool(each.rows))
    async with ingest(broker, tmp_path, skip="1"), ears(broker, "web", "late") as late:
        assert late.boards is not None
        board = late.boards.by_race["relay"]
        await until(lambda: board.complete, "the board")
        assert board.rows["1"].laps == 0


def test_a_watermark_is_due_at_once_after_silence_and_then_three_times_a_second() -> None:
    book = DeviceBook(small_event(), Watermarks())
    told = []
    for now_ms in range(0, 2_000, 10):
        book.owe("mat-line", "e1")
        told += [now_ms for _ in book.due(now_ms)]
    assert told == [0, 340, 680, 1_020, 1_360, 1_700]
