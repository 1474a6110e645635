"""A race of five teams with two prizes, run by its real meeting: what screens and the speaker are shown of it."""

from dataclasses import replace

import pytest

from live.messages.decisions import PublishOfficial
from live.programme import Prize, Sponsor
from tests.web.chromium.line_stand import LineStand
from tests.web.conftest import GUN_MS, meeting

PRIZES = (Prize({"fr": "Toutes catégories"}, "all", 3), Prize({"fr": "Dames"}, "category:women", 3))
SPONSORS = (Sponsor("Ideta", "image/png", b"\x89PNG"), Sponsor("Lutosa"))
TIMES = {"7": (790, 1_590), "007": (800, 1_620), "12": (810, 1_650), "30": (820, 1_680), "21": (830, 1_710)}


def race_day() -> LineStand:
    """Return a race with two prizes before its gun's first passage."""
    event = meeting()
    relay = replace(event.races[0], prizes=PRIZES)
    return LineStand(replace(event, races=(relay, event.races[1]), sponsors=SPONSORS), GUN_MS - 600_000)


@pytest.fixture
def stand() -> LineStand:
    """A race with two prizes; no official has said anything."""
    return race_day()


def runs(times: tuple[int, int]) -> list[tuple[int, str]]:
    """When each runner of a team of two is at the line, in seconds from the gun."""
    return [(times[0], "A"), (times[1], "A"), (times[1] + 1, "B")]


def finish(stand: LineStand) -> None:
    """Let the whole race be run."""
    for at_s, bib, runner in sorted((at_s, bib, who) for bib, times in TIMES.items() for at_s, who in runs(times)):
        stand.read(f"{bib}{runner}", GUN_MS + at_s * 1_000)


def publish(stand: LineStand) -> None:
    """An hour later, when nobody objected, the result is official."""
    stand.wall_ms += 3_600_000
    stand.judge()
    stand.rule(PublishOfficial("relay"))
