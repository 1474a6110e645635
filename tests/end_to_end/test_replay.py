"""`live simulate` and `live replay` as a user runs them: twice the same file, a wrong file, the wrong words."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DEADLINE_S
from tests.serving import Served, lines, live

Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def recording(tmp_path: Path) -> Path:
    """An event folder and a race in it, made by the command."""
    file = tmp_path / "race.csv"
    code, _, err = await live("simulate", tmp_path / "event", "--teams", "6", "--walkers", "3", "--out", file)
    assert code == 0, err
    return file


async def journal(served: Served) -> str:
    """Return the journal as the command prints it."""
    code, printed, err = await live("journal", served.folder)
    assert code == 0, err
    return printed


async def finished(served: Served) -> Any:
    """Return the relay's board once everybody has finished: no fact of the recording changes it any more."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            board = (await served.get("/api/v1/races/relay/standings")).raise_for_status().json()
            if {row["status"] for row in board["standings"]} == {"finished"}:
                return board
            await asyncio.sleep(0.05)


def rows(recording: Path) -> list[str]:
    """Return the rows of a recording, without its header."""
    return recording.read_text(encoding="utf-8").splitlines()[1:]


def write(recording: Path, rows: list[str]) -> Path:
    """Write a recording of these rows beside another; return it."""
    header = recording.read_text(encoding="utf-8").splitlines()[:1]
    other = recording.with_name("other.csv")
    other.write_text("\n".join(header + rows) + "\n", encoding="utf-8")
    return other


async def test_replaying_a_file_again_changes_nothing(served: Serve, recording: Path) -> None:
    """T02: to the last digit of the state."""
    running = await served(recording.parent / "event")
    words = ("replay", running.folder, recording, "--speed", "0", "--broker", running.broker)
    code, out, err = await live(*words)
    assert (code, out) == (0, f"{len(rows(recording))} passages stored\n"), err
    facts, board = await journal(running), await finished(running)
    assert len(lines(facts)) == len(rows(recording))
    assert (await live(*words))[0] == 0
    assert await journal(running) == facts
    assert await finished(running) == board


async def test_a_simulation_sent_to_the_broker_is_its_own_recording(served: Serve, recording: Path) -> None:
    """The same identities: the file replayed after it changes nothing."""
    running = await served(recording.parent / "event")
    to = ("--speed", "0", "--broker", running.broker)
    code, _, err = await live("simulate", running.folder, *to)
    assert code == 0, err
    facts = await journal(running)
    assert len(lines(facts)) == len(rows(recording))
    assert (await live("replay", running.folder, recording, *to))[0] == 0
    assert await journal(running) == facts


async def test_a_hole_is_told_before_anything_is_sent(served: Serve, recording: Path) -> None:
    running = await served(recording.parent / "event")
    torn = write(recording, [row for row in rows(recording) if not row.startswith("mat-km1,2,")])
    code, out, err = await live("replay", running.folder, torn, "--speed", "0", "--broker", running.broker)
    assert (code, out) == (1, "")
    assert "seq: mat-km1" in err and "seq 2 is missing" in err
    assert await journal(running) == ""


async def test_a_device_of_another_event_is_told(recording: Path) -> None:
    strange = write(recording, [row.replace("scanner-1,", "scanner-9,") for row in rows(recording)])
    code, _, err = await live("replay", recording.parent / "event", strange, "--speed", "0")
    assert code == 1
    assert "'scanner-9' is no device of this event" in err
    assert "Traceback" not in err


async def test_without_a_service_it_says_what_to_do(recording: Path) -> None:
    """No credentials were made yet: `serve` makes them."""
    code, _, err = await live("replay", recording.parent / "event", recording)
    assert code == 1
    assert "secrets/replay is missing" in err and "live serve" in err


async def test_a_file_that_is_not_there_is_told(recording: Path) -> None:
    code, _, err = await live("replay", recording.parent / "event", recording.with_name("none.csv"))
    assert code == 1
    assert "none.csv" in err and "Traceback" not in err


async def test_wrong_use_ends_with_two() -> None:
    code, _, err = await live("replay", "only-one-word")
    assert code == 2
    assert "FILE" in err
