"""The pages for spectators as the server sends them: everything works without a script, as of the moment of loading."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from live.boards import Boards
from live.messages import BoardPage, Forecast, Row
from live.programme import Info, Race
from live.web.answers import Refused
from live.web.app import create_app
from live.web.state import WebState
from live.wire import from_json
from tests.web.conftest import GUN_MS, HIDDEN, Keeper, entry, head, meeting, race, row
from tests.web.html import Element, parse

STATIC = Path(__file__).parent.parent.parent / "live" / "web" / "static"
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;"
PAGES = [
    "/fr/",
    "/fr/r/relay",
    "/fr/r/relay/table",
    "/fr/r/relay/laps",
    "/fr/r/relay/t/7",
    "/fr/results/relay",
    "/fr/search",
    "/fr/search?q=lut",
    "/fr/info",
    "/fr/nowhere",
    "/screen/main",
]


async def get(web: httpx.AsyncClient, path: str, status: int = 200) -> Element:
    """Return a page as a tree."""
    answer = await web.get(path)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return parse(answer.text)


def client(state: WebState) -> httpx.AsyncClient:
    """Return a client of an application over another state."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(state)), base_url="http://live.test")


def with_race(state: WebState, changed: Race, rows: tuple[Row, ...], **members: Any) -> WebState:
    """Return the state of an event whose only race is this one, its board heard whole."""
    event = replace(meeting(), races=(changed,))
    boards = Boards(event)
    boards.hear(head(changed.id, 20, len(changed.entries), **members))
    boards.hear(BoardPage(changed.id, "journal-1", 0, rows, 20))
    return replace(state, event=event, boards=boards)


def bibs(page: Element) -> list[str]:
    """Return the bibs that the list shows, in order."""
    return [each["data-bib"] for each in page.one(id="board").all("li") if each.get("hidden") is None]


@pytest.fixture(autouse=True)
def answers(keeper: Keeper) -> None:
    """What ingest tells of team 7."""
    keeper.answers["team"] = {
        "runners": [{"runner": "A"}, {"runner": "B"}],
        "laps": [
            lap(1, ["A"], 800_001, 800_001, 1, splits=[split("km1", "A", 260_000, 3)]),
            lap(2, ["A", "B"], 790_000, 1_590_001, 1, missing=["B"], provisional=True),
        ],
        "crossings": [
            crossing("A", "line", "counted", {"code": "crossing", "lap": 1}),
            crossing("B", "line", "ignored", {"code": "waiting", "lap": 2}),
        ],
        "doubts": [{"id": "d1", "kind": "not_together", "bib": "7", "lap": 2, "runner": None}],
    }


def lap(number: int, runners: list[str], lap_ms: int, elapsed_ms: int, place: int, **members: Any) -> dict[str, Any]:
    """Return a lap as ingest tells it."""
    plain = {"quality": "measured", "provisional": False, "missing": [], "splits": []}
    told = {"lap": number, "runners": runners, "lap_ms": lap_ms, "elapsed_ms": elapsed_ms, "place": place}
    return {**told, **plain, **members}


def split(point: str, runner: str, elapsed_ms: int, place: int) -> dict[str, Any]:
    """Return a split as ingest tells it."""
    return {"point": point, "runner": runner, "elapsed_ms": elapsed_ms, "place": place}


def crossing(runner: str, point: str, verdict: str, reason: dict[str, Any]) -> dict[str, Any]:
    """Return a judged passage as ingest tells it."""
    of = {"device": "mat-line", "epoch": "e", "seq": 1, "lap": reason["lap"], "at_ms": GUN_MS + 800_001}
    return {**of, "runner": runner, "point": point, "verdict": verdict, "reason": reason}


# --- the list -----------------------------------------------------------------------------------------------------


async def test_the_front_page_is_the_main_race(web: httpx.AsyncClient) -> None:
    page = await get(web, "/fr/")
    assert page.one("html")["data-page"] == "live"
    assert page.one("h1").text == "Relais"
    assert bibs(page) == ["7", "007", "12", "30", "21"]


