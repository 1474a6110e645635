"""Hostile messages by the million: the examples of the contract, mutated, and noise. The same seed, the same message.

A round takes one message through all that it can meet: `Topics.decode`; what passes goes into the journal and out of it
again, and through the meeting, which must have a verdict on it. Anything raised but `Unreadable` is a bug.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from live.fact_members import MAX_REASON
from live.ingest import explain
from live.ingest.device_book import DeviceBook
from live.ingest.meeting import Meeting
from live.ingest.records import recorded_of, rejected_row, row_of
from live.ingest.watermarks import Watermarks
from live.messages.boards import BoardChanges, BoardHead, BoardPage, Forecast, Row
from live.messages.decisions import Decision, Verdict
from live.messages.devices import ClockAsked, DeviceStatus, PassageBatch, Rejected, Stored
from live.messages.facts import Recorded
from live.messages.services import AnswerPart, Ask, BrokerHealth, Canary, Health, Trespass
from live.strict_json import to_json
from live.wire import GRAMMAR, Message, Topics, Unreadable
from tests.conftest import START_MS, entry, relay, small_event

CONTRACTS = Path(__file__).parent / "contracts"
EVENT = "test-race"
HEARD_MS = START_MS + 900_000

ALONE = tuple(entry(number, "laps") for number in (10, 11))
LAPS = replace(relay(), id="laps", legs=(("A",),), repeat=5, finish="with_leader", entries=ALONE)
CHIPS = ("1A", "2A", "1B", "11A", "12A", "nobody's")

HEAD = BoardHead("relay", "j", 3, "running", START_MS, laps_total=3, entries=5, pages=1, gun_ms=START_MS)
ROW = Row("1", 3, (0, 1), True, "running", 1, "line", 800_000, HEARD_MS, missing=("A",), next=Forecast(HEARD_MS, 9))
INTERNAL: tuple[Message, ...] = (
    Stored("mat-line", "9f2c", 41),
    Verdict("d-1", 202, 7),
    HEAD,
    BoardPage("relay", "j", 0, (ROW,), 3),
    BoardChanges(HEAD, 2, (ROW,)),
    Health("c", HEARD_MS, "j", 3, passages=2),
    Canary("c1", 1, START_MS, HEARD_MS, HEARD_MS),
    BrokerHealth(HEARD_MS, START_MS, trespasses=(Trespass("mat-line", "flood", "", 2, HEARD_MS),), counts={"flood": 2}),
    Ask("a-1", "web", "team", {"race": "relay", "bib": "1"}),
    AnswerPart("a-1", "web", 0, 1, b"{}"),
)
"""What services say to each other: the contract has no example of it."""

RULED: tuple[dict[str, Any], ...] = (
    {"type": "fire_gun", "race": "relay", "gun_at_ms": START_MS, "wave": None},
    {"type": "void_passage", "device": "mat-line", "epoch": "9f2c", "seq": 1},
    {"type": "restore_passage", "device": "mat-line", "epoch": "9f2c", "seq": 1},
    {"type": "add_crossing", "race": "relay", "bib": "1", "runner": "A", "crossed_at_ms": START_MS + 800_000},
    {"type": "assign_chip", "chip": "2A", "race": "relay", "bib": "1", "runner": "A", "from_at_ms": None},
    {"type": "set_status", "race": "relay", "bib": "1", "status": "dnf"},
    {"type": "adjust_time", "race": "relay", "bib": "1", "by_ms": 5_000},
    {"type": "restart", "race": "relay", "lap": 2, "restart_at_ms": START_MS + 1_000_000},
    {"type": "swap_chips", "race": "relay", "a": {"bib": "1", "runner": "A"}, "b": {"bib": "2", "runner": "B"}},
    {"type": "reorder_runners", "race": "relay", "bib": "1", "order": ["B", "A", "C"]},
    {"type": "shift_clock", "device": "mat-line", "from_at_ms": None, "to_at_ms": START_MS, "by_ms": 37_000},
    {"type": "resolve_doubt", "doubt": "missed-passage/relay/1/1/1464273800000", "accept": True},
    {"type": "close_race", "race": "relay"},
    {"type": "publish_official", "race": "relay", "confirms": None},
    {"type": "reopen_race", "race": "relay"},
    {"type": "freeze_public", "race": "relay"},
    {"type": "reveal_public", "race": "relay"},
    {"type": "give_prize", "race": "relay", "prize": 1, "place": None, "bibs": ["1", "2"], "places": [1, 2]},
    {"type": "revoke", "decision": "d-1"},
)

NASTY_NUMBERS = (
    *b"0 -0 -1 1 2 0.5 1.0 1e0 1e400 -1e400 1e308 1e-400 NaN Infinity 00 0x10 946684800000 1464273800000".split(),
    *b"9007199254740991 9007199254740992 -9007199254740992 9223372036854775807 9223372036854775808".split(),
    *b"18446744073709551615 18446744073709551616 1180591620717411303424".split(),
    *(b"9" * 400, b"9" * 5_000),
)
NASTY_TEXTS = tuple(
    b'"' + text + b'"'
    for text in (
        *rb"\u0000 1\u0000A \ud800 \udc00\ud800 \ud83d\ude00 \n \x 00:00:00 $SYS a/b + # ../x ';DROP'".split(),
        *b"1A 1a 2A 1B 11A 1 2 12 007 A R relay laps km1 line mat-line 9f2c d-1 d-7 online offline dnf - null".split(),
        *"１２ ßß É e\u0301 \u202e1A \ufeff1A \u200b ".encode().split(),
        *(b"", b" ", b" 1A ", b"\xff", b"\xed\xa0\x80", b"\x00", b"x" * 64, b"x" * 65, b"x" * 70_000),
        *("ß".encode() * 64, "\N{LATIN SMALL LIGATURE FFI}".encode() * 64, "\N{NO-BREAK SPACE}".encode()),
    )
)
NASTY = (
    *b"null true false [] {} [1] [[]] [null] [{}] nil 'a' , :".split(),
    *(b"", b'{"a":1}', b'{"a":1,"a":2}', b"[" * 10_000, b"[" * 10_000 + b"]" * 10_000, b'{"seq":' * 900),
    *(b"[" * 500 + b"]" * 500, b'{"a":' * 500 + b"1" + b"}" * 500),
    *NASTY_NUMBERS,
    *NASTY_TEXTS,
)
NOISE = tuple(bytes([byte]) for byte in b'{}[]",:\\ \x00\xff\xed\xc3tfn0123456789-+eE.u')


def examples() -> list[tuple[str, dict[str, Any]]]:
    """Return a topic below the event's root and a payload for each message that there is."""
    found: list[tuple[str, dict[str, Any]]] = []
    for file in sorted(CONTRACTS.glob("*.json")):
        contract = json.loads(file.read_text(encoding="utf-8"))
        if "topic" in contract:
            found.append((contract["topic"].split("/", 2)[2], contract["payload"]))
    found += [(f"passages/{mat}", _passages(chip)) for mat in ("mat-line", "mat-km1") for chip in CHIPS]
    head = {"v": 1, "id": "d-1", "by": "marie", "at_ms": HEARD_MS, "reason": "why", "base_version": None}
    found += [("decisions/marie", {**head, **ruled}) for ruled in RULED]
    outgoing = [Topics(EVENT).encode(message) for message in INTERNAL]
    return [*found, *((out.topic.split("/", 2)[2], json.loads(out.payload)) for out in outgoing)]


