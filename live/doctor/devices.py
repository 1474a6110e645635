"""Each device: has it a token, when did it last give a sign of life, and how does it say it is?"""

import asyncio
import os
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from live.bus import Bus, BusLink, BusRefused
from live.config import Config
from live.doctor.finding import Finding, cure_of, ok, problem, shown_at, warning
from live.ingest.sqlite import UNREADABLE, reading
from live.messages.devices import DeviceStatus
from live.programme import Event
from live.secrets import Secrets, SecretsDamaged
from live.supervisor import ANYWHERE, runs
from live.wire import Topics, Unreadable

HEARD_S: Final = 2.0
LOW_BATTERY: Final = 0.3
FAR_OFF_MS: Final = 1_000
"""A clock so wrong is seen in the results: its passages have to be shifted."""


async def devices(event: Event, config: Config, journal: Path) -> list[Finding]:
    """Look at every device of the event."""
    secrets = Secrets(config.data)
    try:
        tokens = secrets.tokens.device
    except SecretsDamaged as error:
        return [problem("devices", error.found, error.cure)]
    except OSError as error:
        cure = "Run `live doctor` as the user who runs `live serve`."
        if not isinstance(error, PermissionError):
            cure = cure_of(error, secrets.folder, "give another folder with --data")
        return [problem("devices", f"{secrets.folder} cannot be read ({error.strerror})", cure)]
    statuses = await _statuses(event, config, secrets)
    heard = await asyncio.to_thread(_last_heard, journal)
    zone = ZoneInfo(event.timezone)
    found = []
    for device in event.devices:
        about = f"device {device.id}"
        if device.id not in tokens:
            cure = f"Make one, and give it to the device: live token DIR device {device.id}."
            found.append(warning(about, "it has no token, and cannot connect", cure))
            continue
        at_ms = heard.get(device.id)
        passage = f"its last passage came at {shown_at(at_ms, zone)}" if at_ms else "no passage of it ever came"
        found.append(_judged(about, statuses.get(device.id), passage, ever=at_ms is not None))
    return found


def _judged(about: str, status: DeviceStatus | None, passage: str, *, ever: bool) -> Finding:
    if status is None:
        cure = "Start `live serve`, switch the device on, and cross it once with a chip."
        return ok(about, passage) if ever else warning(about, passage, cure)
    if status.state != "online":
        return warning(
            about, f"it is off line; {passage}", "Switch it on, and look at its display: it says what is wrong."
        )
    if status.battery is not None and status.battery < LOW_BATTERY:
        return warning(
            about, f"it is on line with {status.battery:.0%} battery; {passage}", "Charge it before the race."
        )
    if status.clock is not None and abs(status.clock.offset_ms) > FAR_OFF_MS:
        found = f"its clock is {status.clock.offset_ms} ms off; {passage}"
        return warning(about, found, "Wait until it has asked the server for the time, or start it again.")
    return ok(about, f"it is on line; {passage}")


async def _statuses(event: Event, config: Config, secrets: Secrets) -> dict[str, DeviceStatus]:
    """Return what devices say of themselves, from a broker that runs: it retains it."""
    known = config.bus.password or "@" in config.bus.url if config.bus.url else runs(config.data, "broker")
    if not known:
        return {}
    topics = Topics(event.id)
    found: dict[str, DeviceStatus] = {}
    try:
        async with (
            asyncio.timeout(HEARD_S),
            Bus(_link(config, secrets), topics, [(topics.device(each.id), 0) for each in event.devices]) as bus,
        ):
            async for deliveries in bus.deliveries():
                for delivery in deliveries:
                    message = topics.decode(delivery.topic, delivery.payload)
                    if isinstance(message, DeviceStatus):
                        found[message.device] = message
                if len(found) == len(event.devices):
                    break
    except (TimeoutError, BusRefused, Unreadable, ValueError):
        pass  # who is not heard is not heard: the finding says so
    return found


def _link(config: Config, secrets: Secrets) -> BusLink:
    client_id = f"doctor-{os.getpid()}"
    if config.bus.url:
        user, password = config.bus.user or "web", config.bus.password
        return BusLink.parse(config.bus.url, client_id=client_id, user=user, password=password)
    host = "127.0.0.1" if config.broker.host in ANYWHERE else config.broker.host
    return BusLink(host, config.broker.port, "web", secrets.password("web"), client_id)


def _last_heard(journal: Path) -> dict[str, int]:
    """Return when a passage of each device was last heard."""
    if not os.path.exists(journal):  # nor behind a closed door
        return {}
    try:
        db = reading(journal)
        try:
            return dict(db.execute("SELECT device, max(heard_at_ms) FROM facts WHERE kind = 'passage' GROUP BY device"))
        finally:
            db.close()
    except UNREADABLE:
        return {}