async def test_the_hooks_of_the_list_are_there(web: httpx.AsyncClient) -> None:
    page = await get(web, "/fr/r/relay")
    board = page.one("ol", id="board")
    hooks = {name: board[f"data-{name}"] for name in ("race", "version", "state", "as-of-ms", "frozen")}
    assert hooks == {
        "race": "relay",
        "version": "14",
        "state": "running",
        "as-of-ms": str(GUN_MS + 1_700_000),
        "frozen": "false",
    }
    first = board.all("li")[0]
    assert {name: first[f"data-{name}"] for name in ("bib", "place", "status", "quality", "provisional")} == {
        "bib": "7",
        "place": "1",
        "status": "finished",
        "quality": "measured",
        "provisional": "false",
    }
    names = {each["data-f"] for each in first.walk() if each.get("data-f")}
    assert names >= {"place", "team", "company", "laps", "time", "gap", "ahead", "next", "runners"}
    assert first.one("button", data_do="follow")["aria-pressed"] == "false"
    link = page.one("output", id="link")
    assert (link["data-link"], link["data-age-s"]) == ("live", "0")
    assert {each["data-do"] for each in page.walk() if each.get("data-do")} >= {"pause", "wake", "theme", "lang"}


async def test_rows_show_place_time_and_gap(web: httpx.AsyncClient) -> None:
    rows = (await get(web, "/fr/")).one(id="board").all("li")
    shown = [[each.slot(name) for name in ("place", "team", "laps", "time", "gap", "ahead")] for each in rows]
    assert shown == [
        ["1", "Ideta", "2/2", "26:31", "", ""],
        ["2", "Lutosa A", "2/2", "26:51", "+0:20", "+0:20"],
        ["3", "Lutosa B", "1/2", "13:40", "", "+0:10"],
        ["3", "Été «Ath»", "1/2", "13:40", "", "+0:10"],
        ["", "=1+1 & Cie", "0/2", "", "", ""],
    ]


async def test_the_row_for_the_script_is_the_row_of_the_page(web: httpx.AsyncClient) -> None:
    """One macro paints a row and is the template: both have the same slots and buttons."""

    def shape(element: Element) -> list[tuple[str, str | None, str | None]]:
        return [(each.tag, each.get("data-f"), each.get("data-do")) for each in element.walk()]

    page = await get(web, "/fr/")
    templates = [each for each in _with_templates(page) if each.tag == "template" and each.get("id") == "row"]
    [clone] = [child for child in templates[0].children if isinstance(child, Element)]
    assert shape(clone) == shape(page.one(id="board").all("li")[0])


def _with_templates(element: Element) -> list[Element]:
    inside = [_with_templates(child) for child in element.children if isinstance(child, Element)]
    return [element, *(each for found in inside for each in found)]


async def test_a_category_has_its_own_places(web: httpx.AsyncClient) -> None:
    page = await get(web, "/fr/r/relay?cat=women")
    assert bibs(page) == ["007", "30"]
    shown = {each["data-bib"]: each for each in page.one(id="board").all("li")}
    assert [shown[bib].slot("place") for bib in ("007", "30")] == ["1", "2"]
    assert from_json(shown["007"]["data-facts"])["place"] == 2, "the script goes on from the place among all"
    assert page.one("a", data_cat="women")["aria-current"] == "true"


async def test_a_category_that_nobody_has_filters_nothing(web: httpx.AsyncClient) -> None:
    assert len(bibs(await get(web, "/fr/r/relay?cat=nobody"))) == 5


@pytest.mark.parametrize(("query", "found"), [("lut", ["007", "12"]), ("007", ["007"]), ("ete", ["30"]), ("zzz", [])])
async def test_search_filters_the_list_and_keeps_the_places(
    web: httpx.AsyncClient, query: str, found: list[str]
) -> None:
    page = await get(web, f"/fr/r/relay?q={query}")
    assert bibs(page) == found
    assert (page.one(id="none").get("hidden") is None) == (not found)
    assert page.one("input", id="q")["value"] == query


