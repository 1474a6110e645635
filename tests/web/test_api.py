"""The public API over boards that were heard: shapes, filters, refusals."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any

import httpx
import pytest

from live.boards import Boards
from live.messages.boards import BoardChanges, BoardPage, Forecast
from live.messages.services import BrokerHealth, Canary, Health
from live.web.answers import Refused
from live.web.state import WebState
from tests.web.conftest import GUN_MS, HIDDEN, Keeper, board_rows, entry, head, race, row

STANDINGS = "/api/v1/races/relay/standings"

TEAM: dict[str, Any] = {
    "race": "relay",
    "version": 12,
    "bib": "007",
    "team": "Lutosa A",
    "company": "Company",
    "category": "women",
    "status": "finished",
    "place": 2,
    "runners": [{"runner": "A"}, {"runner": "B"}],
    "laps": [],
    "crossings": [
        {
            "device": "mat-line",
            "epoch": "9f2c",
            "seq": 4,
            "runner": "B",
            "point": "line",
            "lap": None,
            "at_ms": GUN_MS + 500_000,
            "verdict": "ignored",
            "reason": {"code": "waiting", "lap": 2},
        }
    ],
    "doubts": [{"id": "x", "kind": "late_crossing", "bib": "007", "lap": 2, "runner": "B", "repair": None}],
    "next": None,
    "finish": None,
}


def bibs(answer: httpx.Response) -> list[str]:
    """The bibs of a board in the order of the list."""
    return [standing["bib"] for standing in answer.json()["standings"]]


def column(answer: httpx.Response, name: str) -> list[Any]:
    """One member of each standing."""
    return [standing[name] for standing in answer.json()["standings"]]


# --- the event --------------------------------------------------------------------------------------------------


async def test_event_names_its_races_and_courses(web: httpx.AsyncClient) -> None:
    told = (await web.get("/api/v1/event")).json()
    assert told["event"]["id"] == "web-test" and told["event"]["languages"] == ["fr", "nl", "en"]
    assert [race["race"] for race in told["races"]] == ["relay", "short"]
    assert told["races"][0]["entries"] == 5 and told["races"][0]["laps_total"] == 2
    assert told["courses"][0]["points"] == [{"id": "line", "at_m": 0}, {"id": "km1", "at_m": 1000}]


async def test_event_follows_the_state_of_a_race(web: httpx.AsyncClient, state: WebState) -> None:
    assert (await web.get("/api/v1/event")).json()["races"][0]["state"] == "running"
    state.boards.hear(head("relay", 20, 5, frozen=True))
    assert (await web.get("/api/v1/event")).json()["races"][0]["frozen"] is True


async def test_only_while_frozen_an_official_is_told_what_others_are_not(
    web: httpx.AsyncClient, state: WebState, keeper: Keeper
) -> None:
    """T90: with his token, kept by no cache; a stranger's token is worth nothing."""
    judge = {"Authorization": "Bearer judge-token"}
    assert bibs(await web.get(STANDINGS, headers=judge))[0] == "7"
    assert keeper.asked == []
    state.boards.hear(head("relay", 20, 5, frozen=True))
    first = replace(board_rows()[1], key=(-9,))
    keeper.answers["board"] = {"head": asdict(head("relay", 30, 5, frozen=True)), "rows": [asdict(first)]}
    told = await web.get(STANDINGS, headers=judge)
    assert (bibs(told), told.json()["version"]) == (["007"], 30)
    assert told.headers["Cache-Control"] == "no-store"
    assert "ETag" not in told.headers
    assert keeper.asked == [("board", {"race": "relay", "official": "1"})]
    for other in ({}, {"Authorization": "Bearer hand-token"}, {"Authorization": "Bearer x"}):
        assert bibs(await web.get(STANDINGS, headers=other))[0] == "7"
    assert len(keeper.asked) == 1


# --- standings --------------------------------------------------------------------------------------------------


