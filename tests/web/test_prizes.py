"""The speaker's sheet, what was given, the alarm when a correction changes it; the walk."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from live.boards import Boards
from live.messages.boards import BoardPage
from live.messages.decisions import GivePrize, Revoke
from live.programme import Prize
from live.web.app import create_app
from live.web.state import WebState
from tests.web.conftest import GUN_MS, HIDDEN, Keeper, board_rows, entry, head, race, row
from tests.web.test_descriptions import faults, promised

SHEET = "/api/v1/races/relay/prizes"
JUDGE = {"Authorization": "Bearer judge-token"}
SPEAKER = {"Authorization": "Bearer speaker-token"}
HAND = {"Authorization": "Bearer hand-token"}
PRIZES = (
    Prize({"fr": "Toutes catégories", "en": "All teams"}, "all", 2),
    Prize({"fr": "Le tour le plus rapide de A"}, "fastest_leg:A", 1),
    Prize({"fr": "Dames"}, "category:women", 3),
)


@pytest.fixture
def state(state: WebState) -> WebState:
    """The relay has three prizes and is over: 7 and 007 have finished, 12 and 30 have retired, 21 has not started."""
    relay = replace(state.event.by_race["relay"], prizes=PRIZES)
    event = replace(state.event, races=(relay, state.event.by_race["short"]))
    boards = Boards(event)
    state = replace(state, event=event, boards=boards)
    gone = {"12": "dnf", "30": "dnf", "21": "dns"}
    rows = [replace(each, **_status(gone, each.bib)) for each in board_rows()]
    boards.hear(head("relay", 14, 5))
    boards.hear(BoardPage("relay", "journal-1", 0, tuple(rows), 0))
    boards.hear(head("short", 1, 1))
    boards.hear(BoardPage("short", "journal-1", 0, (row("99", 1),), 0))
    return state


def _status(gone: dict[str, str], bib: str) -> dict[str, Any]:
    return {"status": gone[bib], "placed": False, "key": (3, 0)} if bib in gone else {}


@pytest.fixture
def keeper(keeper: Keeper) -> Keeper:
    """No decision yet, no doubt."""
    keeper.answers = {"decisions": {"decisions": []}, "doubts": {"doubts": []}}
    return keeper


def correct(state: WebState, bib: str, version: int = 20, **members: Any) -> None:
    """A team's row changes: it is out of the ranking, if nothing else is said."""
    board = state.boards.by_race["relay"]
    out = {"status": "dsq", "placed": False, "key": (6, 0)}
    board.put((replace(board.rows[bib], version=version, **(members or out)),), version)


def decided(ruling: GivePrize, id: str = "g1", holds: bool = True) -> dict[str, Any]:
    """A decision as ingest tells it."""
    members = {"race": ruling.race, "prize": ruling.prize, "place": ruling.place}
    listed = {"bibs": list(ruling.bibs or ()), "places": None if ruling.places is None else list(ruling.places)}
    about = {"id": id, "version": 15, "by": "luc", "at_ms": GUN_MS, "reason": "", "holds": holds, "type": "give_prize"}
    return {**about, **members, **listed}


async def sheet(web: httpx.AsyncClient, headers: dict[str, str] = SPEAKER) -> list[dict[str, Any]]:
    answer = await web.get(SHEET, headers=headers)
    assert answer.status_code == 200
    listed: list[dict[str, Any]] = answer.json()["prizes"]
    return listed


# --- the sheet --------------------------------------------------------------------------------------------------


async def test_the_sheet_reads_from_the_last_place_to_the_first(web: httpx.AsyncClient) -> None:
    prizes = await sheet(web)
    assert [(each["prize"], each["name"]["fr"], each["state"]) for each in prizes] == [
        (1, "Toutes catégories", "settled"),
        (2, "Le tour le plus rapide de A", "settled"),
        (3, "Dames", "settled"),
    ]
    assert [[(each["place"], each["name"]) for each in prize["winners"]] for prize in prizes] == [
        [(2, "Lutosa A"), (1, "Ideta")],
        [(1, "Ideta")],
        [(1, "Lutosa A")],
    ]
    assert prizes[0]["winners"][0]["time"] == "26:51"


