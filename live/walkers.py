"""Who set out, who is back, who is still out: the same numbers on the page, in the API, for the officials. Pure."""

from dataclasses import dataclass

from live.boards import RaceBoard
from live.messages.boards import Row


@dataclass(frozen=True, slots=True)
class WalkCount:
    """The entries of a race by where they are; every entry is in one of the groups but `started`.

    `started` are those who are back, out, or retired. `unseen` are those of `still_out` whom no device has seen on the
    way: they may never have set out. `absent` did not start. `last_back_at_ms` is None while nobody is back.
    """

    entries: int
    started: int
    back: int
    still_out: tuple[str, ...]
    unseen: int
    retired: int
    not_started: int
    absent: int
    last_back_at_ms: int | None


def count_walkers(board: RaceBoard) -> WalkCount:
    """Count a race by who is where. `still_out` are bibs, in the order of the entries.

    Who was taken out of the ranking (disqualified, out of competition) is on the course all the same: back once he
    has ended the race, still out until then.
    """
    where: dict[str, list[Row]] = {each: [] for each in ("back", "out", "retired", "waiting", "absent")}
    begun = any(row.status in ("running", "finished", "dnf") for row in board.rows.values())
    for entry in board.race.entries:
        row = board.rows.get(entry.bib)
        if row is not None:
            where[_where(row, board.race.laps_total, begun)].append(row)
    back, out = where["back"], where["out"]
    return WalkCount(
        entries=len(board.race.entries),
        started=len(back) + len(out) + len(where["retired"]),
        back=len(back),
        still_out=tuple(row.bib for row in out),
        unseen=sum(row.point is None for row in out),
        retired=len(where["retired"]),
        not_started=len(board.race.entries) - sum(len(where[each]) for each in ("back", "out", "retired", "absent")),
        absent=len(where["absent"]),
        last_back_at_ms=max((row.at_ms for row in back if row.at_ms is not None), default=None),
    )


def _where(row: Row, laps_total: int | None, begun: bool) -> str:
    if row.status in ("dsq", "out_of_competition"):
        if laps_total is not None and row.laps >= laps_total:
            return "back"
        return "out" if begun or row.point is not None else "waiting"
    known = {"finished": "back", "running": "out", "dnf": "retired", "dns": "absent"}
    return known.get(row.status, "waiting")