async def test_standings_are_in_order_with_places_and_gaps(web: httpx.AsyncClient) -> None:
    """T67: equal times share the place."""
    answer = await web.get(STANDINGS)
    assert bibs(answer) == ["7", "007", "12", "30", "21"]
    assert column(answer, "place") == [1, 2, 3, 3, None]
    assert column(answer, "gap_ms") == [0, 20_998, 19_999, 19_999, None]
    assert answer.json()["version"] == 14 and answer.json()["count"] == 5


async def test_head_cuts_the_list_and_count_tells_all(web: httpx.AsyncClient) -> None:
    answer = await web.get(STANDINGS, params={"head": 2})
    assert bibs(answer) == ["7", "007"]
    assert answer.json()["count"] == 5


async def test_a_category_has_places_and_gaps_of_its_own(web: httpx.AsyncClient) -> None:
    answer = await web.get(STANDINGS, params={"category": "women"})
    assert bibs(answer) == ["007", "30"]
    assert column(answer, "place") == [1, 2]
    assert column(answer, "gap_ms") == [0, 10_000]
    assert answer.json()["count"] == 2


@pytest.mark.parametrize(("sex", "expected"), [("F", ["007", "30"]), ("m", ["12"]), ("X", ["7", "21"])])
async def test_a_sex_has_a_list_of_its_own(web: httpx.AsyncClient, sex: str, expected: list[str]) -> None:
    assert bibs(await web.get(STANDINGS, params={"sex": sex})) == expected


async def test_a_category_that_nobody_has_is_an_empty_list(web: httpx.AsyncClient) -> None:
    answer = await web.get(STANDINGS, params={"category": "veterans"})
    assert bibs(answer) == [] and answer.json()["count"] == 0


@pytest.mark.parametrize(
    "asked", ["head=0", "head=x", "head=-1", "head=٣", "sex=Q", "at_ms=noon", "at_ms=99999999999999999", "known=1"]
)
async def test_a_question_without_sense_is_refused(web: httpx.AsyncClient, asked: str) -> None:
    answer = await web.get(f"{STANDINGS}?{asked}")
    assert answer.status_code == 422
    assert asked.partition("=")[0] in answer.json()["detail"]


async def test_a_board_that_was_not_heard_whole_is_not_shown(web: httpx.AsyncClient, state: WebState) -> None:
    state.boards = Boards(state.event)
    state.boards.hear(head("relay", 14, 5))
    for path in (STANDINGS, "/api/v1/races/relay/laps", "/api/v1/races/relay/results.csv"):
        answer = await web.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "2"


async def test_a_board_of_the_past_is_asked_of_ingest_and_ranked_here(web: httpx.AsyncClient, keeper: Keeper) -> None:
    rows = [row("007", 4, 810_000), row("7", 3, 800_001), row("12", 1)]
    keeper.answers["board_at"] = {"head": asdict(head("relay", 4, 5)), "rows": [asdict(each) for each in rows]}
    answer = await web.get(STANDINGS, params={"at_ms": GUN_MS, "known": 1, "head": 2})
    assert keeper.asked == [("board_at", {"race": "relay", "at_ms": str(GUN_MS), "known": "1"})]
    assert bibs(answer) == ["7", "007"]
    assert answer.json()["count"] == 3 and answer.json()["version"] == 4


# --- a team -----------------------------------------------------------------------------------------------------


async def test_a_team_says_in_three_languages_why_a_passage_does_not_count(
    web: httpx.AsyncClient, keeper: Keeper
) -> None:
    keeper.answers["team"] = TEAM
    told = (await web.get("/api/v1/races/relay/teams/%20007%20")).json()
    assert keeper.asked == [("team", {"race": "relay", "bib": "007"})]
    assert told["crossings"][0]["reason"] == {
        "code": "waiting",
        "lap": 2,
        "fr": "attend le tour 2",
        "nl": "wacht op ronde 2",
        "en": "waits for lap 2",
    }
    assert set(told["doubts"][0]["text"]) == {"fr", "nl", "en"}


