"""What every test may ask for: a small event, and the real embedded broker with its users on a free port."""

import asyncio
import contextlib
import os
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from live.broker import Broker, BrokerFailed, BrokerUser, device_user, service_user
from live.bus import BusLink
from live.programme import Course, Device, Entry, Event, Race, Runner, TimingPoint
from live.secrets import SERVICE_USERS, hashed
from live.wire import Topics

if TYPE_CHECKING:
    from tests.serving import Served

LOOP = Course("loop", 3000, True, (TimingPoint("line", 0), TimingPoint("km1", 1000), TimingPoint("km2", 2000)))
START_MS = 1_464_273_000_000

# How fast a machine makes examples is nothing that a test may fail on.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def examples(few: int) -> settings:
    """So many examples of a property, ten thousand in `make test-deep`."""
    return settings(max_examples=10_000 if os.environ.get("DEEP_EXAMPLES") else few)


DEADLINE_S = 20.0


def entry(number: int, race: str = "relay") -> Entry:
    """Return a team of A, B and C whose chips are its bib and the runner's code."""
    bib = str(number + 1)
    runners = tuple(Runner(code, code, "Runner", "F", (f"{bib}{code}",), "yes") for code in "ABC")
    return Entry(race, number, bib, f"Team {bib}", "Company", "mixed", "", None, runners)


def relay(teams: int = 5, gun_ms: int | None = START_MS) -> Race:
    """Return the growing relay of the day: three laps of 3 km, one runner more each lap."""
    return Race(
        id="relay",
        name="Relay",
        course=LOOP,
        legs=(("A",), ("A", "B"), ("A", "B", "C")),
        repeat=1,
        finish="all_laps",
        duration_ms=None,
        team_time="last",
        min_lap_ms=420_000,
        together_window_ms=10_000,
        together_ms=15_000,
        arrive_within_ms=120_000,
        start_ms=START_MS,
        gun_ms=gun_ms,
        ranked=True,
        companies_count=1,
        waves=(),
        restarts=(),
        prizes=(),
        entries=tuple(entry(number) for number in range(teams)),
    )


def small_event(*races: Race) -> Event:
    """Return an event with a mat at the line, one at 1 km, and a handheld; its clock follows the facts."""
    return Event(
        id="test-race",
        name="Test race",
        place="Tournai",
        timezone="Europe/Brussels",
        languages=("fr", "nl", "en"),
        clock="facts",
        officials_to_publish=1,
        courses=(LOOP,),
        races=races or (relay(),),
        devices=(
            Device("mat-line", "line", "loop", "main"),
            Device("mat-km1", "km1", "loop", "main"),
            Device("hand-1", "line", "loop", "handheld"),
        ),
    )


class RunningBroker:
    """The embedded broker with the users of an event; everybody's password is ``secret of <user>``."""

    def __init__(self, data: Path, event: Event, port: int) -> None:
        self.event = event
        self.topics = Topics(event.id)
        self.port = port
        self.server = Broker(data, "127.0.0.1", port, self.users())

    def users(self) -> list[BrokerUser]:
        """The services and every device of the event."""
        event = self.event.id
        return [
            *(service_user(event, role, hashed(f"secret of {role}")) for role in SERVICE_USERS),
            *(device_user(event, each.id, hashed(f"secret of {each.id}")) for each in self.event.devices),
        ]

    def link(self, user: str, client_id: str = "") -> BusLink:
        """Return how this user connects."""
        return BusLink("127.0.0.1", self.port, user, f"secret of {user}", client_id or user)


def free_port() -> int:
    """Return a TCP port that nobody has at this moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def until(condition: Callable[[], bool], what: str = "") -> None:
    """Wait until the condition holds; fail the test after 20 s."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():  # noqa: ASYNC110 - a condition that nobody announces
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"waited {DEADLINE_S:.0f} s in vain for {what or condition}")


class SmallDisk:
    """A disk of its own with 64 MB of room, which a test fills and empties."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self) -> None:
        """Leave no byte free."""
        with contextlib.suppress(OSError), self._ballast.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def empty(self) -> None:
        """Make room again."""
        self._ballast.unlink()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk in memory; the test is left out where none can be mounted."""
    path = tmp_path / "disk"
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(path)], capture_output=True).returncode:
        pytest.skip("no disk can be mounted: that needs root")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


@pytest.fixture
def event() -> Event:
    """A small event: five teams in the growing relay, its gun measured."""
    return small_event()


@pytest.fixture
async def broker(tmp_path: Path, event: Event) -> AsyncIterator[RunningBroker]:
    """The embedded broker, on a free port of its own, with its store below `tmp_path`."""
    running = RunningBroker(tmp_path, event, free_port())
    for _ in range(3):  # somebody else may take the port in between
        try:
            await running.server.start()
            break
        except BrokerFailed:
            running = RunningBroker(tmp_path, event, free_port())
    try:
        yield running
    finally:
        await running.server.stop()


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """What `live init` writes."""
    from tests.serving import live

    assert (await live("init", tmp_path / "my-race"))[0] == 0
    return tmp_path / "my-race"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable["Served"]]]:
    """Runs `live serve FOLDER [words…]` on free ports and waits for `ready`; stopped when the test ends."""
    from tests.serving import Served, start_serving

    running: list[Served] = []

    async def start(folder: Path, *words: str, ready: bool = True, **ports: int) -> Served:
        one = await start_serving(folder, tmp_path / f"serve-{len(running)}.log", *words, **ports)
        running.append(one)
        if ready:
            await one.until_ready()
        return one

    try:
        yield start
    finally:
        for one in reversed(running):
            await one.stop()
