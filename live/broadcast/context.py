"""One compression context for all phones of a race. Pure.

Compressing for each phone costs a server tens of µs and up to 300 KiB a phone; compressing for all at once costs
nothing a phone. What makes it possible is that everybody has read the same: a *generation* begins with a fresh
compressor, which refers to nothing said before, and all its messages are kept as its *log*. A newcomer is given the
board as it stood when the generation began, compressed for itself, and the log, in one write: from then on every
later frame is readable for him too. Who missed a frame steps out and comes back with the next generation.

An uncompressed message may be put in between at any time: it passes the context by. One that is compressed for
itself may not, for those in step: it would move their window.

Only what the whole public is told goes through here, so there is no secret whose length could tell something.
"""

import zlib
from dataclasses import dataclass, field

from live.broadcast import frames

LOG_BYTES = 8 * 1024
"""A generation ends when its log is longer: about a hundred crossings, a second board for whoever comes last."""

EARLY_BYTES = 2 * 1024
"""When somebody waits for the next generation, it begins as soon as the log is as long: some 25 crossings."""


@dataclass(slots=True)
class Generation:
    """What everybody in step has read: `board`, the frame of the board at its beginning, and all frames since."""

    board: bytes
    _log: list[bytes] = field(default_factory=list)
    _size: int = 0
    _welcome: bytes = b""
    _context: "zlib._Compress" = field(default_factory=frames.compressor)

    def tell(self, messages: list[bytes]) -> bytes:
        """Return the messages as everybody in step is to be sent them, in order, and nobody else."""
        told = b"".join(frames.text(frames.deflate(self._context, each), deflated=True) for each in messages)
        self._log.append(told)
        self._size += len(told)
        self._welcome = b""
        return told

    def welcome(self) -> bytes:
        """Return what brings a newcomer in step; the same bytes for all who come before the next message."""
        self._welcome = self._welcome or b"".join((self.board, *self._log))
        return self._welcome

    def is_over(self, awaited: bool) -> bool:
        """Whether the next one should begin; `awaited` when somebody waits for it."""
        return self._size >= (EARLY_BYTES if awaited else LOG_BYTES)
