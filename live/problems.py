"""What is wrong with an event folder: where, what, and the cure. All of it at once, not the first only."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches


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
