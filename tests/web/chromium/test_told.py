"""What stands above the list: notices of officials, silent timing points, changes out of sight, how the link works."""

import asyncio
from dataclasses import replace

import httpx
import pytest
from playwright.async_api import Browser, Route, WebSocketRoute

from live.messages.boards import Forecast
from live.messages.display import Notice, SilentPoint, SilentPoints
from live.strict_json import to_json
from tests.web.chromium.browser import DEADLINE_S, Phone, visitor
from tests.web.chromium.stand import Stand, one_race, standing
from tests.web.conftest import GUN_MS, entry, row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WORDS = {"fr": "Course arrêtée : rentrez au hangar", "nl": "Wedstrijd gestopt", "en": "Race stopped"}
BARS = "[...document.querySelectorAll('#notices p')].map(bar => bar.querySelector('span').textContent).join()"


async def inject(phone: Phone) -> list[WebSocketRoute]:
    """Stand between the page and its stream, so that a test can speak for the server."""
    routes: list[WebSocketRoute] = []

    def between(route: WebSocketRoute) -> None:
        route.connect_to_server()
        routes.append(route)

    await phone.page.route_web_socket("**/stream*", between)
    return routes


def say(route: WebSocketRoute, **message: object) -> None:
    route.send(to_json(message).decode())


async def test_a_safety_notice_is_first_is_said_aloud_and_cannot_be_closed(phone: Phone) -> None:
    routes = await inject(phone)
    await phone.open("/fr/")
    await phone.live()
    say(routes[0], type="notice", id="1", text={"fr": "Soupe à 18 h"}, level="info")
    await phone.until(f"{BARS} === 'Soupe à 18 h'")
    say(routes[0], type="notice", id="2", text=WORDS, level="safety")
    await phone.until(f"{BARS} === '{WORDS['fr']},Soupe à 18 h'")
    assert await phone.page.locator("#notices button:visible").count() == 1
    await phone.until(f"document.querySelector('#said').textContent === '{WORDS['fr']}'")
    await phone.page.click("#notices button:visible")
    assert await phone.get(BARS) == WORDS["fr"]
    await phone.page.reload()
    await phone.live()
    for id, level in (("1", "info"), ("2", "safety")):
        say(routes[-1], type="notice", id=id, text=WORDS, level=level)
    await phone.until(f"{BARS} === '{WORDS['fr']}'", "what was closed to stay closed")
    assert phone.said == []


async def test_a_notice_is_shown_though_what_shows_it_could_not_be_fetched_at_first(phone: Phone) -> None:
    away = True

    async def fetched(route: Route) -> None:
        await (route.abort("internetdisconnected") if away else route.continue_())

    await phone.page.route("**/seldom.js*", fetched)
    routes = await inject(phone)
    async with phone.page.expect_event("requestfailed", lambda request: "seldom.js" in request.url):
        await phone.open("/fr/")
    await phone.live()
    say(routes[-1], type="notice", id="n1", level="info", text=WORDS)
    away = False
    await phone.until(f"{BARS} === 'Course arrêtée : rentrez au hangar'")


@pytest.mark.parametrize("path", ["/overlay/clock?lang=fr", "/line?lang=fr"])
async def test_a_notice_lies_over_graphic_and_lap_counter(phone: Phone, path: str) -> None:
    """In sight, within the picture, without a button: nobody stands before it to close it."""
    routes = await inject(phone)
    await phone.page.set_viewport_size({"width": 1920, "height": 1080})
    await phone.open(path)
    await phone.live()
    say(routes[0], type="notice", id="1", text=WORDS, level="safety")
    await phone.until(f"{BARS} === '{WORDS['fr']}'")
    box = await phone.page.locator("#notices .bar-message").bounding_box()
    assert box is not None and box["height"] >= 60 and box["y"] >= 0 and box["y"] + box["height"] <= 1080
    assert await phone.page.locator("#notices button:visible").count() == 0
    assert phone.said == []


async def test_a_notice_is_in_the_feed_at_once(phone: Phone, stand: Stand) -> None:
    await phone.open("/fr/feed")
    await phone.live()
    stand.hear(Notice("1", "info", WORDS, at_ms=GUN_MS + 1_700_000))
    await phone.until(f"document.querySelector('#feed [data-kind=notice] span')?.textContent === '{WORDS['fr']}'")
    assert phone.said == []


