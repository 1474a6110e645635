"""The big screen: every team in turn, the last crossings, zones that never change place."""

from dataclasses import replace

import pytest
from playwright.async_api import Browser

from live.messages.decisions import CloseRace
from live.messages.display import ScreenShows
from live.programme import Sponsor
from tests.web.chromium.browser import visitor
from tests.web.chromium.line_stand import LineStand
from tests.web.chromium.stand import Stand, one_race, standing
from tests.web.conftest import GUN_MS, entry, row
from tests.web.prize_day import finish, publish, race_day

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_screen_shows_every_team_in_turn(browser: Browser) -> None:
    """T101: the first stay, all others are paged through, nobody is invisible."""
    stand = one_race(
        tuple(entry(n, str(n + 1), f"Équipe {n + 1}", "mixed", ("F", "M")) for n in range(41)), 800_000, 4_000
    )
    bibs = "list => [...document.querySelectorAll(`#${list} > li`)].map(li => li.dataset.bib)"
    async with standing(stand), visitor(browser, stand.url, viewport={"width": 1920, "height": 1080}) as screen:
        await screen.page.clock.install()
        await screen.open("/screen/main")
        await screen.live()
        seen, ranges = set[str](), set[str]()
        for _ in range(50):
            await screen.page.clock.fast_forward(1_000)
            assert await screen.page.evaluate(bibs, "board") == [str(n) for n in range(1, 11)]
            seen |= set(await screen.page.evaluate(bibs, "rest"))
            ranges.add(await screen.get("document.querySelector('#range').textContent"))
        assert seen == {str(n) for n in range(11, 42)}
        assert ranges == {"11-20 / 41", "21-30 / 41", "31-40 / 41", "41-41 / 41"}


async def test_a_screen_shows_those_below_the_head_of_a_large_race(browser: Browser) -> None:
    """T101: of more than 400 teams 200 are streamed; a wall pages through all of them."""
    teams = tuple(entry(n, str(n + 1), f"Équipe {n + 1}", "mixed", ("F", "M")) for n in range(406))
    bibs = "() => [...document.querySelectorAll('#rest > li')].map(li => [li.dataset.bib, li.dataset.place])"
    async with standing(one_race(teams, 800_000, 1_000)) as stand, visitor(browser, stand.url) as screen:
        await screen.page.clock.install()
        async with screen.page.expect_response("**/standings"):
            await screen.open("/screen/main?rows=16")
            await screen.live()
            await screen.page.clock.fast_forward(1_000)
        seen = set[tuple[str, str]]()
        for _ in range(26):
            before = await screen.get("document.querySelector('#range').textContent")
            await screen.page.clock.fast_forward(16_000)
            await screen.until(f"document.querySelector('#range').textContent !== {before!r}")
            seen |= {(bib, place) for bib, place in await screen.page.evaluate(bibs)}
        assert seen == {(str(n), str(n)) for n in range(17, 407)}


async def test_a_screen_shows_a_crossing_and_keeps_its_zones(browser: Browser, stand: Stand) -> None:
    zones = "[...document.querySelectorAll('#board, section')].map(e => JSON.stringify(e.getBoundingClientRect()))"
    async with visitor(browser, stand.url, viewport={"width": 1920, "height": 1080}) as screen:
        await screen.open("/screen/main?rows=3")
        await screen.live()
        before = await screen.get(zones)
        await screen.version(stand.change("relay", row("21", 0, 1_795_000)))
        last = "[...document.querySelectorAll('#last > :first-child [data-f]')].map(slot => slot.textContent)"
        await screen.until(f"({last})[1] === '=1+1 & Cie'")
        assert (await screen.get(last))[1:] == ["=1+1 & Cie", "Tour 1", "29:55"]
        assert await screen.get(zones) == before, "zones never change place"
        assert await screen.get("document.documentElement.scrollHeight") == 1080
        assert screen.said == []


async def test_a_screen_comes_back_after_its_server(browser: Browser, stand: Stand) -> None:
    """T95."""
    async with visitor(browser, stand.url, viewport={"width": 1920, "height": 1080}) as screen:
        await screen.open("/screen/main")
        await screen.live()
        await stand.stop()
        stand.change("relay", row("12", 0, 820_000, 700_000))
        await stand.start()
        await screen.until("document.querySelector('#board').firstElementChild.dataset.bib === '12'")


