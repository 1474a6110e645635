"""Start list, prize sheet, bibs, diplomas; the podium and the companies; what a correction changed."""

from dataclasses import asdict, replace
from typing import Any

import httpx
import pytest

from live.boards import Boards
from live.messages.boards import BoardPage
from live.programme import Prize
from live.web import api, printed, tables
from live.web.paper_lists import startlist_pdf
from live.web.paper_sheets import diploma_pdf
from live.web.state import WebState
from tests.web.conftest import GUN_MS, Keeper, board_rows, head, row
from tests.web.html import parse
from tests.web.pdf import left_of, pdf_pages, pdf_text, right_of

SPEAKER = {"Authorization": "Bearer speaker-token"}
PRIZES = (Prize({"fr": "Toutes catégories"}, "all", 3), Prize({"fr": "Dames"}, "category:women", 1))
OFFICIAL_MS = GUN_MS + 5_460_000


@pytest.fixture
def keeper(keeper: Keeper) -> Keeper:
    """No decision yet, nobody at the line, nothing of a team in detail."""
    keeper.answers = {"decisions": {"decisions": []}, "line": {"passages": []}, "team": {}}
    return keeper


@pytest.fixture
def state(state: WebState) -> WebState:
    """The relay has two prizes; 12 and 30 share the second place."""
    relay = replace(state.event.by_race["relay"], prizes=PRIZES)
    event = replace(state.event, races=(relay, state.event.by_race["short"]))
    boards = Boards(event)
    rows = {each.bib: each for each in board_rows()}
    rows |= {"12": row("12", 13, 800_100, 790_000), "30": row("30", 14, 800_100, 790_000)}
    rows["21"] = replace(rows["21"], status="dns")
    boards.hear(head("relay", 14, 5))
    boards.hear(BoardPage("relay", "journal-1", 0, tuple(rows.values()), 0))
    boards.hear(head("short", 1, 1))
    boards.hear(BoardPage("short", "journal-1", 0, (row("99", 1),), 0))
    return replace(state, event=event, boards=boards)


def told(web: WebState, /, **members: Any) -> None:
    """Let the head of the relay be heard anew."""
    version = web.boards.by_race["relay"].version + 1
    web.boards.hear(replace(head("relay", version, 5), **members))


def official(state: WebState, edition: int = 1) -> None:
    """Let the relay's result be official."""
    told(state, state="official", edition=edition, official_at_ms=OFFICIAL_MS)