@pytest.mark.parametrize(("asked", "shown"), [("time", "time"), ("ahead", "ahead"), ("nonsense", "gap"), ("", "gap")])
async def test_the_right_column_shows_what_is_asked(web: httpx.AsyncClient, asked: str, shown: str) -> None:
    assert (await get(web, f"/fr/r/relay?sort={asked}")).one(id="board")["data-show"] == shown


async def test_a_page_is_rendered_once_for_all_and_again_when_something_changed(
    web: httpx.AsyncClient, state: WebState
) -> None:
    before = (await web.get("/fr/")).text
    assert (await web.get("/fr/")).text == before
    state.boards.hear(head("relay", 15, 5, gun_ms=GUN_MS))
    after = await get(web, "/fr/")
    assert after.one(id="board")["data-version"] == "15"
    assert after.one(id="clock").text == "0:28:20"


async def test_what_somebody_else_asked_is_on_no_kept_page(web: httpx.AsyncClient) -> None:
    await web.get("/fr/?from=somebody")
    page = await web.get("/fr/?cat=women&from=me")
    assert "somebody" not in page.text
    links = {each["hreflang"]: each["href"] for each in parse(page.text).all("link", rel="alternate")}
    assert links["nl"] == "/nl/?cat=women"


async def test_the_page_carries_the_server_s_clock(web: httpx.AsyncClient) -> None:
    """T33: a phone five minutes off shows the right time."""
    assert (await web.get("/fr/")).headers["Server-Timing"] == f"now;dur={GUN_MS + 1_800_000}"


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def nasty(state: WebState) -> WebState:
    """A race in which team and company are made of markup."""
    team = replace(entry(0, "7", NASTY, NASTY, ("F", "M")), company=NASTY)
    return with_race(state, replace(race("relay", (team,)), name=NASTY), (row("7", 1, 800_000),))


@pytest.mark.parametrize("path", PAGES)
async def test_names_made_of_markup_are_text(nasty: WebState, path: str) -> None:
    async with client(nasty) as web:
        page = parse((await web.get(path)).text)
    assert not page.all("img"), "markup of a name became an element"
    assert {each.get("type") for each in page.all("script")} == {"module"}
    assert not [name for each in page.walk() for name in each.attributes if name.startswith("on")]
    if path in ("/fr/", "/screen/main"):
        assert page.one(id="board").slot("team") == " ".join(NASTY.split())


async def test_teams_of_one_name_are_told_apart_by_their_bib(state: WebState) -> None:
    """T79: names may repeat, identity is a number."""
    twins = (entry(0, "7", "Lutosa", "mixed", ("F", "M")), entry(1, "8", "Lutosa", "mixed", ("F", "M")))
    rows = (row("7", 1, 800_000), row("8", 2, 810_000))
    async with client(with_race(state, race("relay", twins), rows)) as web:
        page = await get(web, "/fr/")
        assert [each.slot("team") for each in page.one(id="board").all("li")] == ["Lutosa", "Lutosa"]
        assert [each["href"] for each in page.one(id="board").all("a")] == ["/fr/r/relay/t/7", "/fr/r/relay/t/8"]
        assert (await get(web, "/fr/r/relay/t/8")).one(id="team").slot("time") == "13:30"


async def test_long_names_emoji_and_right_to_left_stay_in_their_place(state: WebState) -> None:
    """T102: one line with an ellipsis, the full name in the title and on the team's page."""
    name = "شركة 🏃🏽‍♀️ " + "Intercommunale de développement " * 4
    team = (entry(0, "7", name, "mixed", ("F", "M")),)
    async with client(with_race(state, race("relay", team), (row("7", 1, 800_000),))) as web:
        link = (await get(web, "/fr/")).one("a", data_f="team")
        assert link["title"] == name
        assert (await get(web, "/fr/r/relay/t/7")).one("h1").text == " ".join(name.split())
    style = (STATIC / "live.css").read_text()
    assert "text-overflow: ellipsis" in style
    assert "unicode-bidi: isolate" in style


async def test_hidden_names_are_on_no_page(web: httpx.AsyncClient) -> None:
    """T91: nowhere, in no attribute, and search does not find it."""
    for path in [*PAGES, "/fr/search?q=zwaan"]:
        assert HIDDEN not in (await web.get(path)).text, path
    assert not (await get(web, f"/fr/search?q={HIDDEN}")).one(id="found").all("a")
    assert not (await get(web, "/fr/search?q=Dubois")).one(id="found").all("a"), "shown by initials only"


