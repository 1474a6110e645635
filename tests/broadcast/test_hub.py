"""What the hub says: to those in step, to newcomers, to followers. Without sockets, without a clock."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.broadcast.following import Follow, Forbidden, Ping, read_word
from live.broadcast.hub import AT_LEAST_EVERY_MS, EVERY_MS, KEPT_PICTURES, QUIET_MS
from live.broadcast.pictures import take
from live.messages.boards import Forecast, Row
from live.messages.devices import Stored
from live.messages.display import Notice, SilentPoint, SilentPoints
from tests.broadcast.desk import LAP_MS, Desk, Page, row

STATUSES = ("running", "finished", "dnf", "dsq")
STEP = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 3), st.none() | st.integers(0, 5), st.sampled_from(STATUSES)),
    min_size=1,
    max_size=4,
)
"""Which of eight teams, laps, time in minutes (few, so that there are ties), status."""


def rerow(version: int, bib: str, laps: int, minutes: int | None, status: str) -> Row:
    """A row anywhere in the list; the retired and the disqualified go to its end, without a place."""
    out = status in ("dnf", "dsq")
    time_ms = None if minutes is None else 60_000 * minutes
    key = (3, 0) if out else (1, 1) if time_ms is None else (0, -laps, time_ms)
    return row(bib, version, laps, time_ms, status=status, key=key, placed=time_ms is not None and not out)


def joined(desk: Desk, since: int | None = None, page: Page | None = None) -> Page:
    """A page that joins now, when everything was sent."""
    page = page or Page()
    page.hear(*desk.channel.welcome(since))
    return page


def only(messages: list[bytes], kind: str) -> dict[str, Any]:
    """The one message of this kind."""
    [found] = [each for each in map(json.loads, messages) if each["type"] == kind]
    return dict(found)


@pytest.fixture
def desk() -> Desk:
    """A race of five teams, heard whole and sent once, at 0 ms."""
    desk = Desk()
    desk.publish_all()
    desk.channel.round(0)
    return desk


# --- whatever happens -------------------------------------------------------------------------------------------


@given(st.lists(STEP, min_size=1, max_size=6), st.sampled_from([12, 401]))
@settings(max_examples=60)
def test_every_way_to_the_newest_board_gives_the_same_list(steps: list[Any], teams: int) -> None:
    """In step, or from any earlier version: the contract's rule leads to what a newcomer is given. T94."""
    desk = Desk(teams)
    desk.publish_all()
    desk.channel.round(0)
    in_step = joined(desk)
    earlier: dict[int, Page] = {0: joined(desk)}
    bibs = [entry.bib for entry in desk.race.entries]
    chosen = bibs[:4] + bibs[-4:]
    for number, step in enumerate(steps, 1):
        desk.publish(*(rerow(desk.version + 1, chosen[team], *what) for team, *what in step))
        in_step.hear(*desk.channel.round(number * EVERY_MS))
        earlier[desk.version] = joined(desk)
    newest = joined(desk)
    assert in_step.shown == newest.shown
    assert "board" not in in_step.heard[1:]
    for version, page in earlier.items():
        joined(desk, version, page)
        assert page.shown == newest.shown
        assert page.heard[1:] == ["changes", "state"]
    newest.hear(desk.channel.beat())
    assert not newest.drifted


@given(st.lists(STEP, min_size=2, max_size=6), st.sampled_from([12, 401]))
@settings(max_examples=40)
def test_a_page_that_missed_rounds_is_brought_in_step(steps: list[Any], teams: int) -> None:
    """A slow phone missed any number of rounds; what it held leads to what the others hold. T97."""
    desk = Desk(teams)
    desk.publish_all()
    desk.channel.round(0)
    slow, held = joined(desk), desk.channel.sent
    bibs = [entry.bib for entry in desk.race.entries]
    chosen = bibs[:4] + bibs[-4:]
    for number, step in enumerate(steps, 1):
        desk.publish(*(rerow(desk.version + 1, chosen[team], *what) for team, *what in step))
        desk.channel.round(number * EVERY_MS)
    slow.hear(*desk.channel.welcome(held))
    assert slow.shown == joined(desk).shown


# --- when something is due --------------------------------------------------------------------------------------


