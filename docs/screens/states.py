"""Photograph every page for spectators in every state of a race, at 390 and 320 pixels, light and dark: `make screens`.

The race is a small one on paper, with whatever a row can say in it, so that the pictures change only when the pages do.
"""

import asyncio
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from live.messages.boards import Forecast
from live.programme import Info, Prize
from tests.web.chromium.browser import chromium, visitor
from tests.web.chromium.stand import Stand, one_race, standing
from tests.web.conftest import GUN_MS, entry, row
from tests.web.reading import crossing, lap, split

HERE: Final = Path(__file__).parent / "states"
NOW_MS: Final = GUN_MS + 1_800_000
STATES: Final[dict[str, dict[str, object]]] = {
    "planned": {"state": "planned", "gun_ms": None, "as_of_ms": GUN_MS - 900_000},
    "running": {},
    "frozen": {"frozen": True, "frozen_since_ms": NOW_MS},
    "provisional": {"state": "provisional", "provisional_since_ms": NOW_MS, "objections_until_ms": NOW_MS + 900_000},
    "official": {"state": "official", "edition": 1, "official_at_ms": NOW_MS},
    "corrected": {"state": "official", "edition": 2, "official_at_ms": NOW_MS + 240_000},
}
INFO: Final[Info] = {
    "bring": {"fr": ("Un gilet et de l’eau", "Quatre épingles pour le dossard"), "nl": ("Een hesje en water",)},
    "access": {"fr": ("Parking P2, à dix minutes à pied",)},
    "waiting": {"fr": ("Dans le sas, à gauche de la ligne",)},
}
PRIZES: Final = (
    Prize({"fr": "Toutes catégories"}, "all", 3),
    Prize({"fr": "Équipes dames"}, "category:women", 3),
)
LONG: Final = "Coopérative des maraîchers de la Wallonie picarde"
FOLLOWING: Final = {
    "list": "",
    "team": "r/relay/t/6",
    "map": "r/relay/map",
    "feed": "feed",
    "results": "results/relay",
    "podium": "podium",
}
OTHERS: Final = {
    "search": "search?q=nord+1",
    "info": "info",
    "companies": "companies",
    "table": "r/relay/table",
    "laps": "r/relay/laps",
    "privacy": "privacy",
    "away": "away",
    "unknown": "r/relay/t/99",
}


def told(state: str) -> dict[str, object]:
    """Return what ingest tells of team 6 in a state: a chip read at the check, a lap, two laps."""
    at_check = {**crossing("A", "line", "ignored", {"code": "before_start", "lap": None}), "at_ms": GUN_MS - 1_080_000}
    if state == "planned":
        return {"laps": [], "crossings": [at_check], "doubts": []}
    crossings = [at_check, crossing("A", "line", "counted", {"code": "crossing", "lap": 1})]
    first_ms = 825_000 if state in ("provisional", "official", "corrected") else 845_000
    laps = [lap(1, ["A"], first_ms, first_ms, 6, splits=[split("km1", "A", first_ms // 3, 6)])]
    if first_ms == 825_000:
        laps.append(lap(2, ["A", "B"], 800_000, 1_625_000, 6, splits=[split("km1", "B", 1_090_000, 6)]))
    return {"laps": laps, "crossings": crossings, "doubts": []}


def race(state: str) -> Stand:
    """Return thirty teams in one state: some are in, one is estimated, one is not whole, some are overdue."""
    kinds = ("mixed", "women", "men")
    names = [LONG if n in (2, 6) else f"Atelier du Nord {n + 1}" for n in range(30)]
    teams = tuple(entry(n, str(n + 1), name, kinds[n % 3], ("F", "M")) for n, name in enumerate(names))
    stand = one_race(teams, 800_000, 4_000, prizes=PRIZES)
    stand.event = replace(stand.event, info=INFO)
    stand.state = replace(stand.state, event=stand.event)
    stand.wall_ms = GUN_MS - 900_000 if state == "planned" else NOW_MS
    stand.keeper.answers["team"] = told(state)
    rows = [row(each.bib, 0, 800_000 + 9_000 * each.number) for each in teams]
    if state == "planned":
        rows = [row(each.bib, 0, status="not_started") for each in teams]
    elif state in ("provisional", "official", "corrected"):
        rows = [row(each.bib, 0, 780_000 + 9_000 * each.number, 800_000) for each in teams[:-1]]
        rows += [row("30", 0, 1_041_000, status="dnf", placed=False)]
        stand.keeper.answers["edition_before"] = {"rows": [asdict(each) for each in rows]}
        if state == "corrected":
            rows[1] = row("2", 0, 789_000, 830_000, quality="corrected", lap_qualities="mc")
    else:
        rows[:4] = [row(str(n + 1), 0, 790_000 + 6_000 * n, 880_000 + 2_000 * n) for n in range(4)]
        rows[1] = replace(rows[1], quality="estimated", lap_qualities="me")
        rows[3] = replace(rows[3], missing=("B",), provisional=True)
        rows[4:] = [
            replace(each, next=Forecast(NOW_MS - 250_000 + 21_000 * n, 40_000, "km1" if n % 3 else "line"))
            for n, each in enumerate(rows[4:])
        ]
    stand.change("relay", *rows, **{"gun_ms": GUN_MS, "as_of_ms": NOW_MS, **STATES[state]})
    return stand


async def main() -> None:
    """Take all pictures."""
    HERE.mkdir(exist_ok=True)
    async with chromium() as browser:
        for state in STATES:
            async with standing(race(state)) as stand:
                for width, height, theme in (
                    (390, 844, "light"),
                    (320, 568, "light"),
                    (390, 844, "dark"),
                    (1920, 1080, "light"),
                ):
                    if state != "running" and (width > 390 or theme == "dark"):
                        continue
                    async with visitor(browser, stand.url, viewport={"width": width, "height": height}) as phone:
                        chosen = f"{{follow: {{relay: ['6', '12']}}, theme: '{theme}'}}"
                        await phone.page.add_init_script(f"localStorage['live/web-test'] = JSON.stringify({chosen})")
                        await phone.page.clock.install(time=stand.wall_ms / 1000)
                        for name, path in {**FOLLOWING, **(OTHERS if state == "running" else {})}.items():
                            await phone.open(f"/fr/{path}")
                            if await phone.get("!!document.querySelector('#link')"):
                                await phone.live()
                                await phone.page.clock.run_for(1_000)
                            await phone.page.screenshot(path=HERE / f"{name}-{state}-{width}-{theme}.png")
                        if state == "running":
                            await phone.open("/fr/")
                            await phone.live()
                            await phone.context.set_offline(True)
                            await phone.page.clock.run_for(6_000)
                            await phone.page.screenshot(path=HERE / f"list-offline-{width}-{theme}.png")


if __name__ == "__main__":
    asyncio.run(main())