async def test_a_prize_has_the_time_of_the_list(web: httpx.AsyncClient, state: WebState) -> None:
    """T80, T107: two places within one shown second have tenths on the sheet, the podium, the feed and by lap too."""
    board = state.boards.by_race["relay"]
    board.put((row("007", 20, 810_000, 780_400),), 20)
    board.hear(replace(head("relay", 20, 5, gun_ms=GUN_MS), state="official"))
    listed = ["26:30.1", "26:30.4"]
    told = (await web.get("/api/v1/races/relay/results.json")).json()["results"]
    assert [each["time"] for each in told[:2]] == listed
    assert [each["time"] for each in (await sheet(web))[0]["winners"]] == listed[::-1]
    for path in ("/fr/podium", "/fr/results/relay", "/fr/feed", "/fr/r/relay/laps"):
        page = (await web.get(path)).text
        assert all(time in page for time in listed), path


async def test_the_sheet_calls_runners_as_they_allow(web: httpx.AsyncClient) -> None:
    """T91: of a leg its runner; a hidden name is nowhere."""
    answer = await web.get(SHEET, headers=SPEAKER)
    assert HIDDEN not in answer.text and "Beatrijs" not in answer.text
    whole, leg = answer.json()["prizes"][:2]
    assert whole["winners"][0]["teams"][0]["runners"] == [{"runner": "A", "name": "A. D."}, {"runner": "B", "name": ""}]
    assert leg["winners"][0]["teams"][0]["runners"] == [{"runner": "A", "name": "A. D."}]


async def test_the_sheet_is_for_officials_and_speakers(web: httpx.AsyncClient) -> None:
    assert await sheet(web, JUDGE) == await sheet(web, SPEAKER)
    answer = await web.get(SHEET, headers=SPEAKER)
    assert answer.headers["Cache-Control"] == "no-store"
    for headers in ({}, HAND, {"Authorization": "Bearer "}):
        refused = await web.get(SHEET, headers=headers)
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


async def test_what_waits_says_why_in_three_languages(web: httpx.AsyncClient, state: WebState) -> None:
    """T77: a doubt, an unseen runner, a rival still out."""
    correct(state, "7", status="finished", doubts=("late-crossing/relay/7/2/B",))
    correct(state, "007", status="finished", provisional=True, missing=("B",))
    correct(state, "12", status="running")
    prize = (await sheet(web))[0]
    assert prize["state"] == "waits"
    assert [(each["code"], each["bibs"]) for each in prize["waits"]] == [
        ("rivals", ["12"]),
        ("provisional", ["007"]),
        ("doubt", ["7"]),
    ]
    assert prize["waits"][2]["text"] == {
        "fr": "Les officiels doivent encore trancher\u00a0: 7",
        "nl": "De officials moeten nog beslissen: 7",
        "en": "To be settled by the officials: 7",
    }


