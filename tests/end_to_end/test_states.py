"""Published, corrected, frozen and revealed: through `live serve`, as programs, pages and phones see it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.broadcast.desk import Page
from tests.broadcast.served import Phone
from tests.conftest import DEADLINE_S
from tests.end_to_end.conftest import EVENT, GUN_MS, LAP_MS, Desk
from tests.serving import Served

FINISH = "23:11"
"""The time of team 12, who comes in during the freeze."""

PUBLIC = (
    *("/api/v1/event", "/fr/", "/fr/r/relay/table", "/fr/r/relay/laps", "/fr/r/relay/t/12", "/fr/results/relay"),
    *("/nl/r/relay/t/7", f"/api/v1/races/relay/standings?at_ms={GUN_MS + 2_000_000}"),
    *(
        f"/api/v1/races/relay/{path}"
        for path in (
            "standings",
            "standings?head=1",
            "teams/12",
            "teams/7",
            "laps",
            "arrivals",
            "honours",
            "results.csv",
        )
    ),
    "/api/v1/races/relay/results.json",
)


@pytest.fixture
async def desk(tmp_path: Path, served: Callable[..., Awaitable[Served]]) -> AsyncIterator[Desk]:
    """Two teams of two, two officials to publish; 7 has finished, 12 has run one lap."""
    folder = tmp_path / "event"
    folder.mkdir()
    two = EVENT.replace('clock = "facts"', 'clock = "facts"\nofficials_to_publish = 2')
    (folder / "event.toml").write_text(two, encoding="utf-8")
    rows = ["race,bib,team,company,runner", *(f"relay,{bib},T{bib},C{bib},{r}" for bib in ("7", "12") for r in "AB")]
    (folder / "entries.csv").write_text("\n".join(rows), encoding="utf-8")
    desk = Desk(await served(folder))
    async with desk.http:
        await desk.cross(1, ("7A", LAP_MS), ("12A", LAP_MS + 9_000), ("7A", 1_400_000), ("7B", 1_403_000))
        await desk.board(lambda board: bool(board["standings"][0]["status"] == "finished"))
        yield desk


async def finish(desk: Desk) -> None:
    """Team 12 comes in, before 7."""
    await desk.cross(5, ("12A", 1_390_000), ("12B", 1_391_000))


async def as_official(desk: Desk, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the board as an official sees it, once it is as it should become."""
    for _ in range(int(DEADLINE_S / 0.05)):
        answer = await desk.http.get("/api/v1/races/relay/standings", headers=desk.official)
        if answer.status_code == 200 and until(answer.json()):
            assert answer.headers["Cache-Control"] == "no-store"
            return dict(answer.json())
        await asyncio.sleep(0.05)
    pytest.fail(f"never became so: {answer.text}")


async def seen(desk: Desk) -> dict[str, bytes]:
    """What everybody can read, by address; the screen, whose slides turn as time goes by, must not have the finish."""
    assert FINISH not in (await desk.http.get("/screen/hall")).text
    return {path: (await desk.http.get(path)).content for path in PUBLIC}


async def streamed(desk: Desk) -> list[tuple[str, int | None, int]]:
    """The board as a new phone gets it."""
    async with Phone(f"ws://127.0.0.1:{desk.served.port}/api/v1/races/relay/stream") as phone:
        page = Page()
        page.hear(await phone.socket.recv())
    return [(row["bib"], row["time_ms"], row["laps"]) for row in page.rows]


async def until_state(phone: Phone) -> list[dict[str, Any]]:
    """Return what the stream says, up to its next word on the state of the race."""
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(DEADLINE_S):
        while not told or told[-1]["type"] != "state":
            told.append(json.loads(await phone.socket.recv()))
    return told


def first_is(bib: str) -> Callable[[dict[str, Any]], bool]:
    return lambda board: bool(board["standings"][0]["bib"] == bib)


