"""Lighthouse on the public pages, as a phone: run through npm, in build/, by the Node that npm has for it."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.figures import Figure
from bench.web.races import under_way
from tests.web.chromium.stand import Stand, standing

TOOLS = Path(__file__).parents[2] / "build" / "lighthouse"
NPM = ("node@22.23.3", "lighthouse@13.5.0")
PAGES = ("", "r/relay/t/12", "r/relay/map", "r/relay/table", "feed", "results/relay", "search", "info", "companies")
CATEGORIES = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
FLAGS = "--headless=new --no-sandbox --disable-gpu"


class Missing(Exception):
    """What Lighthouse needs cannot be had here; the text says what."""


async def run(*words: str | Path, **environment: str) -> bytes:
    """Run a program in the folder of the tools; return what it writes.

    Raises:
        Missing: it failed.
    """
    process = await asyncio.create_subprocess_exec(
        *map(str, words),
        cwd=TOOLS,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )
    out, err = await process.communicate()
    if process.returncode:
        raise Missing(f"{words[0]} {words[1]}: {err.decode()[-400:].strip()}")
    return out


async def install() -> None:
    """Have Lighthouse and its Node, once.

    Raises:
        Missing: npm is not there, or reaches no registry.
    """
    if (TOOLS / "node_modules/node/bin/node").exists() and (TOOLS / "node_modules/lighthouse").exists():
        return
    if shutil.which("npm") is None:
        raise Missing("npm is not installed")
    TOOLS.mkdir(parents=True, exist_ok=True)
    (TOOLS / "package.json").write_text("{}", encoding="utf-8")
    await run("npm", "install", "--silent", "--no-audit", "--no-fund", *NPM)
    if not (TOOLS / "node_modules/node/bin/node").exists():  # newer npm runs no package's own script unasked
        script = TOOLS / "node_modules" / "node"
        await run("node", "-e", f"process.chdir({json.dumps(str(script))}); require('./installArchSpecificPackage.js')")


async def report(url: str, *words: str) -> dict[str, Any]:
    """Return what Lighthouse says of a page.

    Raises:
        Missing: it could not be run.
    """
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
    node, program = TOOLS / "node_modules/node/bin/node", TOOLS / "node_modules/lighthouse/cli/index.js"
    told = ("--output=json", "--quiet", f"--chrome-flags={FLAGS}", f"--only-categories={','.join(CATEGORIES)}")
    found: dict[str, Any] = json.loads(await run(node, program, url, *told, *words, CHROME_PATH=chromium))
    return found


@asynccontextmanager
async def public() -> AsyncIterator[Stand]:
    """Serve the race under the address that its organiser has set."""
    async with standing(under_way(120)) as stand:
        stand.state.settings = replace(stand.state.settings, origin=stand.url)
        yield stand


def scores(found: dict[str, Any]) -> dict[str, int]:
    """Return the scores out of 100."""
    return {name: round(found["categories"][name]["score"] * 100) for name in CATEGORIES}


def faults(found: dict[str, Any], category: str) -> list[str]:
    """Return the audits of a category that were not passed whole."""
    refs = [each["id"] for each in found["categories"][category]["auditRefs"] if each["weight"]]
    return [name for name in refs if (found["audits"][name]["score"] or 0) < 1]


async def measure() -> tuple[str, list[Figure]]:
    """Return a table of all pages, and the worst of each figure."""
    await install()
    lines = [
        "| page | performance | accessibility | best practices | SEO | LCP | TBT | CLS |",
        "|---|---|---|---|---|---|---|---|",
    ]
    worst = {"largest-contentful-paint": 0.0, "total-blocking-time": 0.0, "cumulative-layout-shift": 0.0}
    lowest = dict.fromkeys(CATEGORIES, 100)
    async with public() as stand:
        for page in PAGES:
            found = await report(f"{stand.url}/fr/{page}")
            got = scores(found)
            lowest = {name: min(lowest[name], got[name]) for name in CATEGORIES}
            values = {name: float(found["audits"][name]["numericValue"]) for name in worst}
            worst = {name: max(worst[name], values[name]) for name in worst}
            paint, blocked, shift = values.values()
            points = " | ".join(map(str, got.values()))
            lines.append(f"| `/fr/{page}` | {points} | {paint:,.0f} ms | {blocked:.0f} ms | {shift:.3f} |")
    figures = [
        Figure(f"Lighthouse, {name}, lowest", lowest[name], "", f">= {goal}") for name, goal in CATEGORIES.items()
    ]
    goals = (("LCP", "ms", "<= 1,200 ms"), ("TBT", "ms", "<= 30 ms"), ("CLS", "", "<= 0.01"))
    for (name, unit, goal), value in zip(goals, worst.values(), strict=True):
        figures.append(Figure(f"Lighthouse, {name}, worst", value, unit, goal))
    return "\n".join(lines), figures
