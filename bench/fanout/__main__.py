"""What a broadcast costs, beside its peers: `make bench-fanout`, or `python -m bench.fanout --phones 1000 bun ours`.

Each server runs alone on core 0, its phones on core 1 (`wsload`); ours with the whole race in it, broker, journal and
devices on core 1 too. The peers send the very messages that a phone of ours gets of a race of 120 teams. Servers take
turns, round after round; each figure is the median of the rounds, with the best in brackets.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import uvloop

from bench.__main__ import machine
from bench.fanout import picture, usage
from bench.fanout.load import Load
from bench.fanout.servers import CLIENT_CORE, CONTESTANTS, SERVER_CORE, WARM, Contestant, Ours, Server, Site, running
from bench.fanout.texts import recorded
from bench.fanout.tools import Missing, compiled

TEXTS = 60
RATES = (10.0, 1.0)
SECONDS = {10.0: 4.0, 1.0: 5.0}
SETTLE_S = 1.0


@dataclass
class Run:
    """One server in one round: µs of CPU and bytes a delivered message, by rate; the rest once."""

    cpu_us: dict[float, float]
    bytes_each: dict[float, float]
    p50_ms: dict[float, float | None]
    p99_ms: dict[float, float | None]
    delivered: dict[float, float]
    whole: bool
    connects_per_s: float
    kib_each: float
    back_s: float | None


async def measure(contestant: Contestant, site: Site, program: Path, phones: int, herd: bool) -> Run:
    """Connect the phones, publish at each rate, and if asked kill the server and wait for all to be back."""
    helper = usage.kernel_helper(SERVER_CORE)
    async with running(contestant, site) as server:
        before_kib = usage.rss_kib(server.pids)
        load = await Load.start(
            program, phones, server.port, "-u", server.path, *server.words, *stamp(server),
            deflate=contestant.deflate, core=CLIENT_CORE,
        )  # fmt: skip
        try:
            connected = await load.heard("connected")
            await asyncio.sleep(SETTLE_S)
            run = Run({}, {}, {}, {}, {}, True, connected["conns_per_s"], 0, None)
            for rate in RATES:
                pids = [*server.pids, *([helper] if helper else [])]
                await load.ask("reset")
                began_s = usage.cpu_s(pids)
                await server.publish(rate, SECONDS[rate])
                await asyncio.sleep(SETTLE_S)
                used_s = usage.cpu_s(pids) - began_s
                note(run, rate, await load.ask("report"), used_s, isinstance(server, Ours))
            run.kib_each = (usage.rss_kib(server.pids) - before_kib) / phones
            if herd:
                await server.crash()
                run.back_s = (await load.heard("connected"))["elapsed_s"]
        finally:
            await load.stop()
    return run


def stamp(server: Server) -> tuple[str, ...]:
    """Where wsload finds the messages of ours: they carry no stamp of this machine's clock."""
    return ("-k", '"type":') if isinstance(server, Ours) else ()


def note(run: Run, rate: float, told: dict[str, object], used_s: float, ours: bool) -> None:
    """Keep what was measured at one rate."""
    messages, late = float(str(told["messages"])), told["lat_us"]
    assert isinstance(late, dict)
    run.cpu_us[rate] = used_s * 1e6 / max(messages, 1)
    run.bytes_each[rate] = float(str(told["bytes"])) / max(messages, 1)
    run.p50_ms[rate] = None if ours else late["p50"] / 1_000
    run.p99_ms[rate] = None if ours else late["p99"] / 1_000
    run.delivered[rate] = messages / float(str(told["open"])) / SECONDS[rate]
    run.whole = run.whole and told["min_per_conn"] == told["max_per_conn"] and not told["inflate_errors"]


async def record(site: Site) -> None:
    """Write the texts that the peers send: what a phone of ours gets of the race."""
    server = Ours(site, False)
    await server.start()
    try:
        url = f"ws://127.0.0.1:{server.port}{server.path}"
        texts = await recorded(url, server.mats, server.race.steps[WARM : WARM + TEXTS])
    finally:
        await server.stop()
    site.texts.write_text("\n".join(texts) + "\n", encoding="utf-8")


