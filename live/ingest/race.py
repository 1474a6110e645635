"""One race: its teams judged each alone and looked at together, its rows, its state, its closing."""

import heapq
from collections.abc import Mapping

from live.arrivals import overdue_at_ms
from live.boards import PAGE_ROWS
from live.ingest.belonging import plausible
from live.ingest.doubts import (
    NO_ANSWERS,
    Answers,
    Doubt,
    answers_by_team,
    not_back,
    not_seen,
    overdue,
    seen_after_status,
    team_doubts,
    unseen,
)
from live.ingest.first_laps import FirstLaps
from live.ingest.flag import Flag
from live.ingest.forecast import at_own_pace, late_by_rivals_ms
from live.ingest.inferring import depends
from live.ingest.judged import Terms
from live.ingest.lap_times import NEIGHBOURS, FieldLaps
from live.ingest.pace import FinishTimes
from live.ingest.places import Places
from live.ingest.prospects import Prospects
from live.ingest.publication import Editions, Snapshot
from live.ingest.rulings import Rulings
from live.ingest.stage import Stage
from live.ingest.standings import Ruled, open_ended, row, status
from live.ingest.states import RaceRuled
from live.ingest.team import Team
from live.messages.boards import BoardChanges, BoardHead, BoardPage, Forecast, RaceState, Row, Status
from live.programme import Race

MOST_DOUBTS = 10
"""In a row, so that a device gone wrong cannot make a board too large for the bus. The officials see all of them."""


