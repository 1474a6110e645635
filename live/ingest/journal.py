"""The journal: every passage and decision in order, durable before anybody is told.

Append-only, in SQLite with WAL and a full sync: what `append` returned survives a power cut. One connection writes,
in a thread of its own, one transaction a batch; who reads cannot write. Each fact carries the hash of the one
before, so that a changed or missing one is found. What the tables are is in `schema`, the library's door is `sqlite`.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from live.ingest.checking import FACT, Held, examined
from live.ingest.copying import copy_checked
from live.ingest.records import Fact, chained, judged, recorded_of, rejected_row, row_of
from live.ingest.schema import REJECTED, bring_up, check_header, name_anew, schema_of
from live.ingest.sqlite import (
    RESTORE,
    UNREADABLE,
    DatabaseError,
    JournalRefused,
    library,
    opened,
    raise_if_full,
    raise_if_out_of_reach,
    reading_beside,
    refused,
    set_up,
)
from live.ingest.watermarks import Watermarks
from live.messages.decisions import Decision
from live.messages.devices import Passage, Rejected
from live.messages.facts import Recorded
from live.messages.services import Canary
from live.strict_json import convert, from_json

CHUNK: Final = 5_000

_BEGIN: Final = f"`live serve` makes it, and --data names another folder; if it was lost, {RESTORE}"

_CANARY: Final = "INSERT OR REPLACE INTO canary VALUES (1, ?, ?, ?, ?)"
_KNOWN: Final = "SELECT body FROM facts WHERE kind = 'passage' AND device = ? AND epoch = ? AND dseq = ?"
# In the update REJECTED ends with `times`, and is continued.
_REJECT: Final = f"""INSERT INTO rejected ({REJECTED}, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, rejected_hash(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1))
    ON CONFLICT (digest) DO UPDATE SET times = times + 1, hash = rejected_hash({REJECTED} + 1) RETURNING times"""

T = TypeVar("T")


def journal_file(data: Path) -> Path:
    """Return where in the data folder the journal is."""
    return data / "journal.sqlite"


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that was not understood, as it was kept: when it came first, and how often."""

    rejected: Rejected
    heard_at_ms: int
    times: int


class JournalReader:
    """Reads a journal, also while ingest writes it; use it with ``async with``.

    `id` names the journal: another one, even of the same event, has another.
    """

    def __init__(self, path: Path, event: str, skipped: Collection[int] = ()) -> None:
        """Open nothing yet. `event` is the id of the event whose journal it must be, `skipped` what is left out."""
        self.path = path
        self.event = event
        self.skipped = frozenset(skipped)
        self.id = ""
        self._reading: Any = None

    async def __aenter__(self) -> Self:
        """Open the file for reading.

        Raises:
            JournalRefused: there is none, or it is not the journal of this event.
        """
        library()
        if not self.path.exists():
            raise JournalRefused(f"there is no journal at {self.path}", _BEGIN)
        try:
            self._reading = await reading_beside(self.path)
            self.id = await self._check_meta()
        except BaseException as error:
            await JournalReader.__aexit__(self, None, None, None)
            if isinstance(error, (*UNREADABLE, KeyError)):
                refused(error, self.path)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        if self._reading is not None:
            await self._reading.close()

    async def read(self) -> AsyncIterator[list[Recorded]]:
        """Yield all facts in order, some thousands at a time, each held against its hash; but those that are skipped.

        Raises:
            JournalRefused: a fact is not what it was, or cannot be understood; the message names it, and the cure.
        """
        last, chain = 0, b""
        while rows := await self._facts("seq > ?", last, f"{FACT}, hash"):
            for *row, found in rows:
                if row[0] not in self.skipped and (row[0] != last + 1 or chained(chain, row) != found):
                    raise _damaged(self.path, f"fact {row[0]} is not what it was, or one before it is missing")
                last, chain = row[0], found
            try:
                recorded = recorded_of([row for *row, _ in rows if row[0] not in self.skipped])
            except ValueError as error:  # of a later version: it is as it was written
                raise JournalRefused(str(error), "to go on without it, --skip") from error
            yield recorded

    async def ruled(self, after: int = 0) -> list[Recorded]:
        """Return the decisions behind seq `after`, some thousands at most."""
        rows = await self._facts("kind = 'decision' AND seq > ?", after)
        return recorded_of([row for row in rows if row[0] not in self.skipped])

    async def rejected(self, limit: int = CHUNK) -> list[Kept]:
        """Return what was not understood, the newest first."""
        columns = "topic, raw, reason, device, epoch, dseq, heard_at_ms, times"
        rows = await self._rows(f"SELECT {columns} FROM rejected ORDER BY id DESC LIMIT ?", limit)
        return [Kept(Rejected(*row[:6]), *row[6:]) for row in rows]

    async def verify(self) -> list[str]:
        """Return everything that is wrong with the journal, in words; nothing when it is whole."""
        return (await asyncio.to_thread(examined, self.path))[1]

    async def _facts(self, which: str, after: int, columns: str = FACT) -> list[Any]:
        try:
            return await self._rows(f"SELECT {columns} FROM facts WHERE {which} ORDER BY seq LIMIT ?", after, CHUNK)
        except UNREADABLE as error:
            raise_if_out_of_reach(error, self.path)
            raise _damaged(self.path, error) from error

    async def _rows(self, sql: str, *values: object) -> list[Any]:
        assert self._reading is not None, "the journal is not open"
        return list(await self._reading.execute_fetchall(sql, values))

    async def _check_meta(self) -> str:
        [[application]] = await self._rows("PRAGMA application_id")
        [[schema]] = await self._rows("PRAGMA user_version")
        check_header(application, schema, self.path)
        meta = dict(await self._rows("SELECT name, value FROM meta"))
        if meta["event"] != self.event:
            raise JournalRefused(
                f"{self.path} is the journal of event {meta['event']!r}, not of {self.event!r}",
                f"give this event another --data; if it was of this one, {RESTORE}",
            )
        return str(meta["journal"])


