"""What a board takes in, whatever the order in which its pieces arrive."""

from dataclasses import replace

import pytest

from live.board_members import board_members
from live.boards import Boards, RaceBoard, lap_chart
from live.messages.boards import BoardChanges, BoardHead, BoardPage, Row
from live.messages.devices import Stored
from tests.conftest import relay, small_event

WAITING = Row("1", 0, (3,), False, "not_started")
OFF = replace(WAITING, key=(1,), status="running")
ONE_LAP = replace(OFF, version=4, key=(0,), laps=1, placed=True, lap_times_ms=(700_000,), lap_qualities="m")
HEAD = BoardHead("relay", "j", 4, "running", 0, 3, 5, 1)


def heard(*rows: Row) -> Row:
    """The row of team 1 on a board that heard these, in this order."""
    board = RaceBoard(relay())
    for each in rows:
        board.put([each], each.version)
    return board.rows["1"]


def test_the_gun_starts_a_team_without_a_fact() -> None:
    assert heard(WAITING, OFF) == OFF


def test_a_page_sent_before_the_gun_that_arrives_after_it_takes_nobody_back() -> None:
    """T71: no flicker; the page goes another way through the broker than the changes."""
    board = RaceBoard(relay())
    board.hear(BoardChanges(HEAD, 0, (OFF,)))
    revision = board.revision
    board.hear(BoardPage("relay", "j", 0, (WAITING,), HEAD.version))
    assert board.rows["1"] == OFF
    assert board.revision == revision


def test_a_row_that_is_as_it_was_before_is_the_newer_one() -> None:
    """The crossing that ended the race for everybody was voided: the board's version says so, the row's goes down."""
    board = RaceBoard(relay())
    for version, row in ((5, replace(ONE_LAP, version=5, status="finished")), (6, ONE_LAP)):
        board.hear(BoardChanges(replace(HEAD, version=version), version - 1, (row,)))
    assert board.rows["1"] == ONE_LAP
    late = BoardPage("relay", "j", 0, (replace(ONE_LAP, version=5, status="finished"),), 5)
    board.hear(late)
    assert board.rows["1"] == ONE_LAP


def test_what_was_confirmed_since_is_not_undone_by_an_older_page() -> None:
    board = RaceBoard(relay())
    for version in (4, 8):
        board.hear(BoardChanges(replace(HEAD, version=version), 0, (ONE_LAP,)))
    board.hear(BoardPage("relay", "j", 0, (OFF,), 6))
    assert board.rows["1"] == ONE_LAP


def test_an_older_row_never_takes_the_place_of_a_newer_one() -> None:
    assert heard(ONE_LAP, OFF) == ONE_LAP


def test_a_fact_takes_a_team_back_to_the_start() -> None:
    """An official moves the gun: that has a version."""
    later = replace(WAITING, version=9)
    assert heard(ONE_LAP, later) == later


def test_a_picture_stays_as_the_board_was() -> None:
    board = RaceBoard(relay())
    board.hear(HEAD)
    board.hear(BoardPage("relay", "j", 0, (OFF,), HEAD.version))
    picture = board.picture()
    board.put([ONE_LAP], ONE_LAP.version)
    assert picture.complete and picture.rows["1"] == OFF
    assert [each.row.laps for each in picture.standings()] == [0]
    assert [each.row.laps for each in board.standings()] == [1]


def test_a_revision_grows_with_every_visible_change_and_with_no_other() -> None:
    board = RaceBoard(relay())
    seen = [board.revision]
    for message in (
        HEAD,
        BoardPage("relay", "j", 0, (OFF,), HEAD.version),
        BoardChanges(replace(HEAD, version=5), 4, (ONE_LAP,)),
    ):
        board.hear(message)
        seen.append(board.revision)
        board.hear(message)
        assert board.revision == seen[-1]
    assert seen == sorted(set(seen))
    board.hear(replace(HEAD, journal="another"))
    assert board.revision > seen[-1] and not board.rows


