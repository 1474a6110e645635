"""`live restore`: the newest good backup becomes the journal again. Nothing is deleted: what was there lies beside it.

The journal gets a new id, since its numbers begin again below those that pages have seen. Decisions that were noted
after the backup are put behind it, by their id; passages come again from the devices, which are told a lower watermark.
"""

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from live.ingest.backups import Backups, backup_files, decisions_file, tokens_file
from live.ingest.board_publisher import wall_ms
from live.ingest.checking import Held, examined
from live.ingest.comparing import compared
from live.ingest.decision_notes import noted
from live.ingest.journal import Journal, journal_file, sync_folder
from live.ingest.sqlite import JournalOutOfReach, JournalRefused
from live.messages.decisions import Decision
from live.messages.facts import Recorded
from live.programme import Event
from live.secrets import Secrets
from live.supervisor import claimed


class RestoreFailed(RuntimeError):
    """Nothing was restored, and nothing was changed; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class _Found:
    file: Path
    held: Held

    @property
    def told(self) -> str:
        return f"{self.file}: {_told(self.held)}"


async def restore(event: Event, data: Path, folder: Path, file: Path | None, say: Callable[[str], None]) -> None:
    """Put the newest good backup of a folder in the journal's place, or the one in `file`.

    Raises:
        RestoreFailed: there is no good backup, or the journal is whole.
        ServeFailed: the service runs.
        JournalRefused: somebody else has the journal.
        JournalOutOfReach: the disk or a missing right keeps it from us.
    """
    journal = journal_file(data)
    with claimed(data, ("ingest",)):
        if file is None:
            await asyncio.to_thread(_check_need, journal, folder)
        found = await asyncio.to_thread(_good, [file] if file else _newest_first(folder, event), event, say)
        say(f"takes {found.told}")
        draft = journal.with_name(journal.name + ".new")
        ruled = await _build(draft, found, folder, event, say)
        await asyncio.to_thread(_put_in_place, draft, journal, say)
        if Secrets(data).take_tokens(tokens_file(found.file.parent, event.id, found.held.journal)):
            say("tokens of devices and officials: as they were at the last backup")
        await _back_up(journal, event, data, folder, say)
    say(f"restored: {found.held.facts} facts, and {ruled} decisions made after the backup")
    say("Now start `live serve`: it tells the devices what is stored, and they send the rest again.")


def _told(held: Held) -> str:
    last = datetime.fromtimestamp(held.heard_at_ms / 1000).astimezone().isoformat(" ", "seconds")
    return f"{held.facts} facts" + (f", the last one heard at {last}" if held.facts else "")


def _check_need(journal: Path, folder: Path) -> None:
    """A journal that is whole is never put aside, unless somebody names the backup to go back to."""
    if not journal.exists():
        return
    try:
        held, wrong = examined(journal)
    except JournalOutOfReach:  # a restore would put aside what may be whole, and on a failing disk bring nothing
        raise
    except JournalRefused:
        return
    if held is not None and not wrong and not compared(journal, held, folder)[0]:
        raise RestoreFailed(
            f"{journal} is whole ({_told(held)}): nothing is to be restored. "
            "To go back to a backup all the same, name it with --from."
        )


def _newest_first(folder: Path, event: Event) -> list[Path]:
    files = [each.path for each in backup_files(folder, event.id)]
    if not files:
        raise RestoreFailed(f"there is no backup of {event.id} in {folder}: name one with --from.")
    return files


def _good(files: list[Path], event: Event, say: Callable[[str], None]) -> _Found:
    """Return the first of these that is whole."""
    for file in files:
        if not file.is_file():
            raise RestoreFailed(f"there is no file {file}: --from takes a backup, *.sqlite in the folder of backups.")
        try:
            held, wrong = examined(file)
        except JournalRefused as error:
            held, wrong = None, [str(error)]
        if held is None:
            say(f"{file} is no good: {wrong[0]}")
        elif held.event != event.id:
            say(f"{file} is no good: it is of event {held.event!r}, not of {event.id!r}")
        else:
            return _Found(file, held)
    raise RestoreFailed(
        "no good backup was found, nothing was changed: look for one on another disk, and name it with --from."
    )


async def _build(draft: Path, found: _Found, folder: Path, event: Event, say: Callable[[str], None]) -> int:
    """Make the journal anew under another name; return how many decisions were put behind the backup."""
    lock = draft.with_name(draft.name + ".lock")
    for leftover in (draft, draft.with_name(draft.name + "-wal"), draft.with_name(draft.name + "-shm"), lock):
        leftover.unlink(missing_ok=True)  # of a restore that was cut short
    await asyncio.to_thread(shutil.copyfile, found.file, draft)
    missing = 0
    async with Journal(draft, event.id) as journal:
        await journal.begin_anew()
        for recorded in await asyncio.to_thread(_noted, found, folder, say):
            missing += len(await journal.append([recorded.fact], [], recorded.heard_at_ms))
        await journal.checkpoint()
    lock.unlink()
    return missing


def _noted(found: _Found, folder: Path, say: Callable[[str], None]) -> list[Recorded]:
    """Return the decisions noted beside the backup, or in the folder of backups, in the order of the journal."""
    by_id: dict[str, Recorded] = {}
    for place in dict.fromkeys((found.file.absolute().parent, folder)):
        ruled, damage = noted(decisions_file(place, found.held.event, found.held.journal))
        for recorded in ruled:
            assert isinstance(recorded.fact, Decision)
            by_id[recorded.fact.id] = recorded
        for each in damage:
            say(f"left out: {each}")
    return sorted(by_id.values(), key=lambda recorded: recorded.seq)


def _put_in_place(draft: Path, journal: Path, say: Callable[[str], None]) -> None:
    """Put the damaged journal aside, with what was not yet moved into it, and the new one in its place.

    At no moment is there no journal: `live serve` would begin an empty one.
    """
    descriptor = os.open(draft, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)
    if journal.exists():
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        aside = journal.with_name(f"{journal.stem}.damaged-{stamp}{journal.suffix}")
        os.link(journal, aside)
        wal = journal.with_name(journal.name + "-wal")
        if wal.exists():  # it must not meet the new one
            wal.rename(aside.with_name(aside.name + "-wal"))
        journal.with_name(journal.name + "-shm").unlink(missing_ok=True)  # only an index into that
        say(f"the journal that was there is kept as {aside}")
    os.replace(draft, journal)
    sync_folder(journal.parent)


async def _back_up(journal: Path, event: Event, data: Path, folder: Path, say: Callable[[str], None]) -> None:
    """What was restored is backed up at once, under its new id."""
    async with Journal(journal, event.id) as restored:
        ours = folder == data / "backup"
        backups = Backups(restored, Secrets(data), folder, keep=1, ours=ours, wall_ms=wall_ms)
        await backups.copy()
        if backups.state.trouble:
            say(f"warning: {backups.state.trouble}")
        else:
            await backups.note_new()
