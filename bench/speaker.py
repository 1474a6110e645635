"""From a device to the speaker's eyes: a passage is sent, its name stands on the page before it is judged.

The whole of `live serve`, and the page in a real Chromium on the same machine. Each sample is one passage, from the
device's request to the moment at which its line is in the page; they come more than a second apart, since a page
shows one new name a second. Searching is measured from the last key to the hits on the page.

`python -m bench.speaker` prints it, in a minute and a half.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from time import time_ns

import httpx

from bench.figures import Figure, table
from live.secrets import Secrets
from tests.serving import Served, start_serving
from tests.web.chromium.browser import Phone, chromium, visitor

TEAMS, PROBES, APART_S, SEARCHES = 120, 50, 1.2, 20
EVENT = """
[event]
id = "speaker"
name = "Speaker"
timezone = "UTC"
languages = ["en"]
[[course]]
id = "loop"
length_m = 3000
points = [ {{ id = "line", at_m = 0 }} ]
[[race]]
id = "laps"
course = "loop"
legs = [["R"]]
repeat = 3
start = {gun}
gun = {gun}
[[device]]
id = "mat-line"
point = "line"
course = "loop"
"""
SEEN = """new MutationObserver(changes => {
    for (const { addedNodes } of changes) for (const li of addedNodes) window.seen[li.dataset.bib] = Date.now()
}).observe(document.querySelector('#line'), { childList: true }); window.seen = {}"""
SEARCH = """async query => {
    const input = document.querySelector('#q'), found = document.querySelector('#found'), begun = performance.now()
    const hits = new Promise(done => new MutationObserver(done).observe(found, { childList: true }))
    input.value = query
    input.dispatchEvent(new Event('input'))
    await hits
    return performance.now() - begun
}"""


def write(folder: Path) -> None:
    """Write the event, its gun twenty minutes ago."""
    gun = (datetime.now(UTC) - timedelta(minutes=20)).isoformat(timespec="milliseconds")
    (folder / "event.toml").write_text(EVENT.format(gun=gun))
    rows = [f"laps,{n},Team {n},Company {n % 40},open,R,Ann,Archer {n}" for n in range(1, TEAMS + 1)]
    (folder / "entries.csv").write_text(
        "\n".join(["race,bib,team,company,category,runner,first_name,last_name", *rows])
    )


async def probe(served: Served, page: Phone) -> list[float]:
    """Send passages one by one; return how long each was on its way to the page, in ms."""
    token, _ = Secrets(served.data).grant("device", "mat-line")
    took: list[float] = []
    async with httpx.AsyncClient(base_url=served.url, headers={"Authorization": f"Bearer {token}"}) as client:
        for seq in range(1, PROBES + 1):
            sent_ms = time_ns() / 1e6
            passage = {"seq": seq, "chip": f"{seq}R", "at_ms": int(sent_ms)}
            await client.post("/api/v1/passages", json={"v": 1, "epoch": "b1", "passages": [passage]})
            await page.until(f"!!window.seen['{seq}']")
            took.append(await page.get(f"window.seen['{seq}']") - sent_ms)
            await asyncio.sleep(APART_S)
    return took


async def measure() -> list[Figure]:
    """Serve, sign in, probe."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        served = await start_serving(folder, folder / "log")
        try:
            await served.until_ready()
            token, _ = Secrets(served.data).grant("speaker", "luc")
            async with (
                chromium() as browser,
                visitor(browser, served.url, viewport={"width": 1024, "height": 768}) as page,
            ):
                await page.open("/speaker")
                await page.page.fill("#token", token)
                await page.page.press("#token", "Enter")
                await page.page.wait_for_selector("html[data-line=open]", state="attached")
                await page.get(SEEN)
                took = await probe(served, page)
                searched = [await page.page.evaluate(SEARCH, f"team {n}") for n in range(1, SEARCHES + 1)]
        finally:
            await served.stop()
    return [
        Figure("device to the speaker's line, p50", median(took), "ms"),
        Figure("device to the speaker's line, p95", p95(took), "ms", "<= 300 ms"),
        Figure("search, key to hits, p95", p95(searched), "ms", "<= 50 ms"),
    ]


def p95(values: Sequence[float]) -> float:
    """Return what nineteen in twenty are below."""
    return quantiles(values, n=20)[-1]


if __name__ == "__main__":
    print(table(asyncio.run(measure())))
