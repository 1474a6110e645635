"""Can so many phones be served? Limits of the process and of the kernel."""

import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from live.config import Config
from live.doctor.finding import Finding, ok, problem, warning
from live.http_server import BACKLOG

OWN_FILES: Final = 200
"""Descriptors of a process beside its phones: files, libraries, pipes, browsers that load a page."""

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
    needed = -(-phones // config.web.workers) + OWN_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = f"a process may have {soft} open, {phones} phones on {config.web.workers} processes need {needed}"
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return ok("file descriptors", found)
    raised = f"`ulimit -n {needed}` before `live serve`, or LimitNOFILE={needed} in its systemd unit"
    if hard != resource.RLIM_INFINITY and hard < needed:
        return problem("file descriptors", found, f"As root raise the hard limit, which is {hard}: {raised}.")
    return problem("file descriptors", found, f"Raise the limit: {raised}.")


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