async def test_a_team_page_shows_initials_and_nothing_of_who_asked_for_nothing(web: httpx.AsyncClient) -> None:
    """T91."""
    runners = [each.text for each in (await get(web, "/fr/r/relay/t/7")).one("ul", class_="runners").all("li")]
    assert runners == ["A A. D.", "B"]


# --- a team -----------------------------------------------------------------------------------------------------------


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


# --- tables -----------------------------------------------------------------------------------------------------------


async def test_the_plain_table_has_headers_for_rows_and_columns(web: httpx.AsyncClient) -> None:
    """T103."""
    page = await get(web, "/en/r/relay/table")
    assert {each["scope"] for each in page.one("table").all("th")} == {"col", "row"}
    assert [each["data-bib"] for each in page.one("tbody").all("tr")] == ["7", "007", "12", "30", "21"]


async def test_before_the_gun_the_list_leads_to_what_people_need(state: WebState) -> None:
    told: Info = {"bring": {"fr": ("Gilet", "<b>Gourde</b>")}, "waiting": {"fr": ("Sas à gauche",)}}
    state = replace(state, event=replace(state.event, info=told))
    state.boards.hear(replace(head("relay", 15, 5), state="planned"))
    async with client(state) as web:
        links = {each["href"]: each.text for each in (await get(web, "/fr/")).one(class_="links before").all("a")}
        assert links == {"/fr/search": "Chercher mon équipe", "/fr/info#bring": "À prendre avec soi"}
        info = await get(web, "/nl/info")
        assert "<b>Gourde</b>" in info.one("main").text, "in the first language where there is no Dutch, as text"
        assert "Sas à gauche" in (await get(web, "/fr/r/relay/t/21")).one("main").text
        assert "Sas à gauche" not in (await get(web, "/fr/r/relay/t/12")).one("main").text, "all of them run"


async def test_results_say_that_they_are_not_official_yet(
    web: httpx.AsyncClient, state: WebState, keeper: Keeper
) -> None:
    keeper.answers["edition_before"] = {"rows": []}
    page = await get(web, "/fr/results/relay?cat=women")
    assert page.one(class_="state").text == "En course · à 16:58:20 · version 14"
    assert [each["data-place"] for each in page.one("tbody").all("tr")] == ["1", "2"]
    assert page.all("a", href="/api/v1/races/relay/results.csv?category=women")
    state.boards.hear(replace(head("relay", 15, 5), state="provisional"))
    assert (await get(web, "/fr/results/relay")).one(class_="state").text.startswith("Provisoire")
    published = replace(head("relay", 16, 5), state="official", edition=2, official_at_ms=GUN_MS + 5_460_000)
    state.boards.hear(published)
    said = (await get(web, "/fr/results/relay")).one(class_="state").text
    assert said.startswith("Officiel, 18:01, version 2 · à 16:58:20")


async def test_a_long_table_comes_in_pages(state: WebState) -> None:
    """No team is left out (T101): a race of 1,200 in three pages."""
    entries = tuple(entry(n, str(n + 1), f"Team {n + 1}", "mixed", ("F", "M")) for n in range(1_200))
    rows = tuple(row(each.bib, 1, 800_000 + each.number) for each in entries)
    async with client(with_race(state, race("relay", entries), rows)) as web:
        path, shown = "/fr/r/relay/table", []
        for _ in range(3):
            page = await get(web, path)
            shown += [each["data-bib"] for each in page.one("tbody").all("tr")]
            path = next((each["href"] for each in page.all("a", rel="next")), "")
        assert shown == [each.bib for each in entries]
        assert path == ""
        live = await get(web, "/fr/")
        assert len(bibs(live)) == 200, "the list is the head that is streamed"
        assert live.one(class_="more").one("a")["href"] == "/fr/r/relay/table?from=201"


