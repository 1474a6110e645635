"""Who may connect to the embedded broker, and on which topics: allow-lists only, each user his own."""

from dataclasses import dataclass
from typing import Final

from live.wire import in_topic


@dataclass(frozen=True, slots=True)
class BrokerUser:
    """Who may connect over MQTT, and the subjects that are his: topics with `.` for `/` and `*` for `+`.

    `password_hash` is what `secrets.hashed` makes of his password or token.
    """

    name: str
    password_hash: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def device_user(event: str, device: str, password_hash: str) -> BrokerUser:
    """Return the user of one device: it speaks for itself alone, and hears its own watermark and clock answers."""
    own = in_topic(device)
    return BrokerUser(
        own,
        password_hash,
        publish=_subjects(event, f"passages/{own}", f"devices/{own}", f"clock/{own}"),
        subscribe=_subjects(event, f"stored/{own}", f"clock/{own}/answer"),
    )


def service_user(event: str, role: str, password_hash: str) -> BrokerUser:
    """Return the user of a service, one of `secrets.SERVICE_USERS`; each may have any number of connections.

    `web` is for broadcast and web, `replay` speaks for any device of the event, `canary` for the one that is none.
    """
    publish, subscribe = _SERVICES[role]
    return BrokerUser(role, password_hash, _subjects(event, *publish), _subjects(event, *subscribe))


_BOARDS: Final = ("boards/*", "boards/*/changes", "boards/*/pages/*", "boards/*/points", "boards/*/canary")
_SERVICES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "ingest": (
        (*_BOARDS, "health/ingest", "stored/*", "clock/*/answer", "verdicts", "line/*", "answers/*/*/*/*"),
        ("passages/*", "decisions/*", "devices/*", "clock/*", "asks/*", "health/*"),
    ),
    "web": (
        ("decisions/*", "passages/*", "asks/*", "screens/*", "unveiled/*", "said/*", "notices/*"),
        (
            *(*_BOARDS, "health/*", "verdicts", "stored/*", "devices/*"),
            *("line/*", "screens/*", "unveiled/*", "said/*", "notices/*", "answers/*/*/*/*"),
        ),
    ),
    "canary": (
        ("passages/canary", "health/broker"),
        ("stored/canary",),
    ),
    "replay": (
        ("passages/*", "devices/*", "clock/*"),
        ("stored/*", "clock/*/answer"),
    ),
}


def _subjects(event: str, *topics: str) -> tuple[str, ...]:
    root = f"live.{in_topic(event)}."
    return tuple(root + topic.replace("/", ".") for topic in topics)


def belongs(user: str, client_id: str, everybody: frozenset[str]) -> bool:
    """Return whether a user may go by this client id: a device by its own name, a service by none that is another's.

    Whoever connects under the client id of another ends that one's connection, and the broker lets him.
    """
    if client_id == user:
        return True
    return user in _SERVICES and user != "ingest" and client_id not in everybody


def takes_over(user: str, client_id: str, everybody: frozenset[str]) -> bool:
    """Return whether a device takes the connection of another one, or of a service, from him by this client id.

    nats-server binds no client id to a user: such a device has to be refused as a whole.
    """
    return user not in _SERVICES and client_id != user and client_id in everybody
