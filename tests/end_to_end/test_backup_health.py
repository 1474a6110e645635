"""A backup disk that is not there is told to whoever watches, and the race goes on; when it is there, all is well."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from live.ingest.backups import backup_files
from live.secrets import Secrets
from tests.conftest import DEADLINE_S
from tests.serving import Served, live
from tests.test_supervisor import store


async def ready(serving: Served, satisfied: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return what /readyz says, once it says this of the backup; it must say all the time that users are served."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            answer = await serving.get("/readyz")
            assert answer.status_code == 200, answer.text
            members: dict[str, Any] = answer.json()
            if satisfied(members["backup"]):
                return members
            await asyncio.sleep(0.05)


async def test_a_failing_backup_is_told_and_the_race_goes_on(
    tmp_path: Path, served: Callable[..., Awaitable[Served]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, stick = tmp_path / "my-race", tmp_path / "stick"
    monkeypatch.setenv("LIVE_INGEST_BACKUP_FOLDER", str(stick))
    monkeypatch.setenv("LIVE_INGEST_BACKUP_S", "1")
    assert (await live("init", folder))[0] == 0
    official = Secrets(folder / "data").grant("official", "anna")[0]
    serving = await served(folder)
    told = await ready(serving, lambda backup: bool(backup["trouble"]))
    assert "No such file or directory" in told["backup"]["trouble"]
    assert told["backup"]["ms_ago"] is None
    assert "live_backup_failing 1.0" in (await serving.get("/metrics")).text
    await store(serving, 1)

    stick.mkdir()
    await ready(serving, lambda backup: backup["trouble"] == "" and backup["ms_ago"] is not None)
    metrics = (await serving.get("/metrics")).text
    assert "live_backup_failing 0.0" in metrics
    assert "live_backup_age_seconds " in metrics
    assert backup_files(stick, "my-race") != []
    async with httpx.AsyncClient(base_url=serving.url, headers={"Authorization": f"Bearer {official}"}) as http:
        devices = (await http.get("/api/v1/devices")).raise_for_status().json()
    assert devices["backup"]["facts"] == 1
    assert devices["backup"]["trouble"] == ""
