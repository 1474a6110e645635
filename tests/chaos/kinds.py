"""The kinds of faults: what each does, on which ground it can be done, how soon the race must go on."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from tests.chaos import bad_disk, clocks, flips, hands, hangs, kills, network, points, power, repeats, storage
from tests.chaos.failpoint import POINTS
from tests.chaos.ground import Ground, plain
from tests.chaos.line import Line

PROCESS_S, DISK_S = 3.0, 10.0
"""Next commit after a process is killed; after power or disk is back, a hang, the network."""


LONG_S = 30.0
"""Somebody must notice first, and then do something."""


@dataclass(frozen=True)
class Kind:
    """A kind of fault. `inflict` returns after how many seconds the race went on; `limit_s` is what was promised."""

    name: str
    what: str
    stage: str
    limit_s: float
    inflict: Callable[[Line, Random], Awaitable[float]]
    campaign: int = 20
    """How many a whole campaign has."""
    takes_s: float = 15.0
    """It is begun when at least so much is left of a race: it must be seen to go on."""


@asynccontextmanager
async def _plain(work: Path) -> AsyncIterator[Ground]:
    yield plain(work)


STAGES: dict[str, Callable[[Path], AbstractAsyncContextManager[Ground]]] = {
    "plain": _plain,
    "failpoints": points.with_failpoints,
    "server-disk": power.server_on_disk,
    "site-disk": power.site_on_disk,
    "backups": storage.with_backups,
    "small-disks": storage.small_disks,
    "namespace": network.namespace,
    "slow-cable": network.slow_namespace,
    "traced": _plain,
    "clocks": clocks.fooled,
}
"""The grounds on which faults are possible; kinds of one stage share their races."""

KINDS = {
    kind.name: kind
    for kind in (
        Kind("kill-broker", "kill -9 of the broker", "plain", PROCESS_S, kills.kill_broker, 200),
        Kind("kill-ingest", "kill -9 of ingest", "plain", PROCESS_S, kills.kill_ingest, 200),
        Kind("kill-outward", "kill -9 of pages and stream (one process)", "plain", PROCESS_S, kills.kill_outward, 200),
        Kind("kill-device", "kill -9 of a device", "plain", PROCESS_S, kills.kill_device, 200),
        Kind("kill-all", "kill -9 of all of these at once", "plain", DISK_S, kills.kill_all, 50),
        Kind("kill-serve", "kill -9 of `live serve`, restarted as by systemd", "plain", DISK_S, kills.kill_serve),
        *(
            Kind(f"kill-{point}", f"kill -9 of ingest {what}", "failpoints", PROCESS_S, points.kill_at(point))
            for point, what in POINTS.items()
        ),
        Kind("power-server", "power cut of the server", "server-disk", DISK_S, power.cut_server, 50),
        Kind("power-site", "power cut of server and devices", "site-disk", DISK_S, power.cut_site),
        Kind("store-wiped", "broker's store wiped", "plain", DISK_S, storage.wipe_store),
        Kind("store-old", "broker's store rolled back some seconds", "plain", DISK_S, storage.roll_back_store),
        Kind(
            "journal-lost", "journal deleted, `live restore`", "backups", DISK_S, storage.lose_journal, takes_s=LONG_S
        ),
        Kind(
            "server-lost",
            "all but the backups deleted, `live restore`",
            "backups",
            DISK_S,
            storage.lose_server,
            takes_s=LONG_S,
        ),
        Kind("full-journal", "disk of the journal full for 1 to 5 s", "small-disks", DISK_S, storage.fill_journal),
        Kind("full-broker", "disk of the broker full for 1 to 5 s", "small-disks", DISK_S, storage.fill_broker),
        Kind("full-both", "both disks full for 1 to 5 s", "small-disks", DISK_S, storage.fill_both),
        Kind("eio-journal", "a write or sync of the journal fails (EIO)", "traced", DISK_S, bad_disk.fail_journal),
        Kind("eio-broker", "a write or sync of the broker's store fails (EIO)", "traced", DISK_S, bad_disk.fail_broker),
        Kind("torn-journal", "ingest dies at a sync, its last writes torn", "traced", DISK_S, bad_disk.tear_journal),
        Kind("torn-broker", "the broker dies at a sync, its last writes torn", "traced", DISK_S, bad_disk.tear_broker),
        Kind(
            "flip-journal",
            "a bit of the journal flips while it is down",
            "backups",
            DISK_S,
            flips.flip_journal,
            takes_s=LONG_S,
        ),
        Kind(
            "flip-wal",
            "a bit of the journal's WAL flips while it is down",
            "backups",
            DISK_S,
            flips.flip_wal,
            takes_s=LONG_S,
        ),
        Kind(
            "flip-backup",
            "a bit of the newest backup flips; journal lost",
            "backups",
            DISK_S,
            flips.flip_backup,
            takes_s=LONG_S,
        ),
        Kind("flip-store", "a bit of the broker's store flips while it is down", "plain", DISK_S, flips.flip_store),
        Kind("hang-broker", "broker stopped by SIGSTOP for good", "plain", DISK_S, hangs.hang_broker),
        Kind("hang-ingest", "ingest stopped by SIGSTOP for good", "plain", DISK_S, hangs.hang_ingest),
        Kind("hang-outward", "pages and stream stopped by SIGSTOP for good", "plain", DISK_S, hangs.hang_outward),
        Kind("hang-device", "a device stopped by SIGSTOP for 1 to 10 s", "plain", DISK_S, hangs.hang_device),
        Kind("net-devices", "devices without network for 1 to 12 s", "namespace", DISK_S, network.part_devices),
        Kind("net-one-way", "network one way only for 1 to 12 s", "namespace", DISK_S, network.part_one_way),
        Kind("net-ingest", "ingest and pages parted from the broker", "namespace", DISK_S, network.part_ingest),
        Kind("net-loss", "5 to 30 % of the packets lost for 3 to 10 s", "namespace", DISK_S, network.lose_packets),
        Kind("net-cut", "all connections to the broker reset", "namespace", DISK_S, network.cut_connections),
        Kind("net-delay", "0 to 2 s delay of each packet, out of order", "slow-cable", DISK_S, network.delay_packets),
        Kind("clock-server", "clock of the server jumps by 1 s to 1 day", "clocks", DISK_S, clocks.jump_server),
        Kind("clock-devices", "clocks of the devices jump by 1 s to 1 day", "clocks", DISK_S, clocks.jump_devices),
        Kind(
            "stolen",
            "a device's token is revoked; it gets a new one",
            "plain",
            PROCESS_S,
            hands.steal_device,
            takes_s=LONG_S,
        ),
        Kind("nonsense", "a fact nobody understands; `--skip`", "plain", DISK_S, hands.poison_journal, takes_s=LONG_S),
        Kind("duplicates", "passages again, up to five times, shuffled", "plain", DISK_S, repeats.duplicate),
        Kind("replay", "a device sends its whole journal again", "plain", DISK_S, repeats.replay_device),
        Kind("double", "two devices with one id, contradicting", "plain", DISK_S, repeats.double_device),
    )
}
"""All kinds by name."""


def impossible(stage: str) -> str:
    """Return why a stage cannot be had here, in one line; empty when it can."""
    match stage:
        case "server-disk" | "site-disk":
            return _no_root() or _lacks("mkfs.ext4", "e2fsprogs") or _mount_fails()
        case "small-disks":
            return _no_root() or _mount_fails()
        case "namespace":
            return _no_root() or _lacks("ip", "iproute2") or _lacks("nft", "nftables") or _namespaces_fail()
        case "slow-cable":
            return _no_root() or _lacks("ip", "iproute2") or _namespaces_fail() or _no_tun()
        case "traced":
            return _lacks("strace", "strace") or _tracing_fails()
        case "clocks":
            return "" if clocks.library() else "libfaketime is not installed: apt install libfaketime"
    return ""


def _no_root() -> str:
    return "" if os.geteuid() == 0 else "needs root"


def _lacks(program: str, package: str) -> str:
    return "" if shutil.which(program) else f"{program} is not installed: apt install {package}"


@cache
def _mount_fails() -> str:
    with tempfile.TemporaryDirectory() as disk:
        tried = subprocess.run(["mount", "-t", "tmpfs", "chaos", disk], capture_output=True, text=True, check=False)
        if tried.returncode:
            return f"this machine lets nobody mount: {tried.stderr.strip()}"
        subprocess.run(["umount", disk], check=True)
    return ""


@cache
def _namespaces_fail() -> str:
    tried = subprocess.run(["unshare", "-n", "nft", "list", "ruleset"], capture_output=True, text=True, check=False)
    return f"no network namespaces here: {tried.stderr.strip()}" if tried.returncode else ""


def _no_tun() -> str:
    return "" if os.path.exists("/dev/net/tun") else "no /dev/net/tun here"


@cache
def _tracing_fails() -> str:
    tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return f"this machine lets nobody trace: {tried.stderr.strip()}" if tried.returncode else ""
