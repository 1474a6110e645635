"""A race as a whole: closed, published, opened again, frozen and revealed. T.. are cases of `docs/rules.md`."""

from dataclasses import replace

import pytest

from live.ingest.meeting import Meeting
from live.messages.decisions import (
    AddCrossing,
    AdjustTime,
    CloseRace,
    Decision,
    FreezePublic,
    PublishOfficial,
    ReopenRace,
    ResolveDoubt,
    RevealPublic,
    Revoke,
    SetStatus,
)
from live.messages.devices import Passage
from tests.ingest.officials import PUBLISH, alone, ended, head, ruled, tried, why
from tests.ingest.scene import Scene, entry, ms, race

FREEZE, REVEAL = FreezePublic("relay"), RevealPublic("relay")


# --- planned, running, provisional, official ----------------------------------------------------------------------


def test_a_race_is_provisional_once_nobody_runs_and_then_objections_are_heard() -> None:
    """From the instant of the crossing that ended it, or of the ruling that a team has retired."""
    scene = alone("1", "2")
    scene.read("1A", "13:00")
    assert (head(scene).state, head(scene).provisional_since_ms) == ("running", None)
    scene.read("2A", "15:00")
    now = head(scene)
    assert (now.state, now.provisional_since_ms, now.objections_until_ms) == ("provisional", ms("15:00"), ms("30:00"))
    ruled(scene, SetStatus("relay", "2", "dsq"), at="40:00")  # it was home: this ended nothing
    assert head(scene).provisional_since_ms == ms("15:00")
    scene = alone("1", "2")
    scene.read("1A", "13:00")
    ruled(scene, SetStatus("relay", "2", "dnf"), at="40:00")
    assert head(scene).provisional_since_ms == ms("40:00")


def test_a_closed_race_is_provisional_though_some_still_run() -> None:
    """Their crossings count; taken back, or opened again, it runs on (T83)."""
    scene = alone("1", "2")
    scene.read("1A", "13:00")
    closed = ruled(scene, CloseRace("relay"), at="20:00")
    now = head(scene)
    assert (now.state, now.provisional_since_ms, scene.row("2").status) == ("provisional", ms("20:00"), "running")
    undo = scene.rule(Revoke(closed))
    assert head(scene).state == "running"
    scene.rule(Revoke(undo))
    assert head(scene).state == "provisional"
    scene.read("2A", "25:00")
    assert (scene.row("2").status, head(scene).provisional_since_ms) == ("finished", ms("20:00"))
    scene.rule(ReopenRace("relay"))
    assert (head(scene).state, head(scene).provisional_since_ms) == ("provisional", ms("25:00"))


def test_a_race_becomes_official_and_can_be_opened_again() -> None:
    """T83: published, opened again, published again as the next edition, and that taken back and again."""
    scene = ended()
    assert (head(scene).edition, head(scene).official_at_ms) == (0, None)
    ruled(scene, PUBLISH, at="1:00:00")
    now = head(scene)
    assert (now.state, now.edition, now.official_at_ms) == ("official", 1, ms("1:00:00"))
    assert now.version == 5
    ruled(scene, ReopenRace("relay"))
    assert (head(scene).state, head(scene).edition, head(scene).official_at_ms) == ("provisional", 1, None)
    again = ruled(scene, PUBLISH, at="1:30:00")
    assert (head(scene).state, head(scene).edition, head(scene).official_at_ms) == ("official", 2, ms("1:30:00"))
    undo = scene.rule(Revoke(again))
    assert head(scene).state == "provisional"
    scene.rule(Revoke(undo))
    assert (head(scene).state, head(scene).edition, head(scene).official_at_ms) == ("official", 2, ms("1:30:00"))