class LiveRace:
    """One race's teams and rows. What is `dirty` is judged anew by `settle`, and told by `collect`."""

    def __init__(self, race: Race, journal: str, past: bool = False) -> None:
        """Every entry is a team from the start; `journal` is the journal's id.

        A board of the `past` has no forecasts, and nobody asks it for places at points.
        """
        self.past = past
        self.race = race
        self.journal = journal
        self.teams = {
            entry.bib: Team(entry, n // PAGE_ROWS, plausible(race, entry)) for n, entry in enumerate(race.entries)
        }
        self.dirty: dict[str, Team] = dict(self.teams)
        self.dirty_pages: set[int] = set(range(self.pages))
        self.version = 0
        self.as_of_ms = 0
        self.gun_ms: int | None = None
        self.flag = Flag(race)
        self.alarms: list[tuple[int, str]] = []
        """Instants at which a team's row changes without a fact, with its bib; a heap."""
        self._field = FieldLaps(race)
        self._prospects = Prospects(race, self.teams)
        self._first_laps = FirstLaps()
        self._inferred: set[str] = set()
        self._late_by_own_pace: dict[str, int] = {}
        """By bib the lap: whether the team is overdue hangs on its rivals, too."""
        self._finish_times = FinishTimes()
        self._implausible: set[str] = set()
        self._resolved: Mapping[str, bool] = {}
        self._answered: dict[tuple[str, str], Answers] = {}
        self._stage = Stage(race)
        self.places = Places(race)
        self.ruled = RaceRuled()
        self.editions = Editions()
        self.snapshots: dict[str, Snapshot] = {}
        self._published: BoardHead | None = None
        self._collected: tuple[object, ...] = ()
        """What the head was made of, beside the rows, when it was last told."""
        self._touched: dict[str, None] = {}
        self._told: dict[str, Row] = {}

    def mark(self, bib: str) -> None:
        """The team is to be judged, and its row written, for something else than what was seen of it."""
        self.dirty[bib] = team = self.teams[bib]
        team.stale = True

    def mark_all(self) -> None:
        """Every team is."""
        for bib in self.teams:
            self.mark(bib)

    def until(self, at_ms: int, rulings: Rulings, unheard: Mapping[str, set[int]]) -> "LiveRace":
        """Return the race as what happened up to that instant makes it, by these rulings; see `past`.

        Without the facts that were `unheard`, by bib.
        """
        then = LiveRace(self.race, self.journal, past=True)
        then.teams = {bib: team.until(at_ms, unheard.get(bib)) for bib, team in self.teams.items()}
        then.ruled, then.gun_ms = rulings.states[self.race.id], self.gun_ms
        then.mark_all()
        then.settle(rulings, at_ms)
        return then

    @property
    def pages(self) -> int:
        """How many pages its rows fill."""
        return -(-len(self.race.entries) // PAGE_ROWS)

    def state(self) -> RaceState:
        """What officials made of it: official, or provisional once it was closed; else what follows from the facts."""
        if self.ruled.published is not None:
            return "official"
        by_facts = self._stage.state()
        return "provisional" if by_facts == "running" and self.ruled.closed is not None else by_facts

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
        if self._stage.state() == "provisional":
            instants.append(self._stage.ended_ms(self.teams.values(), self.as_of_ms))
        return min(instants, default=self.as_of_ms)

    def freeze(self, decision: str) -> None:
        """Keep the board as of the last `settle` for the public, for as long as this decision freezes it."""
        rows = {bib: team.row for bib, team in self.teams.items() if team.row is not None}
        self.snapshots[decision] = Snapshot(self.live_head(), rows)

    def rule(self, ruled: RaceRuled) -> None:
        """Take in what officials ruled of the race as a whole."""
        if (self.ruled.frozen, self.ruled.frozen_fact) != (ruled.frozen, ruled.frozen_fact):
            self.show_anew()
        if (self.ruled.closed is None) != (ruled.closed is None):
            for bib, team in self.teams.items():
                if team.row is not None and (team.row.provisional or team.row.status == "running"):
                    self.mark(bib)
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
        rows = []
        for team in self._judge(rulings) if self.dirty else ():
            if (written := self._write(rulings, team, now_ms)) is not None:
                rows.append(written)
        if not self.past:
            rows += self._look_for_the_missing(rulings, now_ms)
        if rows:  # nobody has finished, or in another time, whose row is as it was
            rows += self._flag_implausible(rulings, now_ms)
        self.version = max(self.version, rulings.race_facts.get(self.race.id, 0), self.ruled.fact)
        for each in rows:
            self.version = max(self.version, each.version)
            self._touched[each.bib] = None
        return rows

    def collect(self) -> BoardChanges | None:
        """Return what the public sees otherwise since the last call, None where nothing is."""
        stands = (self.version, self.gun_ms, self.ruled)
        if not self._touched and stands == self._collected:
            return None
        self._collected = stands
        rows, frozen = [], self.frozen
        for bib in self._touched:
            team = self.teams[bib]
            shown = team.row if frozen is None else frozen.rows.get(bib)
            if shown is not None and shown != self._told.get(bib):
                self._told[bib] = shown
                self.dirty_pages.add(team.page)
                rows.append(shown)
        self._touched.clear()
        head, old = self.head(), self._published
        if not rows and old is not None and old.told == head.told:
            return None
        self._published = head
        return BoardChanges(head, old.version if old else 0, tuple(rows))

    def _judge(self, rulings: Rulings) -> list[Team]:
        """Judge what is dirty; return the teams whose rows may differ."""
        dirty = list(self.dirty.values())
        self.dirty.clear()
        moved: set[int] = set()
        looks = []
        for team in dirty:
            if team.judge is None:
                team.begin(self._terms(rulings, team))
            since, around, laps = team.hear(self._field)
            moved.update(laps)
            looks.append((team, since, around))
        if moved:
            looks += self._moved_by_the_field(dirty, moved)
        for team, since, around in looks:
            if team.well and not team.ended and not moved:
                team.pass_over(since)
                continue
            wider = None if around is None else widened(around, moved)
            team.look(self._field, self._answers(rulings, team), wider, since)
            self._note_inferred(team)
        judged = [team for team, _, _ in looks]
        if judged and open_ended(self.race):
            judged = self.flag.look(rulings, self.teams.values(), judged)
        if self.past:
            return judged
        late = [self.teams[bib] for bib, lap in self._late_by_own_pace.items() if lap in moved]
        for team in late:
            team.stale = True
        return judged + self._prospects.renew(rulings.restarts[self.race.id], judged) + late

    def _moved_by_the_field(self, dirty: list[Team], moved: set[int]) -> list[tuple[Team, int | None, range | None]]:
        """The other teams of which the field now expects something else, near these laps."""
        bibs = (self._field.near(moved) | self._inferred) - {team.entry.bib for team in dirty}
        return [(self.teams[bib], None, range(min(moved), max(moved) + 1)) for bib in sorted(bibs)]

    def _note_inferred(self, team: Team) -> None:
        assert team.judge is not None, "a team is judged before it is looked at"
        inferred = team.inferred
        usual = not (team.exchanges or inferred.judge or inferred.doubts or team.judge.proofs)
        if not usual and depends(inferred, team.judge, team.sightings):
            self._inferred.add(team.entry.bib)
        else:
            self._inferred.discard(team.entry.bib)

    def _terms(self, rulings: Rulings, team: Team) -> Terms:
        answers = self._answers(rulings, team)
        return Terms(
            self.race,
            team.entry,
            team.gun_ms,
            rulings.restarts[self.race.id],
            order=team.order,
            added=team.added,
            late=answers.late,
            waived=answers.waived,
        )

    def _answers(self, rulings: Rulings, team: Team) -> Answers:
        """What officials answered to doubts about the team."""
        if self._resolved is not rulings.resolved:
            self._resolved = rulings.resolved
            self._answered = answers_by_team(rulings.resolved)
        return self._answered.get((self.race.id, team.entry.bib), NO_ANSWERS)

    def _flag_implausible(self, rulings: Rulings, now_ms: int) -> list[Row]:
        """Write the rows of teams whose finish has become implausible, or plausible, by those of the others (T32)."""
        was, self._implausible = self._implausible, self._finish_times.implausible()
        if self._implausible is was:
            return []
        turned = [self.teams[bib] for bib in sorted(was ^ self._implausible)]
        for team in turned:
            team.stale = True
        return [each for team in turned if (each := self._write(rulings, team, now_ms)) is not None]

    def _look_for_the_missing(self, rulings: Rulings, now_ms: int) -> list[Row]:
        """Write the rows of teams that should have ended their first lap by now, as their rivals did, or need not."""
        usual_ms = self._field.usual_ms(1)
        rows = []
        for bib in self._first_laps.late(usual_ms, now_ms):
            team = self.teams[bib]
            team.stale = True
            if (row := self._write(rulings, team, now_ms)) is not None:
                rows.append(row)
        upcoming = self._first_laps.next(usual_ms, now_ms)
        if upcoming is not None and self.teams[upcoming[1]].wake_ms != upcoming[0]:
            self._wake(self.teams[upcoming[1]], upcoming[0])
        return rows

    def _write(self, rulings: Rulings, team: Team, now_ms: int) -> Row | None:
        """Write the team's row anew where it may differ; return it where it does."""
        if not team.stale and team.since is None and team.written == (team.inferred.doubts, team.outlook):
            return None
        team.stale, team.written = False, (team.inferred.doubts, team.outlook)
        bib = team.entry.bib
        ruled = rulings.of_team((self.race.id, bib))
        self._stage.note_gun(team, now_ms)
        fell = self.flag.fell
        became = status(self.race, team.gun_ms, now_ms, team.laps, ruled, None if fell is None else fell.at_ms)
        fact = max(team.fact, rulings.race_facts.get(self.race.id, 0))
        if fell is not None and became == "finished":
            fact = max(fact, fell.fact)
        team.doubts = self._doubts(rulings, team, became, ruled, now_ms)
        doubts = tuple(doubt.id for doubt in team.doubts[:MOST_DOUBTS])
        order = tuple(team.order.values())
        ahead = self._ahead(team) if became == "running" else (None, None)
        closed = self.ruled.closed is not None
        new, old = row(self.race, bib, team.laps, became, ruled, fact, doubts, order, ahead, closed), team.row
        if new != old:
            team.row = new
            self._stage.count(new, old)
            self.places.rank(new, old)
        self._stage.note_end(team, ruled)
        if self.past:
            team.since = None
        else:
            self.places.note_passed(team)
            at_m = self.race.course.at_m  # who was seen on a start mat has been nowhere yet
            set_out = len(team.marks) == 1 or (len(team.marks) == 2 and at_m[team.marks[1].point] == 0)
            self._first_laps.note(bib, team.gun_ms if set_out and team.outlook.next is None else None)
        self._finish_times.note(bib, new.time_ms if became == "finished" and self.race.ranked else None)
        return None if new == old else new

    def _ahead(self, team: Team) -> tuple[Forecast | None, Forecast | None]:
        """The next point and the finish of a running team; once the race is closed, the next end is the last."""
        outlook = team.outlook
        if self.flag.fell is None:
            upcoming = outlook.next or self._first_laps.of(team.entry.bib)
            if upcoming is None and any(doubt.kind == "overdue" for doubt in team.doubts):
                upcoming = at_own_pace(self.race, team.marks)
            return upcoming, outlook.finish
        return outlook.next, outlook.ends[0] if outlook.ends else None

    def _doubts(self, rulings: Rulings, team: Team, became: Status, ruled: Ruled, now_ms: int) -> list[Doubt]:
        """What waits for a ruling about the team."""
        team.wake_ms = None
        self._late_by_own_pace.pop(team.entry.bib, None)
        found: list[Doubt] = []
        if team.inferred.doubts or team.conflicts:
            found += team_doubts(self.race, team.entry, team.inferred.doubts, team.conflicts)
        if team.lap_doubts:
            for lap in sorted(team.lap_doubts):
                found += team.lap_doubts[lap]
        if became == "finished" and (last := team.laps.laps[-1:]) and last[0].provisional:
            wait_over_ms = last[0].end_ms + self.race.arrive_within_ms
            if now_ms >= wait_over_ms or self.ruled.closed is not None:
                found.append(unseen(self.race, team.entry, last[0]))
            else:
                self._wake(team, wait_over_ms)
        if became == "finished" and team.entry.bib in self._implausible:
            found.append(Doubt("implausible_pace", self.race.id, team.entry.bib, team.laps.laps[-1].end_ms))
        if became == "running" and self.ruled.closed is not None and self.race.ranked and team.gun_ms is not None:
            found.append(not_back(self.race, team.entry, team.gun_ms, team.laps.laps))
        elif became == "running" and (late := self._overdue(team, now_ms)):
            found.append(late)
        if ruled.status is not None and (seen := seen_after_status(self.race, team.entry, team.judged, ruled)):
            found.append(seen)
        return [doubt for doubt in found if doubt.id not in rulings.resolved] if rulings.resolved else found

    def _overdue(self, team: Team, now_ms: int) -> Doubt | None:
        """Return the doubt about a team that should have come round long ago; before, wake it when it should have."""
        awaited = self._first_laps.of(team.entry.bib)
        if awaited is not None:
            return not_seen(self.race, team.entry, awaited.at_ms)
        expected = team.outlook.ends[0] if team.outlook.ends else at_own_pace(self.race, team.marks)
        if expected is None or not team.marks:
            return None
        late_ms = overdue_at_ms(team.marks[-1].at_ms, expected) + 1
        if now_ms >= late_ms and not team.outlook.ends:
            lap = self._late_by_own_pace[team.entry.bib] = team.marks[-1].lap
            usual_ms = self._field.usual_ms(lap)
            late_ms = max(late_ms, late_by_rivals_ms(self.race, team.marks[-1], expected, usual_ms) + 1)
        if now_ms >= late_ms:
            return overdue(self.race, team.entry, len(team.laps.laps) + 1, expected.at_ms)
        self._wake(team, late_ms)
        return None

    def _wake(self, team: Team, at_ms: int) -> None:
        """Write the team's row anew at that instant, unless something changes before."""
        team.wake_ms = at_ms
        if team.alarm_ms is None or at_ms < team.alarm_ms:
            team.alarm_ms = at_ms
            heapq.heappush(self.alarms, (at_ms, team.entry.bib))

    def ring(self, now_ms: int) -> None:
        """It is that late: whose row changes without a fact is to be written anew.

        A team has one alarm, set again when it goes off before its time: one for each passage would be 50,000 more.
        """
        while self.alarms and self.alarms[0][0] <= now_ms:
            at_ms, bib = heapq.heappop(self.alarms)
            team = self.teams[bib]
            if team.alarm_ms != at_ms:  # it has an earlier one by now
                continue
            team.alarm_ms = None
            if team.wake_ms is not None and team.wake_ms > now_ms:
                self._wake(team, team.wake_ms)
            elif team.wake_ms is not None:
                self.mark(bib)


def widened(around: range, moved: set[int]) -> range:
    """The laps to look at, with all those on which what the field suggests for the laps `moved` bears."""
    if not moved:
        return around
    first = min(around[0], min(moved) - NEIGHBOURS)
    return range(first, max(around[-1], max(moved) + NEIGHBOURS) + 1)
