"""The API as programs use it, through `live serve`: passages and decisions in, boards and reasons out."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest

from live.bus import Bus, BusLink
from live.wire import Outgoing, Topics
from tests.conftest import DEADLINE_S
from tests.end_to_end.conftest import GUN_MS, LAP_MS, Desk, finished, keep_away
from tests.serving import live
from tests.web.conftest import HIDDEN


async def test_passages_become_places_times_and_reasons(desk: Desk) -> None:
    board = await desk.board(finished)
    first, second, third = board["standings"]
    assert (first["bib"], first["place"], first["time_ms"], first["lap_times_ms"]) == (
        "7",
        1,
        1_403_000,
        [LAP_MS, 703_000],
    )
    assert (second["bib"], second["place"], second["laps"], second["gap_ms"]) == ("12", 2, 1, 9_000)
    assert (third["bib"], third["laps"]) == ("007", 0)
    team = await desk.get("races/relay/teams/7")
    assert team["runners"] == [{"runner": "A", "name": "A. D."}, {"runner": "B", "name": ""}]
    assert [lap["elapsed_ms"] for lap in team["laps"]] == [LAP_MS, 1_403_000]
    assert {crossing["verdict"] for crossing in team["crossings"]} == {"counted"}
    assert team["crossings"][0]["reason"]["fr"] == "compte pour le tour 1"
    laps = await desk.get("races/relay/laps")
    assert [[row["bib"] for row in lap["rows"]] for lap in laps["laps"]] == [["7", "12"], ["7"]]


async def test_the_board_of_an_earlier_instant_is_still_to_be_had(desk: Desk) -> None:
    await desk.board(finished)
    path = f"races/relay/standings?at_ms={GUN_MS + LAP_MS + 1}"
    board = await desk.get(path)
    assert [(row["bib"], row["laps"]) for row in board["standings"]] == [("7", 1), ("12", 0), ("007", 0)]
    assert (await desk.get(f"{path}&known=1"))["standings"][0]["laps"] == 0, "in 2016 nothing had been heard yet"


async def test_a_decision_is_accepted_once_shown_and_listed(desk: Desk) -> None:
    await desk.board(finished)
    penalty: dict[str, Any] = {
        "type": "adjust_time",
        "race": "relay",
        "bib": "7",
        "by_ms": 30_000,
        "reason": "cut the corner",
    }
    accepted = await desk.decide("d-1", **penalty)
    assert accepted.status_code == 202
    again = await desk.decide("d-1", **penalty)
    assert (again.status_code, again.json()) == (202, accepted.json())
    board = await desk.board(lambda board: board["standings"][0]["time_ms"] == 1_433_000)
    assert board["version"] == accepted.json()["version"]
    (listed,) = (await desk.get("decisions", official=True))["decisions"]
    assert (listed["id"], listed["by"], listed["reason"], listed["holds"]) == ("d-1", "marie", "cut the corner", True)
    assert (await desk.decide("d-2", type="revoke", decision="d-1")).status_code == 202
    await desk.board(lambda board: board["standings"][0]["time_ms"] == 1_403_000)


async def test_a_prize_that_was_given_and_then_changed_is_told(desk: Desk) -> None:
    """T88: the speaker gives it, an official disqualifies the team, and both are told."""
    speaker = desk.token("speaker", "luc")
    await desk.board(finished)
    given = await desk.decide("g-1", speaker, type="give_prize", race="relay", prize=1)
    assert given.status_code == 202, given.text
    (listed,) = (await desk.get("decisions", official=True))["decisions"]
    assert (listed["type"], listed["by"], listed["bibs"], listed["places"]) == ("give_prize", "luc", ["7"], [1])
    assert await of_prizes(desk) == []
    assert (await desk.decide("d-1", type="set_status", race="relay", bib="7", status="dsq")).status_code == 202
    await desk.board(lambda board: board["standings"][-1]["status"] == "dsq")
    (doubt,) = await of_prizes(desk)
    assert doubt["text"]["en"].startswith("First prize, place 1: handed to 7 (Ideta)")
    sheet = (await desk.http.get("/api/v1/races/relay/prizes", headers=speaker)).json()
    assert sheet["prizes"][0]["given"][0]["changed"]["given"] == ["7"]
    assert (await desk.decide("d-2", speaker, type="revoke", decision="d-1")).status_code == 403
    assert (await desk.decide("g-2", speaker, type="revoke", decision="g-1")).status_code == 202
    assert await of_prizes(desk) == []


async def of_prizes(desk: Desk) -> list[dict[str, Any]]:
    """Return the doubts about prizes that were given; there are others, of who was never seen."""
    doubts = (await desk.get("doubts", official=True))["doubts"]
    return [doubt for doubt in doubts if doubt["kind"] == "prize_changed"]


async def test_a_decision_on_what_has_changed_meanwhile_is_refused(desk: Desk) -> None:
    """T84."""
    await desk.board(finished)
    seen = (await desk.get("races/relay/teams/12"))["version"]
    status: dict[str, Any] = {"type": "set_status", "race": "relay", "bib": "12", "base_version": seen}
    assert (await desk.decide("d-1", **status, status="dnf")).status_code == 202
    late = await desk.decide("d-2", desk.token("official", "jan"), **status, status="dsq")
    assert late.status_code == 409
    assert late.headers["Content-Type"] == "application/problem+json" and "marie" in late.json()["detail"]
    unknown = await desk.decide("d-3", type="set_status", race="relay", bib="99", status="dnf")
    assert unknown.status_code == 422 and "99" in unknown.json()["detail"]


async def test_a_revoked_token_opens_nothing_any_more(desk: Desk) -> None:
    assert (await desk.http.get("/api/v1/doubts", headers=desk.official)).status_code == 200
    code, _, _ = await live("token", desk.served.folder, "official", "marie", "--revoke")
    assert code == 0
    assert (await desk.http.get("/api/v1/doubts", headers=desk.official)).status_code == 401
    assert (await desk.decide("d-1", type="revoke", decision="x")).status_code == 401


async def test_officials_see_what_came_in_and_what_could_not_be_understood(desk: Desk) -> None:
    await desk.cross(5, ("NOBODY", 1_500_000))
    token = desk.secrets.grant("device", "mat-line")[0]
    topics = Topics("api-test")
    link = BusLink("127.0.0.1", desk.served.mqtt_port, "mat-line", token, "mat-line")
    async with Bus(link, topics, []) as mat:
        mat.publish(Outgoing(topics.passages("mat-line"), b"no JSON", qos=1))
        await mat.flush()
    for _ in range(int(DEADLINE_S / 0.05)):
        rejected = await desk.get("rejected", official=True)
        if rejected["count"]:
            break
        await asyncio.sleep(0.05)
    assert "JSON" in rejected["rejected"][0]["reason"]
    passages = await desk.get("passages?limit=2", official=True)
    assert [passage["seq"] for passage in passages["passages"]] == [5, 4]
    assert passages["passages"][0]["reason"]["en"] == "nobody wears this chip"
    assert isinstance(passages["next"], str)
    for name in ("before", "next"):
        older = await desk.get(f"passages?limit=2&{name}={passages['next']}", official=True)
        assert [passage["seq"] for passage in older["passages"]] == [3, 2]
    devices = {each["device"]: each for each in (await desk.get("devices", official=True))["devices"]}
    assert devices["hand-1"]["stored"] == {"epoch": "9f2c", "through": 5}


async def test_export_csv_json_and_board_tell_the_same(desk: Desk, tmp_path: Path) -> None:
    """T107, T91: at one version, also from the journal beside the service; and no hidden name anywhere."""
    board = await desk.board(finished)
    code, out, err = await live("export", desk.served.folder, "--out", tmp_path / "out")
    assert code == 0, err
    served = {form: (await desk.http.get(f"/api/v1/races/relay/results.{form}")).text for form in ("csv", "json")}
    for form, text in served.items():
        assert (tmp_path / "out" / f"relay.{form}").read_bytes().decode() == text
    rows = list(csv.DictReader(io.StringIO(served["csv"], newline="")))
    told = [(str(row["place"] or ""), row["bib"], str(row["time_ms"] or "")) for row in board["standings"]]
    assert [(row["place"], row["bib"], row["time_ms"]) for row in rows] == told
    public = ["event", *(f"races/relay/{each}" for each in ("standings", "laps", "teams/7", "results.json"))]
    for path in public:
        assert HIDDEN not in (await desk.http.get(f"/api/v1/{path}")).text, path
    assert HIDDEN not in out + served["csv"]


async def test_passages_above_a_hole_are_confirmed_with_the_watermark_below_it(desk: Desk) -> None:
    """Seq 1 of the epoch never came: what came is durable all the same, also when it is sent again."""
    body = {"v": 1, "epoch": "holes", "passages": [{"seq": 2, "bib": "12", "at_ms": GUN_MS + 1_500_000}]}
    for _ in range(2):
        stored = await desk.http.post("/api/v1/passages", json=body, headers=desk.hand)
        assert (stored.status_code, stored.json()) == (200, {"v": 1, "epoch": "holes", "through": 0})


@pytest.mark.usefixtures("short_patience")
async def test_readiness_follows_ingest_and_boards_stay(desk: Desk) -> None:
    """T110, T96: the last good figures stay, but nobody is told that all is well."""
    await desk.board(finished)
    killing = asyncio.create_task(keep_away(desk.served, "ingest"))  # one that only hangs is replaced after 8 s
    try:
        assert (await desk.ready(False))[0].startswith("ingest was last heard 1")
        async with asyncio.timeout(DEADLINE_S):  # while its keeper comes and goes an answer may get lost on the way
            while (away := await desk.http.get("/api/v1/races/relay/teams/12")).status_code != 503:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert away.headers["Content-Type"] == "application/problem+json"
        assert (await desk.decide("d-1", type="revoke", decision="x")).status_code == 503
        assert (await desk.get("races/relay/standings"))["standings"][0]["bib"] == "7"
    finally:
        killing.cancel()
    assert await desk.ready(True) == []
    assert (await desk.get("races/relay/teams/12"))["bib"] == "12"
