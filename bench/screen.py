"""A big screen for twelve hours: does it grow? A time-lapse in a real Chromium, its timers sixty times as fast.

A race of 60 teams that goes on and on, a passage every 4 s of it; officials choose another view every 10 minutes. After
each hour the heap and the elements of the page are counted, the garbage taken out first. The goal is +20 MB in 12 h.

`python -m bench.screen` prints it in about twelve minutes; `--hours 1` makes it short.
"""

import argparse
import asyncio
from dataclasses import replace
from time import perf_counter

from playwright.async_api import CDPSession, Page

from bench.figures import Figure, table
from live.messages.display import ScreenShows, ScreenView
from tests.web.chromium.browser import chromium, visitor
from tests.web.chromium.stand import Stand, one_race, standing
from tests.web.conftest import GUN_MS, entry, row

TEAMS, PASSAGE_S, VIEW_S = 60, 4, 600
VIEWS: tuple[ScreenView, ...] = ("board", "arrivals", "board", "companies", "map", "board", "qr", "board")
STEP_S = 60
LAP_MS = 800_000


class Evening:
    """The race and its screen, minute by minute."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.at_s = 0
        self.laps: dict[str, list[int]] = {str(n + 1): [800_000 + 4_000 * n] for n in range(TEAMS)}

    async def minute(self) -> None:
        """Let a minute of race be heard, and every ten minutes another view be chosen."""
        for _ in range(STEP_S // PASSAGE_S):
            self.at_s += PASSAGE_S
            self.stand.wall_ms = GUN_MS + LAP_MS + self.at_s * 1_000
            bib = min(self.laps, key=lambda each: sum(self.laps[each]))
            lap_ms = self.stand.wall_ms - GUN_MS - sum(self.laps[bib])
            self.laps[bib] = [*self.laps[bib][-3:], lap_ms]
            laps = len(self.laps[bib])
            seen = row(bib, 0, *self.laps[bib], status="running", laps=laps, key=(0, self.at_s))
            self.stand.change("relay", replace(seen, at_ms=self.stand.wall_ms))
        if self.at_s % VIEW_S == 0:
            view = VIEWS[self.at_s // VIEW_S % len(VIEWS)]
            now_ms = self.stand.wall_ms
            await self.stand.state.shown.tell(ScreenShows("main", view, id=str(self.at_s), at_ms=now_ms))


async def weighed(page: Page, session: CDPSession) -> tuple[float, int]:
    """Return the heap in MB and the elements of the page, garbage taken out."""
    for _ in range(2):
        await session.send("HeapProfiler.collectGarbage")
        await page.wait_for_timeout(200)
    used = (await session.send("Runtime.getHeapUsage"))["usedSize"]
    nodes = (await session.send("Memory.getDOMCounters"))["nodes"]
    return used / 1e6, nodes


async def measure(hours: int) -> list[Figure]:
    """Run the time-lapse."""
    names = tuple(entry(n, str(n + 1), f"Équipe {n + 1}", "mixed", ("F", "M")) for n in range(TEAMS))
    stand = one_race(names, LAP_MS, 4_000)
    stand.wall_ms = GUN_MS + LAP_MS
    evening, weights = Evening(stand), []
    begun_s = perf_counter()
    wall = {"width": 1920, "height": 1080}
    async with chromium() as browser, standing(stand), visitor(browser, stand.url, viewport=wall) as screen:
        session = await screen.context.new_cdp_session(screen.page)
        await screen.page.clock.install()
        await screen.open("/screen/main")
        await screen.live()
        for hour in range(hours + 1):
            for _ in range(3_600 // STEP_S if hour else 10):
                await evening.minute()
                for _ in range(STEP_S // 5):  # in steps, so that what the page asks for can come in between
                    await screen.page.clock.run_for(5_000)
                    await asyncio.sleep(0.02)
            weights.append(await weighed(screen.page, session))
            print(f"after {hour} h: {weights[-1][0]:.1f} MB, {weights[-1][1]} elements", flush=True)
        assert screen.said == [], screen.said
    grown = weights[-1][0] - weights[0][0]
    return [
        Figure(
            f"a screen in {hours} h: heap grown", grown, "MB", "<= 20 MB", f"{weights[0][0]:.1f} MB at the beginning"
        ),
        Figure(
            f"a screen in {hours} h: elements grown",
            weights[-1][1] - weights[0][1],
            "",
            "",
            f"{weights[0][1]} at the beginning",
        ),
        Figure("the time-lapse took", perf_counter() - begun_s, "s"),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m bench.screen", description=__doc__)
    parser.add_argument("--hours", type=int, default=12)
    print(table(asyncio.run(measure(parser.parse_args().hours))))
