"""How far a long work is: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 5.0


@contextmanager
def shown_progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that takes how many are done; it may be called as often as one likes."""
    if sys.stderr.isatty():
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=total)
            yield lambda done: bar.update(task, completed=done)
    else:
        yield _Lines(what, total)


class _Lines:
    """A line now and then, on stderr: stdout is for the result."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._next_s = time.monotonic() + LINE_EVERY_S

    def __call__(self, done: int) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_s:
            self._next_s = now_s + LINE_EVERY_S
            print(f"{self._what}: {done:,} of {self._total:,}", file=sys.stderr, flush=True)
