"""The page of a team as the server sends it: its laps and why, when it comes, and who must be ready."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from live.messages.boards import BoardChanges, Forecast
from live.web.answers import Refused
from live.web.state import WebState
from tests.web.conftest import GUN_MS, Keeper, meeting, race, row
from tests.web.reading import client, crossing, get, team_7, with_race


@pytest.fixture(autouse=True)
def answers(keeper: Keeper) -> None:
    keeper.answers["team"] = team_7()


async def test_a_team_page_says_place_laps_and_why(web: httpx.AsyncClient) -> None:
    page = await get(web, "/fr/r/relay/t/7")
    team = page.one(id="team")
    assert (team["data-bib"], team.slot("place"), team.slot("now"), team.slot("time")) == ("7", "1", "Arrivée", "26:31")
    assert [each.text for each in team.all("tr", data_lap="Tour 1")] == ["Tour 1 A 13:21 13:21 1"]
    assert [each.text for each in team.all("tr", class_="split")] == ["km 1 A 4:20 3"]
    assert "1 sur 2, on attend B" in team.all("tr", data_lap="Tour 2")[0].text
    crossings = [each.text for each in team.one("ul", class_="crossings").all("li")]
    assert crossings == [
        "16:43:20 A · ligne compté compte pour le tour 1",
        "16:43:20 B · ligne non compté attend le tour 2",
    ]
    assert "l’équipe n’est pas arrivée groupée" in page.text


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"state": "provisional", "provisional_since_ms": GUN_MS + 3_600_000}, "Provisoire depuis 17:30"),
        ({"state": "official", "edition": 2, "official_at_ms": GUN_MS + 3_600_000}, "Officiel, 17:30, version 2"),
    ],
)
async def test_a_team_page_says_how_final_its_place_is(
    web: httpx.AsyncClient, state: WebState, members: dict[str, Any], said: str
) -> None:
    old = state.boards.by_race["relay"].head
    assert old is not None
    changed = replace(old, version=old.version + 1, **members)
    state.boards.hear(BoardChanges(changed, old.version, ()))
    page = await get(web, "/fr/r/relay/t/7")
    assert page.one(id="team").slot("state").startswith(said)


async def test_no_search_engine_keeps_the_page_of_a_team(web: httpx.AsyncClient) -> None:
    page = await get(web, "/fr/r/relay/t/7")
    assert page.one("meta", name="robots")["content"] == "noindex"
    assert (await get(web, "/fr/")).all("meta", name="robots") == []


async def test_how_sure_a_forecast_is_stays_on_one_line(state: WebState, keeper: Keeper) -> None:
    rows = (row("7", 1, 800_001, next=Forecast(GUN_MS + 1_900_000, 39_500, "km1")),)
    async with client(with_race(state, meeting().races[0], rows, gun_ms=GUN_MS)) as web:
        page = await get(web, "/fr/r/relay/t/7")
        said = page.one(id="when").all("li")[0]
        assert said.text == "passage prévu 17:01 (± 40 s) · km 1"
        assert said.one("span", class_="n").text == "(± 40 s)"


async def test_a_team_page_without_ingest_shows_what_the_board_knows(web: httpx.AsyncClient, keeper: Keeper) -> None:
    keeper.away = True
    page = await get(web, "/nl/r/relay/t/007")
    assert page.one(id="team").slot("place") == "2"
    assert "De details per ronde zijn even niet beschikbaar" in page.text


async def test_a_team_that_ingest_does_not_know_yet_is_shown_from_the_board(
    web: httpx.AsyncClient, keeper: Keeper
) -> None:
    keeper.refuse = Refused(404, "no such team")
    assert (await get(web, "/fr/r/relay/t/12")).one(id="team").slot("place") == "3"


BEFORE = {"code": "before_start", "lap": None}


@pytest.mark.parametrize(
    ("read", "said"),
    [
        ([], "A A. D. B"),
        ([("A", 20), ("A", 18)], "A A. D. puce lue à 16:12 B puce pas encore lue"),
        ([("A", 18), ("B", 5)], "A A. D. puce lue à 16:12 B puce lue à 16:25"),
        ([("A", 7 * 24 * 60)], "A A. D. B"),
    ],
)
async def test_before_the_start_a_team_reads_which_of_its_chips_were_read(
    state: WebState, keeper: Keeper, read: list[tuple[str, int]], said: str
) -> None:
    """So many minutes before it: what last week's test read is nothing (T08)."""
    crossings = [
        {**crossing(runner, "line", "ignored", BEFORE), "at_ms": GUN_MS - minutes * 60_000} for runner, minutes in read
    ]
    keeper.answers["team"] = {"laps": [], "crossings": crossings, "doubts": []}
    for status, shown in (("not_started", said), ("running", "A A. D. B")):
        here = with_race(state, meeting().races[0], (row("7", 0, status=status),))
        async with client(here) as web:
            page = await get(web, "/fr/r/relay/t/7")
        assert " ".join(each.text for each in page.one("ul", class_="runners").all("li")) == shown


