"""The whole examination, in the order in which a service needs what is looked at."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from live.config import Config
from live.doctor import clock, crowd, devices, disk, keeping, network
from live.doctor.finding import Finding
from live.event import examine
from live.ingest.journal import journal_file


async def examination(folder: Path, config: Config, phones: int, now_ms: int) -> AsyncIterator[Finding]:
    """Yield what is found about this machine and this event folder, one finding after the other.

    `phones` is how many are expected, `now_ms` what the clock shows. It writes nothing that stays.
    """
    reading = await asyncio.to_thread(examine, folder)
    event, journal = reading.event, journal_file(config.data)
    yield keeping.event_folder(folder, reading)
    if not os.access(folder, os.X_OK):  # it is closed to us, or not there: nothing behind it can be looked at
        return
    yield keeping.core()
    yield keeping.sqlite()
    for look in (disk.data_folder, disk.backup_folder, network.ports, network.certificates):
        for finding in await asyncio.to_thread(list, look(config)):
            yield finding
    yield await network.broker(config)
    if config.bus.url and event is not None:
        yield await network.canary(config, event)
    for finding in crowd.crowd(config, phones):
        yield finding
    for finding in clock.clock(event, journal, now_ms):
        yield finding
    if event is None:
        return
    held, finding = await asyncio.to_thread(keeping.journal, journal, event)
    yield finding
    for finding in keeping.backup(config, event, held, now_ms):
        yield finding
    for finding in await devices.devices(event, config, journal):
        yield finding
