"""One table of `event.toml`: its values by kind, each wrong one noted with its line and the cure."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import get_close_matches
from typing import Any, TypeVar

from live.problems import Findings, one_of
from live.times import SECOND_MS, instant_ms, parse_duration, parse_instant
from live.toml_lines import Place
from live.wire import GRAMMAR

MISSING = object()
MAX_NAME = 200
T = TypeVar("T")


@dataclass
class Table:
    """A table of the file. A reader of a wrong or missing value notes the problem and returns its default."""

    values: dict[str, Any]
    place: Place
    lines: dict[Place, int]
    findings: Findings
    _known: set[str] = field(default_factory=set)

    # -- where ----------------------------------------------------------------------------------------------------

    def line(self, *within: str | int) -> int:
        """The line of what is inside, or of the nearest thing around it."""
        place = (*self.place, *within)
        while place not in self.lines:
            place = place[:-1]
        return self.lines[place]

    def problem(self, name: str, text: str, cure: str, *within: str | int) -> None:
        """Note a problem with the key `name`, or with what is `within` it."""
        self.findings.problem(self.line(name, *within), self._column(name), text, cure)

    def notice(self, name: str, text: str, cure: str) -> None:
        """Note what the organiser should know about the key `name`."""
        self.findings.notice(self.line(name), self._column(name), text, cure)

    def _column(self, name: str) -> str:
        return ".".join(str(key) for key in (*self.place, name) if not isinstance(key, int))

    def has(self, name: str) -> bool:
        """Whether the file gives this key."""
        return name in self.values

    # -- values ---------------------------------------------------------------------------------------------------

    def raw(self, name: str, default: Any = MISSING, cure: str = "Add it") -> Any:
        """The value as it stands; a missing one without default is a problem, and None."""
        self._known.add(name)
        if name in self.values:
            return self.values[name]
        if default is MISSING:
            self.problem(name, f"`{name}` is missing", cure)
            return None
        return default

    def _of(self, kind: type[T] | tuple[type, ...], words: str, name: str, default: Any) -> Any:
        value = self.raw(name, default, f"Add {name} = … ({words})")
        wrong = isinstance(value, bool) and kind is not bool
        if name not in self.values or (isinstance(value, kind) and not wrong):
            return value
        self.problem(name, f"{_shown(value)} is not {words}", f"Write {words}")
        return None if default is MISSING else default

    def text(self, name: str, default: Any = MISSING) -> str:
        """A text of at most MAX_NAME characters, trimmed."""
        value = self._of(str, "a text in quotes", name, default)
        if value is not None and len(value) > MAX_NAME:
            self.problem(name, f"a text of {len(value)} characters", f"Write {MAX_NAME} at most")
        if value is not None and default is MISSING and not value.strip():
            self.problem(name, "the text is empty", "Write something between the quotes")
        return (value or "").strip()

    def identifier(self) -> str:
        """Its `id`, which can stand in a topic and an address."""
        value = self.text("id")
        if value and not GRAMMAR.fullmatch(value):
            near = "".join(c if c in "abcdefghijklmnopqrstuvwxyz0123456789-" else "-" for c in value.lower())[:64]
            self.problem("id", f"{value!r} cannot stand in a topic or an address", f"Use a-z, 0-9 and - only: {near!r}")
        return value

    def choice(self, name: str, allowed: Collection[str], default: Any = MISSING) -> str:
        """One of the words in `allowed`."""
        value = self.text(name, default)
        if value and value not in allowed:
            self.problem(name, f"{value!r} is not known", one_of(allowed, value))
        return value

    def whole(self, name: str, default: Any = MISSING, *, least: int = 0, most: int = 10_000_000) -> int:
        """A whole number from `least` to `most`."""
        value: int | None = self._of(int, "a whole number", name, default)
        if value is not None and not least <= value <= most:
            self.problem(name, f"{value} is out of range", f"Write a whole number from {least} to {most}")
            value = None
        return least if value is None else value

    def yes_no(self, name: str, default: bool) -> bool:
        """true or false."""
        return bool(self._of(bool, "true or false", name, default))

    def seconds(self, name: str, default_s: int, *, least_s: int = 0) -> int:
        """A number of seconds, as ms."""
        value: float = self._of((int, float), "a number of seconds", name, default_s)
        if not least_s <= value <= 86_400:
            self.problem(name, f"{value} is out of range", f"Write seconds from {least_s} to 86400")
            value = default_s
        return round(value * SECOND_MS)

    def duration(self, name: str, default_ms: int | None) -> int | None:
        """A duration such as "7:00", as ms, more than zero."""
        value = self._of(str, 'a duration in quotes, as "7:00" or "24:00:00"', name, None)
        if value is None:
            return default_ms
        try:
            duration_ms = parse_duration(value)
        except ValueError:
            self.problem(name, f"{value!r} is no duration", 'Write "minutes:seconds" or "hours:minutes:seconds"')
            return default_ms
        if duration_ms == 0:
            self.problem(name, "the duration is zero", "Write a longer one")
        return duration_ms

    def instant(self, name: str, default: Any = MISSING) -> int | None:
        """A date and time with its offset from UTC, as an instant."""
        words = "a date and time with its offset, as 2016-05-26T16:30:00+02:00"
        value = self._of((datetime, str), words, name, default)
        if name not in self.values or value is None:
            return value if isinstance(value, int) else None
        try:
            return parse_instant(value) if isinstance(value, str) else instant_ms(value)
        except ValueError:
            self.problem(name, f"{_shown(value)} is not {words}", f"Write {words}")
            return None

    # -- what is inside -------------------------------------------------------------------------------------------

    def tables(self, name: str, default: Any = ()) -> list["Table"]:
        """The tables of an array such as ``[[race]]``."""
        value = self.raw(name, default, f"Add a table [[{name}]]")
        if not isinstance(value, list | tuple) or not all(isinstance(each, dict) for each in value):
            if value is not None:
                self.problem(name, "this is no list of tables", f"Begin each with a line [[{name}]]")
            return []
        return [self._inner(each, name, number) for number, each in enumerate(value)]

    def table(self, name: str, default: Any = MISSING) -> "Table":
        """One table such as ``[event]``."""
        value = self.raw(name, default, f"Add a table [{name}]")
        if not isinstance(value, dict):
            if value is not None:
                self.problem(name, "this is no table", f"Write {name} = {{ key = value }}")
            value = {}
        return self._inner(value, name)

    def _inner(self, values: dict[str, Any], *within: str | int) -> "Table":
        return Table(values, (*self.place, *within), self.lines, self.findings)

    def each(self, name: str, default: list[Any], read: Callable[[object, int], T | None]) -> list[T]:
        """The elements of a list, those that `read` could read."""
        value = self._of(list, "a list in [ ]", name, default)
        return [item for number, each in enumerate(value) if (item := read(each, number)) is not None]

    def done(self) -> None:
        """Note every key that nobody asked for: it does nothing, and is likely a slip."""
        for name in self.values:
            if name not in self._known:
                near = get_close_matches(name, self._known, n=1)
                cure = f"Did you mean {near[0]!r}?" if near else "It is ignored"
                self.notice(name, f"`{name}` is not known here", cure)


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, date | time) else repr(value)
