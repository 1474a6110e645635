"""What systemd is told, by the socket that it names."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from live.notify import Notify
from tests.conftest import DEADLINE_S, until
from tests.serving import Served, live

Serving = Callable[..., Awaitable[Served]]


UNITS = {unit.stem: unit.read_text().splitlines() for unit in (Path(__file__).parents[1] / "deploy").glob("*.service")}


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket of whoever started us."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.setblocking(False)
        yield sock


def test_without_systemd_nothing_is_said() -> None:
    Notify({}).say("READY=1")
    assert Notify({}).every_s == 0


def test_a_watchdog_of_another_process_is_not_ours() -> None:
    environ = {"WATCHDOG_USEC": "10000000"}
    assert Notify({**environ, "WATCHDOG_PID": str(os.getpid())}).every_s == 5
    assert Notify({**environ, "WATCHDOG_PID": "1"}).every_s == 0


def test_a_socket_in_the_abstract_is_found() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0smartrun-test")
        Notify({"NOTIFY_SOCKET": "@smartrun-test"}).say("READY=1")
        assert sock.recv(100) == b"READY=1"


def test_a_socket_that_is_gone_is_no_fault(tmp_path: Path) -> None:
    Notify({"NOTIFY_SOCKET": str(tmp_path / "gone")}).say("READY=1")


async def test_serve_says_when_it_is_ready_that_it_lives_and_that_it_stops(
    tmp_path: Path, systemd: socket.socket, served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    await live("init", tmp_path / "my-race")
    serving = await served(tmp_path / "my-race")
    said: list[str] = []

    def hear() -> bool:
        try:
            while True:
                said.append(systemd.recv(1_000).decode())
        except BlockingIOError:
            return said.count("WATCHDOG=1") > 5 and "READY=1\nSTATUS=all well" in said

    await until(hear, "ready, and signs of life")
    async with asyncio.timeout(DEADLINE_S):
        await serving.stop()
    hear()
    assert "STOPPING=1" in said[-10:]


@pytest.mark.parametrize("name", UNITS)
async def test_units_run_commands_that_there_are(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each unit starts `live serve` with words that it knows, waits for its word, and never gives up."""
    settings = dict(line.split("=", 1) for line in UNITS[name] if "=" in line and not line.startswith("#"))
    assert (settings["Type"], settings["Restart"], settings["RestartSec"]) == ("notify", "always", "100ms")
    assert (settings["StartLimitIntervalSec"], settings["WatchdogSec"]) == ("0", "10")
    if environment := settings.get("Environment"):
        monkeypatch.setenv(*environment.split("=", 1))
    await live("init", tmp_path / "my-race")
    program, *words = settings["ExecStart"].replace("/srv/smartrun-live/%i", str(tmp_path / "my-race")).split()
    assert Path(program).name == "live"
    code, out, err = await live(*words, "--print-config")
    assert (code, err) == (0, "")
    assert settings.get("Environment", "LIVE_BUS_URL=") in out
