"""One race: its teams judged each alone, its rows, state and closing; which instants and points are its own."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from live.boards import PAGE_ROWS
from live.ingest.crossings import Judge, decide
from live.ingest.doubts import doubts_of
from live.ingest.judged import OFFICIAL, Judged, Sighting, Terms
from live.ingest.laps import NO_LAPS, TeamLaps, count, splits
from live.ingest.publication import Editions, Snapshot
from live.ingest.rulings import Rulings
from live.ingest.standings import Closing, Contender, Ruled, closing, open_ended, row, status
from live.ingest.states import RaceRuled
from live.messages import AddCrossing, BoardChanges, BoardHead, BoardPage, Passage, RaceState, Row, Status
from live.programme import Device, Entry, Event, Race
from live.times import HOUR_MS

EARLIEST_MS = 12 * HOUR_MS
LATEST_MS = 48 * HOUR_MS
"""A date further before or after the planned start is implausible (race.md, From passage to crossing, 1)."""


@dataclass(slots=True)
class Heard:
    """A passage in the journal and what became of it before any team was judged: `reason` says why no team has it."""

    passage: Passage
    fact: int
    heard_at_ms: int
    race: str | None = None
    bib: str | None = None
    sighting: Sighting | None = None
    verdict: Literal["questionable", "ignored"] = "ignored"
    reason: str = ""
    shift_ms: int = 0

    @property
    def at_ms(self) -> int:
        """The instant by which the passage is judged: the device's own, set right where an official shifted it."""
        return self.passage.at_ms + self.shift_ms


MOST_DOUBTS = 10
"""In a row, so that a device gone wrong cannot make a board too large for the bus. The officials see all of them."""

Passed = tuple[int, str, int]
"""A lap, a point, and the time from the gun at which a team was there."""


@dataclass(slots=True, eq=False)
class Team:
    """One entry of a race with its sightings in order, and what was made of them.

    `unclosed` are its laps as if the race never closed. `passed` is where it was, as the places at laps and points
    count it.
    """

    entry: Entry
    page: int
    sightings: list[Sighting] = field(default_factory=list)
    gun_ms: int | None = None
    order: dict[str, str] = field(default_factory=dict)
    judge: Judge | None = None
    judged: Judged = field(default_factory=lambda: Judged([], []))
    laps: TeamLaps = NO_LAPS
    unclosed: TeamLaps = NO_LAPS
    row: Row | None = None
    ended_ms: int | None = None
    fact: int = 0
    conflicts: dict[tuple[str, str, int], int] = field(default_factory=dict)
    set_aside: dict[tuple[str, str, int], Heard] = field(default_factory=dict)
    passed: frozenset[Passed] = frozenset()

    def see(self, sighting: Sighting) -> None:
        """Take in a sighting. One that comes before what was judged takes the judging back to the beginning."""
        place = bisect_left(self.sightings, sighting)
        self.sightings.insert(place, sighting)
        if place < len(self.judged_alone.crossings):
            self.judge = None

    def unsee(self, sighting: Sighting) -> None:
        """Give a sighting back."""
        del self.sightings[bisect_left(self.sightings, sighting)]
        self.judge = None

    @property
    def judged_alone(self) -> Judged:
        """What was judged as if the race never closed."""
        return self.judge.judged if self.judge is not None else Judged([], [])


