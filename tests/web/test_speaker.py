"""The speaker's page: three columns in each state, his own view of a freeze, the prizes and their alarm."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from live.messages.decisions import CloseRace, FreezePublic, SetStatus
from live.messages.display import Notice, SilentPoint, SilentPoints
from live.web.answers import NoAnswer
from live.web.app import create_app
from live.web.speaker_view import countdown
from tests.web.chromium.line_stand import LineStand
from tests.web.conftest import GUN_MS, HIDDEN
from tests.web.html import Element, parse
from tests.web.prize_day import TIMES, finish, runs, stand

__all__ = ["stand"]
OURS = {"Origin": "http://live.test"}


@pytest_asyncio.fixture
async def web(stand: LineStand) -> AsyncIterator[httpx.AsyncClient]:
    """The speaker's browser, signed in."""
    transport = httpx.ASGITransport(create_app(stand.state), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://live.test", headers=OURS) as client:
        client.cookies.set("live-session", "speaker-token")
        yield client


async def page(web: httpx.AsyncClient, query: str = "?lang=en") -> Element:
    """The page as it is now."""
    return parse((await web.get(f"/speaker{query}")).text)


def bibs(inside: Element, id: str) -> list[str]:
    """The bibs that a list shows, in order."""
    return [each["data-bib"] for each in inside.one(id=id).all("li") if each.get("data-bib")]


def lap_one(stand: LineStand) -> None:
    """All five have run their first lap."""
    for bib, times in TIMES.items():
        stand.read(f"{bib}A", GUN_MS + times[0] * 1_000)


async def test_before_the_gun_there_are_programme_and_companies(web: httpx.AsyncClient) -> None:
    shown = await page(web)
    assert shown.one(id="state").one("b")["data-own-state"] == "planned"
    assert "Relais" in shown.one(id="arriving").text
    assert "Company, 5 teams" in shown.one(id="standings").text


async def test_who_arrives_stands_in_order_with_a_countdown(web: httpx.AsyncClient, stand: LineStand) -> None:
    lap_one(stand)
    expected = {bib: row.next for bib, row in stand.state.boards.by_race["relay"].rows.items()}
    line = {bib: each.at_ms for bib, each in expected.items() if each is not None and each.point == "line"}
    if not line:  # the point inside the loop comes first
        for bib, times in TIMES.items():
            stand.read(f"{bib}A", GUN_MS + times[0] * 1_000 + 260_000, "mat-km1")
    rows = stand.state.boards.by_race["relay"].rows
    soonest = min(each.at_ms for row in rows.values() if (each := row.next) is not None and each.point == "line")
    stand.wall_ms = soonest - 42_000
    shown = await page(web)
    first = shown.one(id="arriving").all("li")[0]
    assert (first.slot("in"), first.slot("what")) == ("0:42", "Finish")
    assert "±" in first.slot("within")
    stand.wall_ms = soonest - 300_000
    assert "Nobody in the next 90 s." in (await page(web)).one(id="arriving").text
    stand.wall_ms = soonest + 3_600_000
    late = (await page(web)).one(id="arriving")
    assert "overdue by" in late.text
    assert not [each for each in late.all("li") if each.get("data-at-ms")], "nobody is counted down to who is overdue"


@pytest.mark.parametrize(("left_ms", "text"), [(42_999, "0:42"), (0, "0:00"), (-999, "0:00"), (-61_000, "+1:01")])
def test_a_countdown_goes_on_behind_nought(left_ms: int, text: str) -> None:
    assert countdown(left_ms) == text


async def test_the_standings_have_five_then_three_of_each_category(web: httpx.AsyncClient, stand: LineStand) -> None:
    lap_one(stand)
    shown = await page(web)
    assert bibs(shown, "top") == ["7", "007", "12", "30", "21"]
    assert [each["data-key"] for each in shown.one(id="standings").all("section")] == ["men", "mixed", "women"]
    stand.read("007A", GUN_MS + 1_500_000)
    stand.read("007B", GUN_MS + 1_500_000)
    assert (
        "Lutosa A took the lead from Ideta at the end of lap 2, at 25:00" in (await page(web)).one(id="standings").text
    )


async def test_the_line_is_on_the_page_before_any_script(web: httpx.AsyncClient, stand: LineStand) -> None:
    lap_one(stand)
    stand.read("7B", GUN_MS + 830_000, judged=False)
    lines = (await page(web)).one(id="line").all("li")
    assert [(each["data-bib"], each["data-state"]) for each in lines][:2] == [("7", "raw"), ("21", "counted")]
    assert lines[0].slot("text") == "not confirmed"
    assert HIDDEN not in (await web.get("/speaker")).text, "T91"


# --- frozen -----------------------------------------------------------------------------------------------------


async def test_the_speaker_sees_all_while_the_public_is_frozen(web: httpx.AsyncClient, stand: LineStand) -> None:
    """T90: his own view stays full and says so; what is public, also on his device, does not move."""
    lap_one(stand)
    stand.rule(FreezePublic("relay"))
    finish(stand)
    shown = await page(web)
    assert "public frozen" in shown.one(id="state").text
    assert shown.one(id="top").all("li")[0].slot("gap") == "26:31"
    card = parse((await web.get("/speaker/t/7?lang=en")).text)
    assert "26:31" in card.text and "Finish" in card.text
    public = await web.get("/api/v1/races/relay/standings")
    assert "1591000" not in public.text


async def test_without_ingest_the_page_says_what_it_lacks(
    web: httpx.AsyncClient, stand: LineStand, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(stand)
    stand.rule(FreezePublic("relay"))

    async def nobody(question: str, **about: str) -> dict[str, Any]:
        raise NoAnswer("away")

    monkeypatch.setattr(stand.state, "ask", nobody)
    shown = await page(web)
    assert "not at hand" in shown.one(id="notices").text
    assert "not at hand" in shown.one(id="prize-1").text
    assert bibs(shown, "top")[0] == "7"


async def test_a_silent_mat_is_named(web: httpx.AsyncClient, stand: LineStand) -> None:
    """T96: as the phones name it; also while the public is frozen, which is not told."""
    stand.hear(SilentPoints("relay", (SilentPoint("line", stand.wall_ms - 240_000),)))
    assert "Mat line silent for 4 min" in (await page(web)).one(id="notices").text
    assert "Tapis ligne muet depuis 4 min" in (await page(web, "?lang=fr")).one(id="notices").text
    stand.rule(FreezePublic("relay"))
    assert "Mat line silent for 4 min" in (await page(web)).one(id="notices").text


async def test_what_officials_announce_stands_before_the_speaker(web: httpx.AsyncClient, stand: LineStand) -> None:
    stand.hear(Notice("1", "safety", {"fr": "Orage", "nl": "Onweer", "en": "Thunder"}, at_ms=1))
    assert "Onweer" in (await page(web, "?lang=nl")).one(id="notices").text


# --- a team -----------------------------------------------------------------------------------------------------


async def test_a_card_says_what_can_be_said_of_a_team(web: httpx.AsyncClient, stand: LineStand) -> None:
    lap_one(stand)
    stand.read("7A", GUN_MS + 1_590_000)
    stand.read("7B", GUN_MS + 1_591_000)
    text = parse((await web.get("/speaker/t/30?lang=en")).text).text
    for said in ("bib 30", "Company, 5 teams, 1st of the companies", "Best place still possible: 1st", "A A. D."):
        assert said in text, said
    assert HIDDEN not in text
    for bib, times in TIMES.items():
        for at_s, runner in runs(times)[1:] if bib not in ("7", "30") else ():
            stand.read(f"{bib}{runner}", GUN_MS + min(at_s, 1_600) * 1_000)
    assert "Best place still possible: 1st" in parse((await web.get("/speaker/t/30?lang=en")).text).text
    assert (await web.get("/speaker/t/999")).status_code == 404


async def test_search_finds_by_bib_and_by_any_name(web: httpx.AsyncClient) -> None:
    async def found(query: str) -> list[str]:
        shown = parse((await web.get("/speaker/search", params={"q": query})).text)
        return [each["data-key"] for each in shown.one(id="hits").all("li")]

    assert await found("7") == ["7", "007"]
    assert await found("ETE") == ["30"]
    assert await found(HIDDEN) == [], "T91"
    assert await found("") == []


async def test_cards_and_search_are_for_who_is_signed_in(web: httpx.AsyncClient) -> None:
    web.cookies.clear()
    for path in ("/speaker", "/speaker/t/7", "/speaker/search?q=7"):
        assert 'data-page="sign-in"' in (await web.get(path)).text, path
    answer = await web.post("/speaker/prize", data={"do": "give", "race": "relay", "prize": "1", "place": "1"})
    assert 'data-page="sign-in"' in answer.text


# --- prizes -----------------------------------------------------------------------------------------------------


async def do(web: httpx.AsyncClient, action: str, **form: str) -> httpx.Response:
    """Press a button of a prize's page."""
    return await web.post("/speaker/prize", data={"do": action, "race": "relay", **form})


async def test_a_prize_is_read_from_its_last_place_and_says_what_it_waits_for(
    web: httpx.AsyncClient, stand: LineStand
) -> None:
    lap_one(stand)
    sheet = (await page(web)).one(id="prize-1")
    assert (sheet["data-settled"], "The race is not over" in sheet.text) == ("false", True)
    finish(stand)
    sheet = (await page(web)).one(id="prize-1")
    assert sheet["data-settled"] == "true"
    assert [each["data-place"] for each in sheet.all("li")] == ["3", "2", "1"]
    assert "May be read out" in sheet.text


async def test_a_tick_is_seen_by_all_and_taken_back(web: httpx.AsyncClient, stand: LineStand) -> None:
    finish(stand)
    assert (await do(web, "give", prize="1", place="1", bibs="7")).status_code == 303
    first = (await page(web)).one(id="prize-1").all("li", data_place="1")[0]
    assert first["data-given"] == "true"
    told = await web.get("/api/v1/races/relay/prizes")
    assert told.json()["prizes"][0]["given"][0]["bibs"] == ["7"]
    decision = first.one("input", name="decision")["value"]
    assert (await do(web, "take", prize="1", decision=decision)).status_code == 303
    assert (await page(web)).one(id="prize-1").all("li", data_place="1")[0]["data-given"] == "false"
    with_nothing = await do(web, "take", prize="1", decision=decision)
    assert with_nothing.status_code == 422
    for form in ({"prize": "x", "place": "1"}, {"prize": "1", "place": ""}):
        assert (await do(web, "give", **form)).status_code == 422
    assert (await do(web, "dance")).status_code == 422


async def test_a_correction_of_a_prize_that_was_given_raises_the_alarm(
    web: httpx.AsyncClient, stand: LineStand
) -> None:
    """T88: in words, to whom it went and whose it is now, also while the public is frozen."""
    finish(stand)
    stand.rule(FreezePublic("relay"))
    await do(web, "give", prize="1", place="1", bibs="7")
    assert not (await page(web)).all(data_alarm="")
    stand.rule(SetStatus("relay", "7", "dsq"))
    shown = await page(web)
    [alarm] = shown.all(data_alarm="")
    assert alarm["role"] == "alert"
    assert "handed to 7 (Ideta), but the place is now that of 007 (Lutosa A)" in alarm.text
    assert "data-changed" in shown.one(id="prize-1").all("li", data_place="1")[0].attributes


async def test_the_speaker_reads_out_on_the_screens_what_is_settled(web: httpx.AsyncClient, stand: LineStand) -> None:
    lap_one(stand)
    assert (await do(web, "out", prize="1", places="")).status_code == 303
    finish(stand)
    stand.rule(CloseRace("relay"))
    assert (await do(web, "out", prize="1", places="3")).status_code == 303
    third = (await page(web)).one(id="prize-1").all("li", data_place="3")[0]
    assert "on the screens" in third.text
    assert stand.state.shown.unveiled["relay"].places == (3,)
    await do(web, "clear", prize="1")
    assert stand.state.shown.unveiled["relay"].prize is None