NAMES = (
    "Ideta",
    "Intercommunale de santé",
    "Atelier protégé du Tournaisis",
    "Coopérative des maraîchers de la Wallonie picarde",
)
CUT = """[...document.querySelectorAll('#board .to, #rest .to, #last [data-f=team], #next [data-f=team]')]
    .filter(name => name.textContent.length < 30 || name.matches('#board :not([data-fresh=true]) > .to'))
    .filter(name => name.scrollWidth > name.clientWidth + 1 || name.scrollHeight > name.clientHeight + 8)
    .map(name => name.outerHTML)"""


async def test_a_long_name_is_set_smaller_before_it_is_cut(browser: Browser) -> None:
    """T102: beside the word of a passage, in the second column, in the lists on the right; within its row."""
    teams = tuple(entry(n, str(n + 1), NAMES[n % 4], "mixed", ("F", "M")) for n in range(24))
    stand = one_race(teams, 800_000, 4_000)
    async with standing(stand), visitor(browser, stand.url, viewport={"width": 1920, "height": 1080}) as screen:
        await screen.open("/screen/main")
        await screen.live()
        for bib in ("4", "3", "16"):
            version = stand.change("relay", row(bib, 0, 800_000, 700_000 + int(bib), at_ms=stand.wall_ms))
        await screen.version(version)
        await screen.until("document.querySelectorAll('#board [data-fresh=true]').length === 3")
        assert await screen.get(CUT) == []
        tops = "[...document.querySelectorAll('#board > li')].map(li => Math.round(li.getBoundingClientRect().height))"
        assert len(set(await screen.get(tops))) == 1, "rows keep their height"


UNCUT = "name => name.scrollWidth <= name.clientWidth + 1 && name.scrollHeight <= name.clientHeight + 8"


async def test_whoever_stands_on_the_podium_is_read_whole(browser: Browser) -> None:
    """T102: in two lines rather than cut; and a short sponsor beside a long one."""
    stand = race_day()
    long = ("Agence intercommunale de développement économique IDETA", f"{NAMES[3]}, équipe des anciens du Tournaisis")
    relay = stand.event.races[0]
    teams = tuple(replace(each, team=(*long, "Ideta")[i % 3]) for i, each in enumerate(relay.entries))
    relay = replace(relay, entries=teams)
    sponsors = (Sponsor("Ideta"), Sponsor(long[0]), Sponsor(NAMES[3]), Sponsor("Lutosa"))
    stand = LineStand(replace(stand.event, races=(relay, stand.event.races[1]), sponsors=sponsors), stand.wall_ms)
    finish(stand)
    stand.rule(CloseRace("relay"))
    publish(stand)
    await stand.state.shown.tell(ScreenShows("main", "podium", id="1", at_ms=stand.wall_ms))
    async with standing(stand), visitor(browser, stand.url, viewport={"width": 1280, "height": 720}) as screen:
        await screen.open("/screen/main")
        await screen.live()
        for place in (".podium strong", ".strip bdi"):
            assert await screen.get(f"[...document.querySelectorAll('{place}')].length") >= 2
            assert await screen.get(f"[...document.querySelectorAll('{place}')].every({UNCUT})"), place


BROKEN = """(() => {
    const text = document.querySelector('#card [data-f=team]').firstChild, broken = []
    for (const { 0: word, index } of text.textContent.matchAll(/\\S+/g)) {
        const range = document.createRange()
        range.setStart(text, index)
        range.setEnd(text, index + word.length)
        if (new Set([...range.getClientRects()].map(box => box.top)).size > 1) broken.push(word)
    }
    return broken
})()"""


async def test_a_card_breaks_no_word_of_a_name(browser: Browser) -> None:
    """T102: the column is narrow; a long word is set smaller."""
    stand = race_day()
    relay = stand.event.races[0]
    named = replace(relay, entries=(replace(relay.entries[0], team=NAMES[3]), *relay.entries[1:]))
    stand = LineStand(replace(stand.event, races=(named, stand.event.races[1])), stand.wall_ms)
    stand.read("7A", GUN_MS + 790_000)
    async with standing(stand), visitor(browser, stand.url, viewport={"width": 1920, "height": 1080}) as screen:
        await screen.open("/screen/main")
        await screen.live()
        stand.read("7A", GUN_MS + 1_590_000)
        stand.read("7B", GUN_MS + 1_591_000)
        await screen.until(f"document.querySelector('#card [data-f=team]')?.textContent === {NAMES[3]!r}")
        assert await screen.get(BROKEN) == []
        assert await screen.get(f"[document.querySelector('#card [data-f=team]')].every({UNCUT})")
