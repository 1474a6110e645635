"""A day and a thousand hostile messages, judged; printed: in which form the core ran, and a hash of all that it said.

`python -m tests.both_forms` is run once in each form by `test_compiled`.
"""

from hashlib import sha256
from typing import Any

from bench.race import company_run, day_and_night
from live.compiled import WHY_INTERPRETED
from live.ingest.meeting import Meeting
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Event
from live.strict_json import to_json
from tests.fuzz import Fuzz

TEAMS = 60
PASSAGES = 8_000
"""So many of the day and night."""
MESSAGES = 1_500
QUESTIONS = ("passages", "decisions", "doubts")


class Heard:
    """A hash of everything that was told."""

    def __init__(self) -> None:
        self._hash = sha256()

    def hear(self, what: Any) -> None:
        """Another thing was told."""
        self._hash.update(to_json(what))

    def __str__(self) -> str:
        return self._hash.hexdigest()[:16]


def race_day(event: Event, passages: list[Passage]) -> Heard:
    """Judge them as they come: what is told after each few, the past, and everybody explained at the end."""
    heard, meeting = Heard(), Meeting(event, "paper")
    for seq, passage in enumerate(passages, 1):
        meeting.apply(Recorded(seq, passage.at_ms, passage))
        if seq % 7 == 0:
            for change in meeting.changes(passage.at_ms):
                heard.hear(change)
    meeting.changes(passages[-1].at_ms)
    for race in event.races:
        heard.hear([meeting.head(race.id), meeting.page(race.id, 0)])
        for passage in passages[:: len(passages) // 10]:
            heard.hear(meeting.answer("board_at", {"race": race.id, "at_ms": str(passage.at_ms)}))
        for bib in race.by_bib:
            heard.hear(meeting.answer("team", {"race": race.id, "bib": bib}))
    for question in QUESTIONS:
        heard.hear(meeting.answer(question, {}))
    return heard


class _Hostile(Fuzz):
    """Hears what each of its meetings came to, and what each message was held for."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = Heard()

    def close(self) -> None:
        for race in self.event.races:
            self.heard.hear([self.meeting.head(race.id), self.meeting.page(race.id, 0)])
        for question in QUESTIONS:
            self.heard.hear(self.meeting.answer(question, {}))
        super().close()


def hostile() -> Heard:
    """Take hostile messages through, decisions of officials among them."""
    one = _Hostile()
    for seed in range(MESSAGES):
        one.take(seed)
    one.close()
    one.heard.hear(one.seen)
    return one.heard


def main() -> None:
    """Print the form, then a line for each part."""
    print("interpreted" if WHY_INTERPRETED else "compiled")
    print("growing relay", race_day(*company_run(TEAMS)))
    event, passages = day_and_night()
    print("day and night", race_day(event, passages[:PASSAGES]))
    print("hostile", hostile())


if __name__ == "__main__":
    main()
