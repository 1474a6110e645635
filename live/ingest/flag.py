"""The flag of an open-ended race: once it falls, the next crossing of each team is its last (race.md, Formats)."""

from collections.abc import Collection

from live.ingest.rulings import Rulings
from live.ingest.standings import Closing, Contender, closing
from live.ingest.team import Team
from live.programme import Race


class Flag:
    """One race's flag. `fell` says when, and by which crossing; None while the race is open."""

    def __init__(self, race: Race) -> None:
        """Nobody has run yet."""
        self.fell: Closing | None = None
        self._race = race
        self._over: set[str] = set()
        """Who has gone on to where the race can close."""

    def look(self, rulings: Rulings, teams: Collection[Team], judged: list[Team]) -> list[Team]:
        """Find out whether it has fallen, once some teams were judged; return those whose rows may differ.

        They are judged again where the race is closed: all of them, where it closes otherwise than before.
        """
        for team in judged:
            (self._over.add if is_over(self._race, team) else self._over.discard)(team.entry.bib)
        was, self.fell = self.fell, self._closing(rulings, teams) if self._over else None
        if self.fell != was:
            judged = list(teams)
            for team in judged:
                team.stale = True  # its row names what made the flag fall, also where nothing else is another
        for team in judged:
            if self.fell is not None:
                team.close(self.fell.at_ms)
            elif was is not None:
                team.reopen()
        return judged

    def _closing(self, rulings: Rulings, teams: Collection[Team]) -> Closing | None:
        contenders = (
            Contender(
                team.entry.number,
                team.unclosed,
                team.unclosed_judge.judged.laps,
                team.gun_ms,
                self._out_ms(rulings, team),
            )
            for team in teams
            if team.gun_ms is not None
        )
        return closing(self._race, contenders)

    def _out_ms(self, rulings: Rulings, team: Team) -> int | None:
        ruled = rulings.of_team((self._race.id, team.entry.bib))
        return ruled.set_at_ms if ruled.status in ("dnf", "dns", "dsq", "out_of_competition") else None


def is_over(race: Race, team: Team) -> bool:
    """Whether the team has gone on to where an open-ended race can close."""
    laps = team.unclosed.laps
    if race.duration_ms is None:
        return race.laps_total is not None and len(laps) >= race.laps_total
    return bool(laps) and team.gun_ms is not None and laps[-1].end_ms > team.gun_ms + race.duration_ms
