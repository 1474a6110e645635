"""The forecast on recorded races: replayed in order of time, each forecast compared with what came.

Every team's marks are told one by one, as the line told them; after each, its outlook is asked for, and held against
its next crossing, the end of its lap and its finish. The naive forecast beside it is the same stretch in the same
time as on the team's last lap: where there is no last lap there is none, and the comparison leaves the forecast out.

`python -m bench.forecast` prints it.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median

from live.ingest.field import Field
from live.ingest.forecast import Outlook
from live.ingest.marks import Mark, marks
from live.ingest.race import LiveRace
from live.messages.boards import Forecast
from live.programme import Race
from tests.races import f1, finland, hill
from tests.races.convert import RealRace
from tests.races.doors import shuffled_core

SETS: dict[str, Callable[[Path], RealRace]] = {
    "relay-finland": finland.convert,
    "relay-hill-2020": hill.convert,
    "f1-2021": f1.convert,
}


@dataclass(frozen=True, slots=True)
class Compared:
    """One forecast and what came, all in ms after the team's last crossing; `naive_ms` None on a first lap."""

    expected_ms: int
    error_ms: int
    came_ms: int
    naive_ms: int | None

    @property
    def off_ms(self) -> int:
        """How far off the forecast was."""
        return abs(self.came_ms - self.expected_ms)

    @property
    def held(self) -> bool:
        """Whether the stated interval held it."""
        return self.off_ms <= self.error_ms


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a set of races gave: the next crossings, the ends of laps from their beginnings, the finishes."""

    crossings: list[Compared]
    laps: list[Compared]
    told_anew: list[Compared]
    """The ends of laps as told last: anew whenever twice as many had ended the lap."""
    finishes: list[Compared]
    silent: list[Mark]
    """Crossings that were not forecast: there was nothing to go by, or the team was expected at another point."""


def replay(name: str) -> Replayed:
    """Replay all races of a set."""
    with tempfile.TemporaryDirectory() as folder:
        races = shuffled_core(SETS[name](Path(folder))).meeting
    found = Replayed([], [], [], [], [])
    for live in races.races.values():
        replay_race(live, races.rulings.restarts[live.race.id], found)
    return found


def replay_race(live: LiveRace, restarts: Mapping[int, int], found: Replayed) -> None:
    """Tell the marks of a race in order of time, and compare."""
    ways = {
        team.entry.number: marks(live.race, team.gun_ms, restarts, team.judged, team.laps)
        for team in live.teams.values()
    }
    field = Field(live.race, restarts)
    for _, number, index in sorted((mark.at_ms, n, i) for n, way in ways.items() for i, mark in enumerate(way)):
        way, so_far = ways[number], ways[number][: index + 1]
        field.learn(number, so_far)
        field.settle()
        ahead = field.outlook(number, so_far)
        if index + 1 < len(way) and way[index + 1].at_ms > way[index].at_ms:  # else it had come already
            compare(live.race, way, index, ahead, found)
    for number, way in ways.items():
        compare_anew(field, number, way, found)


def compare(race: Race, way: Sequence[Mark], index: int, ahead: Outlook, found: Replayed) -> None:
    """Hold an outlook against the rest of the team's way."""
    line, begun = race.course.line, way[index]
    coming = way[index + 1]
    if ahead.next is not None and ahead.next.point == coming.point:
        found.crossings.append(compared(way, index, coming, ahead.next, line))
    else:
        found.silent.append(coming)
    ends = [mark for mark in way[index + 1 :] if mark.point == line]
    if begun.point == line and ahead.ends and ends:
        found.laps.append(compared(way, index, ends[0], ahead.ends[0], line))
        if ahead.finish is not None and len(ends) > 1 and ends[-1].lap == race.laps_total:
            naive_ms = begun.took_ms * len(ends) if begun.lap else None
            found.finishes.append(_compared(begun, ends[-1], ahead.finish, naive_ms))


