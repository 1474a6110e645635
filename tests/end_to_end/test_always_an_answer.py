"""Whatever dies, every page and every endpoint answers: well, or that it cannot right now; never an error of ours."""

import asyncio
import itertools
import signal
from collections import Counter
from contextlib import suppress
from typing import Final

import httpx
import psutil
import pytest
from starlette.routing import Route

from live.web.app import API
from live.web.spectators import ROUTES
from tests.conftest import until
from tests.end_to_end.conftest import Desk, finished, keep_away
from tests.serving import Served

IN_PLACES: Final = {
    "{race}": "relay",
    "{bib}": "12",
    "{format}": "csv",
    "{name}": "hall",
    "{name:path}": "live.js",
    "{number:int}": "1",
    "{kind}": "clock",
    "{rest:path}": "nowhere",
}
STREAMED: Final = ("/api/v1/races/{race}/line",)
"""It has no end."""

ROUNDS: Final = 3
SIGNALS: Final = (
    ("ingest", signal.SIGKILL),
    ("broadcast+web", signal.SIGTERM),
    ("ingest", signal.SIGKILL),
    ("broker", signal.SIGKILL),
    ("broadcast+web", signal.SIGKILL),
)


def addresses() -> list[str]:
    """Every address that can be read, of programs and of people; a board of the past besides."""
    found = [route.path for route in (*API, *ROUTES) if isinstance(route, Route) and "GET" in (route.methods or ())]
    paths = [path for path in dict.fromkeys(found) if path not in STREAMED]
    for place, value in IN_PLACES.items():
        paths = [path.replace(place, value) for path in paths]
    return [*paths, "/api/v1/races/relay/standings?at_ms=1464275000000"]


async def ask(desk: Desk, paths: list[str], answered: Counter[int], wrong: list[str]) -> None:
    """Ask one after the other, for ever, as an official; collect what is an error of ours."""
    for path in itertools.cycle(paths):
        try:
            answer = await desk.http.get(path, headers=desk.official)
        except httpx.TransportError:  # what serves it is being started again
            await asyncio.sleep(0.02)
            continue
        answered[answer.status_code] += 1
        if answer.status_code >= 500 and answer.status_code != 503:
            wrong.append(f"{path}: {answer.status_code} {answer.text}")


async def disturb(served: Served, answered: Counter[int]) -> None:
    """End one process after the other, each while it works or while it starts; go on once somebody is answered."""
    for number, (name, how) in enumerate(SIGNALS * ROUNDS):
        with suppress(KeyError, psutil.NoSuchProcess):
            served.children()[name].send_signal(how)
        await asyncio.sleep((0.05, 0.2, 0.7)[number % 3])
        before = answered.total()
        await until(lambda: answered.total() > before, f"an answer after {name}")  # noqa: B023


@pytest.mark.usefixtures("short_patience")
async def test_whatever_dies_no_answer_is_an_error_of_ours(desk: Desk) -> None:
    await desk.board(finished)
    paths, answered, wrong = addresses(), Counter[int](), list[str]()
    shifted = [paths[first:] + paths[:first] for first in range(0, len(paths), 15)]
    asking = [asyncio.create_task(ask(desk, each, answered, wrong)) for each in shifted]
    await disturb(desk.served, answered)
    away = asyncio.create_task(keep_away(desk.served, "ingest"))
    await until(lambda: answered[503] > 0, "a question without an answer")
    away.cancel()
    assert await desk.served.stop() == 0  # with questions under way
    for each in asking:
        each.cancel()
    assert wrong == [], desk.served.log.read_text()
    assert answered[200] and not [each for each in paths if "{" in each]
    assert "Traceback" not in desk.served.log.read_text()
