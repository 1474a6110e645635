"""Rounds: one race after another on one ground, each with as many faults as fit, each judged against the race without."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from tests.chaos.devices import Stalled
from tests.chaos.ground import plain
from tests.chaos.judge import Boards, Outcome, judge
from tests.chaos.kinds import STAGES, Kind
from tests.chaos.line import Line, running
from tests.chaos.script import Script, write_script

MARGIN_S = 20.0
"""No fault is begun when less than this of a race is left: its end must be seen."""
PAUSE_S = 0.4
UNDISTURBED_RATE = 2_000.0


@dataclass(frozen=True)
class Fault:
    """One fault and after how many seconds the race went on; None: it did not, until somebody helped."""

    kind: str
    after_s: float | None
    said: str = ""


@dataclass(frozen=True)
class Round:
    """One race with its faults and what became of it."""

    stage: str
    seed: int
    faults: tuple[Fault, ...]
    outcome: Outcome
    lasted_s: float

    def members(self) -> dict[str, Any]:
        """Return it for a file of JSON lines."""
        return asdict(self)


@dataclass(frozen=True)
class Size:
    """How large a race is, and how many passages all devices together read a second."""

    teams: int
    walkers: int
    rate: float


class Campaign:
    """Plays kinds of faults over races of one seed and size. `folder` is its own."""

    def __init__(self, folder: Path, seed: int, size: Size, say: Callable[[str], None]) -> None:
        """Nothing runs yet."""
        self.seed = seed
        self.size = size
        self.say = say
        self.folder = folder
        self.script: Script = write_script(folder / "event", seed, size.teams, size.walkers)
        self._reference: Boards | None = None

    async def round(self, stage: str, waiting: list[Kind], rng: Random) -> Round:
        """Play one race and take from the end of `waiting` what fits into it.

        Raises:
            ValueError: not a single fault fits.
            AssertionError: the race without faults is not as it must be.
        """
        reference, began_s, left = await self._undisturbed(), time.monotonic(), len(waiting)
        with self._work(stage) as work:
            async with STAGES[stage](work) as ground, running(self.script, ground, self.size.rate) as line:
                faults, outcome = await self._race(line, waiting, rng, reference)
        if len(waiting) == left:
            raise ValueError("the race is too short for a single fault: give it more teams, or a lower rate")
        played = Round(stage, self.seed, tuple(faults), outcome, round(time.monotonic() - began_s, 1))
        wrong = "; ".join(outcome.wrong) or "0 lost, 0 twice, boards equal, journal whole"
        self.say(f"{stage}: {len(faults)} faults in {played.lasted_s:.0f} s, {outcome.stored} stored: {wrong}")
        return played

    async def _race(
        self, line: Line, waiting: list[Kind], rng: Random, reference: Boards
    ) -> tuple[list[Fault], Outcome]:
        faults = []
        async with asyncio.TaskGroup() as group:
            repairs = list(line.script.repairs)
            await line.devices.next_commit(line.now_ns())
            while waiting and line.left_s > MARGIN_S:
                if repairs and rng.random() < 0.5:
                    group.create_task(line.official.decide(repairs.pop(0).ruling, "found at the desk"))
                await asyncio.sleep(rng.uniform(0, PAUSE_S))
                faults.append(await self._inflict(line, waiting.pop(), rng))
            for repair in repairs:
                group.create_task(line.official.decide(repair.ruling, "found at the desk"))
        try:
            await line.devices.drain()
        except Stalled as stalled:
            outcome, _ = await judge(line, reference)
            return faults, replace(outcome, wrong=(str(stalled), *outcome.wrong))
        outcome, _ = await judge(line, reference)
        return faults, outcome

    async def _inflict(self, line: Line, kind: Kind, rng: Random) -> Fault:
        try:
            after_s = await kind.inflict(line, rng)
        except Stalled as stalled:
            self.say(f"{kind.name}: {stalled}")
            await line.rescue()
            return Fault(kind.name, None, str(stalled)[:2_000])
        self.say(f"{kind.name}: {after_s:.2f} s" + (" LATE" if after_s > kind.limit_s else ""))
        return Fault(kind.name, round(after_s, 3))

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
