"""The network between devices, broker and ingest: parted, one way only, lossy, cut. In a namespace, by nftables.

The services live in a namespace of their own; devices and phone reach them over a pair of virtual cables, or over one
that holds up packets (`cable`), for kernels without netem.
"""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random

from tests.chaos.ground import Ground, system
from tests.chaos.line import Line

PARTED_S = (1.0, 12.0)
"""Sometimes shorter than a keepalive (7.5 s), sometimes longer, so that sockets are left half open."""
LOSSY_S = (3.0, 10.0)
LOSS_PERCENT = (5, 30)
CUT_S = (0.2, 2.0)
DELAY_S = (0.2, 2.0)
"""A packet takes so long at most."""
DELAY = "delay"

Rule = tuple[str, str]


@asynccontextmanager
async def namespace(work: Path) -> AsyncIterator[Ground]:
    """The services in a namespace, reached over a cable."""
    number = _free_number()
    name, here, there = f"chaos{os.getpid()}", f"chx{number}", f"chy{number}"
    ours, theirs = f"10.213.{number}.1", f"10.213.{number}.2"
    system("ip", "netns", "add", name)
    try:
        system("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        system("ip", "addr", "add", f"{ours}/30", "dev", here)
        system("ip", "link", "set", here, "up")
        # not `ip netns exec`: that copies all mounts, and a disk that loses power would live on in the copy
        inside = ("nsenter", f"--net=/run/netns/{name}")
        system(*inside, "ip", "addr", "add", f"{theirs}/30", "dev", there)
        system(*inside, "ip", "link", "set", there, "up")
        system(*inside, "ip", "link", "set", "lo", "up")
        yield Ground(work, work / "data", host=theirs, listen="0.0.0.0", words=inside)
        system("ip", "link", "del", here)  # with the namespace it would go a little later
    finally:
        system("ip", "netns", "del", name)


@asynccontextmanager
async def slow_namespace(work: Path) -> AsyncIterator[Ground]:
    """The services in a namespace, reached over a cable that can hold up packets."""
    number = _free_number()
    name, here, there = f"slow{os.getpid()}", f"chx{number}", f"chy{number}"
    ours, theirs = f"10.213.{number}.1", f"10.213.{number}.2"
    system("ip", "netns", "add", name)
    try:
        words = (name, here, there, str(work / DELAY))
        cable = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.chaos.cable", *words, stdout=PIPE)
        try:
            assert cable.stdout is not None
            if await cable.stdout.readline() != b"up\n":
                raise OSError("there is no cable")
            inside = ("nsenter", f"--net=/run/netns/{name}")
            system("ip", "addr", "add", ours, "peer", theirs, "dev", here)
            system("ip", "link", "set", here, "up")
            system(*inside, "ip", "addr", "add", theirs, "peer", ours, "dev", there)
            system(*inside, "ip", "link", "set", there, "up")
            system(*inside, "ip", "link", "set", "lo", "up")
            yield Ground(work, work / "data", host=theirs, listen="0.0.0.0", words=inside)
        finally:
            cable.kill()
            await cable.wait()
    finally:
        system("ip", "netns", "del", name)


async def delay_packets(line: Line, rng: Random) -> float:
    """Each packet between devices and broker takes its time, so that some overtake others, both ways."""
    orders = line.ground.work / DELAY
    orders.write_text(f"0 {rng.uniform(*DELAY_S):.2f}")
    await asyncio.sleep(rng.uniform(*LOSSY_S))
    orders.write_text("")
    return await line.devices.next_commit(line.now_ns())


async def part_devices(line: Line, rng: Random) -> float:
    """No device reaches the broker."""
    return await _for_a_while(line, rng.uniform(*PARTED_S), _devices(line, "drop"))


async def part_one_way(line: Line, rng: Random) -> float:
    """What devices say arrives, what they are told does not; or the other way round."""
    return await _for_a_while(line, rng.uniform(*PARTED_S), [rng.choice(_devices(line, "drop"))])


async def part_ingest(line: Line, rng: Random) -> float:
    """Neither ingest nor pages reach the broker, which the devices still reach."""
    return await _for_a_while(line, rng.uniform(*PARTED_S), _inside(line, "drop"))


async def lose_packets(line: Line, rng: Random) -> float:
    """Between devices and broker so many packets in a hundred get lost, both ways."""
    lost = f"numgen random mod 100 < {rng.randint(*LOSS_PERCENT)} drop"
    return await _for_a_while(line, rng.uniform(*LOSSY_S), _devices(line, lost))


async def cut_connections(line: Line, rng: Random) -> float:
    """Every connection to the broker is reset, and none comes about for a while."""
    reset = "reject with tcp reset"
    return await _for_a_while(line, rng.uniform(*CUT_S), [_all(line, reset)])


def _free_number() -> int:
    """Return a number of which there is no cable yet."""
    taken = {name for _, name in socket.if_nameindex()}
    return next(each for each in range(250) if f"chx{each}" not in taken)


def _devices(line: Line, verdict: str) -> list[Rule]:
    return [
        ("input", f'iifname != "lo" tcp dport {line.mqtt_port} {verdict}'),
        ("output", f'oifname != "lo" tcp sport {line.mqtt_port} {verdict}'),
    ]


def _all(line: Line, verdict: str) -> Rule:
    return "input", f"tcp dport {line.mqtt_port} {verdict}"


def _inside(line: Line, verdict: str) -> list[Rule]:
    return [("input", f'iifname "lo" tcp dport {line.mqtt_port} {verdict}')]


async def _for_a_while(line: Line, seconds: float, rules: list[Rule]) -> float:
    """Let rules hold for some seconds; counted from when they no longer do."""
    with holding(line.ground.words, rules):
        await asyncio.sleep(seconds)
    return await line.devices.next_commit(line.now_ns())


@contextmanager
def holding(inside: tuple[str, ...], rules: list[Rule]) -> Iterator[None]:
    """Rules of nftables that hold in a namespace until the block ends: each a hook, and what is matched and done."""
    chains = "".join(f"chain {hook} {{ type filter hook {hook} priority 0; {rule}; }}\n" for hook, rule in rules)
    system(*inside, "nft", "-f", "-", said=f"table inet chaos {{\n{chains}}}\n")
    try:
        yield
    finally:
        system(*inside, "nft", "delete", "table", "inet", "chaos")
