"""The door to SQLite: which library, with which settings, and what its errors mean. Nothing else imports it."""

import asyncio
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

import pysqlite3

# aiosqlite takes whatever is called sqlite3: for a moment that is pysqlite3. Python's own is often older than
# 3.51.3, before which two connections that write or checkpoint at once can corrupt a WAL.
_pythons_own = sys.modules.get("sqlite3")
sys.modules["sqlite3"] = pysqlite3
import aiosqlite  # noqa: E402

if _pythons_own is None:
    del sys.modules["sqlite3"]
else:
    sys.modules["sqlite3"] = _pythons_own

OLDEST_SQLITE: Final = (3, 51, 3)
COPIED_AT_ONCE: Final = 2_048
"""Pages that are copied between two syncs of a backup: 8 MB, so that a commit never waits for much."""

READ_AT_ONCE: Final = 1 << 20

RESTORE: Final = "`live restore` takes the newest good backup"
"""What to do about a journal that is damaged."""

_RIGHTS: Final = (
    "run `live` as the user who serves, or give this one the right to read and write there (chown); "
    "the disk must be mounted for writing"
)
_DISK: Final = (
    "see whether the disk is full (df) or fails (dmesg); if it fails, go on with another one: "
    "`live restore --data FOLDER --from BACKUP`"
)
_HELD: Final = "end the program that holds it, such as an SQLite shell"
_SHORT_READ: Final = pysqlite3.SQLITE_IOERR | 2 << 8
"""The one fault of reading that is the file's own: it ends too early."""

_CURES: Final = {
    pysqlite3.SQLITE_PERM: _RIGHTS,
    pysqlite3.SQLITE_READONLY: _RIGHTS,
    pysqlite3.SQLITE_CANTOPEN: _RIGHTS,
    pysqlite3.SQLITE_IOERR: _DISK,
    pysqlite3.SQLITE_FULL: "make room on the disk",
    pysqlite3.SQLITE_BUSY: _HELD,
    pysqlite3.SQLITE_LOCKED: _HELD,
    pysqlite3.SQLITE_PROTOCOL: _HELD,
    pysqlite3.SQLITE_NOMEM: "the machine has no memory left: end other programs",
}
"""What to do about what is around a journal, by what SQLite says. Anything else is about what is in the file."""

DatabaseError: Final = pysqlite3.DatabaseError
UNREADABLE: Final = (pysqlite3.DatabaseError, UnicodeDecodeError)
"""How a damaged file shows: SQLite sees it, or its complaint quotes what is no text."""

_WRITER: Final = (
    "busy_timeout = 5000",
    "journal_mode = WAL",
    "synchronous = FULL",  # belongs to the connection, not to the file
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",  # a map would turn a bad sector into a crash
    "wal_autocheckpoint = 1000",
)
_READER: Final = ("query_only = ON", "busy_timeout = 5000", "mmap_size = 0", "cell_size_check = ON")


class JournalRefused(RuntimeError):
    """This cannot be our journal: in use, another event's, another program's, damaged, or SQLite is too old.

    The message says `found`, which file and what about it, and `cure`, what to do.
    """

    def __init__(self, found: str, cure: str) -> None:
        super().__init__(f"{found}: {cure}")
        self.found = found
        self.cure = cure


class JournalOutOfReach(JournalRefused):
    """The disk, a missing right or another program keeps the journal from us: it may well be whole."""


class JournalFull(RuntimeError):
    """There is no room on the disk. Nothing was written; the same may be tried again when there is room."""


def library() -> str:
    """Return which SQLite reads and writes journals.

    Raises:
        JournalRefused: it is so old that it can corrupt one.
    """
    for name, version in (("pysqlite3", pysqlite3.sqlite_version_info), ("aiosqlite", aiosqlite.sqlite_version_info)):
        if version < OLDEST_SQLITE:
            raise JournalRefused(
                f"{name} uses SQLite {'.'.join(map(str, version))}, which can corrupt a journal", "install pysqlite3"
            )
    return str(pysqlite3.sqlite_version)


def opened(path: Path) -> Any:
    """Return a connection that may write; it has no settings yet: see `set_up`. The file is made if it is not there."""
    return pysqlite3.connect(str(path), isolation_level=None)


def set_up(db: Any) -> None:
    """Give the one connection that writes its settings, once it is known whose file it is."""
    for setting in _WRITER:
        db.execute(f"PRAGMA {setting}")


def reading(path: Path) -> Any:
    """Return a connection that cannot write, for one thread at a time."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    db = pysqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    for setting in _READER:
        db.execute(f"PRAGMA {setting}")
    return db


async def reading_beside(path: Path) -> aiosqlite.Connection:
    """Return a connection that cannot write, and answers beside the event loop."""
    db = await asyncio.to_thread(reading, path)  # aiosqlite leaves a thread behind where it cannot open a file
    return await aiosqlite.Connection(lambda: db, iter_chunk_size=64)


def copied(source: Any, path: Path, paused: Any) -> None:
    """Copy what `source` sees at this moment into a new file: one plain file, without a WAL beside it.

    `source` must be in a transaction, which holds its picture: others go on writing. `paused` is called after
    every 8 MB; what it raises ends the copying.
    """
    copy = pysqlite3.connect(str(path), isolation_level=None)
    try:
        copy.execute("PRAGMA synchronous = OFF")  # whoever asked for the copy syncs it
        source.backup(copy, pages=COPIED_AT_ONCE, progress=lambda *_: paused())
        copy.execute("PRAGMA journal_mode = DELETE").fetchall()
    finally:
        copy.close()


def refused(error: Any, path: Path) -> NoReturn:
    """Say in words why a file cannot be opened as a journal.

    Raises:
        JournalOutOfReach: something keeps it from us.
        JournalRefused: it is damaged, or no journal.
    """
    raise_if_out_of_reach(error, path)
    raise JournalRefused(f"{path} cannot be read as a journal ({error})", RESTORE) from error


def raise_if_out_of_reach(error: Any, path: Path) -> None:
    """Raise JournalOutOfReach if a complaint of SQLite is about what is around the file, not about what is in it."""
    if cure := cure_around(error):
        raise JournalOutOfReach(f"{path} is out of reach ({error}, {error.sqlite_errorname})", cure) from error
    read_through(path)


def read_through(path: Path) -> None:
    """See that the disk gives back a file, and what is to be moved into it: SQLite calls it damaged where it does not.

    For who gives up on the file only: closing it drops the locks that this process has on it.

    Raises:
        JournalOutOfReach: it does not.
    """
    for file in (path, path.with_name(path.name + "-wal")):
        try:
            with file.open("rb", buffering=0) as bytes_of_it:
                while bytes_of_it.read(READ_AT_ONCE):
                    pass
        except FileNotFoundError:
            continue
        except OSError as error:
            cure = _RIGHTS if isinstance(error, PermissionError) else _DISK
            raise JournalOutOfReach(f"{file} is out of reach ({error.strerror})", cure) from error


def cure_around(error: Any) -> str:
    """Return what to do about disk, rights or other programs, if SQLite complains of those; otherwise nothing."""
    code = getattr(error, "sqlite_errorcode", pysqlite3.SQLITE_ERROR)
    return "" if code == _SHORT_READ else _CURES.get(code & 0xFF, "")


def raise_if_full(error: Any, path: Path) -> None:
    """Raise JournalFull if that is what SQLite says."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == pysqlite3.SQLITE_FULL:
        raise JournalFull(f"no room on the disk for {path}") from error
