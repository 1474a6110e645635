"""Passages into crossings: which of them counts, for whom, for which lap, and why the others do not.

The rules are those of `docs/rules.md`, "From passage to crossing"; the numbers in the comments are its numbers. One
team is judged at a time, from its sightings in order of their instants, so that neither the order in which they
arrived nor how often they came can matter. Each room adds its chapter to the one before: `progress`, `counting` (6),
`points` (8), `bib_alone` (7), and here a runner at the line (1 to 5).
"""

from collections.abc import Iterable

from live.ingest.bib_alone import BibAlone
from live.ingest.judged import OFFICIAL, Crossing, Sighting

STEPS = 8
"""So many of the latest sightings can be taken back one by one."""


class Judge(BibAlone):
    """Judges one team's sightings as they come in order of their instants: what comes later costs what it is itself.

    What comes before one that was heard needs a judge that has not heard that one: see `checkpoints`.
    After `hear`, read `judged`.
    """

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

    def see(self, seen: Sighting, crossing: Crossing) -> None:
        """Give one sighting its verdict: before the gun, a bib by itself, a runner at the line or inside the loop."""
        if self.gun_ms is None or seen.at_ms < self.gun_ms:
            self.steps.clear()
            crossing.judge("ignored", "before_start")  # (1)
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
        return first_ms is None or seen.at_ms < first_ms + self.race.arrive_within_ms

    # -- a runner at the line -------------------------------------------------------------------------------------

    def see_at_line(self, runner: str, seen: Sighting, crossing: Crossing) -> None:
        """He is seen again (6), beside the first (3), or owes a lap: waits (4), is too early (2), arrives (2), or is
        home (5).
        """
        key = self.key(runner)
        if (last := self.just_crossed(runner, seen)) is not None:
            self.witness(last, crossing)
            return
        if (lap := self.beside(runner, seen)) is not None:
            self.cross_beside(lap, runner, crossing)
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
        elif seen.at_ms < first_ms + self.race.arrive_within_ms:
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
                    if crossing.verdict != "counted":  # else an official has said which lap it is
                        self.hope(key, later, crossing)
                    return
                break
            if seen.at_ms < first_ms + self.race.arrive_within_ms:
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
        """His late crossing of lap `number`: a doubt, until an official accepts it (2, T60b)."""
        if (number, key) in self.terms.late:
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
