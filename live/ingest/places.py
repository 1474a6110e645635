"""Who is where among the teams of a race: now, and at every lap's end and point."""

from bisect import bisect_left, insort
from itertools import zip_longest

from live.ingest.judged import OneLap
from live.ingest.laps import splits
from live.ingest.team import Place, Team
from live.messages.boards import Row
from live.programme import Race


class Places:
    """The keys of all rows in order, and the times of all teams at every lap's end and point."""

    def __init__(self, race: Race) -> None:
        """Nobody has a place yet."""
        self.race = race
        self._keys: list[tuple[int, ...]] = []
        self._passed: dict[tuple[int, str], list[int]] = {}

    def place(self, team: Team) -> int | None:
        """Return a team's place, None where none is due."""
        return bisect_left(self._keys, team.row.key) + 1 if team.row is not None and team.row.placed else None

    def place_at(self, team: Team, lap: int, point: str, elapsed_ms: int) -> int | None:
        """Return a team's place among those who got to a point of a lap; None where it is not ranked."""
        return bisect_left(self._passed[lap, point], elapsed_ms) + 1 if ranked(team) else None

    def rank(self, new: Row, old: Row | None) -> None:
        """Put a team's new row in the place of its old one."""
        if old is not None and old.placed:
            del self._keys[bisect_left(self._keys, old.key)]
        if new.placed:
            insort(self._keys, new.key)

    def note_passed(self, team: Team) -> None:
        """Keep the sorted times at every lap's end and point, which give the places there."""
        since, team.since = team.since, None
        if ranked(team) != team.ranked:
            since, team.ranked = 1, not team.ranked
        if since is None:
            return
        since = min(since, len(team.passed) + 1)  # laps before it that nobody has ended yet are new too
        laps = team.judged.laps[since - 1 :] if team.ranked and team.gun_ms is not None else []
        now = [self._places_of(team, one) for one in laps]
        for number, (old, new) in enumerate(zip_longest(team.passed[since - 1 :], now, fillvalue=()), start=since):
            for point, elapsed_ms in old:
                if (point, elapsed_ms) not in new:
                    times = self._passed[number, point]
                    del times[bisect_left(times, elapsed_ms)]
            for point, elapsed_ms in new:
                if (point, elapsed_ms) not in old:
                    insort(self._passed.setdefault((number, point), []), elapsed_ms)
        team.passed[since - 1 :] = now

    def _places_of(self, team: Team, one: OneLap) -> tuple[Place, ...]:
        """Where the team was on a lap, and when, from the gun."""
        assert team.gun_ms is not None
        places = [(each.point, each.elapsed_ms) for each in splits(self.race, team.gun_ms, one)] if one.splits else []
        if one.number <= len(team.laps.laps):
            places.append((self.race.course.line, team.laps.laps[one.number - 1].elapsed_ms))
        return tuple(places)


def ranked(team: Team) -> bool:
    """Whether the team takes part in places at laps and points; who retired later keeps those that he reached."""
    return team.row is not None and team.row.status not in ("dsq", "out_of_competition")
