"""The server is lost: a backup, the decisions noted beside it and the devices give the same race again."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from live.ingest.journal import JournalReader, journal_file
from live.messages.devices import Passage
from live.rehearsal.field import Field
from live.rehearsal.folder import write_event
from live.rehearsal.simulate import Simulation, simulate
from live.secrets import Secrets
from tests.conftest import DEADLINE_S, START_MS, free_port, until
from tests.end_to_end.test_late_device import deliver, online, until_shown
from tests.serving import Served, live

Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
def simulation(tmp_path: Path) -> Simulation:
    """A small race whose gun is known."""
    return simulate(write_event(tmp_path / "event", Field(8, 4, 1, START_MS, gun=True)), seed=1)


async def facts(simulation: Simulation, data: Path) -> set[object]:
    """Return what the journal knows: each passage, and each decision by its id."""
    async with JournalReader(journal_file(data), simulation.event.id) as reader:
        found = [each.fact async for chunk in reader.read() for each in chunk]
    return {fact if isinstance(fact, Passage) else fact.id for fact in found}


async def decide(serving: Served, token: str, passages: list[Passage]) -> None:
    """An official rules: a passage is void, a crossing is added, a team's time is put right, another is out."""
    void = passages[-1]
    rulings: list[dict[str, Any]] = [
        {"type": "void_passage", "device": void.device, "epoch": void.epoch, "seq": void.seq},
        {"type": "adjust_time", "race": "relay", "bib": "2", "by_ms": 30_000},
        {"type": "set_status", "race": "relay", "bib": "3", "status": "dsq"},
        {"type": "set_status", "race": "relay", "bib": "3", "status": None},
        {"type": "set_status", "race": "relay", "bib": "4", "status": "dnf"},
    ]
    async with httpx.AsyncClient(base_url=serving.url, headers={"Authorization": f"Bearer {token}"}) as http:
        for number, ruling in enumerate(rulings):
            body = {"v": 1, "id": f"d-{number}", "reason": "seen", **ruling}
            answer = await http.post("/api/v1/decisions", json=body)
            assert answer.status_code == 202, answer.text


async def until_backed_up(serving: Served) -> None:
    """Wait until there is a backup."""
    async with asyncio.timeout(DEADLINE_S):
        while (await serving.get("/readyz")).json()["backup"]["ms_ago"] is None:  # noqa: ASYNC110 - polled over HTTP
            await asyncio.sleep(0.05)


async def until_known(simulation: Simulation, data: Path, known: set[object]) -> None:
    """Wait until the journal has these facts, and no other."""
    async with asyncio.timeout(DEADLINE_S):
        while await facts(simulation, data) != known:  # noqa: ASYNC110 - polled in a file
            await asyncio.sleep(0.05)


def ruled(shown: dict[str, Any]) -> bool:
    """Whether the last of the decisions is on the board, and with it those before."""
    return any(row["bib"] == "4" and row["status"] == "dnf" for row in shown["relay"][1])


@pytest.mark.parametrize("lost", ["journal", "journal, broker and tokens"])
async def test_after_a_lost_server_a_backup_and_the_devices_give_the_same_race(
    served: Serve, simulation: Simulation, tmp_path: Path, lost: str
) -> None:
    """With the broker alive it still retains watermarks that are now too high; the devices hear lower ones."""
    folder, data = tmp_path / "event", tmp_path / "data"
    passages = [reading.passage for reading in simulation.readings]
    half = len(passages) // 2
    ports = {"port": free_port(), "mqtt_port": free_port()}
    tokens = {device.id: Secrets(data).grant("device", device.id)[0] for device in simulation.event.devices}
    official = Secrets(data).grant("official", "anna")[0]

    async with online(simulation, ports["mqtt_port"], tokens) as devices:
        first = await served(folder, "--data", str(data), **ports)
        await deliver(devices, passages[:half])
        assert await first.stop() == 0
        # A backup is made at the start, and none for a minute.
        second = await served(folder, "--data", str(data), **ports)
        await until_backed_up(second)
        await deliver(devices, passages[half:])
        await decide(second, official, passages)
        before = await until_shown(second, simulation, ruled)
        known = await facts(simulation, data)
        second.process.kill()
        await second.process.wait()

        lose(data, lost)
        code, said, wrong = await live("restore", folder, "--data", data)
        assert (code, wrong) == (0, ""), said
        assert f"restored: {half} facts, and 5 decisions made after the backup" in said

        third = await served(folder, "--data", str(data), **ports)
        await until_known(simulation, data, known)
        await until_shown(third, simulation, lambda now: bool(now == before))
        await until(lambda: not any(device.outbox.queued for device in devices.values()), "the devices to be told")
        code, said, wrong = await live("journal", folder, "--data", data, "--verify")
        assert (code, wrong) == (0, "")


def lose(data: Path, what: str) -> None:
    """Delete what was on the disk of the server; the folder of backups stands for another disk."""
    for file in data.glob("journal.sqlite*"):
        file.unlink()
    if what != "journal":
        shutil.rmtree(data / "broker")
        (data / "secrets" / "tokens.json").unlink()
