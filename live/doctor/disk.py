"""Where journal, broker and backups write: may we, is there room, and how long does a disk take to be sure?"""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from live.config import Config
from live.doctor.finding import Finding, cure_of, ok, problem, warning
from live.ingest.journal import journal_file

LEAST_MB: Final = 256
"""Below it the race would end in its first hour."""

SYNCS: Final = 20
SLOW_MS, TOO_SLOW_MS = 10, 100
"""The broker syncs once a message: at 10 ms it takes a hundred a second, at 100 ms ten, which a mass start passes."""

IN_MEMORY: Final = ("tmpfs", "ramfs")
FAR_AWAY: Final = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs")


def data_folder(config: Config) -> Iterator[Finding]:
    """Look at the folder of journal, broker store and secrets."""
    folder = _there(config.data)
    try:
        times_ms = _sync_times_ms(folder)
    except OSError as error:
        cure = cure_of(error, folder, "give another folder with --data")
        yield problem("data folder", f"nothing can be written in {folder} ({error.strerror})", cure)
    else:
        yield _speed(folder, times_ms)
    yield _room(config, folder)
    yield from _kind(folder)


def backup_folder(config: Config) -> Iterator[Finding]:
    """Look at the folder of backups, if it is another than that of the journal."""
    if not config.ingest.backup_folder:
        cure = "Set LIVE_INGEST_BACKUP_FOLDER to a folder on another disk, such as a USB stick."
        yield warning("backup folder", f"{config.backups} is on the disk of the journal, and is lost with it", cure)
        return
    try:
        _sync_times_ms(config.backups)
    except FileNotFoundError:
        cure = "Mount the disk, and make the folder on it."
        yield problem("backup folder", f"{config.backups} is not there", cure)
        return
    except OSError as error:
        cure = cure_of(error, config.backups, "name another folder in LIVE_INGEST_BACKUP_FOLDER")
        yield problem("backup folder", f"nothing can be written in {config.backups} ({error.strerror})", cure)
        return
    if config.backups.stat().st_dev == _there(config.data).stat().st_dev:
        cure = "Mount another disk there, such as a USB stick."
        yield warning("backup folder", f"{config.backups} is on the disk of the journal, and is lost with it", cure)
    else:
        free_mb = shutil.disk_usage(config.backups).free >> 20
        yield ok("backup folder", f"{config.backups} is on another disk, {free_mb} MB are free")


def _there(folder: Path) -> Path:
    """Return the folder, or that in which it will be made."""
    while not os.path.exists(folder) and folder != folder.parent:  # of a closed one it says no
        folder = folder.parent
    return folder


def _sync_times_ms(folder: Path) -> list[float]:
    """Return how long each of some syncs took."""
    trial = folder / f".live-doctor-{os.getpid()}"
    times = []
    descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for _ in range(SYNCS):
            os.write(descriptor, bytes(4096))
            began = time.perf_counter()
            os.fsync(descriptor)
            times.append((time.perf_counter() - began) * 1_000)
    finally:
        os.close(descriptor)
        trial.unlink()
    return sorted(times)


def _speed(folder: Path, times_ms: list[float]) -> Finding:
    middle_ms, worst_ms = times_ms[len(times_ms) // 2], times_ms[-1]
    found = f"{folder} takes {middle_ms:.1f} ms to be sure of a write, {worst_ms:.1f} ms at worst"
    cure = "Use a local SSD, best one with power-loss protection; no SD card, no USB stick, no network disk."
    if middle_ms >= TOO_SLOW_MS:
        return problem("data folder", found, cure)
    return warning("data folder", found, cure) if middle_ms >= SLOW_MS else ok("data folder", found)


def _room(config: Config, folder: Path) -> Finding:
    free_mb = shutil.disk_usage(folder).free >> 20
    journal = journal_file(config.data)
    journal_mb = (journal.stat().st_size >> 20) if os.path.exists(journal) else 0
    copies = 0 if config.ingest.backup_folder else config.ingest.backup_keep + 1
    wanted_mb = config.broker.store_mb + LEAST_MB + journal_mb * (1 + copies)
    found = f"{free_mb} MB are free for {config.data}"
    cure = f"Make room until {wanted_mb} MB are free, or give a folder on another disk with --data."
    if free_mb < LEAST_MB:
        return problem("disk", found, cure)
    return warning("disk", f"{found}, {wanted_mb} MB are wanted", cure) if free_mb < wanted_mb else ok("disk", found)


def _kind(folder: Path) -> Iterator[Finding]:
    """Look at what kind of disk it is, where the system says so."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    path = folder.resolve()
    over = [(len(mount[1]), mount[2]) for mount in mounts if path.is_relative_to(mount[1].replace("\\040", " "))]
    kind = max(over)[1] if over else ""
    if kind in IN_MEMORY:
        yield problem(
            "disk",
            f"{folder} is in memory ({kind}), and empty after a power cut",
            "Give a folder on a disk with --data.",
        )
    elif kind in FAR_AWAY:
        cure = "Give a folder on a local disk with --data: locks and syncs are not reliable over a network."
        yield problem("disk", f"{folder} is on a network disk ({kind})", cure)
