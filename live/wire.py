"""Message <-> (topic, bytes, QoS, retained): the only place where a topic is spelled and JSON meets a type.

Bad input is refused by type, `Unreadable`, and never crashes: what arrives is anybody's bytes (T20, T21).
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, TypeVar, cast

import msgspec

from live.messages import (
    RULINGS,
    AnswerPart,
    Ask,
    BoardChanges,
    BoardHead,
    BoardPage,
    BrokerHealth,
    Canary,
    Clock,
    ClockAnswer,
    ClockAsked,
    Decision,
    DeviceStatus,
    Health,
    LinePassage,
    Member,
    Message,
    NamesSaid,
    Notice,
    Passage,
    PassageBatch,
    Rejected,
    Ruling,
    ScreenShows,
    SilentPoints,
    Stored,
    Unveiled,
    Verdict,
)
from live.programme import code

VERSION: Final = 1
GRAMMAR: Final = re.compile(r"[a-z0-9-]{1,64}")
"""Ids in topics. A space in a topic locks some brokers and clients in an endless loop."""

MAX_INT: Final = 2**53 - 1
MAX_TEXT: Final = 64
MAX_DOUBT: Final = 320
"""The id of a doubt names a race, a bib, and a passage by its device, epoch and number."""
MAX_REASON: Final = 1_000
MAX_LISTED: Final = 1_000
"""Members of a list in a decision."""
CANARY: Final = "canary"
"""The id of the device that is none: what it publishes proves the chain, and is no fact."""
CODES: Final = ("bib", "chip", "runner")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no text of ours holds: control characters, NUL among them, and halves of surrogate pairs."""

T = TypeVar("T")


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


def to_json(value: object) -> bytes:
    """Return compact UTF-8 JSON; members in the order in which they were written."""
    return msgspec.json.encode(value)


def from_json(raw: bytes | str) -> Any:
    """Return the JSON value.

    Raises:
        ValueError: no JSON, or nested too deep.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise ValueError(f"no JSON: {error}") from error


def from_anybody(raw: bytes) -> Any:
    """Return the JSON value of what becomes a fact. Where a member is there twice, nobody knows which one counts.

    Raises:
        ValueError: no JSON, nested too deep, or a member is there twice.
    """
    value = from_json(raw)
    try:
        json.loads(raw, object_pairs_hook=_named_once)
    except RecursionError as error:
        raise ValueError(f"no JSON: {error}") from error
    return value


def _named_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(members)
    if len(named) < len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the member {twice[:MAX_TEXT]!r} is there twice")
    return named


def convert(value: object, kind: type[T]) -> T:
    """Return plain JSON data as a frozen dataclass.

    Raises:
        ValueError: a member is missing or of the wrong type; the message names it.
    """
    try:
        return msgspec.convert(value, kind, strict=True)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ValueError(str(error)) from error


def shown(value: object) -> str:
    """Return a value as a reason names it, of a size that can be shown whoever sent it."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = repr(value)
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


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


# --- passages ---------------------------------------------------------------------------------------------------


def read_passages(topic: str, device: str, body: dict[str, Any]) -> PassageBatch:
    """Return one message of a device; a bad passage in it is set aside, the others are kept.

    Raises:
        ValueError: the message has no epoch or no list of passages.
    """
    epoch = _text(body, "epoch", required=True)
    listed = body.get("passages")
    if not isinstance(listed, list):
        raise ValueError("`passages` is no list")
    good: list[Passage] = []
    bad: list[Rejected] = []
    for item in listed:
        try:
            good.append(_passage(device, cast(str, epoch), item))
        except ValueError as error:
            seq = item.get("seq") if isinstance(item, dict) else None
            known = isinstance(seq, int) and not isinstance(seq, bool) and 1 <= seq <= MAX_INT
            bad.append(Rejected(topic, to_json(item), str(error), device, epoch, cast(int, seq) if known else None))
    return PassageBatch(device, cast(str, epoch), tuple(good), tuple(bad))


def _passage(device: str, epoch: str, item: object) -> Passage:
    if not isinstance(item, dict):
        raise ValueError("a passage that is no JSON object")
    chip, bib = _code(item, "chip"), _code(item, "bib")
    if chip is None and bib is None:
        raise ValueError("a passage without `chip` or `bib`")
    return Passage(
        device=device,
        epoch=epoch,
        seq=_whole(item, "seq", least=1),
        at_ms=_whole(item, "at_ms", least=0),
        chip=chip,
        bib=bib,
        runner=_code(item, "runner"),
        race=_text(item, "race"),
        point=_text(item, "point"),
        rssi=item["rssi"] if _is_int(item.get("rssi")) else None,
        reads=item["reads"] if _is_int(item.get("reads")) else None,
    )


def passage_members(passage: Passage) -> dict[str, Any]:
    """Return the passage as it stands in a message's list."""
    members = ("seq", "chip", "bib", "runner", "race", "point", "at_ms", "rssi", "reads")
    return {name: value for name in members if (value := getattr(passage, name)) is not None}


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT


def _whole(item: dict[str, Any], name: str, least: int) -> int:
    value = item.get(name)
    if not _is_int(value) or cast(int, value) < least:
        raise ValueError(f"`{name}` is no whole number from {least} to 2^53")
    return cast(int, value)


