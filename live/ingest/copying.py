"""A copy of the journal, made while it is written, and looked at before anybody relies on it. Belongs in a thread."""

import os
from collections.abc import Callable
from pathlib import Path

from live.ingest.checking import Held, examined, held
from live.ingest.sqlite import UNREADABLE, copied, reading


class CopyFailed(RuntimeError):
    """There is no good copy; the message says why."""


def copy_checked(journal: Path, copy: Path, unwanted: Callable[[], bool]) -> Held:
    """Write what the journal holds at this moment to a new file; return what that holds, once it is durable and whole.

    Commits go on meanwhile. `unwanted` is asked now and then: when it says yes, the work ends as failed.

    Raises:
        CopyFailed: the disk takes it not, or the copy is not what the journal was; what there is of it is no good.
    """

    def sync() -> None:
        if unwanted():
            raise CopyFailed("it was not finished")
        _sync(copy)

    try:
        source = reading(journal)
        try:
            source.execute("BEGIN")
            expected = held(source)  # the first look takes the picture that is copied
            copied(source, copy, sync)
        finally:
            source.close()
        _sync(copy)
        found, wrong = examined(copy, unwanted)
    except (*UNREADABLE, OSError) as error:
        raise CopyFailed(str(error)) from error
    if found is None:
        raise CopyFailed(wrong[0])
    if found != expected:
        raise CopyFailed(f"the copy holds {found.facts} facts, the journal held {expected.facts}")
    return found


def _sync(file: Path) -> None:
    """Bring a file to the disk, and forget what memory has of it: who reads it then reads the disk."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
