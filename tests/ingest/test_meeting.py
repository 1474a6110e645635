"""The meeting: facts of all kinds, in any order, and the boards that follow. T.. are cases of `docs/rules.md`."""

import json
import re
from dataclasses import asdict, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from live.ingest.meeting import Meeting
from live.messages.boards import BoardPage
from live.messages.decisions import (
    AddCrossing,
    AdjustTime,
    AssignChip,
    CloseRace,
    Decision,
    FireGun,
    FreezePublic,
    Member,
    PublishOfficial,
    ReopenRace,
    ReorderRunners,
    ResolveDoubt,
    Restart,
    RevealPublic,
    Revoke,
    SetStatus,
    ShiftClock,
    SwapChips,
    VoidPassage,
)
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Wave
from tests.conftest import examples
from tests.ingest.scene import GUN_MS, Scene, entry, event, ms, race


def relay() -> Scene:
    return Scene(race(entry("12"), entry("31")))


def test_an_unknown_chip_is_kept_and_counts_when_it_is_assigned() -> None:
    """T07: visible and without effect; assigned later, it gives the passage back at its true time."""
    scene = relay()
    scene.read("FOUND", "13:00")
    scene.board()
    (shown,) = scene.meeting.answer("passages", {})["passages"]
    assert (shown["verdict"], shown["reason"]["code"], shown["team"]) == ("ignored", "unknown_chip", None)
    scene.rule(AssignChip("FOUND", "relay", "12", "A", ms("0:00")))
    assert scene.row("12").time_ms == 780_000


