"""The newest bytes of each answer: a crowd that asks the same costs one rendering."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable

KEPT = 512
"""Answers kept: languages by races by filters, with room for some teams."""


class Rendered:
    """A small cache, the longest unused goes first. Only the newest state of an answer is kept."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._bytes: OrderedDict[Hashable, tuple[Hashable, bytes]] = OrderedDict()
        self._under_way: dict[Hashable, asyncio.Task[bytes]] = {}

    def get(self, name: Hashable, stamp: Hashable, render: Callable[[], bytes]) -> bytes:
        """Return what `render` gives, rendering only when `stamp` differs from the last time for this `name`."""
        known = self._bytes.get(name)
        if known is None or known[0] != stamp:
            return self._keep(name, stamp, render())
        self._bytes.move_to_end(name)
        return known[1]

    async def aside(self, name: Hashable, stamp: Hashable, prepare: Callable[[], Callable[[], bytes]]) -> bytes:
        """Return the same as `get`, rendering in a thread: what is large must not hold up the stream.

        `prepare` is called here and returns what renders there. Who comes while one is being rendered gets that one:
        it is as old as its rendering takes.
        """
        known = self._bytes.get(name)
        if known is not None and known[0] == stamp:
            self._bytes.move_to_end(name)
            return known[1]
        task = self._under_way.get(name)
        if task is None:
            task = self._under_way[name] = asyncio.create_task(asyncio.to_thread(prepare()))
            task.add_done_callback(lambda done: self._finish(name, stamp, done))
        return await asyncio.shield(task)

    def _finish(self, name: Hashable, stamp: Hashable, done: asyncio.Task[bytes]) -> None:
        del self._under_way[name]
        if not done.cancelled() and done.exception() is None:
            self._keep(name, stamp, done.result())

    def _keep(self, name: Hashable, stamp: Hashable, body: bytes) -> bytes:
        self._bytes[name] = (stamp, body)
        self._bytes.move_to_end(name)
        if len(self._bytes) > self._kept:
            self._bytes.popitem(last=False)
        return body
