"""What only ingest knows, asked over the bus: answers in parts, verdicts on decisions, watermarks of passages.

Bounded everywhere: how long a request waits, how many questions are under way, how large an answer may be. Equal
questions share one answer, and it serves until the board it is about changes.
"""

import asyncio
import secrets
import time
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

from live.messages.decisions import Decision, Verdict
from live.messages.devices import PassageBatch, Stored
from live.messages.services import AnswerPart, Ask
from live.strict_json import from_json
from live.wire import Message

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""Uncompressed: a board of 50,000 rows with room to spare."""
MAX_PARTS = 256
MAX_UNDER_WAY = 64
"""Questions that wait for ingest at one time; more are turned away, so that a flood does not reach the journal."""
MAX_PAST_BOARDS = 2
"""Boards of the past under way at one time: each costs ingest a replay of the race."""
KEPT_BYTES = 32 * 1024 * 1024
KEPT_FOR_S = 5.0
"""A fact may change an answer but no board (an ignored passage of a team): it is shown after this time at most."""


class NoAnswer(Exception):
    """Ingest did not answer in time; the text is for people. `members` may say more to programs."""

    def __init__(self, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.members = members


class Refused(Exception):
    """Ingest understood and says no; `status` is that of HTTP."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(slots=True)
class _Question:
    """A question under way: the parts of its answer that came so far, and who waits."""

    answered: asyncio.Future[bytes]
    parts: dict[int, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Watch:
    """A request that waits until a device's passages are durable; `heard` is set by each word about its epoch."""

    device: str
    epoch: str
    through: int
    heard: asyncio.Event = field(default_factory=asyncio.Event)


class Answers:
    """Asks, and waits for what comes back: `hear` must be given every message of the bus that is for the web."""

    def __init__(
        self,
        publish: Callable[[Message], None],
        connected: Callable[[], bool],
        service: str,
        wait_s: float,
        stamp: Callable[[str], Hashable],
        took_s: Callable[[str, float], None],
    ) -> None:
        """`service` is our name in topics, `stamp` the state of a race's board, `took_s` hears each asking's time."""
        self._publish = publish
        self._connected = connected
        self._service = service
        self._wait_s = wait_s
        self._stamp = stamp
        self._took_s = took_s
        self._questions: dict[str, _Question] = {}
        self._past_boards = asyncio.Semaphore(MAX_PAST_BOARDS)
        self._shared: dict[Hashable, asyncio.Task[bytes]] = {}
        self._kept: OrderedDict[Hashable, tuple[Hashable, float, bytes]] = OrderedDict()
        self._kept_bytes = 0
        self._verdicts: dict[str, list[asyncio.Future[Verdict]]] = {}
        self._watches: list[_Watch] = []
        self._stored: dict[str, Stored] = {}
        self._waits: set[asyncio.Timeout] = set()
        self._stopping = False

    def stop(self) -> None:
        """Wait no longer: whoever waits is told at once that there is no answer, and so is whoever still asks.

        Ingest stops when we do. A request that waited for it until it is cut would be answered 500.
        """
        self._stopping = True
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(0)

    # -- what requests call ---------------------------------------------------------------------------------------

    async def ask(self, question: str, **about: str) -> dict[str, Any]:
        """Return ingest's answer.

        Raises:
            NoAnswer: none came in time, or too many wait already.
            Refused: ingest says no, with 404 or 422.
        """
        key = (question, *sorted(about.items()))
        kept_for = question in ("team", "board_at") and "official" not in about  # whose board may change unseen
        stamp = self._stamp(about["race"]) if kept_for else None
        kept = self._kept.get(key)
        if stamp is not None and kept is not None and kept[0] == stamp and time.monotonic() - kept[1] < KEPT_FOR_S:
            self._kept.move_to_end(key)
            return _understood(kept[2])
        task = self._shared.get((key, stamp))
        if task is None:
            task = self._shared[key, stamp] = asyncio.create_task(self._fetch(question, about))
            task.add_done_callback(lambda done: self._finish(key, stamp, done))
        # One visitor who leaves must not take the answer from the others.
        return _understood(await asyncio.shield(task))

    async def decide(self, decision: Decision) -> Verdict:
        """Send a decision; return ingest's verdict.

        Raises:
            NoAnswer: none came in time. It may come to effect yet: the same id may be sent again, without harm.
        """
        self._require_bus()
        waiting = self._verdicts.setdefault(decision.id, [])
        verdict: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        waiting.append(verdict)
        try:
            self._publish(decision)
            async with self._in_time():
                return await verdict
        except TimeoutError:
            detail = "the decision was sent, but not confirmed yet: send it again with the same id"
            raise NoAnswer(detail, id=decision.id) from None
        finally:
            waiting.remove(verdict)
            if not waiting:
                self._verdicts.pop(decision.id, None)

    async def store_passages(self, batch: PassageBatch) -> Stored:
        """Send passages for a device; return the watermark once they are durable, which may be above it.

        Raises:
            NoAnswer: they were not in time, with the watermark there is: what is above it must be sent (again).
        """
        self._require_bus()
        watch = _Watch(batch.device, batch.epoch, self._through(batch.device, batch.epoch))
        self._watches.append(watch)
        try:
            if batch.passages:
                self._publish(batch)
            async with self._in_time():
                return await self._durable(batch, watch)
        except TimeoutError:
            detail = f"durable through seq {watch.through} only: send what comes after it again"
            raise NoAnswer(detail, epoch=batch.epoch, through=watch.through) from None
        finally:
            self._watches.remove(watch)

    # -- what the bus brings --------------------------------------------------------------------------------------

    def hear(self, message: Message) -> None:
        """Take in a message; those who waited for it go on."""
        if isinstance(message, AnswerPart):
            self._take(message)
        elif isinstance(message, Verdict):
            for waiting in self._verdicts.get(message.id, ()):
                if not waiting.done():
                    waiting.set_result(message)
        elif isinstance(message, Stored):
            self._stored[message.device] = message
            for watch in self._watches:
                if (watch.device, watch.epoch) == (message.device, message.epoch):
                    watch.through = message.through
                    watch.heard.set()

    def _take(self, part: AnswerPart) -> None:
        question = self._questions.get(part.id)
        if question is None or question.answered.done() or not part.part < part.parts <= MAX_PARTS:
            return  # too late, or none of ours
        question.parts[part.part] = part.body
        if len(question.parts) == part.parts:
            question.answered.set_result(b"".join(body for _, body in sorted(question.parts.items())))

    def _through(self, device: str, epoch: str) -> int:
        stored = self._stored.get(device)
        return stored.through if stored is not None and stored.epoch == epoch else 0

    async def _durable(self, batch: PassageBatch, watch: _Watch) -> Stored:
        """Wait for the watermark. Ingest tells it after each commit, also where a hole below keeps it from rising."""
        seqs = [passage.seq for passage in batch.passages]
        while above := [seq for seq in seqs if seq > watch.through]:
            if watch.heard.is_set():
                watch.heard.clear()
                if (through := await self._held(batch, above)) is not None:
                    return Stored(batch.device, batch.epoch, through)
            else:
                await watch.heard.wait()
        return Stored(batch.device, batch.epoch, watch.through)

    async def _held(self, batch: PassageBatch, seqs: list[int]) -> int | None:
        """Return the watermark if all of these are in the journal, though it does not cover them; no answer is no."""
        about = {"device": batch.device, "epoch": batch.epoch, "seqs": ",".join(map(str, seqs))}
        try:  # never shared with another request: that one's answer may be older than what we heard
            stored = _understood(await self._fetch("held", about))
        except (NoAnswer, Refused):
            return None
        return int(stored["through"]) if stored["held"] else None

    # -- asking ---------------------------------------------------------------------------------------------------

    def _require_bus(self) -> None:
        if not self._connected():
            raise NoAnswer("this server has lost the broker: try again in a moment")

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        """Raises TimeoutError where what is inside takes longer than requests wait, or than we are there."""
        async with asyncio.timeout(0 if self._stopping else self._wait_s) as wait:
            self._waits.add(wait)
            try:
                yield
            finally:
                self._waits.discard(wait)

    async def _fetch(self, question: str, about: dict[str, str]) -> bytes:
        self._require_bus()
        if len(self._questions) >= MAX_UNDER_WAY:
            raise NoAnswer("too many questions at one time: try again in a moment")
        ask = Ask(secrets.token_hex(8), self._service, question, about)
        under_way = self._questions[ask.id] = _Question(asyncio.get_running_loop().create_future())
        turn = self._past_boards if question == "board_at" else nullcontext()
        begun_s = time.monotonic()
        try:
            async with self._in_time(), turn:
                self._publish(ask)
                compressed = await under_way.answered
        except TimeoutError:
            within = "before this server stopped" if self._stopping else f"within {self._wait_s:g} s"
            raise NoAnswer(f"the keeper of the journal did not answer {within}") from None
        finally:
            del self._questions[ask.id]
            self._took_s(question, time.monotonic() - begun_s)
        return _unpacked(compressed)

    def _finish(self, key: Hashable, stamp: Hashable, done: asyncio.Task[bytes]) -> None:
        self._shared.pop((key, stamp), None)
        if done.cancelled() or done.exception() is not None or stamp is None:
            return
        body = done.result()
        old = self._kept.pop(key, None)
        self._kept_bytes += len(body) - (len(old[2]) if old else 0)
        self._kept[key] = (stamp, time.monotonic(), body)
        while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1][2])


def _unpacked(compressed: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        body = unpacking.decompress(compressed, MAX_ANSWER_BYTES)
    except zlib.error as error:
        raise NoAnswer("the answer of the journal's keeper cannot be read") from error
    if not unpacking.eof:
        raise NoAnswer("the answer is too large: ask for less")
    return body


def _understood(body: bytes) -> dict[str, Any]:
    answer = from_json(body)
    if "error" in answer:
        raise Refused(int(answer["error"]), str(answer.get("detail", "")))
    return cast(dict[str, Any], answer["ok"])