def test_what_makes_no_sense_in_a_state_is_refused_with_the_cure() -> None:
    """422 in words."""
    planned = Scene(race(entry("1", "A"), legs=(("A",),), gun_ms=None))
    scene = ended()
    wrong = [
        (planned, CloseRace("relay"), "fire_gun"),
        (planned, CloseRace("relais"), "did you mean relay"),
        (scene, ReopenRace("relay"), "neither closed nor official"),
        (scene, REVEAL, "not frozen"),
    ]
    for on, ruling, says in wrong:
        verdict = tried(on, ruling)
        assert verdict is not None and verdict.status == 422
        assert says in verdict.reason
    scene.rule(CloseRace("relay"))
    scene.rule(FREEZE)
    again = [(CloseRace("relay"), "closed already"), (FREEZE, "frozen already")]
    for ruling, says in again:
        verdict = tried(scene, ruling)
        assert verdict is not None and says in verdict.reason
    scene.rule(PUBLISH)
    for ruling, says in [(PUBLISH, "official already"), (CloseRace("relay"), "reopen_race")]:
        verdict = tried(scene, ruling)
        assert verdict is not None and says in verdict.reason


# --- what is open -------------------------------------------------------------------------------------------------


def test_a_race_that_still_runs_cannot_be_official_whatever_the_reason() -> None:
    """T86: the list says so."""
    scene = alone("1", "2")
    scene.read("1A", "13:00")
    (open,) = why(tried(scene, PUBLISH, reason="we go home"))
    assert open.what == "state" and "close_race" in open.text


def relay_with_doubts(podium: bool) -> Scene:
    """Four teams of two; the second lap of one was not run together: of the first, or of the last."""
    scene = Scene(race(*(entry(str(n), "AB") for n in range(1, 5)), legs=(("A",), ("A", "B"))))
    for n in range(1, 5):
        scene.read(f"{n}A", f"{12 + n}:00")
        scene.read(f"{n}A", f"{25 + n}:00")
        apart = n == (1 if podium else 4)
        scene.read(f"{n}B", f"{25 + n}:{20 if apart else 2:02}")
    return scene


def test_doubts_are_refused_or_confirmed_with_a_reason() -> None:
    """T86: off the podium a reason is enough; with all doubts resolved none is needed."""
    scene = relay_with_doubts(podium=False)
    (open,) = why(tried(scene, PUBLISH))
    assert (open.what, open.bib, open.doubt, open.podium) == ("doubt", "4", "not-together/relay/4/2", None)
    assert tried(scene, PUBLISH, reason="seen by the judge") is None
    scene.rule(ResolveDoubt("not-together/relay/4/2", True))
    assert tried(scene, PUBLISH) is None


def test_who_is_not_back_when_the_race_is_closed_waits_for_a_ruling() -> None:
    """T54, T86: no result is official around a team that nobody has ruled on, and it has no place among those home."""
    scene = Scene(race(entry("1", "A"), entry("2", "A"), entry("3", "A"), legs=(("A",),), repeat=2))
    for bib, *ats in (("1", "13:00", "26:00"), ("2", "14:00")):
        for at in ats:
            scene.read(f"{bib}A", at)
    assert scene.places() == [(1, "1"), (2, "2"), (None, "3")]
    closed = scene.rule(CloseRace("relay"))
    assert scene.places() == [(1, "1"), (None, "2"), (None, "3")]
    assert [scene.row(bib).doubts for bib in "123"] == [(), ("not-back/relay/2/dnf",), ("not-back/relay/3/dns",)]
    assert {each.doubt for each in why(tried(scene, PUBLISH, at="5:00:00"))} == {
        "not-back/relay/2/dnf",
        "not-back/relay/3/dns",
    }
    ruled(scene, SetStatus("relay", "2", "dnf"))
    ruled(scene, SetStatus("relay", "3", "dns"))
    assert tried(scene, PUBLISH, at="5:00:00") is None
    ruled(scene, SetStatus("relay", "2", None))
    scene.rule(Revoke(closed))
    assert not [each for each in scene.row("2").doubts if each.startswith("not-back")]
    assert scene.places()[1] == (2, "2")


def test_a_doubt_on_the_podium_must_be_settled() -> None:
    """T86, T77: no reason helps."""
    scene = relay_with_doubts(podium=True)
    (open,) = why(tried(scene, PUBLISH, reason="seen by the judge"))
    assert (open.bib, open.podium) == ("1", 1)
    scene.rule(ResolveDoubt("not-together/relay/1/2", False))
    assert tried(scene, PUBLISH) is None


