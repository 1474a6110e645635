"""What ingest tells on the real broker: boards to late comers, verdicts, answers to questions, the time to devices."""

import asyncio
import zlib
from pathlib import Path
from typing import Any

from live.ingest.journal import JournalReader, journal_file
from live.messages.boards import BoardChanges, BoardHead, BoardPage
from live.messages.decisions import Decision, SetStatus, Verdict, VoidPassage
from live.messages.devices import Clock, ClockAnswer, ClockAsked, DeviceStatus, Stored
from live.messages.services import AnswerPart, Ask, Health
from live.strict_json import from_json
from live.wire import Outgoing
from tests.conftest import START_MS, RunningBroker, until
from tests.ingest.running import LAP_MS, Ears, ears, ingest, journaled, passages

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