async def test_a_chip_that_the_whole_team_wears_is_said_once(state: WebState, keeper: Keeper) -> None:
    early = {**crossing("A", "line", "ignored", BEFORE), "runner": None, "at_ms": GUN_MS - 300_000}
    keeper.answers["team"] = {"laps": [], "crossings": [early], "doubts": []}
    here = with_race(state, meeting().races[0], (row("7", 0, status="not_started"),))
    async with client(here) as web:
        page = await get(web, "/nl/r/relay/t/7")
    assert "Chip gelezen om 16:25" in page.text
    assert "niet gelezen" not in page.text


NOW_MS = GUN_MS + 1_800_000
"""17:00, by the clock of `state`."""
ENDS = [
    {"lap": 1, "at_ms": NOW_MS + 300_000, "error_ms": 40_000, "joining": ["B", "C"]},
    {"lap": 2, "at_ms": NOW_MS + 1_200_000, "error_ms": 130_000, "joining": ["D"]},
    {"lap": 3, "at_ms": NOW_MS + 2_100_000, "error_ms": 200_000, "joining": ["B"]},
]


def expecting(state: WebState, in_ms: int, point: str = "km1", **members: Any) -> WebState:
    """Return the state of a race whose team 12 ended a lap at 16:50 and is expected at a point so long from now."""
    expected = {"next": Forecast(NOW_MS + in_ms, 39_500, point), "finish": Forecast(NOW_MS + 900_000, 130_000)}
    seen = row("12", 20, 1_200_000, **expected)
    return with_race(state, race("relay", meeting().races[0].entries), (seen,), **members)


async def when(state: WebState, language: str = "fr") -> dict[str, str]:
    """Return what the page of team 12 says of what is to come, by kind."""
    async with client(state) as web:
        page = await get(web, f"/{language}/r/relay/t/12")
    said = page.one("ul", id="when")
    assert (said.get("hidden") is None) == bool(said.all("li"))
    return {each["data-when"]: each.one("em").text for each in said.all("li")}


SAID = {
    "fr": {
        "next": "passage prévu 17:00 (± 40 s) · km 1",
        "ready": "B et C, soyez prêts à 17:05 (± 40 s)",
        "turn": "D, ton tour vers 17:20 (± 3 min)",
        "finish": "arrivée prévue vers 17:15 (± 3 min)",
        "overdue": "attendue depuis 3 min · km 1",
    },
    "nl": {
        "next": "doorkomst verwacht 17:00 (± 40 s) · km 1",
        "ready": "B en C, sta klaar om 17:05 (± 40 s)",
        "turn": "D, jouw beurt rond 17:20 (± 3 min)",
        "finish": "aankomst verwacht rond 17:15 (± 3 min)",
        "overdue": "verwacht sinds 3 min · km 1",
    },
    "en": {
        "next": "passage expected 17:00 (± 40 s) · km 1",
        "ready": "B and C, be ready at 17:05 (± 40 s)",
        "turn": "D, your turn at about 17:20 (± 3 min)",
        "finish": "finish expected at about 17:15 (± 3 min)",
        "overdue": "overdue by 3 min · km 1",
    },
}


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
async def test_a_team_page_says_when_it_comes_and_who_must_be_ready(
    state: WebState, keeper: Keeper, language: str
) -> None:
    """Whoever runs again later is told of the next turn only."""
    keeper.answers["team"]["ends"] = ENDS
    said = SAID[language]
    assert await when(expecting(state, 50_000), language) == {name: said[name] for name in said if name != "overdue"}


