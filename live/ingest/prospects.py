"""What is expected of a race's teams, renewed as the field learns from what was judged."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping

from live.ingest.field import Field
from live.ingest.marks import Mark
from live.ingest.team import Team
from live.programme import Race


class Prospects:
    """The outlooks of one race's teams: a fact changes that of its own team, a late one those that came after it."""

    def __init__(self, race: Race, teams: Mapping[str, Team]) -> None:
        """Nothing was learned yet."""
        self._race = race
        self._teams = teams
        self._field = Field(race, {})
        self._last: list[tuple[int, str]] = []
        """The instant of each team's last mark, with its bib, in order."""

    def renew(self, restarts: Mapping[int, int], judged: list[Team]) -> list[Team]:
        """Let the field learn from what was judged; return the other teams of which it now expects otherwise."""
        if self._field.restarts != restarts:
            self._field = Field(self._race, restarts)
            for team in self._teams.values():
                self._field.learn(team.entry.number, team.marks)
        renewed = [team for team in judged if team.since is not None]
        for team in renewed:
            was = team.marks[-1:]
            stands = team.mark()
            self._field.learn(team.entry.number, team.marks, stands)
            self._note_last(team, was)
        touched_ms = self._field.settle()
        later = self._last[bisect_right(self._last, (touched_ms, "\U0010ffff")) :] if touched_ms is not None else []
        for team in (*renewed, *(self._teams[bib] for _, bib in later)):
            team.outlook = self._field.outlook(team.entry.number, team.marks)
        known = {team.entry.bib for team in judged}
        return [self._teams[bib] for _, bib in later if bib not in known]

    def _note_last(self, team: Team, was: tuple[Mark, ...]) -> None:
        for mark in was:
            del self._last[bisect_left(self._last, (mark.at_ms, team.entry.bib))]
        for mark in team.marks[-1:]:
            insort(self._last, (mark.at_ms, team.entry.bib))
