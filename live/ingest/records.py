"""A fact and its row in the journal: written, chained to the row before, and read again. Pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from live.fact_members import decision_members, journaled_decision, passage_members
from live.messages.decisions import Decision
from live.messages.devices import Passage, Rejected
from live.messages.facts import Recorded
from live.strict_json import convert, from_json, to_json

Fact = Passage | Decision
Row = Sequence[Any]
"""seq, kind, device, epoch, dseq, decision, body, heard_at_ms"""

MAX_RAW: Final = 65_536
"""Bytes that are kept of a message that was not understood."""


def judged(fact: Fact) -> object:
    """Return what counts of a fact beside its identity.

    Of a passage not its signal strength and number of reads; of a decision nothing, it is known by its id.
    """
    if isinstance(fact, Decision):
        return None
    return (fact.at_ms, fact.chip, fact.bib, fact.runner, fact.race, fact.point)


def row_of(recorded: Recorded) -> Row:
    """Return a fact as the journal's table has it."""
    fact = recorded.fact
    if isinstance(fact, Passage):
        body = to_json({"device": fact.device, "epoch": fact.epoch, **passage_members(fact)}).decode()
        return (recorded.seq, "passage", *fact.identity, None, body, recorded.heard_at_ms)
    body = to_json(decision_members(fact)).decode()
    return (recorded.seq, "decision", None, None, None, fact.id, body, recorded.heard_at_ms)


def chained(chain: bytes, row: Row) -> bytes:
    """Return the hash of a row that follows the row with the hash `chain`; the first follows no bytes."""
    return hashlib.sha256(chain + to_json(row)).digest()


def rejected_row(rejected: Rejected, heard_at_ms: int) -> Row:
    """Return what is kept of a message that was not understood, a digest before it by which it is known again."""
    reason = rejected.reason
    if len(rejected.raw) > MAX_RAW:
        reason += f" ({len(rejected.raw):,} bytes, of which {MAX_RAW:,} are kept)"
    identity = (rejected.device, rejected.epoch, rejected.seq)
    digest = hashlib.sha256(to_json([rejected.topic, reason, *identity]) + rejected.raw).digest()
    return (digest, rejected.topic, rejected.raw[:MAX_RAW], reason, *identity, heard_at_ms)


def rejected_hash(row: Row) -> bytes:
    """Return the hash of what is kept of a message that was not understood, with how often it came."""
    return hashlib.sha256(to_json(row)).digest()


def meta_hash(meta: Mapping[str, str]) -> str:
    """Return the hash of what the journal says about itself: its own id, and its event's."""
    return hashlib.sha256(to_json([meta.get("journal"), meta.get("event")])).hexdigest()


def recorded_of(rows: Sequence[Row]) -> list[Recorded]:
    """Return the facts of some rows, in their order.

    Raises:
        ValueError: the body of a fact cannot be understood; the message names the fact.
    """
    bodies = ",".join(row[6] for row in rows if row[1] == "passage")
    try:
        passages = iter(convert(from_json(f"[{bodies}]"), list[Passage]))  # at once: five times as fast
    except ValueError:
        return [Recorded(row[0], row[7], fact_of(row)) for row in rows]
    return [Recorded(row[0], row[7], next(passages) if row[1] == "passage" else fact_of(row)) for row in rows]


def fact_of(row: Row) -> Fact:
    """Return the fact of one row.

    Raises:
        ValueError: its body is not what it should be; the message names the fact.
    """
    seq, kind, *_, body, _ = row
    try:
        members = from_json(body)
        if kind == "passage":
            return convert(members, Passage)
        return journaled_decision(members)
    except (TypeError, ValueError) as error:
        raise ValueError(f"fact {seq} of the journal cannot be understood: {error}") from error


def wrong_with(row: Row, found: bytes, last: int, chain: bytes) -> Iterator[str]:
    """Say what is wrong with a row that was found with a hash behind the row `last`, whose hash is `chain`."""
    if row[0] != last + 1:
        yield f"facts {last + 1} to {row[0] - 1} are missing"
    elif chained(chain, row) != found:
        yield f"fact {row[0]}: its hash does not follow from its content and the fact before"
    else:
        return  # it is as it was written; whether this program understands it, who judges it will say
    try:
        fact_of(row)
    except ValueError as error:
        yield str(error)
