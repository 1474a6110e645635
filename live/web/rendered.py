"""The newest bytes of each answer: a crowd that asks the same costs one rendering."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

KEPT = 512
"""Answers kept: languages by races by filters, with room for some teams."""


class Rendered:
    """A small cache, the longest unused goes first. Only the newest state of an answer is kept."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._bytes: OrderedDict[Hashable, tuple[Hashable, bytes]] = OrderedDict()

    def get(self, name: Hashable, stamp: Hashable, render: Callable[[], bytes]) -> bytes:
        """Return what `render` gives, rendering only when `stamp` differs from the last time for this `name`."""
        known = self._bytes.get(name)
        if known is None or known[0] != stamp:
            known = self._bytes[name] = (stamp, render())
            if len(self._bytes) > self._kept:
                self._bytes.popitem(last=False)
        self._bytes.move_to_end(name)
        return known[1]