class Journal(JournalReader):
    """The journal as ingest has it: the only one that writes. Made where there is none.

    `watermarks` says which passages are stored, `decisions` the seq of each decision, `rejected_count` how many
    different messages were not understood; `version` is the seq of the last fact.
    """

    def __init__(self, path: Path, event: str, skipped: Collection[int] = ()) -> None:
        """Open nothing yet."""
        super().__init__(path, event, skipped)
        self.watermarks = Watermarks()
        self.decisions: dict[str, int] = {}
        self.rejected_count = 0
        self.version = 0
        self._chain = b""
        self._lock_file = -1
        self._writing: Any = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._turn = asyncio.Lock()
        self._long_reading = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Open the journal, or make it, and learn what is stored.

        Raises:
            JournalRefused: it is in use, or not the journal of this event, or SQLite is too old.
            JournalFull: there is no room to make it.
        """
        library()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock_file = _lock(self.path)
        try:
            await self._hop(self._open_writer)
            await super().__aenter__()
            await self._learn()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the journal, and let others have it."""
        await super().__aexit__(kind, error, trace)
        if self._writing is not None:
            await self._hop(self._writing.close)
        self._thread.shutdown()
        os.close(self._lock_file)

    async def append(
        self,
        facts: Sequence[Fact],
        rejected: Sequence[Rejected],
        heard_at_ms: int,
        canary: Canary | None = None,
    ) -> list[Recorded]:
        """Write a batch in one transaction. When this returns it is durable, and may be acknowledged.

        Returns what is new. The same passage, or the same decision, again is nothing (T02); other content under a
        known identity is a further fact (T03); what was rejected before only counts once more.

        Raises:
            JournalFull: nothing was written. Keep the batch, raise the alarm, try again.
            Exception: the disk fails. End the process: only a restart knows what is really on it.
        """
        async with self._turn:
            # Whoever waits for this may be cancelled; what is being written must still be remembered.
            writing = asyncio.create_task(self._write_and_remember(facts, rejected, heard_at_ms, canary))
            try:
                return await asyncio.shield(writing)
            except asyncio.CancelledError:
                await asyncio.wait([writing])
                raise

    async def checkpoint(self) -> None:
        """Move the WAL into the file and cut it. For quiet moments.

        Raises:
            JournalFull: there is no room to do so; nothing is lost, the WAL stays as it is.
        """
        async with self._long_reading, self._turn:  # it would wait for who reads, and every commit with it
            try:
                await self._hop(lambda: self._writing.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
            except DatabaseError as error:
                raise_if_full(error, self.path)
                raise

    async def copy(self, path: Path, unwanted: Callable[[], bool]) -> Held:
        """Write what the journal holds to a new file, and return what that holds once it is durable and whole.

        Raises:
            CopyFailed: see `copying`.
        """
        async with self._long_reading:
            return await asyncio.to_thread(copy_checked, self.path, path, unwanted)

    async def begin_anew(self) -> None:
        """Take another id: what is asked for by the old one may be newer than what this journal holds."""
        await self._hop(self._name_anew)
        self.id = await self._check_meta()

    async def _write_and_remember(
        self, facts: Sequence[Fact], rejected: Sequence[Rejected], heard_at_ms: int, canary: Canary | None
    ) -> list[Recorded]:
        recorded, chain, new_rejected = await self._hop(lambda: self._write(facts, rejected, heard_at_ms, canary))
        self._chain = chain
        self.rejected_count += new_rejected
        for each in recorded:
            self.version = each.seq
            if isinstance(each.fact, Passage):
                self.watermarks.add(*each.fact.identity)
            else:
                self.decisions[each.fact.id] = each.seq
        for bad in rejected:
            if bad.device is not None and bad.epoch is not None and bad.seq is not None:
                self.watermarks.add(bad.device, bad.epoch, bad.seq)
        return recorded

    async def _learn(self) -> None:
        try:
            await self._learn_all()
        except UNREADABLE as error:
            raise_if_out_of_reach(error, self.path)
            raise _damaged(self.path, error) from error

    async def _learn_all(self) -> None:
        for table in ("facts WHERE kind = 'passage'", "rejected WHERE dseq IS NOT NULL"):
            for identity in await self._rows(f"SELECT device, epoch, dseq FROM {table}"):
                self.watermarks.add(*identity)
        self.decisions = dict(await self._rows("SELECT decision, seq FROM facts WHERE kind = 'decision'"))
        [[self.rejected_count]] = await self._rows("SELECT count(*) FROM rejected")
        for last in await self._rows("SELECT seq, hash FROM facts ORDER BY seq DESC LIMIT 1"):
            self.version, self._chain = last

    async def _hop(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    # -- in the writer's thread: nothing else touches its connection ----------------------------------------------

    def _open_writer(self) -> None:
        fresh = not self.path.exists()
        try:
            self._writing = db = opened(self.path)
            schema_of(db, self.path)  # another program's file stays as it is
            set_up(db)
            bring_up(db, self.path, self.event)
            # What we read in the WAL may be in memory alone, where a sync has failed before: now it is on the disk.
            db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except UNREADABLE as error:
            raise_if_full(error, self.path)
            refused(error, self.path)
        if fresh:
            sync_folder(self.path.parent)

    def _name_anew(self) -> None:
        self._writing.execute("BEGIN IMMEDIATE")
        name_anew(self._writing, self.event)
        self._writing.execute("COMMIT")

    def _write(
        self, facts: Sequence[Fact], rejected: Sequence[Rejected], heard_at_ms: int, canary: Canary | None
    ) -> tuple[list[Recorded], bytes, int]:
        db = self._writing
        try:
            db.execute("BEGIN IMMEDIATE")
            recorded = [
                Recorded(seq, heard_at_ms, fact) for seq, fact in enumerate(self._new_of(facts), self.version + 1)
            ]
            rows, chain = [], self._chain
            for each in recorded:
                row = row_of(each)
                chain = chained(chain, row)
                rows.append((*row, chain))
            db.executemany(f"INSERT INTO facts ({FACT}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            times = [db.execute(_REJECT, rejected_row(each, heard_at_ms)).fetchall()[0][0] for each in rejected]
            if canary is not None:
                db.execute(_CANARY, (canary.epoch, canary.seq, canary.sent_at_ms, canary.heard_at_ms))
            db.execute("COMMIT")
        except DatabaseError as error:
            if db.in_transaction:  # a full disk has rolled back already
                db.execute("ROLLBACK")
            raise_if_full(error, self.path)
            raise
        return recorded, chain, times.count(1)

    def _new_of(self, facts: Sequence[Fact]) -> Iterator[Fact]:
        """Yield those facts that say something new, against the journal and against one another."""
        batch: dict[object, set[object]] = {}
        for fact in facts:
            identity = fact.identity if isinstance(fact, Passage) else fact.id
            if identity not in batch:
                batch[identity] = self._said(fact)
            said = judged(fact)
            if said not in batch[identity]:
                batch[identity].add(said)
                yield fact

    def _said(self, fact: Fact) -> set[object]:
        """Return what the journal has under this fact's identity."""
        if isinstance(fact, Decision):
            return {judged(fact)} if fact.id in self.decisions else set()
        if fact.seq not in self.watermarks.of(fact.device, fact.epoch):
            return set()
        rows = self._writing.execute(_KNOWN, fact.identity).fetchall()
        return {judged(convert(from_json(body), Passage)) for (body,) in rows}


def _damaged(path: Path, error: Any) -> JournalRefused:
    return JournalRefused(f"{path} is damaged ({error})", RESTORE)


def _lock(path: Path) -> int:
    """Return the descriptor that holds the lock. Not on the file itself: closing that would drop SQLite's locks."""
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise JournalRefused(f"{path} is in use by another ingest", "stop that one") from None
    return lock


def sync_folder(folder: Path) -> None:
    """Make new names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
