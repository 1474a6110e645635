"""Calendar, sitemap, and the pages that say what is kept and for whom."""

from dataclasses import replace
from xml.etree import ElementTree

import httpx
import pytest

from live.web.programs import short_name
from live.web.state import WebState
from tests.web.html import parse
from tests.web.reading import client


async def test_each_race_is_an_appointment(state: WebState) -> None:
    event = replace(state.event, name="Course, relais; et goûter", place="Rue de l’Évêché " * 8)
    async with client(replace(state, event=event)) as web:
        answer = await web.get("/event.ics")
    assert answer.headers["Content-Type"].startswith("text/calendar")
    lines = answer.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert lines.count(b"BEGIN:VEVENT") == lines.count(b"END:VEVENT") == 2
    unfolded = answer.text.replace("\r\n ", "")
    assert "SUMMARY:Course\\, relais\\; et goûter – Relais\r\n" in unfolded
    assert "DTSTART:20160526T143000Z\r\n" in unfolded
    assert f"LOCATION:{event.place}\r\n" in unfolded


async def test_the_sitemap_names_public_pages_that_are_there(web: httpx.AsyncClient) -> None:
    tree = ElementTree.fromstring((await web.get("/sitemap.xml")).content)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    addresses = [each.text or "" for each in tree.iter(f"{space}loc")]
    assert "http://live.test/nl/r/relay/map" in addresses
    assert not [each for each in addresses if "/t/" in each]
    for address in addresses:
        assert (await web.get(address)).status_code == 200, address


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
@pytest.mark.parametrize("name", ["privacy", "accessibility", "away"])
async def test_the_statements_are_there_in_each_language(web: httpx.AsyncClient, language: str, name: str) -> None:
    answer = await web.get(f"/{language}/{name}")
    assert answer.status_code == 200
    assert parse(answer.text).one("html")["data-page"] == name


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("SMARTRUN · répétition", "SMARTRUN"),
        ("SMARTRUN 2027", "SMARTRUN"),
        ("Essai", "Essai"),
        ("Corrida du Nord", "Corrida du"),
        ("Internationalisatie", "Internationa"),
    ],
)
def test_below_the_icon_stand_whole_words(name: str, short: str) -> None:
    assert short_name(name) == short


async def test_the_worker_is_asked_for_anew_each_time(web: httpx.AsyncClient) -> None:
    answer = await web.get("/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Type"].startswith("text/javascript")
