"""`live export`: the results from the journal, judged and rendered by the service's own code, also beside it."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from live.boards import RaceBoard
from live.ingest.journal import JournalReader
from live.ingest.meeting import Meeting
from live.problems import unusable
from live.programme import Event
from live.web.files import FORMATS, render
from live.web.languages import offered
from live.web.results import results_of
from live.web.typeset import MOST


class ExportFailed(RuntimeError):
    """The results cannot be written; the message says why."""


async def export(
    event: Event,
    journal: Path,
    out: Path,
    *,
    race: str | None = None,
    formats: Sequence[str] = tuple(FORMATS),
    skipped: frozenset[int] = frozenset(),
    origin: str = "",
) -> list[Path]:
    """Write `<out>/<race>.<format>` for one race or all; return the files. `skipped` facts are left out.

    Words are in the event's first language; `origin` is the public address that the PDF's QR code leads to.

    Raises:
        ExportFailed: the event has no such race, a race is too long for a PDF, or a file cannot be written.
        JournalRefused: there is no journal of this event there.
    """
    if race is not None and race not in event.by_race:
        raise ExportFailed(f"{event.id} has no race {race!r}: {', '.join(event.by_race)}")
    races = event.by_race if race is None else (race,)
    long = [each for each in races if "pdf" in formats and len(event.by_race[each].entries) > MOST]
    if long:
        others = ",".join(each for each in formats if each != "pdf") or "csv"
        raise ExportFailed(f"a PDF holds {MOST} rows at most, {', '.join(long)} has more: use --format {others}")
    meeting, language = await _judged(event, journal, skipped), offered(event.languages)[0]
    return [
        _write(out / f"{each}.{form}", render(results_of(_board(meeting, each)), form, event, language, origin))
        for each in races
        for form in formats
    ]


async def _judged(event: Event, journal: Path, skipped: frozenset[int]) -> Meeting:
    async with JournalReader(journal, event.id, skipped) as reader:
        meeting = Meeting(event, reader.id)
        async for chunk in reader.read():
            for recorded in chunk:
                meeting.apply(recorded)
    meeting.changes(time.time_ns() // 1_000_000)
    return meeting


def _board(meeting: Meeting, race: str) -> RaceBoard:
    board = RaceBoard(meeting.event.by_race[race])
    head = meeting.head(race)
    board.hear(head)
    for number in range(head.pages):
        board.hear(meeting.page(race, number))
    return board


def _write(path: Path, content: bytes) -> Path:
    """Replace the file in one step: whoever reads it meanwhile gets the old or the new one."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content)
        os.replace(fresh, path)
    except OSError as error:
        raise ExportFailed(unusable(error, path)) from error
    return path
