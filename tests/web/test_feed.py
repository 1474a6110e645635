"""The feed: what a board tells of its race, the newest first; and the course as a picture."""

from dataclasses import replace

import httpx
import pytest

from live.boards import RaceBoard
from live.messages.boards import BoardPage
from live.messages.display import Notice
from live.programme import Course, TimingPoint
from live.web.course_map import HALF, MIDDLE, marks
from live.web.course_shape import at, path
from live.web.feed import happened
from tests.web.conftest import GUN_MS, LOOP, head, meeting, row
from tests.web.html import parse


def board(*rows: object, **members: object) -> RaceBoard:
    """Return the board of the relay with these rows."""
    found = RaceBoard(meeting().by_race["relay"])
    found.hear(head("relay", 14, len(rows), gun_ms=GUN_MS, **members))
    found.hear(BoardPage("relay", "journal-1", 0, rows, 14))  # type: ignore[arg-type]
    return found


def texts(*rows: object, **members: object) -> list[tuple[str, str]]:
    """Return bib and text of each entry."""
    return [(each.bib, each.text) for each in happened(board(*rows, **members), "fr")]


def test_each_lap_and_each_point_is_told_the_newest_first() -> None:
    inside = row("12", 1, 820_000, point="km1", time_ms=1_100_000, at_ms=GUN_MS + 1_100_000)
    assert texts(row("7", 1, 800_000, 790_000), inside) == [
        ("7", "Arrivée · 1re · 26:30"),
        ("12", "Tour 2, km 1 · 18:20"),
        ("12", "Tour 1 · 2e · 13:40"),
        ("7", "Tour 1 · 1re · 13:20"),
        ("", "La course est partie"),
    ]


def test_a_change_of_leader_is_told() -> None:
    told = texts(row("7", 1, 800_000, 790_000), row("12", 1, 820_000, 700_000))
    assert ("12", "Lutosa B prend la tête") in told
    assert ("7", "Ideta prend la tête") not in told


def test_a_time_that_nobody_measured_says_so() -> None:
    assert texts(row("7", 1, 800_000, lap_qualities="e"))[0] == ("7", "Tour 1 · 1re · 13:20 · estimé")


def test_a_wave_s_team_crossed_when_it_did() -> None:
    """Its time counts from its own gun, ten minutes later."""
    later = board(row("7", 1, 800_000, at_ms=GUN_MS + 1_400_000))
    assert happened(later, "fr")[0].at_ms == GUN_MS + 1_400_000


def test_the_race_s_own_states_are_told() -> None:
    told = texts(row("7", 1, 800_000), provisional_since_ms=GUN_MS + 3_600_000, objections_until_ms=GUN_MS + 4_500_000)
    assert told[0] == ("", "Résultat provisoire : les réclamations sont reçues")


def test_a_notice_is_told_where_it_was_given_until_it_is_withdrawn() -> None:
    told = board(row("7", 1, 800_000))
    delayed = Notice("n1", "info", {"fr": "Soupe à 18 h", "nl": "Soep om 18 u"}, at_ms=GUN_MS + 60_000)
    told.notices = (delayed, Notice("n2", "safety", {"fr": "Orage"}, withdrawn=True, at_ms=GUN_MS))
    assert [(each.kind, each.text) for each in happened(told, "nl")][1:2] == [("notice", "Soep om 18 u")]
    assert "Orage" not in [each.text for each in happened(told, "fr")]


def test_fifty_entries_are_enough() -> None:
    assert len(happened(board(row("7", 1, *[500_000] * 80)), "fr")) == 50


async def test_the_feed_is_a_page_in_three_languages(web: httpx.AsyncClient) -> None:
    for language in ("fr", "nl", "en"):
        answer = await web.get(f"/{language}/feed")
        assert answer.status_code == 200
        assert parse(answer.text).one("html")["data-page"] == "feed"
    assert (await web.get("/fr/feed?race=none")).status_code == 404


def test_a_loop_is_a_ring_and_a_road_a_line() -> None:
    assert path(LOOP, HALF, MIDDLE).startswith("M144 32A112 112 0 0 1 144 256A")
    line, km1 = marks(LOOP, str)
    assert (line.x, line.y) == (144, 32)
    assert km1.x > 144 and km1.y > 144, "a third of the way, clockwise"
    road = Course("road", 1000, False, (TimingPoint("half", 500), TimingPoint("finish", 1000)))
    assert path(road, HALF, MIDDLE) == "M32 144H256"
    assert [mark.x for mark in marks(road, str)] == [144, 256]


def test_a_recorded_loop_is_drawn_as_it_lies_with_its_points_along_it() -> None:
    """A rectangle of 1,000 by 500 m: km 1 is a third of its length from the line, on the way down."""
    track = ((0, 0), (1_000, 0), (1_000, 500), (0, 500))
    loop = replace(LOOP, track=track)
    assert path(loop, (100, 100)) == "M-100 -50L100 -50 100 50 -100 50Z"
    assert at(loop, 0, (100, 100)) == ((-100, -50), (0, -1))
    assert at(loop, 1 / 3, (100, 100)) == ((100, -50), (0, -1))
    assert at(loop, 0.5, (100, 100)) == ((100, 50), (1, 0))
    assert at(loop, 1, (100, 100))[0] == (-100, -50), "and back"


@pytest.mark.parametrize("address", ["/fr/r/none/map", "/fr/r/relay/map/"])
async def test_a_map_of_no_race_is_not_there(web: httpx.AsyncClient, address: str) -> None:
    assert (await web.get(address)).status_code == 404
