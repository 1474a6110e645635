"""Do commits wait for backups? `python -m bench.backup`: passages one by one, without and with a backup under way."""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from bench.__main__ import machine
from live.ingest.backups import Backups
from live.ingest.journal import Journal
from live.messages.devices import Passage
from live.secrets import Secrets

FACTS = (20_000, 200_000, 1_000_000)
COMMITS = 2_000
PAUSE_S = 0.005
AT_ONCE = 10_000


def passages(first: int, last: int) -> list[Passage]:
    """Return passages with these numbers."""
    return [
        Passage("mat-line", "e1", seq, 1_464_273_000_000 + seq, chip="12A", rssi=-51) for seq in range(first, last + 1)
    ]


async def commits(journal: Journal, first: int) -> list[float]:
    """Append passages one by one, 200 a second at most; return how long each took, in ms."""
    took = []
    for seq in range(first, first + COMMITS):
        began = time.perf_counter()
        await journal.append(passages(seq, seq), [], seq)
        took.append((time.perf_counter() - began) * 1_000)
        await asyncio.sleep(PAUSE_S)
    return took


async def backed_up_again_and_again(backups: Backups, took: list[float]) -> None:
    """Make one backup after the other; note how long each took, in s."""
    while True:
        began = time.perf_counter()
        await backups.copy()
        assert not backups.state.trouble, backups.state.trouble
        took.append(time.perf_counter() - began)


def row(facts: int, what: str, took: list[float], more: str = "") -> str:
    """Return a line of the table."""
    cuts = quantiles(took, n=100)
    return f"| {facts:,} | {what} | {cuts[49]:.2f} ms | {cuts[98]:.2f} ms | {max(took):.1f} ms | {more} |"


async def main() -> None:
    """Print one table."""
    print(machine(), "\n")
    print("| facts | | commit p50 | p99 | worst | a backup takes |", "|---|---|---|---|---|---|", sep="\n")
    for facts in FACTS:
        with tempfile.TemporaryDirectory(dir=".") as folder:
            async with Journal(Path(folder) / "journal", "race") as journal:
                for first in range(1, facts, AT_ONCE):
                    await journal.append(passages(first, first + AT_ONCE - 1), [], 1)
                print(row(facts, "no backup", await commits(journal, facts + 1)))
                keep = Path(folder) / "backup"
                backups = Backups(
                    journal, Secrets(keep), keep, keep=2, ours=True, wall_ms=lambda: time.time_ns() // 10**6
                )
                took: list[float] = []
                going_on = asyncio.create_task(backed_up_again_and_again(backups, took))
                during = await commits(journal, facts + COMMITS + 1)
                while not took:
                    during += await commits(journal, journal.version + 1)
                going_on.cancel()
                print(
                    row(facts, "during backups without a pause", during, f"{sum(took) / len(took):.1f} s"), flush=True
                )
                await asyncio.wait([going_on])


if __name__ == "__main__":
    asyncio.run(main())
