"""What counts for a lap, and what is another witness of it (rule 6), whoever was seen and wherever."""

from live.ingest.judged import ANYBODY, OFFICIAL, Crossing, OneLap, Sighting
from live.ingest.progress import Progress


class Counting(Progress):
    """Counts a crossing for a lap, or says why it cannot be one yet."""

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

    def near(self, one: Crossing, other: Crossing) -> bool:
        """Whether the other came within `arrive_within` of the one before it (2)."""
        return other.at_ms - one.at_ms < self.race.arrive_within_ms

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

    # -- witnesses of one crossing (6) ----------------------------------------------------------------------------

    def just_crossed(self, runner: str, seen: Sighting) -> Crossing | None:
        """The crossing of which this is another witness. Where one makes the lap, that of a team-mate is not his."""
        last = self.last.get(self.key(runner))
        if last is None or not self.is_witness(last, seen):
            return None
        return last if last.runner is None or last.runner in seen.runners else None

    def is_witness(self, crossing: Crossing | None, seen: Sighting) -> bool:
        """Whether it was seen within `together_window` of the crossing's earliest witness (6)."""
        return crossing is not None and seen.at_ms <= crossing.opened_ms + self.race.together_window_ms

    def witness(self, counted: Crossing, crossing: Crossing) -> None:
        """Two saw one crossing: the more trusted gives the instant, the other is kept as its witness."""
        if counted.runner is None:
            counted.runner = crossing.runner  # the bib typed by hand was he
            self.move(counted.lap)
        crossing.runner = counted.runner
        assert crossing.sighting is not None
        if counted.sighting is not None and crossing.sighting.trust < counted.sighting.trust:
            self.swap(counted, crossing)
            lap = self.laps[counted.lap - 1]
            self.first_of(lap)
            lap.settle()
        crossing.judge("ignored", "witness", counted.lap)

    def beside(self, runner: str, seen: Sighting) -> OneLap | None:
        """The lap that a team-mate has just ended for him, where the first makes the lap and he runs it too."""
        last = self.last.get(self.key(runner))
        if last is None or self.together or not self.is_witness(last, seen) or runner not in self.runs(last.lap):
            return None
        return self.laps[last.lap - 1]

    def cross_beside(self, lap: OneLap, runner: str, crossing: Crossing) -> None:
        """He is not the first so far; each of his witnesses gives his own instant, not that of the first."""
        before = lap.beside.get(runner)
        if before is not None:
            self.witness(before, crossing)
        else:
            crossing.judge("ignored", "already_crossed", lap.number)
            lap.beside = {**lap.beside, runner: crossing}
            self.move(lap.number)

    def first_of(self, lap: OneLap) -> None:
        """Once the better witness of one is later than a team-mate beside him, the team-mate was the first."""
        counted = lap.crossed.get(ANYBODY)
        if counted is None or not lap.beside:
            return
        runner, first = min(lap.beside.items(), key=lambda item: item[1].at_ms)
        if first.at_ms < counted.at_ms and counted.runner is not None:
            self.swap(counted, first)
            lap.beside = {each: crossing for each, crossing in lap.beside.items() if each != runner}
            lap.beside = {**lap.beside, counted.runner: first}
            counted.runner, first.runner = runner, counted.runner

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