async def test_the_lap_chart_shows_the_latest_lap_and_any_other(web: httpx.AsyncClient) -> None:
    page = await get(web, "/fr/r/relay/laps")
    assert page.one("caption").text == "Tour 2"
    assert [each.text for each in page.one("tbody").all("tr")] == [
        "1 Ideta 7 13:10 26:31",
        "2 Lutosa A 007 13:21 26:51",
    ]
    first = await get(web, "/fr/r/relay/laps?lap=1")
    assert [each["data-bib"] for each in first.one("tbody").all("tr")] == ["7", "007", "12", "30"]


@pytest.mark.parametrize("asked", ["0", "99999999999", "-1", "x", "²"])
async def test_odd_numbers_in_addresses_are_no_error(web: httpx.AsyncClient, asked: str) -> None:
    await get(web, f"/fr/r/relay/laps?lap={asked}")
    await get(web, f"/fr/r/relay/table?from={asked}")
    await get(web, f"/screen/main?rows={asked}&distance={asked}")


# --- the walk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def walking(state: WebState) -> WebState:
    """A walk of three: two are back."""
    walkers = tuple(replace(entry(n, str(n + 1), f"Walker {n + 1}", "", ("F", "F")), race="walk") for n in range(3))
    rows = (
        row("1", 1, 800_000, status="finished", placed=False),
        row("2", 1, 4_920_000, status="finished", placed=False),
        row("3", 1, status="running"),
    )
    return with_race(state, replace(race("walk", walkers), name="Marche", ranked=False), rows)


async def test_the_walk_counts_and_lists_nobody(walking: WebState) -> None:
    """T65: no names, no places; who is still out is a number."""
    async with client(walking) as web:
        page = await get(web, "/fr/r/walk")
        assert page.slot("home") == "2 rentrés sur 3"
        assert "Dernier retour à 17:52" in page.text
        assert "Walker" not in page.text
        assert not page.all(id="board")


@pytest.mark.parametrize(
    ("bib", "said"),
    [
        ("2", "Dossard 2 : rentré à 17:52"),
        ("3", "Dossard 3 : encore en route"),
        ("9", "Personne ne porte le dossard 9."),
    ],
)
async def test_a_walker_is_told_of_by_bib(walking: WebState, bib: str, said: str) -> None:
    async with client(walking) as web:
        assert said in (await get(web, f"/fr/r/walk?q={bib}")).text.replace("\u00a0", " ")


async def test_a_walker_has_a_page_without_a_name(walking: WebState) -> None:
    async with client(walking) as web:
        page = await get(web, "/fr/r/walk/t/2")
        assert "rentré à 17:52" in page.text
        assert "Walker" not in page.text
        assert not (await get(web, "/fr/search?q=Walker")).one(id="found").all("a")
        assert (await get(web, "/fr/search?q=2")).one(id="found").one("a").text == "2 Marche"
        assert (await web.get("/fr/r/walk/table")).headers["Location"] == "/fr/r/walk"


# --- search, information, errors --------------------------------------------------------------------------------------


async def test_search_finds_in_every_race_the_bib_first(web: httpx.AsyncClient) -> None:
    found = (await get(web, "/fr/search?q=7")).one(id="found").all("a")
    assert [each["href"] for each in found] == ["/fr/r/relay/t/7", "/fr/r/relay/t/007"]
    assert (await get(web, "/fr/search?q=solo")).one(id="found").one("a")["href"] == "/fr/r/short/t/99"


async def test_htmx_gets_the_hits_alone(web: httpx.AsyncClient) -> None:
    answer = await web.get("/fr/search?q=lutosa", headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith("<ul")
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(parse(answer.text).all("a")) == 2


async def test_what_the_list_shows_is_not_found_again_below_it(web: httpx.AsyncClient) -> None:
    answer = await web.get("/fr/search?q=lutosa&without=relay", headers={"HX-Request": "true"})
    assert not parse(answer.text).all("a")


async def test_information_has_the_programme_where_the_race_is(web: httpx.AsyncClient) -> None:
    page = await get(web, "/fr/info")
    assert [each.text for each in page.one("dl").all("dt")] == ["16:30", "16:30"], "not in the server's time zone"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/fr/nowhere", "Cette page n’existe pas"),
        ("/nl/r/nix", "Deze pagina bestaat niet"),
        ("/en/r/relay/t/4711", "This page does not exist"),
    ],
)
async def test_an_unknown_page_helps_in_its_language(web: httpx.AsyncClient, path: str, said: str) -> None:
    page = await get(web, path, 404)
    assert page.one("h1").text == said
    assert page.one("form", role="search").one("input", name="q")["value"] == path.rpartition("/")[2].replace("nix", "")


