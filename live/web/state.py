"""What a web process knows and can do: the one value that pages and API are given."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol, cast

from starlette.requests import Request

from live.boards import Boards
from live.canary import CanaryWatch
from live.messages.decisions import Decision, Verdict
from live.messages.devices import PassageBatch, Stored
from live.messages.services import BrokerHealth, Canary, Health
from live.programme import Event
from live.web.finding import Finder
from live.web.line_feed import LineFeed
from live.web.metrics import Metrics
from live.web.reasons import Reasons
from live.web.rendered import Rendered
from live.web.shown import Shown

SILENT_MS = 10_000
"""Ingest gives a sign of life every second; after so much silence it is away."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What an organiser may set. `htmx` says whence phones take it: the CDN, or our own copy.

    `origin` is the public address of the pages, as the big screen shows it; empty: as the browser says. `canary_ms` is
    how long no canary may come through.
    """

    htmx: Literal["cdn", "local"] = "cdn"
    body_bytes: int = 1024 * 1024
    origin: str = ""
    canary_ms: int = 15_000


class Secrets(Protocol):
    """Whose token is it?"""

    def verify_official(self, token: str) -> str | None:
        """Return the official's name, or None."""

    def verify_speaker(self, token: str) -> str | None:
        """Return the speaker's name, or None."""

    def verify_device(self, token: str) -> str | None:
        """Return the device's id, or None."""


class Ask(Protocol):
    """Asks ingest what only ingest knows."""

    def __call__(self, question: str, **about: str) -> Awaitable[dict[str, Any]]:
        """Return the answer. Raises answers.NoAnswer when none came in time, answers.Refused when ingest says no."""


@dataclass
class WebState:
    """All that a request may use.

    `decide` returns ingest's verdict, `store_passages` the watermark that covers the batch; both raise
    `answers.NoAnswer` when ingest is away. `shown` is what screens show, `line` passes on who is at the line.
    `wall_ms` is the server's clock, an instant. `clients`
    counts the phones on this process's stream, where one is served; `others_missing` says what the stream lacks.
    """

    event: Event
    boards: Boards
    settings: WebSettings
    secrets: Secrets
    ask: Ask
    decide: Callable[[Decision], Awaitable[Verdict]]
    store_passages: Callable[[PassageBatch], Awaitable[Stored]]
    shown: Shown
    connected: Callable[[], bool]
    wall_ms: Callable[[], int]
    clients: Callable[[], int] | None = None
    others_missing: Callable[[], list[str]] = list
    health: Health | None = None
    health_heard_ms: int = 0
    canary: CanaryWatch = field(default_factory=CanaryWatch)
    broker: BrokerHealth | None = None
    line: LineFeed = field(default_factory=LineFeed)
    rendered: Rendered = field(default_factory=Rendered)
    metrics: Metrics = field(default_factory=Metrics)
    marks: dict[tuple[str, str], tuple[Hashable, dict[str, str]]] = field(default_factory=dict)
    reasons: Reasons = field(default_factory=Reasons)

    @cached_property
    def finder(self) -> Finder:
        """What search looks in."""
        return Finder(self.event)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """All categories of all races."""
        return tuple(sorted({entry.category for race in self.event.races for entry in race.entries if entry.category}))

    def now_ms(self) -> int:
        """The race's now: the wall clock, or with ``clock = "facts"`` the latest plausible instant of a fact."""
        if self.event.clock == "wall":
            return self.wall_ms()
        heads = [board.head.as_of_ms for board in self.boards.by_race.values() if board.head]
        return max(heads, default=0) or self.wall_ms()

    def hear_health(self, health: Health, retained: bool) -> None:
        """Take in ingest's sign of life. A retained one may be old: its own instant says how old."""
        now_ms = self.wall_ms()
        self.health = health
        self.health_heard_ms = min(now_ms, health.at_ms) if retained else now_ms

    def hear_canary(self, canary: Canary, retained: bool) -> None:
        """Take in a canary: so far the chain holds."""
        now_ms = self.wall_ms()
        self.canary.hear(canary, retained, now_ms, now_ms)

    def canary_missing(self) -> str:
        """Return in words that no canary comes through, and which part is silent; empty while they do."""
        now_ms = self.wall_ms()
        missing = self.canary.missing(now_ms, self.settings.canary_ms)
        return missing and f"{missing}: {self.canary.silent_part(self.health, self.broker, now_ms)}"

    def heard_ms_ago(self) -> int | None:
        """How long ago ingest gave a sign of life; None when it never did."""
        return None if self.health is None else max(0, self.wall_ms() - self.health_heard_ms)

    def backup_ms_ago(self) -> int | None:
        """How long ago the newest good backup held all there was; None before the first."""
        made = self.health is not None and self.health.backup.at_ms
        return max(0, self.wall_ms() - made) if made else None

    def missing(self) -> list[str]:
        """What keeps us from serving users truthfully right now, in words; empty when nothing does."""
        missing = [] if self.connected() else ["no connection to the broker"]
        ago_ms = self.heard_ms_ago()
        if ago_ms is None:
            missing.append("ingest was never heard")
        elif ago_ms > SILENT_MS:
            missing.append(f"ingest was last heard {ago_ms // 1000} s ago")
        if self.health is not None and self.health.alarm:
            missing.append(self.health.alarm)
        if self.broker is not None and self.broker.alarm:
            missing.append(f"broker: {self.broker.alarm}")
        if canary := self.canary_missing():
            missing.append(canary)
        boards = self.boards.by_race.items()
        missing += [f"the board of {race} has not arrived" for race, board in boards if not board.complete]
        return list(dict.fromkeys(missing + self.others_missing()))


def of(request: Request) -> WebState:
    """Return the state of the app that serves this request."""
    return cast(WebState, request.app.state.web)