class LiveRace:
    """One race's teams and rows. What is `dirty` is judged anew by `settle`, and told by `collect`."""

    def __init__(self, race: Race, journal: str) -> None:
        """Every entry is a team from the start; `journal` is the journal's id."""
        self.race = race
        self.journal = journal
        self.teams = {entry.bib: Team(entry, n // PAGE_ROWS) for n, entry in enumerate(race.entries)}
        self.dirty: dict[str, Team] = dict(self.teams)
        self.dirty_pages: set[int] = set(range(self.pages))
        self.version = 0
        self.as_of_ms = 0
        self.gun_ms: int | None = None
        self.closing: Closing | None = None
        self._statuses: dict[Status, int] = {}
        self._keys: list[tuple[int, ...]] = []
        self._passed: dict[tuple[int, str], list[int]] = {}
        self.ruled = RaceRuled()
        self.editions = Editions()
        self.snapshots: dict[str, Snapshot] = {}
        self._ended_ms: int | None = None
        self._published: BoardHead | None = None
        self._touched: dict[str, None] = {}
        self._told: dict[str, Row] = {}

    @property
    def pages(self) -> int:
        """How many pages its rows fill."""
        return -(-len(self.race.entries) // PAGE_ROWS)

    def state(self) -> RaceState:
        """What officials made of it: official, or provisional once it was closed; else what follows from the facts."""
        if self.ruled.published is not None:
            return "official"
        by_facts = self._state_by_facts()
        return "provisional" if by_facts == "running" and self.ruled.closed is not None else by_facts

    def _state_by_facts(self) -> RaceState:
        """Planned before the first gun, running while anybody runs or is to start, then provisional."""
        if not any(self._statuses.get(s) for s in ("running", "finished", "dnf")):
            return "planned"
        return "running" if self._statuses.get("running") or self._statuses.get("not_started") else "provisional"

    def place(self, team: Team) -> int | None:
        """Return a team's place, None where none is due."""
        return bisect_left(self._keys, team.row.key) + 1 if team.row is not None and team.row.placed else None

    def place_at(self, team: Team, lap: int, point: str, elapsed_ms: int) -> int | None:
        """Return a team's place among those who got to a point of a lap; None where it is not ranked."""
        return bisect_left(self._passed[lap, point], elapsed_ms) + 1 if ranked(team) else None

    @property
    def frozen(self) -> Snapshot | None:
        """The board that the public sees instead of this one; None where it sees this one."""
        return None if self.ruled.frozen is None else self.snapshots.get(self.ruled.frozen.decision.id)

    def head(self) -> BoardHead:
        """Return the head of the board that the public sees, as of the last `settle`."""
        if self.ruled.frozen is None or self.frozen is None:
            return self.live_head()
        return self.frozen.shown(self.ruled.frozen, self.ruled.frozen_fact)

    def live_head(self) -> BoardHead:
        """Return the head of the board as it is, as of the last `settle`: for officials, also during a freeze."""
        state, frozen = self.state(), self.ruled.frozen
        since_ms = self._provisional_since_ms() if state in ("provisional", "official") else None
        window_ms = since_ms
        if state == "official" and self.editions.corrected:
            window_ms = self.editions.at_ms  # objections are heard against each correction (T87)
        return BoardHead(
            race=self.race.id,
            journal=self.journal,
            version=self.version,
            state=state,
            as_of_ms=self.as_of_ms,
            laps_total=self.race.laps_total,
            entries=len(self.race.entries),
            pages=self.pages,
            gun_ms=self.gun_ms,
            frozen=frozen is not None,
            frozen_since_ms=None if frozen is None else frozen.decision.at_ms,
            edition=self.editions.number,
            official_at_ms=self.editions.at_ms if state == "official" else None,
            provisional_since_ms=since_ms,
            objections_until_ms=None if window_ms is None else window_ms + self.race.objections_ms,
        )

    def _provisional_since_ms(self) -> int:
        """When the last team ended or, where that was earlier or is still to come, when officials closed the race."""
        instants = []
        if self.ruled.closed is not None:
            instants.append(self.ruled.closed.decision.at_ms)
        if self._state_by_facts() == "provisional":
            if self._ended_ms is None:
                ended = (team.ended_ms for team in self.teams.values() if team.ended_ms is not None)
                self._ended_ms = max(ended, default=self.as_of_ms)
            instants.append(self._ended_ms)
        return min(instants, default=self.as_of_ms)

    def freeze(self, decision: str) -> None:
        """Keep the board as of the last `settle` for the public, for as long as this decision freezes it."""
        rows = {bib: team.row for bib, team in self.teams.items() if team.row is not None}
        self.snapshots[decision] = Snapshot(self.live_head(), rows)

    def rule(self, ruled: RaceRuled) -> None:
        """Take in what officials ruled of the race as a whole."""
        if (self.ruled.frozen, self.ruled.frozen_fact) != (ruled.frozen, ruled.frozen_fact):
            self.show_anew()
        self.ruled = ruled

    def show_anew(self) -> None:
        """Compare everything that was told with what the public is to see."""
        self._touched.update(dict.fromkeys(self.teams))

    def follow(self, changed: list[Row], at_ms: int) -> None:
        """Count the editions of the official result, after a fact of that instant and the `settle` that it changed."""
        published = self.ruled.published
        rows = changed if self.editions.goes_on(published) else [each.row for each in self.teams.values() if each.row]
        self.editions.follow(published, rows if published is not None else (), at_ms)

    def shown(self, team: Team) -> Row | None:
        """Return the row of a team that the public sees."""
        return team.row if self.frozen is None else self.frozen.rows.get(team.entry.bib)

    def page(self, number: int) -> BoardPage:
        """Return one page of rows, from 0, as of the last `settle`."""
        entries = self.race.entries[number * PAGE_ROWS : (number + 1) * PAGE_ROWS]
        rows = [self.shown(self.teams[entry.bib]) for entry in entries]
        return BoardPage(
            self.race.id, self.journal, number, tuple(each for each in rows if each is not None), self.head().version
        )

    def settle(self, rulings: Rulings, now_ms: int) -> list[Row]:
        """Judge what is dirty; return the rows that changed."""
        judged = list(self.dirty.values())
        self.dirty.clear()
        restarts = rulings.restarts[self.race.id]
        for team in judged:
            self._judge(team, restarts)
        if judged and open_ended(self.race):
            judged = self._close(rulings, judged)
        rows = [each for team in judged if (each := self._write(rulings, team, now_ms)) is not None]
        ruled = max(rulings.race_facts.get(self.race.id, 0), self.ruled.fact)
        self.version = max([self.version, ruled, *(each.version for each in rows)])
        self._touched.update((each.bib, None) for each in rows)
        return rows

    def collect(self) -> BoardChanges | None:
        """Return what the public sees otherwise since the last call, None where nothing is."""
        rows = []
        for bib in self._touched:
            shown = self.shown(self.teams[bib])
            if shown is not None and shown != self._told.get(bib):
                self._told[bib] = shown
                self.dirty_pages.add(self.teams[bib].page)
                rows.append(shown)
        self._touched.clear()
        head, old = self.head(), self._published
        if not rows and old is not None and old == replace(head, as_of_ms=old.as_of_ms):
            return None
        self._published = head
        return BoardChanges(head, old.version if old else 0, tuple(rows))

    def _judge(self, team: Team, restarts: Mapping[int, int]) -> None:
        """Judge what is new of a team, as if it were alone; all of it where the past has changed."""
        moved = team.judge is None
        if team.judge is None:
            team.judge = Judge(Terms(self.race, team.entry, team.gun_ms, restarts, order=team.order))
        heard = len(team.judge.judged.crossings)
        if team.judge.hear(team.sightings[heard:]) or moved:
            team.unclosed = count(self.race, team.gun_ms, restarts, team.judge.judged)
        team.judged, team.laps = team.judge.judged, team.unclosed

    def _close(self, rulings: Rulings, judged: list[Team]) -> list[Team]:
        """Find the closing; return the teams whose rows may differ, judged again where the race is closed."""
        contenders = [
            Contender(team.entry.number, team.unclosed, self._retired(rulings, team), team.gun_ms)
            for team in self.teams.values()
            if team.gun_ms is not None
        ]
        was, self.closing = self.closing, closing(self.race, contenders)
        if self.closing != was:
            judged = list(self.teams.values())
        if self.closing is None:  # it may have been closed before: all are as they were judged alone
            for team in judged:
                team.judged, team.laps = team.judged_alone, team.unclosed
        else:
            restarts = rulings.restarts[self.race.id]
            for team in judged:
                terms = Terms(self.race, team.entry, team.gun_ms, restarts, self.closing.at_ms, team.order)
                team.judged = decide(terms, team.sightings)
                team.laps = count(self.race, team.gun_ms, restarts, team.judged)
        return judged

    def _retired(self, rulings: Rulings, team: Team) -> bool:
        return rulings.of_team((self.race.id, team.entry.bib)).status in ("dnf", "dns", "dsq")

    def _write(self, rulings: Rulings, team: Team, now_ms: int) -> Row | None:
        """Write the team's row anew; return it where it differs from the one before."""
        bib = team.entry.bib
        ruled = rulings.of_team((self.race.id, bib))
        became = status(self.race, team.gun_ms, now_ms, team.laps, ruled, self.closing.at_ms if self.closing else None)
        fact = max(team.fact, rulings.race_facts.get(self.race.id, 0))
        if self.closing is not None and became == "finished":
            fact = max(fact, self.closing.fact)
        doubted = doubts_of(self.race, team.entry, team.judged, team.conflicts)
        doubts = tuple(doubt["id"] for doubt in doubted[:MOST_DOUBTS])
        order = tuple(team.order.values())
        new, old = row(self.race, bib, team.laps, became, ruled, fact, doubts, order), team.row
        if new != old:
            team.row = new
            self._rank(new, old)
        self._note_end(team, ruled)
        self._note_passed(team)
        return None if new == old else new

    def _rank(self, new: Row, old: Row | None) -> None:
        if old is not None:
            self._statuses[old.status] -= 1
            if old.placed:
                del self._keys[bisect_left(self._keys, old.key)]
        self._statuses[new.status] = self._statuses.get(new.status, 0) + 1
        if new.placed:
            insort(self._keys, new.key)

    def _note_end(self, team: Team, ruled: Ruled) -> None:
        ended = team.row is not None and team.row.status not in ("running", "not_started")
        ended_ms = None
        if team.row is not None and ended:
            ended_ms = team.row.at_ms if ruled.status is None else ruled.set_at_ms
        if ended_ms != team.ended_ms:
            team.ended_ms, self._ended_ms = ended_ms, None

    def _note_passed(self, team: Team) -> None:
        """Keep the sorted times at every lap's end and point, which give the places there."""
        now: set[Passed] = set()
        if ranked(team) and team.gun_ms is not None:
            now.update((lap.number, self.race.course.line, lap.elapsed_ms) for lap in team.laps.laps)
            for one in team.judged.laps:
                if one.splits:
                    now.update((one.number, s.point, s.elapsed_ms) for s in splits(self.race, team.gun_ms, one))
        for lap, point, elapsed_ms in team.passed - now:
            times = self._passed[lap, point]
            del times[bisect_left(times, elapsed_ms)]
        for lap, point, elapsed_ms in now - team.passed:
            insort(self._passed.setdefault((lap, point), []), elapsed_ms)
        team.passed = frozenset(now)


def ranked(team: Team) -> bool:
    """Whether the team takes part in places at laps and points; who retired later keeps those that he reached."""
    return team.row is not None and team.row.status not in ("dsq", "out_of_competition")


def doubted(races: Iterable[LiveRace], doubt: str) -> list[tuple[LiveRace, Team]]:
    """Return the teams that a doubt may be about, by its id; more than one only where a race or a bib holds a dash."""
    padded = f"{doubt}-"
    return [(live, team) for live in races for bib, team in live.teams.items() if f"-{live.race.id}-{bib}-" in padded]


def added_sighting(race: Race, decision: str, added: AddCrossing, fact: int) -> Sighting:
    """Return a crossing that an official added as a sighting; its identity is the decision's."""
    runners = () if added.runner is None else (added.runner,)
    point = added.point or race.course.line
    at_line = point == race.course.line
    return Sighting(added.crossed_at_ms, at_line, OFFICIAL, "", decision, 0, runners, point, fact)


def on_course(race: Race, device: Device, point: str, event: Event) -> bool:
    """Whether what a device sees at this point happens on the race's course.

    Two courses whose lines have the same name share the line, and so its mats: a walker may be seen there (T65).
    """
    if point not in race.course.at_m:
        return False
    if device.course == race.course.id:
        return True
    other = next((course for course in event.courses if course.id == device.course), None)
    return other is not None and point == race.course.line == other.line


def plausible(race: Race, entry: Entry, at_ms: int) -> bool:
    """Whether an instant can be of this race: from 12 hours before to 48 hours after the planned start."""
    wave = next((wave for wave in race.waves if wave.id == entry.wave), None)
    start_ms = entry.start_ms or (wave.start_ms if wave else race.start_ms)
    return start_ms - EARLIEST_MS <= at_ms <= start_ms + LATEST_MS