async def test_an_unknown_bib_is_in_the_search_field(web: httpx.AsyncClient) -> None:
    page = await get(web, "/T/4711", 404)
    assert page.one("input", name="q")["value"] == "4711"


async def test_an_unknown_address_is_a_page_for_people_and_a_document_for_programs(web: httpx.AsyncClient) -> None:
    people = await web.get("/nix", headers={"Accept": "text/html", "Accept-Language": "nl"})
    assert (people.status_code, parse(people.text).one("h1").text) == (404, "Deze pagina bestaat niet")
    programs = await web.get("/api/v1/nix", headers={"Accept": "text/html"})
    assert programs.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/fr/", "Le classement arrive"),
        ("/nl/r/relay/t/7", "De stand komt eraan"),
        ("/en/results/relay", "The standings are on their way"),
    ],
)
async def test_before_the_board_was_heard_the_page_says_so_and_tries_again(
    state: WebState, path: str, said: str
) -> None:
    """Never an empty hall: the page tries again by itself (T95)."""
    async with client(replace(state, boards=Boards(state.event))) as web:
        answer = await web.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        page = parse(answer.text)
        assert page.one("h1").text == said
        assert page.one("meta", http_equiv="refresh")["content"] == "5"


# --- every page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_keeps_to_its_policy(web: httpx.AsyncClient, path: str) -> None:
    """No script and no style in the page: the policy would not let them run."""
    page = parse((await web.get(path)).text)
    assert not [each for each in page.all("script") if each.text]
    assert not page.all("style")
    assert not [each for each in page.walk() if each.get("style")]
    assert all(each["src"].startswith("/static/") for each in page.all("script"))


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_there_in_the_other_languages(web: httpx.AsyncClient, path: str) -> None:
    page = parse((await web.get(path)).text)
    links = {each["hreflang"]: each["href"] for each in page.all("link", rel="alternate")}
    assert list(links) == ["fr", "nl", "en"]
    for language, address in links.items():
        other = await web.get(address)
        assert f'<html lang="{language}"' in other.text


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_one_heading_landmarks_and_one_live_region(web: httpx.AsyncClient, path: str) -> None:
    """T103."""
    page = parse((await web.get(path)).text)
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    regions = [each for each in page.walk() if each.get("aria-live") == "polite"]
    assert [each.text for each in regions] == [""]
    ids = [each["id"] for each in page.walk() if each.get("id")]
    assert len(ids) == len(set(ids))
    labelled = {each["for"] for each in page.all("label")}
    assert all(each["id"] in labelled for each in page.all("input") if each.get("type") != "hidden")


# --- the big screen ---------------------------------------------------------------------------------------------------


async def test_the_screen_has_its_zones(web: httpx.AsyncClient) -> None:
    page = await get(web, "/screen/main?rows=3")
    assert (page.one("html")["data-page"], page.one("html")["data-theme"], page.one("html")["lang"]) == (
        "screen",
        "dark",
        "fr",
    )
    assert bibs(page) == ["7", "007", "12"]
    assert [each["data-bib"] for each in page.one(id="rest").all("li")] == ["30", "21"]
    assert page.one(id="range").text == "4-5 / 5"
    assert [each.slot("crossed") for each in page.one(id="last").all("li")] == [
        "Arrivée",
        "Arrivée",
        "Tour 1",
        "Tour 1",
    ]
    assert "live.test" in page.one("footer").text


async def test_a_screen_shows_the_public_address_where_one_is_set(state: WebState) -> None:
    settings = replace(state.settings, origin="https://live.smartrun.example")
    async with client(replace(state, settings=settings)) as web:
        assert (await get(web, "/screen/main")).one(class_="address").text.endswith("live.smartrun.example")


