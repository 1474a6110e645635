"""Ingest on the real broker: every passage once in the journal whatever dies, and everybody told what he needs."""

import asyncio
import contextlib
import pickle
import signal
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from live.boards import Boards
from live.bus import Bus
from live.config import Config, read_config
from live.ingest.claim import Claim, Replaced
from live.ingest.device_book import DeviceBook
from live.ingest.journal import Journal, JournalReader, journal_file
from live.ingest.service import run
from live.ingest.sqlite import JournalFull, JournalRefused
from live.ingest.watermarks import Watermarks
from live.messages.boards import BoardChanges, BoardHead, BoardPage
from live.messages.decisions import Decision, SetStatus, Verdict, VoidPassage
from live.messages.devices import Clock, ClockAnswer, ClockAsked, DeviceStatus, Passage, PassageBatch, Stored
from live.messages.services import AnswerPart, Ask, Canary, Health
from live.strict_json import from_json
from live.wire import CANARY, Message, Outgoing, Unreadable
from tests.conftest import DEADLINE_S, START_MS, RunningBroker, small_event, until

T = TypeVar("T")
LAP_MS = 800_000


def config_of(broker: RunningBroker, data: Path, **ingest: str) -> Config:
    """Return the settings of an ingest on this broker."""
    given = {"bus.url": f"mqtt://127.0.0.1:{broker.port}", "bus.password": "secret of ingest"}
    return read_config(data, {}, {**given, **{f"ingest.{name}": value for name, value in ingest.items()}})


