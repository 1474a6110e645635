"""What the Python peers share: the texts, and a loop that publishes as it is told on standard input."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic, monotonic_ns


class Texts:
    """The texts of a race in turn, each with the instant at which its broadcast began."""

    def __init__(self, file: str) -> None:
        """`file` has one text a line."""
        self._texts = Path(file).read_text(encoding="utf-8").splitlines()
        self._sent = 0

    def next(self) -> str:
        """Return the next one."""
        text = self._texts[self._sent % len(self._texts)]
        self._sent += 1
        return f'{{"t":{monotonic_ns()},{text[1:]}'


async def obey(publish: Callable[[], Awaitable[None]]) -> None:
    """Say that all is ready; then for each line ``RATE SECONDS`` publish so often for so long, and say that it is done.

    A peer that cannot keep up is not asked for more than twice the time.
    """
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("ready", flush=True)
    while line := await lines.readline():
        rate, seconds = map(float, line.split())
        begun = monotonic()
        for n in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + n / rate - monotonic()))
            await publish()
            if monotonic() - begun > 2 * seconds:
                break
        print("done", flush=True)
