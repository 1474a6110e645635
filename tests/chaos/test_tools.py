"""What the campaign does to a machine does what it says: else a race without harm would prove nothing."""

import asyncio
import os
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from tests.chaos import bad_disk, clocks, flips, network, power, storage
from tests.chaos.device import DeviceJournal
from tests.chaos.kinds import impossible
from tests.chaos.script import as_line, write_script
from tests.conftest import DEADLINE_S

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


async def test_cable_holds_packets_up_as_long_as_it_is_told(tmp_path: Path) -> None:
    needs("slow-cable")
    async with network.slow_namespace(tmp_path) as ground:
        server = await asyncio.create_subprocess_exec(*ground.words, sys.executable, "-c", LISTENER, stdout=PIPE)
        try:
            assert server.stdout is not None
            assert await server.stdout.readline() == b"up\n"
            connect(ground.host)
            (tmp_path / network.DELAY).write_text("0.6 0.7")
            async with asyncio.timeout(DEADLINE_S):
                while True:  # it reads its orders now and then
                    try:
                        await asyncio.to_thread(connect, ground.host)
                    except TimeoutError:  # there and back takes more than the half second that is waited
                        break
        finally:
            server.kill()
            await server.wait()


WRITER = """
import os, sys
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
while sys.stdin.readline():
    os.pwrite(file, b"a" * 2_000, 0)
    os.fdatasync(file)
    os.pwrite(file, b"b" * 2_000, 2_000)
    try:
        os.fdatasync(file)
    except OSError as error:
        print(error.strerror, flush=True)
    else:
        print("synced", flush=True)
"""


@asynccontextmanager
async def writer(file: Path) -> AsyncIterator[Process]:
    """A process that writes twice and syncs twice for each line that it is given."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, str(file), stdin=PIPE, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def told(process: Process) -> bytes:
    """Let it write; return what it says of that."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(b"\n")
    return await process.stdout.readline()


async def test_call_fails_once_as_it_was_told_and_later_none(tmp_path: Path) -> None:
    needs("traced")
    file, log = tmp_path / "file", tmp_path / "calls"
    async with writer(file) as process:
        assert await told(process) == b"synced\n"
        async with bad_disk.traced(process.pid, log, "fdatasync,fsync:error=EIO:when=2", [file]):
            assert await told(process) == b"Input/output error\n"
        assert bad_disk.INJECTED in log.read_text()
        assert await told(process) == b"synced\n"


async def test_what_was_not_synced_at_the_kill_is_torn_and_nothing_else(tmp_path: Path) -> None:
    needs("traced")
    file, log = tmp_path / "file", tmp_path / "calls"
    async with writer(file) as process:
        assert await told(process) == b"synced\n"
        async with bad_disk.traced(process.pid, log, "fdatasync,fsync:signal=SIGKILL:when=2", [file]):
            assert await told(process) == b""
    [written] = bad_disk.unsynced(log.read_text())
    assert (written.file, written.at, written.size) == (file.resolve(), 2_000, 2_000)
    bad_disk.tear(written, Random(1))
    assert file.read_bytes()[:2_000] == b"a" * 2_000
    assert file.read_bytes()[2_000:] not in (b"", b"b" * 2_000)


def test_one_bit_is_another_one(tmp_path: Path) -> None:
    whole = bytes(100) + b"passages" + bytes(100)
    (tmp_path / "file").write_bytes(whole)
    flips.flip(tmp_path / "file", Random(1))
    changed = (tmp_path / "file").read_bytes()
    assert sum((one ^ other).bit_count() for one, other in zip(whole, changed, strict=True)) == 1
    assert changed.replace(b"\0", b"") != b"passages"


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
