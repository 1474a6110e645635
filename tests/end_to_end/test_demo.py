"""The demo as a user has it: one command, a broker killed on the way, nothing lost, nothing left behind."""

import asyncio
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from live.programme import Race
from live.rehearsal.demo import SEED, open_port
from live.rehearsal.field import Field
from live.rehearsal.folder import write_event
from live.rehearsal.simulate import simulate
from tests.conftest import START_MS, free_port
from tests.rehearsal.truth import expected_ms
from tests.serving import live

TEAMS, WALKERS, SPEED = 12, 6, 400
DEADLINE_S = 90.0


@dataclass
class Demo:
    """A demo that runs. `said` is what it printed so far."""

    process: Process
    port: int
    said: list[str] = field(default_factory=list)

    async def until_said(self, words: str) -> str:
        """Read on until a line with these words; return it."""
        assert self.process.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            while raw := await self.process.stdout.readline():
                self.said.append(raw.decode().rstrip())
                if words in self.said[-1]:
                    return self.said[-1]
        pytest.fail(f"the demo ended without saying {words!r}: {self.said[-20:]}")

    async def get(self, path: str) -> Any:
        """Return the JSON of an answer of the API."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as client:
            return (await client.get(path)).raise_for_status().json()

    async def stopped(self) -> int:
        """Press Ctrl-C and wait for the end; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(DEADLINE_S):
            return await self.process.wait()


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """A small, fast demo on free ports, whose temporary files are in `tmp_path`."""
    port = free_port()
    options = ["--teams", TEAMS, "--walkers", WALKERS, "--speed", SPEED, "--port", port, "--mqtt-port", free_port()]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "live", "demo", *map(str, options)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        yield Demo(process, port)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_demo_loses_nothing_and_ends_with_the_true_standings(demo: Demo, tmp_path: Path) -> None:
    """T22: the broker is killed on the way, a mat delivers late, and the boards show the race as it was."""
    verdict = await demo.until_said("published, ")
    published, stored = re.findall(r"(\d[\d,]*) (?:published|stored)", verdict)
    assert published == stored
    assert "nothing lost" in verdict
    assert any("broker is killed" in line for line in demo.said)
    simulation = simulate(write_event(tmp_path / "same", Field(TEAMS, WALKERS, SEED, START_MS, gun=False)), SEED)
    assert int(published.replace(",", "")) == len(simulation.readings)
    for race in simulation.event.races:
        expected = expected_ms(simulation, race)
        rows = {row["bib"]: row for row in await settled(demo, race)}
        assert {bib: rows[bib]["time_ms"] for bib in expected} == expected
        assert {rows[bib]["status"] for bib in expected} == {"finished"}


async def settled(demo: Demo, race: Race) -> list[dict[str, Any]]:
    """Return the standings when the last facts have reached the web: it shows them within a second."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            board = await demo.get(f"/api/v1/races/{race.id}/standings")
            if board["state"] != "running":
                return list(board["standings"])
            await asyncio.sleep(0.1)


async def test_ctrl_c_in_mid_race_leaves_no_process_and_no_file(demo: Demo, tmp_path: Path) -> None:
    await demo.until_said("ready")
    children = psutil.Process(demo.process.pid).children(recursive=True)
    assert len(children) >= 3  # broker, ingest, broadcast and web
    assert await demo.stopped() == 0
    assert [child for child in children if child.is_running()] == []
    assert os.listdir(tmp_path) == []


async def test_it_prints_where_phones_and_screens_find_it(demo: Demo) -> None:
    await demo.until_said("ready")
    said = "\n".join(demo.said)
    phone = re.search(r"Phone page +(http://\S+)", said)
    assert phone is not None and phone[1].endswith(f":{demo.port}/")
    assert f":{demo.port}/screen/main" in said
    assert "█" in said  # the QR code


def test_a_port_that_somebody_has_is_replaced_by_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        assert open_port("127.0.0.1", wanted) not in (0, wanted)
    assert open_port("127.0.0.1", wanted) == wanted


async def test_a_given_port_that_somebody_has_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = await live("demo", "--teams", "3", "--walkers", "0", "--port", str(port))
    assert code == 1
    assert f"Port {port} is in use" in err and "Traceback" not in err
