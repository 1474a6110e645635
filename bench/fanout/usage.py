"""CPU time and memory of processes, with what the kernel does for them on their core."""

import os
from contextlib import suppress
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_KIB = os.sysconf("SC_PAGESIZE") // 1024


def family(pid: int) -> list[int]:
    """Return a process and all below it; what ends meanwhile, a thread or a process, has none."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(FileNotFoundError, ProcessLookupError):
                found += map(int, task.read_text().split())
    return found


def kernel_helper(core: int) -> int | None:
    """Return the id of the kernel's process that finishes a core's network work, None where it cannot be seen."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if f"(ksoftirqd/{core})" in stat.read_text():
                return int(stat.parent.name)
        except OSError:
            continue
    return None


def cpu_s(pids: list[int]) -> float:
    """Return the CPU time that these processes have used, in s; of one that has ended nothing."""
    return sum(sum(map(int, fields(pid)[11:13])) for pid in pids) * TICK_S


def rss_kib(pids: list[int]) -> int:
    """Return the memory that these processes hold, in KiB."""
    return sum(int(fields(pid)[21]) for pid in pids) * PAGE_KIB


def descriptors(pids: list[int]) -> int:
    """Return how many files and connections these processes have open; one that has ended none."""
    return sum(sum(1 for _ in Path(f"/proc/{pid}/fd").glob("*")) for pid in pids)


def ended(pids: list[int]) -> list[int]:
    """Return those of these processes that are gone: whoever takes their place was not measured."""
    return [pid for pid in pids if not Path(f"/proc/{pid}").exists()]


def fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat behind the name; zeros where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):  # nothing else: without a free descriptor all would be zeros
        return ["0"] * 50


def cmdline(pid: int) -> bytes:
    """Return a process's command line, empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def pin(pids: list[int], core: int) -> None:
    """Let these processes, with all their threads, run on one core only."""
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})
