"""What the race is made of and kept in: the event folder, SQLite, the journal and its backups."""

from collections.abc import Iterator
from pathlib import Path

from live.compiled import WHY_INTERPRETED
from live.config import Config
from live.doctor.finding import Finding, cure_of, ok, problem, warning
from live.event import Reading
from live.ingest.backups import backup_files
from live.ingest.checking import Held, examined
from live.ingest.sqlite import JournalRefused, library
from live.programme import Event
from live.supervisor import runs

LATE = 5
"""A backup of a running service that is so many times older than it should be is late."""


def event_folder(folder: Path, reading: Reading) -> Finding:
    """Look at the event folder."""
    if reading.event is not None:
        return ok("event folder", f"{folder} is ready to serve")
    first, count = reading.problems[0], len(reading.problems)
    more = f", and {count - 1} more" if count > 1 else ""
    return problem("event folder", f"{str(first).rstrip('.')}{more}", f"See all with: live check {folder}.")


def core() -> Finding:
    """Look at the form in which the judging core runs. Both judge alike; one takes two thirds of the other's time."""
    if not WHY_INTERPRETED:
        return ok("core", "compiled to machine code from the sources that are here")
    return ok(
        "core", f"its sources run as they are ({WHY_INTERPRETED}); compiled by `make setup` it is half as fast again"
    )


def sqlite() -> Finding:
    """Look at the library that keeps the journal."""
    try:
        return ok("SQLite", library())
    except JournalRefused as error:
        return problem("SQLite", error.found, "Install it again: pip install --force-reinstall pysqlite3.")


def journal(path: Path, event: Event) -> tuple[Held | None, Finding]:
    """Look through the whole journal."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None, ok("journal", "there is none yet")
    except OSError as error:
        cure = cure_of(error, path.parent, "give another folder with --data")
        return None, problem("journal", f"{path} cannot be read ({error.strerror})", cure)
    cure = "Stop the service, and take the newest good backup: live restore DIR."
    try:
        held, wrong = examined(path)
    except JournalRefused as error:
        return None, problem("journal", error.found, f"{error.cure[0].upper()}{error.cure[1:]}.")
    if held is None:
        return None, problem("journal", f"{path} is damaged: {wrong[0]}", cure)
    if held.event != event.id:
        found = f"{path} is of event {held.event!r}, not of {event.id!r}"
        return None, problem("journal", found, "Give this race a data folder of its own with --data.")
    return held, ok("journal", f"{held.facts} facts, none missing, none changed")


def backup(config: Config, event: Event, held: Held | None, now_ms: int) -> Iterator[Finding]:
    """Look at the newest backup: is it good, and does it hold what the journal holds?"""
    if held is None or not held.facts:
        return
    try:
        files = [each for each in backup_files(config.backups, event.id) if each.journal == held.journal]
    except OSError as error:
        cure = cure_of(error, config.backups, "name another folder in LIVE_INGEST_BACKUP_FOLDER")
        yield problem("backup", f"{config.backups} cannot be read ({error.strerror})", cure)
        return
    if not files:
        yield warning("backup", f"there is none in {config.backups}", "Start `live serve`: it makes one at once.")
        return
    newest = files[0]
    try:
        kept, wrong = examined(newest.path)
    except JournalRefused as error:
        kept, wrong = None, [str(error)]
    if kept is None:
        cure = "Look at that disk, and put another one in its place."
        yield problem("backup", f"{newest.path} is damaged: {wrong[0]}", cure)
        return
    age_s = (now_ms - newest.made_at_ms) // 1_000
    found = f"the newest is {age_s} s old, and holds {kept.facts} of {held.facts} facts"
    if kept.facts < held.facts and runs(config.data, "ingest") and age_s > LATE * config.ingest.backup_s:
        yield problem("backup", found, "See in /readyz why no other one is made.")
    elif kept.facts < held.facts and not runs(config.data, "ingest"):
        yield warning("backup", found, "Start `live serve`: it makes one at once.")
    else:
        yield ok("backup", found)
