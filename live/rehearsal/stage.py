"""A rehearsal on its stage: devices that publish, an official who fires the gun and mends chips, one broker killed."""

import asyncio
import os
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from live.bus import BusLink
from live.messages.decisions import AssignChip, FireGun
from live.rehearsal.device import Device
from live.rehearsal.race_clock import RaceClock
from live.rehearsal.simulate import Simulation
from live.strict_json import to_json
from live.wire import Topics

BROKER_KILLED_AT = 1 / 3
"""When in the race, as a share of it."""
ASK_AGAIN_S = 0.5
REQUEST_S = 10.0


class RehearsalFailed(RuntimeError):
    """The rehearsal cannot go on; the message says why."""


@dataclass(frozen=True)
class Official:
    """Who decides, through the API like everybody. `address` is the web's, without a slash at its end."""

    address: str
    token: str

    async def decide(self, ruling: FireGun | AssignChip, reason: str) -> None:
        """Post a decision, again and again until it is in the journal.

        Raises:
            RehearsalFailed: it is refused.
        """
        members = {name: value for name, value in _members(ruling).items() if value is not None}
        body = to_json({"v": 1, "id": os.urandom(16).hex(), "reason": reason, "type": ruling.type, **members})
        while not await asyncio.to_thread(self._post, body):  # noqa: ASYNC110 - services come back unannounced
            await asyncio.sleep(ASK_AGAIN_S)

    def _post(self, body: bytes) -> bool:
        """Return whether it was accepted; not while a service is away."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/api/v1/decisions", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_S):
                return True
        except urllib.error.HTTPError as error:
            with error:
                if error.code < 500:
                    raise RehearsalFailed(f"a decision is refused: {error.read().decode(errors='replace')}") from error
            return False
        except OSError:
            return False


def _members(ruling: FireGun | AssignChip) -> dict[str, object]:
    return {name: getattr(ruling, name) for name in ruling.__slots__}


class Stage:
    """Plays a simulation on running services, in its own time. `show` is told how many passages are stored."""

    def __init__(
        self,
        simulation: Simulation,
        clock: RaceClock,
        links: dict[str, BusLink],
        official: Official,
        kill_broker: Callable[[], Awaitable[None]],
        say: Callable[[str], None],
    ) -> None:
        """`links` is how each device connects, by its id."""
        self.simulation = simulation
        self.clock = clock
        self.official = official
        self.say = say
        self._kill_broker = kill_broker
        topics = Topics(simulation.event.id)
        errors_ms = simulation.clock_errors_ms
        self.devices = {
            name: Device(link, topics, simulation.epoch, clock.now_ms, errors_ms.get(name, 0))
            for name, link in links.items()
        }

    @property
    def stored(self) -> int:
        """How many passages are in the journal, by the watermarks that the devices have."""
        return sum(device.outbox.through for device in self.devices.values())

    async def play(self) -> None:
        """Play it to the end: return when every device has a watermark over all that it put.

        Raises:
            RehearsalFailed: a decision is refused.
        """
        async with asyncio.TaskGroup() as group:
            online = {name: group.create_task(device.run()) for name, device in self.devices.items()}
            acts = [self._read_all(), self._break_broker(), self._decide_all()]
            if self.simulation.outage is not None:
                acts.append(self._lose_network(online, group))
            await asyncio.gather(*acts)
            while any(device.outbox.queued for device in self.devices.values()):  # noqa: ASYNC110 - several at once
                await asyncio.sleep(0.05)
            for device in self.devices.values():
                device.leave()

    async def _read_all(self) -> None:
        """Every device puts its passages into its outbox when it has them, also while it is offline."""
        for reading in sorted(self.simulation.readings, key=lambda reading: reading.put_at_ms):
            await self.clock.until(reading.put_at_ms)
            self.devices[reading.passage.device].put(reading.passage)

    async def _decide_all(self) -> None:
        for gun in sorted(self.simulation.guns, key=lambda gun: gun.gun_at_ms):
            await self.clock.until(gun.gun_at_ms)
            await self.official.decide(gun, "the starter's gun")
            self.say(f"The gun of {gun.race} is fired.")
        for repair in self.simulation.repairs:
            await self.clock.until(repair.at_ms)
            await self.official.decide(repair.ruling, "found at the desk")
            self.say(f"An official gives chip {repair.ruling.chip} to {repair.ruling.bib}{repair.ruling.runner}.")

    async def _break_broker(self) -> None:
        first_ms, last_ms = self.span
        await self.clock.until(first_ms + int((last_ms - first_ms) * BROKER_KILLED_AT))
        self.say("The broker is killed (kill -9) and starts again; the devices keep what is not stored.")
        await self._kill_broker()

    async def _lose_network(self, online: dict[str, asyncio.Task[None]], group: asyncio.TaskGroup) -> None:
        outage = self.simulation.outage
        assert outage is not None
        device = self.devices[outage.device]
        await self.clock.until(outage.from_ms)
        device.leave()
        await online[outage.device]
        self.say(f"{outage.device} is offline for {(outage.to_ms - outage.from_ms) // 60_000} minutes.")
        await self.clock.until(outage.to_ms)
        self.say(f"{outage.device} is back and delivers {device.outbox.queued} passages late.")
        online[outage.device] = group.create_task(device.run())

    @property
    def span(self) -> tuple[int, int]:
        """The instants of the first and the last passage put."""
        instants = [reading.put_at_ms for reading in self.simulation.readings]
        return min(instants), max(instants)
