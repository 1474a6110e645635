"""What crosses a process border: every message comes back as it went, and anybody's bytes harm nobody."""

import json
import sys
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some

from live.fact_members import MAX_REASON
from live.ingest.records import fact_of, recorded_of, row_of
from live.messages.boards import BoardChanges, BoardHead, BoardPage, Forecast, Row
from live.messages.decisions import AddCrossing, Decision, SetStatus, Verdict
from live.messages.devices import Clock, ClockAnswer, ClockAsked, DeviceStatus, Passage, PassageBatch, Rejected, Stored
from live.messages.display import LinePassage, NamesSaid, Notice, ScreenShows, SilentPoint, SilentPoints, Unveiled
from live.messages.facts import Recorded
from live.messages.services import AnswerPart, Ask, BrokerHealth, Canary, Health, Trespass
from live.programme import code
from live.strict_json import MAX_INT, convert, from_anybody, from_json, to_json
from live.wire import Message, Topics, Unreadable, in_topic

TOPICS = Topics("test-race")

instants = some.integers(0, MAX_INT)
seqs = some.integers(1, MAX_INT)
ids = some.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True)
seen = some.characters(exclude_categories=("Cc", "Cs"))
texts = some.text(seen, min_size=1, max_size=64).map(str.strip).filter(bool)
codes = some.text(seen, min_size=1, max_size=64).map(code).filter(lambda text: 0 < len(text) <= 64)
numbers = some.integers(-MAX_INT, MAX_INT)


def optional(strategy: some.SearchStrategy[Any]) -> some.SearchStrategy[Any]:
    """Return a strategy that also gives None."""
    return some.none() | strategy


def passages(device: str, epoch: str) -> some.SearchStrategy[Passage]:
    """Return passages as `wire` lets them through."""
    common = {"at_ms": instants, "seq": seqs, "race": optional(texts), "point": optional(texts)}
    counts = {"rssi": optional(numbers), "reads": optional(numbers), "runner": optional(codes)}
    named = {"device": some.just(device), "epoch": some.just(epoch)}
    return some.builds(Passage, **named, **common, **counts, chip=codes, bib=optional(codes)) | some.builds(
        Passage, **named, **common, **counts, bib=codes
    )


@some.composite
def batches(draw: some.DrawFn) -> PassageBatch:
    device, epoch = draw(ids), draw(texts)
    return PassageBatch(device, epoch, tuple(draw(some.lists(passages(device, epoch), max_size=5))))


