"""The pages for spectators as the server sends them: everything works without a script, as of the moment of loading."""

import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from live.boards import Boards
from live.programme import Info
from live.strict_json import from_json
from live.web.state import WebState
from tests.web.conftest import GUN_MS, HIDDEN, Keeper, entry, head, race, row
from tests.web.html import Element, parse
from tests.web.reading import bibs, client, get, team_7, with_race

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


@pytest.fixture(autouse=True)
def answers(keeper: Keeper) -> None:
    keeper.answers["team"] = team_7()


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
    assert {each.get("type") for each in page.all("script")} - {"application/ld+json"} == {"module"}
    assert all(json.loads(each.text) for each in page.all("script", type="application/ld+json")), "a name ended it"
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
        assert [each["href"] for each in page.all("a", class_="button")] == [""]
        language = path[:3]
        assert f"{language}/r/relay/table" in [each["href"] for each in page.one("main").all("a")]


async def test_an_error_of_ours_has_a_way_to_try_again_and_to_the_plain_table(
    web: httpx.AsyncClient, keeper: Keeper
) -> None:
    """Of the race that was asked for; a page that does not exist has neither."""
    keeper.answers["team"] = {"crossings": None}
    answer = await web.get("/nl/r/short/t/99", headers={"Accept": "text/html"})
    page = parse(answer.text)
    assert (answer.status_code, page.one("a", class_="button").text) == (500, "Opnieuw proberen")
    assert "/nl/r/short/table" in [each["href"] for each in page.one("main").all("a")]
    unknown = parse((await web.get("/nl/r/short/t/1234")).text)
    assert unknown.all("a", class_="button") == []
    assert not any("table" in each["href"] for each in unknown.one("main").all("a"))


# --- every page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_keeps_to_its_policy(web: httpx.AsyncClient, path: str) -> None:
    """No script and no style in the page: the policy would not let them run. Data for search engines is none."""
    page = parse((await web.get(path)).text)
    scripts = [each for each in page.all("script") if each["type"] != "application/ld+json"]
    assert not [each for each in scripts if each.text]
    assert not page.all("style")
    assert not [each for each in page.walk() if each.get("style")]
    assert all(each["src"].startswith("/static/") for each in scripts)


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
