"""The web service: keeps the boards fresh from the bus, and serves pages and API."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal, cast

from live.boards import Boards
from live.bus import Bus, BusLink, Delivery
from live.config import Config
from live.http_server import ConnectionFactory, serve_http
from live.messages.display import LinePassage, NamesSaid
from live.messages.services import BrokerHealth, Canary, Health
from live.programme import Event
from live.secrets import Secrets
from live.web.answers import Answers
from live.web.app import create_app
from live.web.metrics import Metrics
from live.web.shown import Shown
from live.web.state import WebSettings, WebState
from live.wire import Topics, Unreadable

log = logging.getLogger(__name__)

MAX_WAITING_BYTES = 16 * 1024 * 1024
"""Of passages and decisions that the broker has not confirmed, as on a full disk; more are turned away."""


def wall_ms() -> int:
    """Return the server's clock as an instant."""
    return time.time_ns() // 1_000_000


async def run(
    config: Config,
    event: Event,
    *,
    ws: ConnectionFactory | None = None,
    clients: Callable[[], int] | None = None,
    missing: Callable[[], list[str]] = list,
    on_listening: Callable[[int], None] | None = None,
    watch: Callable[[WebState], None] | None = None,
) -> None:
    """Serve until cancelled.

    `ws` takes the WebSocket connections of the same port (the stream), `clients` says how many there are, `missing`
    what the stream lacks to tell the truth. `on_listening` is told the port once browsers are heard; `watch` is given
    what the service knows, to be read.

    Raises:
        BusRefused: the broker does not let us hear what we need.
        OSError: the web port is in use.
    """
    name = f"web-{secrets.token_hex(6)}"
    kept = Secrets(config.data)
    topics = Topics(event.id)
    async with Bus(_link(config, kept, name), topics, topics.for_web(name)) as bus:
        state, answers = _compose(config, event, kept, bus, name)
        state.clients, state.others_missing = clients, missing
        if watch is not None:
            watch(state)
        async with asyncio.TaskGroup() as group:
            group.create_task(_keep_fresh(bus, state, answers), name="boards of the web")
            await serve_http(
                create_app(state),
                host=config.web.host,
                port=config.web.port,
                ws=ws,
                per_address=config.broadcast.per_address,
                uncounted=config.broadcast.uncounted_networks,
                reuse_port=config.web.workers > 1,
                on_listening=on_listening,
                on_stopping=answers.stop,
            )


def _link(config: Config, kept: Secrets, client_id: str) -> BusLink:
    bus = config.bus
    user, password = bus.user or "web", bus.password or kept.password("web")
    link = BusLink.parse(bus.url, client_id=client_id, user=user, password=password)
    return replace(link, keepalive_s=bus.keepalive_s)


def _compose(config: Config, event: Event, kept: Secrets, bus: Bus, name: str) -> tuple[WebState, Answers]:
    boards, metrics = Boards(event), Metrics()
    answers = Answers(
        publish=bus.publish,
        connected=lambda: bus.connected and bus.waiting_bytes < MAX_WAITING_BYTES,
        service=name,
        wait_s=config.web.answer_s,
        stamp=lambda race: boards.by_race[race].revision,
        took_s=metrics.asked,
    )
    state = WebState(
        event=event,
        boards=boards,
        settings=WebSettings(
            cast(Literal["cdn", "local"], config.web.htmx),
            config.web.body_kb * 1024,
            config.web.origin.rstrip("/"),
            config.web.canary_s * 1000,
        ),
        secrets=kept,
        ask=answers.ask,
        decide=answers.decide,
        store_passages=answers.store_passages,
        shown=Shown(bus.publish, lambda: bus.connected, config.web.answer_s),
        connected=lambda: bus.connected,
        wall_ms=wall_ms,
        metrics=metrics,
    )
    return state, answers


async def _keep_fresh(bus: Bus, state: WebState, answers: Answers) -> None:
    async for deliveries in bus.deliveries():
        for delivery in deliveries:
            delivery.ack()  # all of it is state, which comes anew with each connection
            _take(bus.topics, delivery, state, answers)
        await asyncio.sleep(0)  # a board of 50,000 rows arrives in a flood: requests go on meanwhile


def _take(topics: Topics, delivery: Delivery, state: WebState, answers: Answers) -> None:
    try:
        message = topics.decode(delivery.topic, delivery.payload)
    except Unreadable as error:
        log.warning("%s: not understood: %s", delivery.topic, error)
        return
    if isinstance(message, Health):
        state.hear_health(message, delivery.retained)
    elif isinstance(message, Canary):
        state.hear_canary(message, delivery.retained)
    elif isinstance(message, BrokerHealth):
        state.broker = message
    elif isinstance(message, LinePassage | NamesSaid):
        state.line.hear(message)
    state.boards.hear(message)
    state.shown.hear(message)
    answers.hear(message)
