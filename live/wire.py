"""Message <-> (topic, bytes, QoS, retained): the only place where a topic is spelled.

Bad input is refused by type, `Unreadable`, and never crashes: what arrives is anybody's bytes (T20, T21).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final

from live.fact_members import (
    MAX_REASON,
    VERSION,
    decision_members,
    optional_text,
    passage_members,
    read_decision,
    read_passages,
    text,
    whole,
)
from live.messages.boards import BoardChanges, BoardHead, BoardPage
from live.messages.decisions import Decision, Verdict
from live.messages.devices import Clock, ClockAnswer, ClockAsked, DeviceStatus, PassageBatch, Rejected, Stored
from live.messages.display import LinePassage, NamesSaid, Notice, ScreenShows, SilentPoints, Unveiled
from live.messages.services import AnswerPart, Ask, BrokerHealth, Canary, Health
from live.strict_json import MAX_INT, convert, from_anybody, from_json, shown, to_json

GRAMMAR: Final = re.compile(r"[a-z0-9-]{1,64}")
"""Ids in topics. A space in a topic locks some brokers and clients in an endless loop."""
CANARY: Final = "canary"
"""The id of the device that is none: what it publishes proves the chain, and is no fact."""

Message = (
    PassageBatch
    | DeviceStatus
    | Stored
    | ClockAsked
    | ClockAnswer
    | Decision
    | Verdict
    | BoardHead
    | BoardPage
    | BoardChanges
    | LinePassage
    | ScreenShows
    | Unveiled
    | NamesSaid
    | Notice
    | SilentPoints
    | Health
    | Canary
    | BrokerHealth
    | Ask
    | AnswerPart
)


class Unreadable(ValueError):
    """A message that cannot be understood; `rejected` is what the journal keeps of it."""

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(rejected.reason)
        self.rejected = rejected


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What the bus sends."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False


def in_topic(name: str) -> str:
    """Return the id, fit for a topic.

    Raises:
        ValueError: it holds something else than a-z, 0-9 and `-`.
    """
    if not GRAMMAR.fullmatch(name):
        raise ValueError(f"{shown(name)} cannot stand in a topic: a-z, 0-9 and - only, 64 at most")
    return name


class Topics:
    """The topics of one event. `for_…` are filters to subscribe to."""

    def __init__(self, event: str) -> None:
        """Raises ValueError when the event's id cannot stand in a topic."""
        self.root = f"live/{in_topic(event)}/"

    def passages(self, device: str) -> str:
        """Where a device publishes."""
        return f"{self.root}passages/{in_topic(device)}"

    def device(self, device: str) -> str:
        """A device's own status, retained, and its last will."""
        return f"{self.root}devices/{in_topic(device)}"

    def stored(self, device: str) -> str:
        """What is durable, for that device."""
        return f"{self.root}stored/{in_topic(device)}"

    def clock(self, device: str) -> str:
        """Where a device asks the time; the answer comes one level below."""
        return f"{self.root}clock/{in_topic(device)}"

    def decisions(self, official: str) -> str:
        """Where the web puts an official's decision."""
        return f"{self.root}decisions/{in_topic(official)}"

    @property
    def for_ingest(self) -> tuple[tuple[str, int], ...]:
        """What ingest listens to, with the QoS. `+` only: a filter with `#` needs two permissions."""
        r = self.root
        return (
            (f"{r}passages/+", 1),
            (f"{r}decisions/+", 1),
            (f"{r}devices/+", 0),
            (f"{r}clock/+", 0),
            (f"{r}asks/+", 0),
            (f"{r}health/ingest", 0),
            (f"{r}health/broker", 0),
        )

    @property
    def for_boards(self) -> tuple[tuple[str, int], ...]:
        """The state that broadcast and web keep."""
        r = self.root
        return (
            (f"{r}boards/+", 0),
            (f"{r}boards/+/changes", 0),
            (f"{r}boards/+/pages/+", 0),
            (f"{r}boards/+/points", 0),
            (f"{r}boards/+/canary", 0),
            (f"{r}notices/+", 0),
            (f"{r}health/ingest", 0),
        )

    def for_web(self, service: str) -> tuple[tuple[str, int], ...]:
        """What a web process listens to: boards, verdicts, watermarks, who is at the line, what screens show and
        speakers said, and the answers to its own questions.
        """
        r = self.root
        return (
            *self.for_boards,
            (f"{r}health/broker", 0),
            (f"{r}verdicts", 0),
            (f"{r}stored/+", 0),
            (f"{r}line/+", 0),
            (f"{r}screens/+", 0),
            (f"{r}unveiled/+", 0),
            (f"{r}said/+", 0),
            (f"{r}answers/{in_topic(service)}/+/+/+", 0),
        )

    @property
    def for_canary(self) -> tuple[tuple[str, int], ...]:
        """What the canary listens to."""
        return ((self.stored(CANARY), 1),)

    @property
    def for_replay(self) -> tuple[tuple[str, int], ...]:
        """What a replay listens to, as all devices in one: a session has room for few filters at QoS 1."""
        return ((f"{self.root}stored/+", 1),)

    def for_device(self, device: str) -> tuple[tuple[str, int], ...]:
        """What a device listens to."""
        return ((self.stored(device), 1), (f"{self.clock(device)}/answer", 0))

    # -- out ------------------------------------------------------------------------------------------------------

    def encode(self, message: Message) -> Outgoing:
        """Return the message as it goes over the bus.

        Raises:
            ValueError: an id in it cannot stand in a topic.
        """
        return _ENCODERS[type(message)](self, message)

    # -- in -------------------------------------------------------------------------------------------------------

    def decode(self, topic: str, payload: bytes) -> Message:
        """Return what the message says.

        Raises:
            Unreadable: the topic is none of ours, or the payload is not what this topic carries.
        """
        if not topic.startswith(self.root):
            raise Unreadable(Rejected(topic, payload, "a topic of another event"))
        levels = topic[len(self.root) :].split("/")
        if not all(GRAMMAR.fullmatch(level) for level in levels):  # we could not answer on such a topic
            raise Unreadable(Rejected(topic, payload, "a topic with something else than a-z, 0-9 and - in it"))
        reader = _DECODERS.get((levels[0], len(levels), levels[2] if len(levels) > 2 else ""))
        if reader is None and levels[0] == "answers" and len(levels) == 5:
            return _read_answer(topic, levels, payload)
        if reader is None:
            raise Unreadable(Rejected(topic, payload, "a topic that this version does not know"))
        try:
            body = (from_anybody if levels[0] in ("passages", "decisions") else from_json)(payload)
            if not isinstance(body, dict):
                raise ValueError("no JSON object")
            if body.get("v") != VERSION or isinstance(body.get("v"), bool):
                raise ValueError(f"version {shown(body.get('v'))}: this server understands version {VERSION}")
            return reader(topic, levels, body)
        except ValueError as error:
            device = levels[1] if levels[0] == "passages" else None
            raise Unreadable(Rejected(topic, payload, str(error)[:MAX_REASON], device=device)) from error


