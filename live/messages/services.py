"""Between services: signs of life, the canary, questions to ingest and their answers."""

from dataclasses import dataclass, field
from typing import Literal

TrespassKind = Literal["publish", "client_id", "flood", "size"]


@dataclass(frozen=True, slots=True)
class Backup:
    """The newest good backup of the journal: when it held all there was, how many facts that were.

    `at_ms` is 0 before the first. `trouble` says in words why there is no newer one; empty while all is well.
    """

    at_ms: int = 0
    facts: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """Ingest's sign of life, once a second, and its claim to be the only one (`claim`, see `ingest.claim`).

    `alarm` says in words why passages are not being stored; empty while they are. `canary_heard_at_ms` and
    `canary_stored_at_ms` are when the newest canary was sent that ingest heard, and that is durable.
    """

    claim: str
    at_ms: int
    journal: str
    version: int
    passages: int = 0
    rejected: int = 0
    alarm: str = ""
    canary_heard_at_ms: int = 0
    canary_stored_at_ms: int = 0
    backup: Backup = Backup()


@dataclass(frozen=True, slots=True)
class Canary:
    """A passage of no chip, sent every 5 s as a device would, to prove that the chain holds. It is no fact.

    The journal overwrites one row with it in the transaction of the facts it came with. Published among the boards,
    retained: whoever hears it knows that broker, ingest, journal and boards work.
    """

    epoch: str
    seq: int
    sent_at_ms: int
    heard_at_ms: int
    stored_at_ms: int


@dataclass(frozen=True, slots=True)
class Trespass:
    """What a user of the broker did that is not his.

    ``publish``: on a topic that he may not use, which the broker drops though it says PUBACK. ``client_id``: connected
    under another's name, whose connection that ends. ``flood``: published more than ingest can take; it is refused to
    him until there is room. ``size``: a message larger than the broker takes, which ends his connection each time.
    `about` is the topic, the client id or the size; `at_ms` the last time.
    """

    user: str
    what: TrespassKind
    about: str
    times: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class BrokerHealth:
    """The word of whoever looks after the broker, once a second.

    `taken_at_ms` is when the newest canary was sent that the broker has confirmed, 0 before the first. `alarm` says in
    words what is wrong with the broker; empty while nothing is. `trespasses` are the latest, `counts` all of them.
    """

    at_ms: int
    taken_at_ms: int = 0
    alarm: str = ""
    restarts: int = 0
    trespasses: tuple[Trespass, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question from the web to ingest: what only ingest knows. `service` is who asks."""

    id: str
    service: str
    question: str
    about: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """A part of an answer: compressed JSON, cut so that no message is large. `part` counts from 0."""

    id: str
    service: str
    part: int
    parts: int
    body: bytes
