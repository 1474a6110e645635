"""Phones that poll, beside phones on the stream: `python -m bench.fanout.polling`.

20,000 phones ask for the board every 10 s as the page does when it gets no socket: `GET …/standings` with the ETag of
the last answer. Meanwhile 5,000 phones follow the stream, and a team crosses the line every half minute. Two workers
serve both; pollers and load client share the cores with them.
"""

import argparse
import asyncio
import contextlib
import os
import random
import resource
import tempfile
from collections import Counter
from pathlib import Path
from statistics import quantiles
from time import perf_counter, time_ns
from typing import cast

import uvloop

from bench import latency
from bench.__main__ import machine
from bench.fanout import usage
from bench.fanout.crowd import PATH
from bench.fanout.load import Load
from bench.fanout.tools import compiled
from live.bus import Bus, BusLink
from live.event import read_event
from live.messages.devices import Passage, PassageBatch
from live.secrets import Secrets
from live.wire import Topics

EVERY_S = 10.0
OWN_FILES = 200
"""Descriptors of this process beside its phones."""
CROSSING_EVERY_S = 30.0
ASK = b"GET /api/v1/races/laps/standings HTTP/1.1\r\nHost: here\r\nAccept-Encoding: br\r\n"


class Poller(asyncio.Protocol):
    """One phone: asks, reads the answer to its end, and asks again ten seconds later; connects anew where it must."""

    def __init__(self, port: int, told: "Told", source: str, every_s: float) -> None:
        self._port, self._told, self._source, self._every_s = port, told, source, every_s
        self._transport: asyncio.Transport | None = None
        self._etag = b""
        self._got = b""
        self._asked_s = 0.0

    async def live(self) -> None:
        """Poll for ever, beginning at any moment of the first round."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(random.uniform(0, self._every_s))
        while True:
            self._asked_s = perf_counter()
            self._done = loop.create_future()
            try:
                if self._transport is None:
                    await loop.create_connection(lambda: self, "127.0.0.1", self._port, local_addr=(self._source, 0))
                assert self._transport is not None
                self._transport.write(
                    ASK + (b"If-None-Match: " + self._etag + b"\r\n" if self._etag else b"") + b"\r\n"
                )
                status = await self._done
            except OSError as error:
                status = type(error).__name__
            self._told.answers[status] += 1
            self._told.took_s.append(perf_counter() - self._asked_s)
            await asyncio.sleep(max(0.0, self._asked_s + self._every_s - perf_counter()))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The server closed it: the next question opens another."""
        self._transport, self._got = None, b""
        if not self._done.done():
            self._done.set_exception(error or ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        """Read on to the end of the answer."""
        self._got += data
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not end or self._done.done():
            return
        fields = dict(line.lower().partition(b": ")[::2] for line in head.split(b"\r\n")[1:])
        if len(body) < int(fields.get(b"content-length", b"0")):
            return
        self._got = b""
        self._told.bytes += len(head) + 4 + len(body)
        etag = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"etag: ")), b"")
        self._etag = etag[6:] or self._etag
        self._done.set_result(head[9:12].decode())


class Told:
    """What the pollers were told since the last reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget it."""
        self.answers: Counter[str] = Counter()
        self.took_s: list[float] = []
        self.bytes = 0


async def measure(pollers: int, every_s: float, sockets: int, seconds: float, program: Path) -> list[tuple[str, str]]:
    """Return what was measured, in words."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token, _ = await asyncio.to_thread(Secrets(folder / "data").grant, "device", "mat-line")
        async with latency.serving(folder, "--workers", "2") as ports:
            serving = [pid for pid in usage.family(os.getpid()) if b"broadcast" in usage.cmdline(pid)]
            gun_ms = read_event(folder).by_race["laps"].gun_ms
            told, topics = Told(), Topics("latency")
            phones = [Poller(ports[0], told, f"127.0.2.{n % 200 + 1}", every_s) for n in range(pollers)]
            tasks = [asyncio.create_task(phone.live()) for phone in phones]
            words = ("-u", PATH, "-k", '"time_ms":', "-g", str(gun_ms), "-v")
            load = await Load.start(program, sockets, ports[0], *words, deflate=True, core=None, sample=1)
            link = BusLink("127.0.0.1", ports[1], "mat-line", token, "mat-line")
            async with Bus(link, topics, topics.for_device("mat-line")) as mat:
                await load.heard("connected")
                await asyncio.sleep(2 * every_s)
                await load.ask("reset")
                told.reset()
                used_s = usage.cpu_s(serving)
                for n in range(1, round(seconds / CROSSING_EVERY_S) + 1):
                    read = Passage("mat-line", "e", n, time_ns() // 10**6, f"{n}R")
                    mat.publish(PassageBatch("mat-line", "e", (read,)))
                    await asyncio.sleep(CROSSING_EVERY_S)
                used_s = usage.cpu_s(serving) - used_s
                if gone := usage.ended(serving):
                    raise RuntimeError(f"processes of the server ended meanwhile: {gone}")
                stream = (await load.ask("report"))["lat_us"]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await load.stop()
    asked = sum(told.answers.values())
    cuts = quantiles(told.took_s, n=100)
    return [
        ("questions a second", f"{asked / seconds:,.0f}"),
        ("answers", ", ".join(f"{share / asked:.1%} {status}" for status, share in told.answers.most_common())),
        ("bytes an answer, mean", f"{told.bytes / asked:,.0f}"),
        ("answered after, p50 / p99", f"{cuts[49] * 1e3:.1f} / {cuts[98] * 1e3:.0f} ms"),
        ("CPU of the server, both workers together", f"{used_s / seconds:.0%} of a core"),
        (
            f"{sockets:,} phones on the stream meanwhile, p50 / p99",
            f"{stream['p50'] / 1e3:.0f} / {stream['p99'] / 1e3:.0f} ms",
        ),
    ]


def raise_descriptors(count: int) -> int:
    """Let this process have so many connections open; return how many it may have, which the system may hold lower."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (max(hard, count), hard):  # only root may go beyond what is set as the most, and not everywhere
        with contextlib.suppress(ValueError, PermissionError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, count), most), most))
            break
    return min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], count)


async def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser("python -m bench.fanout.polling", description=__doc__)
    parser.add_argument("--pollers", type=int, default=20_000, metavar="N", help="phones that poll (default: 20000)")
    parser.add_argument("--sockets", type=int, default=5_000, metavar="N", help="phones on the stream (default: 5000)")
    parser.add_argument("--seconds", type=float, default=60.0, metavar="S", help="how long (default: 60)")
    parser.add_argument("--tools", type=Path, default=Path("build/fanout"), help="where the load client is compiled")
    asked = parser.parse_args()
    pollers = min(asked.pollers, raise_descriptors(asked.pollers + OWN_FILES) - OWN_FILES)
    every_s = EVERY_S * pollers / asked.pollers  # as many questions a second as so many phones ask
    asked.tools.mkdir(parents=True, exist_ok=True)
    program = compiled("wsload", asked.tools.resolve())
    print(f"{machine()}; {pollers:,} phones ask every {every_s:.2f} s\n\n| | |\n|---|---|")
    for what, value in await measure(pollers, every_s, asked.sockets, asked.seconds, program):
        print(f"| {what} | {value} |")


if __name__ == "__main__":
    uvloop.run(main())
