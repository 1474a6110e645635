"""The race of a seed as its devices will tell it: which passage when, the same in every run."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from live.fact_members import passage_members
from live.messages.devices import Passage
from live.programme import Event
from live.rehearsal.field import Field
from live.rehearsal.folder import START_MS, write_event
from live.rehearsal.simulate import Repair, simulate
from live.strict_json import convert, from_json, to_json


@dataclass(frozen=True)
class Script:
    """One race. `passages` are in the order in which they are read; `repairs` is what officials decide about chips."""

    folder: Path
    event: Event
    seed: int
    epoch: str
    passages: tuple[Passage, ...]
    repairs: tuple[Repair, ...]

    def of(self, device: str, rate: float) -> list[tuple[float, Passage]]:
        """Return a device's passages, each with the seconds from the start at which it is read.

        All devices together read `rate` a second, evenly: so that a commit is never far away.
        """
        return [(n / rate, passage) for n, passage in enumerate(self.passages) if passage.device == device]

    def count(self) -> dict[str, int]:
        """How many passages each device has."""
        counts: dict[str, int] = defaultdict(int)
        for passage in self.passages:
            counts[passage.device] += 1
        return counts


def write_script(folder: Path, seed: int, teams: int, walkers: int) -> Script:
    """Write the event of a seed to `folder`, its guns measured, and return its race.

    Raises:
        OSError: the folder holds an event already, or cannot be written.
    """
    event = write_event(folder, Field(teams, walkers, seed, START_MS, gun=True))
    simulation = simulate(event, seed)
    passages = sorted(simulation.readings, key=lambda reading: reading.put_at_ms)
    return Script(folder, event, seed, simulation.epoch, tuple(r.passage for r in passages), simulation.repairs)


def as_line(passage: Passage) -> bytes:
    """Return a passage as the line of a device's journal."""
    return to_json({"device": passage.device, "epoch": passage.epoch, **passage_members(passage)}) + b"\n"


def of_lines(raw: bytes) -> list[Passage]:
    """Return the passages of a device's journal; what was cut off in mid-write at its end is not one.

    Raises:
        ValueError: a whole line holds no passage.
    """
    whole = raw[: raw.rfind(b"\n") + 1]
    return [convert(from_json(line), Passage) for line in whole.splitlines()]
