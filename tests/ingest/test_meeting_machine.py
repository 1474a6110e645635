"""An afternoon in small steps, as officials and devices take them: what is asked after each, and at the end.

Each decision goes through the door that officials use: one that is refused does not enter the journal, a doubt is
answered by the id that was shown. T.. are cases of `docs/rules.md`.
"""

import json
from dataclasses import asdict
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, rule

from live.ingest.meeting import Meeting
from live.messages.boards import Row
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
    RestorePassage,
    RevealPublic,
    Revoke,
    Ruling,
    SetStatus,
    ShiftClock,
    SwapChips,
    VoidPassage,
)
from live.messages.devices import Passage
from live.messages.facts import Recorded
from tests.conftest import examples
from tests.ingest.scene import entry, event, ms, race
from tests.ingest.test_meeting import unversioned

BIBS = ("12", "31")
TEAMS, CODES = st.sampled_from(BIBS), st.sampled_from("ABC")
SECONDS = st.integers(-60, 4_000)
DEVICES = st.sampled_from(["mat-line", "mat-line", "mat-backup", "mat-km1", "mat-km2", "scanner-1"])
RELAY = race(*(entry(bib) for bib in BIBS))
LATE_MS = ms("99:00:00")


class Afternoon(RuleBasedStateMachine):
    """A growing relay of two teams, heard as it comes; `facts` is the journal."""

    passages = Bundle("passages")
    decisions = Bundle("decisions")

    def __init__(self) -> None:
        super().__init__()
        self.meeting = Meeting(event(RELAY), "paper")
        self.facts: list[Recorded] = []
        self.seqs: dict[str, int] = {}

    def hear(self, fact: Passage | Decision) -> None:
        """The fact enters the journal."""
        recorded = Recorded(len(self.facts) + 1, self.now_ms, fact)
        self.facts.append(recorded)
        self.meeting.apply(recorded)

    @property
    def now_ms(self) -> int:
        """The clock of the server: on by a second a fact, never back."""
        return ms("0:30:00") + 1_000 * len(self.facts)

    def decide(self, ruling: Ruling, by: str = "anna") -> Any:
        """An official rules; what is refused does not enter. Return the decision's id for those who take it back."""
        decision = Decision(f"d{len(self.facts) + 1}", by, self.now_ms, ruling)
        refused = self.meeting.judge(decision)
        if refused is not None:
            assert (refused.status, bool(refused.reason)) in ((409, True), (422, True))
            return multiple()
        self.hear(decision)
        return decision.id

    def row(self, bib: str) -> Row:
        """What the board shows of a team."""
        self.meeting.changes(self.now_ms)
        return next(row for row in self.meeting.page("relay", 0).rows if row.bib == bib)

    # -- what devices do ------------------------------------------------------------------------------------------

    @rule(target=passages, bib=TEAMS, code=CODES, second=SECONDS, device=DEVICES)
    def read(self, bib: str, code: str, second: int, device: str) -> Passage:
        """A chip is read, now or long ago."""
        self.seqs[device] = seq = self.seqs.get(device, 0) + 1
        passage = Passage(device, "e1", seq, ms(second * 1_000), chip=bib + code)
        self.hear(passage)
        return passage

    @rule(target=passages, bib=TEAMS, second=SECONDS)
    def type_bib(self, bib: str, second: int) -> Passage:
        """A bib is typed by hand."""
        self.seqs["scanner-1"] = seq = self.seqs.get("scanner-1", 0) + 1
        passage = Passage("scanner-1", "e1", seq, ms(second * 1_000), bib=bib)
        self.hear(passage)
        return passage

    @rule(bib=TEAMS, lap_s=st.integers(430, 1_100))
    def team_comes_in(self, bib: str, lap_s: int) -> None:
        """Those who run the team's next lap cross together: most afternoons are made of this."""
        row = self.row(bib)
        if row.laps < 3:
            for late_s, code in enumerate("ABC"[: row.laps + 1]):
                self.read(bib, code, (row.time_ms or 0) // 1_000 + lap_s + late_s, "mat-line")

    # -- what officials do ----------------------------------------------------------------------------------------

    @rule(target=decisions, passage=passages)
    def void(self, passage: Passage) -> Any:
        """It was not them."""
        return self.decide(VoidPassage(*passage.identity))

    @rule(target=decisions, passage=passages)
    def restore(self, passage: Passage) -> Any:
        """It was."""
        return self.decide(RestorePassage(*passage.identity), by="bart")

    @rule(passage=passages)
    def void_and_restore(self, passage: Passage) -> None:
        """T83: taken out and put back, nothing has changed but the version."""
        before = unversioned(told(self.meeting, self.now_ms))
        voided = self.decide(VoidPassage(*passage.identity))
        if isinstance(voided, str):
            self.meeting.changes(self.now_ms)
            assert isinstance(self.decide(Revoke(voided)), str)
            assert unversioned(told(self.meeting, self.now_ms)) == before

    @rule(target=decisions, bib=TEAMS, code=CODES, second=SECONDS, point=st.sampled_from(["line", "km1"]))
    def add_crossing(self, bib: str, code: str, second: int, point: str) -> Any:
        """Somebody saw them."""
        return self.decide(AddCrossing("relay", bib, ms(second * 1_000), code, point))

    @rule(target=decisions, bib=TEAMS, other=TEAMS, code=CODES, second=SECONDS)
    def assign(self, bib: str, other: str, code: str, second: int) -> Any:
        """The chip of one on another."""
        return self.decide(AssignChip(other + code, "relay", bib, code, ms(second * 1_000)))

    @rule(target=decisions, a=CODES, b=CODES, second=SECONDS)
    def swap(self, a: str, b: str, second: int) -> Any:
        """Two runners had each other's chips."""
        return self.decide(SwapChips("relay", Member("12", a), Member("31", b), ms(second * 1_000)))

    @rule(target=decisions, bib=TEAMS, order=st.permutations("ABC"))
    def reorder(self, bib: str, order: list[str]) -> Any:
        """They run in another order."""
        return self.decide(ReorderRunners("relay", bib, tuple(order)))

    @rule(target=decisions, bib=TEAMS, status=st.sampled_from(["dnf", "dsq", "dns", "out_of_competition", None]))
    def status(self, bib: str, status: Any) -> Any:
        """By hand, or automatic again."""
        return self.decide(SetStatus("relay", bib, status))

    @rule(target=decisions, bib=TEAMS, by_s=st.sampled_from([-30, 60]))
    def adjust(self, bib: str, by_s: int) -> Any:
        """A penalty, a bonus."""
        return self.decide(AdjustTime("relay", bib, by_s * 1_000))

    @rule(target=decisions, from_s=SECONDS, by_s=st.sampled_from([-600, 41]))
    def shift(self, from_s: int, by_s: int) -> Any:
        """A clock was wrong."""
        return self.decide(ShiftClock("mat-line", by_s * 1_000, ms(from_s * 1_000), None))

    @rule(target=decisions, second=st.integers(-300, 900))
    def fire(self, second: int) -> Any:
        """The gun, corrected."""
        return self.decide(FireGun("relay", ms(second * 1_000)))

    @rule(target=decisions, lap=st.integers(2, 3), second=SECONDS)
    def restart(self, lap: int, second: int) -> Any:
        """A mass restart."""
        return self.decide(Restart("relay", lap, ms(second * 1_000)))

    @rule(target=decisions, pick=st.integers(0, 10), accept=st.booleans())
    def answer_a_doubt(self, pick: int, accept: bool) -> Any:
        """One of those that are open, by its id."""
        doubts = self.meeting.answer("doubts", {})["doubts"]
        if not doubts:
            return multiple()
        return self.decide(ResolveDoubt(doubts[pick % len(doubts)]["id"], accept))

    @rule(target=decisions, ruling=st.sampled_from([CloseRace, ReopenRace, FreezePublic, RevealPublic]))
    def state(self, ruling: Any) -> Any:
        """The race closes and opens again; the public's view is frozen and revealed."""
        return self.decide(ruling("relay"))

    @rule(target=decisions)
    def publish_official(self) -> Any:
        """T77, T86: while a doubt or an estimate touches the podium it is refused, whatever the reason given."""
        decided = self.decide(PublishOfficial("relay"))
        if isinstance(decided, str):
            rows = [self.row(bib) for bib in BIBS]
            assert not any(row.provisional or "e" in row.lap_qualities for row in rows if row.status == "finished")
        return decided

    @rule(target=decisions, decision=decisions)
    def revoke(self, decision: str) -> Any:
        """Taken back: also what took another back."""
        return self.decide(Revoke(decision), by="bart")

    # -- what is promised -----------------------------------------------------------------------------------------

    @rule(split=st.integers(1, 5))
    def publish(self, split: int) -> None:
        """The boards go out. T92: as they follow from the journal, in whatever batches it is read."""
        assert told(self.meeting, self.now_ms) == told(heard(self.facts, split), self.now_ms)

    def teardown(self) -> None:
        """T10, T92: what was judged step by step is what the journal says, also in another order of arrival."""
        whole = told(heard(self.facts), LATE_MS)
        assert told(self.meeting, LATE_MS) == whole
        shuffled = list(self.facts)
        Random(len(whole)).shuffle(shuffled)
        assert unversioned(told(heard(shuffled, 3), LATE_MS)) == unversioned(whole)


def heard(facts: list[Recorded], split: int = 0) -> Meeting:
    """A meeting that was told these facts; judged after each so many as of the last, 0: not yet."""
    meeting = Meeting(event(RELAY), "paper")
    for n, fact in enumerate(facts, start=1):
        meeting.apply(fact)
        if split and n % split == 0:
            meeting.changes(fact.heard_at_ms)
    return meeting


def told(meeting: Meeting, now_ms: int) -> str:
    """All that is said: rows, head, each team's card for spectators and officials, doubts."""
    meeting.changes(now_ms)
    asked = [{"race": "relay", "bib": bib, **who} for bib in BIBS for who in ({}, {"official": "1"})]
    cards = [meeting.answer("team", each) for each in asked]
    page, head = asdict(meeting.page("relay", 0)), asdict(meeting.head("relay"))
    return json.dumps([page, head, cards, meeting.answer("doubts", {}), meeting.answer("board", {"race": "relay"})])


TestAfternoon = Afternoon.TestCase
TestAfternoon.settings = settings(examples(60), stateful_step_count=40)
