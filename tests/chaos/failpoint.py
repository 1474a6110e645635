"""Ingest with failpoints: the process of `live.process`, which kills itself at the point that a file names.

The file (`LIVE_CHAOS_POINT`) says ``<point>\\t<hits>``; at so many hits the process puts it aside as ``.struck`` and
dies by kill -9. Nothing of it is in the product: the calls of the commit path are wrapped from outside, and the
coroutine that takes deliveries is driven through a counter that stands at each of its awaits.
"""

import os
import signal
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from live.bus import Bus, Delivery
from live.ingest import service
from live.ingest.board_publisher import BoardPublisher
from live.ingest.journal import Journal
from live.ingest.meeting import Meeting
from live.messages.devices import Stored
from live.process import main

POINTS = {
    "at-await-1": "at the first await: the batch is with the writer's thread",
    "at-await-2": "at the second await: acknowledged, not yet judged",
    "before-begin": "before the transaction",
    "before-commit": "all rows written, before COMMIT",
    "after-commit": "after COMMIT, before anybody knows",
    "before-puback": "before a PUBACK",
    "after-puback": "after a PUBACK, before the next",
    "before-stored": "before a device is told that it is stored",
    "after-stored": "after a device was told",
    "before-judging": "before a passage is judged",
    "after-judging": "after the batch is judged, before boards are sent",
}
"""The points of the commit path, in its order."""

ORDER = "LIVE_CHAOS_POINT"

_file = Path(os.environ.get(ORDER, "/nowhere"))
_hits = 0


def strike(point: str) -> None:
    """Die here if the file says so."""
    global _hits
    try:
        named, hits = _file.read_text().split("\t")
    except (OSError, ValueError):  # nothing is ordered, or it is being written
        return
    if named == point:
        _hits += 1
        if _hits >= int(hits):
            _file.rename(_file.with_suffix(".struck"))
            os.kill(os.getpid(), signal.SIGKILL)


def _around(owner: type, name: str, before: str, after: str, when: Callable[..., bool] = lambda *_: True) -> None:
    """Wrap a method: a point before it and one after it, where there is one."""
    plain = getattr(owner, name)

    def wrapped(self: Any, *arguments: Any) -> Any:
        counts = when(self, *arguments)
        if counts and before:
            strike(before)
        result = plain(self, *arguments)
        if counts and after:
            strike(after)
        return result

    setattr(owner, name, wrapped)


class _Writer:
    """SQLite's connection, with a point before COMMIT."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == "COMMIT":
            strike("before-commit")
        return self._connection.execute(sql, *values)


class _Driven:
    """A coroutine that is driven by hand: each time it waits is a point."""

    def __init__(self, coroutine: Any) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, Any]:
        awaits, step, given = 0, self._coroutine.send, None
        while True:
            try:
                waited_for = step(given)
            except StopIteration as end:
                return end.value
            awaits += 1
            strike(f"at-await-{awaits}")
            try:
                step, given = self._coroutine.send, (yield waited_for)
            except BaseException as error:  # it is cancelled: that is for the coroutine
                step, given = self._coroutine.throw, error


def install() -> None:
    """Wrap the commit path of ingest."""
    ingest: Any = service._Ingest
    take, opened = ingest._take, Journal._open_writer
    ingest._take = lambda self, deliveries: _Driven(take(self, deliveries))

    def _open_writer(self: Any) -> None:
        opened(self)
        self._writing = _Writer(self._writing)

    Journal._open_writer = _open_writer  # type: ignore[method-assign]
    _around(Journal, "_write", "before-begin", "after-commit")
    _around(Delivery, "ack", "before-puback", "after-puback", lambda self: "/passages/" in self.topic)
    _around(Bus, "publish", "before-stored", "after-stored", lambda self, message: isinstance(message, Stored))
    _around(Meeting, "apply", "before-judging", "")
    _around(BoardPublisher, "wake", "after-judging", "")


if __name__ == "__main__":
    install()
    sys.exit(main())
