"""What the devices of a day see of true crossings: strongest reads, second witnesses, waiting and lingering runners."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from random import Random

from live.messages.devices import Passage
from live.programme import TRUST_ORDER, Device, Event
from live.rehearsal.runs import Runs, TrueCrossing

CLOCK_ERROR_MS = 3_000
BACKUP_BEHIND_MS = 900
"""The backup mat lies a few metres after the line."""
SEEN_BY = {"main": 0.985, "backup": 0.97, "handheld": 0.3, "manual": 0.0}
"""How likely a device of this kind sees a crossing that is seen at all."""
READ_EVERY_MS = 110
STRANGER = "LAST-WEEK-7"
"""A chip of some other race."""

Who = tuple[str, str, str]
"""Race, bib, runner."""


class Witnesses:
    """All devices of the day. `seen` is what they put into their outboxes: (true instant, passage), in no order.

    `shown_ms` is the instant that the most trusted witness of a crossing gives it.
    """

    def __init__(self, event: Event, worn: Mapping[Who, str], rng: Random) -> None:
        """`worn` is the chip that each runner really wears."""
        self.event = event
        self.worn = worn
        self.seen: list[tuple[int, Passage]] = []
        self.shown_ms: dict[TrueCrossing, int] = {}
        self.clock_errors_ms = clock_errors(event)
        self._rng = rng
        self._at: dict[tuple[str, str], list[Device]] = defaultdict(list)
        for device in sorted(event.devices, key=lambda device: TRUST_ORDER.index(device.trust)):
            self._at[device.course, device.point].append(device)
        self._known_in: dict[str, set[str]] = defaultdict(set)
        for race in event.races:
            for entry in race.entries:
                self._known_in[entry.bib].add(race.id)

    def cross(self, crossing: TrueCrossing) -> None:
        """A runner passes a point: every device that sees him says so, the one with the best sight at least."""
        devices = self._at[self.event.by_race[crossing.race].course.id, crossing.point]
        able = [d for d in devices if crossing.last or d.trust in ("main", "backup")]
        for device in [d for d in able if self._rng.random() < SEEN_BY[d.trust]] or devices[:1]:
            mat = device.trust in ("main", "backup")
            shown_ms = self._pass_mat(device, crossing) if mat else self._scan(device, crossing)
            self.shown_ms.setdefault(crossing, shown_ms)

    def wait(self, runs: Runs) -> None:
        """Who joins later stands near the mat until then, one of them right beside it; finishers stroll back over it.

        Those who run the first lap are read at the start.
        """
        waits = runs.waits
        longest = max(waits, key=lambda who: waits[who][1] - waits[who][0], default=None)
        for who, (from_ms, joins_ms) in waits.items():
            if joins_ms == from_ms:
                self._linger(who, from_ms, from_ms + 12_000, 10_000)
            elif who == longest:
                self._linger(who, from_ms - 60_000, joins_ms, 6_000)
            elif self._rng.random() < 0.25:
                self._linger(who, from_ms - 60_000, joins_ms, self._rng.randrange(60_000, 240_000))
        for who, at_ms in runs.done.items():
            if self._rng.random() < 0.1:
                self._linger(who, at_ms + 30_000, at_ms + 600_000, 200_000)

    def pass_by(self, runs: Runs) -> None:
        """A stranger's chip, and people of another course over the first line's mat: both are nobody's crossing."""
        course = self.event.races[0].course
        for mat in self._at[course.id, course.line][:1]:
            span = (min(c.at_ms for c in runs.crossings), max(c.at_ms for c in runs.crossings) + 1)
            for _ in range(5):
                self._read(mat, STRANGER, self._rng.randrange(*span))
            others = [c for c in runs.crossings if self.event.by_race[c.race].course.id != course.id]
            for other in self._rng.sample(others, min(5, len(others))):
                self._read(mat, self._chip(other), other.at_ms - self._rng.randrange(60_000, 600_000))

    def _pass_mat(self, mat: Device, crossing: TrueCrossing) -> int:
        at_ms = crossing.at_ms + (BACKUP_BEHIND_MS if mat.trust == "backup" else 0)
        shown_ms = self._read(mat, self._chip(crossing), at_ms)
        if self._rng.random() < 0.1:  # the chip stays in reach and is read again
            for _ in range(self._rng.randint(1, 3)):
                self._read(mat, self._chip(crossing), at_ms + self._rng.randrange(5_000, 40_000))
        return shown_ms

    def _scan(self, handheld: Device, crossing: TrueCrossing) -> int:
        """Somebody scans the chip of the team's last runner, or types the bib, a moment later."""
        at_ms = crossing.at_ms + self._rng.randrange(1_000, 3_000)
        kind = self._rng.choice(("bib", "bib and runner", "chip"))
        if kind == "chip":
            return self._put(handheld, at_ms, chip=self._chip(crossing))
        race = crossing.race if len(self._known_in[crossing.bib]) > 1 else None
        runner = crossing.runner if kind == "bib and runner" else None
        return self._put(handheld, at_ms, bib=crossing.bib, runner=runner, race=race)

    def _linger(self, who: Who, from_ms: int, to_ms: int, every_ms: int) -> None:
        """One runner near the main mat at his line, read every now and then."""
        course = self.event.by_race[who[0]].course
        for mat in self._at[course.id, course.line][:1]:
            at_ms = from_ms + self._rng.randrange(every_ms)
            while at_ms < to_ms:
                self._read(mat, self.worn[who], at_ms)
                at_ms += self._rng.randrange(every_ms // 2, every_ms * 3 // 2)

    def _chip(self, crossing: TrueCrossing) -> str:
        return self.worn[crossing.race, crossing.bib, crossing.runner]

    def _read(self, mat: Device, chip: str, at_ms: int) -> int:
        at_ms, rssi, reads = strongest(list(reads_around(at_ms, self._rng)))
        return self._put(mat, at_ms, chip=chip, rssi=rssi, reads=reads)

    def _put(
        self,
        device: Device,
        at_ms: int,
        *,
        chip: str | None = None,
        bib: str | None = None,
        runner: str | None = None,
        race: str | None = None,
        rssi: int | None = None,
        reads: int | None = None,
    ) -> int:
        """Put a passage into the device's outbox about a second later, with the instant that its own clock shows."""
        shown_ms = at_ms + self.clock_errors_ms.get(device.id, 0)
        passage = Passage(device.id, "", 0, shown_ms, chip, bib, runner, race, None, rssi, reads)
        self.seen.append((at_ms + self._rng.randrange(700, 1_200), passage))
        return shown_ms


def reads_around(at_ms: int, rng: Random) -> Iterator[tuple[int, int]]:
    """Yield the 4 to 10 reads of one pass over a mat as (instant, signal in dBm), strongest over the antenna."""
    count = rng.randint(4, 10)
    before = rng.randrange(1, count)
    for step in range(-before, count - before):
        yield at_ms + step * READ_EVERY_MS, -48 - 5 * abs(step) + rng.randrange(-2, 3)


def strongest(reads: list[tuple[int, int]]) -> tuple[int, int, int]:
    """Return a pass over a mat as a device publishes it: instant and signal of the strongest read, number of reads."""
    at_ms, rssi = max(reads, key=lambda read: (read[1], -read[0]))
    return at_ms, rssi, len(reads)


def clock_errors(event: Event) -> dict[str, int]:
    """Return by how much whose clock is fast: a backup's, or where there is none that of the last mat at no line."""
    lines = {(course.id, course.line) for course in event.courses}
    backups = [device.id for device in event.devices if device.trust == "backup"]
    inside = [device.id for device in event.devices if (device.course, device.point) not in lines]
    return {device: CLOCK_ERROR_MS for device in (backups or inside[-1:])[:1]}
