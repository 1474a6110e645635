"""Photograph what stands in the hall and at the line, in every state of a race, 1920 pixels wide: `make screens`.

Big screen in each view, graphics for video, line display, speaker; the race is the one that the screens' tests run.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from live.messages.decisions import CloseRace, FreezePublic
from live.messages.display import ScreenShows, ScreenView, Unveiled
from live.programme import Sponsor
from tests.web.chromium.browser import chromium, visitor
from tests.web.chromium.line_stand import LineStand
from tests.web.chromium.stand import standing
from tests.web.conftest import GUN_MS
from tests.web.prize_day import TIMES, finish, publish, race_day

HERE: Final = Path(__file__).parent / "states"
WALL: Final = {"width": 1920, "height": 1080}
VIEWS: Final[dict[str, tuple[ScreenView, ...]]] = {
    "running": ("arrivals", "map"),
    "official": ("category", "companies", "sponsors", "podium", "message", "qr"),
}
"""Besides the board, which is taken in every state."""
OTHERS: Final = {
    "overlay-clock": "overlay/clock",
    "overlay-tower": "overlay/tower",
    "overlay-arrival": "overlay/arrival",
    "overlay-ticker": "overlay/ticker",
    "line": "line",
}


def running(stand: LineStand) -> None:
    """All have run one lap; one team is in."""
    for bib, times in TIMES.items():
        stand.read(f"{bib}A", GUN_MS + times[0] * 1_000)
    stand.read("7A", GUN_MS + 1_590_000)
    stand.read("7B", GUN_MS + 1_591_000)


def frozen(stand: LineStand) -> None:
    """Frozen in the middle; what follows is hidden."""
    running(stand)
    stand.rule(FreezePublic("relay"))


def provisional(stand: LineStand) -> None:
    """All are in."""
    finish(stand)
    stand.rule(CloseRace("relay"))


def official(stand: LineStand) -> None:
    """An hour later."""
    provisional(stand)
    publish(stand)


STATES: Final[dict[str, Callable[[LineStand], None]]] = {
    "planned": lambda _: None,
    "running": running,
    "frozen": frozen,
    "provisional": provisional,
    "official": official,
}


async def main() -> None:
    """Take all pictures."""
    HERE.mkdir(exist_ok=True)
    async with chromium() as browser:
        for state, happens in STATES.items():
            stand = race_day()
            stand.event = replace(stand.event, sponsors=(Sponsor("Ideta"), Sponsor("Lutosa")))
            stand.state = replace(stand.state, event=stand.event)
            happens(stand)
            async with standing(stand), visitor(browser, stand.url, viewport=WALL) as wall:
                await wall.page.clock.install(time=stand.wall_ms / 1000)
                views: tuple[ScreenView, ...] = ("board", *VIEWS.get(state, ()))
                for number, view in enumerate(views):
                    at_ms = stand.wall_ms + number
                    text = {"fr": "Le buffet est ouvert", "nl": "Het buffet is open"} if view == "message" else {}
                    category = "women" if view == "category" else None
                    shows = ScreenShows("main", view, category=category, text=text, id=str(number), at_ms=at_ms)
                    await stand.state.shown.tell(shows)
                    await stand.state.shown.tell(Unveiled("relay", 1, (3, 2), f"u{number}", "luc", at_ms))
                    await wall.open("/screen/main")
                    await wall.live()
                    await wall.page.clock.run_for(1_000)
                    await wall.page.screenshot(path=HERE / f"screen-{view}-{state}-1920.png")
                if state in ("running", "official"):
                    for name, path in OTHERS.items():
                        await wall.open(f"/{path}")
                        await wall.page.wait_for_load_state("networkidle")
                        await wall.page.screenshot(path=HERE / f"{name}-{state}-1920.png")
                await wall.open("/speaker")
                await wall.page.fill("#token", "speaker-token")
                await wall.page.press("#token", "Enter")
                await wall.page.wait_for_selector("html[data-line=open]", state="attached")
                await wall.page.screenshot(path=HERE / f"speaker-{state}-1920.png")


if __name__ == "__main__":
    asyncio.run(main())