def _text(item: dict[str, Any], name: str, required: bool = False, most: int = MAX_TEXT) -> str | None:
    value = item.get(name)
    if value is None and not required:
        return None
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= most:
        raise ValueError(f"`{name}` is no text of 1 to {most} characters")
    if CONTROL.search(text):
        raise ValueError(f"`{name}` holds a control character")
    return text


def _code(item: dict[str, Any], name: str) -> str | None:
    value = item.get(name)
    if _is_int(value):  # a bib typed as a number (T18)
        value = str(value)
    return _text({name: code(value) if isinstance(value, str) else value}, name)  # upper case may be longer


# --- decisions --------------------------------------------------------------------------------------------------


def read_decision(body: dict[str, Any], by: str, at_ms: int) -> Decision:
    """Return a decision as an official posts it; who and when are the server's to say.

    Raises:
        ValueError: no id, an unknown type, a member missing or of the wrong type.
    """
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in RULINGS:
        raise ValueError(f"`type` is {shown(kind)}: one of {', '.join(sorted(RULINGS))}")
    reason = body.get("reason", "")
    if not isinstance(reason, str) or len(reason) > MAX_REASON:
        raise ValueError(f"`reason` is no text of at most {MAX_REASON} characters")
    base_version = body.get("base_version")
    if base_version is not None and not _is_int(base_version):
        raise ValueError("`base_version` is no whole number")
    ruling = convert({name: value for name, value in body.items() if name != "type"}, RULINGS[kind])
    _check_members(ruling)
    return Decision(cast(str, _text(body, "id", required=True)), by, at_ms, ruling, reason, base_version)


def _check_members(ruling: Ruling | Member) -> None:
    """Hold every member to its bounds, and bring codes into their one normal form.

    Raises:
        ValueError: a member is out of bounds; the message names it.
    """
    for each in fields(ruling):
        value = getattr(ruling, each.name)
        if isinstance(value, Member):
            _check_members(value)
        elif isinstance(value, int) and not (-MAX_INT <= value <= MAX_INT):
            raise ValueError(f"`{each.name}` is out of range")
        elif isinstance(value, str):
            object.__setattr__(ruling, each.name, _member(each.name, value))
        elif isinstance(value, tuple):
            object.__setattr__(ruling, each.name, _listed(each.name, value))


def _member(name: str, value: str) -> str:
    """A text of a decision: a code in its normal form, a device as in its topic."""
    if name == "doubt":
        return cast(str, _text({name: value}, name, most=MAX_DOUBT))
    text = cast(str, (_code if name in CODES else _text)({name: value}, name))
    return text.lower() if name == "device" else text


def _listed(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A list of codes in normal form, or of whole numbers."""
    if len(values) > MAX_LISTED:
        raise ValueError(f"`{name}` has more than {MAX_LISTED} members")
    if name != "places":
        return tuple(cast(str, _code({name: value}, name)) for value in values)
    if not all(_is_int(value) for value in values):
        raise ValueError(f"`{name}` is out of range")
    return values


@dataclass(frozen=True, slots=True)
class _Said:
    """A decision without its ruling."""

    id: str
    by: str
    at_ms: int
    reason: str = ""
    base_version: int | None = None


def journaled_decision(members: Any) -> Decision:
    """Return a decision as `decision_members` wrote it.

    Its limits were checked when it came in. They are not checked again: who reads the journal later may have others.

    Raises:
        ValueError: an unknown type, a member missing or of the wrong type.
    """
    kind = members.get("type") if isinstance(members, dict) else None
    if not isinstance(kind, str) or kind not in RULINGS:
        raise ValueError(f"`type` is {kind!r}")
    said = convert(members, _Said)
    return Decision(said.id, said.by, said.at_ms, convert(members, RULINGS[kind]), said.reason, said.base_version)


def decision_members(decision: Decision) -> dict[str, Any]:
    """Return the decision as it goes over the bus and into the journal."""
    return {
        "v": VERSION,
        "id": decision.id,
        "by": decision.by,
        "at_ms": decision.at_ms,
        "reason": decision.reason,
        "base_version": decision.base_version,
        "type": decision.ruling.type,
        **asdict(decision.ruling),
    }


# --- one reader and one writer per message ----------------------------------------------------------------------

Reader = Callable[[str, list[str], dict[str, Any]], Message]


def _read_decision(topic: str, levels: list[str], body: dict[str, Any]) -> Decision:
    return read_decision(body, cast(str, _text(body, "by", required=True)), _whole(body, "at_ms", least=0))


def _read_answer(topic: str, levels: list[str], payload: bytes) -> AnswerPart:
    if not all(level.isdecimal() and len(level) < 10 for level in levels[3:]):
        raise Unreadable(Rejected(topic, payload, "an answer without its part number"))
    return AnswerPart(levels[2], levels[1], int(levels[3]), int(levels[4]), payload)


def _read_status(topic: str, levels: list[str], body: dict[str, Any]) -> DeviceStatus:
    status = convert({**body, "device": levels[1], "epoch": _text(body, "epoch")}, DeviceStatus)
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
    ("clock", 2, ""): lambda topic, levels, body: ClockAsked(levels[1], _whole(body, "sent_ms", least=-MAX_INT)),
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
