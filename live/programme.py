"""The event as its organiser wrote it: courses, races, entries, devices. Frozen, and known to every service.

Codes (bib, chip, runner, device) are text in their one normal form, see `code`. Ids of events, races, courses and
points keep their case.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from live.times import MINUTE_MS

LANGUAGES: Final = ("fr", "nl", "en")
"""In which we speak; an event names those of its own, its first one first."""

SEXES: Final = ("F", "M", "X")
"""Of a runner, and of a team: X where both run in it."""

Trust = Literal["main", "backup", "handheld", "manual"]
TRUST_ORDER: tuple[Trust, ...] = ("main", "backup", "handheld", "manual")
"""Whose instant counts when several saw one crossing, best first (race.md, From passage to crossing, 6)."""

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def code(text: str) -> str:
    """Return the one normal form of a bib, chip, runner code or device id: trimmed, upper case (T18).

    What looks the same is the same: full-width digits, letters composed or not, spaces that do not break, and what
    nobody sees at all, such as the mark that a spreadsheet puts before its first cell.
    """
    if text.isascii():
        return text.strip().upper()
    seen = unicodedata.normalize("NFKC", _UNSEEN.sub("", text))
    return unicodedata.normalize("NFKC", seen.upper()).strip()


Track = tuple[tuple[int, int], ...]
"""How a course lies on the ground: metres east and south of its start, point by point."""

INFO = ("bring", "access", "waiting", "rules")
"""What an organiser may tell: what to bring, how to get there, where who waits for his turn stands, the rules."""
Info = Mapping[str, Mapping[str, tuple[str, ...]]]
"""For each of `INFO`, as far as given, its lines by language."""


@dataclass(frozen=True, slots=True)
class TimingPoint:
    """A place on a course, metres from its start."""

    id: str
    at_m: int


@dataclass(frozen=True)
class Course:
    """A loop whose line is its start and its finish, or a road from 0 to `length_m`.

    `points` are in order of distance. Exactly one of them is `line`: on a loop the point at 0 m, on a road the one
    at `length_m`. `track` is for pictures alone; empty where nobody recorded it.
    """

    id: str
    length_m: int
    loop: bool
    points: tuple[TimingPoint, ...]
    track: Track = field(default=(), repr=False)

    @cached_property
    def line(self) -> str:
        """The id of the point where a lap ends."""
        end_m = 0 if self.loop else self.length_m
        return next(point.id for point in self.points if point.at_m == end_m)

    @cached_property
    def at_m(self) -> dict[str, int]:
        """Metres into a lap by point id; the line counts as the end of the lap, `length_m`."""
        return {p.id: (self.length_m if p.id == self.line else p.at_m) for p in self.points}


@dataclass(frozen=True, slots=True)
class Device:
    """A mat or a handheld: where it stands and how far it is trusted. `id` is lower case, as in topics."""

    id: str
    point: str
    course: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class Runner:
    """One member of a team. `chips` are what he wears; `public` says how his name may be shown.

    `pronunciation` tells the speaker how the name is said.
    """

    code: str
    first_name: str
    last_name: str
    sex: str
    chips: tuple[str, ...]
    public: Literal["yes", "initials", "no"]
    pronunciation: str = ""

    @property
    def public_name(self) -> str:
        """The name as the public may read it; empty where he asked for none (T91)."""
        if self.public == "no":
            return ""
        if self.public == "yes":
            return f"{self.first_name} {self.last_name}".strip()
        return " ".join(f"{name[0]}." for name in (self.first_name, self.last_name) if name)

    @property
    def public_pronunciation(self) -> str:
        """How his name is said; empty where it may not be said in full: the note would give it away (T91)."""
        return self.pronunciation if self.public == "yes" else ""


@dataclass(frozen=True)
class Entry:
    """A team (or a single runner) in one race. `number` is its place in the file: the order inside a tie."""

    race: str
    number: int
    bib: str
    team: str
    company: str
    category: str
    wave: str
    start_ms: int | None
    runners: tuple[Runner, ...]

    @cached_property
    def sex(self) -> str:
        """F or M when all runners are of that sex, X when they are not, empty when one is unknown."""
        sexes = {runner.sex for runner in self.runners}
        if not sexes or "" in sexes:
            return ""
        return sexes.pop() if len(sexes) == 1 else "X"


@dataclass(frozen=True, slots=True)
class Wave:
    """A start group: its planned start, and its gun where it was measured."""

    id: str
    start_ms: int
    gun_ms: int | None


@dataclass(frozen=True, slots=True)
class PlannedRestart:
    """A mass restart of lap `lap` that the organiser planned."""

    lap: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Prize:
    """Who is called to the podium: the first `places` among `among`.

    That is ``all``, ``companies``, ``fastest_lap``, ``category:<name>``, ``sex:<F, M or X>`` or
    ``fastest_leg:<runner>``.
    """

    name: dict[str, str]
    among: str
    places: int


@dataclass(frozen=True)
class Race:
    """One race and its rules (race.md, Formats). `legs[k]` are those who run lap k+1 of one round of the list.

    Durations in ms. `duration_ms` is set for a timed race only: its laps are open, the list of legs goes round and
    round. `finish` is ``with_leader`` where everybody stops at the first crossing after the winner's last.
    `objections_ms` is how long objections are heard once it is provisional.
    """

    id: str
    name: str
    course: Course
    legs: tuple[tuple[str, ...], ...]
    repeat: int
    finish: Literal["all_laps", "with_leader"]
    duration_ms: int | None
    team_time: Literal["last", "first"]
    min_lap_ms: int
    together_window_ms: int
    together_ms: int
    arrive_within_ms: int
    start_ms: int
    gun_ms: int | None
    ranked: bool
    companies_count: int
    waves: tuple[Wave, ...]
    restarts: tuple[PlannedRestart, ...]
    prizes: tuple[Prize, ...]
    entries: tuple[Entry, ...] = field(repr=False)
    objections_ms: int = 15 * MINUTE_MS

    @cached_property
    def laps_total(self) -> int | None:
        """How many laps everybody runs; None in a timed race."""
        return None if self.duration_ms is not None else len(self.legs) * self.repeat

    @cached_property
    def by_bib(self) -> dict[str, Entry]:
        """The entries by bib."""
        return {entry.bib: entry for entry in self.entries}

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The codes that the legs name, in the order in which they first do."""
        return tuple(dict.fromkeys(code for leg in self.legs for code in leg))

    def runs(self, lap: int) -> tuple[str, ...]:
        """The runner codes of lap `lap` (from 1), as the race file has them."""
        return self.legs[(lap - 1) % len(self.legs)]

    def runners(self, entry: Entry, lap: int, order: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The runners of an entry on lap `lap`; `order` names the runner of each of `roles`, where it names any."""
        has = {runner.code for runner in entry.runners}
        in_place = dict(zip(self.roles, order, strict=False))
        return tuple(code for role in self.runs(lap) if (code := in_place.get(role, role)) in has)


@dataclass(frozen=True, slots=True)
class Sponsor:
    """Who is thanked on the screens: a name and, where there is one, a picture with its media type."""

    name: str
    kind: str = ""
    picture: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Event:
    """One afternoon: all that `event.toml` and `entries.csv` say."""

    id: str
    name: str
    place: str
    timezone: str
    languages: tuple[str, ...]
    clock: Literal["wall", "facts"]
    officials_to_publish: int
    courses: tuple[Course, ...]
    races: tuple[Race, ...]
    devices: tuple[Device, ...]
    sponsors: tuple[Sponsor, ...] = ()
    info: Info = field(default_factory=dict)

    @cached_property
    def by_race(self) -> dict[str, Race]:
        """The races by id."""
        return {race.id: race for race in self.races}

    @cached_property
    def by_device(self) -> dict[str, Device]:
        """The devices by id."""
        return {device.id: device for device in self.devices}

    def told(self, name: str, language: str) -> tuple[str, ...]:
        """What the organiser tells of one of `INFO`, line by line; in his first language where not in this one."""
        texts = self.info.get(name, {})
        return texts.get(language) or texts.get(self.languages[0], ())
