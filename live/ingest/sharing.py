"""The texts of passages, each kept once: a race says the same devices, epochs and chips again and again."""

import sys
from typing import Final

from live.messages.devices import Passage

TEXTS: Final = ("device", "epoch", "chip", "bib", "runner", "race", "point")


def share_texts(passage: Passage) -> None:
    """Let a passage that is to be kept refer to the one copy of each of its texts; it stays equal to what it was."""
    for name in TEXTS:
        text = getattr(passage, name)
        if text is not None:
            object.__setattr__(passage, name, sys.intern(text))