@contextlib.asynccontextmanager
async def ingest(broker: RunningBroker, data: Path, **settings: str) -> AsyncIterator[asyncio.Task[None]]:
    """Run the service within this loop, from when it is ready until the block ends."""
    ready = asyncio.Event()
    service = asyncio.create_task(run(config_of(broker, data, **settings), broker.event, on_ready=ready.set))
    waiting = asyncio.create_task(ready.wait())
    async with asyncio.timeout(DEADLINE_S):
        await asyncio.wait([service, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    try:
        if service.done():
            service.result()
        yield service
    finally:
        service.cancel()
        await asyncio.wait([service])


class Ears:
    """Hears everything that a user may hear, and keeps it decoded."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.messages: list[Message] = []
        self.boards: Boards | None = None

    async def listen(self) -> None:
        async for batch in self.bus.deliveries():
            for delivery in batch:
                delivery.ack()
                with contextlib.suppress(Unreadable):
                    message = self.bus.topics.decode(delivery.topic, delivery.payload)
                    self.messages.append(message)
                    if self.boards is not None:
                        self.boards.hear(message)

    def all(self, kind: type[T]) -> list[T]:
        """Return what came of one kind, in order."""
        return [each for each in self.messages if isinstance(each, kind)]

    async def hear(self, kind: type[T], which: Callable[[T], bool] = lambda _: True) -> T:
        """Return the first message of a kind that fits, when it has come."""
        await until(lambda: any(which(each) for each in self.all(kind)), kind.__name__)
        return next(each for each in self.all(kind) if which(each))


@contextlib.asynccontextmanager
async def ears(broker: RunningBroker, user: str = "web", client_id: str = "") -> AsyncIterator[Ears]:
    """Listen as the web does, or as a device."""
    topics = broker.topics
    filters = topics.for_web(client_id or user) if user == "web" else topics.for_device(user)
    async with Bus(broker.link(user, client_id), topics, filters) as bus:
        heard = Ears(bus)
        heard.boards = Boards(broker.event)
        await bus.until_connected()
        listening = asyncio.create_task(heard.listen())
        try:
            yield heard
        finally:
            listening.cancel()
            await asyncio.wait([listening])


def passages(*seqs: int, device: str = "mat-line", epoch: str = "e1", chip: str = "1A") -> PassageBatch:
    """Return a message of a device: one passage for each seq, a minute apart."""
    each = (Passage(device, epoch, seq, START_MS + LAP_MS + seq * 60_000, chip=chip) for seq in seqs)
    return PassageBatch(device, epoch, tuple(each))


async def journaled(data: Path) -> list[Any]:
    """Return the facts in the journal."""
    async with JournalReader(journal_file(data), "test-race") as reader:
        assert await reader.verify() == []
        return [each.fact async for chunk in reader.read() for each in chunk]


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


# --- boards -----------------------------------------------------------------------------------------------------


async def test_whoever_comes_late_has_the_whole_board(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as early, ingest(broker, tmp_path):
        early.bus.publish(passages(1))
        await early.hear(BoardPage, lambda each: any(row.laps for row in each.rows))
        async with ears(broker, "web", "late") as late:
            assert late.boards is not None
            board = late.boards.by_race["relay"]
            await until(lambda: board.complete and board.version == 1, "the board")
            assert board.rows["1"].laps == 1


async def test_a_broker_that_forgot_everything_gets_everything_anew(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path / "data"):
        web.bus.publish(passages(1))
        await web.hear(Stored, lambda each: each.through == 1)
        await web.hear(BoardPage, lambda each: any(row.laps for row in each.rows))
        await web.hear(BoardHead, lambda each: each.version == 1)
        await broker.server.kill()
        store = broker.server.folder / "store"
        await asyncio.to_thread(lambda: store.rename(store.with_name("away")))
        await broker.server.start()
        async with ears(broker, "web", "late") as late:
            assert late.boards is not None
            board = late.boards.by_race["relay"]
            await until(lambda: board.complete and board.version == 1, "the board")
            await late.hear(Stored, lambda each: each == Stored("mat-line", "e1", 1))


async def test_health_says_who_keeps_what(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(passages(1, 2))
        web.bus.publish(Outgoing(broker.topics.passages("mat-line"), b"rubbish", 1))
        health = await web.hear(Health, lambda each: each.passages == 2)
        assert (health.version, health.rejected, health.alarm) == (2, 1, "")
    async with JournalReader(journal_file(tmp_path), "test-race") as reader:
        assert reader.id == health.journal


# --- decisions --------------------------------------------------------------------------------------------------


def decision(name: str = "d-1", **more: Any) -> Decision:
    """Return what an official rules."""
    ruling = more.pop("ruling", SetStatus("relay", "1", "dnf"))
    return Decision(name, "marie", START_MS, ruling, "he told me", **more)


async def test_a_decision_is_journaled_confirmed_and_shown(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(decision())
        assert await web.hear(Verdict) == Verdict("d-1", 202, 1)
        changes = await web.hear(BoardChanges, lambda each: bool(each.rows))
        assert changes.rows[0].status == "dnf"
    assert await journaled(tmp_path) == [decision()]


async def test_a_decision_sent_twice_is_confirmed_twice_and_taken_once(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(decision())
        web.bus.publish(decision())
        await until(lambda: len(web.all(Verdict)) == 2, "two verdicts")
        assert set(web.all(Verdict)) == {Verdict("d-1", 202, 1)}
    assert len(await journaled(tmp_path)) == 1


async def test_a_decision_that_cannot_be_is_refused_with_the_reason_and_not_kept(
    broker: RunningBroker, tmp_path: Path
) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(decision(ruling=VoidPassage("mat-line", "e1", 9)))
        verdict = await web.hear(Verdict)
        assert (verdict.status, "mat-line/e1/9" in verdict.reason) == (422, True)
    assert await journaled(tmp_path) == []


async def test_what_was_decided_while_ingest_was_away_gets_its_verdict_when_it_is_back(
    broker: RunningBroker, tmp_path: Path
) -> None:
    """It is delivered before the broker has granted the filters anew; its verdict must not be lost for that."""
    async with ears(broker) as web:
        async with ingest(broker, tmp_path):
            pass
        web.bus.publish(decision())
        await web.bus.flush()
        async with ingest(broker, tmp_path):
            assert await web.hear(Verdict) == Verdict("d-1", 202, 1)


async def test_a_decision_of_an_unknown_type_gets_a_verdict_and_is_set_aside(
    broker: RunningBroker, tmp_path: Path
) -> None:
    body = b'{"v":1,"id":"d-9","by":"marie","at_ms":1,"reason":"","type":"abolish_gravity"}'
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(Outgoing(broker.topics.decisions("marie"), body, 1))
        web.bus.publish(Outgoing(broker.topics.decisions("marie"), b"\xff", 1))
        verdict = await web.hear(Verdict)
        assert (verdict.id, verdict.status, "abolish_gravity" in verdict.reason) == ("d-9", 422, True)
        await web.hear(Health, lambda each: each.rejected == 2)


# --- devices, questions, the clock ------------------------------------------------------------------------------


async def ask(web: Ears, question: str, **about: str) -> dict[str, Any]:
    """Ask as the web does; return the answer."""
    name = f"{question}-{len(web.messages)}".replace("_", "-")
    web.bus.publish(Ask(name, "web", question, about))
    first = await web.hear(AnswerPart, lambda each: each.id == name)

    def parts() -> list[AnswerPart]:
        return [each for each in web.all(AnswerPart) if each.id == name]

    await until(lambda: len(parts()) == first.parts, "all parts")
    body = b"".join(part.body for part in sorted(parts(), key=lambda each: each.part))
    answer = from_json(zlib.decompress(body))
    assert isinstance(answer, dict)
    return answer


async def test_a_device_learns_the_time(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker, "mat-line") as device, ingest(broker, tmp_path):
        device.bus.publish(ClockAsked("mat-line", 17))
        answer = await device.hear(ClockAnswer)
        assert answer.sent_ms == 17
        assert START_MS < answer.heard_ms <= answer.answered_ms


async def test_the_devices_are_told_with_what_is_stored_of_them(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ears(broker, "mat-line") as device, ingest(broker, tmp_path):
        device.bus.publish(DeviceStatus("mat-line", "online", 5, "e1", 4, 1, Clock(3, 12), 0.83))
        device.bus.publish(passages(1, 2, 4))
        await device.hear(Stored, lambda each: each.through == 2)
        answer = await ask(web, "devices")
    line, km1, _ = answer["ok"]["devices"]
    assert line == {
        "device": "mat-line",
        "point": "line",
        "course": "loop",
        "trust": "main",
        "state": "online",
        "at_ms": 5,
        "last_at_ms": START_MS + LAP_MS + 4 * 60_000,
        "stored": {"epoch": "e1", "through": 2},
        "holes": [[3, 3]],
        "earlier": [],
        "events": [],
        "queued": 1,
        "last_seq": 4,
        "clock": {"offset_ms": 3, "error_ms": 12, "at_ms": 5},
        "first_clock": {"offset_ms": 3, "error_ms": 12, "at_ms": 5},
        "lingering": [],
        "battery": 0.83,
    }
    assert (km1["device"], km1["state"], km1["stored"], km1["last_at_ms"]) == ("mat-km1", "unknown", None, None)


async def test_ingest_tells_what_it_holds_above_a_hole(broker: RunningBroker, tmp_path: Path) -> None:
    """The watermark is told after every commit, also where it cannot rise, and a question tells the rest."""
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(passages(2, epoch="holes"))
        assert await web.hear(Stored, lambda each: each.epoch == "holes") == Stored("mat-line", "holes", 0)
        for epoch, seqs, held in (
            ("holes", "2", True),
            ("holes", "2,3", False),
            ("holes", "1", False),
            ("x", "2", False),
        ):
            answer = await ask(web, "held", device="mat-line", epoch=epoch, seqs=seqs)
            assert answer == {"ok": {"held": held, "through": 0}}
        assert (await ask(web, "held", device="mat-line", epoch="holes", seqs="1,two"))["error"] == 422


async def test_what_was_set_aside_is_told(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(Outgoing(broker.topics.passages("mat-line"), b"\xffrubbish", 1))
        await web.hear(Health, lambda each: each.rejected == 1)
        answer = (await ask(web, "rejected"))["ok"]
        assert (await ask(web, "rejected", limit="many"))["error"] == 422
    assert answer["count"] == 1
    [kept] = answer["rejected"]
    assert (kept["raw"], kept["device"], kept["times"]) == ("�rubbish", "mat-line", 1)


async def test_the_meeting_answers_and_says_what_there_is_not(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path):
        web.bus.publish(passages(1))
        await web.hear(BoardChanges, lambda each: bool(each.rows))
        assert len((await ask(web, "team", race="relay", bib="1"))["ok"]["crossings"]) == 1
        assert (await ask(web, "team", race="relay", bib="99"))["error"] == 404
        assert (await ask(web, "weather"))["error"] == 404
        past = (await ask(web, "board_at", race="relay", at_ms=str(START_MS)))["ok"]
        assert {row["laps"] for row in past["rows"]} == {0}


async def test_a_large_answer_comes_in_parts(broker: RunningBroker, tmp_path: Path) -> None:
    async with ears(broker) as web, ingest(broker, tmp_path):
        for number in range(1_000):
            raw = b"".join(
                zlib.crc32(b"%d-%d" % (number, each)).to_bytes(4, "big").hex().encode() for each in range(240)
            )
            web.bus.publish(Outgoing(broker.topics.passages("mat-line"), raw, 1))
        await web.hear(Health, lambda each: each.rejected == 1_000)
        answer = await ask(web, "rejected", limit="1000")
        assert len(answer["ok"]["rejected"]) == 1_000
    assert max(part.parts for part in web.all(AnswerPart)) > 1
    assert max(len(part.body) for part in web.all(AnswerPart)) <= 256 * 1024


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