def test_a_provisional_time_on_the_podium_waits_for_who_is_unseen() -> None:
    """T77: until he is seen, or an official adds his crossing."""
    scene = Scene(race(entry("1", "AB"), legs=(("A", "B"),)))
    scene.read("1A", "13:00")
    scene.rule(CloseRace("relay"))
    found = why(tried(scene, PUBLISH, reason="late"))
    assert [(each.what, each.podium) for each in found] == [("doubt", 1), ("provisional", 1)]
    scene.rule(AddCrossing("relay", "1", ms("13:01"), "B"))
    assert tried(scene, PUBLISH) is None


def test_a_runner_unseen_at_the_end_of_an_earlier_lap_keeps_a_podium_from_being_official() -> None:
    """T47: that B was at the finish does not say that he ran lap 2; the official rules it."""
    scene = Scene(race(entry("12")))
    for chip, at in (("A", "13:00"), ("A", "27:00"), ("A", "40:00"), ("B", "40:00"), ("C", "40:00")):
        scene.read(f"12{chip}", at)
    assert (scene.row("12").provisional, scene.row("12").incomplete) == (False, (2,))
    (open,) = why(tried(scene, PUBLISH, reason="late"))
    assert (open.what, open.bib, open.podium) == ("provisional", "12", 1) and "lap 2" in open.text
    scene.rule(AddCrossing("relay", "12", ms("27:00"), "B"))
    assert tried(scene, PUBLISH) is None


def test_a_runner_who_stopped_after_his_lap_by_plan_is_accepted_lap_by_lap() -> None:
    """T47, T54: B and C ran on without A; the publication names what is open, and each is answered by that name."""
    scene = Scene(race(entry("12")))
    for chip, at in (("A", "13:00"), ("B", "27:00"), ("B", "40:00"), ("C", "40:00")):
        scene.read(f"12{chip}", at)
    assert (scene.row("12").laps, scene.row("12").incomplete) == (3, (2, 3))
    found = why(tried(scene, PUBLISH))
    for doubt in sorted({each.doubt for each in found if each.doubt}):
        scene.rule(ResolveDoubt(doubt, True))
    assert (tried(scene, PUBLISH), scene.row("12").incomplete) == (None, ())
    assert scene.laps("12") == [780, 840, 780]
    verdict = tried(scene, ResolveDoubt("unseen/relay/12/1", True))
    assert verdict is not None and "there is no doubt" in verdict.reason


def test_once_a_race_is_closed_nobody_is_waited_for_at_the_finish() -> None:
    """T54: the last of the day came in without C. Where time stands still with the facts, the wait was never over."""
    scene = Scene(race(entry("1")), clock="facts")
    for runner, lap in (("A", 1), ("A", 2), ("B", 2), ("A", 3), ("B", 3)):
        scene.read(f"1{runner}", lap * 780_000)
    scene.now_ms = ms("39:00")
    scene.board()
    assert scene.row("1").doubts == ()
    closing = scene.rule(CloseRace("relay"), at="39:00")
    assert scene.row("1").doubts == ("unseen/relay/1/3",)
    scene.rule(Revoke(closing), at="39:00")
    assert scene.row("1").doubts == ()
    scene.rule(CloseRace("relay"), at="39:00")
    scene.board()
    scene.rule(ResolveDoubt("unseen/relay/1/3", True), at="39:00")
    assert not scene.row("1").provisional
    assert tried(scene, PublishOfficial("relay"), at="39:00") is None


def test_an_estimated_lap_keeps_a_podium_from_being_official() -> None:
    """T77: overall and in each category; a place behind it needs a reason only."""
    teams = [entry(str(n), "A", category="men" if n < 5 else "women") for n in range(1, 7)]
    scene = Scene(race(*teams, legs=(("A",), ("A",))))
    for n in range(1, 7):
        if n not in (4, 5):
            scene.read(f"{n}A", f"{12 + n}:00")
        else:  # unread at the line: the points before and behind it say when he was there
            scene.read(f"{n}A", f"{8 + n}:00", "mat-km2")
            scene.read(f"{n}A", f"{18 + n}:00", "mat-km1")
        scene.read(f"{n}A", f"{30 + n}:00")
    found = why(tried(scene, PUBLISH, reason="we know"))
    assert {(each.what, each.bib, each.podium) for each in found} == {
        *(("doubt", "5", 1), ("estimated", "5", 1)),
        *(("doubt", "4", None), ("estimated", "4", None)),
    }
    for bib in ("4", "5"):
        scene.rule(ResolveDoubt(scene.row(bib).doubts[0], True))
    assert tried(scene, PUBLISH) is None


