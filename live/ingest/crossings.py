"""Passages into crossings: which of them counts, for whom, for which lap, and why the others do not.

The rules are those of `docs/rules.md`, "From passage to crossing"; the numbers in the comments are its numbers. One
team is judged at a time, from its sightings in order of their instants, so that neither the order in which they
arrived nor how often they came can matter.
"""

from collections.abc import Iterable

from live.ingest.course import least_between_ms, least_ms
from live.ingest.judged import ANYBODY, OFFICIAL, OPEN_LAPS, Crossing, Judged, OneLap, Sighting, Step, Terms

STEPS = 8
"""So many of the latest sightings can be taken back one by one."""


class Judge:
    """Judges one team's sightings as they come in order of their instants: what comes later costs what it is itself.

    What comes before one that was heard needs a new judge. After `hear`, read `judged`.
    """

    def __init__(self, terms: Terms) -> None:
        """Nothing was heard yet."""
        self.terms = terms
        self.race = terms.race
        self.gun_ms = terms.gun_ms
        self.restarts = terms.restarts
        self.closing_ms = terms.closing_ms
        self.unread = sorted(terms.unread.items(), reverse=True)
        self.total = terms.race.laps_total
        self.together = terms.race.team_time == "last"
        self.line = terms.race.course.line
        self.laps: list[OneLap] = []
        self.last: dict[str, Crossing] = {}  # each runner's last crossing that counts
        self.last_lap: dict[str, int] = {}  # the latest lap that each runner has ended, or is known to have passed
        self.hoping: dict[str, Crossing] = {}  # who owes a lap and was seen again: perhaps with his team-mates
        self.latest: Crossing | None = None
        self.proofs = 0  # how often a lap was found to have ended unread
        self.open_lap = 1  # no bib alone can count for a lap before this one
        self.judged = Judged([], self.laps)
        self.steps: list[Step] = []  # how it stood before each of the latest sightings, see `checkpoints.take_back`
        self.moved: int | None = None  # the first lap in which something counts otherwise since the last `hear`
        self.legs: dict[int, tuple[str, ...]] = {}  # who runs each leg, as far as somebody asked

    def runs(self, number: int) -> tuple[str, ...]:
        """Who of the team runs lap `number`; the list of legs goes round and round."""
        leg = (number - 1) % len(self.race.legs)
        if leg not in self.legs:
            self.legs[leg] = self.terms.runs(number)
        return self.legs[leg]

    def hear(self, sightings: Iterable[Sighting]) -> int | None:
        """Judge these sightings; return the first lap in which something counts otherwise than before."""
        first: int | None = None
        for sighting in sightings:
            crossing = Crossing(sighting, sighting.at_ms, opened_ms=sighting.at_ms)
            while self.unread and self.unread[-1][1] <= sighting.at_ms:
                self.end_unread(*self.unread.pop())
            self.see(sighting, crossing)
            self.judged.crossings.append(crossing)
            if self.moved is not None:
                crossing.moved, self.moved = self.moved, None
                if crossing.verdict != "counted":
                    self.steps.clear()
                first = crossing.moved if first is None else min(first, crossing.moved)
        while self.unread and self.unread[-1][0] in self.terms.confirmed:  # nobody need be seen after it
            self.end_unread(*self.unread.pop())
        ended, self.moved = self.moved, None
        return ended if first is None else first if ended is None else min(first, ended)

    def move(self, number: int) -> None:
        """Something counts otherwise in lap `number`."""
        self.moved = number if self.moved is None else min(self.moved, number)

    # -- laps -----------------------------------------------------------------------------------------------------

    def lap(self, number: int) -> OneLap:
        while len(self.laps) < number:
            needed = self.runs(len(self.laps) + 1) if self.together else (ANYBODY,)
            self.laps.append(OneLap(len(self.laps) + 1, needed))
            if len(self.laps) > OPEN_LAPS:
                self.laps[-1 - OPEN_LAPS].seen.clear()  # asked for again only when something comes very late
        return self.laps[number - 1]

    def start_ms(self, number: int) -> int | None:
        """When lap `number` began for this team; None before it did, or after its last."""
        if self.total is not None and number > self.total:
            return None
        if number == 1:
            return self.gun_ms
        first_ms = self.lap(number - 1).first_ms
        if first_ms is not None and self.closing_ms is not None and first_ms >= self.closing_ms:
            return None
        restart_ms = self.restarts.get(number)
        return restart_ms if first_ms is None else first_ms if restart_ms is None else min(first_ms, restart_ms)

    def finished(self) -> bool:
        ended = len(self.laps)
        while ended and self.laps[ended - 1].first_ms is None:
            ended -= 1
        if not ended or self.start_ms(ended + 1) is not None:
            return False
        return not self.restarts or all(lap.first_ms is not None for lap in self.laps[:ended])

    def key(self, runner: str) -> str:
        return runner if self.together else ANYBODY

    def next_lap(self, runner: str, after: int) -> int | None:
        """The runner's first lap after `after`; None when the race has no more for him."""
        stop = self.total if self.total is not None else after + len(self.race.legs)
        for number in range(after + 1, stop + 1):
            if runner in self.runs(number):
                return number
        return None

    def due(self, runner: str) -> int | None:
        """The earliest lap that the runner has not ended."""
        key = self.key(runner)
        return self.next_lap(runner, self.last_lap.get(key, 0))

    # -- one sighting ---------------------------------------------------------------------------------------------

    def see(self, seen: Sighting, crossing: Crossing) -> None:
        if self.gun_ms is None or seen.at_ms < self.gun_ms:
            self.steps.clear()
            crossing.judge("ignored", "before_start")  # 1
        elif not seen.runners:
            self.see_bib(seen, crossing)
            self.steps.clear()
        else:
            runner = self.who(seen)
            crossing.runner = runner
            self.note_step(self.key(runner))
            if seen.point == self.line:
                self.see_at_line(runner, seen, crossing)
            else:
                self.see_at_point(runner, seen, crossing)

    def note_step(self, key: str) -> None:
        """Keep how the runner stands. What changes more than that clears the steps: it is not taken back by itself."""
        if self.hoping:
            self.steps.clear()
            return
        if len(self.steps) == STEPS:
            del self.steps[0]
        self.steps.append((key, self.last.get(key), self.last_lap.get(key), self.latest, len(self.laps)))

    def who(self, seen: Sighting) -> str:
        """The runner; of a baton, the one who has just crossed, else the one who is due (7)."""
        if len(seen.runners) == 1:
            return seen.runners[0]
        for runner in seen.runners:
            if seen.point == self.line and self.just_crossed(runner, seen) is not None:
                return runner
        dues = [(lap, runner) for runner in seen.runners if (lap := self.due(runner)) is not None]
        in_time = [due for due in dues if self.in_time(due[0], seen)]
        return min(in_time or dues)[1] if dues else seen.runners[0]

    def in_time(self, number: int, seen: Sighting) -> bool:
        """Lap `number` has begun, and who has not ended it may still do so with the others."""
        if self.start_ms(number) is None:
            return False
        first_ms = self.lap(number).first_ms
        return first_ms is None or seen.at_ms <= first_ms + self.race.arrive_within_ms

    def see_at_line(self, runner: str, seen: Sighting, crossing: Crossing) -> None:
        key = self.key(runner)
        if (last := self.just_crossed(runner, seen)) is not None:
            self.witness(last, crossing)
            return
        number = self.past_proof(runner, self.due(runner), seen)
        if self.terms.added and self.is_overruled(runner, seen):
            crossing.judge("ignored", "official_time", number or 0)
            return
        if number is None:
            done = key in self.last_lap
            crossing.judge("ignored", "already_finished" if done else "not_in_race", self.last_lap.get(key, 0))
            return
        start_ms = self.start_ms(number)
        if start_ms is None:
            self.not_yet(key, number, crossing)
        elif not self.possible(start_ms, seen) or self.is_witness(self.last.get(key), seen):
            self.too_early(key, number, start_ms, crossing)
        else:
            self.arrive(runner, number, seen, crossing)

    def is_overruled(self, runner: str, seen: Sighting) -> bool:
        """An official had given this crossing's time before the mat delivered its own: his holds (T81)."""
        return any(
            runner in added.runners and 0 < added.at_ms - seen.at_ms < self.race.min_lap_ms and added.fact < seen.fact
            for added in self.terms.added
            if added.at_line and seen.trust != OFFICIAL
        )

    def possible(self, start_ms: int, seen: Sighting) -> bool:
        """Nobody ends a lap faster than `min_lap` (2); an official may rule that somebody did (T45)."""
        if seen.trust == OFFICIAL:
            return seen.at_ms > start_ms
        return seen.at_ms >= start_ms + self.race.min_lap_ms

    def not_yet(self, key: str, number: int, crossing: Crossing) -> None:
        """The lap has not begun: he waits for it (4), he has just crossed, or the race is over (5)."""
        last = self.last.get(key)
        if self.finished():
            crossing.judge("ignored", "already_finished", number - 1)
        elif last is not None and crossing.at_ms < last.at_ms + self.race.min_lap_ms:
            crossing.judge("ignored", "already_crossed", last.lap)
        else:
            crossing.judge("ignored", "waiting", number)

    def too_early(self, key: str, number: int, start_ms: int, crossing: Crossing) -> None:
        """He cannot have run the lap: he has just crossed (2), stands at the exchange (4) or cut short (T62)."""
        last = self.last.get(key)
        if last is not None and last.lap == number - 1 and (self.together or crossing.runner in self.runs(last.lap)):
            crossing.judge("ignored", "already_crossed", last.lap)
        elif crossing.at_ms < start_ms + self.race.min_lap_ms // 2:
            crossing.judge("ignored", "at_the_start" if number == 1 else "at_the_exchange", number)
        else:
            crossing.judge("questionable", "too_fast", number)
            lap = self.lap(number)
            lap.hasty = {**lap.hasty, key: lap.hasty.get(key, crossing)}
            self.move(number)

    def arrive(self, runner: str, number: int, seen: Sighting, crossing: Crossing) -> None:
        """He may have ended lap `number`: the first, together with the others, or long after them (2)."""
        key = self.key(runner)
        first_ms = self.lap(number).first_ms
        if first_ms is None:
            again = self.hoping.get(key)
            if again is None or seen.trust == OFFICIAL:
                self.count(key, number, crossing)
                self.join_hoping(number, crossing)
            else:
                if seen.at_ms >= again.at_ms + self.race.min_lap_ms:
                    crossing.judge("questionable", "long_after_the_team", number - 1)
                self.hope(key, number, crossing)
        elif seen.at_ms <= first_ms + self.race.arrive_within_ms:
            self.count(key, number, crossing)
        else:
            self.arrive_late(runner, number, seen, crossing)

    def arrive_late(self, runner: str, number: int, seen: Sighting, crossing: Crossing) -> None:
        """He owes lap `number` and the others are long through: a straggler, or he was unread and is a lap on (2)."""
        key = self.key(runner)
        owed = number
        later = self.next_lap(runner, number)
        while later is not None and (start_ms := self.start_ms(later)) is not None:
            first_ms = self.lap(later).first_ms
            if first_ms is None:
                if self.possible(start_ms, seen) and seen.trust == OFFICIAL:
                    self.count(key, later, crossing)
                    self.join_hoping(later, crossing)
                    return
                if self.possible(start_ms, seen):
                    self.late(key, owed, crossing)
                    self.hope(key, later, crossing)
                    return
                break
            if seen.at_ms <= first_ms + self.race.arrive_within_ms:
                if self.possible(start_ms, seen):
                    self.count(key, later, crossing)
                    return
                break
            owed, later = later, self.next_lap(runner, later)
        if seen.trust == OFFICIAL:
            self.count(key, owed, crossing)
        else:
            self.late(key, owed, crossing)

    def late(self, key: str, number: int, crossing: Crossing) -> None:
        if (number, key) in self.terms.late:  # an official has accepted it
            self.count(key, number, crossing)
            return
        crossing.judge("questionable", "long_after_the_team", number)
        self.move(number)
        lap = self.lap(number)
        lap.late = {**lap.late, key: crossing}
        self.last[key] = self.hoping[key] = crossing
        self.last_lap[key] = number

    def hope(self, key: str, number: int, crossing: Crossing) -> None:
        """Remember him who owes an earlier lap: if another of lap `number` arrives within `arrive_within`, they came
        together (2). Alone he does not open it.
        """
        if crossing.verdict != "questionable":
            crossing.judge("ignored", "already_crossed", number - 1)
        others = [k for k, c in self.hoping.items() if k != key and self.near(c, crossing)]
        self.hoping[key] = crossing
        if others and key in self.lap(number).needed:
            self.join_hoping(number, crossing)

    def near(self, one: Crossing, other: Crossing) -> bool:
        return other.at_ms - one.at_ms <= self.race.arrive_within_ms

    def join_hoping(self, number: int, opener: Crossing) -> None:
        """Those who owed an earlier lap and were seen shortly before the opener have ended lap `number` with him."""
        lap = self.lap(number)
        for key, crossing in list(self.hoping.items()):
            if key in lap.needed and key not in lap.crossed and self.near(crossing, opener):
                owed = self.lap(crossing.lap) if crossing.lap else None
                self.steps.clear()
                if owed is not None and owed.late.get(key) is crossing:
                    owed.late = {other: each for other, each in owed.late.items() if other != key}
                    self.move(owed.number)
                self.count(key, number, crossing)

    def count(self, key: str, number: int, crossing: Crossing) -> None:
        """The crossing counts for lap `number`; whoever was unread before is a lap on with it (no lap is held back)."""
        lap = self.lap(number)
        crossing.judge("counted", "crossing", number)
        for bib_alone in lap.unnamed:
            if crossing.at_ms - bib_alone.opened_ms <= self.race.together_window_ms:
                self.absorb(lap, bib_alone, crossing)
                break
        lap.crossed[key] = crossing
        lap.settle()
        self.move(lap.number)
        self.last[key] = crossing
        self.last_lap[key] = number
        self.hoping.pop(key, None)
        if self.latest is None or crossing.opened_ms >= self.latest.opened_ms:
            self.latest = crossing

    # -- witnesses of one crossing (6) ----------------------------------------------------------------------------

    def just_crossed(self, runner: str, seen: Sighting) -> Crossing | None:
        """The crossing of which this is another witness. Where one makes the lap, that of a team-mate is not his."""
        last = self.last.get(self.key(runner))
        if last is None or not self.is_witness(last, seen):
            return None
        return last if last.runner is None or last.runner in seen.runners else None

    def is_witness(self, crossing: Crossing | None, seen: Sighting) -> bool:
        return crossing is not None and seen.at_ms <= crossing.opened_ms + self.race.together_window_ms

    def witness(self, counted: Crossing, crossing: Crossing) -> None:
        """Two saw one crossing: the more trusted gives the instant, the other is kept as its witness."""
        crossing.runner = counted.runner
        assert crossing.sighting is not None
        if counted.sighting is not None and crossing.sighting.trust < counted.sighting.trust:
            self.swap(counted, crossing)
            self.laps[counted.lap - 1].settle()
        crossing.judge("ignored", "witness", counted.lap)

    def absorb(self, lap: OneLap, bib_alone: Crossing, crossing: Crossing) -> None:
        """The bib typed by hand a moment ago was this runner."""
        self.steps.clear()
        lap.unnamed = tuple(each for each in lap.unnamed if each is not bib_alone)
        bib_alone.runner = crossing.runner
        crossing.opened_ms = bib_alone.opened_ms
        assert crossing.sighting is not None and bib_alone.sighting is not None
        if bib_alone.sighting.trust <= crossing.sighting.trust:
            self.swap(crossing, bib_alone)
        bib_alone.judge("ignored", "witness", lap.number)

    def swap(self, counted: Crossing, other: Crossing) -> None:
        """The two sightings change roles; the crossing that counts stays the same object in its lap."""
        self.steps.clear()
        self.move(counted.lap)
        self.lap(counted.lap).seen.clear()
        counted.sighting, other.sighting = other.sighting, counted.sighting
        counted.at_ms, other.at_ms = other.at_ms, counted.at_ms

    # -- a bib alone (7) ------------------------------------------------------------------------------------------

    def see_bib(self, seen: Sighting, crossing: Crossing) -> None:
        """A bib without a runner counts for the team's earliest open lap."""
        if seen.point != self.line:
            self.split_of_bib(seen, crossing)
            return
        if self.latest is not None and self.is_witness(self.latest, seen):
            self.witness(self.latest, crossing)
            return
        while self.closed(self.open_lap, seen.at_ms):
            self.open_lap += 1
        number = self.open_lap
        start_ms = self.start_ms(number)
        if start_ms is None:
            over = self.finished()
            crossing.judge("ignored", "already_finished" if over else "waiting", number - over)
        elif self.possible(start_ms, seen):
            self.count_bib(self.lap(number), crossing)
        elif number > 1:
            crossing.judge("ignored", "already_crossed", number - 1)
        else:
            self.too_early("", number, start_ms, crossing)

    def closed(self, number: int, at_ms: int) -> bool:
        """All have ended lap `number`, or the time in which they must arrive is over."""
        if number > len(self.laps):
            return False
        lap = self.laps[number - 1]
        if lap.first_ms is None:
            return False
        return not lap.missing or at_ms > lap.first_ms + self.race.arrive_within_ms

    def count_bib(self, lap: OneLap, crossing: Crossing) -> None:
        """Somebody of the team crossed. Where one alone runs the lap, it was he."""
        opened = lap.first_ms is None
        if len(lap.needed) == 1:
            crossing.runner = lap.needed[0] if lap.needed[0] != ANYBODY else None
            self.count(lap.needed[0], lap.number, crossing)
            return
        crossing.judge("counted", "crossing", lap.number)
        lap.unnamed = (*lap.unnamed, crossing)
        lap.settle()
        self.move(lap.number)
        self.latest = crossing
        if opened:
            self.join_hoping(lap.number, crossing)

    def split_of_bib(self, seen: Sighting, crossing: Crossing) -> None:
        """At a point inside the lap: somebody of the lap that the team is running."""
        numbers = [n for n in range(1, len(self.laps) + 2) if self.start_ms(n) is not None]
        for number in reversed(numbers):
            start_ms = self.start_ms(number)
            assert start_ms is not None
            if seen.at_ms >= start_ms + least_ms(self.race, seen.point):
                self.split(ANYBODY, number, seen, crossing)
                return
        crossing.judge("ignored", "too_soon_at_point", 1)

    # -- points inside the lap (8) --------------------------------------------------------------------------------

    def see_at_point(self, runner: str, seen: Sighting, crossing: Crossing) -> None:
        number = self.due(runner)
        if number is None:
            crossing.judge("ignored", "already_finished", self.last_lap.get(self.key(runner), 0))
            return
        if self.start_ms(number) is None:
            self.prove_by_point(number, seen)
            if self.start_ms(number) is None:
                crossing.judge("ignored", "waiting", number)
                return
        self.pass_unread_line(runner, number, seen)
        best = None
        lap: int | None = number
        while lap is not None and (start_ms := self.start_ms(lap)) is not None:
            if seen.at_ms >= start_ms + least_ms(self.race, seen.point):
                best = lap
            if self.lap(lap).first_ms is None:
                break  # a mass restart begins the next lap for others, not for who is still on this one
            lap = self.next_lap(runner, lap)
        if best is None:
            crossing.judge("ignored", "too_soon_at_point", number)
            return
        if best > number:  # he was unread at the line: the point says that he is on the next lap
            self.last_lap[self.key(runner)] = self.previous_lap(runner, best)
        self.split(runner, best, seen, crossing)

    def previous_lap(self, runner: str, number: int) -> int:
        return max(n for n in range(1, number) if runner in self.runs(n))

    def pass_unread_line(self, runner: str, number: int, seen: Sighting) -> None:
        """He was at this point, or beyond it, on this lap already: nobody saw him cross the line in between."""
        if self.lap(number).first_ms is not None or self.next_lap(runner, number) != number + 1:
            return
        at_m = self.race.course.at_m
        here_m = at_m[seen.point]
        before = [
            (passed[runner].at_ms, point)
            for point, passed in self.lap(number).splits.items()
            if runner in passed and at_m[point] >= here_m
        ]
        if not before:
            return
        before_ms, point = max(before)
        if seen.at_ms - before_ms < least_between_ms(self.race, point, seen.point):
            return
        to_line_m = self.race.course.length_m - at_m[point]
        line_ms = before_ms + (seen.at_ms - before_ms) * to_line_m // (to_line_m + at_m[seen.point])
        self.prove(number, line_ms)

    def prove_by_point(self, number: int, seen: Sighting) -> None:
        """Nobody waits inside the loop: who runs lap `number` only, and was seen at a point of it, has begun it.

        So the laps before it have ended, unread at the line. Their ends are placed in proportion.
        """
        under_way = number - 1
        while under_way > 1 and self.start_ms(under_way) is None:
            under_way -= 1
        start_ms = self.start_ms(under_way)
        if start_ms is None or self.lap(under_way).first_ms is not None:
            return
        unread, length_m = number - under_way, self.race.course.length_m
        if seen.at_ms < start_ms + unread * self.race.min_lap_ms + least_ms(self.race, seen.point):
            return
        run_m = unread * length_m + self.race.course.at_m[seen.point]
        for lap in range(unread):
            self.prove(under_way + lap, start_ms + (seen.at_ms - start_ms) * (lap + 1) * length_m // run_m)

    def end_unread(self, number: int, line_ms: int) -> None:
        """Lap `number` ended at that instant, as was inferred, unless somebody saw it end after all."""
        start_ms = self.start_ms(number)
        if start_ms is not None and start_ms + self.race.min_lap_ms <= line_ms and self.lap(number).first_ms is None:
            self.prove(number, line_ms)

    def prove(self, number: int, line_ms: int) -> None:
        """Lap `number` has ended, and nobody saw it: its end is `estimated`.

        The true passage, when it comes late, is judged before the one that proves the lap, and leaves nothing to prove.
        """
        lap = self.lap(number)
        reason = "confirmed_unread" if number in self.terms.confirmed else "unread_line"
        self.proofs += 1
        self.steps.clear()
        lap.estimate = Crossing(None, line_ms, lap=number, verdict="counted", reason=reason, opened_ms=line_ms)
        lap.settle()
        self.move(lap.number)

    def past_proof(self, runner: str, number: int | None, seen: Sighting) -> int | None:
        """A lap that only a point has proved is owed by nobody, unless his passage here shows that the proof was none.

        Who cannot have run another lap since the estimate crosses the line only now: somebody warmed up on the course.
        """
        while self.proofs and number is not None and number <= len(self.laps) and self.laps[number - 1].proved:
            if not self.possible(self.laps[number - 1].first_ms or 0, seen):
                self.disprove(number, seen)
                break
            self.last_lap[self.key(runner)] = number
            number = self.next_lap(runner, number)
        return number

    def disprove(self, number: int, seen: Sighting) -> None:
        """Take the estimate back, and what was seen on later laps that had not begun."""
        self.steps.clear()
        for lap in self.laps[number - 1 :]:
            lap.estimate = None
            lap.seen.clear()
            lap.settle()
            for passed in lap.splits.values() if lap.number > number else ():
                for crossing in passed.values():
                    crossing.judge("ignored", "too_soon_at_point", lap.number)
                passed.clear()
        self.move(number)

    def split(self, runner: str, number: int, seen: Sighting, crossing: Crossing) -> None:
        """The first of each runner counts; a better witness of the same moment gives its instant."""
        lap = self.lap(number)
        passed = lap.splits.setdefault(seen.point, {})
        counted = passed.get(runner)
        first_ms = lap.first_ms
        if counted is not None and self.is_witness(counted, seen):
            self.witness(counted, crossing)
        elif counted is not None:
            crossing.judge("ignored", "already_passed", number)
        elif first_ms is not None and seen.at_ms >= first_ms:
            crossing.judge("questionable", "long_after_the_team", number)
        else:
            crossing.judge("counted", "split", number)
            passed[runner] = crossing
            lap.seen.pop(seen.point, None)
            self.hoping.pop(runner, None)
            self.move(number)