def compare_anew(field: Field, number: int, way: Sequence[Mark], found: Replayed) -> None:
    """Hold the last of what was told of each lap's end, from its beginning on, against it."""
    line = field.race.course.line
    ends = [index for index, mark in enumerate(way) if mark.point == line]
    for begun, ended in pairwise(ends):
        came_ms = way[ended].at_ms
        anew = max((at_ms for at_ms in field.refreshes_ms(way[ended].lap) if at_ms <= came_ms), default=0)
        ahead = field.outlook(number, way[: begun + 1], anew)
        if ahead.ends and came_ms > way[begun].at_ms:
            found.told_anew.append(compared(way, begun, way[ended], ahead.ends[0], line))


def compared(way: Sequence[Mark], index: int, came: Mark, forecast: Forecast, line: str) -> Compared:
    """Put the naive forecast beside one."""
    begun = way[index]
    before = {mark.point: mark.took_ms for mark in way[: index + 1] if mark.lap == came.lap - 1 and mark.lap}
    start_ms = 0 if begun.point == line else before.get(begun.point)
    end_ms = before.get(came.point)
    naive_ms = end_ms - start_ms if start_ms is not None and end_ms is not None else None
    return _compared(begun, came, forecast, naive_ms)


def _compared(begun: Mark, came: Mark, forecast: Forecast, naive_ms: int | None) -> Compared:
    base_ms = begun.base_ms
    return Compared(forecast.at_ms - base_ms, forecast.error_ms, came.at_ms - base_ms, naive_ms)


HEADS = (
    "set",
    "what",
    "forecasts",
    "naive: off by",
    "ours: off by",
    "ratio",
    "80 % held",
    "off by, median",
    "half width, median",
)


def table() -> Iterator[str]:
    """Yield the lines of the table of all sets."""
    yield "| " + " | ".join(HEADS) + " |"
    yield "|---" * len(HEADS) + "|"
    for name in SETS:
        replayed = replay(name)
        yield line(name, "next crossing", [each for each in replayed.crossings if each.naive_ms is not None])
        yield line(name, "next crossing, no last lap", [each for each in replayed.crossings if each.naive_ms is None])
        yield line(name, "end of the lap, from its beginning", replayed.laps)
        yield line(name, "end of the lap, as told last", replayed.told_anew)
        yield line(name, "finish, two laps ahead or more", replayed.finishes)
        yield f"| {name} | crossings without a forecast | {len(replayed.silent):,} | | | | | | |"


def line(name: str, what: str, all_of_them: Sequence[Compared]) -> str:
    """Return one line of the table."""
    if not all_of_them:
        return f"| {name} | {what} | 0 | | | | | | |"
    both = [each for each in all_of_them if each.naive_ms is not None]
    ours_s, naive_s = (mean_s(both, naive) if both else 0.0 for naive in (False, True))
    cells = (
        name,
        what,
        f"{len(all_of_them):,}",
        f"{naive_s:.2f} s" if both else "",
        f"{ours_s if both else mean_s(all_of_them):.2f} s",
        f"{ours_s / naive_s:.3f}" if both else "",
        f"{100 * held(all_of_them):.1f} %",
        f"{100 * median(each.off_ms / max(each.came_ms, 1) for each in all_of_them):.1f} %",
        f"{100 * median(each.error_ms / max(each.expected_ms, 1) for each in all_of_them):.1f} %",
    )
    return "| " + " | ".join(cells) + " |"


def mean_s(those: Sequence[Compared], naive: bool = False) -> float:
    """Return by how many seconds the forecasts, or the naive ones, were off on average."""
    return fmean(abs(each.came_ms - (each.naive_ms or 0)) if naive else each.off_ms for each in those) / 1_000


def held(those: Sequence[Compared]) -> float:
    """Return which part of the crossings the stated interval held."""
    return fmean(each.held for each in those)


if __name__ == "__main__":
    print("\n".join(table()))
