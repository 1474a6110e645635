"""A rehearsal's race as its devices tell it, with the pathologies of a real day. Pure, the same for a seed.

Each crossing is read 4 to 10 times and reduced to its strongest read; one in 200 is missed; waiting and lingering
runners are read again and again; the main mat at the line is offline for five minutes and delivers late; a clock is
off by 3 s; a runner wears a chip that nobody entered, two teams have swapped one, a stranger's chip passes by.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from random import Random

from live.messages.decisions import AssignChip, FireGun
from live.messages.devices import Passage
from live.programme import Entry, Event
from live.rehearsal.recording import epoch_of, to_csv
from live.rehearsal.runs import Runs, TrueCrossing, fire_guns, run
from live.rehearsal.witnesses import Who, Witnesses

MISSED_IN = 200
"""One crossing in so many is seen by no device at all."""
OUTAGE_MS = 5 * 60_000
OUTAGE_AT = 0.45
"""Where in the race the outage begins, as a share of it."""
SPARE_CHIP = "S901"
NOTICED_AFTER_MS = 2 * 60_000
"""How long officials need to notice a wrong chip."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage, when its device had it (`put_at_ms`) and when it could send it. Both in true time."""

    put_at_ms: int
    sent_at_ms: int
    passage: Passage


@dataclass(frozen=True, slots=True)
class Outage:
    """A device without network, from one instant to another."""

    device: str
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Repair:
    """What an official decides about a chip, and when."""

    at_ms: int
    ruling: AssignChip


@dataclass(frozen=True)
class Simulation:
    """A race as it was (`crossings`) and as it was seen. `readings` are in the order in which they are sent.

    `shown_ms` is the instant that the most trusted witness gives a crossing; of those in `missed` there is none.
    """

    event: Event
    epoch: str
    guns: tuple[FireGun, ...]
    crossings: tuple[TrueCrossing, ...]
    missed: frozenset[TrueCrossing]
    shown_ms: dict[TrueCrossing, int]
    readings: tuple[Reading, ...]
    repairs: tuple[Repair, ...]
    outage: Outage | None
    clock_errors_ms: dict[str, int]

    def recording(self) -> str:
        """Return the readings as `live replay` takes them (CSV)."""
        return to_csv(reading.passage for reading in self.readings)


def simulate(event: Event, seed: int) -> Simulation:
    """Return a race of this event: the same for the same event and seed.

    Raises:
        ValueError: nobody is entered.
    """
    rng = Random(f"race {seed}")
    guns = fire_guns(event, rng)
    runs = run(event, guns, rng)
    if not runs.crossings:
        raise ValueError(f"nobody is entered in {event.id}: there is nothing to simulate")
    missed = _missed(event, runs, rng)
    outage = _outage(event, runs)
    worn, repairs = _odd_chips(event, runs, rng)
    witnesses = Witnesses(event, worn, rng)
    for crossing in runs.crossings:
        if crossing not in missed:
            witnesses.cross(crossing)
    witnesses.wait(runs)
    witnesses.pass_by(runs)
    readings = _numbered(witnesses.seen, outage)
    # The same epoch as a replay of the file: both may be sent, and count once.
    epoch = epoch_of(to_csv(reading.passage for reading in readings).encode())
    return Simulation(
        event=event,
        epoch=epoch,
        guns=guns,
        crossings=runs.crossings,
        missed=missed,
        shown_ms=witnesses.shown_ms,
        readings=tuple(replace(r, passage=replace(r.passage, epoch=epoch)) for r in readings),
        repairs=repairs,
        outage=outage,
        clock_errors_ms=witnesses.clock_errors_ms,
    )


def _missed(event: Event, runs: Runs, rng: Random) -> frozenset[TrueCrossing]:
    """One crossing in 200, and at least one at a line: the case that matters."""
    missed = frozenset(rng.sample(runs.crossings, len(runs.crossings) // MISSED_IN))
    lines = [c for c in runs.crossings if c.point == event.by_race[c.race].course.line]
    return missed if any(c in missed for c in lines) else missed | {rng.choice(lines)}


def _outage(event: Event, runs: Runs) -> Outage | None:
    """The main mat at the first race's line, offline in mid-race."""
    course = event.races[0].course
    mats = [d.id for d in event.devices if (d.course, d.point, d.trust) == (course.id, course.line, "main")]
    if not mats:
        return None
    first_ms = min(crossing.at_ms for crossing in runs.crossings)
    last_ms = max(crossing.at_ms for crossing in runs.crossings)
    from_ms = first_ms + int((last_ms - first_ms) * OUTAGE_AT)
    return Outage(mats[0], from_ms, from_ms + OUTAGE_MS)


def _odd_chips(event: Event, runs: Runs, rng: Random) -> tuple[dict[Who, str], tuple[Repair, ...]]:
    """Who wears which chip: as entered, but for a spare one and two that were swapped. And how officials mend it."""
    worn = {(r.id, e.bib, m.code): m.chips[0] for r in event.races for e in r.entries for m in e.runners}
    race = event.races[0]
    if len(race.entries) < 3:
        return worn, ()
    spare, one, other = rng.sample(race.entries, 3)
    wrong = {_last(spare): SPARE_CHIP, _last(one): worn[_last(other)], _last(other): worn[_last(one)]}
    worn |= wrong
    repairs: list[Repair] = []
    for who, chip in wrong.items():
        seen_ms = min(c.at_ms for c in runs.crossings if (c.race, c.bib, c.runner) == who)
        repairs.append(Repair(seen_ms + NOTICED_AFTER_MS, AssignChip(chip, *who)))
    return worn, tuple(sorted(repairs, key=lambda repair: repair.at_ms))


def _last(entry: Entry) -> Who:
    """The last runner of a team: in a growing relay he who joins last."""
    return entry.race, entry.bib, entry.runners[-1].code


def _numbered(seen: list[tuple[int, Passage]], outage: Outage | None) -> list[Reading]:
    """Give each device's passages their numbers in the order in which it put them; then the order of sending."""
    numbers: dict[str, int] = defaultdict(int)
    readings: list[Reading] = []
    for put_at_ms, passage in sorted(seen, key=lambda item: item[0]):
        numbers[passage.device] += 1
        sent_at_ms = put_at_ms
        if outage is not None and outage.device == passage.device and put_at_ms >= outage.from_ms:
            sent_at_ms = max(put_at_ms, outage.to_ms)
        readings.append(Reading(put_at_ms, sent_at_ms, replace(passage, seq=numbers[passage.device])))
    return sorted(readings, key=lambda reading: reading.sent_at_ms)