def test_nothing_is_due_before_the_board_was_heard_whole() -> None:
    desk = Desk(40)
    first, *others = desk.pieces()
    desk.hub.hear(first)
    desk.hub.hear(others[0])
    assert desk.channel.due_ms() is None
    assert desk.channel.welcome() == []
    desk.hub.hear(others[1])
    assert desk.channel.due_ms() is not None


@pytest.mark.parametrize(
    ("round_ms", "apart_ms"), [(0, EVERY_MS), (66, EVERY_MS), (200, 300), (333, 499), (10_000, AT_LEAST_EVERY_MS)]
)
def test_a_round_that_takes_long_leaves_a_third_of_the_time_to_others(round_ms: int, apart_ms: int) -> None:
    """Half as long again as it took, but between ten times and twice a second."""
    desk = Desk()
    desk.publish_all()
    desk.channel.round(5_000)
    desk.channel.took(round_ms)
    desk.publish(desk.cross("3"))
    assert desk.channel.due_ms() == 5_000 + apart_ms


def test_the_pace_is_taken_up_again_once_rounds_are_quick() -> None:
    desk = Desk()
    desk.publish_all()
    desk.channel.round(5_000)
    desk.channel.took(400)
    desk.channel.took(10)
    desk.publish(desk.cross("3"))
    assert desk.channel.due_ms() == 5_000 + EVERY_MS


def test_news_is_due_at_once_after_silence_then_ten_times_a_second(desk: Desk) -> None:
    desk.publish(desk.cross("1"))
    assert desk.channel.due_ms() == EVERY_MS
    desk.channel.round(5_000)
    desk.publish(desk.cross("2"))
    assert desk.channel.due_ms() == 5_100


def test_a_beat_holds_up_no_news(desk: Desk) -> None:
    desk.channel.round(10_000)
    desk.publish(desk.cross("1"))
    due_ms = desk.channel.due_ms()
    assert due_ms is not None
    assert due_ms <= 10_000


def test_several_crossings_between_two_rounds_are_one_message(desk: Desk) -> None:
    for bib in ("3", "1", "2"):
        desk.publish(desk.cross(bib, time_ms=LAP_MS + int(bib)))
    [message] = desk.channel.round(100)
    assert [each["bib"] for each in json.loads(message)["standings"]] == ["1", "2", "3"]


def test_ten_seconds_of_silence_bring_a_beat_with_the_check_of_the_order(desk: Desk) -> None:
    assert desk.channel.due_ms() == 10_000
    [message] = desk.channel.round(10_000)
    assert json.loads(message) == {"type": "beat", "version": 0, "check": crc32(b"1,2,3,4,5")}
    assert desk.channel.due_ms() == 20_000


def test_the_check_follows_the_order(desk: Desk) -> None:
    desk.publish(desk.cross("4"))
    desk.channel.round(100)
    assert json.loads(desk.channel.beat())["check"] == crc32(b"4,1,2,3,5")


# --- what is told -----------------------------------------------------------------------------------------------


def test_teams_merely_pushed_are_pairs_of_bib_and_place(desk: Desk) -> None:
    desk.publish(desk.cross("1"))
    desk.channel.round(100)
    desk.publish(desk.cross("2", time_ms=LAP_MS - 1))
    [message] = desk.channel.round(200)
    told = json.loads(message)
    assert (told["from"], told["version"], told["as_of_ms"]) == (1, 2, desk.as_of_ms)
    assert [(each["bib"], each["index"], each["place"]) for each in told["standings"]] == [("2", 0, 1)]
    assert told["places"] == [["1", 2]]


def test_a_forecast_is_told_again_when_it_moved_by_5_s_or_a_quarter_of_its_error(desk: Desk) -> None:
    def expected(at_ms: int, error_ms: int = 20_000) -> list[Any]:
        desk.publish(replace(desk.cross("1"), next=Forecast(at_ms, error_ms, "km1")))
        return list(only(desk.channel.round(0), "changes")["standings"])

    assert expected(1_000_000)
    was = desk.rows["1"]
    for moved_ms, told in ((4_000, False), (5_000, False), (5_001, True)):
        desk.publish(replace(was, version=desk.version + 1, next=Forecast(1_000_000 + moved_ms, 60_000, "km1")))
        assert bool(only(desk.channel.round(0), "changes")["standings"]) is told
    was = desk.rows["1"]
    desk.publish(replace(was, version=desk.version + 1, next=Forecast(1_005_001 + 2_001, 8_000, "km1")))
    assert only(desk.channel.round(0), "changes")["standings"]