async def test_a_team_shows_its_runners_as_they_allow(web: httpx.AsyncClient, keeper: Keeper) -> None:
    keeper.answers["team"] = TEAM
    told = (await web.get("/api/v1/races/relay/teams/007")).json()
    assert told["runners"] == [{"runner": "A", "name": "A. D."}, {"runner": "B", "name": ""}]


async def test_an_unknown_bib_comes_with_those_that_look_alike(web: httpx.AsyncClient, keeper: Keeper) -> None:
    """T19: a suggestion, never automatic."""
    answer = await web.get("/api/v1/races/relay/teams/03")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["near"] == ["30"]
    assert (await web.get("/api/v1/races/relay/teams/99")).json()["races"] == ["short"]
    assert keeper.asked == []


async def test_leading_zeros_tell_bibs_apart(web: httpx.AsyncClient) -> None:
    """T18: 07 is neither 7 nor 007, but both are near."""
    assert (await web.get("/api/v1/races/relay/teams/07")).json()["near"] == ["7", "007"]


async def test_a_team_cannot_be_told_while_ingest_is_away(web: httpx.AsyncClient, keeper: Keeper) -> None:
    keeper.away = True
    answer = await web.get("/api/v1/races/relay/teams/7")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/problem+json" and answer.headers["Retry-After"]


async def test_what_ingest_refuses_is_passed_on(web: httpx.AsyncClient, keeper: Keeper) -> None:
    keeper.refuse = Refused(422, "`before` is no number")
    answer = await web.get("/api/v1/races/relay/teams/7")
    assert (answer.status_code, answer.json()["detail"]) == (422, "`before` is no number")


# --- who is expected -----------------------------------------------------------------------------------------------

ARRIVALS = "/api/v1/races/relay/arrivals"
TO_KM1 = Forecast(GUN_MS + 1_850_000, 39_500, "km1")
TO_LINE = Forecast(GUN_MS + 1_600_000, 60_000, "line")


@pytest.fixture
def under_way(state: WebState) -> WebState:
    """12 on its way to km 1, 30 long overdue at the line, where 21 has not been seen at all."""
    rows = [
        row("12", 15, 1_700_000, next=TO_KM1),
        row("30", 15, 820_000, next=TO_LINE),
        row("21", 15, next=Forecast(GUN_MS + 1_790_000, 300_000, "line")),
    ]
    state.boards.hear(BoardChanges(head("relay", 15, 5, gun_ms=GUN_MS), 14, tuple(rows)))
    return state


async def test_arrivals_are_in_order_with_who_is_overdue_and_where_to_draw_them(
    web: httpx.AsyncClient, under_way: WebState
) -> None:
    told = (await web.get(ARRIVALS)).json()
    assert {name: told[name] for name in ("race", "version", "as_of_ms")} == {
        "race": "relay",
        "version": 15,
        "as_of_ms": GUN_MS + 1_800_000,
    }
    assert [each["bib"] for each in told["arrivals"]] == ["30", "21", "12"]
    late, _, coming = told["arrivals"]
    assert coming == {
        "bib": "12",
        "team": "Lutosa B",
        "point": "km1",
        "lap": None,
        "at_ms": GUN_MS + 1_850_000,
        "error_ms": 39_500,
        "overdue": False,
        "overdue_since_ms": None,
        "position_m": 666,
    }
    assert (late["lap"], late["overdue"], late["position_m"]) == (2, True, None)
    assert late["overdue_since_ms"] == GUN_MS + 820_000 + 780_000 * 5 // 4


@pytest.mark.parametrize(
    ("asked", "expected"), [("point=line", ["30", "21"]), ("point=km1", ["12"]), ("limit=1", ["30"])]
)
async def test_arrivals_at_one_point_or_only_the_first(
    web: httpx.AsyncClient, under_way: WebState, asked: str, expected: list[str]
) -> None:
    assert [each["bib"] for each in (await web.get(f"{ARRIVALS}?{asked}")).json()["arrivals"]] == expected