# --- one reader and one writer per message ----------------------------------------------------------------------

Reader = Callable[[str, list[str], dict[str, Any]], Message]


def _read_decision(topic: str, levels: list[str], body: dict[str, Any]) -> Decision:
    return read_decision(body, text(body, "by"), whole(body, "at_ms", least=0))


def _read_answer(topic: str, levels: list[str], payload: bytes) -> AnswerPart:
    if not all(level.isdecimal() and len(level) < 10 for level in levels[3:]):
        raise Unreadable(Rejected(topic, payload, "an answer without its part number"))
    return AnswerPart(levels[2], levels[1], int(levels[3]), int(levels[4]), payload)


def _read_status(topic: str, levels: list[str], body: dict[str, Any]) -> DeviceStatus:
    status = convert({**body, "device": levels[1], "epoch": optional_text(body, "epoch")}, DeviceStatus)
    clock = status.clock or Clock()
    for number in (status.at_ms or 0, status.last_seq, status.queued, abs(clock.offset_ms), clock.error_ms):
        if not 0 <= number <= MAX_INT:
            raise ValueError(f"{number} is out of range")
    return status


def _read_health(topic: str, levels: list[str], body: dict[str, Any]) -> Health | BrokerHealth:
    return convert(body, BrokerHealth) if levels[1] == "broker" else convert(body, Health)


def _read_ask(topic: str, levels: list[str], body: dict[str, Any]) -> Ask:
    ask = convert({**body, "service": levels[1]}, Ask)
    in_topic(ask.id)  # its answer carries it in the topic
    return ask


def _plain(kind: type[Message], named: str | None = None) -> Reader:
    """A reader for a message whose members are its fields; `named` is the field that the topic gives."""

    def read(topic: str, levels: list[str], body: dict[str, Any]) -> Message:
        return convert(body if named is None else {**body, named: levels[1]}, kind)

    return read


