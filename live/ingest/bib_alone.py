"""A bib without a runner, as it is typed by hand (rule 7)."""

from live.ingest.course import least_ms
from live.ingest.judged import ANYBODY, OFFICIAL, Crossing, OneLap, Sighting
from live.ingest.points import Points


class BibAlone(Points):
    """Judges what is known to be of the team and of nobody in particular."""

    def see_bib(self, seen: Sighting, crossing: Crossing) -> None:
        """A bib without a runner counts for the team's earliest open lap."""
        if seen.point != self.line:
            self.split_of_bib(seen, crossing)
            return
        if self.latest is not None and self.is_witness(self.latest, seen) and not self.adds_unseen(self.latest, seen):
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

    def adds_unseen(self, latest: Crossing, seen: Sighting) -> bool:
        """An official who adds a crossing means whom no device saw, as long as the latest's lap waits for somebody.

        Two that name nobody are one crossing: else one that was given twice would hide who is missing.
        """
        named = latest.sighting is not None and latest.sighting.runners
        return seen.trust == OFFICIAL and bool(named) and not self.closed(latest.lap, seen.at_ms)

    def closed(self, number: int, at_ms: int) -> bool:
        """All have ended lap `number`, or the time in which they must arrive is over."""
        if number > len(self.laps):
            return False
        lap = self.laps[number - 1]
        if lap.first_ms is None:
            return False
        return not lap.missing or at_ms >= lap.first_ms + self.race.arrive_within_ms

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
