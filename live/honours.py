"""What a board says beside the places: the ranking of companies, the fastest lap, the fastest of each leg. Pure."""

from dataclasses import dataclass, replace

from live.boards import RaceBoard
from live.messages.boards import Row
from live.programme import Entry, Race
from live.times import ceil_seconds, within_one_second


@dataclass(frozen=True, slots=True)
class CompanyStanding:
    """One company in the company ranking of a race.

    `bibs` are the teams that count, best first; `laps` and `time_ms` are the sums of their laps and times. With fewer
    than `needed` it has no place and is listed below the others (T78). Equal sums share the place.
    """

    place: int | None
    company: str
    laps: int
    time_ms: int | None
    bibs: tuple[str, ...]
    teams: int
    needed: int
    tenths: bool = False
    """Another place is within the same shown second: the sum is told with tenths (T80)."""


def company_key(name: str) -> str:
    """Return what makes two spellings of a company's name one company: neither spaces nor case tell them apart."""
    return " ".join(name.split()).casefold()


def company_ranking(board: RaceBoard) -> list[CompanyStanding]:
    """Rank the companies by the sum of their best n teams that finished with a place (race.md, Rank, 7).

    n is the race's `companies.count`. Where teams end on different lap counts, more laps come before less time, as
    among the teams (T69). A provisional time counts as it stands, as in the places; a time of nought
    does not (T76). Entries without a company are left out; a company is called as its first entry writes it (T79).
    """
    names: dict[str, str] = {}
    teams: dict[str, int] = {}
    finished: dict[str, list[tuple[int, int, int, str]]] = {}
    for entry in board.race.entries:
        company = company_key(entry.company)
        if not company:
            continue
        names.setdefault(company, entry.company.strip())
        teams[company] = teams.get(company, 0) + 1
        row = board.rows.get(entry.bib)
        if row is not None and row.placed and row.status == "finished":
            finished.setdefault(company, []).append((-row.laps, row.time_ms or 0, entry.number, entry.bib))
    needed = board.race.companies_count
    found = []
    for company, name in names.items():
        best = sorted(finished.get(company, []))[:needed]
        laps, time_ms = -sum(each[0] for each in best), sum(each[1] for each in best)
        bibs = tuple(bib for _, _, _, bib in best)
        found.append((len(best) < needed, -len(best), -laps, time_ms, company, bibs, teams[company], name))
    found.sort()
    ranked: list[CompanyStanding] = []
    for position, (incomplete, _, less, time_ms, _, bibs, count, name) in enumerate(found, start=1):
        place = None if incomplete else position
        if ranked and place is not None and (ranked[-1].laps, ranked[-1].time_ms) == (-less, time_ms):
            place = ranked[-1].place
        ranked.append(CompanyStanding(place, name, -less, time_ms if bibs else None, bibs, count, needed))
    whole = [each for each in ranked if each.place is not None]
    close = within_one_second((each.laps, each.place, each.time_ms or 0) for each in whole)
    return [replace(each, tenths=tenths) for each, tenths in zip(whole, close, strict=True)] + ranked[len(whole) :]


@dataclass(frozen=True, slots=True)
class Fastest:
    """The fastest lap of a kind: `leg` None for all laps, else the runner who joins on it. Equals share it."""

    leg: str | None
    lap_ms: int
    laps: tuple[tuple[str, int], ...]
    """The bibs and lap numbers that have it."""
    tenths: bool = False
    """Another team's best is within the same shown second: the time is told with tenths (T80)."""


def fastest(board: RaceBoard) -> list[Fastest]:
    """Return the fastest lap, then the fastest lap of each leg: of A, of A and B, of A, B and C …

    Only measured times of laps that nobody is missing from; an estimate, an official's time or a zero is never the
    fastest (T76). The leg of a runner is the first lap that he runs.
    """
    found = []
    for leg in (None, *joining_laps(board.race)):
        laps = measured_laps(board, leg)
        if laps:
            least = laps[0].lap_ms
            best = tuple((each.bib, each.lap) for each in laps if each.lap_ms == least)
            bibs = {bib for bib, _ in best}
            beaten = next((each.lap_ms for each in laps if each.bib not in bibs), None)
            found.append(Fastest(leg, least, best, beaten is not None and ceil_seconds(beaten) == ceil_seconds(least)))
    return found


@dataclass(frozen=True, slots=True, order=True)
class RunLap:
    """A lap that somebody ran; the order is that of the times, equals in the order of the entries."""

    lap_ms: int
    number: int
    lap: int
    bib: str


def measured_laps(board: RaceBoard, leg: str | None) -> list[RunLap]:
    """Return the laps that may be the fastest, best first: all, or those on which the runner `leg` joins."""
    return _laps(board, leg, fit=True)


def open_laps(board: RaceBoard, leg: str | None) -> list[RunLap]:
    """Return the laps that are not measured whole yet, and might be: provisional, estimated, or begun so."""
    return _laps(board, leg, fit=False)


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


def _laps(board: RaceBoard, leg: str | None, fit: bool) -> list[RunLap]:
    counts = None if leg is None else joining_laps(board.race).get(leg, frozenset())
    found = []
    for entry in board.race.entries:
        row = board.rows.get(entry.bib)
        if row is None or row.status in ("dsq", "out_of_competition") or not runs(board.race, entry, leg, row.order):
            continue
        found += [
            RunLap(row.lap_times_ms[lap - 1], entry.number, lap, row.bib)
            for lap in range(1, row.laps + 1)
            if (counts is None or lap in counts) and fitness(row, lap) is fit
        ]
    return sorted(found)


def runs(race: Race, entry: Entry, leg: str | None, order: tuple[str, ...]) -> bool:
    """Whether somebody of the team runs where the leg's runner joins, whoever it is by its order; with None, always."""
    if leg is None:
        return True
    if order:
        return bool(dict(zip(race.roles, order, strict=True)).get(leg))
    return any(runner.code == leg for runner in entry.runners)


def fitness(row: Row, lap: int) -> bool | None:
    """Whether a lap may be the fastest: True for measured whole, from end to end, False for not yet, None for never.

    What begins with an estimate, or while somebody was unseen, is no more measured than what ends so. An official's
    instant never counts, nor a time of nought or less (T76).
    """
    ends = row.lap_qualities[max(0, lap - 2) : lap]
    if row.lap_times_ms[lap - 1] <= 0 or "c" in ends:
        return None
    return "e" not in ends and not {lap - 1, lap} & set(row.incomplete)
