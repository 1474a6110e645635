"""What screens show: as officials assigned, as the state asks for, and never more than the public may know."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from live.messages.boards import BoardChanges
from live.messages.decisions import CloseRace, FreezePublic, RevealPublic
from live.messages.display import ScreenShows, Unveiled
from live.web.answers import NoAnswer
from live.web.app import create_app
from live.web.screen_plan import CYCLE_S, plan_of
from live.web.shown import Shown
from live.web.state import WebState
from tests.web.chromium.line_stand import LineStand
from tests.web.conftest import GUN_MS, loopback
from tests.web.html import Element, parse
from tests.web.prize_day import finish, publish, stand

JUDGE = {"Authorization": "Bearer judge-token"}
SPEAKER = {"Authorization": "Bearer speaker-token"}
MAIN = "/api/v1/screens/main"
__all__ = ["stand"]


@pytest_asyncio.fixture
async def web(stand: LineStand) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the stand's pages."""
    transport = httpx.ASGITransport(create_app(stand.state), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://live.test") as client:
        yield client


async def assign(web: httpx.AsyncClient, view: str, name: str = "main", **members: Any) -> httpx.Response:
    """An official says what a screen shows."""
    return await web.post(f"/api/v1/screens/{name}", json={"view": view, **members}, headers=JUDGE)


async def slide(web: httpx.AsyncClient, name: str = "main") -> str:
    """What the screen shows now."""
    return str((await web.get(f"/api/v1/screens/{name}")).json()["slide"])


async def page(web: httpx.AsyncClient, path: str = "/screen/main") -> Element:
    """The page of a screen."""
    return parse((await web.get(path)).text)


# --- assigning --------------------------------------------------------------------------------------------------


async def test_officials_assign_and_anybody_sees_it(web: httpx.AsyncClient) -> None:
    assert (await web.get(MAIN)).json()["view"] == "auto", "a screen that nobody assigned"
    for headers, status in (({}, 401), (SPEAKER, 401), (JUDGE, 202)):
        answer = await web.post(MAIN, json={"view": "qr"}, headers=headers)
        assert answer.status_code == status
    told = (await web.get(MAIN)).json()
    assert (told["view"], told["slide"], told["by"]) == ("qr", "qr", "marie")
    assert (await page(web)).one("main")["data-slide"] == "qr"
    assert await slide(web, "other") != "qr"
    assert [each["screen"] for each in (await web.get("/api/v1/screens", headers=JUDGE)).json()["screens"]] == ["main"]
    assert (await web.get("/api/v1/screens")).status_code == 401


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"view": "everything"}, "everything"),
        ({}, "view"),
        ({"view": "board", "race": "nowhere"}, "nowhere"),
        ({"view": "category", "category": "ducks"}, "ducks"),
        ({"view": "category"}, "category"),
        ({"view": "message"}, "text"),
        ({"view": "message", "text": {"fr": " "}}, "text"),
        ({"view": "message", "text": {"de": "Hallo"}}, "text"),
        ({"view": "message", "text": {"fr": "x" * 401}}, "400"),
    ],
)
async def test_what_no_screen_can_show_is_refused(web: httpx.AsyncClient, asked: dict[str, Any], said: str) -> None:
    answer = await web.post(MAIN, json=asked, headers=JUDGE)
    assert (answer.status_code, said in answer.json()["detail"]) == (422, True), answer.json()
    assert (await web.get(MAIN)).json()["view"] == "auto"


async def test_a_name_is_what_can_stand_in_a_topic(web: httpx.AsyncClient) -> None:
    assert (await assign(web, "black", "Main")).json()["screen"] == "main", "whoever types it"
    for name in ("a b", "é", "x" * 65, "a%2Fb"):
        assert (await web.get(f"/screen/{name}")).status_code == 404, name


async def test_every_process_knows_the_newest_and_no_older_one_comes_back() -> None:
    """The bus sends what is retained again at each connection, now and then what was there before."""
    shown = loopback()
    old, new = (ScreenShows("main", view, id=view, at_ms=at_ms) for view, at_ms in (("qr", 1), ("map", 2)))  # type: ignore[arg-type]
    for message in (old, new, old):
        shown.hear(message)
    assert shown.screens["main"].view == "map"
    shown.hear(BoardChanges)  # type: ignore[arg-type]
    for unveiled in (Unveiled("relay", 1, (3,), at_ms=2), Unveiled("relay", 1, (), at_ms=1)):
        shown.hear(unveiled)
    assert shown.unveiled["relay"].places == (3,)


