"""Links that are lost, silent, blocked or lossy; pages out of sight: the page heals, and says how old it is."""

import asyncio

import pytest
from playwright.async_api import Browser, WebSocketRoute

from live.strict_json import from_json, to_json
from tests.conftest import until
from tests.web.chromium.browser import DEADLINE_S, Phone, visitor
from tests.web.chromium.stand import Stand
from tests.web.conftest import row

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_link_that_is_lost_grows_late_then_offline_and_comes_back(browser: Browser, stand: Stand) -> None:
    """T93, T95, T96: the last standings stay with their time, and the page is right again by itself."""
    async with visitor(browser, stand.url) as phone:
        await phone.page.clock.install()
        await phone.open("/fr/")
        await phone.live()
        await stand.stop()
        await phone.page.clock.fast_forward(16_000)
        await phone.until("/^il y a \\d+ s$/.test(document.querySelector('#link').textContent)")
        assert await phone.get("document.querySelector('#link').dataset.link") == "late"
        await phone.page.clock.fast_forward(30_000)
        await phone.until("document.querySelector('#link').dataset.link === 'offline'")
        assert await phone.get("document.querySelector('#away').hidden"), "the bar waits 3 s"
        await phone.page.clock.fast_forward(4_000)
        await phone.until("document.querySelector('#away').textContent.startsWith('Hors ligne. Classement de ')")
        assert await phone.bibs() == ["7", "007", "12", "30", "21"], "never an empty hall"
        stand.change("relay", row("12", 0, 820_000, 700_000))
        await stand.start()
        for _ in range(60):
            await phone.page.clock.fast_forward(1_000)
            if await phone.get("document.querySelector('#link').dataset.link") == "live":
                break
        await phone.until("document.querySelector('#link').dataset.link === 'live'")
        await phone.page.clock.fast_forward(1_000)
        await phone.until("document.querySelector('#board').firstElementChild.dataset.bib === '12'")
        assert await phone.get("document.querySelector('#away').hidden")


async def test_a_silent_server_is_asked_and_then_left(browser: Browser, stand: Stand) -> None:
    """A link that is open but dead: a question at 15 s, a new socket at 20 s."""
    sent: list[str] = []
    sockets: list[WebSocketRoute] = []

    def silence(route: WebSocketRoute) -> None:
        sockets.append(route)
        route.on_message(lambda message: sent.append(str(message)))

    async with visitor(browser, stand.url) as phone:
        await phone.page.route_web_socket("**/stream*", silence)
        await phone.page.clock.install()
        await phone.open("/fr/")
        await phone.until("document.querySelector('#link').dataset.ageS >= 0")
        await phone.page.clock.fast_forward(16_000)
        await phone.until("true")
        await phone.page.clock.fast_forward(5_000)
        await phone.page.wait_for_function("document.querySelector('#link').dataset.link === 'late'")
    assert '{"type":"ping"}' in sent
    assert len(sockets) >= 2


async def test_where_sockets_do_not_get_through_requests_do(browser: Browser, stand: Stand) -> None:
    """After three sockets in vain the page asks every ten seconds."""
    async with visitor(browser, stand.url) as phone:
        await phone.page.route_web_socket("**/stream*", lambda route: route.close())
        await phone.page.clock.install()
        await phone.open("/fr/")
        stand.change("relay", row("12", 0, 820_000, 700_000))
        async with asyncio.timeout(DEADLINE_S):
            while (await phone.bibs())[0] != "12":
                await phone.page.clock.fast_forward(1_000)
        assert await phone.get("document.querySelector('#link').dataset.link") == "live"


async def test_a_gap_in_the_versions_brings_the_whole_list(browser: Browser, stand: Stand) -> None:
    """T94: one message lost on the way."""
    dropped: list[str] = []

    def lossy(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def deliver(message: str | bytes) -> None:
            if '"type":"changes","from":14,"version":15' in str(message):
                dropped.append(str(message))
            else:
                route.send(message)

        server.on_message(deliver)

    async with visitor(browser, stand.url) as phone:
        await phone.page.route_web_socket("**/stream*", lossy)
        await phone.open("/fr/")
        await phone.until("document.querySelector('#link').dataset.link === 'live'")
        stand.change("relay", row("12", 0, 820_000, 700_000))
        await until(lambda: bool(dropped), "a message to lose")
        await phone.version(stand.change("relay", row("21", 0, 900_000)))
        assert (await phone.bibs())[0] == "12"


async def test_a_page_that_drifted_heals_at_the_next_beat(browser: Browser, stand: Stand) -> None:
    """The beat's check is that of our order, or the whole list is fetched."""
    asked: list[str] = []

    def meddle(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(
            lambda message: (
                route.send(to_json({**from_json(message), "check": 1}).decode())
                if '"beat"' in str(message)
                else route.send(message)
            )
        )

    async with visitor(browser, stand.url) as phone:
        phone.page.on("request", lambda request: asked.append(request.url))
        await phone.page.route_web_socket("**/stream*", meddle)
        await phone.page.clock.install()
        await phone.open("/fr/")
        await phone.live()
        await phone.page.clock.fast_forward(16_000)  # the page asks, and a beat is the answer
        await until(lambda: any("/standings" in url for url in asked), "a request for the whole list")


async def test_a_true_check_asks_for_nothing(phone: Phone) -> None:
    """CRC-32 as the server has it: the first message after joining with a version is a beat."""
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(request.url))
    await phone.open("/fr/")
    await phone.live()
    assert not [url for url in asked if "/standings" in url]


async def test_a_page_out_of_sight_lets_go_and_is_right_when_seen_again(browser: Browser, stand: Stand) -> None:
    """T93: the socket is closed after 30 s; in sight again one request, then the stream."""
    hide = """hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true})
        document.dispatchEvent(new Event('visibilitychange')) }"""
    async with visitor(browser, stand.url) as phone:
        closed: list[bool] = []
        asked: list[str] = []
        phone.page.on("websocket", lambda socket: socket.on("close", lambda _: closed.append(True)))
        await phone.page.clock.install()
        await phone.open("/fr/")
        await phone.live()
        await phone.page.evaluate(hide, True)
        await phone.page.clock.fast_forward(31_000)
        await until(lambda: bool(closed), "the socket to be closed")
        stand.change("relay", row("12", 0, 820_000, 700_000))
        phone.page.on("request", lambda request: asked.append(request.url))
        await phone.page.evaluate(hide, False)
        async with asyncio.timeout(DEADLINE_S):
            while (await phone.bibs())[0] != "12":
                await phone.page.clock.fast_forward(300)
        assert len([url for url in asked if "/standings" in url]) == 1
