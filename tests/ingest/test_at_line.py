"""Who is at the line, as the speaker is told: at once, and again when it does not hold."""

import pytest

from live.ingest.at_line import AtLine
from live.messages.decisions import RestorePassage, SetStatus, VoidPassage
from live.messages.display import LinePassage
from tests.ingest.scene import Scene, entry, ms, race


class Voice:
    """What the speaker is told of a scene."""

    def __init__(self) -> None:
        self.scene = Scene(race(entry("12", team="Ideta"), entry("7")))
        self.line = AtLine(self.scene.meeting)

    def see(self, chip: str, at: str, device: str = "mat-line", told_at: str = "") -> list[LinePassage]:
        """A chip is read, and told at that instant or another."""
        self.scene.read(chip, at, device)
        return self.line.heard(self.scene.facts[-1:], ms(told_at or at))

    def judged(self) -> list[tuple[str, str, str, int | None]]:
        """What is told once boards were made: bib, state, reason, lap."""
        self.scene.board()
        return [(each.bib, each.state, each.reason, each.lap) for each in self.line.judged()]


@pytest.fixture
def voice() -> Voice:
    """Nobody has come yet."""
    return Voice()


def test_a_passage_is_told_at_once_and_once_more_when_it_counts(voice: Voice) -> None:
    [raw] = voice.see("12A", "13:00")
    assert (raw.bib, raw.runners, raw.at_ms, raw.state, raw.lap) == ("12", ("A",), ms("13:00"), "raw", None)
    assert voice.judged() == [("12", "counted", "crossing", 1)]
    assert voice.judged() == [], "nothing is told twice"


def test_a_passage_that_is_taken_back_is_told_as_such(voice: Voice) -> None:
    """T104: and as counted again when it is restored."""
    [raw] = voice.see("12A", "13:00")
    voice.judged()
    voice.scene.rule(VoidPassage(raw.device, raw.epoch, raw.seq))
    assert voice.judged() == [("12", "ignored", "voided", None)]
    voice.scene.rule(RestorePassage(raw.device, raw.epoch, raw.seq))
    assert voice.judged() == [("12", "counted", "crossing", 1)]


def test_who_waits_at_the_line_is_none_who_crossed(voice: Voice) -> None:
    """T49, T50: B waits beside the mat for minutes, and nobody calls the name."""
    voice.scene.board()
    assert voice.see("12B", "12:00") == []
    assert voice.judged() == []
    assert voice.line.answer({"race": "relay"}) == {"passages": []}


def test_who_was_not_due_as_far_as_was_known_is_told_once_he_is_judged(voice: Voice) -> None:
    """T10: the mat's word of lap 1 comes after B has ended lap 2 with A."""
    voice.scene.board()
    assert voice.see("12B", "26:00") == []
    assert voice.judged() == []
    assert voice.see("12A", "13:00", told_at="26:05") == [], "13 minutes old"
    assert [each.runners for each in voice.see("12A", "26:01")] == [("A",)]
    assert voice.judged() == [("12", "counted", "crossing", 2), ("12", "counted", "crossing", 2)]
    both = voice.line.answer({"race": "relay"})["passages"]
    assert {each["runners"] for each in both} == {("A",), ("B",)}


def test_who_is_home_and_fetches_his_bag_is_not_told(voice: Voice) -> None:
    """T61."""
    for at, runners in (("13:00", "A"), ("26:00", "AB"), ("39:00", "ABC")):
        for runner in runners:
            assert voice.see(f"12{runner}", at)
        voice.scene.board()
        voice.line.judged()
    assert voice.see("12A", "50:00") == []
    assert voice.judged() == []


def test_a_runner_who_stays_on_the_mat_is_told_once(voice: Voice) -> None:
    """T06."""
    assert len(voice.see("12A", "13:00")) == 1
    assert voice.see("12A", "13:20") == []
    assert [(bib, state) for bib, state, _, _ in voice.judged()] == [("12", "counted")]


def test_a_second_witness_is_the_same_crossing(voice: Voice) -> None:
    """T04: the backup mat read him a second before, and is told already; the main mat's instant stands."""
    assert len(voice.see("12A", "13:00", "mat-backup")) == 1
    assert voice.see("12A", "13:01") == []
    assert voice.judged() == [("12", "counted", "witness", 1)]


def test_what_is_no_news_is_not_told(voice: Voice) -> None:
    """T09: what a box sends 20 minutes later; T36: who stands on the mat at the start; a point inside the loop."""
    assert voice.see("12A", "0:10") == []
    assert voice.see("12A", "15:00", "mat-km1") == []
    assert voice.see("7A", "13:00", told_at="33:00") == []
    assert voice.see("999", "13:00") == []


def test_of_another_team_is_not_of_this_one(voice: Voice) -> None:
    """A status says nothing about the line."""
    voice.see("12A", "13:00")
    voice.judged()
    voice.scene.rule(SetStatus("relay", "7", "dnf"))
    assert voice.judged() == []


def test_a_restarted_ingest_remembers_who_was_at_the_line(voice: Voice) -> None:
    """And goes on to take back what does not hold."""
    [raw] = voice.see("12A", "13:00")
    voice.judged()
    again = AtLine(voice.scene.meeting)
    again.recall()
    assert [each["state"] for each in again.answer({"race": "relay"})["passages"]] == ["counted"]
    voice.line = again
    assert voice.judged() == []
    voice.scene.rule(VoidPassage(raw.device, raw.epoch, raw.seq))
    assert voice.judged() == [("12", "ignored", "voided", None)]
    with pytest.raises(LookupError):
        again.answer({"race": "nowhere"})


def test_what_is_not_judged_yet_is_told_as_it_was_heard(voice: Voice) -> None:
    """Between a fact and the next boards."""
    voice.see("12A", "13:00")
    assert voice.line.judged() == []
    assert voice.judged() == [("12", "counted", "crossing", 1)]


def test_a_restarted_ingest_tells_nothing_of_what_was_not_at_the_line(voice: Voice) -> None:
    """T07: a chip that nobody wears, among the last that came in; a ruling is no passage."""
    voice.see("999", "13:00")
    voice.scene.rule(SetStatus("relay", "7", "dnf"))
    assert voice.line.heard(voice.scene.facts[-1:], ms("13:00")) == []
    again = AtLine(voice.scene.meeting)
    again.recall()
    assert again.answer({"race": "relay"})["passages"] == []


def test_a_restarted_ingest_does_not_tell_who_waits(voice: Voice) -> None:
    """T50: B, read beside the mat before its lap, is no more at the line after a restart than he was before it."""
    voice.see("12B", "8:00")
    voice.judged()
    again = AtLine(voice.scene.meeting)
    again.recall()
    assert again.answer({"race": "relay"}) == {"passages": []}
