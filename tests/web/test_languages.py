"""Which language a page is in, and that every language has all its words."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from live.programme import LANGUAGES
from live.web.languages import LOCALE, load, offered, pick

ROOT = Path(__file__).parent.parent.parent
PLACE = re.compile(r"\{\w+\}|%\(\w+\)s")


def catalogue(path: Path, language: str | None = None) -> Catalog:
    """Read a catalogue's source."""
    with path.open("rb") as source:
        return read_po(source, locale=language)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """All that the code and the templates say, as `make catalogues` finds it."""
    target = tmp_path_factory.mktemp("words") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", str(LOCALE / "babel.cfg")]
    subprocess.run([*command, "-o", str(target), "."], cwd=ROOT, check=True, timeout=60)
    return catalogue(target)


def texts(written: object) -> list[str]:
    """Return the forms of a message: one, or one for each plural."""
    return [str(each or "") for each in (written if isinstance(written, tuple | list) else [written])]


def ids(known: Catalog) -> set[tuple[str, object]]:
    """Return what identifies each message."""
    return {(message.context or "", message.id) for message in known if message.id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_and_nothing_left_over(language: str, extracted: Catalog) -> None:
    known = catalogue(LOCALE / language / "LC_MESSAGES" / "messages.po", language)
    assert ids(known) == ids(extracted)
    for message in known:
        assert all(texts(message.string)), f"{language}: {message.id} is not translated"
        assert not message.fuzzy, f"{language}: {message.id} is fuzzy"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_original(language: str) -> None:
    for message in catalogue(LOCALE / language / "LC_MESSAGES" / "messages.po", language):
        wanted = {place for text in texts(message.id) for place in PLACE.findall(text)}
        for text in texts(message.string) if message.id else ():
            assert set(PLACE.findall(text)) == wanted, f"{language}: {text}"


def test_the_template_for_translators_is_up_to_date(extracted: Catalog) -> None:
    assert ids(catalogue(LOCALE / "messages.pot")) == ids(extracted)


def test_catalogues_need_no_compiled_file() -> None:
    assert load("fr").gettext("Followed") == "Suivies"
    assert not list(LOCALE.rglob("*.mo"))


@pytest.mark.parametrize(
    ("cookie", "accept", "language"),
    [
        (None, None, "fr"),
        ("nl", "en", "nl"),
        ("xx", "en", "en"),
        (None, "nl-BE,nl;q=0.9,en;q=0.8", "nl"),
        (None, "de,en;q=0.5,nl;q=0.7", "nl"),
        (None, "de-DE,*;q=0.1", "fr"),
        (None, "en;q=0, nl;q=0", "fr"),
        (None, "en;q=nonsense,,;", "fr"),
    ],
)
def test_a_phone_gets_its_language(cookie: str | None, accept: str | None, language: str) -> None:
    assert pick(("fr", "nl", "en"), cookie, accept) == language


def test_an_event_offers_only_languages_that_have_pages() -> None:
    assert offered(["nl", "de", "fr"]) == ("nl", "fr")
    assert offered(["de"]) == LANGUAGES
    assert pick(("nl", "fr"), None, "en") == "nl"


@pytest.mark.parametrize(("language", "words"), [("fr", "Équipe"), ("nl", "Ploeg"), ("en", "Team")])
async def test_the_address_decides(web: httpx.AsyncClient, language: str, words: str) -> None:
    page = await web.get(f"/{language}/r/relay/table", headers={"Accept-Language": "de", "Cookie": "lang=nl"})
    assert f'<html lang="{language}"' in page.text
    assert f">{words}</th>" in page.text


async def test_the_front_door_leads_to_the_language_of_the_phone(web: httpx.AsyncClient) -> None:
    assert (await web.get("/", headers={"Accept-Language": "nl"})).headers["Location"] == "/nl/"
    assert (await web.get("/", headers={"Cookie": "lang=en"})).headers["Location"] == "/en/"
    answer = await web.get("/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/fr/")
