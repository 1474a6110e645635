"""All through a simulated race: what stands on the live page is what the server would send."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from live.ingest.meeting import Meeting
from live.messages.facts import Recorded
from live.programme import Event
from live.rehearsal.simulate import simulate
from tests.rehearsal.race_day import make_event
from tests.web.chromium.browser import DEADLINE_S, Phone, visitor
from tests.web.chromium.stand import Stand, standing
from tests.web.conftest import row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


COMPARED = """async ([list, at]) => {
    const answer = await fetch(location.pathname + at, {cache: 'no-store'})
    const trusted = trustedTypes.createPolicy('test' + Math.random(), {createHTML: text => text})
    const fresh = new DOMParser().parseFromString(trusted.createHTML(await answer.text()), 'text/html')
    const shown = root => [...root.querySelectorAll(list)].filter(each => !each.hidden).map(element => ({
        bib: element.dataset.bib, place: element.dataset.place, status: element.dataset.status,
        quality: element.dataset.quality, provisional: element.dataset.provisional,
        label: element.querySelector('.to')?.ariaLabel, done: element.querySelector('.done')?.getAttribute('width'),
        due: element.querySelector('.due')?.getAttribute('width'),
        slots: Object.fromEntries([...element.querySelectorAll('[data-f]')].map(
            slot => [slot.dataset.f, slot.textContent.trim()]))}))
    return [fresh.querySelector('[data-race]').dataset.version, shown(document), shown(fresh)]
}"""


async def compared(phone: Phone, list_: str, at: str) -> tuple[Any, Any]:
    """Return what the page shows, and what the server would send now."""
    _, shown, fresh = await phone.page.evaluate(COMPARED, [list_, at])
    for mine, sent in zip(shown, fresh, strict=False):
        if mine["slots"].get("note") in PASSING:  # the one word that only a live page has
            mine["slots"]["note"] = sent["slots"]["note"]
        if point_of(mine) and point_of(mine) == point_of(sent):  # a forecast that hardly moved is not told again
            mine["slots"]["next"] = sent["slots"]["next"]
    return shown, fresh


def point_of(element: Any) -> str:
    """Return where the team is expected, as the row begins to say it: ``km 2`` or ``ligne``."""
    return str(element["slots"].get("next", ""))[:5]


PASSING = ("passage", "doorkomst", "passing")


class Day:
    """A simulated race that goes on step by step: its facts judged as on the day, told as on the day."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.meeting = Meeting(event, "j-1")
        simulation = simulate(event, seed=3)
        self._readings = list(simulation.readings)
        self._seq = 0
        self._now_ms = 0

    def begin(self, stand: Stand) -> None:
        """Tell the boards before the gun."""
        self.meeting.changes(0)
        for live in self.event.races:
            rows = tuple(
                row for n in range(self.meeting.head(live.id).pages) for row in self.meeting.page(live.id, n).rows
            )
            stand.begin(self.meeting.head(live.id), rows)

    def go_on(self, stand: Stand, count: int) -> None:
        """Let so many passages arrive."""
        for reading in self._readings[:count]:
            self._seq += 1
            self._now_ms = max(self._now_ms, reading.sent_at_ms)
            self.meeting.apply(Recorded(self._seq, reading.sent_at_ms, reading.passage))
            if self._seq % 7 == 0:
                self.tell(stand)
        del self._readings[:count]
        self.tell(stand)

    def tell(self, stand: Stand) -> None:
        """Let what changed be heard."""
        for changes in self.meeting.changes(self._now_ms):
            stand.hear(changes)

    @property
    def left(self) -> int:
        """How many passages are to come."""
        return len(self._readings)


@pytest.mark.parametrize(
    ("path", "list_", "at"),
    [
        ("/fr/", "#board > li", "?"),
        ("/nl/r/relay?cat=mixed", "#board > li", "?cat=mixed"),
        ("/en/r/relay/t/3", "#team", ""),
        ("/screen/main", "#board > li", ""),
    ],
)
async def test_the_live_page_is_the_page_that_the_server_would_send(
    browser: Browser, tmp_path: Path, path: str, list_: str, at: str
) -> None:
    """T71, T107: all through a race with its mishaps no slot and no sentence differs, once a change was painted."""
    event = make_event(tmp_path / "day", teams=16, walkers=0, gun=True)
    day = Day(event)
    stand = Stand(event)
    day.begin(stand)
    async with standing(stand), visitor(browser, stand.url) as phone:
        await phone.open(path)
        await phone.until("document.querySelector('#link').dataset.link === 'live'")
        while day.left:
            day.go_on(stand, 30)
            async with asyncio.timeout(DEADLINE_S):
                while (seen := await compared(phone, list_, at))[0] != seen[1]:  # noqa: ASYNC110 - nobody announces it
                    await asyncio.sleep(0.1)
        assert phone.said == []


async def test_ties_and_the_lapped_are_shown_as_the_server_would(phone: Phone, stand: Stand) -> None:
    """T67, T69, T80: tenths and gaps of who shares a place, a third within their second; laps of who is far back."""
    await phone.open("/fr/")
    await phone.live()
    rows = [row(bib, 0, 800_000, last_ms) for bib, last_ms in (("7", 790_000), ("007", 800_300), ("12", 800_300))]
    await phone.version(stand.change("relay", *rows, row("30", 0, 800_000, 800_500), row("21", 0)))
    shown, fresh = await compared(phone, "#board > li", "?")
    assert shown == fresh
    assert await phone.slots("gap") == {"7": "", "007": "+0:10.3", "12": "+0:10.3", "30": "+0:10.5", "21": ""}
    await phone.version(stand.change("relay", row("21", 0, point="km1", time_ms=500_000, placed=True)))
    shown, fresh = await compared(phone, "#board > li", "?")
    assert shown == fresh
    assert (await phone.slots("gap"))["21"] == "+1 tour"
