"""A race frozen for the public, and revealed. T.. are cases of `docs/rules.md`."""

from dataclasses import asdict, replace

from live.boards import RaceBoard
from live.ingest.meeting import Meeting
from live.messages.decisions import (
    AdjustTime,
    CloseRace,
    FreezePublic,
    ReopenRace,
    RevealPublic,
    Revoke,
    VoidPassage,
)
from tests.ingest.officials import PUBLISH, alone, ended, head, ruled
from tests.ingest.scene import Scene, ms

FREEZE, REVEAL = FreezePublic("relay"), RevealPublic("relay")


class Public:
    """A phone: it keeps what is published, in order."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.board = RaceBoard(scene.event.by_race["relay"])
        self.look()

    def look(self) -> list[tuple[int | None, str, int | None]]:
        """Take in what was published since; return places, bibs and times."""
        for changes in self.scene.meeting.changes(self.scene.now_ms):
            self.board.hear(changes)
        return [(s.place, s.row.bib, s.row.time_ms) for s in self.board.standings()]

    def late(self) -> list[tuple[int | None, str, int | None]]:
        """What somebody sees who comes now, and reads what is retained."""
        board = RaceBoard(self.scene.event.by_race["relay"])
        head = self.scene.meeting.head("relay")
        board.hear(head)
        for number in range(head.pages):
            board.hear(self.scene.meeting.page("relay", number))
        return [(s.place, s.row.bib, s.row.time_ms) for s in board.standings()]


def frozen() -> tuple[Scene, Public, list[tuple[int | None, str, int | None]]]:
    """One has finished, the public is frozen, and then another finishes faster."""
    scene = alone("1", "2")
    public = Public(scene)
    scene.read("1A", "14:00")
    scene.rule(FREEZE, id="freeze", at="14:30")
    before = public.look()
    scene.read("2A", "13:00")
    return scene, public, before


def test_nothing_newer_than_the_freeze_is_published_until_it_is_revealed() -> None:
    """T90: rows, places, state, version, age: all as at the freeze, for who was there and for who comes."""
    scene, public, before = frozen()
    assert before == [(1, "1", 840_000), (None, "2", None)]
    head_before = head(scene)
    assert (head_before.frozen, head_before.frozen_since_ms, head_before.state) == (True, ms("14:30") + 1, "running")
    assert (public.look(), public.late()) == (before, before)
    assert scene.meeting.changes(scene.now_ms) == []
    scene.rule(AdjustTime("relay", "1", 30_000))
    assert (public.look(), public.late(), head(scene)) == (before, before, head_before)
    scene.rule(REVEAL)
    after = [(1, "2", 780_000), (2, "1", 870_000)]
    assert (public.look(), public.late()) == (after, after)
    assert (head(scene).frozen, head(scene).state, head(scene).version) == (False, "provisional", 5)


def test_what_was_heard_before_the_freeze_is_shown_though_it_was_not_yet_published() -> None:
    """T90: the freeze is a place in the journal, not the moment of a publication."""
    scene = alone("1", "2")
    public = Public(scene)
    scene.read("1A", "14:00")
    scene.rule(FREEZE)
    scene.read("2A", "13:00")
    assert public.look() == [(1, "1", 840_000), (None, "2", None)]


def test_officials_see_the_truth_during_a_freeze() -> None:
    """T90: the board and a team, asked by an official; asked by the public, as at the freeze."""
    scene, _, _ = frozen()
    scene.board()
    told = scene.meeting.answer("board", {"race": "relay"})
    assert {row["bib"]: row["laps"] for row in told["rows"]} == {"1": 1, "2": 1}
    assert (told["head"]["frozen"], told["head"]["state"]) == (True, "provisional")
    about = {"race": "relay", "bib": "2"}
    assert scene.meeting.answer("team", about)["laps"] == []
    assert scene.meeting.answer("team", about)["crossings"] == []
    assert len(scene.meeting.answer("team", {**about, "official": "1"})["laps"]) == 1


def test_the_public_s_boards_of_the_past_end_at_the_freeze() -> None:
    """T90: no instant, not even one before it, shows what was heard after it."""
    scene, _, _ = frozen()
    scene.board()
    for at in ("13:30", "3:00:00"):
        about = {"race": "relay", "at_ms": str(ms(at))}
        public = scene.meeting.answer("board_at", about)
        assert [row["laps"] for row in public["rows"] if row["bib"] == "2"] == [0]
        assert public["head"]["frozen"]
        official = scene.meeting.answer("board_at", {**about, "official": "1"})
        assert [row["laps"] for row in official["rows"] if row["bib"] == "2"] == [1]


def test_a_frozen_board_is_the_same_after_a_restart() -> None:
    """T90, T92: byte for byte, head and pages."""
    scene, _, _ = frozen()
    scene.rule(VoidPassage("mat-line", "e1", 1))
    again = Meeting(scene.event, "paper")
    for fact in scene.facts:
        again.apply(fact)
    again.changes(scene.now_ms)
    assert asdict(again.head("relay")) == asdict(head(scene))
    assert again.page("relay", 0) == scene.meeting.page("relay", 0)


def test_a_freeze_taken_back_reveals_and_taken_back_again_freezes_as_before() -> None:
    """T83, T90: the board of the freeze, whatever came since."""
    scene, public, before = frozen()
    undo = scene.rule(Revoke("freeze"))
    after = [(1, "2", 780_000), (2, "1", 840_000)]
    assert public.look() == after
    scene.rule(Revoke(undo))
    assert (public.look(), public.late()) == (before, before)


def test_a_race_can_be_frozen_again_and_a_reveal_be_taken_back() -> None:
    """T90: each freeze has its own board."""
    scene, public, before = frozen()
    reveal = scene.rule(REVEAL)
    after = public.look()
    scene.rule(Revoke(reveal))
    assert (public.look(), public.late()) == (before, before)
    scene.rule(REVEAL)
    scene.rule(FREEZE)
    scene.rule(AdjustTime("relay", "1", 30_000))
    assert (public.look(), public.late()) == (after, after)


def test_official_editions_are_counted_during_a_freeze_and_shown_after_it() -> None:
    """T87, T90: the public hears of the publication when it is revealed."""
    scene = ended()
    scene.rule(FREEZE)
    ruled(scene, PUBLISH, at="1:00:00")
    ruled(scene, AdjustTime("relay", "4", 1_000), at="1:05:00")
    assert (head(scene).state, head(scene).edition) == ("provisional", 0)
    scene.rule(REVEAL)
    assert (head(scene).state, head(scene).edition) == ("official", 2)


def test_of_two_publications_the_first_stands_when_the_reopening_between_is_taken_back() -> None:
    """T83: published, opened again, published again; without the reopening the second had nothing to publish."""
    scene = ended()
    ruled(scene, PUBLISH, at="1:00:00")
    opened = ruled(scene, ReopenRace("relay"), at="1:10:00")
    ruled(scene, PUBLISH, at="1:20:00")
    assert head(scene).official_at_ms == ms("1:20:00")
    scene.rule(Revoke(opened))
    assert (head(scene).state, head(scene).official_at_ms) == ("official", ms("1:00:00"))
    assert scene.meeting.rulings.states["relay"].published == scene.meeting.rulings.entered["d5"]


def test_a_ruling_on_a_race_that_went_from_the_event_file_does_no_harm() -> None:
    """T92: what the journal holds gets applied or passed over, never an exception."""
    scene = ended()
    for ruling in (CloseRace("relay"), FREEZE, REVEAL, ReopenRace("relay")):
        scene.rule(ruling)
    bare = Scene(replace(scene.event.races[0], id="other"))
    for fact in scene.facts:
        bare.meeting.apply(fact)
    assert bare.row("1", "other").status == "finished"