rows = some.builds(
    Row,
    bib=codes,
    version=instants,
    key=some.lists(numbers, max_size=5).map(tuple),
    missing=some.lists(codes, max_size=3).map(tuple),
    doubts=some.lists(texts, max_size=3).map(tuple),
    lap_times_ms=some.lists(instants, max_size=5).map(tuple),
    next=optional(some.builds(Forecast, instants, instants, optional(texts))),
)
heads = some.builds(BoardHead, race=ids)
decisions = some.builds(
    Decision,
    id=texts,
    by=ids,
    at_ms=instants,
    ruling=some.builds(AddCrossing, race=texts, bib=codes, crossed_at_ms=instants, runner=optional(codes))
    | some.builds(SetStatus, race=texts, bib=codes),
    reason=some.text(max_size=1_000),
    base_version=optional(instants),
)
messages: some.SearchStrategy[Any] = some.one_of(
    batches(),
    some.builds(
        DeviceStatus,
        device=ids,
        at_ms=optional(instants),
        epoch=optional(texts),
        last_seq=instants,
        queued=instants,
        clock=optional(some.builds(Clock, numbers, instants)),
        battery=optional(some.floats(0, 1)),
    ),
    some.builds(Stored, device=ids, through=instants),
    some.builds(ClockAsked, device=ids, sent_ms=numbers),
    some.builds(ClockAnswer, ids, numbers, instants, instants),
    decisions,
    some.builds(Verdict, version=instants),
    heads,
    some.builds(BoardPage, race=ids, page=some.integers(0, 9_999), rows=some.lists(rows, max_size=3).map(tuple)),
    some.builds(BoardChanges, head=heads, since=instants, rows=some.lists(rows, max_size=3).map(tuple)),
    some.builds(Health, canary_heard_at_ms=instants, canary_stored_at_ms=instants),
    some.builds(Canary, seq=instants, sent_at_ms=instants, heard_at_ms=instants, stored_at_ms=instants),
    some.builds(
        BrokerHealth,
        at_ms=instants,
        taken_at_ms=instants,
        restarts=instants,
        trespasses=some.lists(some.builds(Trespass, times=instants, at_ms=instants), max_size=3).map(tuple),
        counts=some.dictionaries(some.text(), instants, max_size=3),
    ),
    some.builds(LinePassage, race=ids, runners=some.lists(codes, max_size=3).map(tuple), seq=instants, at_ms=instants),
    some.builds(ScreenShows, name=ids, at_ms=instants),
    some.builds(Unveiled, race=ids, at_ms=instants, places=some.lists(instants, max_size=3).map(tuple)),
    some.builds(NamesSaid, race=ids, at_ms=some.dictionaries(codes, instants, max_size=3)),
    some.builds(Notice, id=ids, at_ms=instants, until_ms=optional(instants)),
    some.builds(
        SilentPoints, race=ids, silent=some.lists(some.builds(SilentPoint, since_ms=instants), max_size=3).map(tuple)
    ),
    some.builds(Ask, id=ids, service=ids, about=some.dictionaries(some.text(), some.text(), max_size=3)),
    some.builds(AnswerPart, id=ids, service=ids, part=some.integers(0, 999), parts=some.integers(1, 999)),
)


@given(messages)
def test_every_message_comes_back_as_it_went(message: Message) -> None:
    out = TOPICS.encode(message)
    assert TOPICS.decode(out.topic, out.payload) == message


def test_no_filter_needs_two_permissions() -> None:
    """One with `#` does, and is refused by the broker where only one of them is there."""
    filters = (
        *TOPICS.for_ingest,
        *TOPICS.for_web("web-1"),
        *TOPICS.for_device("mat"),
        *TOPICS.for_canary,
        *TOPICS.for_replay,
    )
    assert not [name for name, _ in filters if "#" in name]


def test_the_round_trip_knows_every_message() -> None:
    """A message that is added must be added to the test above."""
    assert {each.__name__ for each in get_args(Message)} == {
        *("PassageBatch", "DeviceStatus", "Stored", "ClockAsked", "ClockAnswer", "Decision", "Verdict"),
        *("BoardHead", "BoardPage", "BoardChanges", "LinePassage", "ScreenShows", "Unveiled", "NamesSaid"),
        *("Notice", "SilentPoints"),
        *("Health", "Canary", "BrokerHealth", "Ask", "AnswerPart"),
    }


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=80),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)
levels = some.sampled_from(
    [
        *("passages", "devices", "stored", "clock", "decisions", "verdicts", "boards", "changes", "pages"),
        *("health", "ingest", "asks", "answers", "answer", "0", "1", "x"),
    ]
)
topics = some.lists(levels, min_size=1, max_size=5).map(lambda each: TOPICS.root + "/".join(each)) | some.text()
members = some.sampled_from(
    [
        *("epoch", "passages", "seq", "chip", "bib", "runner", "at_ms", "rssi", "reads", "state", "last_seq", "queued"),
        *("clock", "battery", "through", "sent_ms", "id", "by", "type", "reason", "base_version", "race", "status"),
        *("claim", "journal", "version", "service", "question", "about", "rows", "head", "since", "page", "gun_at_ms"),
    ]
)


