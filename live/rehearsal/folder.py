"""The event folder of a rehearsal on disk: an existing one is rehearsed as it is, a missing one is written."""

from pathlib import Path

from live.event import read_event
from live.programme import Event
from live.rehearsal.field import Field, event_folder

TEAMS, WALKERS = 120, 300
START_MS = 1_779_978_600_000
"""A Thursday in May, 16:30: always the same, so that the same seed gives the same race."""


def rehearsed_event(folder: Path, *, teams: int | None = None, walkers: int | None = None, seed: int = 1) -> Event:
    """Return the event in `folder`; where there is none, write one of so many teams and walkers, its gun measured.

    Raises:
        ValueError: a number that cannot be, or a number at all where there is an event already.
        EventProblems: the event that is there cannot be used.
        OSError: the folder cannot be written.
    """
    if not (folder / "event.toml").exists():
        field = Field(
            TEAMS if teams is None else teams, WALKERS if walkers is None else walkers, seed, START_MS, gun=True
        )
        return write_event(folder, field)
    if teams is not None or walkers is not None:
        raise ValueError(f"{folder} holds an event already, with entries of its own: leave --teams and --walkers out")
    return read_event(folder)


def write_event(folder: Path, field: Field) -> Event:
    """Write the event folder of a field and read it, as every service does.

    Raises:
        OSError: the folder cannot be written, or a file is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in event_folder(field).items():
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write(text)
    return read_event(folder)
