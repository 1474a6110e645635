"""What prizes are given for: the best of a group of teams, of the companies, of the laps; who may still come. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from live.boards import RaceBoard
from live.honours import company_key, company_ranking, joining_laps, measured_laps, open_laps, runs
from live.messages.boards import Row
from live.programme import Entry, Race
from live.times import within_one_second

Reason = Literal["running", "rivals", "provisional", "estimated", "doubt", "no_time"]
"""Why a prize waits: see `prizes.Wait`."""


@dataclass(frozen=True, slots=True)
class Winner:
    """One who holds a place: a team or, of a company, the teams that count. `lap` is set where it is for a lap.

    With `tenths` the time is told with tenths: another place is within the same shown second (T80).
    """

    place: int
    shared: bool
    bibs: tuple[str, ...]
    time_ms: int
    company: str = ""
    lap: int | None = None
    tenths: bool = False


@dataclass(frozen=True, slots=True)
class Contest:
    """All who have a time, in order and with places of their own, and what may change that.

    `rivals` are still out and could come before a time, or share it; `unsure` is what else could. Both take None where
    a place is free.
    """

    ranked: list[Winner]
    rivals: Callable[[int | None], list[str]]
    unsure: Callable[[int | None], list[tuple[Reason, str]]]


def contest_of(board: RaceBoard, among: str) -> Contest:
    """Return the contest that a prize's `among` names."""
    kind, _, which = among.partition(":")
    if kind == "companies":
        return _companies(board)
    if kind == "fastest_lap":
        return _laps(board, None)
    if kind == "fastest_leg":
        return _laps(board, which)
    return _teams(board, _group(kind, which))


def _group(kind: str, which: str) -> Callable[[Entry], bool]:
    if kind == "category":
        return lambda entry: entry.category == which
    if kind == "sex":
        return lambda entry: entry.sex == which
    return lambda entry: True


# --- teams ------------------------------------------------------------------------------------------------------


def _teams(board: RaceBoard, only: Callable[[Entry], bool]) -> Contest:
    rows = [each.row for each in board.standings(only=only) if each.row.placed and each.row.status == "finished"]
    ranked = _placed([Winner(0, False, (row.bib,), row.time_ms or 0) for row in rows], [row.key for row in rows])
    entered = [row for bib, row in board.rows.items() if only(board.race.by_bib[bib])]
    still_out = [row for row in entered if _out(row)]

    def rivals(before_ms: int | None) -> list[str]:
        return [row.bib for row in still_out if _may_come(board.race, row, before_ms)]

    def unsure(before_ms: int | None) -> list[tuple[Reason, str]]:
        timeless = [row for row in entered if row.status == "finished" and (row.time_ms or 0) <= 0]
        doubtful = [row for row in entered if _may_be_before(board.race, row, before_ms)]
        return [*(("no_time", row.bib) for row in timeless), *(("doubt", row.bib) for row in doubtful)]

    return Contest(ranked, rivals, unsure)


def _out(row: Row) -> bool:
    return row.status in ("running", "not_started")


def _earliest_ms(race: Race, row: Row) -> int:
    """The shortest time in which a team that is still out can end the race, by what was measured.

    Its next lap may have begun with the first of those who ended the last one.
    """
    left = (race.laps_total or 0) - row.laps
    return max(0, sum(row.lap_times_ms) - race.arrive_within_ms) + max(0, left) * race.min_lap_ms


def _may_come(race: Race, row: Row, before_ms: int | None) -> bool:
    """Whether a team that is still out could come before a time, or share it. Where a race has no set number of laps,
    or ends with its leader, any could: more laps come first.
    """
    return before_ms is None or not same_laps(race) or _earliest_ms(race, row) <= before_ms


def best_place(board: RaceBoard, bib: str) -> int | None:
    """Return the best place that a team can still reach: behind those who are in before it could be.

    None where no place is due to it, or where how many laps are run depends on time or leader.
    """
    row = board.rows[bib]
    if row.status == "finished":
        return board.standing(bib).place
    if not _out(row) or not same_laps(board.race):
        return None
    earliest_ms = _earliest_ms(board.race, row)
    return 1 + sum(
        each.placed and each.status == "finished" and (each.time_ms or 0) < earliest_ms for each in board.rows.values()
    )


def same_laps(race: Race) -> bool:
    """Whether all run the same laps."""
    return race.laps_total is not None and race.finish == "all_laps"


def _may_have_come(row: Row, before_ms: int | None) -> bool:
    """Whether a team with a doubt may be in already: one of its passages may have been its last."""
    return before_ms is None or row.time_ms is None or sum(row.lap_times_ms) <= before_ms


EARLIER = ("missed-passage", "too-fast", "conflict", "implausible-pace")
"""What may show that a team has finished earlier than its time says, by the beginning of a doubt's id."""


