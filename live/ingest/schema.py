"""The tables of the journal, and how those of an older version become them. `journal` has the rest of the SQL.

A file says in `user_version` which version it has. An older one is brought up in one transaction: whoever pulls the
plug finds the old one or the new one.
"""

import secrets
from pathlib import Path
from typing import Any, Final

from live.ingest.records import meta_hash, rejected_hash
from live.ingest.sqlite import RESTORE, JournalRefused

APPLICATION: Final = 0x4C49_5645  # LIVE, in the file's header
SCHEMA: Final = 2
OLDEST_SCHEMA: Final = 1

TABLES: Final = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    """CREATE TABLE facts (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('passage', 'decision')),
        device TEXT, epoch TEXT, dseq INTEGER, decision TEXT,
        body TEXT NOT NULL,
        heard_at_ms INTEGER NOT NULL,
        hash BLOB NOT NULL) STRICT""",
    # not unique: a device may say two different things under one identity, and both are kept (T03)
    "CREATE INDEX facts_identity ON facts (device, epoch, dseq) WHERE kind = 'passage'",
    "CREATE UNIQUE INDEX facts_decision ON facts (decision) WHERE kind = 'decision'",
    # one row, overwritten: it proves that commits are durable. No fact, and no part of the chain of hashes
    """CREATE TABLE canary (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        epoch TEXT NOT NULL, seq INTEGER NOT NULL, sent_at_ms INTEGER NOT NULL, heard_at_ms INTEGER NOT NULL) STRICT""",
    """CREATE TABLE rejected (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        topic TEXT NOT NULL, raw BLOB NOT NULL, reason TEXT NOT NULL,
        device TEXT, epoch TEXT, dseq INTEGER,
        heard_at_ms INTEGER NOT NULL,
        times INTEGER NOT NULL,
        hash BLOB NOT NULL) STRICT""",
)
REJECTED: Final = "digest, topic, raw, reason, device, epoch, dseq, heard_at_ms, times"

_TO_2: Final = (
    # What was not understood, and whose journal it is, can be found changed too: until then only facts had a hash.
    "ALTER TABLE rejected RENAME TO rejected_1",
    TABLES[-1],
    f"INSERT INTO rejected (id, {REJECTED}, hash) SELECT id, {REJECTED}, rejected_hash({REJECTED}) FROM rejected_1",
    "DROP TABLE rejected_1",
    TABLES[-2],
)


def schema_of(db: Any, path: Path) -> int:
    """Return the version of a file's tables; 0 where it has none.

    Raises:
        JournalRefused: they are no journal's, or of a version that this program does not know.
    """
    [application] = db.execute("PRAGMA application_id").fetchone()
    [schema] = db.execute("PRAGMA user_version").fetchone()
    [tables] = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables and not application:
        return 0
    check_header(application, schema, path)
    return int(schema)


def check_header(application: int, schema: int, path: Path) -> None:
    """Look at what a file says it is.

    Raises:
        JournalRefused: it is no journal's, or of a version that this program does not know.
    """
    if application != APPLICATION:
        raise JournalRefused(f"{path} is no journal of this program", f"if it was, {RESTORE}")
    if schema > SCHEMA:
        raise JournalRefused(
            f"{path} was written by a newer version of this program (tables {schema}, ours are {SCHEMA})",
            f"use that one; if there is none, {RESTORE}",
        )
    if schema < OLDEST_SCHEMA:
        raise JournalRefused(f"{path} is damaged (tables {schema} never were)", RESTORE)


def bring_up(db: Any, path: Path, event: str) -> None:
    """Make the tables where there are none, or bring older ones up to today's, in one transaction."""
    db.create_function("rejected_hash", REJECTED.count(",") + 1, _rejected_hash, deterministic=True)
    db.execute("BEGIN IMMEDIATE")
    schema = schema_of(db, path)
    if schema == 0:
        for table in TABLES:
            db.execute(table)
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        name_anew(db, event)
    elif schema == 1:
        for step in _TO_2:
            db.execute(step)
        _seal(db)
    db.execute(f"PRAGMA user_version = {SCHEMA}")
    db.execute("COMMIT")


def name_anew(db: Any, event: str) -> None:
    """Give the journal a new id: whoever has heard of the earlier one asks for everything."""
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", [("journal", secrets.token_hex(8)), ("event", event)])
    _seal(db)


def _seal(db: Any) -> None:
    meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
    db.execute("INSERT OR REPLACE INTO meta VALUES ('hash', ?)", (meta_hash(meta),))


def _rejected_hash(*row: Any) -> bytes:
    return rejected_hash(row)