def test_a_forecast_that_creeps_is_told_when_it_is_far_from_what_was_told(desk: Desk) -> None:
    told = 0
    for step in range(10):
        forecast = Forecast(1_000_000 + step * 1_000, 60_000, "km1")
        desk.publish(row("1", desk.version + 1, 1, LAP_MS, next=forecast))
        told += bool(only(desk.channel.round(0), "changes")["standings"])
    assert told == 2  # the first, and the one more than 5 s later


def test_a_new_state_is_told(desk: Desk) -> None:
    page = joined(desk)
    desk.state = "provisional"
    desk.publish()
    assert desk.channel.due_ms() == EVERY_MS
    page.hear(*desk.channel.round(100))
    assert page.state == "provisional"


def test_another_journal_makes_all_else_void(desk: Desk) -> None:
    desk.publish(desk.cross("1"))
    desk.channel.round(100)
    page = joined(desk)
    again = Desk()
    again.journal = "second"
    for piece in again.pieces():
        desk.hub.hear(piece)
    page.hear(*desk.channel.round(200))
    assert (page.heard[-1], page.version, page.bibs) == ("board", 0, ["1", "2", "3", "4", "5"])


def test_a_version_counts_in_its_own_journal_only(desk: Desk) -> None:
    desk.publish(desk.cross("1"))
    desk.channel.round(100)
    again = Desk()
    again.journal = "second"
    for piece in (*again.pieces(), again.changed(again.cross("2"))):
        desk.hub.hear(piece)
    desk.channel.round(200)
    assert only(desk.channel.welcome(1), "changes")["standings"] == []


# --- joining ----------------------------------------------------------------------------------------------------


def test_a_newcomer_is_given_the_whole_board_built_once(desk: Desk) -> None:
    """T98."""
    [message] = desk.channel.welcome()
    board = json.loads(message)
    assert (board["type"], board["race"], board["version"], board["count"]) == ("board", "relay", 0, 5)
    assert desk.channel.welcome()[0] is message


def test_who_holds_the_newest_is_told_that_nothing_changed(desk: Desk) -> None:
    """T95: after a restart a thousand phones come back, and hold what there is."""
    desk.publish(desk.cross("1"))
    desk.channel.round(100)
    changes = only(desk.channel.welcome(1), "changes")
    assert (changes["from"], changes["version"], changes["standings"], changes["places"]) == (1, 1, [], [])


@pytest.mark.parametrize("since", [-1, 3, 99])
def test_a_version_that_is_newer_or_unknown_gives_the_whole(desk: Desk, since: int) -> None:
    desk.publish(replace(desk.cross("1"), version=5))
    desk.channel.round(100)
    assert joined(desk, since).heard == ["board"]


def test_a_version_of_another_journal_gives_the_whole(desk: Desk) -> None:
    page = Page()
    page.hear(*desk.channel.welcome(0, journal="another"))
    assert page.heard == ["board"]
    assert json.loads(desk.channel.welcome(0, journal="first")[0])["type"] == "changes"


def test_a_version_that_had_two_faces_gives_the_whole(desk: Desk) -> None:
    """The gun is reached: rows change without a fact. Who says 0 may hold either."""
    desk.publish(*(replace(each, status="running") for each in desk.rows.values()))
    desk.channel.round(100)
    assert joined(desk, 0).heard == ["board"]


# --- a large race -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many() -> Desk:
    """A race of 401 teams, bibs 1 to 401."""
    desk = Desk(401)
    desk.publish_all()
    desk.channel.round(0)
    return desk


@pytest.fixture
def large(many: Desk) -> Desk:
    """A race of 401 teams, its own."""
    desk = Desk(race=many.race)
    desk.publish_all()
    desk.channel.round(0)
    return desk


def test_up_to_400_entries_are_streamed_whole() -> None:
    desk = Desk(400)
    desk.publish_all()
    desk.channel.round(0)
    assert len(joined(desk).rows) == 400


def test_of_more_than_400_the_first_200_are_streamed_and_their_number_is_told(large: Desk) -> None:
    board = only(large.channel.welcome(), "board")
    assert (len(board["standings"]), board["count"]) == (200, 401)


