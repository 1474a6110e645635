"""Points inside the lap (rule 8), and laps that ended unread, as a point or an official says."""

from live.ingest.counting import Counting
from live.ingest.course import least_between_ms, least_ms
from live.ingest.judged import Crossing, Sighting


class Points(Counting):
    """Judges who was seen inside the loop; what was seen there may prove that a lap has ended."""

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

    # -- laps that nobody saw end ---------------------------------------------------------------------------------

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