async def test_nothing_newer_than_the_freeze_reaches_any_public_channel(desk: Desk) -> None:
    """T90: late passages, reload, new phone, a restart of the journal's keeper; officials see the truth meanwhile."""
    assert (await desk.decide("f", type="freeze_public", race="relay")).status_code == 202
    await desk.board(lambda board: bool(board["frozen"]))
    before, phone = await seen(desk), await streamed(desk)
    assert "Classement figé depuis" in before["/fr/"].decode()
    async with Phone(f"ws://127.0.0.1:{desk.served.port}/api/v1/races/relay/stream") as watching:
        held = json.loads(await watching.socket.recv())
        await finish(desk)
        truth = await as_official(desk, first_is("12"))
        assert (truth["frozen"], truth["state"]) == (True, "provisional")
        team = await desk.get("races/relay/teams/12", official=True)
        assert (len(team["laps"]), team["place"]) == (2, 1)
        results = await desk.http.get("/api/v1/races/relay/results.csv", headers=desk.official)
        assert results.text.splitlines()[1].startswith("1,12,")
        assert (await seen(desk), await streamed(desk)) == (before, phone)
        desk.served.children()["ingest"].kill()
        await as_official(desk, first_is("12"))
        await desk.ready(True)
        after = await seen(desk)
        assert [each for each in before if after[each] != before[each]] == []
        assert await streamed(desk) == phone
        assert (await desk.decide("r", type="reveal_public", race="relay")).status_code == 202
        board = await desk.board(lambda board: not board["frozen"])
        assert first_is("12")(board)
        told = await until_state(watching)
    news = [each for each in told if each["type"] == "changes"]
    assert all(each["version"] == held["version"] and not each["standings"] for each in news[:-1])
    assert (news[-1]["standings"][0]["bib"], told[-1]["frozen"]) == ("12", False)
    assert (await desk.get("races/relay/teams/12"))["place"] == 1


async def test_a_result_becomes_official_by_two_officials_and_is_corrected_in_a_new_edition(desk: Desk) -> None:
    """T86, T87: refused with the list of what is open, pending, confirmed, corrected; every phone is told."""
    early = await desk.decide("p-0", type="publish_official", race="relay")
    assert (early.status_code, early.json()["open"][0]["what"]) == (422, "state")
    await finish(desk)
    await desk.board(lambda board: bool(board["state"] == "provisional"))
    first = await desk.decide("p-1", type="publish_official", race="relay")
    assert (first.status_code, first.json()["pending"]) == (202, True)
    assert [each["pending"] for each in (await desk.get("decisions", official=True))["decisions"]] == [True]
    own = await desk.decide("p-2", type="publish_official", race="relay", confirms="p-1")
    assert own.status_code == 422 and "another official" in own.json()["detail"]
    jan = desk.token("official", "jan")
    second = await desk.decide("p-3", jan, type="publish_official", race="relay", confirms="p-1")
    assert (second.status_code, "pending" in second.json()) == (202, False)
    board = await desk.board(lambda board: bool(board["state"] == "official"))
    assert (board["edition"], board["provisional_since_ms"]) == (1, GUN_MS + 1_403_000)
    async with Phone(f"ws://127.0.0.1:{desk.served.port}/api/v1/races/relay/stream") as phone:
        await phone.socket.recv()
        await desk.decide("a", type="adjust_time", race="relay", bib="12", by_ms=60_000, reason="cut the corner")
        told = (await until_state(phone))[-1]
        assert (told["state"], told["edition"]) == ("official", 2)
    results = await desk.get("races/relay/results.json")
    assert (results["state"], results["edition"], results["results"][0]["bib"]) == ("official", 2, "7")
    page = await desk.http.get("/fr/results/relay")
    assert "Officiel, 16:53, version 2" in page.text


async def test_a_blank_resets_nothing(desk: Desk) -> None:
    """T89: a gun without its instant is refused by name."""
    for gun in ({}, {"gun_at_ms": None}, {"gun_at_ms": ""}):
        answer = await desk.decide("g", type="fire_gun", race="relay", **gun)
        assert answer.status_code == 422 and "gun_at_ms" in answer.json()["detail"]
    assert (await desk.get("races/relay/standings"))["gun_ms"] == GUN_MS
