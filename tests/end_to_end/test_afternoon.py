"""A spectator's afternoon: `live serve` as an organiser runs it, one phone from the countdown to the podium.

The race is told faster than it is run; its clock follows what is told.
"""

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import WebSocket

from tests.end_to_end.conftest import EVENT, GUN_MS, Desk
from tests.end_to_end.test_states import as_official, first_is
from tests.serving import Served
from tests.web.chromium.browser import Phone, chromium, visitor

pytestmark = pytest.mark.browser

HTML = "<img src=x onerror=window.stolen=1>"
"""What a company calls itself."""
TEAMS = (("7", "Ideta & <b>Fils</b>", HTML), ("12", "Lutosa", "Usine 1"), ("21", "Lutosa", "Usine 2"))
COLUMNS = ("race", "bib", "team", "company", "category", "runner", "first_name", "last_name", "sex", "chips", "public")
AWAY = ("Failed to load", "WebSocket connection to")
"""What Chromium itself says while the server is killed and the tunnel lasts."""
UNSEEN_FINISH_MS = 1_382_000
"""When team 21 comes in, during the freeze."""


def entries() -> str:
    """Return the entries' file: two teams have one name, a third has signs of HTML in its own."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for bib, team, company in TEAMS:
        for runner, name in (("A", "Anna"), ("B", "Beatrijs")):
            table.writerow(("relay", bib, team, company, "women", runner, name, "Maes", "F", "", "initials"))
    return text.getvalue()


@pytest.fixture
async def desk(
    tmp_path: Path, served: Callable[..., Awaitable[Served]], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """Three teams of two before the gun."""
    monkeypatch.setenv("LIVE_WEB_HTMX", "local")
    folder = tmp_path / "event"
    folder.mkdir()
    without_gun = "\n".join(line for line in EVENT.splitlines() if not line.startswith("gun = "))
    (folder / "event.toml").write_text(without_gun, encoding="utf-8")
    (folder / "entries.csv").write_text(entries(), encoding="utf-8")
    desk = Desk(await served(folder))
    async with desk.http:
        yield desk


@asynccontextmanager
async def asleep(phone: Phone, *, radio: bool) -> AsyncIterator[None]:
    """The phone is in a pocket: its page is frozen, and without `radio` nothing reaches it either."""
    session = await phone.context.new_cdp_session(phone.page)
    await session.send("Page.setWebLifecycleState", {"state": "frozen"})
    await phone.context.set_offline(not radio)
    yield
    await phone.context.set_offline(False)
    await session.send("Page.setWebLifecycleState", {"state": "active"})


async def shows(phone: Phone, **places: str) -> None:
    """Wait until the list has these teams, ``t7="1"``, in this order, with their places."""
    wanted = [[bib.removeprefix("t"), place] for bib, place in places.items()]
    script = """[...document.querySelectorAll('#board > li')].map(
        li => [li.dataset.bib, li.querySelector('[data-f=place]').textContent])"""
    await phone.until(f"JSON.stringify({script}) === JSON.stringify({wanted})", f"the places {wanted}")


async def state(phone: Phone, begins: str) -> None:
    """Wait until the race's state begins with these words."""
    await phone.until(f"document.querySelector('[data-f=state]').textContent.startsWith({begins!r})", begins)


def row(bib: str, slot: str) -> str:
    """Return the expression of a slot's text."""
    return f"document.querySelector('#board > li[data-bib=\"{bib}\"] [data-f={slot}]').textContent"


