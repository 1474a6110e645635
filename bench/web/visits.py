"""A visit: the bytes over the wire, and how soon the first row is there on a slow network and a slow phone."""

from statistics import median

from playwright.async_api import Browser

from bench.figures import Figure
from bench.web.races import Passings, under_way
from tests.web.chromium.browser import visitor
from tests.web.chromium.stand import standing
from tests.web.chromium.wire_bytes import taking

SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 kbit/s each way, 400 ms there and back: what WebPageTest calls slow 3G."""
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 204_800, "uploadThroughput": 93_750}
"""1.6 Mbit/s, 150 ms: what Lighthouse calls a phone."""
ROUNDS = 3
NOTE = """new PerformanceObserver(list => { window.largest = list.getEntries().at(-1).startTime })
    .observe({type: 'largest-contentful-paint', buffered: true})
    ;(function look() {
        if (!window.rowAt && document.querySelector('#board > li')) window.rowAt = performance.now()
        if (document.documentElement?.dataset.link === 'live' && !window.liveAt) window.liveAt = performance.now()
        requestAnimationFrame(look)
    })()"""


async def sizes(browser: Browser) -> list[Figure]:
    """Measure the first visit and the second, 120 teams."""
    figures = []
    async with standing(under_way(120)) as stand:
        for encoding in ("br", "gzip"):
            reads = {"Accept-Encoding": encoding}
            async with visitor(browser, stand.url, extra_http_headers=reads) as phone:
                taken = await taking(phone)
                await phone.open("/fr/")
                await phone.live()
                goal = encoding == "br"
                figures += [
                    Figure(f"first visit, {encoding}", taken.total / 1e3, "kB", "<= 55 kB" if goal else ""),
                    Figure(
                        f"- its page with its head, {encoding}",
                        taken.by_url[f"{stand.url}/fr/"] / 1e3,
                        "kB",
                        "<= 10 kB" if goal else "",
                    ),
                    Figure(f"- its scripts, {encoding}", taken.of(".js") / 1e3, "kB", "<= 8 kB" if goal else ""),
                    Figure(f"- its style, {encoding}", taken.of(".css") / 1e3, "kB", "<= 8 kB" if goal else ""),
                ]
                if goal:
                    foreign = [url for url in taken.by_url if not url.startswith(stand.url)]
                    figures.append(Figure("- requests before the board is live", taken.requests, "", "<= 8"))
                    figures.append(Figure("- of them to third parties", len(foreign), "", "0"))
                    await phone.page.wait_for_load_state("networkidle")
                    for what, passings in (("nothing has changed", 0), ("ten teams have passed", 5)):
                        race = Passings(stand)
                        for _ in range(passings):
                            race.next()
                        again = await taking(phone)
                        await phone.open("/fr/")
                        await phone.live()
                        figures.append(
                            Figure(f"visit again, {what}", again.total / 1e3, "kB", "" if passings else "<= 4 kB")
                        )
    return figures


async def first_row(browser: Browser) -> list[Figure]:
    """Measure from the tap to the first row, the largest paint and the live board; the middle of three."""
    figures = []
    async with standing(under_way(120)) as stand:
        for name, network, slower in (
            ("slow 3G", SLOW_3G, 4),
            ("slow 4G", SLOW_4G, 4),
            ("no network between", None, 1),
        ):
            seen: list[tuple[float, float, float]] = []
            for _ in range(ROUNDS):
                async with visitor(browser, stand.url) as phone:
                    session = await phone.context.new_cdp_session(phone.page)
                    await session.send("Network.enable")
                    if network:
                        await session.send("Network.emulateNetworkConditions", network)
                    await session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
                    await phone.page.add_init_script(NOTE)
                    await phone.open("/fr/")
                    await phone.until("window.rowAt && window.liveAt && window.largest")
                    seen.append(tuple(await phone.get("[rowAt, largest, liveAt]")))
            row, largest, live = (median(each[n] for each in seen) for n in range(3))
            of = f"{name}, CPU / {slower}"
            figures += [
                Figure(f"first row painted, {of}", row, "ms"),
                Figure(f"largest paint, {of}", largest, "ms", "<= 1,200 ms" if network is SLOW_4G else ""),
                Figure(f"board live, {of}", live, "ms"),
            ]
    return figures