def test_a_chip_on_another_person_counts_for_him_from_then_on() -> None:
    """T57: passages follow the assignment, the earlier ones stay."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.rule(AssignChip("12A", "relay", "31", "A", ms("20:00")))
    scene.read("12A", "27:00")
    assert (scene.row("12").time_ms, scene.row("31").time_ms) == (780_000, 27 * 60_000)
    scene.read("12A", "19:59")
    assert scene.verdicts("12")[-1][2] == "already_crossed"


def test_an_assignment_taken_back_gives_the_passages_back() -> None:
    """T83: both histories are worked out anew."""
    scene = relay()
    scene.read("12A", "13:00")
    swap = scene.rule(AssignChip("12A", "relay", "31", "A"))
    assert (scene.row("12").laps, scene.row("31").laps) == (0, 1)
    scene.rule(Revoke(swap))
    assert (scene.row("12").laps, scene.row("31").laps) == (1, 0)


def test_a_chip_on_two_teams_credits_neither() -> None:
    """T60: refused in the entries; in data a conflict."""
    other = entry("31")
    clash = replace(other, runners=(replace(other.runners[0], chips=("12A",)), *other.runners[1:]))
    scene = Scene(race(entry("12"), clash))
    scene.read("12A", "13:00")
    assert (scene.row("12").laps, scene.row("31").laps) == (0, 0)
    (shown,) = scene.meeting.answer("passages", {})["passages"]
    assert (shown["verdict"], shown["reason"]["code"]) == ("questionable", "chip_on_two_teams")


def test_of_two_contents_under_one_identity_the_earlier_instant_counts() -> None:
    """T03: both are kept; whichever came first."""
    for order in ((0, 1), (1, 0)):
        scene = relay()
        variants = [
            Passage("mat-line", "e1", 1, ms("13:00"), chip="12A"),
            Passage("mat-line", "e1", 1, ms("13:30"), chip="12A"),
        ]
        for n in order:
            scene.hear(variants[n])
        assert scene.row("12").time_ms == 780_000
        shown = scene.meeting.answer("passages", {})["passages"]
        assert sorted(p["reason"]["code"] for p in shown) == ["crossing", "same_identity"]


def test_a_bib_known_in_several_races_needs_its_race() -> None:
    """Contract: without it the passage is questionable."""
    scene = Scene(race(entry("12")), race(entry("12"), id="second"))
    scene.type_bib("12", "13:00", runner="A")
    (shown,) = scene.meeting.answer("passages", {})["passages"]
    assert shown["reason"]["code"] == "bib_in_several_races"
    scene.type_bib("12", "13:00", runner="A", race="second")
    assert (scene.row("12").laps, scene.row("12", "second").laps) == (0, 1)


def test_the_gun_fired_late_moves_every_result() -> None:
    """T38: one decision, and another sets it right."""
    scene = Scene(race(entry("12"), gun_ms=None))
    scene.read("12A", "13:00")
    assert scene.row("12").laps == 0
    wrong = scene.rule(FireGun("relay", ms("1:00")))
    assert scene.row("12").time_ms == 720_000
    scene.rule(FireGun("relay", ms("0:30")))
    assert scene.row("12").time_ms == 750_000
    scene.rule(Revoke(wrong))
    assert scene.row("12").time_ms == 750_000


def test_waves_have_guns_of_their_own() -> None:
    """T39: the gun of one start group moves that group only."""
    waves = (Wave("1", GUN_MS, GUN_MS), Wave("2", ms("5:00"), None))
    scene = Scene(race(entry("12", wave="1"), entry("31", wave="2"), waves=waves))
    scene.read("12A", "13:00")
    scene.read("31A", "18:00")
    assert (scene.row("12").time_ms, scene.row("31").status) == (780_000, "not_started")
    scene.rule(FireGun("relay", ms("5:00"), "2"))
    assert (scene.row("12").time_ms, scene.row("31").time_ms) == (780_000, 780_000)


def test_what_cannot_be_ruled_is_refused_with_the_reason() -> None:
    """422 names what is wrong."""
    scene = relay()
    wrong: list[tuple[Any, str]] = [
        (SetStatus("relais", "12", "dnf"), "relay"),
        (SetStatus("relay", "13", "dnf"), "no bib '13'"),
        (AddCrossing("relay", "12", ms("13:00"), "D"), "no runner 'D'"),
        (AddCrossing("relay", "12", ms("13:00"), "A", "km7"), "no point 'km7'"),
        (AddCrossing("relay", "12", 1_000, "A"), "12 hours"),
        (VoidPassage("mat-line", "e9", 1), "no passage"),
        (Revoke("nothing"), "no decision"),
        (FireGun("relay", 0), "12 hours"),
    ]
    for ruling, says in wrong:
        verdict = scene.meeting.judge(Decision("x", "anna", ms("1:00:00"), ruling))
        assert verdict is not None
        assert verdict.status == 422
        assert says in verdict.reason


def test_a_second_official_sees_the_first_one_s_change() -> None:
    """T84: 409 where somebody else changed that team since the version he had; the same official may go on."""
    scene = relay()
    before = scene.meeting.version
    scene.rule(SetStatus("relay", "12", "dnf"), by="anna")
    ruling = SetStatus("relay", "12", None)
    theirs = scene.meeting.judge(Decision("b", "bert", ms("2:00:00"), ruling, base_version=before))
    assert theirs is not None
    assert (theirs.status, "anna" in theirs.reason) == (409, True)
    assert scene.meeting.judge(Decision("c", "anna", ms("2:00:00"), ruling, base_version=before)) is None
    assert scene.meeting.judge(Decision("d", "bert", ms("2:00:00"), ruling, base_version=scene.meeting.version)) is None


def test_the_same_decision_again_has_no_effect() -> None:
    """Contract: the same id again: 202, with the version it had."""
    scene = relay()
    scene.rule(SetStatus("relay", "12", "dnf"), id="one")
    again = scene.meeting.judge(Decision("one", "anna", ms("2:00:00"), SetStatus("relay", "12", "dsq")))
    assert again is not None
    assert (again.status, again.version) == (202, 1)


def test_the_board_of_an_instant_is_of_the_facts_until_then() -> None:
    """at_ms: whenever heard; with known=1 only what was heard by then."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.read("31A", "14:00")
    scene.board()
    rows = {
        r["bib"]: r["laps"]
        for r in scene.meeting.answer("board_at", {"race": "relay", "at_ms": str(ms("13:30"))})["rows"]
    }
    assert rows == {"12": 1, "31": 0}
    known = scene.meeting.answer("board_at", {"race": "relay", "at_ms": str(ms("13:30")), "known": "1"})
    assert {r["bib"]: r["laps"] for r in known["rows"]} == {"12": 0, "31": 0}


