"""Who gets which prize, and whether it may be read out yet. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from live.boards import RaceBoard
from live.contests import Reason, Winner, contest_of
from live.messages.boards import Row
from live.programme import Prize, Race


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a prize cannot be read out yet, and the teams that it hangs on, in the order of the entries.

    ``running``: the race is not over, and a place is still to be filled. ``rivals``: they are still out and could come
    before. ``provisional``: somebody of the team is unseen. ``estimated``: a time that nobody measured. ``doubt``:
    something waits for an official. ``no_time``: finished, but without a time, or with one of nought (T76).
    """

    code: Reason
    bibs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Award:
    """One prize as it stands: its winners by place, what it waits for, and its `number` in the event file, from 1."""

    number: int
    prize: Prize
    winners: tuple[Winner, ...]
    waits: tuple[Wait, ...]

    @property
    def settled(self) -> bool:
        """It may be read out."""
        return not self.waits

    def holders(self, place: int) -> tuple[str, ...]:
        """Return the bibs that hold a place."""
        return tuple(bib for winner in self.winners if winner.place == place for bib in winner.bibs)


def awards(board: RaceBoard) -> list[Award]:
    """Return the prizes of a race in the order of the event file.

    None is settled while a doubt, a provisional lap, an estimated time or a rival still out touches it (T77). When the
    officials have closed the race, or nobody runs any more, no rival is out.
    """
    return [award(board, number) for number in range(1, len(board.race.prizes) + 1)]


def award(board: RaceBoard, number: int) -> Award:
    """Return one prize, by its number in the event file from 1.

    Raises:
        IndexError: there is no such prize.
    """
    if not 1 <= number <= len(board.race.prizes):
        raise IndexError(number)
    prize = board.race.prizes[number - 1]
    contest = contest_of(board, prize.among)
    winners = tuple(each for each in contest.ranked if each.place <= prize.places)
    before_ms = winners[-1].time_ms if len(winners) >= prize.places and _whole(board, winners) else None
    found = contest.unsure(before_ms)
    for winner in winners:
        found += [each for bib in winner.bibs for each in _unsure(board.rows[bib], winner.lap is None)]
    if board.head is None or board.head.state not in ("provisional", "official"):
        rivals = contest.rivals(before_ms)
        found += [("rivals", bib) for bib in rivals]
        if rivals and before_ms is None:
            found.append(("running", ""))
    return Award(number, prize, winners, _waits(board.race, found))


def _whole(board: RaceBoard, winners: Iterable[Winner]) -> bool:
    """Whether all of them ran the whole race: who was set finished before the end is behind whoever still comes."""
    laps = board.race.laps_total or 0
    return all(winner.lap is not None or board.rows[bib].laps >= laps for winner in winners for bib in winner.bibs)


def _waits(race: Race, found: Iterable[tuple[Reason, str]]) -> tuple[Wait, ...]:
    """One for each reason, in the order of `Reason`."""
    by_code: dict[Reason, set[str]] = {}
    for code, bib in found:
        by_code.setdefault(code, set()).add(bib)
    order: tuple[Reason, ...] = ("running", "rivals", "provisional", "estimated", "doubt", "no_time")
    listed = []
    for code in order:
        bibs = sorted(by_code.get(code, set()) - {""}, key=lambda bib: race.by_bib[bib].number)
        if code in by_code:
            listed.append(Wait(code, tuple(bibs)))
    return tuple(listed)


def _unsure(row: Row, by_all_laps: bool) -> list[tuple[Reason, str]]:
    """What is not sure of a team that wins; a lap that is the fastest was itself measured whole."""
    found: list[tuple[Reason, str]] = []
    if by_all_laps and (row.provisional or row.incomplete):
        found.append(("provisional", row.bib))
    if by_all_laps and (row.quality == "estimated" or "e" in row.lap_qualities):
        found.append(("estimated", row.bib))
    if row.doubts:
        found.append(("doubt", row.bib))
    return found
