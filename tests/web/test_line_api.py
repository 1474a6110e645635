"""The stream of the line: for officials and speakers, at once, and taken back where it does not hold."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx
import pytest
import pytest_asyncio

from live.messages.decisions import FreezePublic, VoidPassage
from live.strict_json import from_json
from live.web.answers import NoAnswer
from tests.conftest import DEADLINE_S
from tests.web.chromium.line_stand import LineStand
from tests.web.chromium.stand import standing
from tests.web.conftest import GUN_MS, HIDDEN, meeting
from tests.web.test_descriptions import faults, promised

LINE = "/api/v1/races/relay/line"
SPEAKER = {"Authorization": "Bearer speaker-token"}


@pytest_asyncio.fixture
async def stand() -> AsyncIterator[LineStand]:
    """The race has been on for ten minutes."""
    async with standing(LineStand(meeting(), GUN_MS + 600_000)) as serving:
        assert isinstance(serving, LineStand)
        yield serving


async def events(stand: LineStand, headers: dict[str, str]) -> AsyncGenerator[dict[str, Any], None]:
    """What the stream says, until nobody listens any more."""
    async with (
        httpx.AsyncClient(base_url=stand.url, timeout=DEADLINE_S) as client,
        client.stream("GET", LINE, headers=headers) as answer,
    ):
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        kind = ""
        async for line in answer.aiter_lines():
            kind = line.removeprefix("event: ") if line.startswith("event: ") else kind
            if line.startswith("data: "):
                yield {"event": kind, **from_json(line.removeprefix("data: "))}
                kind = ""


async def passages(told: AsyncIterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The next so many passages."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(DEADLINE_S):
        while len(found) < count:
            each = await anext(told)
            found += [each] if not each["event"] else []
    return found


async def test_the_line_is_for_officials_and_speakers(stand: LineStand) -> None:
    async with httpx.AsyncClient(base_url=stand.url) as client:
        assert (await client.get(LINE)).status_code == 401
        assert (await client.get(LINE, headers={"Authorization": "Bearer hand-token"})).status_code == 401
        nowhere = await client.get("/api/v1/races/nowhere/line", headers=SPEAKER)
        assert nowhere.status_code == 404


async def test_a_passage_is_told_raw_then_judged_then_taken_back(stand: LineStand) -> None:
    """T104; names as each runner allows (T91)."""
    before = stand.read("7A", GUN_MS + 790_000)
    async with aclosing(events(stand, SPEAKER)) as told:
        [known] = await passages(told, 1)
        assert (known["bib"], known["state"], known["lap"]) == ("7", "counted", 1)
        assert known["runners"] == [{"runner": "A", "name": "A. D."}]
        read = stand.read("12A", GUN_MS + 800_000, judged=False)
        [raw] = await passages(told, 1)
        assert (raw["bib"], raw["team"], raw["state"]) == ("12", "Lutosa B", "raw")
        assert raw["text"] == {"fr": "non confirmé", "nl": "niet bevestigd", "en": "not confirmed"}
        stand.judge()
        [counted] = await passages(told, 1)
        assert (counted["key"], counted["state"], counted["text"]["fr"]) == (raw["key"], "counted", "Tour 1/2")
        stand.rule(VoidPassage(read.device, read.epoch, read.seq))
        [gone] = await passages(told, 1)
        assert (gone["key"], gone["state"], gone["text"]["fr"]) == (raw["key"], "ignored", "annulé")
        assert HIDDEN not in str([known, raw, counted, gone])
        schema = promised("/api/v1/races/{race}/line", "get", 200, "text/event-stream")
        assert [faults(each, schema) for each in (known, raw, counted, gone)] == [[], [], [], []]
        assert before.seq != read.seq


async def test_what_one_speaker_says_the_other_hears(stand: LineStand) -> None:
    """At once, and all of it when he comes later; on the page before any script, too."""
    async with httpx.AsyncClient(base_url=stand.url, headers={"Origin": stand.url}) as luc:
        luc.cookies.set("live-session", "speaker-token")
        async with aclosing(events(stand, SPEAKER)) as told:
            assert (await anext(told))["event"] == "ready"
            answer = await luc.post("/speaker/said", data={"race": "relay", "bib": "7"})
            assert answer.status_code == 303
            async with asyncio.timeout(DEADLINE_S):
                assert await anext(told) == {"event": "said", "7": {"at_ms": GUN_MS + 600_000, "at": "16:40:00"}}
        stand.wall_ms += 60_000
        await luc.post("/speaker/said", data={"race": "relay", "bib": "12"})
        async with aclosing(events(stand, SPEAKER)) as told:
            said = await anext(told)
            assert {bib: said[bib]["at"] for bib in ("7", "12")} == {"7": "16:40:00", "12": "16:41:00"}
        assert "said at 16:40:00" in (await luc.get("/speaker/t/7?lang=en")).text
        assert (await luc.post("/speaker/said", data={"race": "relay", "bib": "999"})).status_code == 404
        luc.cookies.clear()
        await luc.post("/speaker/said", data={"race": "relay", "bib": "30"})
    assert "30" not in stand.state.shown.said["relay"]


async def test_the_line_goes_on_while_the_public_is_frozen(stand: LineStand) -> None:
    """T90: and nothing of it reaches a public address."""
    stand.rule(FreezePublic("relay"))
    async with aclosing(events(stand, SPEAKER)) as told:
        assert (await anext(told))["event"] == "ready"
        stand.read("12A", GUN_MS + 800_000)
        assert [each["state"] for each in await passages(told, 2)] == ["raw", "counted"]
    async with httpx.AsyncClient(base_url=stand.url) as client:
        for path in ("/api/v1/races/relay/standings", "/screen/main", "/overlay/tower", "/line", "/fr/"):
            shown = (await client.get(path)).text
            assert "13:20" not in shown and "800000" not in shown, path


async def test_a_token_that_is_revoked_ends_the_stream(stand: LineStand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.web.line_api.BEAT_S", 0.01)
    async with aclosing(events(stand, SPEAKER)) as told:
        assert (await anext(told))["event"] == "ready"
        monkeypatch.setattr(stand.state.secrets, "verify_speaker", lambda token: None)
        async with asyncio.timeout(DEADLINE_S):
            assert {each["event"] async for each in told} <= {"beat"}


async def test_without_ingest_the_stream_waits_for_it(stand: LineStand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(question: str, **about: str) -> dict[str, Any]:
        raise NoAnswer("away")

    monkeypatch.setattr(stand.state, "ask", nobody)
    async with aclosing(events(stand, SPEAKER)) as told:
        assert (await anext(told))["event"] == "ready"
        stand.read("12A", GUN_MS + 800_000)
        assert (await passages(told, 1))[0]["state"] == "raw"
