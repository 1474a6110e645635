"""A device as a process of its own: reads the passages of its script when they are due, journals each, then sends it.

`python -m tests.chaos.device ORDERS` (a JSON file). The journal is a file that is synced before a passage is sent, and
read again after a kill: what was not yet journaled is then read now. On stdout a line for each watermark, with the
instants (ns, monotonic, the same for all processes) at which it came and at which its passage was journaled.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import uvloop

from live.bus import BusLink
from live.messages.devices import Passage
from live.rehearsal.device import Device
from live.wire import Topics
from tests.chaos.script import as_line, of_lines

READ_EVERY_S = 0.02
TOLD_EVERY_S = 0.005


@dataclass(frozen=True)
class Orders:
    """What a device process is to do. `hurry`, once that file exists: everything that is left is read at once."""

    event: str
    device: str
    token: str
    host: str
    port: int
    epoch: str
    script: str
    journal: str
    hurry: str
    began_ns: int

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the orders in a file."""
        return cls(**json.loads(file.read_text()))

    def with_token(self, token: str) -> Self:
        """Return the same orders with another token."""
        return replace(self, token=token)

    def write(self, file: Path) -> None:
        """Write the orders to a file."""
        file.write_text(json.dumps(asdict(self)))


def read_script(file: Path) -> list[tuple[float, Passage]]:
    """Return when each passage is due (s from the start), in order."""
    lines = [line.split(b"\t", 1) for line in file.read_bytes().splitlines()]
    return [(float(due), passage) for (due, _), passage in zip(lines, of_lines(_second(lines)), strict=True)]


def write_script_of(file: Path, due: list[tuple[float, Passage]]) -> None:
    """Write what `read_script` reads."""
    file.write_bytes(b"".join(b"%.3f\t%s" % (due_s, as_line(passage)) for due_s, passage in due))


def _second(lines: list[list[bytes]]) -> bytes:
    return b"".join(passage + b"\n" for _, passage in lines)


class DeviceJournal:
    """The passages that a device has, in a file; durable before they are sent. `last` is the seq of the newest."""

    def __init__(self, file: Path) -> None:
        """Open it, or make it; what a kill left half written is cut off."""
        self._file = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        raw = os.read(self._file, os.fstat(self._file).st_size)
        self.passages = of_lines(raw)
        os.ftruncate(self._file, raw.rfind(b"\n") + 1)
        os.lseek(self._file, 0, os.SEEK_END)
        self.last = self.passages[-1].seq if self.passages else 0

    def append(self, passages: list[Passage]) -> None:
        """Keep some passages; when this returns they are durable."""
        os.write(self._file, b"".join(map(as_line, passages)))
        os.fsync(self._file)
        self.last = passages[-1].seq


class _Running:
    def __init__(self, orders: Orders) -> None:
        link = BusLink(orders.host, orders.port, orders.device, orders.token, orders.device)
        self.orders = orders
        self.device = Device(link, Topics(orders.event), orders.epoch, lambda: time.time_ns() // 1_000_000)
        self.journal = DeviceJournal(Path(orders.journal))
        self.journaled_ns: dict[int, int] = {}
        for passage in self.journal.passages:
            self.device.put(passage)

    async def run(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.device.leave)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._read()), group.create_task(self._tell())]
            await self.device.run()
            for task in tasks:
                task.cancel()

    async def _read(self) -> None:
        script = [
            (due_s, each) for due_s, each in read_script(Path(self.orders.script)) if each.seq > self.journal.last
        ]
        while script:
            now_s = (time.monotonic_ns() - self.orders.began_ns) / 1e9
            if self._hurried():
                now_s = script[-1][0]
            due = [passage for due_s, passage in script if due_s <= now_s]
            if due:
                del script[: len(due)]
                self._keep(due)
            await asyncio.sleep(READ_EVERY_S)

    def _hurried(self) -> bool:
        return os.path.exists(self.orders.hurry)

    def _keep(self, due: list[Passage]) -> None:
        self.journal.append(due)
        now_ns = time.monotonic_ns()
        for passage in due:
            self.journaled_ns[passage.seq] = now_ns
            self.device.put(passage)

    async def _tell(self) -> None:
        told = -1
        while True:
            through = self.device.outbox.through
            if through != told:
                told = through
                print(through, time.monotonic_ns(), self.journaled_ns.get(through, 0), flush=True)
            await asyncio.sleep(TOLD_EVERY_S)


def main() -> None:
    """Run until SIGTERM."""
    orders = Orders.read(Path(sys.argv[1]))
    with contextlib.suppress(BrokenPipeError):
        uvloop.run(_Running(orders).run())


if __name__ == "__main__":
    main()