async def test_fifty_arrivals_are_told_unless_more_are_asked(web: httpx.AsyncClient, state: WebState) -> None:
    entries = tuple(entry(n, str(n + 1), "Team", "mixed", ("F", "M")) for n in range(60))
    event = replace(state.event, races=(race("relay", entries),))
    boards = Boards(event)
    boards.hear(head("relay", 15, 60))
    rows = tuple(row(each.bib, 15, 1_700_000, next=TO_KM1) for each in entries)
    boards.hear(BoardPage("relay", "journal-1", 0, rows, 15))
    state.event, state.boards = event, boards
    assert [each["bib"] for each in (await web.get(ARRIVALS)).json()["arrivals"]] == [str(n + 1) for n in range(50)]
    assert len((await web.get(ARRIVALS, params={"limit": 1000})).json()["arrivals"]) == 60


@pytest.mark.parametrize("asked", ["limit=0", "limit=1001", "limit=x", "point=km9", "point="])
async def test_arrivals_that_cannot_be_are_refused(web: httpx.AsyncClient, asked: str) -> None:
    answer = await web.get(f"{ARRIVALS}?{asked}")
    assert answer.status_code == 422
    assert asked.startswith("limit") or answer.json()["points"] == ["line", "km1"]


async def test_arrivals_follow_the_clock_and_are_the_same_within_a_second(
    web: httpx.AsyncClient, under_way: WebState
) -> None:
    first = await web.get(ARRIVALS)
    under_way.wall_ms = lambda: GUN_MS + 1_800_999
    again = await web.get(ARRIVALS, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    under_way.wall_ms = lambda: GUN_MS + 1_801_000
    later = await web.get(ARRIVALS, headers={"If-None-Match": first.headers["ETag"]})
    assert later.json()["arrivals"][2]["position_m"] == 673


async def test_nobody_is_expected_while_the_board_is_frozen(web: httpx.AsyncClient, under_way: WebState) -> None:
    """T90."""
    under_way.boards.hear(BoardChanges(head("relay", 16, 5, gun_ms=GUN_MS, frozen=True), 15, ()))
    told = (await web.get(ARRIVALS)).json()
    assert (told["version"], told["arrivals"]) == (16, [])


async def test_of_a_race_without_places_nobody_is_named(web: httpx.AsyncClient, under_way: WebState) -> None:
    """Who is still out is for officials."""
    board = under_way.boards.by_race["relay"]
    board.race = replace(board.race, ranked=False)
    assert (await web.get(ARRIVALS)).json()["arrivals"] == []


# --- laps and results -------------------------------------------------------------------------------------------


async def test_the_lap_chart_has_each_lap_in_order(web: httpx.AsyncClient) -> None:
    laps = (await web.get("/api/v1/races/relay/laps")).json()["laps"]
    assert [lap["lap"] for lap in laps] == [1, 2]
    assert [(each["bib"], each["place"]) for each in laps[0]["rows"]] == [("7", 1), ("007", 2), ("12", 3), ("30", 3)]
    assert laps[1]["rows"][1] == {
        "bib": "007",
        "place": 2,
        "elapsed_ms": 1_610_999,
        "lap_ms": 800_999,
        "quality": "measured",
        "lap_quality": "measured",
    }


def records(answer: httpx.Response) -> list[dict[str, str]]:
    """The rows of a CSV by column."""
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


async def test_results_as_csv_have_the_columns_of_the_contract(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/races/relay/results.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.splitlines()[0].decode() == (
        "place,bib,team,company,category,status,laps,time,time_ms,gap_ms,lap1_ms,lap2_ms,quality,state,version"
    )
    first, second = records(answer)[:2]
    assert (second["bib"], second["time"], second["time_ms"]) == ("007", "26:51", "1610999")
    assert (first["state"], first["version"], first["lap2_ms"]) == ("running", "14", "790000")


async def test_no_cell_of_the_csv_is_a_formula(web: httpx.AsyncClient, state: WebState) -> None:
    """What an entry is called reaches spreadsheets as text (OWASP ASVS 1.2.10)."""
    teams = [each["team"] for each in records(await web.get("/api/v1/races/relay/results.csv"))]
    assert "'=1+1 & Cie" in teams
    assert not any(team.startswith(("=", "+", "-", "@", "\t", "\r")) for team in teams)


async def test_csv_json_and_standings_tell_the_same_at_one_version(web: httpx.AsyncClient) -> None:
    """T107: equal rank, equal time, equal name."""
    sheet = records(await web.get("/api/v1/races/relay/results.csv?category=women"))
    listed = (await web.get("/api/v1/races/relay/results.json?category=women")).json()
    board = (await web.get(STANDINGS, params={"category": "women"})).json()

    def same(rows: Iterable[dict[str, Any]]) -> list[list[str]]:
        members = ("place", "bib", "team", "status", "laps", "time_ms", "gap_ms", "quality")
        return [["" if each[name] is None else str(each[name]) for name in members] for each in rows]

    assert same(sheet) == same(listed["results"]) == same(board["standings"])
    assert listed["version"] == board["version"] == int(sheet[0]["version"])
    assert [each["time"] for each in sheet] == [each["time"] for each in listed["results"]]


async def test_results_in_another_format_say_which_there_are(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/races/relay/results.docx")
    assert (answer.status_code, answer.json()["formats"]) == (404, ["csv", "json", "xlsx", "pdf"])


async def test_a_company_without_a_place_is_told_why(web: httpx.AsyncClient, state: WebState) -> None:
    """T78: the reason in three languages, with what it has and what it needs."""
    board = state.boards.by_race["relay"]
    board.race = replace(board.race, companies_count=3)
    (company,) = (await web.get("/api/v1/races/relay/honours")).json()["companies"]
    assert (company["place"], company["bibs"], company["needed"]) == (None, ["7", "007"], 3)
    assert company["reason"] == {
        "code": "too_few_teams",
        "fr": "Équipes classées\u00a0: 2 sur 3",
        "nl": "Ploegen met een tijd: 2 van 3",
        "en": "Teams with a time: 2 of 3",
    }


# --- what nobody may read ---------------------------------------------------------------------------------------


async def test_a_hidden_name_is_in_no_answer(web: httpx.AsyncClient, keeper: Keeper) -> None:
    """T91: not in a page of the API, whoever asks."""
    keeper.answers = {
        "team": TEAM,
        "board_at": {"head": asdict(head("relay", 14, 5)), "rows": [asdict(each) for each in board_rows()]},
        "passages": {"passages": TEAM["crossings"], "next": None},
        **{each: {each: []} for each in ("decisions", "devices", "rejected")},
        "doubts": {"doubts": TEAM["doubts"]},
    }
    paths = [
        "/api/v1/event",
        *(f"/api/v1/races/relay/{each}" for each in ("standings", "standings?at_ms=1", "laps", "teams/7")),
        *(f"/api/v1/races/relay/{each}" for each in ("results.csv", "results.json", "teams/nobody")),
        *(f"/api/v1/races/relay/{each}" for each in ("honours", "prizes", "walk")),
        *(f"/api/v1/{each}" for each in ("passages", "devices", "decisions", "doubts", "rejected")),
        *("/api/v1/openapi.json", "/api/v1/asyncapi.json", "/readyz", "/metrics"),
    ]
    for path in paths:
        answer = await web.get(path, headers={"Authorization": "Bearer judge-token"})
        assert answer.status_code in (200, 404), path
        assert HIDDEN not in answer.text and "Beatrijs" not in answer.text, path


# --- errors -----------------------------------------------------------------------------------------------------


async def test_an_unknown_race_names_those_there_are(web: httpx.AsyncClient) -> None:
    answer = await web.get("/api/v1/races/relais/standings")
    told = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (told["status"], told["races"], told["title"]) == (404, ["relay", "short"], "Not found")


async def test_a_method_that_is_not_there_names_those_that_are(web: httpx.AsyncClient) -> None:
    answer = await web.delete("/api/v1/decisions")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert answer.json()["status"] == 405


async def test_an_error_of_ours_is_a_problem_document_too(web: httpx.AsyncClient, keeper: Keeper) -> None:
    keeper.answers["team"] = {}
    answer = await web.get("/api/v1/races/relay/teams/7")
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert "KeyError" not in answer.text


async def test_an_error_is_a_page_for_people_and_a_document_for_programs(web: httpx.AsyncClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path, status in (("/nowhere", 404), ("/nl/r/relay/t/7", 500)):  # ingest is told no answer: a KeyError
        answer = await web.get(path, headers=browser)
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    for path in ("/nowhere", "/api/v1/nowhere"):
        asked = browser if path.startswith("/api") else {}
        answer = await web.get(path, headers=asked)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


async def test_readiness_says_what_is_missing(web: httpx.AsyncClient, state: WebState) -> None:
    """T110: the check follows what users get."""
    assert (await web.get("/readyz")).json()["missing"] == []
    state.wall_ms = lambda: GUN_MS + 1_800_000 + 11_000
    answer = await web.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["ingest was last heard 11 s ago"]
    assert answer.json()["canary"] == {"age_ms": 11_000, "p50_ms": 40, "p95_ms": 40}
    state.others_missing = lambda: ["ingest was last heard 11 s ago", "the stream has no socket"]
    assert (await web.get("/readyz")).json()["missing"][1:] == ["the stream has no socket"]
    state.others_missing = list
    state.connected = lambda: False
    state.boards = Boards(state.event)
    assert len((await web.get("/readyz")).json()["missing"]) == 4


async def test_without_a_canary_it_is_not_ready_and_the_silent_part_is_named(
    web: httpx.AsyncClient, state: WebState
) -> None:
    now_ms = GUN_MS + 1_800_000 + 15_001
    state.wall_ms = lambda: now_ms
    state.hear_health(Health("claim", now_ms, "journal-1", 14), retained=False)
    state.broker = BrokerHealth(now_ms, taken_at_ms=now_ms - 1_000)
    answer = await web.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["the last canary came through 15 s ago: ingest hears no canary"]
    state.hear_canary(Canary("c1", 8, now_ms - 30, now_ms - 20, now_ms - 10), retained=False)
    assert (await web.get("/readyz")).json()["missing"] == []
    state.broker = BrokerHealth(now_ms, taken_at_ms=now_ms, alarm="no room on its disk")
    assert (await web.get("/readyz")).json()["missing"] == ["broker: no room on its disk"]


async def test_metrics_show_the_canary_and_the_broker(web: httpx.AsyncClient, state: WebState) -> None:
    state.broker = BrokerHealth(GUN_MS, restarts=1, counts={"publish": 3})
    lines = (await web.get("/metrics")).text.splitlines()
    assert "live_canary_age_seconds 0.0" in lines
    assert 'live_canary_latency_seconds{quantile="0.95"} 0.04' in lines
    assert 'live_broker_trespasses_total{what="publish"} 3.0' in lines
    assert "live_broker_restarts_total 1.0" in lines


async def test_metrics_show_what_was_heard(web: httpx.AsyncClient) -> None:
    lines = (await web.get("/metrics")).text.splitlines()
    assert "live_passages_total 9.0" in lines
    assert 'live_board_version{race="relay"} 14.0' in lines
    assert "live_ready 1.0" in lines


async def test_health_answers(web: httpx.AsyncClient) -> None:
    assert json.loads((await web.get("/healthz")).content) == {"alive": True}
