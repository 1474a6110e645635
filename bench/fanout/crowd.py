"""From the mat to every phone of a crowd: `python -m bench.fanout.crowd`.

The whole of `live serve` as it races. A mat publishes a passage over MQTT; each phone notes how old the passage is
when its row arrives. At the end every phone must hold the same version. What serves the phones has one core, load
client, broker, journal and mat share the other. The largest crowd has two workers on both cores.

`--stuck` measures instead what phones that stop reading cost the others: the same crossings to the same readers, in
turns alone and with a quarter as many stuck beside them. A stuck phone has a receive buffer of 4 KiB, reads its board
and is then stopped; its connections that the server has closed by the end are counted.
"""

import argparse
import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time_ns
from typing import Any

import httpx
import uvloop

from bench import latency
from bench.__main__ import machine
from bench.fanout import usage
from bench.fanout.load import Load
from bench.fanout.servers import CLIENT_CORE, SERVER_CORE
from bench.fanout.tools import compiled
from live.bus import Bus, BusLink
from live.event import read_event
from live.messages.devices import Passage, PassageBatch
from live.secrets import Secrets
from live.wire import Topics

PATH = "/api/v1/races/laps/stream"
MOST_PHONES = 10_000
"""Of one load client: its connections are descriptors."""
SETTLED_S = 2.0


@dataclass(frozen=True)
class Scene:
    """So many phones, and crossings: `count` of them, `apart_s` apart."""

    phones: int
    count: int
    apart_s: float
    goal: str
    workers: int = 1
    stuck: int = 0
    """More phones, which read nothing once they are connected."""


SCENES = (
    Scene(5_000, 20, 1.5, "p50 ≤ 50, p99 ≤ 100"),
    Scene(5_000, 100, 0.1, "p50 ≤ 100, p99 ≤ 200"),
    Scene(10_000, 100, 0.1, ""),
    Scene(20_000, 20, 1.0, "p99 ≤ 1,000", workers=2),
)
STUCK_SCENES = (
    Scene(4_000, 150, 0.2, ""),
    Scene(4_000, 150, 0.2, "p99 within 10 % of the same without stuck ones", stuck=1_000),
)


