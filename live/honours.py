"""What a board says beside the places: the ranking of companies, the fastest lap, the fastest of each leg. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

from live.boards import RaceBoard
from live.messages import Row
from live.programme import Entry, Race


@dataclass(frozen=True, slots=True)
class CompanyStanding:
    """One company in the company ranking of a race.

    `bibs` are the teams that count, best first; `time_ms` is the sum of their times. With fewer than `needed` it has
    no place and is listed below the others (T78). Equal sums share the place.
    """

    place: int | None
    company: str
    time_ms: int | None
    bibs: tuple[str, ...]
    teams: int
    needed: int


def company_ranking(board: RaceBoard) -> list[CompanyStanding]:
    """Rank the companies by the sum of their best n teams that finished with a place (race.md, Rank, 7).

    n is the race's `companies.count`. A provisional time counts as it stands, as in the places. Entries without a
    company are left out.
    """
    teams: dict[str, int] = {}
    finished: dict[str, list[tuple[int, int, str]]] = {}
    for entry in board.race.entries:
        if not entry.company:
            continue
        teams[entry.company] = teams.get(entry.company, 0) + 1
        row = board.rows.get(entry.bib)
        if row is not None and row.placed and row.status == "finished" and row.time_ms is not None:
            finished.setdefault(entry.company, []).append((row.time_ms, entry.number, entry.bib))
    needed = board.race.companies_count
    found = []
    for company, count in teams.items():
        best = sorted(finished.get(company, []))[:needed]
        time_ms = sum(each[0] for each in best) if best else None
        found.append((len(best) < needed, -len(best), time_ms or 0, company, tuple(b[2] for b in best), time_ms, count))
    found.sort()
    ranked: list[CompanyStanding] = []
    for position, (incomplete, _, _, company, bibs, time_ms, count) in enumerate(found, start=1):
        place = None if incomplete else position
        if ranked and place is not None and ranked[-1].time_ms == time_ms:
            place = ranked[-1].place
        ranked.append(CompanyStanding(place, company, time_ms, bibs, count, needed))
    return ranked


@dataclass(frozen=True, slots=True)
class Fastest:
    """The fastest lap of a kind: `leg` None for all laps, else the runner who joins on it. Equals share it."""

    leg: str | None
    lap_ms: int
    laps: tuple[tuple[str, int], ...]
    """The bibs and lap numbers that have it."""


def fastest(board: RaceBoard) -> list[Fastest]:
    """Return the fastest lap, then the fastest lap of each leg: of A, of A and B, of A, B and C …

    Only measured times of laps that nobody is missing from; an estimate, an official's time or a zero is never the
    fastest (T76). The leg of a runner is the first lap that he runs.
    """
    found = [] if (best := _fastest(board, None, lambda lap: True)) is None else [best]
    joins = joining_laps(board.race)
    for runner, leg in joins.items():
        best = _fastest(board, runner, lambda lap, leg=leg: lap in leg)  # type: ignore[misc]
        if best is not None:
            found.append(best)
    return found


def joining_laps(race: Race) -> dict[str, frozenset[int]]:
    """Return, for each runner, the laps in which he is the one who is new: 1 for A, 2 for B, 3 for C.

    Runners who join together (a super-team's D and E) share it; who alone runs all laps has no leg of his own.
    """
    seen: set[str] = set()
    joins: dict[str, frozenset[int]] = {}
    for lap, leg in enumerate(race.legs, start=1):
        for runner in leg:
            if runner not in seen:
                seen.add(runner)
                joins[runner] = frozenset({lap})
    return joins if len(joins) > 1 else {}


def _fastest(board: RaceBoard, leg: str | None, counts: Callable[[int], bool]) -> Fastest | None:
    least: int | None = None
    laps: list[tuple[str, int]] = []
    for entry in board.race.entries:
        row = board.rows.get(entry.bib)
        for lap, lap_ms in enumerate(_whole_laps(row), start=1) if row is not None else ():
            if row is None or lap_ms is None or not counts(lap) or not _runs(board.race, entry, leg, row.order):
                continue
            if least is None or lap_ms < least:
                least, laps = lap_ms, []
            if lap_ms == least:
                laps.append((entry.bib, lap))
    return None if least is None else Fastest(leg, least, tuple(laps))


def _runs(race: Race, entry: Entry, leg: str | None, order: tuple[str, ...]) -> bool:
    """Whether somebody of the team runs where the leg's runner joins, whoever it is by its order."""
    if leg is None:
        return True
    if order:
        return bool(dict(zip(race.roles, order, strict=True)).get(leg))
    return any(runner.code == leg for runner in entry.runners)


def _whole_laps(row: Row) -> list[int | None]:
    """The lap times that may be the fastest, None for those that may not."""
    if row.status in ("dsq", "out_of_competition"):
        return []
    last = row.laps - 1 if row.provisional else row.laps
    times = zip(row.lap_times_ms, row.lap_qualities, accumulate(row.lap_times_ms), strict=True)
    return [
        lap_ms if quality == "m" and lap_ms > 0 and number < last else None
        for number, (lap_ms, quality, _) in enumerate(times)
    ]
