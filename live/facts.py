"""`live journal`: the facts as lines, and everything computed anew from them. Reads only, also while ingest writes."""

import asyncio
import sys
import time
import zlib
from pathlib import Path

from live.boards import RaceBoard
from live.fact_members import decision_members, passage_members
from live.ingest.checking import examined
from live.ingest.comparing import compared
from live.ingest.journal import JournalReader
from live.ingest.meeting import Meeting
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Event
from live.strict_json import to_json


async def print_facts(event: Event, journal: Path) -> None:
    """Print each fact as a line of JSON.

    Raises:
        JournalRefused: there is no journal of this event there.
    """
    async with JournalReader(journal, event.id) as reader:
        async for chunk in reader.read():
            sys.stdout.buffer.write(b"".join(to_json(_members(recorded)) + b"\n" for recorded in chunk))
    sys.stdout.buffer.flush()


def _members(recorded: Recorded) -> dict[str, object]:
    fact = recorded.fact
    about: dict[str, object] = {"fact": recorded.seq, "heard_at_ms": recorded.heard_at_ms}
    if isinstance(fact, Passage):
        return {**about, "device": fact.device, "epoch": fact.epoch, **passage_members(fact)}
    return {**about, **decision_members(fact)}


async def verify(event: Event, journal: Path, backups: Path, skipped: frozenset[int]) -> tuple[list[str], list[str]]:
    """Check the journal, also against its backups, and judge all its facts anew; return what is wrong, and notes.

    Raises:
        JournalRefused: there is no journal of this event there.
    """
    async with JournalReader(journal, event.id, skipped) as reader:
        held, wrong = await asyncio.to_thread(examined, journal)
        notes: list[str] = []
        if held is not None:
            wrong, notes = await asyncio.to_thread(compared, journal, held, backups)
        if wrong:  # what cannot be trusted is not judged
            return wrong, notes
        meeting = Meeting(event, reader.id)
        facts = 0
        async for chunk in reader.read():
            facts += len(chunk)
            for recorded in chunk:
                meeting.apply(recorded)
    meeting.changes(time.time_ns() // 1_000_000)
    boards = [_summary(meeting, race) for race in event.by_race]
    return [], [f"{facts} facts, none missing, none changed", *boards, *notes]


def _summary(meeting: Meeting, race: str) -> str:
    """A line that is the same wherever the board is the same."""
    head = meeting.head(race)
    board = RaceBoard(meeting.event.by_race[race])
    board.hear(head)
    for number in range(head.pages):
        board.hear(meeting.page(race, number))
    standings = [(each.place, each.row.bib, each.row.key) for each in board.standings()]
    done = sum(entry.status == "finished" for entry in board.rows.values())
    check = zlib.crc32(to_json(standings))
    return f"{race}: {head.state}, version {head.version}, {done} of {head.entries} finished, check {check:08x}"