@given(topics, some.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_on_any_topic_do_harm(topic: str, payload: bytes) -> None:
    """T20: they are a message, or they are set aside with topic, bytes and reason."""
    try:
        TOPICS.decode(topic, payload)
    except Unreadable as error:
        assert (error.rejected.topic, error.rejected.raw) == (topic, payload)
        assert error.rejected.reason


@given(topics, some.dictionaries(members, json_values))
def test_members_of_wrong_types_do_no_harm(topic: str, body: dict[str, Any]) -> None:
    """T20."""
    try:
        message = TOPICS.decode(topic, json.dumps({"v": 1, **body}).encode())
    except Unreadable:
        return
    to_json(message)  # and what was let through can be said again


shallow: some.SearchStrategy[Any] = some.sampled_from(
    [None, True, -1, 0, 1, 2**53, 0.5, "", " ", "007", "ß" * 64, "a\x00", [], {}]
)
good = some.fixed_dictionaries(
    {"seq": seqs, "at_ms": instants, "chip": codes},
    optional={"bib": codes, "runner": codes, "race": texts, "point": texts, "rssi": numbers, "reads": numbers},
)
wrong = some.dictionaries(
    some.sampled_from(["seq", "at_ms", "chip", "bib", "runner", "race", "point", "rssi", "reads"]), shallow, max_size=2
)
said = some.builds(lambda passage, change: {**passage, **change}, good, wrong)


@given(some.lists(said | shallow, max_size=4))
def test_whatever_passage_is_let_through_can_be_journaled(listed: list[Any]) -> None:
    """T20."""
    payload = json.dumps({"v": 1, "epoch": "e", "passages": listed}).encode()
    try:
        batch = TOPICS.decode(TOPICS.passages("mat-1"), payload)
    except Unreadable:
        return
    assert isinstance(batch, PassageBatch)
    assert len(batch.passages) + len(batch.rejected) == len(listed)
    facts = [Recorded(seq, 0, passage) for seq, passage in enumerate(batch.passages, 1)]
    assert recorded_of([row_of(fact) for fact in facts]) == facts


@given(decisions)
def test_whatever_decision_is_let_through_can_be_journaled(decision: Decision) -> None:
    assert fact_of(row_of(Recorded(1, 0, decision))) == decision


# --- passages ---------------------------------------------------------------------------------------------------


def read(passage: object) -> Passage | Rejected:
    """Return what becomes of one passage of a message."""
    payload = json.dumps({"v": 1, "epoch": "e", "passages": [passage]}).encode()
    batch = TOPICS.decode(TOPICS.passages("mat-1"), payload)
    assert isinstance(batch, PassageBatch)
    [found] = batch.passages or batch.rejected
    return found


@pytest.mark.parametrize(
    ("sent", "bib"),
    [
        ("007", "007"),
        (" 12 ", "12"),
        ("12a", "12A"),
        (7, "7"),
        ("é", "É"),
        ("e\N{COMBINING ACUTE ACCENT}", "É"),
        ("0", "0"),
        ("１２ａ", "12A"),
        ("\N{NO-BREAK SPACE}12\N{NARROW NO-BREAK SPACE}", "12"),
        ("12\N{NO-BREAK SPACE}a", "12 A"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}12\N{LEFT-TO-RIGHT MARK}", "12"),
        ("\t12\n", "12"),
        (" " * 100 + "12", "12"),
    ],
)
def test_a_bib_has_one_normal_form(sent: object, bib: str) -> None:
    """T18: leading zeros stay; blanks, lower case and what nobody sees go; a number is its text."""
    found = read({"seq": 1, "bib": sent, "at_ms": 5})
    assert isinstance(found, Passage) and found.bib == bib


@given(some.text())
def test_the_normal_form_of_a_code_has_itself_as_normal_form(text: str) -> None:
    """T18: or what was let through would be another when it is read again."""
    normal = code(text)
    assert normal == code(normal) == normal.strip() == normal.upper()


@pytest.mark.parametrize(
    ("passage", "reason"),
    [
        (None, "no JSON object"),
        ("12A", "no JSON object"),
        ({}, "without `chip` or `bib`"),
        ({"seq": 1, "at_ms": 5}, "without `chip` or `bib`"),
        ({"seq": 1, "at_ms": 5, "chip": ""}, "`chip`"),
        ({"seq": 1, "at_ms": 5, "chip": " "}, "`chip`"),
        ({"seq": 1, "at_ms": 5, "chip": "x" * 65}, "`chip`"),
        ({"seq": 1, "at_ms": 5, "chip": "ß" * 64}, "`chip`"),
        ({"seq": 1, "at_ms": 5, "chip": "\N{ZERO WIDTH SPACE}"}, "`chip`"),
        ({"seq": 1, "at_ms": 5, "chip": "1\x00A"}, "`chip` holds a control character"),
        ({"seq": 1, "at_ms": 5, "chip": "1A", "point": "a\x1bb"}, "`point` holds a control character"),
        ({"seq": -1, "at_ms": 5, "chip": "1A"}, "`seq`"),
        ({"seq": 2**70, "at_ms": 5, "chip": "1A"}, "`seq`"),
        ({"seq": "1", "at_ms": 5, "chip": "1A"}, "`seq`"),
        ({"seq": 1.0, "at_ms": 5, "chip": "1A"}, "`seq`"),
        ({"seq": 1, "at_ms": None, "chip": "1A"}, "`at_ms`"),
        ({"seq": 1, "at_ms": "00:00:00", "chip": "1A"}, "`at_ms`"),
        ({"seq": 1, "at_ms": 5, "bib": True}, "`bib`"),
        ({"seq": 1, "at_ms": 5, "bib": 1.5}, "`bib`"),
        ({"seq": 1, "at_ms": 5, "bib": ["1"]}, "`bib`"),
        ({"seq": 1, "at_ms": -1, "chip": "1A"}, "`at_ms`"),
        ({"seq": 1, "at_ms": 1e12, "chip": "1A"}, "`at_ms`"),
        ({"seq": 1, "at_ms": "5", "chip": "1A"}, "`at_ms`"),
        ({"seq": 1, "at_ms": 2**53, "chip": "1A"}, "`at_ms`"),
        ({"seq": 1, "at_ms": 10**300, "chip": "1A"}, "`at_ms`"),
        ({"seq": 0, "at_ms": 5, "chip": "1A"}, "`seq`"),
        ({"seq": True, "at_ms": 5, "chip": "1A"}, "`seq`"),
        ({"seq": 2**53, "at_ms": 5, "chip": "1A"}, "`seq`"),
        ({"at_ms": 5, "chip": "1A"}, "`seq`"),
        ({"seq": 1, "at_ms": 5, "chip": "1A", "race": 7}, "`race`"),
    ],
)
def test_a_passage_that_cannot_be_understood_is_set_aside_with_the_reason(passage: object, reason: str) -> None:
    """T20."""
    found = read(passage)
    assert isinstance(found, Rejected) and reason in found.reason


def test_a_refused_passage_keeps_its_identity_where_it_can_be_read() -> None:
    found = read({"seq": 9, "at_ms": "noon", "chip": "1A"})
    assert isinstance(found, Rejected)
    assert (found.device, found.epoch, found.seq) == ("mat-1", "e", 9)


@pytest.mark.parametrize("version", [b"1", b"1.0", b"1e0"])
def test_version_one_is_a_number_however_it_is_written(version: bytes) -> None:
    """T20: `true` and `"1"` are no numbers, and are refused (above)."""
    batch = TOPICS.decode(TOPICS.passages("mat-1"), b'{"v":' + version + b',"epoch":"e","passages":[]}')
    assert batch == PassageBatch("mat-1", "e", ())


@pytest.mark.parametrize(("seq", "at_ms"), [(1, 0), (MAX_INT, 0), (1, MAX_INT)])
def test_the_first_and_the_last_number_are_let_through(seq: int, at_ms: int) -> None:
    """T30: an instant of 0 is no lack of one; that its date cannot be is for the judge to say."""
    assert read({"seq": seq, "at_ms": at_ms, "chip": "1A"}) == Passage("mat-1", "e", seq, at_ms, "1A")


def test_unknown_members_are_ignored() -> None:
    found = read({"seq": 1, "chip": "1a", "at_ms": 5, "antenna": 2, "rssi": "strong", "reads": 2.5})
    assert found == Passage("mat-1", "e", 1, 5, "1A")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 200_000, "no JSON"),
        (b'{"v":1,"epoch":"e","passages":[' * 50_000, "no JSON"),
        (b'{"v":1,"epoch":"e","passages":[{"seq":' + b"9" * 100_000 + b"}]}", "no JSON"),
        (b'{"v":1,"epoch":"\\ud800","passages":[]}', "no JSON"),
        (b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"1A","at_ms":1e400}]}', "no JSON"),
        (b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"1A","at_ms":NaN}]}', "no JSON"),
        (b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"\xff","at_ms":5}]}', "no JSON"),
        (b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"\x00","at_ms":5}]}', "no JSON"),
        pytest.param(
            b'{"v":1,"epoch":"e","passages":[{"seq":1,"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}]}",
            "no JSON",
            id="deep",
        ),
        (b'{"v":1,"epoch":"e","passages":[{"seq":1,"chip":"1A","chip":"2A","at_ms":5}]}', "'chip' is there twice"),
        (b'{"v":1,"v":1,"epoch":"e","passages":[]}', "'v' is there twice"),
        (b'{"v":1,"epoch":"e\\u0000","passages":[]}', "`epoch` holds a control character"),
        (b'{"v":1,"state":"offline"}', "`epoch`"),
        (b"null", "no JSON object"),
        (b"{}", "version None"),
        (b'{"v":2,"epoch":"e","passages":[]}', "version 2"),
        (b'{"v":true,"epoch":"e","passages":[]}', "version True"),
        (b'{"v":"1","epoch":"e","passages":[]}', "version '1'"),
        pytest.param(b'{"v":"' + b"2" * 900_000 + b'"}', "version '222", id="a long version"),
        pytest.param(b'{"v":[' + b"2," * 9_000 + b"2]}", "version a list", id="a list of versions"),
        (b'{"v":1,"passages":[]}', "`epoch`"),
        (b'{"v":1,"epoch":7,"passages":[]}', "`epoch`"),
        (b'{"v":1,"epoch":"e"}', "`passages` is no list"),
        (b'{"v":1,"epoch":"e","passages":{}}', "`passages` is no list"),
    ],
)
def test_a_message_that_cannot_be_understood_names_its_device_and_the_reason(payload: bytes, reason: str) -> None:
    """T20, T21: no JSON, nested too deep, a number without end, a member twice, a future version, a last will."""
    with pytest.raises(Unreadable) as refused:
        TOPICS.decode(TOPICS.passages("mat-1"), payload)
    assert reason in refused.value.rejected.reason
    assert len(refused.value.rejected.reason) <= MAX_REASON  # it is shown, and a hundred of them in one answer
    assert refused.value.rejected.device == "mat-1"
    assert refused.value.rejected.raw == payload


