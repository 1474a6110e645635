"""The figures of pages for spectators, in Chromium: `make bench-web`, or `python -m bench.web visits` for one part.

About ten minutes on two quiet cores; a whole run writes `bench/web.md`.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from bench.__main__ import machine
from bench.figures import Figure, table
from bench.web import lighthouse, returns, updates, visits
from tests.web.chromium.browser import chromium

PARTS = ("visits", "updates", "returns", "lighthouse")
REPORT = Path(__file__).parents[1] / "web.md"
TOP = """# Pages for spectators, measured

`make bench-web` measures this anew and writes this file (`python -m bench.web visits` prints a part). A real Chromium,
390 × 844, over a real server on the same machine, htmx from our own copy; a race of 120 teams under way unless another
number is named. CPU is the main thread's own time, the best of three; "CPU / 4" is a browser slowed down four times.
The network is slowed down by the browser. Sizes, counts and scores are also tests (`test_sizes.py`,
`test_lighthouse.py` and `test_access.py` in `tests/web/chromium`); times are not.
"""


async def measure(parts: list[str]) -> str:
    """Run the parts; return the tables."""
    figures: list[Figure] = []
    pages = ""
    async with chromium() as browser:
        if "visits" in parts:
            figures += await visits.sizes(browser) + await visits.first_row(browser)
        if "updates" in parts:
            figures += await updates.costs(browser) + await updates.painted(browser) + await updates.rest(browser)
        if "returns" in parts:
            figures += await returns.measure(browser)
    if "lighthouse" in parts:
        try:
            pages, more = await lighthouse.measure()
            figures += more
        except lighthouse.Missing as why:
            pages = f"Lighthouse was not run: {why}"
    return f"{table(figures)}\n\n{pages}".strip()


def main() -> None:
    """Measure, print, and write the report of a whole run."""
    parser = argparse.ArgumentParser("python -m bench.web", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)} (default: all)")
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"{', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    told = f"{machine()}\n\n{asyncio.run(measure(parts))}\n"
    sys.stdout.write(told)
    if set(parts) == set(PARTS):
        REPORT.write_text(f"{TOP}\n{told}", encoding="utf-8")


if __name__ == "__main__":
    main()
