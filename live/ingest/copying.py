"""A copy of the journal, made while it is written, and looked at before anybody relies on it. Belongs in a thread.

The look is a process of its own: it computes every hash anew, and each instruction of that would be one that whoever
waits for a commit has to wait for. With half a million facts that was seconds, once a minute.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from live.ingest.checking import Examined, Held, held
from live.ingest.sqlite import UNREADABLE, copied, reading
from live.strict_json import convert, from_json

LOOK_EVERY_S: Final = 0.2
"""So often it is asked whether the work is still wanted."""


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
        looked = _examined_apart(copy, unwanted)
    except (*UNREADABLE, OSError) as error:
        raise CopyFailed(str(error)) from error
    if looked.held is None:
        raise CopyFailed(looked.wrong[0])
    if looked.held != expected:
        raise CopyFailed(f"the copy holds {looked.held.facts} facts, the journal held {expected.facts}")
    return looked.held


def _examined_apart(copy: Path, unwanted: Callable[[], bool]) -> Examined:
    command = (sys.executable, "-m", "live.ingest.checking", str(copy))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as looking:
        while True:
            try:
                said, _ = looking.communicate(timeout=LOOK_EVERY_S)
                break
            except subprocess.TimeoutExpired:
                if unwanted():
                    looking.kill()
                    raise CopyFailed("it was not finished") from None
    if looking.returncode:
        raise CopyFailed(f"nobody could look at the copy (exit code {looking.returncode})")
    return convert(from_json(said), Examined)


def _sync(file: Path) -> None:
    """Bring a file to the disk, and forget what memory has of it: who reads it then reads the disk."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