@pytest.mark.parametrize(
    "topic",
    [
        "live/other-race/passages/mat-1",
        "live/test-race/passages",
        "live/test-race/passages/MAT-1",
        "live/test-race/passages/mat 1",
        "live/test-race/passages/",
        "live/test-race/passages/mat-1/x",
        "live/test-race/",
        "live/test-race",
        "",
        "live/test-race/answers/web/id/0/x",
        "live/test-race/answers/web/id/0/" + "9" * 60,
    ],
)
def test_a_topic_that_is_none_of_ours_is_set_aside(topic: str) -> None:
    """Also one on which nobody could be answered."""
    with pytest.raises(Unreadable):
        TOPICS.decode(topic, b'{"v":1,"epoch":"e","passages":[]}')


# --- other messages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("devices/mat-1", '"state":"asleep"'),
        ("devices/mat-1", '"state":"online","queued":1e400'),
        ("devices/mat-1", '"state":"online","queued":99999999999999999999'),
        ("devices/mat-1", '"state":"online","clock":{"offset_ms":99999999999999999999}'),
        ("devices/mat-1", '"state":"online","epoch":""'),
        ("devices/mat-1", '"state":"online","queued":-1'),
        ("devices/mat-1", '"state":"online","last_seq":-1'),
        ("devices/mat-1", '"state":"online","at_ms":-1'),
        ("devices/mat-1", '"state":"online","clock":{"error_ms":-1}'),
        ("devices/mat-1", '"state":"online","clock":{"offset_ms":-99999999999999999999}'),
        ("devices/mat-1", '"state":"online","battery":1e400'),
        ("clock/mat-1", '"sent_ms":99999999999999999999'),
        ("clock/mat-1", '"sent_ms":null'),
        pytest.param("devices/mat-1", '"state":"' + "x" * 900_000 + '"', id="a long state"),
        pytest.param("asks/web", '"question":"devices","id":"' + "a b" * 300_000 + '"', id="a long id"),
        ("asks/web", '"id":"a b","question":"devices"'),
        ("asks/web", '"id":"a","question":"devices","about":{"limit":1}'),
        ("verdicts", '"id":"a","status":500'),
        ("decisions/marie", '"id":"d","by":"marie","at_ms":1,"type":"abolish_gravity"'),
    ],
)
def test_what_could_harm_who_answers_is_set_aside(topic: str, body: str) -> None:
    with pytest.raises(Unreadable) as refused:
        TOPICS.decode(TOPICS.root + topic, f'{{"v":1,{body}}}'.encode())
    assert len(refused.value.rejected.reason) <= MAX_REASON


