"""From a passage to the painted row, and through a restart: `live serve` as an organiser runs it, a real Chromium."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import EVENT, LAP_MS, Desk
from tests.serving import Served
from tests.web.chromium.browser import chromium, visitor

pytestmark = pytest.mark.browser

ENTRIES = """race,bib,team,company,category,runner,first_name,last_name,sex,chips,public
relay,7,Ideta,Company,women,A,Anna,Dubois,F,,initials
relay,7,Ideta,Company,women,B,Beatrijs,Maes,F,,no
relay,12,Lutosa,Company,men,A,Bram,Claes,M,,yes
relay,12,Lutosa,Company,men,B,Karim,Leroy,M,,yes
"""


def an_event(folder: Path) -> Path:
    """Write an event of two teams."""
    folder.mkdir()
    (folder / "event.toml").write_text(EVENT, encoding="utf-8")
    (folder / "entries.csv").write_text(ENTRIES, encoding="utf-8")
    return folder


async def test_a_phone_sees_a_crossing_and_comes_back_after_the_server(
    tmp_path: Path, served: Callable[..., Awaitable[Served]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """T95, T71: the row moves when the passage is stored; the server stops and starts, the page goes on by itself."""
    monkeypatch.setenv("LIVE_WEB_HTMX", "local")
    running = await served(an_event(tmp_path / "event"))
    desk = Desk(running)
    async with desk.http, chromium() as browser, visitor(browser, running.url) as phone:
        await phone.open("/")
        await phone.live()
        assert (await desk.cross(1, ("12A", LAP_MS))).status_code == 200
        await phone.until("document.querySelector('#board').firstElementChild.dataset.bib === '12'")
        assert await phone.slots("place") == {"12": "1", "7": ""}
        await phone.page.click('li[data-bib="7"] [data-do=follow]')
        assert (await desk.cross(2, ("7A", LAP_MS - 1_000))).status_code == 200
        await phone.until("document.querySelector('#mine [data-f=place]').textContent === '1'")
        assert await phone.slots("gap") == {"7": "", "12": "+0:01"}
        assert phone.said == []
        await running.stop()
        later = Desk(await served(running.folder, port=running.port, mqtt_port=running.mqtt_port))
        async with later.http:
            assert (await later.cross(3, ("12A", 2 * LAP_MS), ("12B", 2 * LAP_MS))).status_code == 200
        await phone.until("document.querySelector('li[data-bib=\"12\"]').dataset.status === 'finished'")
        assert await phone.slots("place") == {"12": "1", "7": "2"}
        assert await phone.get("document.querySelector('#link').textContent") == "En direct"
        await phone.open("/fr/r/relay/t/12")
        await phone.until("document.querySelector('#own').innerText.includes('Tour 2')")
        assert "compte pour le tour 2" in await phone.get("document.querySelector('#crossings').textContent")
