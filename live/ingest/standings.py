"""Laps of a team into its row, with the key that ranks it (race.md, Rank); and the instant that closes a race."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from live.arrivals import OVERDUE_PERCENT
from live.ingest.judged import OneLap
from live.ingest.laps import TeamLaps, splits
from live.messages.boards import Forecast, Row, Status
from live.programme import Race


@dataclass(frozen=True, slots=True)
class Ruled:
    """What officials ruled of one team: a status, set at `set_at_ms`, and a time adjustment.

    `fact` is the journal's seq of the last of it.
    """

    status: Status | None = None
    adjust_ms: int = 0
    fact: int = 0
    set_at_ms: int = 0


def status(race: Race, gun_ms: int | None, now_ms: int, team: TeamLaps, ruled: Ruled, closing_ms: int | None) -> Status:
    """Return the team's status: what an official set, else what follows from the clock and the laps."""
    if ruled.status is not None:
        return ruled.status
    if gun_ms is None or now_ms < gun_ms:
        return "not_started"
    if race.laps_total is not None and len(team.laps) >= race.laps_total:
        return "finished"
    if closing_ms is not None and team.laps and team.laps[-1].end_ms >= closing_ms:
        return "finished"
    return "running"


def open_ended(race: Race) -> bool:
    """Teams may end on different lap counts: more laps first, then time."""
    return race.duration_ms is not None or race.finish == "with_leader"


def row(
    race: Race,
    bib: str,
    team: TeamLaps,
    became: Status,
    ruled: Ruled,
    fact: int,
    doubts: tuple[str, ...] = (),
    order: tuple[str, ...] = (),
    ahead: tuple[Forecast | None, Forecast | None] = (None, None),
    closed: bool = False,
) -> Row:
    """Return the team's row; `became` is its status, `fact` the seq of the last fact of the race that touches it.

    In a race that officials have `closed`, who has not run all laps has no place among those who have.
    """
    last = team.laps[-1] if team.laps else None
    beyond = team.beyond if became != "finished" else None
    time_ms = beyond.elapsed_ms if beyond else last.elapsed_ms if last else None
    if became == "finished" and time_ms is not None:
        time_ms += ruled.adjust_ms
    at_m = race.course.at_m[beyond.point] if beyond else 0
    ranked = race.ranked and (became == "finished" or (became == "running" and (open_ended(race) or not closed)))
    placed = ranked and time_ms is not None and not nought(became, time_ms)
    return Row(
        bib=bib,
        version=max(team.fact, ruled.fact, fact),
        key=key(race, became, len(team.laps), at_m, time_ms) if race.ranked else (GROUP[became],),
        placed=placed,
        status=became,
        laps=len(team.laps),
        point=beyond.point if beyond else race.course.line if last else None,
        time_ms=None if time_ms is not None and time_ms < 0 else time_ms,  # T35: nobody is shown a time below nought
        at_ms=beyond.at_ms if beyond else last.end_ms if last else None,
        quality="measured" if beyond or not last else last.quality,
        provisional=last.provisional if last else False,
        missing=last.missing if last else (),
        doubts=doubts,
        lap_times_ms=team.times_ms,
        lap_qualities=team.qualities,
        incomplete=team.incomplete,
        order=order,
        next=ahead[0],
        finish=ahead[1],
    )


GROUP: dict[Status, int] = {
    "finished": 0,
    "running": 1,
    "not_started": 2,
    "dnf": 3,
    "out_of_competition": 4,
    "dns": 5,
    "dsq": 6,
}


def key(race: Race, became: Status, laps: int, at_m: int, time_ms: int | None) -> tuple[int, ...]:
    """Return what orders the rows: smaller is better, equal is a tie.

    Finished before running before retired where all run the same laps; where they may end on different lap counts,
    more laps first. Among the running: laps, then the furthest measured point, then who was there earlier; never a
    position between points.
    """
    group = GROUP[became]
    if time_ms is None or nought(became, time_ms):
        return (group, 1)
    if became == "finished" and not open_ended(race):
        return (group, 0, -laps, time_ms)  # the laps differ only where an official set the status
    if became in ("finished", "running") and open_ended(race):
        return (0, 0, -laps, -at_m, time_ms)
    return (group, 0, -laps, -at_m, time_ms)