def test_an_ask_is_of_the_service_that_its_topic_names() -> None:
    body = b'{"v":1,"id":"a","question":"devices","service":"somebody else"}'
    assert TOPICS.decode(f"{TOPICS.root}asks/web-1", body) == Ask("a", "web-1", "devices")


@pytest.mark.parametrize("name", ["", "a b", "A", "a/b", "+", "#", "é", "a" * 65, "a\n", "a_b"])
def test_what_could_lock_a_broker_never_gets_into_a_topic(name: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a topic"):
        in_topic(name)
    with pytest.raises(ValueError, match="cannot stand in a topic"):
        Topics(name)
    with pytest.raises(ValueError, match="cannot stand in a topic"):
        TOPICS.encode(PassageBatch(name, "e", ()))


# --- JSON -------------------------------------------------------------------------------------------------------


@given(some.binary())
def test_reading_json_raises_nothing_but_value_errors(raw: bytes) -> None:
    try:
        from_json(raw)
    except ValueError:
        return


def test_converting_names_the_member_that_is_wrong() -> None:
    with pytest.raises(ValueError, match="through"):
        convert({"device": "m", "epoch": "e", "through": "41"}, Stored)
    with pytest.raises(ValueError, match="epoch"):
        convert({"device": "m", "through": 41}, Stored)


def test_json_nested_too_deep_is_none() -> None:
    """T20: the message says so; the process goes on."""
    with pytest.raises(ValueError, match="no JSON"):
        from_anybody(b"[" * 100_000 + b"]" * 100_000)
    depths = range(1, sys.getrecursionlimit() + 10)  # one of the two that read it may go a little deeper than the other
    assert not all(read_at(depth) for depth in depths)


def read_at(depth: int) -> bool:
    """Whether a list nested so deep is read; what it is not read for is never anything but a ValueError."""
    try:
        from_anybody(b"[" * depth + b"]" * depth)
    except ValueError:
        return False
    return True