async def test_what_the_bus_did_not_take_is_no_assignment() -> None:
    for connected in (False, True):
        deaf = Shown(lambda told: None, lambda connected=connected: connected, wait_s=0.01)  # type: ignore[misc]
        with pytest.raises(NoAnswer):
            await deaf.tell(ScreenShows("main", "qr", id="1"))


# --- each state -------------------------------------------------------------------------------------------------


async def test_each_view_is_painted(web: httpx.AsyncClient, stand: LineStand) -> None:
    finish(stand)
    wanted = {"board": "board", "arrivals": "arrivals", "map": "map", "companies": "companies", "sponsors": "sponsors"}
    for view, painted in {**wanted, "qr": "qr", "black": "black", "podium": "soon"}.items():
        assert (await assign(web, view)).status_code == 202
        assert await slide(web) == painted, view
        assert (await page(web)).one("main")["data-slide"] == painted
    await assign(web, "message", text={"fr": "Le buffet est ouvert", "en": "The buffet is open"})
    assert "Le buffet est ouvert" in (await page(web)).one(id="slide").text
    assert "The buffet is open" in (await page(web, "/screen/main?lang=en")).one(id="slide").text
    await assign(web, "category", category="women")
    shown = await page(web)
    assert [each["data-bib"] for each in shown.one(id="board").all("li")] == ["007", "30"]
    assert [each.slot("place") for each in shown.one(id="board").all("li")] == ["1", "2"], "places among them"


async def test_by_itself_a_screen_follows_the_state(web: httpx.AsyncClient, stand: LineStand) -> None:
    async def seen(seconds: int = 2 * CYCLE_S) -> set[str]:
        found = set[str]()
        for _ in range(seconds):
            stand.wall_ms += 1_000
            found.add(plan_of(stand.state, ScreenShows("main", "auto")).slide)
        return found

    state: WebState = stand.state
    assert await seen() == {"programme", "qr", "sponsors"}
    stand.read("7A", GUN_MS + 790_000)
    shown = [plan_of(state, ScreenShows("main", "auto")).slide for _ in range(10 * CYCLE_S) if await seen(1)]
    assert set(shown) == {"board", "sponsors"}
    assert shown.count("sponsors") / len(shown) <= 0.15
    finish(stand)
    stand.rule(CloseRace("relay"))
    stand.rule(FreezePublic("relay"))
    assert await seen() == {"soon", "companies", "sponsors"}
    stand.rule(RevealPublic("relay"))
    publish(stand)
    assert await seen() == {"podium", "board", "companies"}


async def test_no_sponsor_stands_before_the_leader(stand: LineStand) -> None:
    """None while he is expected within 60 s."""
    stand.read("7A", GUN_MS + 790_000)
    expected = stand.state.boards.by_race["relay"].rows["7"].next
    shown = {}
    for at_ms in range(GUN_MS + 800_000, GUN_MS + 3_000_000, 1_000):
        stand.wall_ms = at_ms
        shown[at_ms] = plan_of(stand.state, ScreenShows("main", "auto")).slide
    assert "sponsors" in shown.values()
    if expected is not None and expected.point == "line":
        near = {slide for at_ms, slide in shown.items() if abs(at_ms - expected.at_ms) < 60_000}
        assert near == {"board"}


