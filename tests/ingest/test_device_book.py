"""Devices as officials see them: what happened to each, and what is missing. T.. are cases of `docs/rules.md`."""

from typing import Any

from live.arrivals import arrivals
from live.ingest.device_book import SILENT_AFTER_MS, STORED_EVERY_MS, DeviceBook
from live.ingest.watermarks import Watermarks
from live.messages.devices import Clock, DeviceStatus, Passage, Stored
from live.messages.facts import Recorded
from live.web.reasons import Reasons
from tests.ingest.scene import Scene, entry, event, ms, race


class Desk:
    """A book of devices, and the watermarks beside it."""

    def __init__(self) -> None:
        self.watermarks = Watermarks()
        self.book = DeviceBook(event(race(entry("12"))), self.watermarks)

    def say(self, state: Any, at_ms: int, epoch: str | None = "e1") -> None:
        """The main mat says how it is."""
        self.book.hear(DeviceStatus("mat-line", state, epoch=epoch), at_ms)

    def store(self, epoch: str, *seqs: int) -> None:
        """Passages of the main mat are in the journal."""
        for seq in seqs:
            self.watermarks.add("mat-line", epoch, seq)
            self.book.apply(Recorded(seq, ms(seq), Passage("mat-line", epoch, seq, ms(seq), chip="12A")))

    def mat(self) -> dict[str, Any]:
        """The main mat, in words."""
        told = Reasons().with_events(self.book.answer()["devices"])
        return next(each for each in told if each["device"] == "mat-line")


def test_a_device_that_went_off_line_and_came_back_shows_it() -> None:
    """T14: with the instant of each; that it says the same again is nothing."""
    desk = Desk()
    for n, state in enumerate(("online", "online", "offline", "online"), start=1):
        desk.say(state, n * 1_000, None if state == "offline" else "e1")
    events = desk.mat()["events"]
    assert [(each["what"], each["at_ms"]) for each in events] == [("offline", 3_000), ("online", 4_000)]
    assert events[0]["text"] == {"fr": "hors ligne", "nl": "offline", "en": "went off line"}


def test_a_reader_job_that_began_anew_shows_it() -> None:
    """T14, T12: another epoch, by its own word or by what it sent; an older one that comes late is none."""
    desk = Desk()
    desk.store("e1", 1)
    desk.say("online", 5_000, "e2")
    desk.store("e2", 1)
    desk.store("e1", 2)
    assert [(each["what"], each["epoch"]) for each in desk.mat()["events"]] == [("new_epoch", "e2")]


def test_who_stands_beside_the_mat_is_told() -> None:
    """T06: in range, not moving: 12B is read every half minute; 12A crosses, and is back a lap later."""
    desk = Desk()
    reads = [("12B", s) for s in range(0, 600, 30)] + [("12A", 5), ("12A", 590), (None, 595)]
    for seq, (chip, s) in enumerate(sorted(reads, key=lambda read: read[1]), start=1):
        passage = Passage("mat-line", "e1", seq, ms(s * 1_000), chip=chip, bib=None if chip else "12")
        desk.book.apply(Recorded(seq, ms(s * 1_000), passage))
    assert desk.mat()["lingering"] == [{"chip": "12B", "since_ms": ms(0), "last_ms": ms(570_000), "passages": 20}]


def test_who_went_away_stays_no_more() -> None:
    """T06: after two minutes he is told; when somebody else is read a minute later, and he is not, no more."""
    desk, told = Desk(), []
    for seq, (chip, s) in enumerate([("12B", 0), ("12B", 40), ("12B", 80), ("12B", 120), ("12A", 180)], start=1):
        desk.book.apply(Recorded(seq, ms(s * 1_000), Passage("mat-line", "e1", seq, ms(s * 1_000), chip=chip)))
        told.append([each["chip"] for each in desk.mat()["lingering"]])
    assert told == [[], [], [], ["12B"], []]


def test_the_first_and_the_newest_offset_of_a_clock_are_told() -> None:
    """T26: what an official needs to say that a clock drifted; a new epoch is a new clock."""
    desk = Desk()
    told = []
    for epoch, at_ms, offset_ms in (("e1", 1, 3), ("e1", 2, 40), ("e2", 3, 7)):
        clock = Clock(offset_ms, 12)
        desk.book.hear(DeviceStatus("mat-line", "online", epoch=epoch, at_ms=at_ms, clock=clock), at_ms)
        mat = desk.mat()
        told.append((mat["first_clock"]["offset_ms"], mat["clock"]["offset_ms"]))
    assert told == [(3, 3), (3, 40), (7, 7)]


