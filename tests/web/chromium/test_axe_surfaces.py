"""axe-core on what is no phone page: screens in each view, graphics for video, the line, the speaker, the walk."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser

from live.messages.decisions import CloseRace, FreezePublic
from live.messages.display import ScreenShows, Unveiled
from tests.web.chromium.browser import visitor
from tests.web.chromium.line_stand import LineStand
from tests.web.chromium.stand import Stand, standing
from tests.web.chromium.test_axe import faults
from tests.web.conftest import GUN_MS, entry, head, meeting, race, row
from tests.web.prize_day import finish, publish, stand

__all__ = ["stand"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
WALL = {"width": 1920, "height": 1080}
VIEWS = ("board", "category", "arrivals", "map", "companies", "sponsors", "podium", "message", "qr", "black")


def first(one: str, *others: str) -> list[Any]:
    """Return the cases of which the first runs always, the others in `make test-deep`."""
    return [one, *(pytest.param(each, marks=pytest.mark.deep) for each in others)]


STATES = first("official", "planned", "running", "frozen", "provisional")
LANGUAGES = first("fr", "nl", "en")


def race_until(stand: LineStand, state: str) -> None:
    """Let the race come so far."""
    if state == "planned":
        return
    if state == "running":
        stand.read("7A", GUN_MS + 790_000)
        return
    if state == "frozen":
        stand.rule(FreezePublic("relay"))
    finish(stand)
    if state != "frozen":
        stand.rule(CloseRace("relay"))
    if state == "official":
        publish(stand)


@pytest.mark.parametrize("theme", first("dark", "light"))
@pytest.mark.parametrize("state", STATES)
async def test_a_screen_is_without_violation(browser: Browser, stand: LineStand, state: str, theme: str) -> None:
    race_until(stand, state)
    found: dict[str, list[str]] = {}
    async with standing(stand), visitor(browser, stand.url, viewport=WALL, bypass_csp=True) as wall:
        for number, view in enumerate(VIEWS):
            members = {"category": {"category": "women"}, "message": {"text": {"fr": "Buffet ouvert"}}}.get(view, {})
            shows = ScreenShows("main", view, id=str(number), at_ms=stand.wall_ms + number, **members)  # type: ignore[arg-type]
            await stand.state.shown.tell(shows)
            await stand.state.shown.tell(Unveiled("relay", 1, (3, 2), f"u{number}", "luc", stand.wall_ms + number))
            await wall.open(f"/screen/main?theme={theme}")
            if said := await faults(wall):
                found[view] = said
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_graphics_and_the_line_are_without_violation(browser: Browser, stand: LineStand, language: str) -> None:
    race_until(stand, "provisional")
    found: dict[str, list[str]] = {}
    async with standing(stand), visitor(browser, stand.url, viewport=WALL, bypass_csp=True) as picture:
        for path in ("overlay/clock", "overlay/tower", "overlay/arrival", "overlay/ticker", "line"):
            await picture.open(f"/{path}?lang={language}")
            if said := await faults(picture):
                found[path] = said
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
async def test_the_speaker_is_without_violation(browser: Browser, stand: LineStand, state: str, language: str) -> None:
    race_until(stand, state)
    found: dict[str, list[str]] = {}
    async with standing(stand), visitor(browser, stand.url, viewport=WALL, bypass_csp=True) as tablet:
        await tablet.open(f"/speaker?lang={language}")
        if said := await faults(tablet):
            found["sign in"] = said
        await tablet.page.fill("#token", "speaker-token")
        await tablet.page.click("main button")
        await tablet.until("document.documentElement.dataset.page === 'speaker'")
        for opened in ("", "p", "/"):
            if opened:
                await tablet.page.keyboard.press(opened)
                await tablet.page.wait_for_load_state("networkidle")
            if said := await faults(tablet):
                found[opened] = said
    assert found == {}


@pytest.mark.parametrize("theme", first("light", "dark"))
@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_walk_is_without_violation(browser: Browser, language: str, theme: str) -> None:
    entries = tuple(entry(n, str(n + 1), f"T{n}", "mixed", ("F", "M")) for n in range(6))
    walk = Stand(replace(meeting(), races=(replace(race("relay", entries), ranked=False),)))
    walk.begin(head("relay", 1, 6), [row(each.bib, 0, 800_000, 790_000) for each in entries])
    found: dict[str, list[str]] = {}
    async with standing(walk), visitor(browser, walk.url, bypass_csp=True) as phone:
        await phone.page.add_init_script(f"localStorage['live/web-test'] = JSON.stringify({{theme: '{theme}'}})")
        for path in ("r/relay", "r/relay/t/1"):
            await phone.open(f"/{language}/{path}")
            if said := await faults(phone):
                found[path] = said
    assert found == {}
