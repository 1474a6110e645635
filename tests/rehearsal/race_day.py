"""A rehearsal's event, small enough to be simulated in no time."""

from pathlib import Path

from live.programme import Event
from live.rehearsal.field import Field
from live.rehearsal.folder import write_event

START_MS = 1_464_273_000_000


def make_event(folder: Path, teams: int = 30, walkers: int = 20, seed: int = 1, gun: bool = False) -> Event:
    """Write a rehearsal's event folder and read it as every service does."""
    return write_event(folder, Field(teams, walkers, seed, START_MS, gun))
