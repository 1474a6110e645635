"""The members of a passage and of a decision, as they stand in a message and in the journal.

Whoever sends them may be anybody: what is out of bounds is refused with a ValueError that names the member (T20, T21).
"""

import re
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, cast

from live.messages.decisions import RULINGS, Decision, Member, Ruling
from live.messages.devices import Passage, PassageBatch, Rejected
from live.programme import code
from live.strict_json import MAX_INT, MAX_TEXT, convert, shown, to_json

VERSION: Final = 1
MAX_DOUBT: Final = 320
"""The id of a doubt names a race, a bib, and a passage by its device, epoch and number."""
MAX_REASON: Final = 1_000
MAX_LISTED: Final = 1_000
"""Members of a list in a decision."""
CODES: Final = ("bib", "chip", "runner")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no text of ours holds: control characters, NUL among them, and halves of surrogate pairs."""


# --- passages ---------------------------------------------------------------------------------------------------


def read_passages(topic: str, device: str, body: dict[str, Any]) -> PassageBatch:
    """Return one message of a device; a bad passage in it is set aside, the others are kept.

    Raises:
        ValueError: the message has no epoch or no list of passages.
    """
    epoch = text(body, "epoch")
    listed = body.get("passages")
    if not isinstance(listed, list):
        raise ValueError("`passages` is no list")
    good: list[Passage] = []
    bad: list[Rejected] = []
    for item in listed:
        try:
            good.append(_passage(device, epoch, item))
        except ValueError as error:
            seq = item.get("seq") if isinstance(item, dict) else None
            known = isinstance(seq, int) and not isinstance(seq, bool) and 1 <= seq <= MAX_INT
            bad.append(Rejected(topic, to_json(item), str(error), device, epoch, cast(int, seq) if known else None))
    return PassageBatch(device, epoch, tuple(good), tuple(bad))


def _passage(device: str, epoch: str, item: object) -> Passage:
    if not isinstance(item, dict):
        raise ValueError("a passage that is no JSON object")
    chip, bib = _code(item, "chip"), _code(item, "bib")
    if chip is None and bib is None:
        raise ValueError("a passage without `chip` or `bib`")
    return Passage(
        device=device,
        epoch=epoch,
        seq=whole(item, "seq", least=1),
        at_ms=whole(item, "at_ms", least=0),
        chip=chip,
        bib=bib,
        runner=_code(item, "runner"),
        race=optional_text(item, "race"),
        point=optional_text(item, "point"),
        rssi=item["rssi"] if _is_int(item.get("rssi")) else None,
        reads=item["reads"] if _is_int(item.get("reads")) else None,
    )


def passage_members(passage: Passage) -> dict[str, Any]:
    """Return the passage as it stands in a message's list."""
    members = ("seq", "chip", "bib", "runner", "race", "point", "at_ms", "rssi", "reads")
    return {name: value for name in members if (value := getattr(passage, name)) is not None}


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INT


def whole(item: dict[str, Any], name: str, least: int) -> int:
    """Return a member that is a whole number.

    Raises:
        ValueError: it is missing, something else, less than `least`, or beyond 2^53.
    """
    value = item.get(name)
    if not _is_int(value) or cast(int, value) < least:
        raise ValueError(f"`{name}` is no whole number from {least} to 2^53")
    return cast(int, value)


def text(item: dict[str, Any], name: str, most: int = MAX_TEXT) -> str:
    """Return a member that is a text, without the blanks around it.

    Raises:
        ValueError: it is missing, empty, longer than `most`, or holds a control character.
    """
    value = item.get(name)
    said = value.strip() if isinstance(value, str) else ""
    if not 0 < len(said) <= most:
        raise ValueError(f"`{name}` is no text of 1 to {most} characters")
    if CONTROL.search(said):
        raise ValueError(f"`{name}` holds a control character")
    return said


def optional_text(item: dict[str, Any], name: str) -> str | None:
    """Return a member that is a text, None where there is none.

    Raises:
        ValueError: as `text`.
    """
    return None if item.get(name) is None else text(item, name)


def _code(item: dict[str, Any], name: str) -> str | None:
    value = item.get(name)
    if _is_int(value):  # a bib typed as a number (T18)
        value = str(value)
    return optional_text({name: code(value) if isinstance(value, str) else value}, name)  # upper case may be longer


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
    return Decision(text(body, "id"), by, at_ms, ruling, reason, base_version)


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
        return text({name: value}, name, most=MAX_DOUBT)
    if name in CODES:
        return cast(str, _code({name: value}, name))
    said = text({name: value}, name)
    return said.lower() if name == "device" else said


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
