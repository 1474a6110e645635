"""What is wrong with an event folder: where, what, and the cure. All of it at once, not the first only."""

import errno
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

WHY: Final = {
    errno.ENOENT: "there is no such file or folder: check the name, and the folder you are in",
    errno.EISDIR: "this is a folder: name a file",
    errno.ENOTDIR: "a part of this path is a file, not a folder: choose another place",
    errno.EEXIST: "this is there already, and is no folder: choose another place",
    errno.EACCES: "you have no right to it: choose another place, or ask whose it is",
    errno.EPERM: "you have no right to it: choose another place, or ask whose it is",
    errno.EROFS: "nothing can be written there: choose another place",
    errno.ENOSPC: "the disk is full: make room",
}
"""Why a file cannot be used, and the cure, by what the system says."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. `line` counts from 1 (a row, in a spreadsheet); `column` is a key or a column's name."""

    file: str
    line: int
    column: str
    text: str
    cure: str

    def __str__(self) -> str:
        end = "" if self.cure.endswith("?") else "."
        return f"{self.file}:{self.line}: {self.column}: {self.text}. {self.cure}{end}"


class EventProblems(ValueError):
    """The event folder cannot be used; `problems` says why, in the order of files and lines."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")


class Findings:
    """Collects the problems of one file, and the notices: what is odd, but no obstacle."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.notices: list[Problem] = []

    def problem(self, line: int, column: str, text: str, cure: str) -> None:
        """Note what makes the file unusable."""
        self.problems.append(Problem(self.file, line, column, text, cure))

    def notice(self, line: int, column: str, text: str, cure: str) -> None:
        """Note what the organiser should know."""
        self.notices.append(Problem(self.file, line, column, text, cure))


READABLE = "Give the user who runs `live` the right to read it"


def unusable(error: OSError, name: object = None) -> str:
    """Return one sentence on a file that cannot be used: its `name`, or that in the error, why, and the cure."""
    name = name or error.filename2 or error.filename
    if name is None or error.errno is None:  # words of our own, or no file
        return str(error)
    return f"{name}: {WHY.get(error.errno, error.strerror)}."


def one_of(allowed: Collection[str], given: str = "") -> str:
    """Return the cure for a value that is none of `allowed`; the likely one is named first."""
    if not allowed:
        return "There is none to choose from"
    near = get_close_matches(given.lower(), list(allowed), n=1)
    if near:
        return f"Did you mean {near[0]!r}? Known: {_listed(allowed)}"
    return f"Write one of: {_listed(allowed)}"


def _listed(names: Collection[str], most: int = 12) -> str:
    shown = list(names)[:most]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")
