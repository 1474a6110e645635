"""Changes of many rows are cut into messages that the broker takes."""

from dataclasses import replace

from live.boards import RaceBoard
from live.ingest.board_publisher import parts_of
from live.messages.boards import BoardChanges, BoardHead, Row
from live.programme import Entry, Runner
from live.wire import Topics
from tests.conftest import relay

MAX_PAYLOAD = 1024 * 1024
"""What the broker takes (`live/broker.py`)."""

HEAD = BoardHead("run", "j", 7, "running", 1, None, 50_000, 1_563)


def rows(number: int, laps: int) -> tuple[Row, ...]:
    """So many rows with so many laps."""
    times = tuple(800_000 + lap for lap in range(laps))
    return tuple(
        Row(str(n), 7, (1, 0, -laps, 0, 9_999_999), True, "running", laps, lap_times_ms=times) for n in range(number)
    )


def test_the_gun_of_a_large_race_and_the_laps_of_a_long_one_fit() -> None:
    """50,000 rows at once, and 400 teams of 400 laps: every row goes out once, in messages that fit."""
    for all_rows in (rows(50_000, 0), rows(400, 400), rows(1, 2_000)):
        parts = list(parts_of(BoardChanges(HEAD, 3, all_rows)))
        assert tuple(row for part in parts for row in part.rows) == all_rows
        assert all(len(Topics("large").encode(part).payload) < MAX_PAYLOAD for part in parts)


def test_a_crossing_and_a_state_alone_are_one_message() -> None:
    """Also where no row changed at all."""
    for all_rows in (rows(1, 3), ()):
        assert list(parts_of(BoardChanges(HEAD, 3, all_rows))) == [BoardChanges(HEAD, 3, all_rows)]


def test_a_board_has_the_version_of_a_change_once_all_of_its_parts_are_there() -> None:
    """Whoever waits for a version finds everything that belongs to it."""
    runner = Runner("R", "", "", "", (), "no")
    entries = tuple(Entry("relay", n, str(n), f"Runner {n}", "", "", "", None, (runner,)) for n in range(3_000))
    board = RaceBoard(replace(relay(), entries=entries))
    board.hear(replace(HEAD, race="relay", version=3))
    *before, last = parts_of(BoardChanges(replace(HEAD, race="relay"), 3, rows(3_000, 0)))
    for part in before:
        board.hear(part)
        assert board.version == 3
    board.hear(last)
    assert (board.version, len(board.rows)) == (7, 3_000)
