"""Where in a TOML text each key and each element stands: `tomllib` says what, never where.

Only for a text that `tomllib` has accepted; nothing is checked here.
"""

import re

Place = tuple[str | int, ...]
"""A way into the document, such as ``("race", 0, "start")``."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def lines_of(text: str) -> dict[Place, int]:
    """Return the line, from 1, of each table, key and array element of a valid TOML text."""
    reader = _Reader(text)
    reader.document()
    return reader.lines


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[Place, int] = {(): 1}
        self.counts: dict[Place, int] = {}  # how many tables each `[[array]]` has so far

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        assert match is not None, f"a valid text, line {self.line}"
        self.at = match.end()
        self.line += match[0].count("\n")
        return match[0]

    def next(self, expected: str) -> bool:
        """Step over `expected` if it is what comes next."""
        if self.text.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def note(self, place: Place) -> None:
        self.lines.setdefault(place, self.line)

    def document(self) -> None:
        table: Place = ()
        while True:
            self.take(_SPACE)
            if self.at >= len(self.text):
                return
            if self.next("[["):
                table = self.header(array=True)
            elif self.next("["):
                table = self.header(array=False)
            else:
                self.assignment(table)

    def header(self, array: bool) -> Place:
        *parents, last = self.keys()
        place: Place = ()
        for key in parents:
            place = self.inside((*place, key))
        place = (*place, last)
        if array:
            self.counts[place] = self.counts.get(place, 0) + 1
            self.note(place)
        place = self.inside(place)
        self.note(place)
        self.next("]]") if array else self.next("]")
        return place

    def inside(self, place: Place) -> Place:
        """The newest table, where `place` is an array of them."""
        return (*place, self.counts[place] - 1) if place in self.counts else place

    def keys(self) -> list[str]:
        found = []
        while True:
            self.take(_BLANK)
            quoted = self.text[self.at] in "\"'"
            found.append(self.take(_STRING)[1:-1] if quoted else self.take(_BARE))
            self.take(_BLANK)
            if not self.next("."):
                return found

    def assignment(self, table: Place) -> None:
        place = table
        for key in self.keys():
            place = (*place, key)
            self.note(place)
        self.next("=")
        self.take(_BLANK)
        self.value(place)

    def value(self, place: Place) -> None:
        self.lines.setdefault(place, self.line)
        if self.text[self.at] in "\"'":
            self.take(_STRING)
        elif self.next("["):
            self.elements(place)
        elif self.next("{"):
            self.members(place)
        else:
            self.take(_SCALAR)

    def elements(self, place: Place) -> None:
        count = 0
        while True:
            self.take(_SPACE)
            if self.next("]"):
                return
            self.value((*place, count))
            count += 1
            self.take(_SPACE)
            self.next(",")

    def members(self, place: Place) -> None:
        while True:
            self.take(_SPACE)
            if self.next("}"):
                return
            self.assignment(place)
            self.take(_SPACE)
            self.next(",")