def nought(became: Status, time_ms: int) -> bool:
    """Whether it finished with a time of nought or less, as a bonus can make it: never first, never placed (T76)."""
    return became == "finished" and time_ms <= 0


# --- the end of an open-ended race ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Closing:
    """From this instant on, a crossing of the line is a team's last.

    `fact` is the seq of the last fact that counts in the laps of the team that did it: one that came late can have made
    an earlier crossing its last.
    """

    at_ms: int
    fact: int


@dataclass(frozen=True, slots=True)
class Contender:
    """A team as the closing sees it: its laps counted to the end, whoever else finished.

    `rounds` are the same laps with the points inside them. `out_ms` is when officials ruled that it cannot win; None
    where it can.
    """

    number: int
    team: TeamLaps
    rounds: Sequence[OneLap]
    gun_ms: int
    out_ms: int | None = None

    def closes_with(self, end_ms: int) -> bool:
        """It could still win when it crossed. A flag that has fallen stays: who stopped at it cannot run on (T74)."""
        return self.out_ms is None or end_ms < self.out_ms


def closing(race: Race, contenders: Iterable[Contender]) -> Closing | None:
    """Return when an open-ended race closes for everybody, None while it is open.

    ``with_leader``: the first to end the last lap. A timed race: the first crossing after the time by the team that
    led at the time or, if it is overdue or has retired, by the next that is not. Who cannot win closes nothing.
    """
    if race.duration_ms is not None:
        return closing_by_time(race, race.duration_ms, list(contenders))
    total = race.laps_total
    assert total is not None, "a race is open-ended by its duration or behind its leader"
    ends = [(c, c.team.laps[total - 1]) for c in contenders if len(c.team.laps) >= total]
    closed = (Closing(lap.end_ms, lap.latest) for contender, lap in ends if contender.closes_with(lap.end_ms))
    return min(closed, key=lambda c: (c.at_ms, c.fact), default=None)


def closing_by_time(race: Race, duration_ms: int, contenders: Sequence[Contender]) -> Closing | None:
    """Return the crossing that ends a timed race (see `closing`)."""
    found: Closing | None = None
    ahead: list[Contender] = []
    for contender in sorted(contenders, key=lambda c: led(race, c, c.gun_ms + duration_ms)):
        for lap in contender.team.laps:
            if lap.end_ms <= contender.gun_ms + duration_ms:
                continue
            if (found is not None and lap.end_ms >= found.at_ms) or not contender.closes_with(lap.end_ms):
                break
            if all(is_overdue(race, other, lap.end_ms) for other in ahead):
                found = Closing(lap.end_ms, lap.latest)
                break
        if contender.out_ms is None:
            ahead.append(contender)
    return found


def led(race: Race, contender: Contender, time_ms: int) -> tuple[int, int, int, int]:
    """Order the teams as the board did at that instant: more laps, then the furthest point, then earlier there."""
    done = [lap for lap in contender.team.laps if lap.end_ms <= time_ms]
    under_way = contender.rounds[len(done) : len(done) + 1]
    seen = [split for one in under_way for split in splits(race, contender.gun_ms, one) if split.at_ms <= time_ms]
    at_m, elapsed_ms = 0, done[-1].elapsed_ms if done else 0
    if seen:
        at_m, elapsed_ms = race.course.at_m[seen[-1].point], seen[-1].elapsed_ms
    return (-len(done), -at_m, elapsed_ms, contender.number)


def is_overdue(race: Race, contender: Contender, at_ms: int) -> bool:
    """Whether a team had not come for more than 1.25 times its last lap, at an instant at which another crossed."""
    done = [lap for lap in contender.team.laps if lap.end_ms <= at_ms]
    last_ms, lap_ms = (done[-1].end_ms, done[-1].lap_ms) if done else (contender.gun_ms, race.min_lap_ms)
    return at_ms > last_ms + lap_ms * OVERDUE_PERCENT // 100
