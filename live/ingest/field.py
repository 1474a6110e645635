"""The field of a race learning from its own teams: an ordered fold, taken back as far as a late fact reaches."""

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from live.ingest.experience import PPM, Errors, Experience, Log, distance
from live.ingest.forecast import NOTHING, Ends, Estimate, Outlook, Prospect, ahead_of, outlook, running_lap
from live.ingest.marks import Mark
from live.programme import Race

TEACHERS = 512
"""So many teams at most, spread evenly over the list of entries, teach the field: a sample of them tells as much as
50,000, and what a late fact takes back stays bounded."""

Event = tuple[int, int, int]
"""A mark of a teacher in the order in which it became known: instant, the entry's number, which of its marks."""


@dataclass(slots=True)
class Teacher:
    """A team that the field learns from: its marks, and what was expected at each as far as they have been taken in.

    What was expected at the first `forgotten` marks is no longer kept, since nothing but a very late fact asks for it:
    made again it is the same. Of those the ends of laps to come are in `far`.
    """

    marks: tuple[Mark, ...] = ()
    expected: list[Prospect | None] = field(default_factory=list)
    forgotten: int = 0
    ended: dict[int, int] = field(default_factory=dict)
    """By lap: which mark ended it."""
    far: dict[int, Ends | None] = field(default_factory=dict)
    """By lap: the ends of the laps to come, as expected at its own end."""

    def forget_one(self) -> None:
        """Take back what was expected at the last mark that was taken in."""
        if self.expected:
            self.expected.pop()
        else:
            self.forgotten -= 1

    def forget_before(self, index: int) -> None:
        """Keep no longer what was expected at the marks before that one."""
        count = index - self.forgotten
        if count > 0:
            del self.expected[:count]
            self.forgotten = index