async def test_from_the_countdown_to_the_podium(desk: Desk) -> None:
    told: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: told.append(str(frame)))

    async with chromium() as browser, visitor(browser, desk.served.url) as phone:
        phone.page.on("websocket", listen)
        await desk.cross(1, ("7A", -600_000))  # somebody tries his chip
        await phone.open("/")
        await phone.live()
        await state(phone, "Départ à 16:30")
        await phone.until("document.querySelector('#clock').textContent === '−0:10:00'", "the countdown")
        await phone.page.click('li[data-bib="12"] [data-do=follow]')

        assert (await desk.decide("gun", type="fire_gun", race="relay", gun_at_ms=GUN_MS)).status_code == 202
        await state(phone, "En course")
        await desk.cross(2, ("7A", 700_000))
        await shows(phone, t7="1", t12="", t21="")

        async with asleep(phone, radio=True):
            await desk.cross(3, ("12A", 709_000))
            await desk.board(lambda board: board["standings"][1]["laps"] == 1)
        await shows(phone, t7="1", t12="2", t21="")
        assert await phone.get("document.querySelector('#mine [data-f=place]').textContent") == "2"

        await phone.context.set_offline(True)  # a tunnel
        await phone.until("document.querySelector('#link').dataset.link === 'offline'")
        await desk.cross(4, ("21A", 705_000))
        await desk.board(lambda board: board["standings"][1]["bib"] == "21")
        await phone.context.set_offline(False)
        await shows(phone, t7="1", t21="2", t12="3")

        await the_server_dies(desk)
        await desk.cross(5, ("7A", 1_400_000), ("7B", 1_403_000))
        await phone.until("document.querySelector('li[data-bib=\"7\"]').dataset.status === 'finished'")

        async with asleep(phone, radio=False):
            await desk.cross(7, ("12A", 1_390_000), ("12B", 1_391_000))
            await desk.board(lambda board: board["standings"][0]["bib"] == "12")
        await shows(phone, t12="1", t7="2", t21="3")

        await an_official_corrects(desk, phone)
        await the_freeze(desk, phone, told)
        await the_result(desk, phone)
        assert await phone.get("window.stolen") is None
        ours = [said for said in phone.said if said.startswith("error: ") and not any(each in said for each in AWAY)]
        assert ours == []


async def the_server_dies(desk: Desk) -> None:
    """Kill what serves and what judges, and wait until they are back by themselves."""
    for name, process in desk.served.children().items():
        if name != "broker":
            process.kill()
    await desk.ready(True)


async def an_official_corrects(desk: Desk, phone: Phone) -> None:
    """A passage is void and another is added by hand: its time carries the mark of that."""
    void: dict[str, Any] = {"type": "void_passage", "device": "hand-1", "epoch": "9f2c", "seq": 4}
    assert (await desk.decide("void", **void)).status_code == 202
    await phone.until(f"{row('21', 'laps')} === '0/2'")
    crossing: dict[str, Any] = {
        "race": "relay",
        "bib": "21",
        "runner": "A",
        "point": "line",
        "crossed_at_ms": GUN_MS + 703_000,
    }
    assert (await desk.decide("add", type="add_crossing", **crossing)).status_code == 202
    await phone.until(f"{row('21', 'laps')} === '1/2'")
    assert await phone.get("document.querySelector('li[data-bib=\"21\"]').dataset.quality") == "corrected"
    assert await phone.get(row("21", "note")) in ("corrigé", "passage")


async def the_freeze(desk: Desk, phone: Phone, told: list[str]) -> None:
    """Team 21 comes in first, and nobody sees it before the reveal: not the page, not the stream, not a reload."""
    assert (await desk.decide("freeze", type="freeze_public", race="relay")).status_code == 202
    await phone.until("document.querySelector('#held').textContent.startsWith('Classement figé depuis')")
    told.clear()
    await desk.cross(9, ("21A", UNSEEN_FINISH_MS - 1_000), ("21B", UNSEEN_FINISH_MS))
    assert first_is("21")(await as_official(desk, first_is("21")))
    await shows(phone, t12="1", t7="2", t21="3")
    await phone.page.reload()
    await phone.live()
    await shows(phone, t12="1", t7="2", t21="3")
    assert str(UNSEEN_FINISH_MS) not in "".join(told) and "23:02" not in await phone.page.content()
    assert (await desk.decide("reveal", type="reveal_public", race="relay")).status_code == 202
    await shows(phone, t21="1", t12="2", t7="3")
    assert await phone.get("document.querySelector('#held').hidden")


async def the_result(desk: Desk, phone: Phone) -> None:
    """Provisional, official, and the podium with the name that two teams have."""
    await state(phone, "Provisoire")
    assert (await desk.decide("official", type="publish_official", race="relay")).status_code == 202
    await state(phone, "Officiel")
    await phone.page.click('li[data-bib="7"] a.to')
    await phone.until("document.querySelector('h1').textContent === 'Ideta & <b>Fils</b>'")
    assert HTML in await phone.page.inner_text("main")
    await phone.open("/fr/podium")
    steps = await phone.page.locator(".podium li").all_inner_texts()
    assert [("Lutosa" in step, "Usine 2" in step) for step in steps] == [(True, True)]
    await phone.open("/fr/search?q=lutosa")
    found = await phone.page.locator("#found a").all_inner_texts()
    assert ["Usine 1" in found[0], "Usine 2" in found[1]] == [True, True]
