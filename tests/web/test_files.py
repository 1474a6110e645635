"""Results as files and on paper: the same in all of them, numbers as numbers, nothing that runs, nothing hidden."""

import csv
import io
import subprocess
import sys
from dataclasses import replace
from html import unescape
from typing import Any
from zipfile import ZipFile

import httpx
import pytest
from python_calamine import CalamineWorkbook

from live.boards import RaceBoard
from live.messages.boards import BoardPage
from live.web.state import WebState
from tests.web.conftest import GUN_MS, entry, head, race, row
from tests.web.html import parse
from tests.web.pdf import pdf_pages, pdf_text

RESULTS = "/api/v1/races/relay/results."


def sheet(body: bytes, name: str = "results") -> list[list[Any]]:
    """Return the rows of a spreadsheet's sheet."""
    rows: list[list[Any]] = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_name(name).to_python()
    return rows


@pytest.fixture
def close(state: WebState) -> WebState:
    """12 and 30 finish within one shown second, 30 in front: tenths tell them apart (T80)."""
    board = state.boards.by_race["relay"]
    board.put([row("12", 20, 820_000, 790_300), row("30", 20, 820_000, 790_100)], 20)
    return state


async def test_page_csv_json_sheet_and_paper_say_the_same(web: httpx.AsyncClient, close: WebState) -> None:
    """T107: equal rank, equal time, equal name, at one version."""
    tree = parse((await web.get("/fr/results/relay")).text)
    page = [
        (each["data-place"], each.all("th")[0].text, each.all("td")[1].text)
        for each in tree.one("table", class_="list").one("tbody").all("tr")
    ]
    told = (await web.get(RESULTS + "json")).json()["results"]
    listed = list(csv.DictReader(io.StringIO((await web.get(RESULTS + "csv")).text)))
    header, *lines = sheet((await web.get(RESULTS + "xlsx")).content)
    cells = [dict(zip(header, line, strict=True)) for line in lines]
    for rows in (told, listed, cells):
        same = [(str(each["place"] or "").removesuffix(".0"), each["team"].lstrip("'"), each["time"]) for each in rows]
        assert same == page
    paper = pdf_text((await web.get(RESULTS + "pdf?lang=fr")).content)
    at = 0
    for place, team, time in page:
        at = paper.index(team, at)
        assert time in paper[at : at + 120] and place in paper[max(0, at - 20) : at]
    assert any("." in time for _, _, time in page), "no two were close"


async def test_a_sheet_has_numbers_as_numbers_and_times_as_text(web: httpx.AsyncClient) -> None:
    header, first, *_ = sheet((await web.get(RESULTS + "xlsx")).content)
    cells = dict(zip(header, first, strict=True))
    assert header[:10] == ["place", "bib", "team", "company", "category", "status", "laps", "time", "time_ms", "gap_ms"]
    assert header[-5:] == ["lap1_ms", "lap2_ms", "quality", "state", "version"]
    assert (cells["place"], cells["time_ms"], cells["time"], cells["bib"]) == (1, 1_590_001, "26:31", "7")
    assert sheet((await web.get(RESULTS + "xlsx")).content)[2][1] == "007"


async def test_nothing_in_a_sheet_runs(web: httpx.AsyncClient) -> None:
    """A team called ``=1+1`` is a text, whoever opens the file."""
    body = (await web.get(RESULTS + "xlsx")).content
    assert "=1+1 & Cie" in [line[2] for line in sheet(body)]
    book = ZipFile(io.BytesIO(body))
    assert not any(b"<f>" in book.read(name) for name in book.namelist())
    assert b'quotePrefix="1"' in book.read("xl/styles.xml")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Provisoire depuis 18:05, réclamations jusqu’à 18:20"),
        ("nl", "Voorlopig sinds 18:05, bezwaar mogelijk tot 18:20"),
        ("en", "Provisional since 18:05, objections until 18:20"),
    ],
)
async def test_page_sheet_and_paper_say_until_when_objections_are_heard(
    web: httpx.AsyncClient, state: WebState, language: str, said: str
) -> None:
    since_ms = GUN_MS + 95 * 60_000
    over = replace(head("relay", 15, 5), state="provisional", as_of_ms=since_ms)
    state.boards.hear(replace(over, provisional_since_ms=since_ms, objections_until_ms=since_ms + 15 * 60_000))
    page = unescape((await web.get(f"/{language}/results/relay")).text)
    paper = pdf_text((await web.get(f"{RESULTS}pdf?lang={language}")).content)
    info = str(sheet((await web.get(f"{RESULTS}xlsx?lang={language}")).content, "info"))
    for text in (page, paper, info):
        assert said in text.replace("\u00a0", " ") and "15" in text


async def test_the_head_of_a_table_stands_on_every_page(web: httpx.AsyncClient, state: WebState) -> None:
    teams = tuple(entry(n, str(n), f"Team {n}", "mixed", ("F", "M")) for n in range(1, 121))
    board = state.boards.by_race["relay"] = RaceBoard(race("relay", teams))
    board.hear(head("relay", 14, 120))
    rows = tuple(row(each.bib, 20, 800_000 + each.number) for each in teams)
    board.hear(BoardPage("relay", "journal-1", 0, rows, 20))
    pages = pdf_pages((await web.get(RESULTS + "pdf?lang=en")).content)
    assert len(pages) > 3
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page and "Relais" in page and "version 14" in page
        assert "Place" in page


async def test_paper_is_tagged_and_leads_to_the_page(web: httpx.AsyncClient, state: WebState) -> None:
    """Whoever cannot see it hears it (PDF/UA); the QR code is there where the public address is known."""
    body = (await web.get(RESULTS + "pdf")).content
    assert b"/MarkInfo" in body and b"/StructTreeRoot" in body
    assert "http" not in pdf_text(body)
    state.settings = replace(state.settings, origin="https://live.example.org")
    state.rendered = type(state.rendered)()
    assert "https://live.example.org/nl/results/relay" in pdf_text((await web.get(RESULTS + "pdf?lang=nl")).content)


async def test_nothing_newer_than_the_freeze_is_in_a_file(web: httpx.AsyncClient, state: WebState) -> None:
    """T90: the public board is that of the freeze; each file says so."""
    state.boards.hear(replace(head("relay", 15, 5), frozen=True, frozen_since_ms=GUN_MS + 1_700_000))
    state.boards.hear(BoardPage("relay", "journal-1", 0, (), 15))
    assert "Classement figé depuis 16:58" in pdf_text((await web.get(RESULTS + "pdf")).content)
    assert "Classement figé depuis 16:58" in str(sheet((await web.get(RESULTS + "xlsx")).content, "info"))


def test_a_web_process_is_at_work_before_it_has_loaded_what_only_a_spreadsheet_needs() -> None:
    asked = "import sys, live.web.service; sys.exit('xlsxwriter' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