def test_a_board_knows_whether_it_was_heard_whole() -> None:
    """Its head, and all the pages that the head names."""
    boards = Boards(small_event())
    board = boards.by_race["relay"]
    assert (board.version, board.complete, boards.complete) == (0, False, False)
    with pytest.raises(ValueError, match="was not heard yet"):
        board_members(board, [], 0)
    assert boards.hear(HEAD) is board
    assert (board.version, board.complete) == (4, False)
    assert boards.hear(BoardPage("relay", "j", 0, (OFF,), 4)) is board
    assert (board.complete, boards.complete, board.count(), board.count(lambda entry: entry.bib != "1")) == (
        True,
        True,
        1,
        0,
    )
    assert boards.hear(HEAD) is None
    assert boards.hear(replace(HEAD, race="gone")) is None
    assert boards.hear(BoardChanges(replace(HEAD, race="gone"), 0, ())) is None
    assert boards.hear(Stored("mat-line", "e1", 1)) is None


def test_an_older_head_and_the_row_of_an_unknown_bib_change_nothing() -> None:
    """They went another way through the broker."""
    board = RaceBoard(relay())
    board.hear(HEAD)
    assert not board.hear(replace(HEAD, version=3))
    assert not board.put([replace(OFF, bib="99")], 5)
    assert (board.head, board.rows) == (HEAD, {})
    assert board.hear(replace(HEAD, journal="k", version=1))
    assert board.version == 1


def test_a_chart_shares_places_and_gives_none_to_who_is_out_of_the_ranking() -> None:
    """T67, T74: in the order of their times."""
    board = RaceBoard(relay())
    ran = [
        replace(ONE_LAP, bib=bib, lap_times_ms=(ms,)) for bib, ms in (("1", 700), ("2", 700), ("3", 600), ("4", 800))
    ]
    ran[2] = replace(ran[2], status="dsq", placed=False)
    board.put(ran, 4)
    assert [(each.bib, each.place) for each in lap_chart(board)[0]] == [("3", None), ("1", 1), ("2", 1), ("4", 3)]


def test_a_change_in_pieces_brings_a_board_to_its_version_with_the_last_of_them() -> None:
    """T94: who waits for a version finds all of it."""
    board = RaceBoard(relay())
    now = replace(HEAD, version=5)
    board.hear(HEAD)
    assert board.hear(BoardChanges(now, 4, (ONE_LAP,), more=True))
    assert (board.version, board.rows["1"].laps) == (4, 1)
    assert board.hear(BoardChanges(now, 4, (replace(OFF, bib="2"),)))
    assert (board.version, board.rows["2"].laps) == (5, 0)


def test_who_has_no_lap_yet_has_no_gap_to_who_has_one() -> None:
    """T69: it was seen at a point at which nobody knows when the first was there."""
    board = RaceBoard(relay())
    at_km1 = replace(OFF, bib="2", key=(1,), placed=True, point="km1", time_ms=300_000)
    board.put([ONE_LAP, at_km1], 4)
    standing = board.standing("2")
    assert (standing.place, standing.gap_ms, standing.gap_laps) == (2, None, 0)


def test_a_board_in_json_has_its_head_and_the_standings_that_are_shown() -> None:
    """T107: phone, feed and file show this one form."""
    board = RaceBoard(relay())
    board.hear(HEAD)
    board.put([ONE_LAP], 4)
    shown = board_members(board, board.standings(), board.count())
    assert (shown["race"], shown["version"], shown["journal"], shown["state"]) == ("relay", 4, "j", "running")
    assert (shown["count"], shown["edition"], shown["frozen"]) == (1, 0, False)
    (first,) = shown["standings"]
    assert (first["place"], first["bib"], first["laps"], first["gap_ms"]) == (1, "1", 1, 0)
    assert (first["next"], first["finish"]) == (None, None)