def test_while_objections_are_heard_a_reason_is_needed() -> None:
    """By the wall's clock only: facts of an old race wait for nobody."""
    scene = ended()
    (open,) = why(tried(scene, PUBLISH, at="25:00"))
    assert open.what == "objections" and "6 minutes" in open.text
    assert tried(scene, PUBLISH, at="25:00", reason="all captains agree") is None
    assert tried(scene, PUBLISH, at="31:00") is None
    assert tried(ended(clock="facts"), PUBLISH, at="25:00") is None


# --- two officials ------------------------------------------------------------------------------------------------


def test_where_two_officials_are_asked_the_first_one_s_word_waits() -> None:
    """Pending until another official names it; nobody confirms himself; each can be taken back (T83)."""
    scene = ended(officials_to_publish=2)
    first = ruled(scene, PUBLISH, by="anna")
    assert head(scene).state == "provisional"
    (told,) = scene.meeting.answer("decisions", {})["decisions"]
    assert (told["pending"], told["holds"]) == (True, True)
    same = scene.meeting.judge(Decision(first, "anna", ms("2:00:00"), PUBLISH))
    assert same is not None and (same.status, same.pending) == (202, True)
    own = tried(scene, PublishOfficial("relay", first), by="anna")
    assert own is not None and "another official" in own.reason
    bare = tried(scene, PUBLISH, by="bert")
    assert bare is not None and repr(first) in bare.reason
    second = ruled(scene, PublishOfficial("relay", first), by="bert", at="1:10:00")
    assert (head(scene).state, head(scene).official_at_ms) == ("official", ms("1:10:00"))
    assert not any(each["pending"] for each in scene.meeting.answer("decisions", {})["decisions"])
    undo = scene.rule(Revoke(second))
    assert head(scene).state == "provisional"
    assert scene.meeting.answer("decisions", {})["decisions"][0]["pending"]
    scene.rule(Revoke(undo))
    assert head(scene).state == "official"
    scene.rule(Revoke(first))
    assert head(scene).state == "provisional"


def test_nothing_can_be_confirmed_that_does_not_wait() -> None:
    """422 in words."""
    scene = ended(officials_to_publish=2)
    verdict = tried(scene, PublishOfficial("relay", "d9"))
    assert verdict is not None and "leave `confirms` out" in verdict.reason


# --- corrections --------------------------------------------------------------------------------------------------


def test_a_correction_after_the_publication_is_a_new_edition_with_a_new_window() -> None:
    """T87: new version, new time stamp, new window; the state stays official, and the head tells everyone."""
    scene = ended()
    ruled(scene, PUBLISH, at="1:00:00")
    head(scene)
    penalty = ruled(scene, AdjustTime("relay", "1", 90_000), at="1:20:00")
    (told,) = scene.meeting.changes(scene.now_ms)
    now = told.head
    assert (now.state, now.edition, now.official_at_ms) == ("official", 2, ms("1:20:00"))
    assert (now.objections_until_ms, now.version) == (ms("1:35:00"), 6)
    assert scene.places()[:2] == [(1, "2"), (2, "1")]
    scene.rule(Revoke(penalty))
    assert head(scene).edition == 3


def test_the_edition_before_is_kept_also_over_a_reopening_and_told_to_nobody_while_frozen() -> None:
    """T87, T90: so that a new edition can say what it changed."""
    scene = ended()

    def before() -> list[tuple[str, int]]:
        head(scene)
        rows = scene.meeting.answer("edition_before", {"race": "relay"})["rows"]
        return [(each["bib"], each["time_ms"]) for each in rows if each["bib"] == "1"]

    head(scene)
    (was,) = (row.time_ms for row in scene.meeting.page("relay", 0).rows if row.bib == "1")
    assert was is not None
    ruled(scene, PUBLISH, at="1:00:00")
    assert before() == []
    ruled(scene, AdjustTime("relay", "1", 90_000), at="1:20:00")
    assert before() == [("1", was)]
    ruled(scene, ReopenRace("relay"), at="1:30:00")
    ruled(scene, AdjustTime("relay", "1", -30_000), at="1:31:00")
    ruled(scene, PUBLISH, at="1:50:00")
    assert before() == [("1", was + 90_000)]
    scene.rule(FREEZE)
    assert before() == []