def test_a_team_that_leaves_the_head_by_its_own_doing_is_named_at_its_place_in_the_list(large: Desk) -> None:
    large.publish(*(large.cross(str(bib), time_ms=LAP_MS + bib) for bib in range(1, 202)))
    large.channel.round(0)
    page = joined(large)
    large.publish(replace(large.cross("7"), key=(6, 1), placed=False, status="dsq"))
    messages = large.channel.round(100)
    assert [(each["bib"], each["index"]) for each in only(messages, "changes")["standings"]] == [
        ("201", 199),
        ("7", 400),
    ]
    page.hear(*messages)
    assert page.bibs == [str(bib) for bib in range(1, 202) if bib != 7]


def test_below_the_head_a_crossing_says_only_how_far_the_facts_are_and_once_a_second(large: Desk) -> None:
    large.publish(*(large.cross(str(bib), time_ms=LAP_MS + bib) for bib in range(1, 202)))
    large.channel.round(0)
    large.publish(large.cross("400", time_ms=LAP_MS * 2))
    assert large.channel.due_ms() == QUIET_MS
    assert large.channel.due_ms(hurry=True) == EVERY_MS
    told = only(large.channel.round(1_000), "changes")
    assert (told["version"], told["standings"], told["places"]) == (large.version, [], [])


def test_whether_the_last_of_the_head_is_close_to_the_next_is_told_and_told_again_when_it_changes(large: Desk) -> None:
    """T80: both have tenths, and a page does not have the other."""
    large.publish(*(large.cross(str(bib), time_ms=LAP_MS + 1_000 * bib) for bib in range(1, 202)))
    large.channel.round(0)
    assert only(large.channel.welcome(), "board")["close_below"] is False
    large.publish(large.cross("201", time_ms=LAP_MS + 200_000))
    large.channel.round(100)
    assert only(large.channel.welcome(), "board")["close_below"] is False, "they share the place"
    large.publish(large.cross("200", time_ms=LAP_MS + 199_999))
    assert only(large.channel.round(200), "changes")["close_below"] is True
    large.publish(large.cross("7", time_ms=LAP_MS + 7_001))
    assert "close_below" not in only(large.channel.round(300), "changes")
    large.publish(large.cross("201", time_ms=LAP_MS + 201_000))
    assert only(large.channel.round(400), "changes")["close_below"] is False


# --- following --------------------------------------------------------------------------------------------------


def news(desk: Desk, now_ms: int) -> list[tuple[Any, list[tuple[str, int | None]]]]:
    """Who is told which places after a round at that instant."""
    desk.channel.round(now_ms)
    return [
        (who, [(each["bib"], each["place"]) for each in json.loads(message)["standings"]])
        for who, message in desk.channel.followers.due(now_ms)
    ]


@pytest.fixture
def marathon(large: Desk) -> Desk:
    """250 of 401 teams have crossed, in the order of their bibs."""
    large.publish(*(large.cross(str(bib), time_ms=LAP_MS + bib) for bib in range(1, 251)))
    news(large, 5_000)
    return large


def test_followed_teams_outside_the_head_are_answered_at_once(marathon: Desk) -> None:
    answer = json.loads(marathon.channel.followers.put("phone", ("3", "240", "301", "no such bib")))
    assert [(each["bib"], each["place"], each["laps"]) for each in answer["standings"]] == [
        ("240", 240, 1),
        ("301", None, 0),
    ]


def test_a_followed_team_s_own_news_is_told_at_once(marathon: Desk) -> None:
    marathon.channel.followers.put("phone", ("301",))
    marathon.channel.followers.put("other", ("302",))
    marathon.publish(marathon.cross("301", time_ms=LAP_MS + 1_000))
    assert marathon.channel.due_ms() == 5_000 + EVERY_MS
    assert news(marathon, 5_100) == [("phone", [("301", 251)])]


def test_that_others_pushed_a_followed_team_is_told_every_five_seconds(marathon: Desk) -> None:
    marathon.channel.followers.put("phone", ("240",))
    marathon.publish(marathon.cross("301", time_ms=LAP_MS))
    assert news(marathon, 6_000) == []
    assert news(marathon, 10_000) == [("phone", [("240", 241)])]


def test_a_followed_team_that_leaves_or_enters_the_head_is_told(marathon: Desk) -> None:
    marathon.channel.followers.put("phone", ("200", "201"))
    marathon.publish(marathon.cross("301", time_ms=LAP_MS))
    assert news(marathon, 5_100) == [("phone", [("200", 201), ("201", 202)])]
    marathon.publish(marathon.cross("201", laps=2))
    assert news(marathon, 5_200) == [("phone", [("200", 202)])]


