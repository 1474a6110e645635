"""One race after another on one ground, each with as many faults as fit, each judged against the race without."""

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from tests.chaos.devices import Stalled
from tests.chaos.ground import plain
from tests.chaos.judge import Boards, Outcome, judge
from tests.chaos.kinds import STAGES, Kind
from tests.chaos.line import Line, running
from tests.chaos.script import write_script

PAUSE_S = 0.4
UNDISTURBED_RATE = 2_000.0


@dataclass(frozen=True)
class Fault:
    """One fault, and after how many seconds the race went on; None: it did not, until somebody helped."""

    kind: str
    after_s: float | None
    said: str = ""


@dataclass(frozen=True)
class Size:
    """How large a race is, and how many passages all devices together read a second."""

    teams: int
    walkers: int
    rate: float

    def __str__(self) -> str:
        """In words."""
        return f"{self.teams} teams, {self.walkers} walkers, {self.rate:g} passages/s"


class Campaign:
    """Plays kinds of faults over races of one seed and size, below a `folder` of its own."""

    def __init__(self, folder: Path, seed: int, size: Size, say: Callable[[str], None]) -> None:
        """Write the event; nothing runs yet."""
        self.seed = seed
        self.size = size
        self.say = say
        self.folder = folder
        self.script = write_script(folder / "event", seed, size.teams, size.walkers)
        self._reference: Boards | None = None

    async def race(self, stage: str, waiting: list[Kind], rng: Random) -> dict[str, Any]:
        """Play one race and take from the end of `waiting` what fits into it; return what became of it, for a file.

        Raises:
            ValueError: not a single fault fits.
            AssertionError: the race without faults is not as it must be.
        """
        reference, began_s = await self._undisturbed(), time.monotonic()
        with self._work(stage) as work:
            async with STAGES[stage](work) as ground, running(self.script, ground, self.size.rate) as line:
                faults: list[Fault] = []
                try:
                    await self._disturb(line, waiting, rng, faults)
                    outcome = await _finish(line, reference)
                except* Stalled as helpless:
                    outcome = Outcome(0, 0, 0, 0, 0, (f"nobody could help: {helpless.exceptions[0]}",))
        lasted_s = round(time.monotonic() - began_s, 1)
        wrong = "; ".join(outcome.wrong) or "0 lost, 0 twice, boards equal, journal whole"
        self.say(f"{stage}: {len(faults)} faults in {lasted_s:.0f} s, {outcome.stored} stored: {wrong}")
        return {
            "stage": stage,
            "seed": self.seed,
            "size": str(self.size),
            "commit": _commit(),
            "lasted_s": lasted_s,
            "faults": [asdict(fault) for fault in faults],
            "outcome": asdict(outcome),
        }

    async def _disturb(self, line: Line, waiting: list[Kind], rng: Random, faults: list[Fault]) -> None:
        """Inflict faults as long as the race lasts, while officials decide what they have to; note each in `faults`.

        Raises:
            ExceptionGroup: of `Stalled`: the race did not go on, though somebody helped.
        """
        if line.left_s < waiting[-1].takes_s:
            raise ValueError("the race is too short for a single fault: give it more teams, or a lower rate")
        repairs = [repair.ruling for repair in line.script.repairs]
        async with asyncio.TaskGroup() as group:
            await line.devices.next_commit(line.now_ns())
            while waiting and (line.left_s > waiting[-1].takes_s or not faults):
                if repairs and rng.random() < 0.5:
                    group.create_task(line.official.decide(repairs.pop(0), "found at the desk"))
                await asyncio.sleep(rng.uniform(0, PAUSE_S))
                await self._inflict(line, waiting.pop(), rng, faults)
            for ruling in repairs:
                group.create_task(line.official.decide(ruling, "found at the desk"))

    async def _inflict(self, line: Line, kind: Kind, rng: Random, faults: list[Fault]) -> None:
        line.remark = ""
        try:
            after_s = await kind.inflict(line, rng)
        except (Stalled, OSError, httpx.HTTPError) as error:
            self.say(f"{kind.name}: {error}\n{line.log()[-3_000:]}")
            faults.append(Fault(kind.name, None, str(error)))
            await line.rescue()
        else:
            late = " LATE" if after_s > kind.limit_s else ""
            self.say(f"{kind.name}: {after_s:.2f} s{late} {line.remark}".rstrip())
            faults.append(Fault(kind.name, round(after_s, 3), line.remark))

    async def _undisturbed(self) -> Boards:
        """The boards of the race without faults, played once, by the same processes."""
        if self._reference is None:
            with self._work("undisturbed") as work:
                async with running(self.script, plain(work), UNDISTURBED_RATE) as line:
                    for repair in line.script.repairs:
                        await line.official.decide(repair.ruling, "found at the desk")
                    await line.devices.drain()
                    outcome, self._reference = await judge(line, None)
            if outcome.wrong:
                raise AssertionError(f"the race without faults is not as it must be: {outcome.wrong}")
        return self._reference

    @contextmanager
    def _work(self, name: str) -> Iterator[Path]:
        with TemporaryDirectory(prefix=f"{name}-", dir=self.folder) as work:
            yield Path(work)


async def _finish(line: Line, reference: Boards) -> Outcome:
    """Let the devices read what is left, and judge."""
    stalled: tuple[str, ...] = ()
    try:
        await line.devices.drain()
    except Stalled as error:
        stalled = (str(error), *line.devices.ended())
    outcome, _ = await judge(line, reference)
    return replace(outcome, wrong=(*stalled, *outcome.wrong))


def _commit() -> str:
    asked = ("git", "describe", "--always", "--dirty")
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
