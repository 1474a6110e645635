"""A process of ours, kept alive: started, listened to, started again when it dies, stopped in good order.

A child gets its orders as one pickle on stdin: what the event folder said when the service started. So it comes back
as it was, though somebody edits the folder meanwhile. On stdout it reports, one JSON object a line; what it writes on
stderr is for people.
"""

import asyncio
import contextlib
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from live.config import Config
from live.programme import Event
from live.strict_json import from_json

STOP_S = 3.0
"""How long a child may take to stop; then it is killed. The journal and the devices lose nothing by it."""

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 5.0
"""A child that was of use since its last start is started again at once. One that was not waits longer each time."""
MANY = 4
"""A child that dies so often before it was ever of use never will be."""

HUNG_S = 6.0
"""A child that has said nothing for so long hangs, though its process lives: it is killed. It speaks every second."""

STARTING_S = 60.0
"""So long before it was ready: it may read a journal meanwhile."""

LOOK_EVERY_S = 0.5

REPLACED = 3
"""Exit code of a child whose work another one has taken over: it must not come back."""

REFUSED = 4
"""Exit code of a child that another try will not help. Once the race is on it is tried all the same."""

FULL = 5
"""Exit code of a child that cannot start for want of room on the disk: it is tried until there is some."""


class ChildFailed(RuntimeError):
    """A child cannot do its work; the message says which, and what it said."""


@dataclass(frozen=True)
class Orders:
    """What a child is to do."""

    services: tuple[str, ...]
    config: Config
    event: Event


class Child:
    """One child. `report` is the newest that it said since its last start, `ready` what it says of itself there."""

    def __init__(self, name: str, orders: Orders, log: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.name = name
        self.report: dict[str, Any] = {}
        self._orders = pickle.dumps(orders)
        self._log = log
        self._changed = changed
        self._last_words = ""
        self._was_of_use = False
        self._process: asyncio.subprocess.Process | None = None
        self._pipes: list[asyncio.Task[None]] = []
        self._heard_s = 0.0

    @property
    def ready(self) -> bool:
        """It says that it does its work."""
        return bool(self.report.get("ready"))

    async def keep(self) -> None:
        """Keep it running until cancelled; then stop it.

        Raises:
            ChildFailed: it never becomes of use, or another one has taken over its work.
        """
        deaths, pause_s, ever_ready = 0, 0.0, False
        try:
            while True:
                code = await self._run()
                ever_ready = ever_ready or self._was_of_use
                if self._was_of_use:
                    deaths, pause_s = 0, 0.0
                deaths += code != FULL
                self._give_up(code, deaths, ever_ready)
                self._log(f"{self.name}: ended ({_how(code)}), starts again" + (f" in {pause_s} s" if pause_s else ""))
                self.report = {}
                self._changed()
                await asyncio.sleep(pause_s)
                pause_s = min(max(FIRST_PAUSE_S, 2 * pause_s), LONGEST_PAUSE_S)
        finally:
            await self._stop()

    def _give_up(self, code: int, deaths: int, ever_ready: bool) -> None:
        if code == REPLACED or (code == REFUSED and not ever_ready):
            raise ChildFailed(self._last_words or f"{self.name} runs elsewhere")
        if deaths >= MANY and not ever_ready:
            raise ChildFailed(f"{self.name} does not start ({_how(code)}): {self._last_words or 'it said nothing'}")

    async def _run(self) -> int:
        """Run it once; return how it ended."""
        process = await asyncio.create_subprocess_exec(
            *_command(self.name),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in a terminal is for us, who stop our children in order
        )
        self._process, self._was_of_use = process, False
        self._heard_s = time.monotonic()
        watching = asyncio.create_task(self._watch(process))
        try:
            return await self._attend(process)
        finally:
            watching.cancel()

    async def _attend(self, process: asyncio.subprocess.Process) -> int:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self._pipes = [
            asyncio.create_task(self._give_orders(process.stdin)),
            asyncio.create_task(self._hear_reports(process.stdout)),
            asyncio.create_task(self._pass_on(process.stderr)),
        ]
        return await self._ended(process)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Kill it when it hangs: stopped, in an endless loop, or waiting for what never comes."""
        while True:
            looked_s = time.monotonic()
            await asyncio.sleep(LOOK_EVERY_S)
            now_s = time.monotonic()
            if now_s - looked_s > 4 * LOOK_EVERY_S:  # we were held up ourselves: its words may lie in the pipe
                self._heard_s = now_s
            allowed_s = HUNG_S if self._was_of_use else STARTING_S
            if now_s - self._heard_s > allowed_s:
                self._log(f"{self.name}: silent for {allowed_s:.0f} s, is killed")
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                return

    async def _ended(self, process: asyncio.subprocess.Process) -> int:
        code = await process.wait()
        await asyncio.gather(*self._pipes)  # what it said last is in there still
        return code

    async def _give_orders(self, stdin: asyncio.StreamWriter) -> None:
        if not stdin.is_closing():  # it did not die before we came to it: writing would end us, too
            with contextlib.suppress(ConnectionError):  # it died before it had read them
                stdin.write(self._orders)
                await stdin.drain()
        stdin.close()

    async def _hear_reports(self, stdout: asyncio.StreamReader) -> None:
        while (line := await stdout.readline()).endswith(b"\n"):  # or it was killed at half a line
            self._heard_s = time.monotonic()
            self.report = from_json(line)
            self._was_of_use = self._was_of_use or self.ready
            self._changed()

    async def _pass_on(self, stderr: asyncio.StreamReader) -> None:
        while line := await _line(stderr):
            text = line.decode(errors="replace").rstrip()
            if any(map(str.isalpha, text)):  # not the frame around a traceback
                self._last_words = text.lstrip("| ").removeprefix("ERROR ")
            self._log(f"{self.name}: {text}")

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await self._ended(process)
        except TimeoutError:
            self._log(f"{self.name}: does not stop, is killed")
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _line(stream: asyncio.StreamReader) -> bytes:
    """A line, or as much of it as fits into the buffer."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await stream.readexactly(error.consumed)


def _command(name: str) -> Sequence[str]:
    """The name is for whoever reads a list of processes, the pid for the child's own check."""
    return (sys.executable, "-m", "live.process", str(os.getpid()), *name.split())


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
