"""A stand whose keeper is the real meeting: facts are judged, decisions taken, boards frozen, as ingest does it."""

from dataclasses import replace
from typing import Any

from live.ingest.at_line import AtLine
from live.ingest.meeting import Meeting
from live.messages.decisions import Decision, Ruling, Verdict
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Event
from live.strict_json import from_json, to_json
from tests.web.chromium.stand import Stand
from tests.web.conftest import Keeper


class LineStand(Stand):
    """Pages, API and stream over a meeting. `now_ms` is the instant of the race, which the test moves."""

    def __init__(self, event: Event, now_ms: int) -> None:
        super().__init__(event)
        self.wall_ms = now_ms
        self.meeting = Meeting(event, "j-1")
        self.line = AtLine(self.meeting)
        self._seq = 0
        keeper = _MeetingKeeper(self)
        self.state = replace(self.state, ask=keeper.ask, decide=keeper.decide)
        self.meeting.changes(now_ms)
        for race in event.races:
            head = self.meeting.head(race.id)
            self.state.boards.hear(head)
            for number in range(head.pages):
                self.state.boards.hear(self.meeting.page(race.id, number))

    def read(self, chip: str, at_ms: int, device: str = "mat-line", judged: bool = True) -> Passage:
        """A chip is read at that instant, which is now; told at once and, if `judged`, judged."""
        self.wall_ms = max(self.wall_ms, at_ms)
        self._seq += 1
        passage = Passage(device, "e1", self._seq, at_ms, chip=chip)
        fact = Recorded(self._seq, at_ms, passage)
        self.meeting.apply(fact)
        for told in self.line.heard([fact], at_ms):
            self.state.line.hear(told)
        if judged:
            self.judge()
        return passage

    def judge(self) -> None:
        """Boards are made of what was heard, and told."""
        for changes in self.meeting.changes(self.wall_ms):
            self.hear(changes)
        for told in self.line.judged():
            self.state.line.hear(told)

    def rule(self, ruling: Ruling, by: str = "anna") -> str:
        """An official rules; return the decision's id."""
        decision = Decision(f"d{self._seq + 1}", by, self.wall_ms, ruling)
        assert self.take(decision).status == 202
        return decision.id

    def take(self, decision: Decision) -> Verdict:
        """Judge a decision as ingest does."""
        verdict = self.meeting.judge(decision)
        if verdict is None:
            self._seq += 1
            self.meeting.apply(Recorded(self._seq, self.wall_ms, decision))
            verdict = Verdict(decision.id, 202, self._seq)
            self.judge()
        return verdict


class _MeetingKeeper(Keeper):
    def __init__(self, stand: LineStand) -> None:
        super().__init__()
        self._stand = stand

    async def ask(self, question: str, **about: str) -> dict[str, Any]:
        told = self._stand.line.answer(about) if question == "line" else self._stand.meeting.answer(question, about)
        plain: dict[str, Any] = from_json(to_json(told))
        return plain

    async def decide(self, decision: Decision) -> Verdict:
        return self._stand.take(decision)