async def test_the_sheet_of_a_large_race_is_the_same(
    web: httpx.AsyncClient, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is worked out from a picture of the board, beside the event loop."""
    small = await sheet(web)
    monkeypatch.setattr("live.web.prizes.LARGE", 0)
    assert await sheet(web) == small
    await web.post("/api/v1/decisions", json=giving(), headers=SPEAKER)
    assert keeper.decisions[0].ruling == GivePrize("relay", 1, None, ("7", "007"), (1, 2))


async def test_sheet_and_walk_are_as_described(
    web: httpx.AsyncClient, walk: httpx.AsyncClient, keeper: Keeper, state: WebState
) -> None:
    keeper.answers["decisions"] = {"decisions": [decided(GivePrize("relay", 1, None, ("7", "007"), (1, 2)))]}
    correct(state, "7", status="finished", doubts=("x",), key=(9, 9))
    told = (await web.get(SHEET, headers=JUDGE)).json()
    assert told["prizes"][0]["waits"] and told["prizes"][0]["given"][0]["changed"]
    assert faults(told, promised("/api/v1/races/{race}/prizes", "get", 200, "application/json")) == []
    told = (await walk.get("/api/v1/races/walk/walk", headers=JUDGE)).json()
    assert faults(told, promised("/api/v1/races/{race}/walk", "get", 200, "application/json")) == []
    assert faults({**told, "back": None}, promised("/api/v1/races/{race}/walk", "get", 200, "application/json")) != []


# --- giving -----------------------------------------------------------------------------------------------------


def giving(**members: Any) -> dict[str, Any]:
    return {"v": 1, "id": "g1", "type": "give_prize", "race": "relay", "prize": 1, **members}


async def test_a_prize_is_remembered_as_it_was_given(web: httpx.AsyncClient, keeper: Keeper) -> None:
    """T88: the server fills in who holds it, so that it stands in the journal."""
    answer = await web.post("/api/v1/decisions", json=giving(), headers=SPEAKER)
    assert answer.status_code == 202
    await web.post("/api/v1/decisions", json=giving(id="g2", place=2), headers=JUDGE)
    await web.post("/api/v1/decisions", json=giving(id="g3", place=1, bibs=[" 12 "]), headers=JUDGE)
    assert [(each.by, each.ruling) for each in keeper.decisions] == [
        ("luc", GivePrize("relay", 1, None, ("7", "007"), (1, 2))),
        ("marie", GivePrize("relay", 1, 2, ("007",), None)),
        ("marie", GivePrize("relay", 1, 1, ("12",), None)),
    ]


async def test_a_place_that_nobody_holds_is_given_to_nobody(web: httpx.AsyncClient, keeper: Keeper) -> None:
    answer = await web.post("/api/v1/decisions", json=giving(prize=3, place=2), headers=SPEAKER)
    assert answer.status_code == 422
    assert "nobody holds place 2 of prize 3" in answer.json()["detail"]
    assert keeper.decisions == []


@pytest.mark.parametrize(("member", "value"), [("bibs", "12"), ("bibs", [7]), ("bibs", [""]), ("places", [1.5])])
async def test_a_list_of_bibs_is_a_list_of_texts(
    web: httpx.AsyncClient, keeper: Keeper, member: str, value: object
) -> None:
    """T20."""
    answer = await web.post("/api/v1/decisions", json=giving(**{member: value}), headers=JUDGE)
    assert (answer.status_code, keeper.decisions) == (422, [])
    assert member in answer.json()["detail"]


async def test_a_speaker_gives_prizes_and_decides_nothing_else(web: httpx.AsyncClient, keeper: Keeper) -> None:
    keeper.answers["decisions"] = {"decisions": [decided(GivePrize("relay", 1, 1, ("7",))), {**PENALTY, "id": "p1"}]}
    for body in (PENALTY, {"id": "r", "type": "revoke", "decision": "p1"}):
        answer = await web.post("/api/v1/decisions", json=body, headers=SPEAKER)
        assert (answer.status_code, "give_prize" in answer.json()["detail"]) == (403, True)
    assert keeper.decisions == []
    taken_back = {"id": "r", "type": "revoke", "decision": "g1"}
    assert (await web.post("/api/v1/decisions", json=taken_back, headers=SPEAKER)).status_code == 202
    assert keeper.decisions[0].ruling == Revoke("g1")


PENALTY = {"id": "p0", "type": "adjust_time", "race": "relay", "bib": "7", "by_ms": 1, "holds": True}


async def test_a_correction_of_a_prize_already_given_alarms_officials_and_speaker(
    web: httpx.AsyncClient, keeper: Keeper, state: WebState
) -> None:
    """T88: on the sheet, and among the doubts; with the bibs that it was given to and those that hold it now."""
    keeper.answers["decisions"] = {"decisions": [decided(GivePrize("relay", 1, None, ("7", "007"), (1, 2)))]}
    assert [each["changed"] for each in (await sheet(web))[0]["given"]] == [None, None]
    assert (await web.get("/api/v1/doubts", headers=JUDGE)).json()["doubts"] == []
    correct(state, "7")
    first, second = (await sheet(web))[0]["given"]
    assert (first["place"], first["bibs"], first["by"], first["decision"]) == (1, ["7"], "luc", "g1")
    assert first["changed"] == {
        "given": ["7"],
        "now": ["007"],
        "text": {
            "fr": "Toutes catégories, place 1\u00a0: prix remis à 7 (Ideta), "
            "mais la place revient désormais à 007 (Lutosa A)",
            "nl": "Toutes catégories, plaats 1: uitgereikt aan 7 (Ideta), maar de plaats is nu voor 007 (Lutosa A)",
            "en": "All teams, place 1: handed to 7 (Ideta), but the place is now that of 007 (Lutosa A)",
        },
    }
    assert second["changed"]["now"] == []
    assert "plus personne n’occupe cette place" in second["changed"]["text"]["fr"]
    (doubt,) = (await web.get("/api/v1/doubts", headers=JUDGE)).json()["doubts"]
    assert (doubt["id"], doubt["kind"], doubt["race"]) == ("prize-changed-relay-1", "prize_changed", "relay")
    assert doubt["changed"][0] == {"place": 1, "given": ["7"], "now": ["007"]}
    assert doubt["text"]["en"].startswith("All teams, place 1: handed to 7 (Ideta)")


async def test_a_giving_that_was_revoked_never_was(web: httpx.AsyncClient, keeper: Keeper, state: WebState) -> None:
    """T88."""
    keeper.answers["decisions"] = {"decisions": [decided(GivePrize("relay", 1, 1, ("7",)), holds=False)]}
    correct(state, "7")
    assert (await sheet(web))[0]["given"] == []
    assert (await web.get("/api/v1/doubts", headers=JUDGE)).json()["doubts"] == []


async def test_an_event_without_prizes_asks_for_no_decisions(web: httpx.AsyncClient, keeper: Keeper) -> None:
    assert (await web.get("/api/v1/races/short/prizes", headers=JUDGE)).json()["prizes"] == []


# --- the walk ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def walk(state: WebState) -> httpx.AsyncClient:
    """A walk of four: one is back, two are out, of whom one was seen, one has retired."""
    walkers = tuple(replace(entry(n, str(n + 1), f"Walker {n + 1}", "", ("F", "F")), race="walk") for n in range(4))
    course = replace(race("walk", walkers), ranked=False)
    event = replace(state.event, races=(*state.event.races, course))
    boards = Boards(event)
    boards.hear(head("walk", 14, 4))
    rows = (
        row("1", 1, 800_000, status="finished", placed=False),
        row("2", 1, status="running", point="km1"),
        row("3", 1, status="running"),
        row("4", 1, status="dnf"),
    )
    boards.hear(BoardPage("walk", "journal-1", 0, rows, 0))
    transport = httpx.ASGITransport(create_app(replace(state, event=event, boards=boards)), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://live.test")


COUNTS = {
    "entries": 4,
    "started": 4,
    "back": 1,
    "still_out": 2,
    "unseen": 1,
    "retired": 1,
    "not_started": 0,
    "absent": 0,
    "last_back_at_ms": GUN_MS + 800_000,
}


async def test_who_is_still_out_is_a_number_for_the_public(walk: httpx.AsyncClient) -> None:
    """T65: no list, no names."""
    answer = await walk.get("/api/v1/races/walk/walk")
    assert answer.json() == {"race": "walk", "version": 14, "state": "running", **COUNTS}
    assert "Authorization" in answer.headers["Vary"] and answer.headers["ETag"]
    spoken = await walk.get("/api/v1/races/walk/walk", headers=SPEAKER)
    assert spoken.json() == answer.json()


async def test_officials_are_told_who_is_still_out(walk: httpx.AsyncClient) -> None:
    """T65: a safety question."""
    answer = await walk.get("/api/v1/races/walk/walk", headers=JUDGE)
    assert answer.json()["bibs_out"] == ["2", "3"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await walk.get("/api/v1/races/walk/walk", headers=HAND)).status_code == 401


async def test_page_and_api_count_alike(walk: httpx.AsyncClient) -> None:
    """T107."""
    page = (await walk.get("/fr/r/walk")).text.replace("\u00a0", " ")
    assert "1 rentrés sur 4" in page or "1 rentré sur 4" in page
    assert "Encore en route : 2" in page
    assert "Walker" not in page
