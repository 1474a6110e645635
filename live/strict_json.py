"""JSON in and out. What comes in is anybody's bytes, and is refused with a ValueError that can be shown (T20, T21)."""

import json
from typing import Any, Final, TypeVar

import msgspec

MAX_INT: Final = 2**53 - 1
"""Beyond it a phone's script no longer tells one whole number from the next."""
MAX_TEXT: Final = 64
"""Characters of a name, and of what a reason shows of a value."""

T = TypeVar("T")


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
