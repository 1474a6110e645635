"""Phones that come and go for half an hour: `python -m bench.fanout.soak`, or `--minutes 2` for a first look.

The whole of `live serve`. A group of phones stays to the end; others connect, follow for ten seconds and hang up
without a word, one group after the other, half of them reading compressed. A team crosses the line every five
seconds. Each minute it prints what the process that serves them holds: memory, and open files and connections. Other
work on the machine does no harm: it measures growth, not time.
"""

import argparse
import asyncio
import os
import tempfile
from pathlib import Path
from time import monotonic, time_ns

import uvloop

from bench import latency
from bench.__main__ import machine
from bench.fanout import usage
from bench.fanout.crowd import PATH
from bench.fanout.load import Load
from bench.fanout.tools import compiled
from live.bus import Bus, BusLink
from live.messages.devices import Passage, PassageBatch
from live.secrets import Secrets
from live.wire import Topics

STAY_S, CROSSING_EVERY_S, LOOK_EVERY_S = 10.0, 5.0, 60.0


async def come_and_go(program: Path, phones: int, port: int, until_s: float) -> int:
    """Let one group after the other connect, stay and leave; return how many connections that was."""
    groups = 0
    while monotonic() < until_s:
        load = await Load.start(program, phones, port, "-u", PATH, deflate=groups % 2 == 0, core=None)
        try:
            await load.heard("connected")
            await asyncio.sleep(STAY_S)
        finally:
            await load.stop()
        groups += 1
    return groups * phones


async def cross(mat: Bus, until_s: float) -> None:
    """Let a team cross now and then; who has run his laps crosses for nothing."""
    n = 0
    while monotonic() < until_s:
        chip = f"{n % latency.TEAMS + 1}R"
        n += 1
        mat.publish(PassageBatch("mat-line", "e", (Passage("mat-line", "e", n, time_ns() // 10**6, chip),)))
        await asyncio.sleep(CROSSING_EVERY_S)


async def look(serving: list[int], until_s: float) -> None:
    """Print a row a minute, the first at once."""
    began_s = monotonic()
    while True:
        if gone := usage.ended(serving):
            raise RuntimeError(f"processes of the server ended meanwhile: {gone}")
        minutes = (monotonic() - began_s) / 60
        print(f"| {minutes:.0f} | {usage.rss_kib(serving) / 1024:.1f} | {usage.descriptors(serving)} |", flush=True)
        if monotonic() >= until_s:
            return
        await asyncio.sleep(min(LOOK_EVERY_S, max(0.0, until_s - monotonic())))


async def soak(minutes: float, staying: int, coming: int, program: Path) -> None:
    """Print the table; the last row is read when all who came have gone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token, _ = await asyncio.to_thread(Secrets(folder / "data").grant, "device", "mat-line")
        topics = Topics("latency")
        async with latency.serving(folder) as ports:
            serving = [pid for pid in usage.family(os.getpid()) if b"broadcast" in usage.cmdline(pid)]
            link = BusLink("127.0.0.1", ports[1], "mat-line", token, "mat-line")
            stay = await Load.start(program, staying, ports[0], "-u", PATH, deflate=True, core=None)
            try:
                await stay.heard("connected")
                until_s = monotonic() + minutes * 60
                async with Bus(link, topics, topics.for_device("mat-line")) as mat, asyncio.TaskGroup() as group:
                    came = group.create_task(come_and_go(program, coming, ports[0], until_s))
                    group.create_task(cross(mat, until_s))
                    group.create_task(look(serving, until_s))
                await asyncio.sleep(STAY_S)
                print(f"\n{came.result():,} came and went. Then, with those who stayed:\n")
                print("| | MiB | open files and connections |\n|---|---|---|")
                await look(serving, monotonic())
            finally:
                await stay.stop()


async def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser("python -m bench.fanout.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, metavar="M", help="how long (default: 30)")
    parser.add_argument("--staying", type=int, default=500, metavar="N", help="phones that stay (default: 500)")
    parser.add_argument("--coming", type=int, default=500, metavar="N", help="phones in a group (default: 500)")
    parser.add_argument("--tools", type=Path, default=Path("build/fanout"), help="where the load client is compiled")
    asked = parser.parse_args()
    asked.tools.mkdir(parents=True, exist_ok=True)
    program = compiled("wsload", asked.tools.resolve())
    print(f"{machine()}; {asked.staying:,} phones stay, {asked.coming:,} come at a time\n")
    print("| minute | MiB | open files and connections |\n|---|---|---|")
    await soak(asked.minutes, asked.staying, asked.coming, program)


if __name__ == "__main__":
    uvloop.run(main())