def test_one_crossing_in_fifty_thousand_entries_changes_one_row() -> None:
    """Nothing else of the board goes over the bus: the places follow from the keys."""
    bibs = [str(n) for n in range(1, 2001)]
    scene = Scene(race(*(entry(bib, "A") for bib in bibs), legs=(("A",),)))
    scene.meeting.changes(scene.now_ms)
    scene.meeting.dirty_pages()
    scene.read("1999A", "13:00")
    (change,) = scene.meeting.changes(scene.now_ms)
    assert [row.bib for row in change.rows] == ["1999"]
    assert scene.meeting.dirty_pages() == [("relay", 1998 // 32)]
    page = scene.meeting.page("relay", 1998 // 32)
    assert isinstance(page, BoardPage)
    assert "1999" in {row.bib for row in page.rows}


def test_the_version_is_the_journal_s_seq_of_the_last_fact_that_changed_the_board() -> None:
    """Reads that change nothing leave the version as it was."""
    scene = relay()
    scene.read("12A", "13:00")
    scene.board()
    assert scene.meeting.head("relay").version == 1
    scene.read("12B", "13:01")
    scene.board()
    assert scene.meeting.head("relay").version == 1
    scene.read("31A", "13:02")
    scene.board()
    assert scene.meeting.head("relay").version == 3


# --- properties -------------------------------------------------------------------------------------------------

TEAMS = st.sampled_from(["12", "31"])
FACTS = st.one_of(
    st.builds(
        lambda bib, runner, at, device: ("read", bib + runner, at * 1_000, device),
        TEAMS,
        st.sampled_from("ABC"),
        st.integers(-60, 4_000),
        st.sampled_from(["mat-line", "mat-backup", "mat-km1", "scanner-1"]),
    ),
    st.builds(
        lambda bib, at: ("bib", bib, at * 1_000, "scanner-1"), st.sampled_from(["12", "31"]), st.integers(0, 4_000)
    ),
    st.builds(lambda n: ("void", n), st.integers(1, 8)),
    st.builds(
        lambda bib, runner, at: ("add", bib, runner, at * 1_000),
        TEAMS,
        st.sampled_from("ABC"),
        st.integers(1, 4_000),
    ),
    st.builds(lambda at: ("assign", at * 1_000), st.integers(0, 4_000)),
    st.builds(
        lambda a, b, runner, at: ("swap", a, b, runner, at), TEAMS, TEAMS, st.sampled_from("AB"), st.integers(0, 4_000)
    ),
    st.builds(lambda bib, order: ("order", bib, order), TEAMS, st.permutations("ABC")),
    st.builds(
        lambda at, by, device: ("shift", at, by, device),
        st.integers(-60, 4_000),
        st.sampled_from([-600, -37, 41, 800]),
        st.sampled_from(["mat-line", "mat-km1"]),
    ),
    st.builds(lambda bib, lap, accept: ("resolve", bib, lap, accept), TEAMS, st.integers(1, 3), st.booleans()),
    st.builds(
        lambda kind, bib, lap, what, accept: ("answer", kind, bib, lap, what, accept),
        st.sampled_from(["missed-passage", "estimated-passage", "late-crossing", "unseen"]),
        TEAMS,
        st.integers(1, 3),
        st.one_of(st.sampled_from("ABC"), st.integers(0, 4_000).map(lambda at: str(ms(at * 1_000)))),
        st.booleans(),
    ),
    st.builds(lambda lap, at: ("restart", lap, at * 1_000), st.integers(2, 3), st.integers(0, 4_000)),
    st.builds(lambda at: ("gun", at * 1_000), st.integers(0, 900)),
    st.builds(lambda bib, status: ("status", bib, status), TEAMS, st.sampled_from(["dnf", "dsq", None])),
    st.builds(lambda bib: ("adjust", bib), TEAMS),
    st.builds(lambda kind: (kind,), st.sampled_from(["close", "publish", "confirm", "reopen", "freeze", "reveal"])),
    st.builds(lambda n: ("revoke", n), st.integers(0, 5)),
)


RULES: dict[str, Any] = {
    "swap": lambda a, b, runner, at: SwapChips("relay", Member(a, "A"), Member(b, runner), ms(at * 1_000)),
    "order": lambda bib, order: ReorderRunners("relay", bib, tuple(order)),
    "shift": lambda at, by, device: ShiftClock(device, by * 1_000, ms(at * 1_000), ms((at + 1_500) * 1_000)),
    "resolve": lambda bib, lap, accept: ResolveDoubt(f"not-together/relay/{bib}/{lap}", accept),
    "answer": lambda kind, bib, lap, what, accept: ResolveDoubt(
        f"{kind}/relay/{bib}/{lap}" + ("" if kind == "unseen" else f"/{what}"), accept
    ),
    "restart": lambda lap, at: Restart("relay", lap, ms(at)),
    "gun": lambda at: FireGun("relay", ms(at)),
    "status": lambda bib, status: SetStatus("relay", bib, status),
    "adjust": lambda bib: AdjustTime("relay", bib, 30_000),
    "close": lambda: CloseRace("relay"),
    "publish": lambda: PublishOfficial("relay"),
    "confirm": lambda: PublishOfficial("relay", "d1"),
    "reopen": lambda: ReopenRace("relay"),
    "freeze": lambda: FreezePublic("relay"),
    "reveal": lambda: RevealPublic("relay"),
}


def recorded(plan: list[tuple[Any, ...]]) -> list[Recorded]:
    """Turn a plan into facts with their places in the journal."""
    facts: list[Recorded] = []
    seqs: dict[str, int] = {}
    decided: list[str] = []
    for n, step in enumerate(plan, start=1):
        fact: Passage | Decision
        if step[0] in ("read", "bib"):
            seqs[step[3]] = seqs.get(step[3], 0) + 1
            what = {"chip": step[1]} if step[0] == "read" else {"bib": step[1]}
            fact = Passage(step[3], "e1", seqs[step[3]], GUN_MS + step[2], **what)
        else:
            ruling: Any
            if step[0] == "void":
                ruling = VoidPassage("mat-line", "e1", step[1])
            elif step[0] == "add":
                ruling = AddCrossing("relay", step[1], GUN_MS + step[3], step[2])
            elif step[0] == "assign":
                ruling = AssignChip("12B", "relay", "31", "B", GUN_MS + step[1])
            elif step[0] in RULES:
                ruling = RULES[step[0]](*step[1:])
            else:
                ruling = Revoke(decided[step[1] % len(decided)]) if decided else VoidPassage("x", "e1", 1)
            fact = Decision(f"d{n}", "anna", GUN_MS + 10_000_000 + n, ruling)
            decided.append(fact.id)
        facts.append(Recorded(n, GUN_MS + 10**9, fact))
    return facts


def boards(facts: list[Recorded], split: int = 0) -> str:
    """The rows and verdicts that follow, as text; `split`: judge after each so many facts."""
    meeting = Meeting(event(race(entry("12"), entry("31"))), "paper")
    for n, fact in enumerate(facts, start=1):
        meeting.apply(fact)
        if split and n % split == 0:
            meeting.changes(GUN_MS + 10**9)
    meeting.changes(GUN_MS + 10**9)
    page = asdict(meeting.page("relay", 0))
    asked = [{"race": "relay", "bib": bib, **who} for bib in ("12", "31") for who in ({}, {"official": "1"})]
    cards = [meeting.answer("team", each) for each in asked]
    told = meeting.answer("board", {"race": "relay"})
    return json.dumps([page, cards, asdict(meeting.head("relay")), told])


def unversioned(text: str) -> str:
    """The same without the versions, which count in the journal and so depend on its order."""
    return re.sub(r'"version": \d+', '"version": 0', text)


@examples(150)
@given(st.lists(FACTS, max_size=30), st.integers(1, 5))
def test_any_batches_give_the_same_bytes_as_the_whole_journal_at_once(plan: list[Any], split: int) -> None:
    """T92: replaying the log from nothing gives the same state and versions, byte for byte."""
    facts = recorded(plan)
    assert boards(facts, split) == boards(facts)


@examples(150)
@given(st.lists(FACTS, max_size=30), st.randoms(use_true_random=False), st.integers(0, 5))
def test_any_order_of_arrival_gives_the_same_boards(plan: list[Any], random: Any, split: int) -> None:
    """T02, T10: when each fact arrived makes no difference."""
    facts = recorded(plan)
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert unversioned(boards(shuffled, split)) == unversioned(boards(facts))


@examples(80)
@given(st.lists(FACTS, max_size=25), st.integers(1, 6))
def test_void_then_restored_changes_nothing_but_the_version(plan: list[Any], seq: int) -> None:
    """T83: as if nothing had been ruled."""
    facts = recorded([step for step in plan if step[0] in ("read", "bib")])
    end = len(facts)
    void = Decision("v", "anna", GUN_MS + 20_000_000, VoidPassage("mat-line", "e1", seq))
    undo = Decision("u", "anna", GUN_MS + 20_000_001, Revoke("v"))
    ruled = [*facts, Recorded(end + 1, GUN_MS, void), Recorded(end + 2, GUN_MS, undo)]
    assert unversioned(boards(ruled, 1)) == unversioned(boards(facts))


@examples(80)
@given(st.lists(FACTS, max_size=25))
def test_a_team_s_facts_never_change_another_s_times(plan: list[Any]) -> None:
    """Judged each alone."""
    reads = [step for step in plan if step[0] in ("read", "bib")]
    alone = [step for step in reads if step[1].startswith("12")]
    both, one = json.loads(boards(recorded(reads))), json.loads(boards(recorded(alone)))
    assert both[0]["rows"][0]["lap_times_ms"] == one[0]["rows"][0]["lap_times_ms"]


def test_two_contents_under_one_identity_raise_a_doubt() -> None:
    """T03: an official is told, at the team whose passage counts."""
    scene = relay()
    scene.now_ms = ms("14:00")
    scene.hear(Passage("mat-line", "e1", 1, ms("13:00"), chip="12A"))
    assert scene.row("12").doubts == ()
    scene.hear(Passage("mat-line", "e1", 1, ms("13:30"), chip="12A"))
    assert scene.row("12").doubts == ("conflict/relay/12/mat-line-e1-1",)
    (doubt,) = scene.meeting.answer("doubts", {})["doubts"]
    assert (doubt["kind"], doubt["passage"], doubt["at_ms"]) == ("conflict", "mat-line-e1-1", ms("13:00"))


def test_a_board_is_never_older_than_its_gun() -> None:
    """As of: the race runs, though nobody was seen yet."""
    scene = relay()
    scene.board()
    assert scene.meeting.head("relay").as_of_ms == GUN_MS


def test_a_long_quarrel_over_one_decision_ends() -> None:
    """T83: a thousand revocations of revocations, each of the one before."""
    scene = relay()
    last = scene.rule(SetStatus("relay", "12", "dnf"))
    for _ in range(1_000):
        last = scene.rule(Revoke(last))
    assert scene.row("12").status == "dnf"


def test_a_ruling_about_a_point_that_is_gone_from_the_course_has_no_effect() -> None:
    """The event folder was edited since: the journal is still read to its end."""
    scene = relay()
    crossing = AddCrossing("relay", "12", ms("13:00"), "A", "km9")
    scene.hear(Decision("old", "anna", ms("1:00:00"), crossing))
    assert scene.row("12").laps == 0
    scene.rule(Revoke("old"))
    assert scene.row("12").laps == 0


def test_a_device_gone_wrong_does_not_make_a_row_large() -> None:
    """It sends its whole journal again with other instants: the officials see every doubt, a row names ten."""
    scene = relay()
    for shift in (0, -60_000):
        for seq in range(1, 301):
            scene.hear(Passage("mat-line", "e1", seq, ms(600_000 + seq * 1_000 + shift), chip="12B"))
    assert len(scene.row("12").doubts) == 10
    assert len(scene.meeting.answer("doubts", {})["doubts"]) == 300