async def main() -> None:
    """Measure and print; the raw figures go to a file beside the table if one is named."""
    parser = argparse.ArgumentParser("python -m bench.fanout", description=__doc__)
    parser.add_argument("servers", nargs="*", metavar="SERVER", help="names, or beginnings of names (default: all)")
    parser.add_argument("--phones", type=int, default=10_000, metavar="N", help="connections (default: 10000)")
    parser.add_argument("--rounds", type=int, default=4, metavar="K", help="times each server runs (default: 4)")
    parser.add_argument("--tools", type=Path, default=Path("build/fanout"), help="where peers are installed, once")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write fanout.json and fanout.svg there")
    asked = parser.parse_args()
    chosen = [c for c in CONTESTANTS if not asked.servers or any(c.name.startswith(s) for s in asked.servers)]
    asked.tools.mkdir(parents=True, exist_ok=True)
    runs: dict[str, list[Run]] = {}
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as name:
        site = Site(asked.tools.resolve(), Path(name) / "texts", Path(name))
        program = compiled("wsload", site.tools)
        await record(site)
        for number in range(asked.rounds):
            for contestant in chosen if number % 2 == 0 else chosen[::-1]:
                if contestant.name in missing:
                    continue
                print(f"round {number + 1} of {asked.rounds}: {contestant.name} …", file=sys.stderr, flush=True)
                try:
                    run = await measure(contestant, site, program, asked.phones, herd=True)
                except (Missing, TimeoutError, RuntimeError) as error:
                    missing[contestant.name] = str(error) or type(error).__name__
                    continue
                runs.setdefault(contestant.name, []).append(run)
        texts = site.texts.read_bytes().splitlines()
    print(f"{machine()}; {asked.phones:,} phones; {len(texts)} messages of a race of 120 teams, ")
    print(f"{sum(map(len, texts)) / len(texts):.0f} bytes each on average before framing; {asked.rounds} rounds.\n")
    print(table(runs))
    for who, why in missing.items():
        print(f"\n{who}: left out, {why}")
    if asked.out:
        raw = {who: [asdict(run) for run in of_one] for who, of_one in runs.items()}
        (asked.out / "fanout.json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
        bars = {who: median(run.cpu_us[RATES[0]] for run in of_one) for who, of_one in runs.items()}
        (asked.out / "fanout.svg").write_text(picture.bars(bars, "µs of CPU a delivered update"), encoding="utf-8")


HEAD = (
    *("server", "k", "µs a message, 10/s", "× wslimit", "ours is", "1/s", "bytes a message", "p50 / p99 ms, 10/s"),
    *("messages/s got", "all alike", "connects/s", "KiB a phone", "back after a kill, s"),
)


def table(runs: dict[str, list[Run]]) -> str:
    """Return the figures as a Markdown table; ratios within the same wire class."""
    rows: list[tuple[str, ...]] = [HEAD, ("---",) * len(HEAD)]
    for who, of_one in runs.items():
        rows.append(row(who, of_one, runs))
    return "\n".join("| " + " | ".join(each) + " |" for each in rows)


def row(who: str, of_one: list[Run], runs: dict[str, list[Run]]) -> tuple[str, ...]:
    """Return one row."""
    fast, slow = RATES
    cpu = median(run.cpu_us[fast] for run in of_one)
    late = [(run.p50_ms[fast], run.p99_ms[fast]) for run in of_one]
    told = [(p50, p99) for p50, p99 in late if p50 is not None and p99 is not None]
    back = [run.back_s for run in of_one if run.back_s is not None]
    suffix = ", compressed" if who.endswith("compressed") else ""
    return (
        who,
        str(len(of_one)),
        f"{cpu:.1f} ({min(run.cpu_us[fast] for run in of_one):.1f})",
        ratio(cpu, runs.get(f"wslimit{suffix}"), fast),
        against(cpu, runs.get(f"ours{suffix}"), fast),
        f"{median(run.cpu_us[slow] for run in of_one):.1f}",
        f"{median(run.bytes_each[fast] for run in of_one):,.0f}",
        f"{median(p for p, _ in told):.0f} / {median(p for _, p in told):.0f}" if told else "",
        f"{median(run.delivered[fast] for run in of_one):.1f}",
        "yes" if all(run.whole for run in of_one) else "no",
        f"{median(run.connects_per_s for run in of_one):,.0f}",
        f"{median(run.kib_each for run in of_one):.1f}",
        f"{median(back):.2f}" if back else "",
    )


def ratio(cpu: float, peer: list[Run] | None, rate: float) -> str:
    """Return by how much this costs more than the peer."""
    return f"{cpu / median(run.cpu_us[rate] for run in peer):.2f}" if peer else ""


def against(cpu: float, ours: list[Run] | None, rate: float) -> str:
    """Return what part of this ours costs."""
    return f"× {median(run.cpu_us[rate] for run in ours) / cpu:.2f}" if ours else ""


if __name__ == "__main__":
    uvloop.run(main())