def test_news_of_one_of_fifty_followed_teams_is_of_that_one_alone(marathon: Desk) -> None:
    """A crossing costs a phone less than 2 KiB, however many teams it follows."""
    bibs = tuple(str(bib) for bib in range(302, 352))
    answer = marathon.channel.followers.put("phone", bibs)
    assert len(json.loads(answer)["standings"]) == 50
    marathon.publish(marathon.cross("302", time_ms=LAP_MS + 1_000))
    marathon.channel.round(5_100)
    [(_, told)] = marathon.channel.followers.due(5_100)
    assert [each["bib"] for each in json.loads(told)["standings"]] == ["302"]
    assert len(told) < 2_048


def test_who_was_told_otherwise_is_told_what_he_lacks(marathon: Desk) -> None:
    """Of two who follow the same, one came back in between and holds the newest already."""
    for who in ("phone", "other"):
        marathon.channel.followers.put(who, ("301", "302"))
    marathon.publish(marathon.cross("301", time_ms=LAP_MS + 1_000))
    marathon.channel.round(5_100)
    marathon.channel.followers.again("other")
    assert [who for who, _ in marathon.channel.followers.due(5_100)] == ["phone"]


def test_who_follows_nobody_any_more_is_told_nothing(marathon: Desk) -> None:
    marathon.channel.followers.put("phone", ("301",))
    marathon.channel.followers.put("other", ("301",))
    marathon.channel.followers.put("phone", ())
    marathon.channel.followers.drop("other")
    marathon.publish(marathon.cross("301", time_ms=LAP_MS))
    assert news(marathon, 10_000) == []


# --- frozen -----------------------------------------------------------------------------------------------------


def test_a_freeze_is_told_with_its_rows_and_a_reveal_too(marathon: Desk) -> None:
    """T90: ingest publishes the board as at the freeze; who is in step and who comes see just that."""
    page = joined(marathon)
    marathon.frozen = True
    marathon.publish(marathon.cross("250", laps=3))  # heard before the freeze, published with it
    page.hear(*marathon.channel.round(6_000))
    assert (page.frozen, page.version, page.bibs[0]) == (True, marathon.version, "250")
    assert joined(marathon).shown == page.shown
    marathon.frozen = False
    marathon.publish(marathon.cross("251", laps=3, time_ms=1))
    page.hear(*marathon.channel.round(7_000))
    assert (page.frozen, page.bibs[0], page.version) == (False, "251", marathon.version)


def test_a_hub_that_begins_during_the_freeze_shows_the_frozen_board() -> None:
    """T90: what lies on the bus is no newer than the freeze."""
    desk = Desk()
    desk.frozen = True
    desk.publish_all()
    desk.channel.round(0)
    assert (len(joined(desk).rows), joined(desk).frozen) == (len(desk.rows), True)


def test_the_edition_of_a_result_is_told_with_the_state(marathon: Desk) -> None:
    """T87: a correction of an official result is a message of its own."""
    joined(marathon)
    head = replace(marathon.head, state="official", edition=1, official_at_ms=5, version=marathon.version + 1)
    marathon.hub.hear(head)
    marathon.channel.round(6_000)
    marathon.hub.hear(replace(head, edition=2, official_at_ms=9, version=head.version + 1))
    told = [json.loads(each) for each in marathon.channel.round(7_000)]
    assert [(each["type"], each.get("edition"), each.get("official_at_ms")) for each in told] == [
        ("changes", None, None),
        ("state", 2, 9),
    ]


# --- what clients may say ---------------------------------------------------------------------------------------


def test_a_client_may_follow_and_ping() -> None:
    assert read_word(b'{"type":"ping","more":1}') == Ping()
    assert read_word(b'{"type":"follow","bibs":[" 12a","12A","007"]}') == Follow(("12A", "007"))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"ping",
        b"[]",
        b'"ping"',
        b'{"type":"subscribe"}',
        b'{"type":["ping"]}',
        b'{"type":"follow"}',
        b'{"type":"follow","bibs":"12"}',
        b'{"type":"follow","bibs":[12]}',
        b'{"type":"follow","bibs":[' + b",".join([b'"1"'] * 51) + b"]}",
        b'{"type":"ping","pad":"' + b"x" * 4_096 + b'"}',
        b"[" * 4_000,
        b"\xff\xfe",
    ],
)
def test_anything_else_is_forbidden(raw: bytes) -> None:
    with pytest.raises(Forbidden):
        read_word(raw)


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_forbidden(raw: bytes) -> None:
    with suppress(Forbidden):
        assert isinstance(read_word(raw), Follow | Ping)


