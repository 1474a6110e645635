"""The broadcast service: hears the boards on the bus, and gives them to the phones.

In a process that serves pages too, one `Broadcast` shares the port with them:

    broadcast = Broadcast(config, event)
    group.create_task(broadcast.run())
    group.create_task(web.service.run(config, event, ws=broadcast.protocol_class, clients=lambda: broadcast.phones))

In a process of its own, `run` serves the stream alone, with ``/healthz`` and ``/readyz``. Either way it has its own
connection to the bus and its own boards.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

from live.addresses import Addresses
from live.boards import Boards
from live.broadcast.admission import Admission
from live.broadcast.hub import Hub
from live.broadcast.rounds import Rounds
from live.broadcast.sockets import Sockets
from live.bus import Bus, BusLink, Delivery
from live.canary import CanaryWatch
from live.config import Config
from live.http_server import ConnectionFactory, most_connections, serve_http
from live.messages.services import Canary, Health
from live.programme import Event
from live.secrets import Secrets
from live.strict_json import to_json
from live.wire import Topics, Unreadable

log = logging.getLogger(__name__)

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SILENT_MS = 30_000
"""Ingest says a word every second; after so long what we show is old."""

BREATH = 50
"""Messages taken in before phones and pages have their turn: a board of 50,000 rows arrives in a flood."""


def now_ms() -> int:
    """Return a clock in ms that never goes back."""
    return time.monotonic_ns() // 1_000_000


class Broadcast:
    """The stream of all races: `protocol_class` is for the HTTP server, `run` keeps it fresh.

    `phones` is how many are connected.
    """

    def __init__(self, config: Config, event: Event) -> None:
        """Raises OSError when the bus' password is not in `<data>/secrets`."""
        self._link = _link(config, f"broadcast-{secrets.token_hex(6)}")
        self._boards = Boards(event)
        self._hub = Hub(self._boards, beat_ms=config.broadcast.beat_s * 1_000)
        self._rounds = Rounds(self._hub, now_ms, slow_ms=config.broadcast.slow_s * 1_000)
        self._sockets = Sockets(
            self._rounds, _admission(config, self._rounds), compress=config.broadcast.compression == "on"
        )
        topics = Topics(event.id)
        self._bus = Bus(self._link, topics, topics.for_boards)
        self._heard_ms: int | None = None
        self._canary = CanaryWatch()
        self._canary_ms = config.web.canary_s * 1_000

    @property
    def protocol_class(self) -> ConnectionFactory:
        """What the HTTP server builds for each connection that asks for a WebSocket."""
        return self._sockets.connection

    @property
    def phones(self) -> int:
        """How many are connected."""
        return self._sockets.phones

    def missing(self) -> list[str]:
        """Return what keeps us from telling the truth right now, in words; empty when nothing does."""
        missing = [] if self._bus.connected else ["no connection to the broker"]
        if self._heard_ms is None or now_ms() - self._heard_ms > SILENT_MS:
            missing.append("ingest is not heard")
        if canary := self._canary.missing(now_ms(), self._canary_ms):
            missing.append(f"the stream: {canary}")
        boards = self._boards.by_race.items()
        return missing + [f"the board of {race} has not arrived" for race, board in boards if not board.complete]

    async def run(self) -> None:
        """Keep boards and phones fresh until cancelled; once only.

        Raises:
            BusRefused: the broker does not let us hear what we need.
        """
        async with self._bus as bus, asyncio.TaskGroup() as group:
            group.create_task(self._rounds.run(), name="rounds")
            async for deliveries in bus.deliveries():
                for number, delivery in enumerate(deliveries, 1):
                    self._take(bus.topics, delivery)
                    if number % BREATH == 0:
                        await asyncio.sleep(0)

    def _take(self, topics: Topics, delivery: Delivery) -> None:
        delivery.ack()  # all of it is state, which comes anew with each connection
        try:
            message = topics.decode(delivery.topic, delivery.payload)
        except Unreadable as error:
            log.warning("%s: not understood: %s", delivery.topic, error)
            return
        if isinstance(message, Health) and not delivery.retained:
            self._heard_ms = now_ms()
        if isinstance(message, Canary):
            self._canary.hear(message, delivery.retained, now_ms(), time.time_ns() // 1_000_000)
        if self._hub.hear(message):
            self._rounds.wake()


async def run(
    config: Config,
    event: Event,
    *,
    on_listening: Callable[[int], None] | None = None,
    watch: Callable[[Broadcast], None] | None = None,
) -> None:
    """Serve the stream alone, on the web port, until cancelled; `watch` is given what the service knows, to be read.

    Raises:
        BusRefused: the broker does not let us hear what we need.
        OSError: the port is in use.
    """
    broadcast = Broadcast(config, event)
    if watch is not None:
        watch(broadcast)
    async with asyncio.TaskGroup() as group:
        group.create_task(broadcast.run(), name="broadcast")
        await serve_http(
            _no_pages(broadcast),
            host=config.web.host,
            port=config.web.port,
            ws=broadcast.protocol_class,
            per_address=config.broadcast.per_address,
            uncounted=config.broadcast.uncounted_networks,
            reuse_port=config.web.workers > 1,
            on_listening=on_listening,
        )


def _admission(config: Config, rounds: Rounds) -> Admission:
    asked, possible = config.broadcast, most_connections()
    if possible < asked.max_phones:
        log.info("%d phones at once: a process may have no more files open (`live doctor --phones N`)", possible)
    return Admission(
        rounds.rooms,
        max_phones=min(asked.max_phones, possible),
        origins=(asked.listed_origins | {config.web.origin.rstrip("/").lower()}) - {""},
        addresses=Addresses(asked.per_address, asked.uncounted_networks),
    )


def _link(config: Config, client_id: str) -> BusLink:
    user = config.bus.user or "web"
    password = config.bus.password or Secrets(config.data).password("web")
    link = BusLink.parse(config.bus.url, client_id=client_id, user=user, password=password)
    return replace(link, keepalive_s=config.bus.keepalive_s)


def _no_pages(broadcast: Broadcast) -> Callable[..., Awaitable[None]]:
    """Return an application without pages: is the service alive, does it tell the truth, and nothing else."""

    async def app(scope: MutableMapping[str, Any], receive: object, send: Send) -> None:
        path = scope["path"]
        if path == "/healthz":
            await _answer(send, 200, {"alive": True})
        elif path == "/readyz":
            missing = broadcast.missing()
            await _answer(send, 503 if missing else 200, {"ready": not missing, "missing": missing})
        else:
            detail = f"{path} is no address here: this process serves the stream only"
            members = {"type": "about:blank", "title": "Not found", "status": 404, "detail": detail}
            await _answer(send, 404, members, "application/problem+json")

    return app


async def _answer(send: Send, status: int, members: dict[str, Any], kind: str = "application/json") -> None:
    body = to_json(members)
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
