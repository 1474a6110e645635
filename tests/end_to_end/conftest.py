"""An event on a table: `live serve` with three teams of two, and those who have a token for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from live.secrets import Secrets
from tests.conftest import DEADLINE_S, START_MS
from tests.serving import Served
from tests.web.conftest import HIDDEN

GUN_MS = START_MS
LAP_MS = 700_000

EVENT = """
[event]
id = "api-test"
name = "Essai"
place = "Tournai"
timezone = "Europe/Brussels"
languages = ["fr", "nl", "en"]
clock = "facts"

[[course]]
id = "boucle"
length_m = 3000
loop = true
points = [ { id = "line", at_m = 0 }, { id = "km1", at_m = 1000 } ]

[[race]]
id = "relay"
name = "Relais"
course = "boucle"
legs = [["A"], ["A", "B"]]
start = 2016-05-26T16:30:00+02:00
gun = 2016-05-26T16:30:00+02:00

[[race.prize]]
name = { fr = "Premier prix", en = "First prize" }
places = 1

[[device]]
id = "mat-line"
point = "line"
course = "boucle"
trust = "main"

[[device]]
id = "hand-1"
point = "line"
course = "boucle"
trust = "handheld"
"""


class Desk:
    """A running event, and those who have a token for it."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.secrets = Secrets(served.data)
        self.official = self.token("official", "marie")
        self.hand = self.token("device", "hand-1")
        self.http = httpx.AsyncClient(base_url=served.url, timeout=DEADLINE_S)

    def token(self, role: Any, name: str) -> dict[str, str]:
        """Return the header of a new token."""
        return {"Authorization": f"Bearer {self.secrets.grant(role, name)[0]}"}

    async def get(self, path: str, official: bool = False) -> Any:
        """Return the JSON of an answer that must be well."""
        answer = await self.http.get(f"/api/v1/{path}", headers=self.official if official else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def cross(self, seq: int, *crossings: tuple[str, int]) -> httpx.Response:
        """Send what the handheld saw: chip, and ms after the gun."""
        passages = [
            {"seq": seq + number, "chip": chip, "at_ms": GUN_MS + after_ms}
            for number, (chip, after_ms) in enumerate(crossings)
        ]
        body = {"v": 1, "epoch": "9f2c", "passages": passages}
        return await self.http.post("/api/v1/passages", json=body, headers=self.hand)

    async def decide(self, id: str, by: dict[str, str] | None = None, **members: Any) -> httpx.Response:
        """Send a decision, of the first official unless another's token is given."""
        body = {"v": 1, "id": id, **members}
        return await self.http.post("/api/v1/decisions", json=body, headers=by or self.official)

    async def board(self, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the board once it is as it should become: boards follow passages and decisions within a second."""
        return await self.eventually("races/relay/standings", until)

    async def ready(self, expected: bool) -> list[str]:
        """Wait until the service says that it is ready, or that it is not; return what it lacks."""
        for _ in range(int(DEADLINE_S / 0.05)):
            try:
                answer = await self.http.get("/readyz")
            except httpx.TransportError:  # what serves it is being started again
                await asyncio.sleep(0.05)
                continue
            assert answer.json()["ready"] is (answer.status_code == 200)
            if answer.json()["ready"] is expected:
                return list(answer.json()["missing"])
            await asyncio.sleep(0.05)
        pytest.fail(f"/readyz does not become {expected}: {self.served.log.read_text()}")

    async def eventually(self, path: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Ask again until the answer is as it should become."""
        for _ in range(int(DEADLINE_S / 0.05)):
            found: dict[str, Any] = await self.get(path)
            if until(found):
                return found
            await asyncio.sleep(0.05)
        pytest.fail(f"{path} never became so: {found}")


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that wait for ingest give up soon."""
    monkeypatch.setenv("LIVE_WEB_ANSWER_S", "2")


@pytest.fixture
async def desk(tmp_path: Path, served: Callable[..., Awaitable[Served]]) -> AsyncIterator[Desk]:
    """An event of three teams of two, whose B hides the name, after two laps of team 7 and one of team 12."""
    folder = tmp_path / "event"
    folder.mkdir()
    (folder / "event.toml").write_text(EVENT, encoding="utf-8")
    columns = "race,bib,team,company,category,runner,first_name,last_name,sex,chips,public"
    rows = [
        f"relay,{bib},{team},Company,{category},{runner},{name},{sex},,{public}"
        for bib, team, category, sex in (
            ("7", "Ideta", "women", "F"),
            ("12", "Lutosa", "men", "M"),
            ("007", "x", "", ""),
        )
        for runner, name, public in (("A", "Anna,Dubois", "initials"), ("B", f"Beatrijs,{HIDDEN}", "no"))
    ]
    (folder / "entries.csv").write_text("\n".join([columns, *rows]), encoding="utf-8")
    desk = Desk(await served(folder))
    async with desk.http:
        stored = await desk.cross(1, ("7A", LAP_MS), ("12A", LAP_MS + 9_000), ("7A", 1_400_000), ("7B", 1_403_000))
        assert (stored.status_code, stored.json()) == (200, {"v": 1, "epoch": "9f2c", "through": 4})
        yield desk


def finished(board: dict[str, Any]) -> bool:
    """Team 7 has finished."""
    return bool(board["standings"][0]["status"] == "finished")


async def keep_away(served: Served, name: str) -> None:
    """Kill this process again and again, so soon that it never does its work."""
    while True:
        with suppress(KeyError, psutil.NoSuchProcess):
            served.children()[name].kill()
        await asyncio.sleep(0.05)