def test_a_late_passage_that_changes_a_result_is_a_new_edition_and_one_that_does_not_is_none() -> None:
    """T87: a finisher strolls over the mat; then an earlier passage of the backup mat arrives."""
    scene = ended()
    ruled(scene, PUBLISH, at="1:00:00")
    scene.read("1A", "30:00")
    assert head(scene).edition == 1
    scene.read("4A", "12:30", "mat-backup")
    assert (head(scene).edition, scene.places()[0]) == (2, (1, "4"))
    assert head(scene).official_at_ms == ms("2:00:00"), "when it was heard"


def test_an_edition_is_the_same_after_a_restart_and_however_facts_were_batched() -> None:
    """T87, T92: each fact that changes a result counts, also when several are judged at once."""
    scene = ended()
    ruled(scene, PUBLISH, at="1:00:00")
    for by_ms in (1_000, 2_000, -3_000):
        ruled(scene, AdjustTime("relay", "1", by_ms), at="1:20:00")
    again = Meeting(scene.event, "paper")
    for n, fact in enumerate(scene.facts):
        again.apply(fact)
        if n % 2:
            again.changes(scene.now_ms)
    again.changes(scene.now_ms)
    assert head(scene).edition == 4
    assert again.head("relay") == head(scene)
    shuffled = Meeting(scene.event, "paper")
    for fact in reversed(scene.facts):
        shuffled.apply(fact)
    shuffled.changes(scene.now_ms)
    assert replace(shuffled.head("relay"), version=0) == replace(head(scene), version=0)


# --- a ruling between two others is taken back --------------------------------------------------------------------


def test_of_two_closings_the_first_stands_when_the_reopening_between_is_taken_back() -> None:
    """T83: objections are heard since then."""
    scene = alone("1", "2")
    scene.read("1A", "13:00")
    ruled(scene, CloseRace("relay"), at="15:00")
    opened = ruled(scene, ReopenRace("relay"), at="16:00")
    ruled(scene, CloseRace("relay"), at="17:00")
    assert head(scene).provisional_since_ms == ms("17:00")
    scene.rule(Revoke(opened))
    assert head(scene).provisional_since_ms == ms("15:00")


def test_of_two_freezes_the_first_stands_when_the_reveal_between_is_taken_back() -> None:
    """T90, T83: the public sees what it saw at the first."""
    scene = alone("1", "2")
    scene.read("1A", "13:00")
    ruled(scene, FREEZE, at="14:00")
    revealed = ruled(scene, REVEAL, at="15:00")
    ruled(scene, FREEZE, at="16:00")
    assert head(scene).frozen_since_ms == ms("16:00")
    scene.rule(Revoke(revealed))
    assert head(scene).frozen_since_ms == ms("14:00")


def test_a_confirmation_is_of_the_publication_that_it_names() -> None:
    """T83: anna's word, taken back and brought back, waits before bert's; what confirmed his confirms hers not."""
    scene = ended(officials_to_publish=2)
    first = ruled(scene, PUBLISH, by="anna")
    undo = scene.rule(Revoke(first))
    second = ruled(scene, PUBLISH, by="bert")
    ruled(scene, PublishOfficial("relay", second), by="anna")
    assert head(scene).state == "official"
    scene.rule(Revoke(undo))
    assert head(scene).state == "provisional"
    assert next(each["pending"] for each in scene.meeting.answer("decisions", {})["decisions"])


def test_nobody_confirms_himself_whatever_the_journal_holds() -> None:
    """T92: also where the decision came into it without being judged."""
    scene = ended(officials_to_publish=2)
    first = ruled(scene, PUBLISH, by="anna")
    scene.hear(Decision("d9", "anna", ms("2:00:00"), PublishOfficial("relay", first)))
    assert head(scene).state == "provisional"


