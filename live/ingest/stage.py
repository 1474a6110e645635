"""How far a race is, by its facts: who is to start, who runs, when the last of them ended."""

from collections.abc import Iterable
from typing import Literal

from live.ingest.standings import Ruled
from live.ingest.team import Team
from live.messages.boards import Row, Status
from live.programme import Race


class Stage:
    """How many teams of a race have which status, and when the last team ended."""

    def __init__(self, race: Race) -> None:
        """No row was written yet."""
        self._race = race
        self._statuses: dict[Status, int] = {}
        self._begun: set[str] = set()
        """The bibs whose gun has gone, whatever an official made of them."""
        self._ended_ms: int | None = None

    def state(self) -> Literal["planned", "running", "provisional"]:
        """Planned before the first gun, running while anybody runs or is to start, then provisional."""
        if self._statuses.get("running"):
            return "running"
        if not self._begun and not any(self._statuses.get(s) for s in ("finished", "dnf")):
            return "planned"
        return "running" if self._statuses.get("not_started") else "provisional"

    def note_gun(self, team: Team, now_ms: int) -> None:
        """The team's gun has gone by now, or is still to come."""
        gone = team.gun_ms is not None and team.gun_ms <= now_ms
        (self._begun.add if gone else self._begun.discard)(team.entry.bib)

    def count(self, new: Row, old: Row | None) -> None:
        """A team's row is another."""
        self._statuses[new.status] = self._statuses.get(new.status, 0) + 1
        if old is not None:
            self._statuses[old.status] -= 1

    def ended_ms(self, teams: Iterable[Team], as_of_ms: int) -> int:
        """Return when the last team ended; where none has an instant of its own, `as_of_ms`."""
        if self._ended_ms is None:
            ended = (team.ended_ms for team in teams if team.ended_ms is not None)
            self._ended_ms = max(ended, default=as_of_ms)
        return self._ended_ms

    def note_end(self, team: Team, ruled: Ruled) -> None:
        """Note when the team ended, once its row was written."""
        ended_ms = None
        if team.row is not None and team.row.status not in ("running", "not_started"):
            last_ms = max(
                (lap.end_ms for lap in team.laps.laps), default=team.row.at_ms
            )  # T60c: not always the last lap's
            home = self._race.laps_total is not None and len(team.laps.laps) >= self._race.laps_total
            ended_ms = last_ms if ruled.status is None or home else ruled.set_at_ms
        if ended_ms != team.ended_ms:
            team.ended_ms, self._ended_ms = ended_ms, None
