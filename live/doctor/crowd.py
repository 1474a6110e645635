"""Can so many phones be served? Limits of the process and of the kernel."""

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from live.config import Config
from live.doctor.finding import Finding, ok, problem, warning
from live.http_server import BACKLOG, OWN_FILES

KERNEL: Final = Path("/proc/sys/net")


def crowd(config: Config, phones: int, kernel: Path = KERNEL) -> Iterator[Finding]:
    """Look at what so many phones need."""
    yield _descriptors(config, phones)
    yield from _waiting(phones, kernel)
    yield from _tracked(phones, kernel)
    served = config.broadcast.max_phones * config.web.workers
    if served < phones:
        cure = f"Set LIVE_BROADCAST_MAX_PHONES to {-(-phones // config.web.workers)}."
        yield warning("phones", f"{served} are served at once, {phones} are expected", cure)


def _descriptors(config: Config, phones: int) -> Finding:
    """Judge the hard limit: a process raises its soft one by itself."""
    needed = -(-phones // config.web.workers) + OWN_FILES
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return ok("file descriptors", "a process may have as many open as it likes")
    found = f"a process may have {most} open, {phones} phones on {config.web.workers} processes need {needed}"
    if most >= needed:
        return ok("file descriptors", found)
    cure = (
        f"As root raise the hard limit: `ulimit -Hn {needed}` before `live serve`, or LimitNOFILE={needed} in its unit."
    )
    return problem("file descriptors", found, cure)


def _waiting(phones: int, kernel: Path) -> Iterator[Finding]:
    """A crowd that comes back after a restart comes at once; who does not fit into the queue waits whole seconds."""
    wanted = min(phones, BACKLOG)
    allowed = _number(kernel / "core" / "somaxconn")
    if allowed is None:
        return
    found = f"{allowed} connections may wait to be accepted"
    if allowed < wanted:
        cure = f"As root: sysctl -w net.core.somaxconn={BACKLOG}, and the same line in /etc/sysctl.conf."
        yield warning("net.core.somaxconn", f"{found}, {wanted} will when all phones come back at once", cure)
    else:
        yield ok("net.core.somaxconn", found)


def _tracked(phones: int, kernel: Path) -> Iterator[Finding]:
    """A firewall that remembers connections refuses new ones when its table is full."""
    room = _number(kernel / "netfilter" / "nf_conntrack_max")
    if room is not None and room < 2 * phones:
        cure = f"As root: sysctl -w net.netfilter.nf_conntrack_max={4 * phones}."
        yield warning("firewall", f"it remembers {room} connections, {phones} phones need twice as many", cure)


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except OSError:  # not on this kernel, or not for us
        return None
