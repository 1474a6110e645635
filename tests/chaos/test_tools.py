"""What the campaign does to a machine does what it says: else a race without harm would prove nothing."""

import asyncio
import os
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.chaos import clocks, network, power, storage
from tests.chaos.device import DeviceJournal
from tests.chaos.kinds import impossible
from tests.chaos.script import as_line, write_script

LISTENER = """
import socket
listening = socket.create_server(("", 7000))
print("up", flush=True)
while True:
    listening.accept()
"""


def needs(stage: str) -> None:
    """Skip with the reason where this machine does not allow it."""
    if reason := impossible(stage):
        pytest.skip(reason)


async def test_power_cut_leaves_what_was_synced_and_nothing_else(tmp_path: Path) -> None:
    needs("server-disk")
    async with power.mounted(tmp_path) as disk:
        for name, synced in (("kept", True), ("gone", False)):
            with (disk / name).open("wb") as file:
                file.write(b"x" * 10_000)
                file.flush()
                if synced:
                    os.fsync(file.fileno())
        power.shut_down(disk)
        with pytest.raises(OSError):
            (disk / "kept").write_bytes(b"after the cut")
        await power.mount_again(disk)
        assert (disk / "kept").read_bytes() == b"x" * 10_000
        assert not (disk / "gone").exists() or (disk / "gone").read_bytes() != b"x" * 10_000


async def test_full_disk_takes_not_a_byte(tmp_path: Path) -> None:
    needs("small-disks")
    async with storage.small_disks(tmp_path) as ground:
        storage.leave_no_room(ground.data / storage.BALLAST)
        with pytest.raises(OSError, match="No space left"):
            (ground.data / "more").write_bytes(b"x" * 5_000)
        (ground.data / storage.BALLAST).unlink()
        (ground.data / "more").write_bytes(b"x" * 5_000)


async def test_rules_part_a_namespace_from_us_until_they_are_gone(tmp_path: Path) -> None:
    needs("namespace")
    async with network.namespace(tmp_path) as ground:
        server = await asyncio.create_subprocess_exec(*ground.words, sys.executable, "-c", LISTENER, stdout=PIPE)
        try:
            assert server.stdout is not None
            assert await server.stdout.readline() == b"up\n"
            connect(ground.host)
            with network.holding(ground.words, [("input", "tcp dport 7000 drop")]), pytest.raises(TimeoutError):
                connect(ground.host)
            refused = [("input", "tcp dport 7000 reject with tcp reset")]
            with network.holding(ground.words, refused), pytest.raises(ConnectionRefusedError):
                connect(ground.host)
            connect(ground.host)
        finally:
            server.kill()
            await server.wait()


def connect(host: str) -> None:
    """Open a connection to the listener, and close it."""
    socket.create_connection((host, 7000), timeout=0.5).close()


def test_clock_of_a_process_is_what_its_file_says(tmp_path: Path) -> None:
    needs("clocks")
    environment = {**os.environ, **clocks.environment(tmp_path / "clock")}
    asked = [sys.executable, "-c", "import time; print(int(time.time()), time.monotonic())"]
    shown = [subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout.split()]
    clocks.set_clock(tmp_path / "clock", -86_400)
    shown.append(subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout.split())
    assert -86_400 <= int(shown[1][0]) - int(shown[0][0]) < -86_000
    assert float(shown[1][1]) > float(shown[0][1])


async def test_device_journal_forgets_what_was_half_written(tmp_path: Path) -> None:
    script = write_script(tmp_path / "event", 1, 3, 3)
    first, second = script.passages[:2]
    file = tmp_path / "journal"
    file.write_bytes(as_line(first) + as_line(second)[:-9])
    journal = DeviceJournal(file)
    assert journal.passages == [first]
    journal.append([second])
    assert DeviceJournal(file).passages == [first, second]
