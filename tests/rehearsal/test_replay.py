"""Recorded passages over the real broker: in order, whole, and nothing at all when the file is wrong."""

import asyncio
from pathlib import Path

import pytest

from live.bus import Bus
from live.messages.devices import Passage, Stored
from live.programme import Event
from live.rehearsal import outbox, replay
from live.rehearsal.recording import RecordingProblems
from live.rehearsal.replay import ReplayFailed, due_pieces, replay_link, send_all
from tests.conftest import START_MS, RunningBroker, free_port, until
from tests.rehearsal.race_day import make_event
from tests.rehearsal.stand_in import stand_in


def recorded(count: int, device: str = "mat-line") -> list[Passage]:
    """Return passages of one device, a second apart."""
    return [Passage(device, "e1", seq, START_MS + 1_000 * seq, chip="1A") for seq in range(1, count + 1)]


async def test_all_passages_of_a_device_arrive_in_the_order_of_the_file(broker: RunningBroker, event: Event) -> None:
    passages = recorded(1_000)
    async with stand_in(broker) as ingest:
        assert await send_all(event, passages, broker.link("replay", "replay-1"), speed=0) == 1_000
    assert ingest.identities == [passage.identity for passage in passages]
    assert max(len(batch.passages) for batch in ingest.batches) == outbox.MAX_PASSAGES


async def test_it_ends_only_when_a_watermark_covers_all(
    broker: RunningBroker, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A PUBACK is no proof: what nobody stored is sent again."""
    monkeypatch.setattr(outbox, "RESEND_AFTER_MS", 300)
    async with stand_in(broker, deaf_to=2) as ingest:
        await send_all(event, recorded(50), broker.link("replay", "replay-1"), speed=0)
    assert len(ingest.identities) == 100
    assert set(ingest.identities) == {passage.identity for passage in recorded(50)}


async def test_a_watermark_from_before_is_no_proof(broker: RunningBroker, event: Event) -> None:
    """It may be the word of a journal that is no more."""
    async with Bus(broker.link("ingest", "before"), broker.topics, ()) as bus:
        bus.publish(Stored("mat-line", "e1", 50))
        await bus.flush()
    async with stand_in(broker) as ingest:
        await send_all(event, recorded(50), broker.link("replay", "replay-1"), speed=0)
    assert ingest.identities == [passage.identity for passage in recorded(50)]


async def test_it_outlives_the_broker(broker: RunningBroker, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """T22: nothing lost, nothing doubled that has not the same identity."""
    monkeypatch.setattr(outbox, "RESEND_AFTER_MS", 1_000)
    passages = recorded(2_000)
    async with stand_in(broker) as ingest:
        sending = asyncio.create_task(send_all(event, passages, broker.link("replay", "replay-1"), speed=500))
        await until(lambda: len(ingest.identities) > 200, "the first passages")
        await broker.server.kill()
        await broker.server.start()
        assert await sending == 2_000
    assert set(ingest.identities) == {passage.identity for passage in passages}


# --- what is refused --------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The event folder of a rehearsal."""
    make_event(tmp_path / "event", teams=3, walkers=0)
    return tmp_path / "event"


async def test_a_hole_is_refused_before_anything_else(folder: Path) -> None:
    """Not even credentials or a broker are looked for."""
    file = folder / "race.csv"
    file.write_text("device,seq,chip,bib,runner,at_ms\nmat-line,1,1A,,,1\nmat-line,3,1A,,,3\n")
    with pytest.raises(RecordingProblems, match=r"race\.csv:3: seq: mat-line .*seq 2 is missing"):
        await replay.replay(folder, file, data=folder / "data", broker="mqtt://127.0.0.1:1", speed=0)


def test_without_credentials_it_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ReplayFailed, match="secrets/replay is missing"):
        replay_link(tmp_path, "mqtt://127.0.0.1:1883")


def test_the_address_may_bring_its_own_credentials(tmp_path: Path) -> None:
    link = replay_link(tmp_path, "mqtt://somebody:secret@example.org")
    assert (link.user, link.password, link.host, link.port) == ("somebody", "secret", "example.org", 1883)


async def test_a_wrong_password_is_told_at_once(broker: RunningBroker, event: Event) -> None:
    link = replay_link(Path(), f"mqtt://replay:wrong@127.0.0.1:{broker.port}")
    with pytest.raises(ReplayFailed, match="refuses replay"):
        await send_all(event, recorded(1), link, speed=0)


async def test_a_missing_broker_is_told(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CONNECT_S", 0.3)
    link = replay_link(Path(), f"mqtt://replay:any@127.0.0.1:{free_port()}")
    with pytest.raises(ReplayFailed, match="no broker answers"):
        await send_all(event, recorded(1), link, speed=0)


# --- when a passage is due --------------------------------------------------------------------------------------


def due(instants: list[int], speed: float) -> list[float]:
    """Return when passages with these instants are due, in seconds from the start."""
    passages = [Passage("mat-line", "e1", seq, at_ms, chip="1A") for seq, at_ms in enumerate(instants, 1)]
    return [due_s for due_s, piece in due_pieces(passages, (0, 10_000_000), speed) for _ in piece]


def test_passages_are_due_as_far_apart_as_they_happened() -> None:
    assert due([5_000, 6_000, 9_000], speed=1) == [0.0, 1.0, 4.0]
    assert due([5_000, 6_000, 9_000], speed=2) == [0.0, 0.5, 2.0]


def test_at_speed_zero_everything_is_due_at_once() -> None:
    assert due([5_000, 6_000, 9_000], speed=0) == [0.0, 0.0, 0.0]


def test_what_was_delivered_late_is_due_with_the_row_before() -> None:
    """The file is in the order of sending: a device that was offline has old instants in it."""
    assert due([5_000, 9_000, 6_000, 10_000], speed=1) == [0.0, 4.0, 4.0, 5.0]


def test_an_absurd_instant_does_not_stop_the_clock() -> None:
    """T25: a device that says 1970 or 2106 is sent with the row before it."""
    assert due([-1, 5_000, 2**40, 7_000], speed=1) == [0.0, 0.0, 0.0, 2.0]