async def test_a_race_without_places_is_not_ranked_on_a_wall(stand: LineStand) -> None:
    walk = replace(stand.event.races[1], ranked=False)
    state = replace(stand.state, event=replace(stand.event, races=(stand.event.races[0], walk)))
    state.boards.by_race["short"].race = walk
    assert plan_of(state, ScreenShows("main", "board", "short")).slide == "programme"
    transport = httpx.ASGITransport(create_app(state), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://live.test") as web:
        shown = await page(web, "/screen/main?race=short")
    assert not shown.one(id="board").all("li")
    assert "Solo" not in shown.text


# --- the reveal -------------------------------------------------------------------------------------------------


async def unveil(web: httpx.AsyncClient, prize: int | None, *places: int) -> httpx.Response:
    """The speaker reads places out."""
    body = {"prize": prize, "places": list(places)}
    return await web.post("/api/v1/races/relay/unveiled", json=body, headers=SPEAKER)


async def test_a_frozen_screen_shows_the_places_that_were_read_out_and_no_other(
    web: httpx.AsyncClient, stand: LineStand
) -> None:
    """T90: 3, 2, 1, each by a touch of the speaker; nothing of the others is in the page or in the answer."""
    stand.rule(FreezePublic("relay"))
    finish(stand)
    stand.rule(CloseRace("relay"))
    names = {3: "Lutosa B", 2: "Lutosa A", 1: "Ideta"}
    await assign(web, "podium")
    assert await slide(web) == "soon"
    assert (await unveil(web, 1)).status_code == 202
    out: list[int] = []
    for place in (3, 2, 1):
        for each in (await web.get("/screen/main"), await web.get(MAIN)):
            hidden = [name for at, name in names.items() if at not in out]
            painted = parse(each.text).one(id="slide").text if "html" in each.headers["Content-Type"] else each.text
            assert not [name for name in hidden if name in painted], place
        out.append(place)
        assert (await unveil(web, 1, *out)).status_code == 202
        podium = (await page(web)).one(id="slide")
        assert [each["data-place"] for each in podium.all("li", data_out="")] == [str(p) for p in sorted(out)]
        assert names[place] in podium.text
    board = parse((await web.get("/screen/main")).text).one(id="board")
    assert "26:" not in board.text, "the board is that of the freeze"
    await unveil(web, None)
    assert await slide(web) == "soon"


async def test_a_prize_that_waits_is_not_read_out_on_a_wall(web: httpx.AsyncClient, stand: LineStand) -> None:
    stand.read("7A", GUN_MS + 790_000)
    assert (await unveil(web, 1)).status_code == 202, "its name may be announced"
    stand.read("7A", GUN_MS + 1_590_000)
    stand.read("7B", GUN_MS + 1_591_000)
    answer = await unveil(web, 1, 1)
    assert (answer.status_code, answer.json()["waits"]) == (409, ["running", "rivals"]), answer.json()
    assert (await unveil(web, 9, 1)).status_code == 422
    finish(stand)
    stand.rule(CloseRace("relay"))
    assert (await unveil(web, 2, 3)).status_code == 422, "only two women's teams: nobody is third"
    refused = await web.post("/api/v1/races/relay/unveiled", json={"prize": 1}, headers={})
    assert refused.status_code == 401


async def test_official_podiums_are_shown_in_turn(web: httpx.AsyncClient, stand: LineStand) -> None:
    finish(stand)
    stand.rule(CloseRace("relay"))
    await assign(web, "podium")
    assert await slide(web) == "soon", "provisional: not yet"
    publish(stand)
    seen = set()
    for _ in range(40):
        stand.wall_ms += 1_000
        podium = (await page(web)).one(class_="podium")
        seen.add((podium["data-prize"], " ".join(each["data-place"] for each in podium.all("li"))))
    assert seen == {("1", "1 2 3"), ("2", "1 2")}, "two women's teams ran: no step for a third"


async def test_a_step_that_nobody_stands_on_goes_when_all_are_out(web: httpx.AsyncClient, stand: LineStand) -> None:
    """Not before: a wall with two steps of three would tell what the speaker is still to say."""
    finish(stand)
    stand.rule(CloseRace("relay"))
    stand.rule(FreezePublic("relay"))
    await assign(web, "podium")
    steps = {(): "1 2 3", (2,): "1 2 3", (2, 1): "1 2"}
    for out, left in steps.items():
        assert (await unveil(web, 2, *out)).status_code == 202
        shown = (await page(web)).one(class_="podium").all("li")
        assert " ".join(each["data-place"] for each in shown) == left


# --- the page ---------------------------------------------------------------------------------------------------


async def test_while_nothing_is_known_a_wall_has_address_and_time(web: httpx.AsyncClient, stand: LineStand) -> None:
    stand.state.boards.by_race["relay"]._pages.clear()
    answer = await web.get("/screen/main")
    assert answer.status_code == 503
    assert "live.test" in parse(answer.text).one("main").text
    assert answer.headers["Cache-Control"] == "no-store"


async def test_sponsors_are_on_the_strip_with_their_pictures(web: httpx.AsyncClient) -> None:
    strip = (await page(web)).one(class_="strip")
    [picture] = strip.all("img")
    answer = await web.get(picture["src"])
    assert (answer.content, answer.headers["Content-Type"]) == (b"\x89PNG", "image/png")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Lutosa" in strip.text
    for number in ("1", "2"):
        assert (await web.get(f"/sponsors/{number}")).status_code == 404