async def test_one_runner_is_spoken_to_as_one(state: WebState, keeper: Keeper) -> None:
    keeper.answers["team"]["ends"] = [{**ENDS[0], "joining": ["B"]}, {**ENDS[1], "joining": ["C", "D"]}]
    said = await when(expecting(state, 50_000))
    assert said["ready"] == "B, sois prêt à 17:05 (± 40 s)"
    assert said["turn"] == "C et D, votre tour vers 17:20 (± 3 min)"


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
async def test_of_an_overdue_team_it_is_said_since_when_it_is_awaited_and_nothing_else(
    state: WebState, keeper: Keeper, language: str
) -> None:
    """On its way for 10 minutes: more than 1.25 times the 8 that it was expected to take."""
    keeper.answers["team"]["ends"] = ENDS
    assert "overdue" not in await when(expecting(state, -120_000), language)
    assert await when(expecting(state, -121_000), language) == {"overdue": SAID[language]["overdue"]}


async def test_a_passage_that_is_the_finish_is_said_once(state: WebState) -> None:
    assert await when(expecting(state, 900_000, "line")) == {"finish": "arrivée prévue vers 17:15 (± 3 min)"}


async def test_a_frozen_board_says_nothing_of_what_is_to_come(state: WebState, keeper: Keeper) -> None:
    """T90."""
    keeper.answers["team"]["ends"] = ENDS
    frozen = expecting(state, 50_000, frozen=True)
    assert await when(frozen) == {}
    async with client(frozen) as web:
        page = await get(web, "/fr/")
    assert page.one("li", **{"data-bib": "12"}).one("span", **{"data-f": "next"}).text == ""


async def test_what_is_to_come_is_known_from_the_board_while_ingest_is_away(state: WebState, keeper: Keeper) -> None:
    keeper.away = True
    assert list(await when(expecting(state, 50_000))) == ["next", "finish"]


async def test_a_kept_page_tells_a_minute_later_who_is_overdue(state: WebState) -> None:
    shown = expecting(state, -119_000)
    async with client(shown) as web:
        assert await late(web) == ("0", "km 1 vers 16:58 (± 40 s)")
        shown.wall_ms = lambda: NOW_MS + 60_000
        assert await late(web) == ("3", "attendue depuis 3 min")


async def late(web: httpx.AsyncClient) -> tuple[str, str]:
    """Return what the list says of team 12: minutes overdue, and what is expected."""
    shown = (await get(web, "/fr/")).one("li", **{"data-bib": "12"})
    return shown["data-late"], shown.one("span", **{"data-f": "next"}).text


async def test_a_tie_is_named_on_the_team_page(web: httpx.AsyncClient) -> None:
    """T67."""
    assert "ex æquo" in (await get(web, "/fr/r/relay/t/30")).text
    assert "ex æquo" not in (await get(web, "/fr/r/relay/t/7")).text


@pytest.mark.parametrize("path", ["/t/007", "/T/007", "/t/%20007%20"])
async def test_the_code_on_a_bib_leads_to_its_team(web: httpx.AsyncClient, path: str) -> None:
    """T18: 007 is not 7."""
    answer = await web.get(path, headers={"Accept-Language": "nl"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/nl/r/relay/t/007")


async def test_a_bib_is_found_in_any_way_of_writing(web: httpx.AsyncClient) -> None:
    assert (await web.get("/t/99")).headers["Location"] == "/fr/r/short/t/99"
