"""Decisions as officials post them and as the journal keeps them: every ruling, and whatever is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from live.fact_members import MAX_LISTED, journaled_decision, read_decision
from live.ingest.records import fact_of, recorded_of, row_of
from live.messages.decisions import RULINGS, VoidPassage
from live.messages.facts import Recorded
from live.strict_json import convert
from live.wire import Topics
from tests.test_wire import json_values

TOPICS = Topics("test-race")

RULED: dict[str, dict[str, Any]] = {
    "fire_gun": {"race": "relay", "gun_at_ms": 5},
    "void_passage": {"device": "mat-1", "epoch": "e", "seq": 1},
    "restore_passage": {"device": "mat-1", "epoch": "e", "seq": 1},
    "add_crossing": {"race": "relay", "bib": "1", "crossed_at_ms": 5},
    "assign_chip": {"chip": "1A", "race": "relay", "bib": "1", "runner": "A"},
    "swap_chips": {"race": "relay", "a": {"bib": "1", "runner": "A"}, "b": {"bib": "2", "runner": "A"}},
    "reorder_runners": {"race": "relay", "bib": "1", "order": ["B", "A"]},
    "shift_clock": {"device": "mat-1", "by_ms": -37_000},
    "resolve_doubt": {"doubt": "late-crossing/relay/1/2/B", "accept": True},
    "set_status": {"race": "relay", "bib": "1", "status": None},
    "adjust_time": {"race": "relay", "bib": "1", "by_ms": -5_000},
    "restart": {"race": "relay", "lap": 2, "restart_at_ms": 5},
    "close_race": {"race": "relay"},
    "publish_official": {"race": "relay"},
    "reopen_race": {"race": "relay"},
    "freeze_public": {"race": "relay"},
    "reveal_public": {"race": "relay"},
    "give_prize": {"race": "relay", "prize": 1},
    "revoke": {"decision": "d-0"},
}


def test_every_ruling_is_tried() -> None:
    assert set(RULED) == set(RULINGS)


@pytest.mark.parametrize("kind", RULED)
def test_a_decision_is_read_with_who_and_when_from_the_server(kind: str) -> None:
    posted = {"id": "d-1", "type": kind, "reason": "why", "by": "impostor", "at_ms": 1, **RULED[kind]}
    decision = read_decision(posted, by="marie", at_ms=9)
    assert (decision.id, decision.by, decision.at_ms, decision.reason) == ("d-1", "marie", 9, "why")
    assert decision.ruling == convert(RULED[kind], RULINGS[kind])
    assert fact_of(row_of(Recorded(1, 0, decision))) == decision


@pytest.mark.parametrize("kind", RULED)
def test_a_decision_that_lacks_a_member_is_refused_by_its_name(kind: str) -> None:
    for name in RULED[kind]:
        posted = {"id": "d-1", "type": kind, **RULED[kind]}
        del posted[name]
        with pytest.raises(ValueError, match=name):
            read_decision(posted, by="marie", at_ms=9)


@pytest.mark.parametrize(
    "change",
    [
        {"id": None},
        {"id": ""},
        {"id": "x" * 65},
        {"type": None},
        {"type": ["set_status"]},
        {"reason": 7},
        {"reason": "x" * 1_001},
        {"base_version": "1"},
        {"base_version": 2**53},
        {"bib": 1},
        {"bib": ""},
        {"status": "winner"},
    ],
)
def test_a_decision_of_wrong_content_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=" "):
        read_decision({"id": "d", "type": "set_status", **RULED["set_status"], **change}, by="marie", at_ms=9)


EMPTY_OR_TOO_LONG = {
    "blanks": "  ",
    "unseen": "\N{ZERO WIDTH SPACE}",
    "longer in upper case": "ß" * 64,
    "longer in normal form": "\N{LATIN SMALL LIGATURE FFI}" * 64,
    "NUL": "1\x00A",
}


@pytest.mark.parametrize("text", EMPTY_OR_TOO_LONG)
@pytest.mark.parametrize("kind", ["add_crossing", "assign_chip", "set_status", "adjust_time"])
def test_a_decision_of_which_the_journal_could_not_be_read_again_is_refused(kind: str, text: str) -> None:
    """T18, T20: a code that is empty, or too long, once it has its normal form would end every later start."""
    for name in {"bib", "chip", "runner"} & RULED[kind].keys():
        with pytest.raises(ValueError, match=name):
            read_decision({"id": "d", "type": kind, **RULED[kind], name: EMPTY_OR_TOO_LONG[text]}, "marie", 9)


@given(some.data(), some.sampled_from(sorted(RULED)))
def test_whatever_decision_an_official_posts_can_be_journaled(data: some.DataObject, kind: str) -> None:
    """T20: as it is posted, not as we write it."""
    value = some.sampled_from(list(EMPTY_OR_TOO_LONG.values())) | some.text(max_size=80) | json_values
    change = data.draw(some.dictionaries(some.sampled_from(sorted({"id", "reason", *RULED[kind]})), value, max_size=3))
    try:
        decision = read_decision({"id": "d", **RULED[kind], **change, "type": kind}, by="marie", at_ms=9)
    except ValueError:
        return
    [again] = recorded_of([row_of(Recorded(1, 0, decision))])
    assert again.fact == decision


def test_codes_in_a_decision_have_their_normal_form() -> None:
    """T18."""
    posted = {"id": "d", "type": "assign_chip", "chip": " 1a ", "race": "relay", "bib": "007", "runner": "b"}
    ruling: Any = read_decision(posted, by="marie", at_ms=9).ruling
    assert (ruling.chip, ruling.bib, ruling.runner) == ("1A", "007", "B")


def test_a_device_in_a_decision_is_named_as_in_its_topic() -> None:
    """T18."""
    posted: dict[str, Any] = {"id": "d", "type": "void_passage", "device": " MAT-line ", "epoch": "E", "seq": 1}
    assert read_decision(posted, by="marie", at_ms=9).ruling == VoidPassage("mat-line", "E", 1)


def test_a_list_in_a_decision_has_its_bounds() -> None:
    """T20: an order of runners; the error names the member."""
    posted = {"id": "d", "type": "reorder_runners", **RULED["reorder_runners"], "order": ["A"] * (MAX_LISTED + 1)}
    with pytest.raises(ValueError, match=f"`order` has more than {MAX_LISTED} members"):
        read_decision(posted, by="marie", at_ms=9)


@pytest.mark.parametrize("members", [[], None, {}, {"type": 7}, {"type": "crown_winner"}])
def test_a_decision_of_no_known_type_is_not_taken_from_a_journal(members: Any) -> None:
    """T92: the error says what stands there instead."""
    with pytest.raises(ValueError, match="`type` is"):
        journaled_decision(members)
