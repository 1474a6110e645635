"""Passages at the line, and teams that a speaker said, as the bus tells them: passed on to who listens here."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from live.messages.display import LinePassage, NamesSaid

UNREAD: Final = 500
"""Messages that a listener has not taken; beyond that he is cut, and comes back to the latest."""

Listener = asyncio.Queue[LinePassage | NamesSaid | None]


class LineFeed:
    """Passes on what is heard of the line to whoever listens, race by race."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._listeners: dict[str, set[Listener]] = {}

    def hear(self, told: LinePassage | NamesSaid) -> None:
        """Pass it on; who does not take what he was told is cut."""
        for listener in self._listeners.get(told.race, ()):
            if listener.qsize() < UNREAD:
                listener.put_nowait(told)
            elif listener.qsize() == UNREAD:
                listener.put_nowait(None)

    @contextmanager
    def listening(self, race: str) -> Iterator[Listener]:
        """Give a queue that fills with what is heard; None is its end."""
        listener: Listener = asyncio.Queue()
        self._listeners.setdefault(race, set()).add(listener)
        try:
            yield listener
        finally:
            self._listeners[race].discard(listener)
