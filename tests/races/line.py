"""A recorded race through the real line: event folder, `live serve`, devices over MQTT, boards over HTTP."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable

from tests.races.convert import RealRace
from tests.races.doors import Http
from tests.serving import LIVE, Served

Serve = Callable[..., Awaitable[Served]]

REPLAY_S = 240.0
SETTLE_S = 60.0
"""Deadlines: generous, nothing is measured here."""


async def on_the_line(served: Serve, race: RealRace) -> Http:
    """Serve the race, replay its passages, post its decisions; return its boards once they show all of it."""
    service = await served(race.folder)
    said = await live("replay", str(race.folder), str(race.passages), "--speed", "0", "--broker", service.broker)
    version = int(said.split()[0])
    http = Http(service.url, await live("token", str(race.folder), "official", "judge"))
    for decision in race.decisions:
        version = http.post("/decisions", decision)["version"]
    await settled(http, version)
    return http


async def settled(http: Http, version: int) -> None:
    """Wait until the boards show the fact of this version; all races' changes go out together."""
    races = [each["race"] for each in http.get("/event")["races"]]
    async with asyncio.timeout(SETTLE_S):
        while all(http.board(race, head=1)["version"] < version for race in races):  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.05)


async def live(*command: str) -> str:
    """Run a command of ours to its end; return what it printed."""
    process = await asyncio.create_subprocess_exec(*LIVE, *command, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(REPLAY_S):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode().strip()
