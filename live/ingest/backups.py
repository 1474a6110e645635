"""Backups of the journal while the race runs, a few of them, each looked at before the one before may go.

In the folder are, for each journal: ``<event>_<journal>_<made>.sqlite``, the copies, as many as are kept;
``<event>_<journal>.decisions.jsonl``, every decision at once; ``<event>_<journal>.tokens.json``, who may come in.
A disk that fails is said, and holds nothing up: neither commits nor the loop.
"""

import asyncio
import logging
import os
import re
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from live.ingest.checking import Held
from live.ingest.copying import CopyFailed
from live.ingest.decision_notes import last_noted, note
from live.ingest.journal import Journal, sync_folder
from live.messages.services import Backup
from live.secrets import Secrets

log = logging.getLogger(__name__)

SPARE_BYTES: Final = 64 << 20
"""So much room is left when a copy is made: the disk is often the one that the journal needs."""

AGAIN_S: Final = 5.0
"""A note of a decision that the disk did not take is tried again after so long."""

_NAME: Final = re.compile(r"([a-z0-9-]+)_([0-9a-f]{16})_(\d{8}T\d{9}Z)\.sqlite")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BackupFile:
    """One copy, as its name says: of which journal, and when it was made."""

    path: Path
    journal: str
    made_at_ms: int


def backup_files(folder: Path, event: str) -> list[BackupFile]:
    """Return the copies of this event's journals in a folder, the newest first; nothing where there is no folder."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        name = _NAME.fullmatch(path.name)
        if name is not None and name[1] == event:
            made = datetime.strptime(name[3] + "+0000", "%Y%m%dT%H%M%S%fZ%z")
            found.append(BackupFile(path, name[2], (made - _EPOCH) // timedelta(milliseconds=1)))
    return sorted(found, key=lambda each: each.made_at_ms, reverse=True)


def decisions_file(folder: Path, event: str, journal: str) -> Path:
    """Return where the decisions of a journal are noted."""
    return folder / f"{event}_{journal}.decisions.jsonl"


def tokens_file(folder: Path, event: str, journal: str) -> Path:
    """Return where the tokens are that were good while a journal was written."""
    return folder / f"{event}_{journal}.tokens.json"


class Backups:
    """Keeps the backups of one journal. `state` is for whoever watches."""

    def __init__(
        self, journal: Journal, secrets: Secrets, folder: Path, *, keep: int, ours: bool, wall_ms: Callable[[], int]
    ) -> None:
        """`ours` says that the folder is one of ours, made where it is missing.

        Any other must be there: below the name of a disk that is not mounted is the disk of the journal.
        """
        self.folder = folder
        self.state = Backup()
        self._journal = journal
        self._secrets = secrets
        self._keep = keep
        self._ours = ours
        self._wall_ms = wall_ms
        self._troubles = {"copy": "", "decisions": ""}
        self._copied: tuple[int, int] | None = None
        self._ruled = asyncio.Event()
        self._closing = threading.Event()

    def wake(self) -> None:
        """The journal has a new decision."""
        self._ruled.set()

    async def copy_every(self, pause_s: float) -> None:
        """Make a copy now and then, until cancelled."""
        try:
            while True:
                await self.copy()
                await asyncio.sleep(pause_s)
        finally:
            self._closing.set()

    async def note_decisions(self) -> None:
        """Note each decision as soon as the journal has it, until cancelled."""
        self._ruled.set()
        while True:
            await self._ruled.wait()
            self._ruled.clear()
            try:
                await self.note_new()
            except OSError as error:
                self._tell("decisions", f"decisions are not noted in {self.folder}: {error.strerror or error}")
                await asyncio.sleep(AGAIN_S)
                self._ruled.set()
            else:
                self._tell("decisions", "")

    async def copy(self) -> None:
        """Make a copy, if there is anything new; a failure is told, and the copies that there are stay."""
        begun_ms, holds = self._wall_ms(), (self._journal.version, self._journal.rejected_count)
        try:
            newest = await asyncio.to_thread(self._prepare)
            if newest is None or holds != self._copied:
                held = await self._journal.copy(self._draft, self._closing.is_set)
                await asyncio.to_thread(self._put_in_place, held)
                self._copied = holds
            self.state = Backup(begun_ms, holds[0], self.state.trouble)  # without news the old one is as good as new
        except (CopyFailed, OSError) as error:
            said = error.strerror or error if isinstance(error, OSError) else error
            self._tell("copy", f"no backup could be made in {self.folder}: {said}")
        else:
            self._tell("copy", "")

    @property
    def _draft(self) -> Path:
        return self.folder / f"{self._journal.event}_{self._journal.id}.new"

    def _prepare(self) -> BackupFile | None:
        """See that there is room; return the newest copy of this journal."""
        if self._ours:
            self.folder.mkdir(parents=True, exist_ok=True)
        self._draft.unlink(missing_ok=True)
        self._draft.touch()  # where that is not allowed, the system says why; SQLite would not
        needed = self._journal.path.stat().st_size + SPARE_BYTES
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise CopyFailed(f"{free >> 20} MB are free, {needed >> 20} MB are needed")
        self._secrets.copy_tokens(tokens_file(self.folder, self._journal.event, self._journal.id))
        return next(iter(self._own()), None)

    def _put_in_place(self, held: Held) -> None:
        """Give the copy its name, newer than any there is though the clock went back; let the oldest go."""
        made_at_ms = max([self._wall_ms(), *(each.made_at_ms + 1 for each in self._own()[:1])])
        stamp = (_EPOCH + timedelta(milliseconds=made_at_ms)).strftime("%Y%m%dT%H%M%S%f")[:-3]
        path = self.folder / f"{held.event}_{held.journal}_{stamp}Z.sqlite"
        os.replace(self._draft, path)
        sync_folder(self.folder)
        for old in self._own()[self._keep :]:
            old.path.unlink()

    def _own(self) -> list[BackupFile]:
        return [each for each in backup_files(self.folder, self._journal.event) if each.journal == self._journal.id]

    async def note_new(self) -> None:
        """Note what the file lacks, whatever the reason: it may be a new disk.

        Raises:
            OSError: the disk does not take it.
        """
        file = decisions_file(self.folder, self._journal.event, self._journal.id)
        while ruled := await self._journal.ruled(await asyncio.to_thread(last_noted, file)):
            if self._ours:
                await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
            await asyncio.to_thread(note, file, ruled)

    def _tell(self, what: str, trouble: str) -> None:
        if trouble and trouble != self._troubles[what]:
            log.error("%s", trouble)
        self._troubles[what] = trouble
        self.state = Backup(self.state.at_ms, self.state.facts, "; ".join(filter(None, self._troubles.values())))