async def run(scene: Scene, program: Path, deflate: bool) -> tuple[str, ...]:
    """Return the row of one scene."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        token, _ = await asyncio.to_thread(Secrets(folder / "data").grant, "device", "mat-line")
        options = ["--workers", str(scene.workers)] if scene.workers > 1 else []
        async with latency.serving(folder, *options, teams=max(latency.TEAMS, scene.count)) as ports:
            serving = [pid for pid in usage.family(os.getpid()) if b"broadcast" in usage.cmdline(pid)]
            if scene.workers == 1:
                usage.pin(serving, SERVER_CORE)
            return await probe(scene, folder, token, ports, program, serving, deflate)


async def probe(
    scene: Scene, folder: Path, token: str, ports: tuple[int, int], program: Path, serving: list[int], deflate: bool
) -> tuple[str, ...]:
    """Connect the phones, let the teams cross, and ask each phone what it holds; return the row."""
    link = BusLink("127.0.0.1", ports[1], "mat-line", token, "mat-line")
    topics = Topics("latency")
    words = ("-u", PATH, "-k", '"time_ms":', "-g", str(read_event(folder).by_race["laps"].gun_ms), "-v")
    before_kib, before = usage.rss_kib(serving), usage.descriptors(serving)
    async with Bus(link, topics, topics.for_device("mat-line")) as mat:
        await mat.until_connected()
        async with crowd(scene, program, ports[0], words, deflate) as (loads, connects_per_s):
            used_s = usage.cpu_s(serving)
            told = await crossings(scene, mat, loads)
            used_s = usage.cpu_s(serving) - used_s
            held_kib = (usage.rss_kib(serving) - before_kib) / (scene.phones + scene.stuck)
            cut = before + scene.phones + scene.stuck - usage.descriptors(serving)
            if gone := usage.ended(serving):
                raise RuntimeError(f"processes of the server ended meanwhile: {gone}")
        async with httpx.AsyncClient() as client:
            board = (await client.get(f"http://127.0.0.1:{ports[0]}/api/v1/races/laps/standings")).json()
    versions = {told_one[which] for told_one in told for which in ("oldest_version", "newest_version")}
    messages = sum(each["messages"] for each in told)
    who = f"{scene.phones:,}{', compressed' if deflate else ''}"
    return (
        f"{who}, {scene.workers} workers" if scene.workers > 1 else who,
        f"{scene.count} crossings, {scene.apart_s} s apart",
        *(f"{max(each['lat_us'][which] for each in told) / 1e3:.0f}" for which in ("p50", "p99", "max")),
        scene.goal,
        f"{used_s * 1e6 / messages:.1f}",
        f"{sum(each['bytes'] for each in told) / messages:.0f}",
        f"{held_kib:.1f}",
        f"{connects_per_s:,.0f}",
        "yes" if versions == {board["version"]} else f"no: {sorted(versions)}, journal {board['version']}",
        f"{cut} of {scene.stuck} cut" if scene.stuck else "",
    )


@asynccontextmanager
async def crowd(
    scene: Scene, program: Path, port: int, words: tuple[str, ...], deflate: bool
) -> AsyncIterator[tuple[list[Load], float]]:
    """The phones that read, two seconds after all are connected, and how many connected a second."""
    clients = -(-scene.phones // MOST_PHONES)
    core = CLIENT_CORE if scene.workers == 1 else None
    async with AsyncExitStack() as stack:
        loads = []
        for _ in range(clients):
            load = await Load.start(
                program, scene.phones // clients, port, *words, deflate=deflate, core=core, sample=1
            )  # fmt: skip
            stack.push_async_callback(load.stop)
            loads.append(load)
        connected = [await load.heard("connected") for load in loads]
        if scene.stuck:
            stuck = await stick(program, scene.stuck, port, words, deflate)
            stack.push_async_callback(stuck.process.wait)
            stack.callback(stuck.process.kill)
        await asyncio.sleep(SETTLED_S)
        yield loads, sum(each["conns_per_s"] for each in connected)


async def crossings(scene: Scene, mat: Bus, loads: list[Load]) -> list[dict[str, Any]]:
    """Let the teams cross; return what each load client has to say of it."""
    for load in loads:
        await load.ask("reset")
    begun = monotonic()
    for n in range(1, scene.count + 1):
        await asyncio.sleep(max(0.0, begun + n * scene.apart_s - monotonic()))
        mat.publish(PassageBatch("mat-line", "e", (Passage("mat-line", "e", n, time_ns() // 10**6, f"{n}R"),)))
    await asyncio.sleep(SETTLED_S)
    return [await load.ask("report") for load in loads]


async def stick(program: Path, phones: int, port: int, words: tuple[str, ...], deflate: bool) -> Load:
    """Connect phones with small buffers and stop the process that would read for them."""
    load = await Load.start(program, phones, port, *words, "-b", "4096", deflate=deflate, core=CLIENT_CORE, sample=1)
    await load.heard("connected")
    load.process.send_signal(signal.SIGSTOP)
    return load


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("python -m bench.fanout.crowd", description=__doc__)
    parser.add_argument("--phones", type=int, action="append", metavar="N", help="only the scenes of so many phones")
    parser.add_argument("--stuck", action="store_true", help="what phones that stop reading cost the others")
    parser.add_argument("--rounds", type=int, default=1, metavar="K", help="times each scene is run (default: 1)")
    parser.add_argument("--tools", type=Path, default=Path("build/fanout"), help="where the load client is compiled")
    asked = parser.parse_args()
    asked.tools.mkdir(parents=True, exist_ok=True)
    program = compiled("wsload", asked.tools.resolve())
    head = (
        *("phones", "", "p50 ms", "p99 ms", "max ms", "goal", "µs a message", "bytes a message", "KiB a phone"),
        *("connects/s", "all on the journal's version", "stuck"),
    )
    print(machine(), "\n")
    for each in (head, ("---",) * len(head)):
        print("| " + " | ".join(each) + " |")
    scenes = [
        each for each in (STUCK_SCENES if asked.stuck else SCENES) if each.phones in (asked.phones or [each.phones])
    ]
    for _ in range(asked.rounds):
        for scene in scenes:
            for deflate in (False, True):
                print("| " + " | ".join(await run(scene, program, deflate)) + " |", flush=True)


if __name__ == "__main__":
    uvloop.run(main())
