"""The device processes of a line: started, heard, killed, started again; and what the journals on them hold."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from random import Random

from live.messages.devices import Passage
from tests.chaos.device import Orders, write_script_of
from tests.chaos.script import Script, of_lines

PATIENCE_S = 60.0
"""So long is waited for the next commit; then a human would be asked."""
STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class Told:
    """A device holds a watermark, 0 while it was told none since its start: when, and when its passage was journaled.

    That is 0 as well where it was before its start.
    """

    device: str
    through: int
    came_ns: int
    journaled_ns: int


class Stalled(RuntimeError):
    """Nothing was committed for as long as anybody would wait."""


class Devices:
    """All devices of a race, each a process with a journal of its own below `work`."""

    def __init__(self, script: Script, work: Path, env: dict[str, str]) -> None:
        """Nothing starts yet."""
        self.work = work
        self.hurry = work / "hurry"
        self.through = dict.fromkeys(script.count(), 0)
        self._script = script
        self._env = {**os.environ, **env}
        self._processes: dict[str, Process] = {}
        self._listening: set[asyncio.Task[None]] = set()
        self._told: list[Told] = []
        self._moved = asyncio.Event()
        self._began_ns, self._rate = 0, 0.0

    @property
    def names(self) -> list[str]:
        """The devices."""
        return list(self.through)

    def busy(self, rng: Random) -> str:
        """Return a device that reads something within the next second, so that it shows soon when it is back."""
        now_s = (time.monotonic_ns() - self._began_ns) / 1e9
        soon = self._script.passages[int(now_s * self._rate) :][: int(self._rate) + 1]
        return rng.choice(soon).device

    async def start(self, host: str, port: int, tokens: dict[str, str], rate: float) -> None:
        """Start all; they read their first passages now."""
        self._began_ns, self._rate = time.monotonic_ns(), rate
        for name in self.names:
            write_script_of(self.work / f"{name}.script", self._script.of(name, rate))
            files = {"script": self._file(name, "script"), "journal": self._file(name, "journal")}
            address = {"host": host, "port": port, "token": tokens[name], "hurry": str(self.hurry)}
            event, epoch = self._script.event.id, self._script.epoch
            Orders(event, name, epoch=epoch, began_ns=self._began_ns, **address, **files).write(  # type: ignore[arg-type]
                self.work / f"{name}.orders"
            )
        os.sync()  # what the campaign wrote; what devices write is for them to sync
        for name in self.names:
            await self.start_one(name)

    async def start_one(self, name: str) -> None:
        """Start one, again or for the first time."""
        with (self.work / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.device", self._file(name, "orders")),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=log,
                env=self._env,
            )
        self._processes[name] = process
        listening = asyncio.create_task(self._listen(name, process))
        self._listening.add(listening)
        listening.add_done_callback(self._listening.discard)

    async def provide(self, name: str, token: str) -> None:
        """Give one a new token, and switch it off and on."""
        orders = Path(self._file(name, "orders"))
        Orders.read(orders).with_token(token).write(orders)
        await self.kill(name)
        await self.start_one(name)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one device, if it lives."""
        with contextlib.suppress(ProcessLookupError):
            self._processes[name].send_signal(number)

    async def rescue(self) -> None:
        """What a human does who looks at each device: wake it, or switch it on again."""
        for name, process in self._processes.items():
            self.signal(name, signal.SIGCONT)
            if process.returncode is not None:
                await self.start_one(name)

    async def kill(self, name: str) -> int:
        """Kill -9 one; return the instant (ns)."""
        self._processes[name].kill()
        at_ns = time.monotonic_ns()
        await self._processes[name].wait()
        return at_ns

    async def next_commit(self, since_ns: int, device: str | None = None, patience_s: float = PATIENCE_S) -> float:
        """Wait until a device (this one) holds a watermark over a passage that it journaled after an instant.

        Returns how many seconds after that instant it came. Where the devices have read all there is, the last of all
        watermarks counts.

        Raises:
            Stalled: none did within `patience_s`.
        """
        heard = len(self._told)
        while True:
            for told in self._told[heard:]:
                if told.journaled_ns > since_ns and device in (None, told.device):
                    return (told.came_ns - since_ns) / 1e9
            heard = len(self._told)
            if self.through == self._script.count() and heard and self._told[-1].came_ns > since_ns:
                return (self._told[-1].came_ns - since_ns) / 1e9
            left_s = patience_s - (time.monotonic_ns() - since_ns) / 1e9
            await self._until_moved(left_s)

    async def next_told(self, since_ns: int, device: str) -> float:
        """Wait until a device that was started anew is told a watermark; return how many seconds after an instant.

        Raises:
            Stalled: it was not, for as long as anybody would wait.
        """
        heard = len(self._told)
        while True:
            for told in self._told[heard:]:
                if told.device == device and told.through:
                    return (told.came_ns - since_ns) / 1e9
            heard = len(self._told)
            await self._until_moved(PATIENCE_S - (time.monotonic_ns() - since_ns) / 1e9)

    async def drain(self) -> None:
        """Let the devices read all that is left at once; return when each holds a watermark over its last passage.

        Raises:
            Stalled: one does not, though it is waited for.
        """
        self.hurry.touch()
        last_ns = time.monotonic_ns()
        while self.through != self._script.count():
            seen = len(self._told)
            await self._until_moved(PATIENCE_S - (time.monotonic_ns() - last_ns) / 1e9)
            if len(self._told) > seen:
                last_ns = time.monotonic_ns()

    async def stop(self) -> None:
        """Stop all, politely."""
        for process in self._processes.values():
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self._processes.values():
            try:
                async with asyncio.timeout(STOP_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    def ended(self) -> list[str]:
        """Say of each device that ended by itself how it did, and its last words."""
        return [
            f"{name} ended by itself ({process.returncode}): {(self.work / f'{name}.log').read_text()[-1_500:]}"
            for name, process in self._processes.items()
            if process.returncode is not None
        ]

    def journaled(self) -> list[Passage]:
        """Return what all devices have in their journals."""
        return [each for name in self.names for each in self.journal_of(name)]

    def journal_of(self, name: str) -> list[Passage]:
        """Return what one device has in its journal, also while it runs."""
        file = Path(self._file(name, "journal"))
        return of_lines(file.read_bytes()) if file.exists() else []

    def _file(self, name: str, kind: str) -> str:
        return str(self.work / f"{name}.{kind}")

    async def _until_moved(self, patience_s: float) -> None:
        self._moved.clear()
        try:
            async with asyncio.timeout(patience_s):
                await self._moved.wait()
        except TimeoutError:
            raise Stalled(f"nothing committed for {PATIENCE_S:.0f} s: {self.through}") from None

    async def _listen(self, name: str, process: Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            if line.endswith(b"\n"):
                through, came_ns, journaled_ns = map(int, line.split())
                self.through[name] = through
                self._told.append(Told(name, through, came_ns, journaled_ns))
                self._moved.set()