async def test_an_official_announces_and_takes_back_by_the_api(phone: Phone, stand: Stand) -> None:
    """Told to who is there, to who comes later (from the first paint on), and to who slept meanwhile."""
    judge = {"Authorization": "Bearer judge-token"}
    await phone.open("/fr/")
    await phone.live()
    async with httpx.AsyncClient(base_url=stand.url, headers=judge) as official:
        answer = await official.post("/api/v1/notices", json={"id": "1", "text": WORDS, "level": "safety"})
        assert answer.status_code == 202
        await phone.until(f"{BARS} === '{WORDS['fr']}'")
        await phone.page.reload()
        assert await phone.get(BARS) == WORDS["fr"], "before any script"
        await phone.live()
        assert await phone.get("document.querySelector('#said').textContent") == "", "it was read with the page"
        assert (await official.delete("/api/v1/notices/1")).status_code == 202
    await phone.until(f"{BARS} === ''")
    assert phone.said == []


async def test_who_only_asks_is_told_too(phone: Phone, stand: Stand) -> None:
    """No socket gets through: notices and silent points come with the standings, and go with them."""
    await phone.page.route_web_socket("**/stream*", lambda route: route.close())
    await phone.page.clock.install(time=stand.wall_ms / 1000)
    await phone.open("/fr/")
    silent = "document.querySelector('#silent').hidden"

    async def asks_until(condition: str) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not await phone.get(condition):
                await phone.page.clock.fast_forward(1_000)

    await asks_until("document.querySelector('#link').textContent === 'Toutes les 10 s'")
    notice = Notice("1", "info", WORDS, at_ms=1)
    stand.hear(notice)
    stand.hear(SilentPoints("relay", (SilentPoint("km1", stand.wall_ms),)))
    await asks_until(f"{BARS} === '{WORDS['fr']}' && !{silent}")
    stand.hear(replace(notice, withdrawn=True, at_ms=2))
    stand.hear(SilentPoints("relay"))
    await asks_until(f"{BARS} === '' && {silent}")


async def test_the_big_screen_shows_what_is_announced(browser: Browser, stand: Stand) -> None:
    async with visitor(browser, stand.url, viewport={"width": 1280, "height": 720}) as screen:
        await screen.open("/screen/main?lang=fr")
        await screen.until("document.documentElement.dataset.link === 'live'")
        board = "document.querySelector('#board').getBoundingClientRect().height"
        before = await screen.get(board)
        stand.hear(Notice("1", "info", WORDS, at_ms=1))
        await screen.until(f"{BARS} === '{WORDS['fr']}'")
        assert await screen.page.locator("#notices p").is_visible()
        assert await screen.get(board) == before, "no zone changes its place"
        assert screen.said == []


async def test_a_notice_ends_at_its_time(phone: Phone) -> None:
    routes = await inject(phone)
    await phone.page.clock.install(time=(GUN_MS + 1_800_000) / 1000)
    await phone.open("/fr/")
    await phone.live()
    say(routes[0], type="notice", id="1", text=WORDS, level="safety", until_ms=GUN_MS + 1_860_000)
    await phone.until(f"{BARS} === '{WORDS['fr']}'")
    await phone.page.clock.fast_forward(120_000)
    await phone.until(f"{BARS} === ''")


async def test_a_silent_mat_is_named_with_since_when(phone: Phone) -> None:
    """T96: not our link is the cause, but a timing point."""
    routes = await inject(phone)
    await phone.page.clock.install(time=(GUN_MS + 1_800_000) / 1000)
    await phone.open("/fr/")
    await phone.live()
    say(routes[0], type="points", silent=[{"point": "km1", "since_ms": GUN_MS + 1_560_000}])
    said = "document.querySelector('#silent').textContent"
    await phone.until(f"{said} === 'Tapis km 1 muet depuis 4 min : les temps peuvent tarder.'")
    say(routes[0], type="points", silent=[])
    await phone.until("document.querySelector('#silent').hidden")


async def test_the_link_says_that_it_asks_where_sockets_do_not_get_through(phone: Phone) -> None:
    await phone.page.route_web_socket("**/stream*", lambda route: route.close())
    await phone.page.clock.install()
    await phone.open("/fr/")
    async with asyncio.timeout(DEADLINE_S):
        while await phone.get("document.querySelector('#link').textContent") != "Toutes les 10 s":
            await phone.page.clock.fast_forward(1_000)