def _passages(chip: str) -> dict[str, Any]:
    read = {"seq": 1, "chip": chip, "at_ms": START_MS, "rssi": -51, "reads": 7}
    return {"v": 1, "epoch": "9f2c", "passages": [read, dict(read)]}


MEMBERS = sorted({name for _, example in examples() for name in example} | {"chip", "seq", "at_ms", "runner", "é", ""})


class Fuzz:
    """Makes messages from a seed and takes them through; `seen` counts what became of them.

    Some 200 facts meet in one meeting: `since` is the seed with which it began.
    """

    def __init__(self) -> None:
        """The event is the small one of the tests."""
        self.topics = Topics(EVENT)
        self.event = small_event(relay(), LAPS)
        self.examples = examples()
        self.seen: Counter[str] = Counter()
        self.since = 0
        self.renew()

    def renew(self) -> None:
        """Begin with an empty meeting."""
        self.meeting = Meeting(self.event, "fuzz")
        self.book = DeviceBook(self.event, Watermarks())
        self.facts = 0

    def message(self, seed: int) -> tuple[str, bytes]:
        """Return topic and payload number `seed`."""
        rng = Random(seed)
        topic, example = rng.choice(self.examples)
        if rng.random() < 0.02:
            topic = _nasty_topic(rng, topic)
        draw = rng.random()
        if draw < 0.05:
            return self.topics.root + topic, rng.randbytes(rng.randrange(200))
        raw = _mutated(rng, _varied(rng, example))
        if draw < 0.30:
            raw = _noisy(rng, raw)
        return self.topics.root + topic, raw

    def take(self, seed: int) -> None:
        """Take message number `seed` through. Raises whatever is raised."""
        self.since = self.since if self.facts else seed
        topic, raw = self.message(seed)
        try:
            message = self.topics.decode(topic, raw)
        except Unreadable as error:
            assert (error.rejected.topic, error.rejected.raw) == (topic, raw) and error.rejected.reason
            self._keep(error.rejected)
            return
        self.seen[type(message).__name__] += 1
        self._say_again(message)
        match message:
            case PassageBatch():
                for rejected in message.rejected:
                    self._keep(rejected)
                for passage in message.passages:
                    self._apply(Recorded(self.facts + 1, HEARD_MS, passage))
            case Decision():
                self.meeting.changes(HEARD_MS)
                if self.meeting.judge(message) is None:
                    self._apply(Recorded(self.facts + 1, HEARD_MS, message))
                else:
                    self._journal(Recorded(self.facts + 1, HEARD_MS, message))
                    self.seen["refused"] += 1
            case DeviceStatus():
                self.book.hear(message, 1)
                to_json(self.book.answer())
            case _:
                to_json(message)

    def _say_again(self, message: Message) -> None:
        """What somebody outside said can be said again, and is understood the same."""
        if not isinstance(message, PassageBatch | DeviceStatus | ClockAsked | Decision):
            return
        if isinstance(message, Decision) and not GRAMMAR.fullmatch(message.by):
            return  # the web says decisions, under names that it gave itself
        out = self.topics.encode(message)
        said = replace(message, rejected=()) if isinstance(message, PassageBatch) else message
        assert self.topics.decode(out.topic, out.payload) == said, message

    def _keep(self, rejected: Rejected) -> None:
        self.seen["rejected"] += 1
        assert 0 < len(rejected.reason) <= MAX_REASON, rejected.reason[:MAX_REASON]
        _, topic, _, *about = rejected_row(rejected, HEARD_MS)
        to_json([topic, *about])

    def _journal(self, recorded: Recorded) -> None:
        assert recorded_of([row_of(recorded)]) == [recorded]

    def _apply(self, recorded: Recorded) -> None:
        self._journal(recorded)
        self.meeting.apply(recorded)
        self.book.apply(recorded)
        self.facts += 1
        if isinstance(recorded.fact, Decision):
            self.seen["ruled"] += 1
        else:
            self.meeting.changes(HEARD_MS)
            outcome = explain.outcome(self.meeting, self.meeting.in_order[-1])
            assert outcome.verdict and outcome.reason, recorded
            self.seen[outcome.verdict] += 1
        if self.facts == 200:
            self.close()

    def close(self) -> None:
        """Look at all that is shown of this meeting, and begin another."""
        for change in self.meeting.changes(HEARD_MS):
            to_json(change)
        for question in ("passages", "decisions", "doubts"):
            to_json(self.meeting.answer(question, {}))
        for race in self.event.races:
            to_json([self.meeting.head(race.id), self.meeting.page(race.id, 0)])
            for bib in race.by_bib:
                to_json(self.meeting.answer("team", {"race": race.id, "bib": bib}))
        self.renew()