_DECODERS: dict[tuple[str, int, str], Reader] = {
    ("passages", 2, ""): lambda topic, levels, body: read_passages(topic, levels[1], body),
    ("devices", 2, ""): _read_status,
    ("stored", 2, ""): _plain(Stored, "device"),
    ("clock", 2, ""): lambda topic, levels, body: ClockAsked(levels[1], whole(body, "sent_ms", least=-MAX_INT)),
    ("clock", 3, "answer"): _plain(ClockAnswer, "device"),
    ("decisions", 2, ""): _read_decision,
    ("verdicts", 1, ""): _plain(Verdict),
    ("boards", 2, ""): _plain(BoardHead),
    ("boards", 3, "changes"): _plain(BoardChanges),
    ("boards", 4, "pages"): _plain(BoardPage),
    ("boards", 3, "points"): _plain(SilentPoints, "race"),
    ("boards", 3, "canary"): _plain(Canary),
    ("health", 2, ""): _read_health,
    ("line", 2, ""): _plain(LinePassage, "race"),
    ("screens", 2, ""): _plain(ScreenShows, "name"),
    ("unveiled", 2, ""): _plain(Unveiled, "race"),
    ("said", 2, ""): _plain(NamesSaid, "race"),
    ("notices", 2, ""): _plain(Notice, "id"),
    ("asks", 2, ""): _read_ask,
}


def _members(message: object, *left_out: str) -> bytes:
    body = {"v": VERSION}
    for each in fields(message):  # type: ignore[arg-type]
        if each.name not in left_out:
            body[each.name] = getattr(message, each.name)
    return to_json(body)


def _out_passages(topics: Topics, batch: PassageBatch) -> Outgoing:
    body = {"v": VERSION, "epoch": batch.epoch, "passages": [passage_members(p) for p in batch.passages]}
    return Outgoing(topics.passages(batch.device), to_json(body), qos=1)


def _out_answer(topics: Topics, part: AnswerPart) -> Outgoing:
    ids = f"{in_topic(part.service)}/{in_topic(part.id)}/{part.part}/{part.parts}"
    return Outgoing(f"{topics.root}answers/{ids}", part.body, qos=0)


_ENCODERS: dict[type[Message], Callable[[Topics, Any], Outgoing]] = {
    PassageBatch: _out_passages,
    DeviceStatus: lambda t, m: Outgoing(t.device(m.device), _members(m, "device"), qos=1, retain=True),
    Stored: lambda t, m: Outgoing(t.stored(m.device), _members(m, "device"), qos=1, retain=True),
    ClockAsked: lambda t, m: Outgoing(t.clock(m.device), _members(m, "device"), qos=0),
    ClockAnswer: lambda t, m: Outgoing(f"{t.clock(m.device)}/answer", _members(m, "device"), qos=0),
    Decision: lambda t, m: Outgoing(t.decisions(m.by), to_json(decision_members(m)), qos=1),
    Verdict: lambda t, m: Outgoing(f"{t.root}verdicts", _members(m), qos=0),
    BoardHead: lambda t, m: Outgoing(f"{t.root}boards/{in_topic(m.race)}", _members(m), qos=1, retain=True),
    BoardPage: lambda t, m: Outgoing(
        f"{t.root}boards/{in_topic(m.race)}/pages/{m.page}", _members(m), qos=1, retain=True
    ),
    BoardChanges: lambda t, m: Outgoing(f"{t.root}boards/{in_topic(m.head.race)}/changes", _members(m), qos=0),
    Canary: lambda t, m: Outgoing(f"{t.root}boards/all/canary", _members(m), qos=1, retain=True),
    LinePassage: lambda t, m: Outgoing(f"{t.root}line/{in_topic(m.race)}", _members(m, "race"), qos=0),
    ScreenShows: lambda t, m: Outgoing(f"{t.root}screens/{in_topic(m.name)}", _members(m, "name"), qos=1, retain=True),
    Unveiled: lambda t, m: Outgoing(f"{t.root}unveiled/{in_topic(m.race)}", _members(m, "race"), qos=1, retain=True),
    NamesSaid: lambda t, m: Outgoing(f"{t.root}said/{in_topic(m.race)}", _members(m, "race"), qos=1, retain=True),
    Notice: lambda t, m: Outgoing(f"{t.root}notices/{in_topic(m.id)}", _members(m, "id"), qos=1, retain=True),
    SilentPoints: lambda t, m: Outgoing(
        f"{t.root}boards/{in_topic(m.race)}/points", _members(m, "race"), qos=1, retain=True
    ),
    Health: lambda t, m: Outgoing(f"{t.root}health/ingest", _members(m), qos=0, retain=True),
    BrokerHealth: lambda t, m: Outgoing(f"{t.root}health/broker", _members(m), qos=0, retain=True),
    Ask: lambda t, m: Outgoing(f"{t.root}asks/{in_topic(m.service)}", _members(m), qos=0),
    AnswerPart: _out_answer,
}