class Field:
    """Learns from the marks of one race's teams, and says what lies ahead of any team of it.

    After any number of `learn`, call `settle` before the next `outlook`.
    """

    def __init__(self, race: Race, restarts: Mapping[int, int]) -> None:
        """Mass restarts by lap: a field is of one set of them, and made anew where they change."""
        self.race = race
        self.restarts = dict(restarts)
        self.experience = Experience(race.course.line)
        every = -(-len(race.entries) // TEACHERS)
        self._teachers = {entry.number: Teacher() for entry in race.entries[:: max(every, 1)]}
        self._events: list[Event] = []
        self._taught: list[list[Log[Any, Any]]] = []
        """Per event taken in, in order: the logs that it added a record to."""
        self._touched_ms: int | None = None

    def learn(self, number: int, marks: tuple[Mark, ...], stands: int = 0) -> None:
        """Take in all marks of the entry with that number, in place of those it had; none of them: it is forgotten.

        The first `stands` of them are known to be as they were: what is new costs what it is itself.
        """
        teacher = self._teachers.get(number)
        if teacher is None or teacher.marks is marks:
            return
        for old, new in zip(teacher.marks[stands:], marks[stands:], strict=False):
            if old != new:
                break
            stands += 1
        for index in range(stands, len(teacher.marks)):
            event = (teacher.marks[index].at_ms, number, index)
            self._take_back(event)
            del self._events[bisect_left(self._events, event)]
        teacher.marks = marks
        for index in range(stands, len(marks)):
            event = (marks[index].at_ms, number, index)
            self._take_back(event)
            insort(self._events, event)

    def settle(self) -> int | None:
        """Take in what was learned; return the earliest instant that it touches, None for nothing.

        The outlook of a team whose last mark is later than that may differ; of all others, it is as it was.
        """
        for at_ms, number, index in self._events[len(self._taught) :]:
            self._taught.append(self._take_in(self._teachers[number], at_ms, index))
        touched_ms, self._touched_ms = self._touched_ms, None
        return touched_ms

    def outlook(self, number: int, marks: Sequence[Mark], as_of_ms: int = 0) -> Outlook:
        """Return what lies ahead of a running team after the last of these marks, whether it teaches or not.

        What rivals did counts as far as it was known at that mark, or at `as_of_ms` where that is later: see
        `refreshes_ms`. By then the team must not have been seen again.
        """
        if not marks:
            return NOTHING
        teacher = self._teachers.get(number)
        if teacher is not None and (teacher.marks is marks or teacher.marks == marks) and as_of_ms <= marks[-1].at_ms:
            return outlook(self.race, self.experience, self._expected(teacher, len(marks) - 1))
        return outlook(self.race, self.experience, ahead_of(self.race, self.experience, marks, self.restarts, as_of_ms))

    def refreshes_ms(self, lap: int) -> list[int]:
        """Return the instants at which those out on a lap are worth a new forecast: 4, 8, 16 … have just ended it.

        So few that each crossing costs a handful of new rows on average, however large the field.
        """
        return self.experience.refreshes_ms(lap)

    def _take_back(self, event: Event) -> None:
        """Undo all that was taken in from this event on."""
        if self._touched_ms is None or event[0] < self._touched_ms:
            self._touched_ms = event[0]
        place = bisect_left(self._events, event)
        while len(self._taught) > place:
            for log in self._taught.pop():
                log.take_back()
            number = self._events[len(self._taught)][1]
            self._teachers[number].forget_one()

    def _take_in(self, teacher: Teacher, at_ms: int, index: int) -> list[Log[Any, Any]]:
        """Learn from one mark how long its stretches took and how far off their forecasts were; then forecast anew."""
        mark, line = teacher.marks[index], self.race.course.line
        taught: list[Log[Any, Any]] = [self.experience.passed[mark.lap, mark.point]]
        taught[0].add(at_ms, None)
        if mark.measured:
            for before in range(index - 1, -1, -1):
                if running_lap(self.race, teacher.marks[before]) != mark.lap:
                    break
                if teacher.marks[before].measured and (mark.point == line or before == index - 1):
                    taught += self._compare(teacher, before, mark)
            if mark.point == line:
                taught += self._compare_far(teacher, mark)
        prospect = ahead_of(self.race, self.experience, teacher.marks[: index + 1], self.restarts)
        teacher.expected.append(prospect)
        if mark.point == line:
            teacher.ended[mark.lap] = index
            teacher.far[mark.lap] = prospect.ends if prospect is not None else None
            teacher.forget_before(teacher.ended.get(mark.lap - 1, 0))
        return taught

    def _expected(self, teacher: Teacher, index: int) -> Prospect | None:
        """Return what was expected at one of a teacher's marks: made again it is the same, as of that instant."""
        if index >= teacher.forgotten:
            return teacher.expected[index - teacher.forgotten]
        return ahead_of(self.race, self.experience, teacher.marks[: index + 1], self.restarts)

    def _compare(self, teacher: Teacher, before: int, mark: Mark) -> list[Log[Any, Any]]:
        """Learn from the stretch between two marks of one lap."""
        prospect = self._expected(teacher, before)
        start = teacher.marks[before]
        took_ms = mark.took_ms - (prospect.own.here_ms or 0) if prospect is not None else 0
        if prospect is None or took_ms <= 0:
            return []
        pace = prospect.own.pace(took_ms)
        taught: list[Log[Any, Any]] = []
        for log in (
            self.experience.paces[mark.lap, start.point, mark.point],
            self.experience.lately[start.point, mark.point],
        ):
            log.add(mark.at_ms, pace)
            taught.append(log)
        for expected in (prospect.to_point, prospect.to_line):
            if expected is not None and expected.point == mark.point:
                errors = self.experience.errors[expected.kind]
                errors.add(mark.at_ms, how_far_off(expected, took_ms))
                taught.append(errors)
        return taught

    def _compare_far(self, teacher: Teacher, mark: Mark) -> list[Log[Any, Any]]:
        """Learn how far off the forecasts of this lap's end were that were made 1, 2, 4, 8 … laps before."""
        taught: list[Log[Any, Any]] = []
        ahead = 1
        while ahead < mark.lap:
            made = teacher.ended[mark.lap - 1 - ahead]
            ends = teacher.far[mark.lap - 1 - ahead]
            if ends is not None:
                expected_ms, base_ms = ends.at_ms(ahead), teacher.marks[made].base_ms
                log = self.experience.far[distance(ahead)]
                log.add(mark.at_ms, abs(mark.at_ms - expected_ms) * PPM // max(expected_ms - base_ms, 1))
                taught.append(log)
            ahead *= 2
        return taught


def how_far_off(expected: Estimate, took_ms: int) -> Errors:
    """Return the errors of a forecast and of each of its experts in millionths of what was expected, at most all."""
    return (
        abs(took_ms - expected.took_ms) * PPM // expected.took_ms,
        tuple([None if ms is None else min(abs(took_ms - ms) * PPM // max(ms, 1), PPM) for ms in expected.experts]),
    )
