"""`live demo`: one command, nothing to prepare. Services, broker and a simulated SMARTRUN in a temporary folder."""

import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import segno

from live.bus import BusLink
from live.config import SERVICES, Config, read_config
from live.failures import first
from live.programme import Event
from live.rehearsal.field import Field
from live.rehearsal.folder import TEAMS, WALKERS, write_event
from live.rehearsal.progress import shown_progress
from live.rehearsal.race_clock import RaceClock
from live.rehearsal.simulate import Simulation, simulate
from live.rehearsal.stage import Official, Stage
from live.secrets import Secrets
from live.status import reachable
from live.supervisor import Plan, State, serve

SEED = 1
SPEED = 20.0
PORT, MQTT_PORT = 8000, 1883
ANYWHERE, HERE = "0.0.0.0", "127.0.0.1"
SHOW_EVERY_S = 0.25


async def demo(
    *,
    teams: int = TEAMS,
    walkers: int = WALKERS,
    speed: float = SPEED,
    port: int | None = None,
    mqtt_port: int | None = None,
) -> None:
    """Run the demo until SIGINT or SIGTERM, then stop everything. Ports that are not given may be others if taken.

    Raises:
        ValueError: a number that cannot be.
        ConfigError: a setting in the environment that cannot be.
        ServeFailed: a given port is taken, or a service does not start.
        RehearsalFailed: a decision was refused.
    """
    if not speed > 0:
        raise ValueError(f"speed is {speed:g}: it must be above 0")
    with tempfile.TemporaryDirectory(prefix="smartrun-demo-") as name:
        folder = Path(name)
        event = write_event(folder, Field(teams, walkers, SEED, time.time_ns() // 1_000_000_000 * 1_000, gun=False))
        ports: dict[str, str | int | None] = {
            "web.host": ANYWHERE,
            "web.port": port or open_port(ANYWHERE, PORT),
            "broker.host": HERE,
            "broker.port": mqtt_port or open_port(HERE, MQTT_PORT),
        }
        await _Demo(event, read_config(folder / "data", os.environ, ports), speed).run()


@dataclass
class _Demo:
    event: Event
    config: Config
    speed: float

    async def run(self) -> None:
        """Serve and rehearse side by side; whoever stops the services ends both."""
        self._ready = asyncio.Event()
        plan = Plan(self.event, self.config, SERVICES)
        secrets = Secrets(self.config.data)
        official = Official(f"http://{HERE}:{self.config.web.port}", secrets.grant("official", "demo")[0])
        links = {device.id: self._link(device.id, secrets) for device in self.event.devices}
        try:
            async with asyncio.TaskGroup() as group:
                serving = group.create_task(serve(plan, log=_log, changed=self._changed))
                rehearsing = group.create_task(self._rehearse(official, links))
                await serving
                rehearsing.cancel()
        except ExceptionGroup as failures:
            raise first(failures) from failures

    def _link(self, device: str, secrets: Secrets) -> BusLink:
        token, _ = secrets.grant("device", device)
        return BusLink(HERE, self.config.broker.port, device, token, device)

    def _changed(self, state: State) -> None:
        self._state = state
        if state.ready:
            self._ready.set()

    async def _kill_broker(self) -> None:
        assert self._state.broker is not None
        await self._state.broker.kill()

    async def _rehearse(self, official: Official, links: dict[str, BusLink]) -> None:
        simulation = simulate(self.event, SEED)
        await self._ready.wait()
        _show_addresses(self.config.web.port, official.token)
        clock = RaceClock(simulation.readings[0].put_at_ms, self.speed)
        with shown_progress("Passages stored", len(simulation.readings)) as show:
            stage = Stage(simulation, clock, links, official, self._kill_broker, _say)
            showing = asyncio.create_task(_keep_showing(stage, show))
            try:
                await stage.play()
            finally:
                showing.cancel()
            show(stage.stored)
        _show_sums(simulation, stage)


async def _keep_showing(stage: Stage, show: Callable[[int], None]) -> None:
    while True:
        show(stage.stored)
        await asyncio.sleep(SHOW_EVERY_S)


def _show_addresses(port: int, token: str) -> None:
    address = f"http://{reachable(ANYWHERE)}:{port}"
    _say("")
    segno.make(f"{address}/", error="l").terminal(out=sys.stdout, compact=True)
    _say(f"Phone page       {address}/")
    _say(f"Big screen       {address}/screen/main")
    _say(f"Speaker's page   {address}/speaker")
    _say(f"API              {address}/api/v1/event")
    _say(f"Official's token {token}")
    _say("ready: the race starts now. Ctrl-C ends everything.")


def _show_sums(simulation: Simulation, stage: Stage) -> None:
    """What each device had, and what of it the journal has: the same numbers, or something was lost."""
    put: dict[str, int] = dict.fromkeys(stage.devices, 0)
    for reading in simulation.readings:
        put[reading.passage.device] += 1
    _say(f"{'device':<12}{'published':>10}{'stored':>10}")
    for name, device in stage.devices.items():
        _say(f"{name:<12}{put[name]:>10,}{device.outbox.through:>10,}")
    lost = sum(put.values()) - stage.stored
    verdict = "nothing lost" if lost == 0 else f"{lost:,} LOST"
    _say(f"{sum(put.values()):,} published, {stage.stored:,} stored: {verdict}. The results stay up until Ctrl-C.")


def _say(text: str) -> None:
    print(text, flush=True)


def _log(line: str) -> None:
    """What services write, without their everyday talk."""
    if ": INFO " not in line:
        print(line, file=sys.stderr, flush=True)


def open_port(host: str, wanted: int) -> int:
    """Return the wanted port, or any other where somebody has it.

    Raises:
        OSError: there is none.
    """
    for port in (wanted, 0):
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
                trial.listen(1)
            except OSError:
                continue
            return int(trial.getsockname()[1])
    raise OSError(f"no port is free on {host}")
