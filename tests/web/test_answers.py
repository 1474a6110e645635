"""Waiting for ingest's words: what is sent, what comes back in parts, who shares it, and what happens in silence."""

import asyncio
import zlib
from collections.abc import Hashable
from typing import Any

import pytest

from live.messages.decisions import Decision, SetStatus, Verdict
from live.messages.devices import Passage, PassageBatch, Stored
from live.messages.services import AnswerPart, Ask
from live.strict_json import to_json
from live.web import answers as module
from live.web.answers import Answers, NoAnswer, Refused
from live.wire import Message
from tests.conftest import until

DECISION = Decision("d1", "marie", 1, SetStatus("relay", "12", "dnf"))


class Line:
    """The two ends of the bus: what the web sent, and a way to say what ingest answers."""

    def __init__(self, wait_s: float = 20.0) -> None:
        self.sent: list[Message] = []
        self.connected = True
        self.stamps: dict[str, Hashable] = {"relay": 1}
        self.answers = Answers(
            publish=self.sent.append,
            connected=lambda: self.connected,
            service="web-1",
            wait_s=wait_s,
            stamp=lambda race: self.stamps[race],
            took_s=lambda question, took_s: None,
        )

    @property
    def asked(self) -> list[Ask]:
        """The questions that went out."""
        return [message for message in self.sent if isinstance(message, Ask)]

    def say(self, answer: dict[str, Any], parts: int = 1) -> None:
        """Answer the last question, the parts in reverse order."""
        body = zlib.compress(to_json(answer))
        size = -(-len(body) // parts)
        cut = [body[part * size : (part + 1) * size] for part in range(parts)]
        for part in reversed(range(parts)):
            self.answers.hear(AnswerPart(self.asked[-1].id, "web-1", part, parts, cut[part]))


def passages(*seqs: int, epoch: str = "e1") -> PassageBatch:
    """Return a message of a handheld."""
    return PassageBatch("hand-1", epoch, tuple(Passage("hand-1", epoch, seq, 1, bib="7") for seq in seqs))


async def test_an_answer_in_parts_is_put_together_whatever_their_order() -> None:
    line = Line()
    asking = asyncio.create_task(line.answers.ask("passages", bib="12"))
    await until(lambda: bool(line.asked))
    assert (line.asked[0].question, line.asked[0].about, line.asked[0].service) == ("passages", {"bib": "12"}, "web-1")
    line.say({"ok": {"passages": [{"seq": n, "text": f"é{n}"} for n in range(50)]}}, parts=5)
    assert (await asking)["passages"][49] == {"seq": 49, "text": "é49"}


async def test_a_crowd_that_asks_the_same_is_one_question() -> None:
    line = Line()
    crowd = [asyncio.create_task(line.answers.ask("team", race="relay", bib="12")) for _ in range(50)]
    await until(lambda: bool(line.asked))
    line.say({"ok": {"bib": "12"}})
    assert [(await each)["bib"] for each in crowd] == ["12"] * 50
    assert await line.answers.ask("team", bib="12", race="relay") == {"bib": "12"}
    assert len(line.asked) == 1


async def test_a_kept_answer_ends_with_the_boards_state() -> None:
    line = Line()
    for stamp, place in ((1, 5), (2, 4)):
        line.stamps["relay"] = stamp
        asking = asyncio.create_task(line.answers.ask("team", race="relay", bib="12"))
        await until(lambda stamp=stamp: len(line.asked) == stamp)  # type: ignore[misc]
        line.say({"ok": {"place": place}})
        assert await asking == {"place": place}


async def test_an_answer_of_before_a_change_is_not_kept_for_after_it() -> None:
    line = Line()
    asking = asyncio.create_task(line.answers.ask("team", race="relay", bib="12"))
    await until(lambda: bool(line.asked))
    line.stamps["relay"] = 2
    line.say({"ok": {"place": 5}})
    assert await asking == {"place": 5}
    again = asyncio.create_task(line.answers.ask("team", race="relay", bib="12"))
    await until(lambda: len(line.asked) == 2)
    line.say({"ok": {"place": 4}})
    assert await again == {"place": 4}


async def test_what_officials_ask_is_never_kept() -> None:
    line = Line()
    for count in (1, 2):
        asking = asyncio.create_task(line.answers.ask("decisions"))
        await until(lambda count=count: len(line.asked) == count)  # type: ignore[misc]
        line.say({"ok": {"decisions": [count]}})
        assert await asking == {"decisions": [count]}


async def test_a_visitor_who_leaves_does_not_take_the_answer_from_the_others() -> None:
    line = Line()
    first = asyncio.create_task(line.answers.ask("team", race="relay", bib="12"))
    second = asyncio.create_task(line.answers.ask("team", race="relay", bib="12"))
    await until(lambda: bool(line.asked))
    first.cancel()
    await asyncio.wait([first])
    line.say({"ok": {"bib": "12"}})
    assert await second == {"bib": "12"}


async def test_a_refusal_carries_its_status_and_reason() -> None:
    line = Line()
    asking = asyncio.create_task(line.answers.ask("team", race="relay", bib="12"))
    await until(lambda: bool(line.asked))
    line.say({"error": 404, "detail": "no bib 12"})
    with pytest.raises(Refused) as refused:
        await asking
    assert (refused.value.status, refused.value.detail) == (404, "no bib 12")


async def test_silence_ends_the_waiting() -> None:
    line = Line(wait_s=0.05)
    for waiting in (
        line.answers.ask("team", race="relay", bib="12"),
        line.answers.decide(DECISION),
        line.answers.store_passages(passages(4)),
    ):
        with pytest.raises(NoAnswer):
            await waiting


async def test_when_the_server_stops_nobody_waits_until_he_is_cut() -> None:
    """A request that is cut is answered 500, as if we had made a mistake."""
    line = Line()
    waiting = [
        asyncio.create_task(line.answers.ask("team", race="relay", bib="12")),
        asyncio.create_task(line.answers.decide(DECISION)),
        asyncio.create_task(line.answers.store_passages(passages(1))),
    ]
    await until(lambda: len(line.sent) == len(waiting))
    line.answers.stop()
    for each in [*waiting, line.answers.ask("team", race="relay", bib="7")]:
        with pytest.raises(NoAnswer):
            await each


async def test_without_the_broker_nothing_is_sent_and_nobody_waits() -> None:
    line = Line()
    line.connected = False
    for waiting in (
        line.answers.ask("decisions"),
        line.answers.decide(DECISION),
        line.answers.store_passages(passages(4)),
    ):
        with pytest.raises(NoAnswer):
            await waiting
    assert line.sent == []


async def test_a_flood_of_questions_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_UNDER_WAY", 3)
    line = Line()
    waiting = [asyncio.create_task(line.answers.ask("team", race="relay", bib=str(bib))) for bib in range(3)]
    await until(lambda: len(line.asked) == 3)
    with pytest.raises(NoAnswer, match="too many"):
        await line.answers.ask("team", race="relay", bib="4")
    for each in waiting:
        each.cancel()


async def test_boards_of_the_past_are_asked_two_at_a_time() -> None:
    """Each costs ingest a replay: a stranger who asks for a thousand instants must not stop the race."""
    line = Line()
    asking = [asyncio.create_task(line.answers.ask("board_at", race="relay", at_ms=str(n))) for n in range(3)]
    await until(lambda: len(line.asked) == 2)
    line.say({"ok": {}})
    await until(lambda: len(line.asked) == 3)
    for each in asking:
        each.cancel()


@pytest.mark.parametrize("body", [b"no zlib", zlib.compress(b'{"ok":{"x":"' + b"0" * 5_000 + b'"}}')])
async def test_an_answer_beyond_all_bounds_is_no_answer(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 1_000)
    line = Line()
    asking = asyncio.create_task(line.answers.ask("decisions"))
    await until(lambda: bool(line.asked))
    line.answers.hear(AnswerPart(line.asked[0].id, "web-1", 0, 1, body))
    with pytest.raises(NoAnswer):
        await asking


async def test_parts_that_nobody_asked_for_are_passed_over() -> None:
    line = Line()
    asking = asyncio.create_task(line.answers.ask("decisions"))
    await until(lambda: bool(line.asked))
    ours = line.asked[0].id
    for part in (
        AnswerPart("other", "web-1", 0, 1, b"x"),
        AnswerPart(ours, "web-1", 7, 3, b"x"),
        AnswerPart(ours, "web-1", 0, 100_000, b"x"),
    ):
        line.answers.hear(part)
    line.say({"ok": {"decisions": []}})
    assert await asking == {"decisions": []}


async def test_a_verdict_reaches_everybody_who_sent_that_decision() -> None:
    line = Line()
    both = [asyncio.create_task(line.answers.decide(DECISION)) for _ in range(2)]
    await until(lambda: len(line.sent) == 2)
    line.answers.hear(Verdict("another", 202, 8))
    line.answers.hear(Verdict("d1", 202, 9))
    assert [(await each).version for each in both] == [9, 9]


async def test_passages_are_durable_when_the_watermark_of_their_epoch_covers_them() -> None:
    line = Line()
    storing = asyncio.create_task(line.answers.store_passages(passages(4, 5)))
    await until(lambda: bool(line.sent))
    for stored in (Stored("hand-1", "e0", 9), Stored("mat-line", "e1", 9), Stored("hand-1", "e1", 4)):
        line.answers.hear(stored)
    await until(lambda: bool(line.asked))
    line.say({"ok": {"held": False, "through": 4}})
    assert not storing.done()
    line.answers.hear(Stored("hand-1", "e1", 6))
    assert await storing == Stored("hand-1", "e1", 6)
    assert [each for each in line.sent if not isinstance(each, Ask)] == [passages(4, 5)]


async def test_passages_above_a_hole_are_durable_when_ingest_holds_them() -> None:
    """Seq 1 never came: the watermark stays at 0 for ever, whatever is stored above it."""
    line = Line()
    storing = asyncio.create_task(line.answers.store_passages(passages(2, 3)))
    await until(lambda: bool(line.sent))
    for held in (False, True):  # the first word may be of before they were stored
        already = len(line.asked)
        line.answers.hear(Stored("hand-1", "e1", 0))
        await until(lambda already=already: len(line.asked) > already)  # type: ignore[misc]
        assert (line.asked[-1].question, line.asked[-1].about["seqs"]) == ("held", "2,3")
        line.say({"ok": {"held": held, "through": 0}})
    assert await storing == Stored("hand-1", "e1", 0)


async def test_passages_above_a_hole_are_not_confirmed_on_a_guess() -> None:
    line = Line(wait_s=0.2)
    storing = asyncio.create_task(line.answers.store_passages(passages(2)))
    await until(lambda: bool(line.sent))
    line.answers.hear(Stored("hand-1", "e1", 0))
    await until(lambda: bool(line.asked))
    line.say({"error": 404, "detail": "an older ingest does not know this question"})
    with pytest.raises(NoAnswer) as silence:
        await storing
    assert silence.value.members == {"epoch": "e1", "through": 0}


async def test_a_message_without_passages_asks_for_the_watermark() -> None:
    line = Line()
    assert (await line.answers.store_passages(passages())).through == 0
    line.answers.hear(Stored("hand-1", "e1", 6))
    assert (await line.answers.store_passages(passages())).through == 6
    assert line.sent == []


async def test_silence_tells_the_device_from_where_to_send_again() -> None:
    line = Line(wait_s=0.05)
    line.answers.hear(Stored("hand-1", "e1", 2))
    with pytest.raises(NoAnswer) as silence:
        await line.answers.store_passages(passages(4))
    assert silence.value.members == {"epoch": "e1", "through": 2}
