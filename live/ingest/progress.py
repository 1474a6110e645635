"""How far a team is while it is judged: its laps, when each began, who of it is due."""

from live.ingest.judged import ANYBODY, OPEN_LAPS, Crossing, Judged, OneLap, Step, Terms


class Progress:
    """What is known of one team so far, and the laps that follow from it; the judge's rules work on it."""

    def __init__(self, terms: Terms) -> None:
        """Nothing was heard yet."""
        self.terms = terms
        self.race = terms.race
        self.gun_ms = terms.gun_ms
        self.restarts = terms.restarts
        self.closing_ms = terms.closing_ms
        self.unread = sorted(terms.unread.items(), reverse=True)
        self.total = terms.race.laps_total
        self.together = terms.race.team_time == "last"
        self.line = terms.race.course.line
        self.laps: list[OneLap] = []
        self.last: dict[str, Crossing] = {}  # each runner's last crossing that counts
        self.last_lap: dict[str, int] = {}  # the latest lap that each runner has ended, or is known to have passed
        self.hoping: dict[str, Crossing] = {}  # who owes a lap and was seen again: perhaps with his team-mates
        self.latest: Crossing | None = None
        self.proofs = 0  # how often a lap was found to have ended unread
        self.open_lap = 1  # no bib alone can count for a lap before this one
        self.judged = Judged([], self.laps)
        self.steps: list[Step] = []  # how it stood before each of the latest sightings, see `checkpoints.take_back`
        self.moved: int | None = None  # the first lap in which something counts otherwise since the last `hear`
        self.legs: dict[int, tuple[str, ...]] = {}  # who runs each leg, as far as somebody asked

    def runs(self, number: int) -> tuple[str, ...]:
        """Who of the team runs lap `number`; the list of legs goes round and round."""
        leg = (number - 1) % len(self.race.legs)
        if leg not in self.legs:
            self.legs[leg] = self.terms.runs(number)
        return self.legs[leg]

    def move(self, number: int) -> None:
        """Something counts otherwise in lap `number`."""
        self.moved = number if self.moved is None else min(self.moved, number)

    def lap(self, number: int) -> OneLap:
        """Lap `number`, begun with all before it where nobody has got so far."""
        while len(self.laps) < number:
            needed = self.runs(len(self.laps) + 1) if self.together else (ANYBODY,)
            self.laps.append(OneLap(len(self.laps) + 1, needed))
            if len(self.laps) > OPEN_LAPS:
                self.laps[-1 - OPEN_LAPS].seen.clear()  # asked for again only when something comes very late
        return self.laps[number - 1]

    def start_ms(self, number: int) -> int | None:
        """When lap `number` began for this team; None before it did, or after its last."""
        if self.total is not None and number > self.total:
            return None
        if number == 1:
            return self.gun_ms
        before = self.lap(number - 1)
        first_ms = before.first_ms
        if self.closing_ms is not None and any(end.at_ms >= self.closing_ms for end in before.ends):
            return None  # who crosses in the very millisecond of the winner crosses under his flag
        restart_ms = self.restarts.get(number)
        return restart_ms if first_ms is None else first_ms if restart_ms is None else min(first_ms, restart_ms)

    def finished(self) -> bool:
        """The team's last lap has ended; after a mass restart all laps before it, too (T60c)."""
        ended = len(self.laps)
        while ended and self.laps[ended - 1].first_ms is None:
            ended -= 1
        if not ended or self.start_ms(ended + 1) is not None:
            return False
        return not self.restarts or all(lap.first_ms is not None for lap in self.laps[:ended])

    def key(self, runner: str) -> str:
        """Under which name the runner's crossings are kept: his own, or the team's where one ends a lap for all."""
        return runner if self.together else ANYBODY

    def next_lap(self, runner: str, after: int) -> int | None:
        """The runner's first lap after `after`; None when the race has no more for him."""
        stop = self.total if self.total is not None else after + len(self.race.legs)
        for number in range(after + 1, stop + 1):
            if runner in self.runs(number):
                return number
        return None

    def previous_lap(self, runner: str, number: int) -> int:
        """The runner's last lap before `number`, of one who has run before."""
        return max(n for n in range(1, number) if runner in self.runs(n))

    def due(self, runner: str) -> int | None:
        """The earliest lap that the runner has not ended."""
        key = self.key(runner)
        return self.next_lap(runner, self.last_lap.get(key, 0))
