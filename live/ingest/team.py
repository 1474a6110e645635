"""One team of a race: its sightings in order, and what was made of them, carried on from where it stands."""

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import Literal

from live.ingest.checkpoints import FAR, Checkpoint, Checkpoints, can_take_back, take_back
from live.ingest.crossings import Judge
from live.ingest.doubts import Answers, Doubt, Identity, lap_doubts
from live.ingest.forecast import NOTHING, Outlook
from live.ingest.inferring import Inferred, look_again
from live.ingest.judged import OPEN_LAPS, Judged, Sighting, Terms
from live.ingest.lap_times import NEIGHBOURS, FieldLaps
from live.ingest.laps import NO_LAPS, TeamLaps, count
from live.ingest.marks import Mark, marks
from live.ingest.missed import Scene, none_long
from live.messages.boards import Row
from live.messages.devices import Passage
from live.programme import Entry


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
        return self.passage.at_ms + self.shift_ms if self.shift_ms else self.passage.at_ms  # no number twice


Place = tuple[str, int]
"""A point of a lap, and the time from the gun at which a team was there."""


@dataclass(slots=True, eq=False)
class Team:
    """One entry of a race with its sightings in order, and what was made of them.

    `judge` judges it by itself, up to the sighting number `heard`, and makes the laps `plain`; `inferred` is what
    follows from a look at its rivals too, `unclosed` are its laps as if the race never closed. `judged` and `laps` are
    what holds. `passed` is where it was, lap by lap, as the places at laps and points count it.
    """

    entry: Entry
    page: int
    plausible_ms: tuple[int, int] = (0, 0)
    """The first and the last instant that can be of it."""
    sightings: list[Sighting] = field(default_factory=list)
    gun_ms: int | None = None
    order: dict[str, str] = field(default_factory=dict)
    judge: Judge | None = None
    heard: int = 0
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    rewound: int | None = None
    """It was taken back since it was last judged: what it was from this lap on does not stand."""
    plain: TeamLaps = NO_LAPS
    stands: int = 0
    """So many laps of `plain` are as they are, whatever is judged anew: of a team of the past."""
    inferred: Inferred = field(default_factory=Inferred)
    unclosed: TeamLaps = NO_LAPS
    closed: Judge | None = None
    closed_laps: TeamLaps = NO_LAPS
    judged: Judged = field(default_factory=lambda: Judged([], []))
    laps: TeamLaps = NO_LAPS
    since: int | None = None
    """The first lap that counts otherwise since it was last written; None: none."""
    stale: bool = True
    """Its row is to be written anew for something else than what was seen of it: a ruling, a gun, the end of a wait."""
    wake_ms: int | None = None
    """When its row changes without a fact, if nothing comes before."""
    alarm_ms: int | None = None
    """The race looks at it then, at the latest: not after `wake_ms`."""
    written: tuple[object, object] = (None, None)
    well: bool = False
    """Nothing was missed, seen at a glance, when it was last looked at."""
    ended: bool = False
    """A lap has ended, or ended otherwise, since then: else none can be longer than it was."""
    exchanges: bool = False
    """Whether somebody hands over to somebody who has not run with him."""
    lap_doubts: dict[int, list[Doubt]] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    row: Row | None = None
    ended_ms: int | None = None
    fact: int = 0
    conflicts: dict[Identity, int] = field(default_factory=dict)
    set_aside: dict[Identity, Heard] = field(default_factory=dict)
    added: tuple[Sighting, ...] = ()
    marks: tuple[Mark, ...] = ()
    outlook: Outlook = NOTHING
    ranked: bool = True
    passed: list[tuple[Place, ...]] = field(default_factory=list)

    def see(self, sighting: Sighting) -> None:
        """Take in a sighting. One that comes before what was judged takes the judging back to before it."""
        if not self.sightings or sighting > self.sightings[-1]:
            self.sightings.append(sighting)  # nearly always: the search would touch what has long left the cache
            return
        place = bisect_left(self.sightings, sighting)
        self.sightings.insert(place, sighting)
        if place < self.heard and self.judge is not None:
            self.rewind(place)

    def rewind(self, heard: int) -> None:
        """Take the judging back to where it had heard so many sightings at most."""
        assert self.judge is not None, "who was not judged is not taken back"
        self.closed = None
        checkpoint = self.checkpoints.before(heard)
        if can_take_back(self.judge, heard):
            self.heard, first = heard, take_back(self.judge, heard)
        elif checkpoint is not None:
            self.heard, first = checkpoint.heard, checkpoint.first
            self.judge = checkpoint.judge_from(first)
        else:
            self.judge = None
            return
        if first is not None:
            self.rewound = min(first, self.rewound or first)

    def until(self, at_ms: int, unheard: set[int] | None) -> "Team":
        """Return the team as its own sightings up to that instant make it, but for these facts, ready to be judged on
        from there.
        """
        seen = self.sightings[: bisect_left(self.sightings, (at_ms + 1,))]
        known = seen if unheard is None else [each for each in seen if each.fact not in unheard]
        then = Team(self.entry, self.page, self.plausible_ms, known, self.gun_ms, self.order, fact=self.fact)
        then.added = tuple(each for each in self.added if each.at_ms <= at_ms)
        then.checkpoints = Checkpoints(taking=False)
        checkpoint = self.checkpoints.look_back(len(known))
        if self.judge is not None and checkpoint is not None and then.added == self.added and len(known) == len(seen):
            then.rewound = 1
            then.exchanges = self.exchanges
            then.go_on(checkpoint, self.judge, self.plain if self.rewound is None else NO_LAPS)
        return then

    def go_on(self, checkpoint: Checkpoint, later: Judge, plain: TeamLaps) -> None:
        """Go on from a checkpoint of a judge that has gone on further, to what it has made: `plain`, as far as known.

        Which laps each sighting changes was found out when that one heard it: sightings that change none need not be
        heard, other laps need no copy, and those that nothing later has changed are as they were counted.
        """
        known, crossings = len(self.sightings), later.judged.crossings
        first, self.heard = checkpoint.first, checkpoint.heard
        if len(crossings) >= known and not later.restarts:  # a restart begins laps that nobody has got to
            moved = [each.moved for each in crossings[checkpoint.heard : known] if each.moved is not None]
            self.heard = checkpoint.heard if moved else known
            first = min(moved, default=first + OPEN_LAPS)
        self.judge = checkpoint.judge_from(first)
        if len(crossings) >= known:
            since = min((each.moved for each in crossings[known:] if each.moved is not None), default=None)
            self.plain, self.stands = plain, len(plain.laps) if since is None else since - 1

    def unsee(self, sighting: Sighting) -> None:
        """Give a sighting back."""
        del self.sightings[bisect_left(self.sightings, sighting)]
        self.judge = None

    def begin(self, terms: Terms) -> None:
        """Judge from the beginning, by these terms."""
        self.judge, self.plain, self.heard = Judge(terms), NO_LAPS, 0
        self.checkpoints, self.rewound, self.closed = Checkpoints(), None, None
        legs = range(1, len(terms.race.legs) + 1 if len(terms.race.legs) > 1 else 1)
        self.exchanges = any(set(terms.runs(lap)).isdisjoint(terms.runs(lap + 1)) for lap in legs)

    def hear(self, laps: FieldLaps) -> tuple[int | None, range | None, list[int]]:
        """Judge by itself what is new.

        Return the first lap that counts otherwise, where to look for what was missed (None: everywhere), and the laps
        for which the field's expectation has moved.
        """
        assert self.judge is not None, "a team begins before it hears"
        anew, moved = self.heard == 0, list[int]()
        since = self.judge.hear(self.sightings[self.heard :])
        if not anew or len(self.sightings) >= FAR:  # who has been seen a few times only is soon judged again
            self.checkpoints.take(self.judge, since)
        rewound, self.rewound = self.rewound, None
        if anew:
            since = 1
        elif rewound is not None:
            since = rewound if since is None else min(since, rewound)
        self.ended = False
        if since is not None:
            self.ended = anew or any(one.first_ms is not None for one in self.judge.laps[since - 1 :])
            self.plain = count(self.judge.terms, self.judge.judged, self.plain, max(since, self.stands + 1))
            if self.ended:
                scene = Scene(self.judge.terms, self.judge.judged, self.sightings)
                took = [scene.lap_ms(number) for number in range(since, len(self.plain.laps) + 1)]
                moved = laps.note(self.entry.bib, since, took)
        last = len(self.judge.laps)
        return since, None if anew else range((since or last) - NEIGHBOURS - 1, last + 2), moved

    def look(self, laps: FieldLaps, answers: Answers, around: range | None, since: int | None) -> None:
        """Look for what was missed, `around` these laps or everywhere; count from lap `since` on."""
        assert self.judge is not None, "a team is judged before it is looked at"
        was = self.inferred.judge
        self.well = around is not None and self.looks_well(laps, answers, around)
        if self.well:
            self.heard, self.unclosed = len(self.sightings), self.plain
            self.hold(self.judge.judged, self.plain, since)
            return
        self.inferred = look_again(self.inferred, self.judge, self.sightings, self.heard, laps, answers.unread, around)
        self.heard = len(self.sightings)
        judge = self.inferred.judge
        if judge is None:
            self.unclosed, since = self.plain, (since if was is None else 1)
        else:
            self.unclosed, since = count(judge.terms, judge.judged), 1
        self.hold((judge or self.judge).judged, self.unclosed, since)

    def pass_over(self, since: int | None) -> None:
        """Who waits, is seen twice or passes a point makes no lap longer: well as it was, it needs no look."""
        self.heard = len(self.sightings)
        if since is not None:
            assert self.judge is not None, "a team is judged before it is passed over"
            self.unclosed = self.plain
            self.hold(self.judge.judged, self.plain, since)

    def looks_well(self, laps: FieldLaps, answers: Answers, around: range) -> bool:
        """Nothing was inferred of it, and none of these laps can have been two: the usual case, seen at a glance."""
        assert self.judge is not None, "a team is judged before it is looked at"
        quiet = self.inferred.judge is None and not self.inferred.doubts and not self.exchanges and not answers.unread
        if not quiet or self.judge.proofs:
            return False
        return none_long(Scene(self.judge.terms, self.judge.judged, self.sightings), laps, around)

    def mark(self) -> int:
        """Make the team's marks anew from the first lap that counts otherwise; return how many stand as they were."""
        assert self.judge is not None and self.since is not None, "what counts otherwise was judged"
        terms, kept = self.judge.terms, self.marks[: bisect_left(self.marks, (self.since,))]
        if self.since == 1:
            kept = ()  # its gun may be another
        while kept and kept[-1].point != terms.race.course.line:
            kept = kept[:-1]
        self.marks = marks(terms.race, terms.gun_ms, terms.restarts, self.unclosed_judge.judged, self.unclosed, kept)
        return len(kept)

    @property
    def unclosed_judge(self) -> Judge:
        """Who judged it as if the race never closed; of a team that was judged."""
        judge = self.inferred.judge or self.judge
        assert judge is not None, "a team is judged before the race closes or opens again"
        return judge

    def close(self, closing_ms: int) -> None:
        """Let the race be closed from that instant on."""
        terms = replace(self.unclosed_judge.terms, closing_ms=closing_ms)
        if self.closed is None or self.closed.terms != terms:
            self.closed, self.closed_laps = Judge(terms), NO_LAPS
        since = self.closed.hear(self.sightings[len(self.closed.judged.crossings) :])
        if self.closed_laps is NO_LAPS:
            since = 1
        if since is not None:
            self.closed_laps = count(terms, self.closed.judged, self.closed_laps, since)
        moved = [each for each in (since, self.since) if each is not None]  # `look` held it as if it were open
        self.hold(self.closed.judged, self.closed_laps, min(moved, default=None))

    def reopen(self) -> None:
        """Let the race be open."""
        self.closed = None
        self.hold(self.unclosed_judge.judged, self.unclosed, 1)

    def hold(self, judged: Judged, laps: TeamLaps, since: int | None) -> None:
        """This is what holds of the team; it differs from lap `since` on."""
        self.judged, self.laps = judged, laps
        if since is None:
            return
        self.since = since if self.since is None else min(since, self.since)
        if self.lap_doubts:
            self.lap_doubts = {number: found for number, found in self.lap_doubts.items() if number < since}
        assert self.judge is not None, "what holds was judged"
        for one in judged.laps[since - 1 :]:
            if one.first_ms is not None or one.late or one.hasty:  # else nobody gives cause for one
                found = list(lap_doubts(self.judge.race, self.entry, one))
                if found:
                    self.lap_doubts[one.number] = found