async def paper(web: httpx.AsyncClient, path: str, **headers: str) -> list[str]:
    answer = await web.get(f"/print/{path}", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf"), answer.text[:200]
    return pdf_pages(answer.content)


# --- paper ------------------------------------------------------------------------------------------------------


async def test_the_start_list_names_runners_as_they_allow(web: httpx.AsyncClient) -> None:
    """T91."""
    (page,) = await paper(web, "startlist.pdf?lang=nl")
    assert "Startlijst: Relais" in page and "007 Lutosa A" in page and "A A. D., B" in page


def test_a_letter_that_no_font_has_spoils_no_paper(state: WebState) -> None:
    """T102: a box stands for it; what can be read is there, and the others' rows are as ever."""
    relay = state.event.by_race["relay"]
    odd = replace(relay.entries[0], team="Coureurs \U0010fffd du Nord", company="\U0010fffd")
    event = replace(state.event, races=(replace(relay, entries=(odd, *relay.entries[1:])),))
    boards = Boards(event)
    boards.hear(head("relay", 14, 5))
    boards.hear(BoardPage("relay", "journal-1", 0, board_rows(), 0))
    for paper_ in (
        startlist_pdf(boards.by_race["relay"], event, "fr"),
        diploma_pdf(boards.by_race["relay"], odd.bib, event, "fr"),
    ):
        said = pdf_text(paper_)
        assert "Coureurs" in said and "du Nord" in said


async def test_bibs_lead_to_the_team(web: httpx.AsyncClient, state: WebState) -> None:
    """One for each runner, two on a page; one team's can be printed again."""
    assert len(await paper(web, "bibs.pdf", **SPEAKER)) == 5
    (page,) = await paper(web, "bibs.pdf?bib=007", **SPEAKER)
    assert page.count("007") == 2 and "A. D." in page
    assert (await web.get("/print/bibs.pdf?bib=8", headers=SPEAKER)).status_code == 404


async def test_the_prize_sheet_is_for_who_reads_it_out(web: httpx.AsyncClient, state: WebState) -> None:
    """A page for each prize, the first place last; what waits says so (T77)."""
    assert (await web.get("/print/prizes.pdf")).status_code == 401
    told(state, state="provisional")
    first, second = await paper(web, "prizes.pdf", **SPEAKER)
    assert first.index("2e, ex æquo") < first.index("1re") and "À ne pas encore annoncer" not in first
    assert "Dames" in second and "Été «Ath»" in second
    board = state.boards.by_race["relay"]
    board.put([replace(board.rows["30"], version=30, quality="estimated", lap_qualities="me")], 30)
    first, _ = await paper(web, "prizes.pdf", **SPEAKER)
    assert "À ne pas encore annoncer" in first and "Temps estimé" in first


@pytest.mark.parametrize("sheet", ["prizes", "bibs"])
async def test_a_browser_that_is_signed_in_gets_the_speaker_s_papers(web: httpx.AsyncClient, sheet: str) -> None:
    """Who is not is asked for his token there, and is back at the paper then; a program is refused."""
    address = f"/print/{sheet}.pdf?race=relay&lang=nl"
    asked = await web.get(address, headers={"Accept": "text/html"})
    assert parse(asked.text).one("input", name="to")["value"] == address
    assert (await web.get(address)).status_code == 401
    form, ours = {"token": "speaker-token", "to": address}, {"Origin": "http://live.test"}
    answer = await web.post("/sign-in", data=form, headers=ours)
    assert answer.headers["Location"] == address
    shown = await web.get(address, headers={"Accept": "text/html"})
    assert (shown.headers["Content-Type"], shown.headers["Cache-Control"]) == ("application/pdf", "no-store")
    assert "/print/prizes.pdf?race=relay" in (await web.get("/speaker")).text


async def test_a_list_too_long_for_paper_is_refused_in_words(
    web: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """50,000 rows on a PDF are more than a small machine has room for; the page offers the other formats."""
    for module in (api, printed, tables):
        monkeypatch.setattr(module, "MOST", 4)
    refused = await web.get("/api/v1/races/relay/results.pdf")
    assert (refused.status_code, "CSV" in refused.json()["detail"]) == (422, True)
    assert (await web.get("/api/v1/races/relay/results.pdf?category=women")).status_code == 200
    for paper_ in ("results", "startlist", "bibs"):
        said = await web.get(f"/print/{paper_}.pdf?lang=en", headers=SPEAKER)
        assert (said.status_code, "Too long for a PDF" in said.text) == (422, True)
    page = (await web.get("/en/results/relay")).text
    assert "results.csv" in page and ".pdf" not in page


async def test_a_diploma_is_there_once_the_result_is_official(web: httpx.AsyncClient, state: WebState) -> None:
    """T90, T91: not before, not while frozen; who shows no name writes it himself."""
    told(state, state="provisional")
    refused = await web.get("/print/diploma/12.pdf")
    assert refused.status_code == 409 and "Pas encore de diplôme" in refused.text
    assert "/print/diploma/" not in (await web.get("/fr/r/relay/t/12")).text
    official(state)
    assert "/print/diploma/12.pdf?race=relay&amp;lang=fr" in (await web.get("/fr/r/relay/t/12")).text
    assert "/print/diploma/" not in (await web.get("/fr/r/relay/t/21")).text, "no place"
    team, a, b = await paper(web, "diploma/12.pdf")
    assert "Lutosa B" in team and "2e en 26:30.1" in team
    assert "A. D." in a and "2e en 26:30.1" in b and "Tour 2" in b
    assert (await web.get("/print/diploma/21.pdf")).status_code == 409, "no place"
    told(state, state="official", edition=1, official_at_ms=OFFICIAL_MS, frozen=True, frozen_since_ms=OFFICIAL_MS)
    assert (await web.get("/print/diploma/12.pdf")).status_code == 409


LONG = ("Coopérative des maraîchers de la Wallonie picarde et du Tournaisis réunis, équipe des anciens", "Ab" * 30)


async def test_a_long_name_has_room_on_paper(web: httpx.AsyncClient, state: WebState) -> None:
    """T102: a diploma is one page, a word of sixty letters stays in its column, and no name is said twice."""
    board = state.boards.by_race["relay"]
    named = {bib: name for bib, name in zip(("12", "7"), LONG, strict=True)}
    entries = [
        replace(each, team=named[each.bib], company=named[each.bib]) if each.bib in named else each
        for each in board.race.entries
    ]
    board.race = replace(board.race, entries=tuple(entries))
    official(state)
    assert len(await paper(web, "diploma/12.pdf")) == 3, "the team's, and one for each runner"
    sheet = " ".join(await paper(web, "prizes.pdf", **SPEAKER))
    assert sheet.count("maraîchers") == 1
    listed = (await web.get("/print/results.pdf?lang=fr")).content
    assert right_of(listed, LONG[1]) < left_of(listed, "Mixte")


async def test_printed_results_are_those_of_the_api(web: httpx.AsyncClient) -> None:
    """T107."""
    assert (await web.get("/print/results.pdf?lang=en")).content == (
        await web.get("/api/v1/races/relay/results.pdf?lang=en")
    ).content


# --- podium and companies ---------------------------------------------------------------------------------------


async def test_the_podium_is_hidden_until_it_is_revealed(web: httpx.AsyncClient, state: WebState) -> None:
    """T90: nobody is on it while the race is on, or the public frozen."""
    for members in ({}, {"state": "provisional", "frozen": True, "frozen_since_ms": OFFICIAL_MS}):
        told(state, **members)
        page = parse((await web.get("/fr/podium")).text)
        assert not page.all("ol", class_="podium") and "Lutosa" not in page.one("main").text
    official(state)
    assert parse((await web.get("/fr/podium")).text).all("ol", class_="podium")


async def test_who_ties_shares_a_step(web: httpx.AsyncClient, state: WebState) -> None:
    """T67."""
    official(state)
    first, *_ = parse((await web.get("/fr/podium")).text).all("ol", class_="podium")
    steps = first.all("li")
    assert [(each["data-place"], len(each.all(class_="winner"))) for each in steps] == [("1", 1), ("2", 2)]
    assert "ex æquo" in steps[1].text


async def test_a_step_says_the_name_once_where_team_and_company_have_the_same(
    web: httpx.AsyncClient, state: WebState
) -> None:
    board = state.boards.by_race["relay"]
    entries = tuple(replace(each, company=each.team) for each in board.race.entries)
    board.race = replace(board.race, entries=entries)
    official(state)
    first, *_ = parse((await web.get("/fr/podium")).text).all("ol", class_="podium")
    for winner in first.all(class_="winner"):
        assert winner.one(class_="soft").text == "", winner.text


async def test_an_estimate_keeps_a_prize_off_the_podium(web: httpx.AsyncClient, state: WebState) -> None:
    """T77."""
    board = state.boards.by_race["relay"]
    board.put([replace(board.rows["7"], version=30, quality="estimated", lap_qualities="me")], 30)
    told(state, state="provisional")
    page = parse((await web.get("/fr/podium")).text)
    assert len(page.all("ol", class_="podium")) == 1
    assert "Les officiels doivent encore confirmer ce prix." in page.one("main").text


async def test_a_company_with_too_few_teams_says_why(web: httpx.AsyncClient, state: WebState) -> None:
    """T78: on the page of companies and on that of results, below the others."""
    board = state.boards.by_race["relay"]
    board.race = replace(board.race, companies_count=5)
    for path in ("/en/companies", "/en/results/relay"):
        table = parse((await web.get(path)).text).all("table", class_="companies")[0]
        assert "incomplete: 4 of 5 teams finished" in table.text
        assert table.one("tbody").all("td")[0].text == "–"


# --- a correction -----------------------------------------------------------------------------------------------


async def test_a_new_edition_says_what_changed(web: httpx.AsyncClient, state: WebState, keeper: Keeper) -> None:
    """T87: each team with another place, time or status; the first edition and a frozen page say nothing."""
    official(state)
    assert not parse((await web.get("/en/results/relay")).text).all(id="changes")
    before = [asdict(each) for each in state.boards.by_race["relay"].rows.values()]
    keeper.answers["edition_before"] = {"rows": before}
    state.boards.by_race["relay"].put([row("7", 20, 800_001, 820_000)], 20)
    official(state, edition=2)
    changes = parse((await web.get("/en/results/relay")).text).one(id="changes")
    assert [each.text for each in changes.all("li")] == [
        "Bib 12, Lutosa B: 2nd, 26:30.1 → 1st, 26:31",
        "Bib 30, Été «Ath»: 2nd, 26:30.1 → 1st, 26:31",
        "Bib 007, Lutosa A: 4th, 26:51 → 3rd, 26:51",
        "Bib 7, Ideta: 1st, 26:30.1 → 4th, 27:01",
    ]
    shown = parse((await web.get("/en/results/relay")).text).one("table", class_="list")
    marks = {each["data-bib"]: each.all("td")[-1].text for each in shown.one("tbody").all("tr")}
    assert marks["12"].startswith("before: 2nd") and marks["7"].startswith("before: 1st")
    assert "before" not in marks["21"]
    rows = parse((await web.get("/en/")).text).one(id="board").all("li")
    listed = {each["data-bib"]: each.slot("note") for each in rows}
    assert (listed["12"], listed["7"]) == ("before: 2nd", "before: 1st")
    keeper.away = True
    assert "not at hand" in parse((await web.get("/en/results/relay")).text).one(id="changes").text
    told(state, state="official", edition=2, official_at_ms=OFFICIAL_MS, frozen=True, frozen_since_ms=OFFICIAL_MS)
    assert not parse((await web.get("/en/results/relay")).text).all(id="changes")


async def test_a_new_edition_says_of_who_never_came_that_he_is_not_back(
    web: httpx.AsyncClient, state: WebState, keeper: Keeper
) -> None:
    """T87, T110: one who did not start and whom nobody ruled on does not cost everybody the page."""
    board = state.boards.by_race["relay"]
    board.put([replace(board.rows["7"], version=30, status="running", placed=False, time_ms=None, laps=0)], 30)
    keeper.answers["edition_before"] = {"rows": [asdict(row("7", 20, 800_001, 820_000))]}
    official(state, edition=2)
    for language, said in (("fr", "non arrivée"), ("nl", "niet binnen"), ("en", "not back")):
        page = await web.get(f"/{language}/results/relay")
        assert page.status_code == 200
        assert said in parse(page.text).one(id="changes").text


async def test_the_fastest_laps_are_on_the_page_and_on_paper(web: httpx.AsyncClient, state: WebState) -> None:
    page = parse((await web.get("/fr/results/relay")).text).one("dl", class_="best").text
    printed = pdf_text((await web.get("/print/results.pdf")).content)
    for said in ("Meilleur tour", "Meilleur A", "Meilleur B"):
        assert said in page and said in printed