def _nasty_topic(rng: Random, topic: str) -> str:
    levels = topic.split("/")
    nasty = ("", "#", "+", "MAT", "a b", "x" * 65, "0", "9" * 30, "é", "\x00", "passages", "answer", "changes")
    levels[rng.randrange(len(levels))] = rng.choice(nasty)
    return "/".join(levels + [rng.choice(nasty)] * rng.randrange(2))


def _varied(rng: Random, example: dict[str, Any]) -> dict[str, Any]:
    """Return a message as good as the example: another decision, other passages."""
    varied = dict(example)
    if "type" in example:
        varied["id"] = f"d-{rng.randrange(300)}"
        varied |= {"decision": f"d-{rng.randrange(300)}"} if "decision" in example else {}
        varied |= {"seq": rng.randrange(1, 90)} if "seq" in example else {}
    if isinstance(example.get("passages"), list):
        varied["passages"] = [
            {**each, "seq": rng.randrange(1, 90), "at_ms": START_MS + rng.randrange(9_000) * 1_000}
            for each in example["passages"]
        ]
    return varied


def _mutated(rng: Random, example: dict[str, Any]) -> bytes:
    """Return the message with none, one, or a few of its parts replaced, dropped, doubled, added or swapped."""
    tree = _tree(example)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 2, 3, 6))):
        _mutate(rng, rng.choice(_inner(tree)))
    return _written(tree)


