"""What the doctor found: how bad it is, and what to do about it."""

import errno
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding about one thing. `cure` is a sentence; empty when nothing is to be done."""

    about: str
    level: Level
    found: str
    cure: str = ""

    def __str__(self) -> str:
        """Return it as a line for people."""
        return f"{self.level:<8} {self.about}: {self.found}" + (f". {self.cure}" if self.cure else "")


def ok(about: str, found: str) -> Finding:
    """All is well."""
    return Finding(about, "ok", found)


def warning(about: str, found: str, cure: str) -> Finding:
    """The race can be run like this, at a risk."""
    return Finding(about, "warning", found, cure)


def problem(about: str, found: str, cure: str) -> Finding:
    """The race cannot be run like this, or something will be lost."""
    return Finding(about, "problem", found, cure)


def cure_of(error: OSError, folder: Path, elsewhere: str) -> str:
    """Return the cure where a folder cannot be used; `elsewhere` says how another one is given."""
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return f"Give the user who runs `live serve` the right to read and write there: chown -R USER {folder}."
        case errno.ENOTDIR | errno.EEXIST:
            return f"A file is where a folder should be: put it aside, or {elsewhere}."
        case errno.EROFS:
            return f"Mount that disk for writing, or {elsewhere}."
        case errno.ENOSPC | errno.EDQUOT:
            return f"Make room on the disk, or {elsewhere}."
    return f"Look at that disk (dmesg), or {elsewhere}."


def shown_at(at_ms: int, zone: tzinfo) -> str:
    """Return an instant as the day and the clock of a time zone."""
    return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(" ", "seconds")