# --- the podium ---------------------------------------------------------------------------------------------------


def test_the_third_is_on_the_podium_and_the_fourth_is_not() -> None:
    """T86: what touches the podium comes first in the list."""
    scene = Scene(race(*(entry(str(n), "AB") for n in range(1, 5)), legs=(("A", "B"),)))
    for n in range(1, 5):
        scene.read(f"{n}A", f"{12 + n}:00")
        scene.read(f"{n}B", f"{12 + n}:{20 if n in (2, 3, 4) else 2:02}")
    found = why(tried(scene, PUBLISH, reason="seen by the judge"))
    assert [(each.bib, each.podium) for each in found] == [("2", 2), ("3", 3), ("4", None)]


def test_a_doubt_alone_makes_no_edition() -> None:
    """T87, T03: another content comes under a known number; the earlier counts, and nobody's result is another."""
    scene = ended()
    ruled(scene, PUBLISH, at="1:00:00")
    assert head(scene).edition == 1
    scene.hear(Passage("mat-line", "e1", 1, ms("13:30"), chip="1A"))
    assert scene.row("1").doubts == ("conflict/relay/1/mat-line-e1-1",)
    assert (head(scene).edition, head(scene).version) == (1, 6)


@pytest.mark.parametrize(("seen", "podium"), [("26:00", 3), ("34:00", None)])
def test_who_may_have_come_before_the_third_touches_the_podium(seen: str, podium: int | None) -> None:
    """T77, T86: closed while 4 still runs. If its first lap was two, it came in then: before the third, or after."""
    teams = [entry(str(n), "R", category="women" if n < 4 else "") for n in range(1, 5)]
    scene = Scene(race(*teams, legs=(("R",), ("R",))))
    for n in range(1, 4):
        scene.read(f"{n}R", f"{12 + n}:00")
        scene.read(f"{n}R", f"{26 + 2 * n}:00")
    scene.read("4R", seen)
    scene.rule(CloseRace("relay"), at="35:00")
    found = why(tried(scene, PUBLISH))
    assert {(each.what, each.bib, each.podium) for each in found} == {("doubt", "4", podium)}
    assert any("missed-passage" in each.text for each in found)
    refused = tried(scene, PUBLISH, reason="seen by the judge")
    assert (refused is not None) is (podium is not None)


@pytest.mark.parametrize("finished", [0, 2])
def test_a_podium_that_is_not_full_is_touched_by_whoever_may_be_in(finished: int) -> None:
    """T77: who runs has a place as it stands, and has not come: 4, behind it, may have been third."""
    scene = Scene(race(*(entry(str(n), "R") for n in range(1, 5)), legs=(("R",), ("R",))))
    for n in range(1, finished + 1):
        scene.read(f"{n}R", f"{12 + n}:00")
        scene.read(f"{n}R", f"{26 + 2 * n}:00")
    for n in (3, 4):
        scene.read(f"{n}R", f"{30 + n}:00" if finished else "5:00")
    scene.rule(CloseRace("relay"), at="35:00")
    found = why(tried(scene, PUBLISH, reason="seen by the judge"))
    assert {(each.bib, each.podium) for each in found} == {(bib, 3) for bib in ("34" if finished else "1234")}


def test_behind_a_third_who_still_runs_whoever_is_doubtful_may_be_in() -> None:
    """T77: 60 minutes, closed while 3 is on its third lap. 4 retired on its own third, a little later, and was seen."""
    scene = Scene(race(*(entry(str(n), "R") for n in range(1, 5)), legs=(("R",),), duration_ms=3_600_000))
    for bib, minutes in (("1", (14, 28, 42, 61)), ("2", (15, 30, 45, 62)), ("3", (16, 32)), ("4", (17, 36, 50))):
        for minute in minutes:
            scene.read(f"{bib}R", f"{minute}:00")
    ruled(scene, SetStatus("relay", "4", "dnf"), at="40:00")
    scene.rule(CloseRace("relay"), at="1:05:00")
    found = why(tried(scene, PUBLISH, reason="seen by the judge"))
    assert [(each.what, each.bib, each.podium) for each in found if each.bib == "4"] == [("doubt", "4", 3)]