async def test_crossings_above_are_counted_and_a_touch_leads_there(browser: Browser) -> None:
    """What is in sight stays where it is."""
    teams = tuple(entry(n, str(n + 1), f"Équipe {n + 1}", "mixed", ("F", "M")) for n in range(60))
    stand = one_race(teams, 800_000, 4_000)
    stand.wall_ms = GUN_MS + 1_700_000
    button = "document.querySelector('[data-do=above]')"
    async with standing(stand), visitor(browser, stand.url) as phone:
        await phone.open("/fr/")
        await phone.live()
        assert await phone.get(f"{button}.hidden")
        await phone.get("scrollTo(0, 2000)")
        top = """document.querySelector('#board > li[data-bib="40"]').getBoundingClientRect().top"""
        await phone.until(f"{top} < innerHeight && {top} > 0")
        before = await phone.get(top)
        await phone.version(
            stand.change("relay", row("1", 0, 800_000, 890_000), row("3", 0, 808_000, 890_001), as_of_ms=GUN_MS)
        )
        await phone.until(f"{button}.textContent === '2 changements' && !{button}.hidden")
        assert await phone.get(top) == before
        await phone.page.click("[data-do=above]")
        await phone.until(f"scrollY === 0 && {button}.hidden")


async def test_a_forecast_in_the_hour_that_comes_twice_says_which(browser: Browser) -> None:
    """T31: the script's words are the server's."""
    first_ms = 1_793_492_400_000  # 2026-11-01T00:20Z; the last Sunday of October 2026 is the 25th
    twice_ms = 1_792_888_200_000 + 1_800_000  # 2026-10-25T01:00Z, 02:00 for the second time
    for at_ms, said in ((twice_ms, " UTC+1"), (twice_ms - 3_600_000, " UTC+2"), (first_ms, "")):
        stand = one_race((entry(0, "1", "Équipe", "mixed", ("F", "M")),), 800_000, 1)
        relay = stand.event.races[0]
        stand.wall_ms = at_ms - 60_000
        moved = {"at_ms": at_ms - 600_000, "next": Forecast(at_ms, 20_000, "km1")}
        stand.change("relay", row("1", 0, 800_000, **moved), gun_ms=at_ms - 1_400_000, as_of_ms=at_ms - 60_000)
        assert relay.course.at_m["km1"]
        async with standing(stand), visitor(browser, stand.url, viewport={"width": 800, "height": 800}) as phone:
            await phone.page.clock.install(time=stand.wall_ms / 1000)
            await phone.open("/fr/")
            await phone.live()
            slot = "document.querySelector('#board [data-f=next]').textContent"
            painted = await phone.get(slot)
            assert f"{said} (±" in painted, "as the server has it"
            moved["next"] = replace(Forecast(at_ms, 20_000, "km1"), at_ms=at_ms + 60_000)
            await phone.version(stand.change("relay", row("1", 0, 800_000, **moved)))
            await phone.until(f"{slot} !== {painted!r}")
            assert f"{said} (±" in await phone.get(slot)


async def test_my_company_is_that_of_the_teams_that_i_follow(phone: Phone, stand: Stand) -> None:
    await phone.open("/fr/")
    await phone.live()
    assert not await phone.page.locator("[data-do=company]").is_visible()
    await phone.page.click('li[data-bib="12"] [data-do=follow]')
    await phone.page.click("[data-do=company]")
    assert len(await phone.bibs()) == 5, "they all are of one company here"
    await phone.page.reload()
    await phone.live()
    assert await phone.get("document.querySelector('[data-do=company]').ariaPressed") == "true"


async def test_larger_text_stays_after_a_reload(phone: Phone) -> None:
    await phone.open("/fr/")
    await phone.live()
    height = "document.querySelector('#board .to').getBoundingClientRect().height"
    before = await phone.get(height)
    await phone.page.click("[data-do=size]")
    await phone.until(f"{height} > {before}")
    await phone.page.reload()
    await phone.live()
    assert await phone.get(height) > before
    assert await phone.get("document.documentElement.scrollWidth") == 390
