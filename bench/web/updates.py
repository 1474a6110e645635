"""What an update of two passings costs a page: main thread, movement, delay to the paint, taps meanwhile, memory."""

import asyncio
from statistics import median, quantiles
from typing import Any

from playwright.async_api import Browser, CDPSession

from bench.figures import Figure
from bench.web.races import LAPS, Leads, Passings, under_way
from bench.web.returns import HIDE
from tests.web.chromium.browser import Phone, visitor
from tests.web.chromium.stand import standing

UPDATES, APART_S = 16, 0.5
PAINTED = """addEventListener('DOMContentLoaded', () => {
    window.delays = []; window.blocked = 0; let heard = 0
    document.addEventListener('race:changes', () => { heard ||= performance.now() })
    new MutationObserver(() => {
        const since = heard; heard = 0
        if (since) requestAnimationFrame(() => setTimeout(() => delays.push(performance.now() - since)))
    }).observe(document.querySelector('[data-race]'), {attributeFilter: ['data-version']})
    new PerformanceObserver(list => {
        for (const each of list.getEntries()) blocked += each.duration - 50
    }).observe({type: 'longtask'})
})"""
TAPS = """addEventListener('DOMContentLoaded', () => {
    window.taps = []
    new PerformanceObserver(list => {
        for (const each of list.getEntries()) if (each.interactionId) taps.push(each.duration)
    }).observe({type: 'event', durationThreshold: 16})
})"""


async def thread_ms(session: CDPSession) -> float:
    """Return how long the page's main thread has worked, in its own time."""
    told = await session.send("Performance.getMetrics")
    return float(next(each["value"] for each in told["metrics"] if each["name"] == "TaskDuration")) * 1_000


async def ready(phone: Phone, slower: int = 1) -> CDPSession:
    """Open the live page and let it come to rest; its CPU is so many times slower."""
    session: CDPSession = await phone.context.new_cdp_session(phone.page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    await phone.open("/fr/")
    await phone.live()
    await phone.page.wait_for_timeout(1_500)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    return session


async def cost(
    browser: Browser,
    teams: int,
    motion: Any = "no-preference",
    rounds: int = 3,
    passing: type[Passings] | type[Leads] = Passings,
) -> float:
    """Return the main thread's ms for one update, what it does without any taken off; the best of the rounds."""
    costs = []
    async with (
        standing(under_way(teams, LAPS // 2)) as stand,
        visitor(browser, stand.url, reduced_motion=motion) as phone,
    ):
        session, race = await ready(phone), passing(stand)
        for _ in range(rounds):
            begun = await thread_ms(session)
            await asyncio.sleep(UPDATES * APART_S / 2)
            idle = (await thread_ms(session) - begun) * 2
            begun = await thread_ms(session)
            for _ in range(UPDATES):
                race.next()
                await asyncio.sleep(APART_S)
            costs.append((await thread_ms(session) - begun - idle) / UPDATES)
    return min(costs)


async def costs(browser: Browser) -> list[Figure]:
    """Measure an update in races of different size, and without movement."""
    goals = {120: "<= 12 ms", 250: "<= 16 ms", 400: ""}
    figures = []
    for teams, goal in goals.items():
        moving = await cost(browser, teams)
        still = await cost(browser, teams, "reduce", 1)
        beside = f"{still:.1f} ms with reduced motion: the movement is {moving - still:.1f} ms"
        figures.append(Figure(f"an update, {teams} teams, main thread", moving, "ms", goal, beside))
    upheaval = await cost(browser, 120, rounds=1, passing=Leads)
    what = "an update, 120 teams, each pair takes the lead from far behind"
    return [*figures, Figure(what, upheaval, "ms", "", "every gap on the page is another")]


async def painted(browser: Browser) -> list[Figure]:
    """Measure from a message's arrival to its paint on a phone six times slower, and taps on one four times slower."""
    async with standing(under_way(120, LAPS // 2)) as stand, visitor(browser, stand.url) as phone:
        await phone.page.add_init_script(PAINTED)
        await ready(phone, 6)
        race = Passings(stand)
        await phone.get("void (delays.length = blocked = 0)")
        for _ in range(60):
            await phone.version(race.next())
            await asyncio.sleep(APART_S)
        delays, blocked = await phone.get("[delays, blocked]")
    async with standing(under_way(120, LAPS // 2)) as stand, visitor(browser, stand.url, has_touch=True) as phone:
        await phone.page.add_init_script(TAPS)
        await ready(phone, 4)
        race = Passings(stand)
        for number in range(30):
            race.next()
            target = ("[data-do=sort]", "[data-do=pause]", "li:nth-child(3) [data-do=follow]")[number // 2 % 3]
            await phone.page.tap(target)
            await asyncio.sleep(APART_S)
        taps = sorted(await phone.get("taps")) or [0.0]
    return [
        Figure("message to paint, CPU / 6, p50", median(delays), "ms"),
        Figure("message to paint, CPU / 6, p95", quantiles(delays, n=20)[-1], "ms", "<= 150 ms"),
        Figure("blocking by an update, CPU / 6", blocked / len(delays), "ms", "<= 5 ms"),
        Figure("taps, CPU / 4, 2 updates a second: the longest of 30", taps[-1], "ms", "<= 100 ms"),
    ]


async def rest(browser: Browser) -> list[Figure]:
    """Measure a page on which nothing happens, and what an hour of updates leaves in memory."""
    figures = []
    async with standing(under_way(120, LAPS // 2)) as stand, visitor(browser, stand.url) as phone:
        for path, what in (("/fr/r/relay/map", "map"), ("/fr/", "list")):
            session: CDPSession = await phone.context.new_cdp_session(phone.page)
            await session.send("Performance.enable", {"timeDomain": "threadTicks"})
            await phone.open(path)
            await phone.live()
            await asyncio.sleep(3)
            begun = await thread_ms(session)
            await asyncio.sleep(20)
            goal = "<= 10 ms/s" if what == "map" else ""
            figures.append(Figure(f"at rest, {what} in sight", (await thread_ms(session) - begun) / 20, "ms/s", goal))
        await phone.page.evaluate(HIDE, True)
        await asyncio.sleep(32)  # after 30 s it lets go of its stream
        begun = await thread_ms(session)
        await asyncio.sleep(20)
        hidden = (await thread_ms(session) - begun) / 20
        figures.append(Figure("at rest, list out of sight", hidden, "ms/s", "<= 1 ms/s"))
        await phone.page.evaluate(HIDE, False)
        await phone.live()
        race, sizes = Passings(stand), []
        for _ in range(3):
            for _ in range(300):
                version = race.next()
                await asyncio.sleep(0.02)
            await phone.version(version)
            await session.send("HeapProfiler.collectGarbage")
            used = (await session.send("Runtime.getHeapUsage"))["usedSize"] / 1e6
            sizes.append((used, (await session.send("Memory.getDOMCounters"))["nodes"]))
    (first, nodes), (last, more) = sizes[0], sizes[-1]
    figures.append(Figure("heap, 120 teams, 900 updates", last, "MB", "", f"{first:.2f} MB after 300"))
    figures.append(Figure("elements, 120 teams, 900 updates", more, "", "", f"{nodes} after 300"))
    return figures
