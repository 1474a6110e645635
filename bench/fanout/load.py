"""The phones: `wsload` on a core of its own, which counts every message and every byte of every connection."""

import asyncio
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from live.strict_json import from_json

SAMPLE = 100
"""With compression, one phone in so many reads what it gets; the others count."""
MOST_S = 90


@dataclass
class Load:
    """`wsload` while it runs; told and asked line by line."""

    process: Process

    @classmethod
    async def start(
        cls, program: Path, phones: int, port: int, *words: str, deflate: bool, core: int | None, sample: int = SAMPLE
    ) -> Self:
        """Begin to connect so many phones to a port of this machine, on one core or on any; see `heard`."""
        options = ["-p", port, "-n", phones, "-i", "-r", "-c", 2_000, "-T", MOST_S, *words]
        options += ["-z", "-Z", sample] if deflate else []
        process = await asyncio.create_subprocess_exec(
            *([] if core is None else ["taskset", "-c", str(core)]),
            str(program),
            *map(str, options),
            stdin=PIPE,
            stdout=PIPE,
        )
        return cls(process)

    async def heard(self, event: str) -> dict[str, Any]:
        """Read on until it reports this event; return the report.

        Raises:
            TimeoutError: not within a minute and a half.
            RuntimeError: it ended.
        """
        assert self.process.stdout is not None
        async with asyncio.timeout(MOST_S):
            while line := await self.process.stdout.readline():
                told = from_json(line)
                if told["event"] == event:
                    return dict(told)
        raise RuntimeError("wsload ended")

    async def ask(self, word: str) -> dict[str, Any]:
        """Say `reset` or `report`; return what it answers."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n".encode())
        return await self.heard(word)

    async def stop(self) -> None:
        """Hang up on all of them."""
        assert self.process.stdin is not None
        if self.process.returncode is None:
            self.process.stdin.write(b"quit\n")
            try:
                await asyncio.wait_for(self.process.wait(), 20)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