async def test_a_screen_in_the_sun_is_light_and_may_speak_dutch(web: httpx.AsyncClient) -> None:
    page = await get(web, "/screen/main?theme=light&lang=nl")
    assert (page.one("html")["data-theme"], page.one("html")["lang"]) == ("light", "nl")


async def test_a_screen_shows_the_race_that_is_asked(web: httpx.AsyncClient) -> None:
    assert (await get(web, "/screen/main?race=short")).one(id="board")["data-race"] == "short"
    await get(web, "/screen/main?race=nix", 404)


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ("", 10),
        ("rows=7", 7),
        ("rows=99", 16),
        ("rows=1", 3),
        ("distance=28&height=2", 10),
        ("distance=40&height=2", 7),
        ("distance=56&height=2", 5),
        ("distance=99&height=2", 3),
        ("distance=30", 10),
    ],
)
async def test_rows_follow_from_the_distance(web: httpx.AsyncClient, asked: str, rows: int) -> None:
    assert (await get(web, f"/screen/main?{asked}")).one(id="board")["data-rows"] == str(rows)


# --- files ------------------------------------------------------------------------------------------------------------


async def test_files_are_kept_for_a_year_under_an_address_with_their_hash(web: httpx.AsyncClient) -> None:
    page = await get(web, "/fr/")
    script = page.one("script")["src"]
    answer = await web.get(script)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Encoding"] in ("br", "gzip")
    assert answer.content == (STATIC / "live.js").read_bytes()
    assert (await web.get("/static/live.js?v=old")).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nix.js", "../pages.py", "%2e%2e/pages.py", "vendor", "fonts/LICENSE.txt", ""])
async def test_other_files_are_not_to_be_had(web: httpx.AsyncClient, name: str) -> None:
    assert (await web.get(f"/static/{name}")).status_code == 404


async def test_htmx_is_the_one_that_its_hash_names(web: httpx.AsyncClient) -> None:
    import base64
    import hashlib

    page = (await get(web, "/fr/")).one("html")
    copy = (await web.get(page["data-htmx-copy"])).content
    digest = base64.b64encode(hashlib.sha384(copy).digest()).decode()
    assert page["data-htmx-hash"] == f"sha384-{digest}"
    assert digest == "Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"


async def test_a_site_without_internet_asks_no_cdn(state: WebState) -> None:
    settings = replace(state.settings, htmx="local")
    async with client(replace(state, settings=settings)) as web:
        answer = await web.get("/fr/")
        assert parse(answer.text).one("html")["data-htmx"] == ""
        assert "cdn" not in answer.headers["Content-Security-Policy"]


async def test_search_engines_are_told_whole_addresses_where_the_organiser_set_one(state: WebState) -> None:
    settings = replace(state.settings, origin="https://live.example")
    async with client(replace(state, settings=settings)) as web:
        links = (await get(web, "/fr/info")).all("link", rel="alternate")
    assert [each["href"] for each in links] == [f"https://live.example/{each}/info" for each in ("fr", "nl", "en")]


async def test_the_first_visit_is_small(state: WebState) -> None:
    """120 teams on their way in 10 kB."""
    entries = tuple(entry(n, str(n + 1), f"Entreprise {n % 40} · {n}", "mixed", ("F", "M")) for n in range(120))
    rows = tuple(
        row(
            each.bib,
            1,
            800_000 + 7919 * each.number % 200_000,
            next=Forecast(
                GUN_MS + 1_900_000 + 104_729 * each.number % 99_991, 9_000 + 7919 * each.number % 60_001, "km1"
            ),
            finish=Forecast(GUN_MS + 2_900_000, 200_000),
        )
        for each in entries
    )
    async with (
        client(with_race(state, race("relay", entries), rows, gun_ms=GUN_MS)) as web,
        web.stream("GET", "/fr/", headers={"Accept-Encoding": "br"}) as answer,
    ):
        size = sum([len(chunk) async for chunk in answer.aiter_raw()])
    assert size <= 10_000, size