def test_who_crossed_while_the_reader_was_blind_is_expected_and_not_lost() -> None:
    """T14: what the blindness hid is awaited, then overdue; the team still runs."""
    scene = Scene(race(*(entry(bib, "R") for bib in ("12", "31", "32", "33")), legs=(("R",),), repeat=3))
    scene.now_ms = ms("27:00")
    for lap in (1, 2):
        for bib in ("31", "32", "33"):
            scene.read(f"{bib}R", f"{13 * lap}:00")
    scene.read("12R", "13:30")
    expected = scene.row("12").next
    assert expected is not None
    assert (expected.point, abs(expected.at_ms - ms("27:00")) < 60_000) == ("line", True)
    (awaited,) = (each for each in arrivals(scene.board(), ms("29:00")) if each.bib == "12")
    (late,) = (each for each in arrivals(scene.board(), ms("35:00")) if each.bib == "12")
    assert (scene.row("12").status, awaited.overdue, late.overdue) == ("running", False, True)


def test_what_is_missing_of_a_device_is_said_in_words() -> None:
    """T12, T13: of the epoch before a restart too: the older file can be asked for."""
    desk = Desk()
    desk.store("e1", 1, 2, 5)
    desk.store("e2", 2)
    mat = desk.mat()
    assert (mat["holes"], mat["earlier"]) == ([[1, 1]], [{"epoch": "e1", "holes": [[3, 4]]}])
    assert [each["en"] for each in mat["missing"]] == [
        "Passages 3 to 4 never arrived (series e1)",
        "Passage 1 never arrived (series e2)",
    ]
    desk.store("e1", 3, 4)
    desk.store("e2", 1)
    assert desk.mat()["missing"] == []


def test_a_point_is_silent_when_none_of_its_devices_is_on_line() -> None:
    """T96: a second device at the point speaks for it; one that is back at once was not missed."""
    desk = Desk()
    here = desk.book

    def silent(now_ms: int) -> list[tuple[str, int]]:
        return [(each.point, each.since_ms) for each in here.silent(race(entry("12")), now_ms)]

    assert silent(10**9) == [], "nobody knows that any of them should speak"
    desk.say("online", 0)
    here.hear(DeviceStatus("mat-backup", "online"), 0)
    desk.say("offline", 1_000)
    desk.say("offline", 5_000)
    assert silent(60_000) == []
    here.hear(DeviceStatus("mat-backup", "offline"), 2_000)
    assert silent(2_000 + SILENT_AFTER_MS - 1) == []
    assert silent(2_000 + SILENT_AFTER_MS) == [("line", 2_000)]
    desk.say("online", 30_000)
    assert silent(60_000) == []


def test_what_a_device_said_last_holds_when_its_will_speaks() -> None:
    """T13: four passages are still on it, whatever the will does not say."""
    desk = Desk()
    desk.book.hear(DeviceStatus("mat-line", "online", 1_000, "e1", last_seq=9, queued=4, battery=0.5), 1_000)
    desk.say("offline", 9_000, None)
    told = desk.mat()
    assert (told["state"], told["queued"], told["last_seq"], told["battery"]) == ("offline", 4, 9, 0.5)


def test_a_device_is_told_what_is_stored_at_once_and_then_now_and_then() -> None:
    """However much it sends; whoever was told before a broker forgot is told again at once."""
    desk = Desk()
    desk.store("e1", 1, 2)
    desk.book.owe("mat-line", "e1")
    assert list(desk.book.due(0)) == [Stored("mat-line", "e1", 2)]
    desk.store("e1", 3)
    desk.book.owe("mat-line", "e1")
    assert list(desk.book.due(STORED_EVERY_MS - 1)) == []
    assert list(desk.book.due(STORED_EVERY_MS)) == [Stored("mat-line", "e1", 3)]
    desk.book.owe_all()
    assert Stored("mat-line", "e1", 3) in list(desk.book.due(STORED_EVERY_MS))


def test_passages_above_a_hole_are_stored_too() -> None:
    """A phone asks for what it sent, whatever is missing before it."""
    desk = Desk()
    desk.store("e1", 1, 2, 5)
    assert desk.book.held("mat-line", "e1", [1, 5]) == {"held": True, "through": 2}
    assert desk.book.held("mat-line", "e1", [4, 5]) == {"held": False, "through": 2}
