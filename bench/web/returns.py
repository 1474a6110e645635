"""How soon a page is right again: after its network, its server, its sleep."""

import asyncio
from statistics import median
from time import perf_counter

from playwright.async_api import Browser, WebSocketRoute

from bench.figures import Figure
from bench.web.races import LAPS, Passings, under_way
from tests.web.chromium.browser import visitor
from tests.web.chromium.stand import standing

HIDE = """hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true})
    document.dispatchEvent(new Event('visibilitychange')) }"""
LIVE = "document.documentElement.dataset.link === 'live'"
"""Also where it asks instead of listening, as it does for a minute after three sockets failed."""
ROUNDS = 5


async def noticed(browser: Browser) -> Figure:
    """Measure how long a page believes in a stream that has gone dumb without an end; the beat comes every 10 s."""
    dumb = False

    def between(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda message: None if dumb else route.send(message))

    async with standing(under_way(120, LAPS // 2)) as stand, visitor(browser, stand.url) as phone:
        await phone.page.route_web_socket("**/stream*", between)
        await phone.open("/fr/")
        await phone.live()
        dumb = True
        begun_s = perf_counter()
        await phone.until("document.querySelector('#link').dataset.link === 'late'")
        return Figure("a dead link is said", perf_counter() - begun_s, "s", "<= 20 s", "its last word just heard")


async def measure(browser: Browser) -> list[Figure]:
    """Measure each way of being away, the middle of five; a change comes while the page is away."""
    network, server, sleep, asked = [], [], [], list[str]()
    async with standing(under_way(120, LAPS // 2)) as stand, visitor(browser, stand.url) as phone:
        race = Passings(stand)
        await phone.open("/fr/")
        await phone.live()
        for _ in range(ROUNDS):
            await phone.context.set_offline(True)
            await phone.until("document.querySelector('#link').dataset.link === 'offline'")
            await stand.stop()
            version = race.next()
            await stand.start()
            begun_s = perf_counter()
            await phone.context.set_offline(False)
            await phone.version(version)
            network.append(perf_counter() - begun_s)
        for _ in range(ROUNDS):
            await phone.until(LIVE)
            await stand.stop()
            await asyncio.sleep(10)  # long enough for the tries to have grown rare
            version = race.next()
            await stand.start()
            begun_s = perf_counter()
            await phone.version(version)
            server.append(perf_counter() - begun_s)
        phone.page.on("request", lambda request: asked.append(request.url))
        for _ in range(2):
            await phone.until(LIVE)
            await phone.page.evaluate(HIDE, True)
            await asyncio.sleep(32)  # after 30 s it lets go
            version = race.next()
            asked.clear()
            begun_s = perf_counter()
            await phone.page.evaluate(HIDE, False)
            await phone.version(version)
            sleep.append(perf_counter() - begun_s)
    requests = len([url for url in asked if "/standings" in url])
    return [
        await noticed(browser),
        Figure("right again after `online`, p50", median(network), "s", "<= 1 s", f"{max(network):.2f} s at worst"),
        Figure("right again after its server, p50", median(server), "s", "<= 8 s", f"{max(server):.2f} s at worst"),
        Figure("right again after sleep, p50", median(sleep), "s", "<= 2 s", f"{requests} request"),
    ]