# --- what is not known yet ----------------------------------------------------------------------------------------


def test_what_was_not_heard_whole_is_not_streamed() -> None:
    """T94: to whoever asks for it all the same it is said."""
    desk = Desk()
    with pytest.raises(ValueError, match="nothing is known yet of relay"):
        desk.channel.round(0)
    with pytest.raises(ValueError, match="was not heard yet"):
        take(desk.channel.board, None)


def test_a_message_that_says_nothing_of_a_board_is_news_to_nobody(desk: Desk) -> None:
    """A device's watermark; a head that is known already."""
    assert not desk.hub.hear(Stored("mat-line", "e1", 1))
    assert not desk.hub.hear(desk.head)


def test_only_so_many_versions_are_kept_to_go_on_from(desk: Desk) -> None:
    """T97: bounded; who holds an older one gets the whole board."""
    for n in range(1, KEPT_PICTURES + 2):
        desk.publish(desk.cross("1", laps=n))
        desk.channel.round(100 * n)
    assert only(desk.channel.welcome(2), "changes")["from"] == 2
    assert joined(desk, since=1).heard == ["board"]


def test_two_who_follow_the_same_teams_get_the_same_bytes(marathon: Desk) -> None:
    """Written once, however many follow a team that everybody likes."""
    for who in ("phone", "other"):
        marathon.channel.followers.put(who, ("301",))
    marathon.publish(marathon.cross("301", time_ms=LAP_MS + 1_000))
    marathon.channel.round(5_100)
    (one, first), (two, second) = marathon.channel.followers.due(5_100)
    assert {one, two} == {"phone", "other"}
    assert first is second


def test_whose_teams_are_all_streamed_is_answered_and_followed_no_further(desk: Desk) -> None:
    assert json.loads(desk.channel.followers.put("phone", ("1",)))["standings"] == []
    desk.publish(desk.cross("1"))
    desk.channel.round(100)
    assert desk.channel.followers.again("phone") is None


# --- what stands above the list ---------------------------------------------------------------------------------


def test_a_notice_is_told_at_once_alone_and_once(desk: Desk) -> None:
    page = joined(desk)
    desk.hub.hear(Notice("1", "safety", {"fr": "Orage"}, at_ms=1))
    assert desk.channel.due_ms() == EVERY_MS
    told = desk.channel.round(EVERY_MS)
    assert list(map(json.loads, told)) == [{"type": "notice", "id": "1", "text": {"fr": "Orage"}, "level": "safety"}]
    page.hear(*told)
    assert not desk.channel.pending
    desk.hub.hear(Notice("1", "safety", {"fr": "Orage"}, at_ms=1))
    assert not desk.channel.pending, "the bus says what is retained again"


def test_whoever_comes_or_comes_back_is_told_what_stands_and_what_does_not_any_more(desk: Desk) -> None:
    """A phone that slept while a notice was withdrawn still shows it: it has to hear so."""
    here, asleep = joined(desk), joined(desk)
    notice = Notice("1", "info", {"fr": "Soupe"}, until_ms=5, at_ms=1)
    desk.hub.hear(notice)
    desk.hub.hear(SilentPoints(desk.race.id, (SilentPoint("km1", 7),)))
    for page in (here, asleep):
        page.hear(*desk.channel.round(EVERY_MS)) if page is here else joined(desk, asleep.version, asleep)
        assert page.notices["1"]["until_ms"] == 5
        assert page.silent == [{"point": "km1", "since_ms": 7}]
    desk.hub.hear(replace(notice, withdrawn=True, at_ms=2))
    desk.hub.hear(SilentPoints(desk.race.id))
    desk.publish(desk.cross("1"))
    here.hear(*desk.channel.round(2 * EVERY_MS))
    for page in (here, joined(desk, asleep.version, asleep), joined(desk)):
        assert page.notices["1"]["until_ms"] == 0
        assert page.silent == []
        assert page.version == desk.version