def _may_be_before(race: Race, row: Row, before_ms: int | None) -> bool:
    """Whether a team, by what is doubtful of it, may have come before a time, or have shared it (T77).

    It is out and may be in; it has retired, or did not start, and was seen all the same; it has finished, and what was
    counted as its last lap may have been one more.
    """
    if _out(row):
        return bool(row.doubts) and _may_have_come(row, before_ms)
    if row.status in ("dnf", "dns"):
        return any(doubt.startswith("seen-after-status/") for doubt in row.doubts) and _may_have_come(row, before_ms)
    if row.status != "finished" or not any(doubt.startswith(EARLIER) for doubt in row.doubts):
        return False
    last_ms = min((ms for ms in accumulate(row.lap_times_ms) if ms >= _least_ms(race)), default=0)
    return before_ms is None or last_ms <= before_ms or any(doubt.startswith(EARLIER[2:]) for doubt in row.doubts)


def _least_ms(race: Race) -> int:
    """Nobody can have run the whole race before."""
    return (race.laps_total or 1) * race.min_lap_ms


def _placed(winners: Sequence[Winner], keys: Sequence[tuple[int, ...]]) -> list[Winner]:
    """The winners with their places: equal keys, which stand together, share one: 1, 2, 2, 4.

    A key ends with the time; times are close to each other only where all before it is equal.
    """
    times, first = Counter(keys), dict[tuple[int, ...], int]()
    for position, key in enumerate(keys, start=1):
        first.setdefault(key, position)
    close = within_one_second((key[:-1], first[key], winner.time_ms) for winner, key in zip(winners, keys, strict=True))
    return [
        replace(winner, place=first[key], shared=times[key] > 1, tenths=tenths)
        for winner, key, tenths in zip(winners, keys, close, strict=True)
    ]


# --- companies --------------------------------------------------------------------------------------------------


def _companies(board: RaceBoard) -> Contest:
    standings = [each for each in company_ranking(board) if each.place is not None and each.time_ms is not None]
    winners = [Winner(0, False, each.bibs, each.time_ms or 0, each.company) for each in standings]
    ranked = _placed(winners, [(each.laps, each.time_ms or 0) for each in standings])

    def rivals(before_ms: int | None) -> list[str]:
        return _rivals_of_companies(board, before_ms)

    def unsure(before_ms: int | None) -> list[tuple[Reason, str]]:
        rows = [row for bib, row in board.rows.items() if company_key(board.race.by_bib[bib].company)]
        timeless = [row.bib for row in rows if row.status == "finished" and (row.time_ms or 0) <= 0]
        still_out = _rivals_of_companies(board, before_ms)
        doubtful = [
            row.bib for row in rows if _may_be_before(board.race, row, None) and (not _out(row) or row.bib in still_out)
        ]
        return [*(("no_time", bib) for bib in timeless), *(("doubt", bib) for bib in doubtful)]

    return Contest(ranked, rivals, unsure)


def _rivals_of_companies(board: RaceBoard, before_ms: int | None) -> list[str]:
    """The teams still out with which a company could come before a sum, or better its own."""
    times: dict[str, list[tuple[int, str]]] = {}
    still_out: dict[str, list[tuple[int, str]]] = {}
    for entry in board.race.entries:
        row, company = board.rows.get(entry.bib), company_key(entry.company)
        if row is None or not company:
            continue
        if _out(row):
            still_out.setdefault(company, []).append((_earliest_ms(board.race, row), row.bib))
        elif row.placed and row.status == "finished":
            times.setdefault(company, []).append((row.time_ms or 0, row.bib))
    needed = board.race.companies_count
    timed = same_laps(board.race)
    found = []
    for company, teams in still_out.items():
        bibs = {bib for _, bib in teams}
        best = sorted([*times.get(company, []), *teams])[:needed]
        if len(best) < needed:
            continue
        if timed and before_ms is not None and sum(each[0] for each in best) > before_ms:
            continue
        found += [bib for _, bib in (best if timed else teams) if bib in bibs]
    return found


# --- laps -------------------------------------------------------------------------------------------------------


def _laps(board: RaceBoard, leg: str | None) -> Contest:
    """Each team with its best lap of that kind."""
    best: dict[str, Winner] = {}
    for each in measured_laps(board, leg):
        best.setdefault(each.bib, Winner(0, False, (each.bib,), each.lap_ms, lap=each.lap))
    ranked = _placed(list(best.values()), [(each.time_ms,) for each in best.values()])
    last_lap = max(joining_laps(board.race).get(leg, frozenset()), default=0) if leg is not None else None

    def rivals(before_ms: int | None) -> list[str]:
        rows = [(entry, board.rows.get(entry.bib)) for entry in board.race.entries]
        return [
            row.bib
            for entry, row in rows
            if row is not None
            and _out(row)
            and runs(board.race, entry, leg, row.order)
            and (last_lap is None or row.laps < last_lap)
        ]

    def unsure(before_ms: int | None) -> list[tuple[Reason, str]]:
        found: list[tuple[Reason, str]] = []
        for each in open_laps(board, leg):
            if before_ms is None or each.lap_ms <= before_ms:
                found.append(("provisional" if board.rows[each.bib].incomplete else "estimated", each.bib))
        return found

    return Contest(ranked, rivals, unsure)
