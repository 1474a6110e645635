"""Answers what only ingest knows: a question comes over the bus, its answer goes back compressed, in parts."""

import asyncio
import logging
import zlib
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Any, Final

from live.bus import Bus
from live.ingest.at_line import AtLine
from live.ingest.backups import Backups
from live.ingest.device_book import DeviceBook
from live.ingest.journal import Journal
from live.ingest.meeting import Meeting
from live.ingest.past import looks_back
from live.messages.services import AnswerPart, Ask
from live.strict_json import to_json

log = logging.getLogger(__name__)

PART_BYTES: Final = 256 * 1024
MOST_ASKED: Final = 64
"""Questions under way. More get no answer: whoever asked finds that out in time, and asks again."""

MOST_REJECTED: Final = 1_000
RAW_SHOWN: Final = 2_000


class Answering:
    """Answers questions, several at a time; boards of the past one by one, beside the event loop."""

    def __init__(
        self, meeting: Meeting, devices: DeviceBook, journal: Journal, line: AtLine, bus: Bus, backups: Backups
    ) -> None:
        """`meeting` answers what is about the race, the others: devices, what is kept, who is at the line."""
        self._meeting = meeting
        self._devices = devices
        self._journal = journal
        self._line = line
        self._bus = bus
        self._backups = backups
        self._under_way: set[asyncio.Task[None]] = set()
        self._past = asyncio.Semaphore(1)

    def ask(self, ask: Ask) -> None:
        """Take a question; its answer is published when it is ready."""
        if len(self._under_way) < MOST_ASKED:
            self._spawn(self._answer(ask))

    async def close(self) -> None:
        """Leave the questions under way without an answer."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _answer(self, ask: Ask) -> None:
        try:
            answer: dict[str, Any] = {"ok": await self._find(ask.question, ask.about)}
        except LookupError as error:
            answer = {"error": 404, "detail": str(error.args[0]) if error.args else "not found"}
        except ValueError as error:
            answer = {"error": 422, "detail": str(error)}
        except Exception:  # anybody may ask, and no question may end the keeper of the journal
            log.exception("%s %s cannot be answered", ask.question, ask.about)
            return
        body = await asyncio.to_thread(_packed, answer)
        parts = [body[start : start + PART_BYTES] for start in range(0, len(body), PART_BYTES)]
        for number, part in enumerate(parts):
            self._bus.publish(AnswerPart(ask.id, ask.service, number, len(parts), part))

    async def _find(self, question: str, about: dict[str, str]) -> dict[str, Any]:
        if question == "devices":
            return {**self._devices.answer(), "backup": asdict(self._backups.state)}
        if question == "held":
            return self._devices.held(about["device"], about["epoch"], _numbers(about["seqs"]))
        if question == "line":
            return self._line.answer(about)
        if question == "rejected":
            return await self._rejected(about)
        if looks_back(self._meeting, question, about):  # replays the race: seconds, where there are 50,000 entries
            async with self._past:
                return await asyncio.to_thread(self._meeting.answer, question, about)
        return self._meeting.answer(question, about)

    async def _rejected(self, about: dict[str, str]) -> dict[str, Any]:
        limit = about.get("limit", "100")
        if not (limit.isascii() and limit.isdecimal() and len(limit) < 10):
            raise ValueError(f"`limit` is {limit!r}: a whole number is needed")
        kept = await self._journal.rejected(min(int(limit), MOST_REJECTED))
        listed = [
            {
                "topic": each.rejected.topic,
                "reason": each.rejected.reason,
                "raw": each.rejected.raw[:RAW_SHOWN].decode(errors="replace"),
                "heard_at_ms": each.heard_at_ms,
                "times": each.times,
                "device": each.rejected.device,
            }
            for each in kept
        ]
        return {"rejected": listed, "count": self._journal.rejected_count}


def _numbers(text: str) -> list[int]:
    numbers = text.split(",")
    if not all(number.isascii() and number.isdecimal() and len(number) <= 16 for number in numbers):
        raise ValueError("`seqs` are whole numbers with a comma between them")
    return [int(number) for number in numbers]


def _packed(answer: dict[str, Any]) -> bytes:
    return zlib.compress(to_json(answer), 1)
