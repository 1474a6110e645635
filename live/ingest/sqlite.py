"""The door to SQLite: which library, with which settings, and what its errors mean. Nothing else imports it."""

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

RESTORE: Final = "`live restore` takes the newest good backup"
"""What to do about a journal that is damaged."""

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
    """This cannot be our journal: in use, another event's, another program's, damaged, or SQLite is too old."""


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
                f"{name} uses SQLite {'.'.join(map(str, version))}, which can corrupt a journal: install pysqlite3"
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
    """Return a connection that cannot write, for the thread that asks."""
    db = pysqlite3.connect(_address(path), uri=True, isolation_level=None)
    for setting in _READER:
        db.execute(f"PRAGMA {setting}")
    return db


async def reading_beside(path: Path) -> aiosqlite.Connection:
    """Return a connection that cannot write, and answers beside the event loop."""
    db = await aiosqlite.connect(_address(path), uri=True)
    try:
        for setting in _READER:
            await db.execute_fetchall(f"PRAGMA {setting}")
    except BaseException:
        await db.close()
        raise
    return db


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
        JournalFull: there is no room.
        JournalRefused: for any other reason.
    """
    raise_if_full(error, path)
    raise JournalRefused(f"{path} cannot be read as a journal ({error}): {RESTORE}") from error


def raise_if_full(error: Any, path: Path) -> None:
    """Raise JournalFull if that is what SQLite says."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF == pysqlite3.SQLITE_FULL:
        raise JournalFull(f"no room on the disk for {path}") from error


def _address(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"
