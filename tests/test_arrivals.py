"""Who is expected next, who is overdue, and where a team is drawn meanwhile."""

from dataclasses import replace

import pytest

from live.arrivals import Arrival, arrivals, late_minutes, overdue_at_ms, position_m
from live.boards import RaceBoard
from live.messages.boards import BoardHead, Forecast, Row
from tests.ingest.scene import GUN_MS, LOOP, entry, ms, race

LINE = "line"
TO_KM1 = Forecast(ms("17:20"), 9_000, "km1")
TO_LINE = Forecast(ms("26:00"), 30_000, LINE)
OUT = Row("1", 1, (1, 0), True, "running", laps=1, point=LINE, at_ms=ms("13:00"), next=TO_KM1)
BACK = Row("2", 1, (1, 1), True, "running", laps=1, point="km2", at_ms=ms("22:00"), next=TO_LINE)
HEAD = BoardHead("relay", "paper", 1, "running", GUN_MS, 3, 3, 1, gun_ms=GUN_MS)


def board(*rows: Row, head: BoardHead | None = HEAD) -> RaceBoard:
    """A board of three entries with these rows."""
    made = RaceBoard(race(entry("1"), entry("2"), entry("3")))
    if head is not None:
        made.hear(head)
    made.put(rows, 1)
    return made


def test_the_next_arrivals_come_in_the_order_in_which_they_are_expected() -> None:
    assert arrivals(board(BACK, OUT), ms("14:00")) == [
        Arrival("1", "km1", None, ms("17:20"), 9_000, None),
        Arrival("2", LINE, 2, ms("26:00"), 30_000, None),
    ]


def test_those_expected_at_the_same_instant_come_in_the_order_of_the_entries() -> None:
    same = [replace(OUT, bib=bib) for bib in ("3", "1", "2")]
    assert [each.bib for each in arrivals(board(*same), ms("14:00"))] == ["1", "2", "3"]


def test_the_speaker_at_the_line_asks_for_those_who_come_to_the_line() -> None:
    assert [each.bib for each in arrivals(board(OUT, BACK), ms("14:00"), LINE)] == ["2"]


def test_a_point_that_is_not_named_is_the_line() -> None:
    row = replace(BACK, next=Forecast(ms("26:00"), 30_000))
    assert arrivals(board(row), ms("23:00"))[0].point == LINE


@pytest.mark.parametrize("row", [replace(OUT, status="dnf"), replace(OUT, next=None)])
def test_nobody_is_expected_who_is_not_running_or_of_whom_nothing_is_known(row: Row) -> None:
    assert arrivals(board(row), ms("14:00")) == []


@pytest.mark.parametrize(("now", "minutes"), [("18:25", 0), ("18:26", 2), ("19:20", 2), ("19:21", 3)])
def test_an_overdue_team_has_been_awaited_since_the_instant_at_which_it_was_expected(now: str, minutes: int) -> None:
    """Expected at 17:20, overdue from 18:25 on: then for two minutes begun."""
    assert late_minutes(board(OUT), OUT, ms(now)) == minutes


def test_who_was_overdue_at_once_has_been_awaited_for_a_minute() -> None:
    row = replace(OUT, next=Forecast(ms("13:01"), 0, "km1"))
    assert late_minutes(board(row), row, ms("13:02")) == 1


@pytest.mark.parametrize(
    ("row", "head"),
    [
        (replace(OUT, status="dnf"), HEAD),
        (replace(OUT, next=None), HEAD),
        (OUT, replace(HEAD, frozen=True)),
        (OUT, None),
    ],
)
def test_nobody_is_awaited_who_is_not_on_the_way_or_while_the_board_is_frozen(row: Row, head: BoardHead | None) -> None:
    """T90."""
    assert late_minutes(board(row, head=head), row, ms("30:00")) is None


def test_past_one_and_a_quarter_times_what_was_expected_a_team_is_overdue() -> None:
    """13:00 and 4:20 expected: overdue from 18:25 on."""
    assert overdue_at_ms(ms("13:00"), Forecast(ms("17:20"), 0)) == ms("18:25")
    assert not arrivals(board(OUT), ms("18:25"))[0].overdue
    late = arrivals(board(OUT), ms("18:25") + 1)[0]
    assert late.overdue
    assert late.overdue_since_ms == ms("18:25")


def test_a_team_that_was_not_seen_yet_is_overdue_from_the_gun() -> None:
    unseen = replace(OUT, laps=0, point=None, at_ms=None, next=Forecast(ms("4:00"), 0, "km1"))
    assert arrivals(board(unseen), ms("5:01"))[0].overdue_since_ms == ms("5:00")
    assert not arrivals(board(unseen, head=None), ms("5:01"))[0].overdue
    assert not arrivals(board(unseen, head=replace(HEAD, gun_ms=None)), ms("5:01"))[0].overdue


def test_a_team_is_drawn_evenly_between_its_last_crossing_and_the_next_point() -> None:
    assert position_m(OUT, LOOP, ms("13:00")) == 0
    assert position_m(OUT, LOOP, ms("15:10")) == 500
    assert position_m(BACK, LOOP, ms("24:00")) == 2_500


def test_it_is_never_drawn_before_where_it_was_measured() -> None:
    """The clock of the screen may be behind that of the mat."""
    assert position_m(BACK, LOOP, ms("21:00")) == 2_000


def test_it_stops_before_a_point_that_has_not_seen_it() -> None:
    """ux.md: 3 % before the next point."""
    assert position_m(OUT, LOOP, ms("17:20")) == 970
    assert position_m(BACK, LOOP, ms("26:30")) == 2_970


@pytest.mark.parametrize(
    "row",
    [replace(OUT, status="finished"), replace(OUT, next=None), replace(OUT, at_ms=None), replace(OUT, point=None)],
)
def test_who_is_not_on_a_known_way_is_not_drawn(row: Row) -> None:
    assert position_m(row, LOOP, ms("14:00")) is None


def test_who_is_overdue_is_not_drawn() -> None:
    assert position_m(OUT, LOOP, ms("18:25")) == 970
    assert position_m(OUT, LOOP, ms("18:25") + 1) is None