class _Object(list[tuple[bytes, Any]]):
    """Members in order, and perhaps twice."""


def _tree(value: Any) -> Any:
    if isinstance(value, dict):
        return _Object((to_json(name), _tree(each)) for name, each in value.items())
    if isinstance(value, list):
        return [_tree(each) for each in value]
    return to_json(value)


def _inner(tree: Any) -> list[Any]:
    """All objects and lists of a tree."""
    found: list[Any] = [tree]
    for each in tree:
        below = each[1] if isinstance(tree, _Object) else each
        if isinstance(below, list):
            found += _inner(below)
    return found


def _mutate(rng: Random, inner: Any) -> None:
    if not inner:
        inner.append((b'"a"', b"1") if isinstance(inner, _Object) else rng.choice(NASTY))
        return
    at = rng.randrange(len(inner))
    what: Callable[[], None] = rng.choice(
        (
            lambda: _replace(inner, at, rng.choice(NASTY)),
            lambda: _replace(inner, at, rng.choice(NASTY_NUMBERS)),
            lambda: _replace(inner, at, rng.choice(NASTY_TEXTS)),
            lambda: inner.pop(at),
            lambda: inner.append(inner[at]),
            lambda: _add(rng, inner),
            lambda: rng.shuffle(inner),
        )
    )
    what()


def _replace(inner: Any, at: int, value: bytes) -> None:
    inner[at] = (inner[at][0], value) if isinstance(inner, _Object) else value


def _add(rng: Random, inner: Any) -> None:
    value = rng.choice(NASTY)
    name = to_json(rng.choice(MEMBERS))
    inner.append((name, value) if isinstance(inner, _Object) else value)


def _written(tree: Any) -> bytes:
    if isinstance(tree, _Object):
        return b"{" + b",".join(name + b":" + _written(value) for name, value in tree) + b"}"
    if isinstance(tree, list):
        return b"[" + b",".join(map(_written, tree)) + b"]"
    assert isinstance(tree, bytes)
    return tree


def _noisy(rng: Random, raw: bytes) -> bytes:
    """Return the bytes with some of them gone, replaced, put in, cut off or repeated."""
    noisy = bytearray(raw)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(noisy) + 1)
        draw = rng.randrange(6)
        if draw == 0:
            del noisy[at : at + 1]
        elif draw == 1:
            noisy[at : at + 1] = rng.choice(NOISE)
        elif draw == 2:
            noisy[at:at] = rng.choice(NOISE)
        elif draw == 3:
            noisy[at : at + 1] = bytes([rng.randrange(256)])
        elif draw == 4:
            del noisy[at:]
        else:
            noisy[at:at] = noisy[at : at + rng.randrange(40)]
    return bytes(noisy)
