"""Decisions once more, in a file beside the backups: what an official ruled after the last backup no device can resend.

A line is a JSON object with a check over the rest of it. It is written and synced at once, after the journal has the
decision. A line that a power cut tore, or that was changed, is left out and said to be.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from live.fact_members import decision_members, journaled_decision
from live.messages.decisions import Decision
from live.messages.facts import Recorded
from live.strict_json import from_json, to_json


def note(file: Path, ruled: Sequence[Recorded]) -> None:
    """Add decisions to the file. When this returns they are durable.

    Raises:
        OSError: the disk does not take them.
    """
    with file.open("ab") as out:
        if out.tell() and not _ends_whole(file):
            out.write(b"\n")
        out.write(b"".join(_line(recorded) for recorded in ruled))
        out.flush()
        os.fsync(out.fileno())


def noted(file: Path) -> tuple[list[Recorded], list[str]]:
    """Return the decisions in the file in the order of the journal, and what is wrong with it; nothing without a file.

    Raises:
        OSError: it cannot be read.
    """
    if not file.exists():
        return [], []
    found, wrong = dict[int, Recorded](), []
    for number, line in enumerate(file.read_bytes().splitlines(), 1):
        recorded = _recorded(line)
        if recorded is None:
            wrong.append(f"{file}: line {number} is damaged")
        else:
            found[recorded.seq] = recorded
    return [found[seq] for seq in sorted(found)], wrong


def last_noted(file: Path) -> int:
    """Return up to which seq of the journal the file has all decisions; 0 without a file."""
    return max((recorded.seq for recorded in noted(file)[0]), default=0)


def _ends_whole(file: Path) -> bool:
    with file.open("rb") as whole:
        whole.seek(-1, os.SEEK_END)
        return whole.read() == b"\n"


def _line(recorded: Recorded) -> bytes:
    assert isinstance(recorded.fact, Decision)
    said = {
        "fact": recorded.seq,
        "heard_at_ms": recorded.heard_at_ms,
        "decision": decision_members(recorded.fact),
    }
    return to_json({"check": _check(said), **said}) + b"\n"


def _recorded(line: bytes) -> Recorded | None:
    try:
        said = from_json(line)
        if not isinstance(said, dict) or said.pop("check", None) != _check(said):
            return None
        return Recorded(said["fact"], said["heard_at_ms"], journaled_decision(said["decision"]))
    except ValueError:
        return None


def _check(said: dict[str, Any]) -> str:
    return hashlib.sha256(to_json(said)).hexdigest()
