"""One process of `live serve`: runs the services that its orders name (see `child`), until SIGTERM.

Broadcast and web share a process and a port; ingest has its own. Services are imported only when they are to run:
a process that comes back after a crash should be at work soon.
"""

import asyncio
import errno
import gc
import logging
import pickle
import resource
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import uvloop

from live.bus import BusRefused
from live.child import FULL, REFUSED, REPLACED, Orders
from live.failures import first
from live.messages.services import Health
from live.parent import die_with
from live.problems import unusable
from live.strict_json import to_json

LOOK_EVERY_S = 0.1
REPORT_EVERY = 10
"""A report after so many looks, though nothing changed."""

log = logging.getLogger("live")


class Watched(Protocol):
    """What a service knows about itself."""

    def missing(self) -> list[str]:
        """Return what keeps it from serving users truthfully, in words; empty when nothing does."""


def main() -> int:
    """Run as `python -m live.process PARENT NAME…`, with the orders on stdin; return the exit code."""
    die_with(int(sys.argv[1]))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each phone is a descriptor; 1,024 are the custom
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    orders = pickle.loads(sys.stdin.buffer.read())  # from the supervisor, who made us
    assert isinstance(orders, Orders)
    return uvloop.run(_until_stopped(_ingest(orders) if "ingest" in orders.services else _outward(orders)))


async def _until_stopped(services: Coroutine[Any, Any, int]) -> int:
    running = asyncio.create_task(services)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    try:
        return await running
    except asyncio.CancelledError:
        return 0


def _told(error: BaseException, code: int = 1) -> int:
    """Tell in words what a service refuses; everything else is a fault of ours, and ends with its traceback."""
    log.error("%s", unusable(error) if isinstance(error, OSError) else error)
    return code


# --- services ---------------------------------------------------------------------------------------------------


async def _ingest(orders: Orders) -> int:
    from live.ingest import service
    from live.ingest.claim import Replaced
    from live.ingest.sqlite import JournalFull, JournalRefused

    members: dict[str, Any] = {"ready": False}
    sys.setswitchinterval(0.001)  # a board of the past is made in a thread beside: turns of 5 ms would be felt

    def on_ready() -> None:
        gc.freeze()  # the journal's facts stay for ever: looking through them stops us for 0.3 s again and again
        members["ready"] = True
        _report(members)

    def on_health(health: Health) -> None:
        members.update(passages=health.passages, alarm=health.alarm or health.backup.trouble)

    beating = asyncio.create_task(_beat(members))
    try:
        await service.run(orders.config, orders.event, on_ready=on_ready, on_health=on_health)
    except BusRefused as error:
        return _told(error)
    except JournalFull as error:
        return _told(error, FULL)
    except JournalRefused as error:
        return _told(error, REFUSED)
    except Replaced as error:
        return _told(error, REPLACED)
    except OSError as error:
        return _told(error, FULL if error.errno == errno.ENOSPC else 1)
    finally:
        beating.cancel()
    raise AssertionError("ingest serves until it is cancelled")


async def _outward(orders: Orders) -> int:
    """Broadcast, web, or both of them on one port."""
    code = 0
    try:
        async with asyncio.TaskGroup() as group:
            watched: list[Watched] = []
            group.create_task(_keep_reporting(watched), name="reports")
            await _serve_outward(orders, group, watched.append)
    except* BusRefused as refused:
        code = _told(first(refused))
    except* OSError as failures:
        code = _told(first(failures))
    return code


async def _serve_outward(orders: Orders, group: asyncio.TaskGroup, watch: Callable[[Watched], None]) -> None:
    if orders.services == ("broadcast",):
        from live.broadcast import service as stream

        await stream.run(orders.config, orders.event, watch=watch)
    elif orders.services == ("web",):
        from live.web import service as web

        await web.run(orders.config, orders.event, watch=watch)
    else:
        from live.broadcast.service import Broadcast
        from live.web import service as web

        broadcast = Broadcast(orders.config, orders.event)
        watch(broadcast)
        group.create_task(broadcast.run(), name="broadcast")
        ws, clients = broadcast.protocol_class, lambda: broadcast.phones
        await web.run(orders.config, orders.event, ws=ws, clients=clients, missing=broadcast.missing, watch=watch)


async def _beat(members: dict[str, Any]) -> None:
    """Report every second: while our event loop turns we do not hang."""
    while True:
        _report(members)
        await asyncio.sleep(LOOK_EVERY_S * REPORT_EVERY)


# --- reports to the supervisor ----------------------------------------------------------------------------------


async def _keep_reporting(watched: list[Watched]) -> None:
    """Report every second, and at once when what is missing changes."""
    told: list[str] | None = None
    looks = 0
    while True:
        lacking = [each for service in watched for each in service.missing()] if watched else ["the services"]
        missing = list(dict.fromkeys(lacking))
        if missing != told or looks % REPORT_EVERY == 0:
            health = next((h for each in watched if (h := getattr(each, "health", None)) is not None), None)
            phones = sum(getattr(each, "phones", 0) for each in watched)
            passages = {"passages": health.passages} if health is not None else {}
            _report({"ready": not missing, "missing": missing, "phones": phones, **passages})
            told = missing
        looks += 1
        await asyncio.sleep(LOOK_EVERY_S)


def _report(members: dict[str, Any]) -> None:
    sys.stdout.buffer.write(to_json(members) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
