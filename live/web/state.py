"""What a web process knows and can do: the one value that pages and API are given."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, cast

from starlette.requests import Request

from live.boards import Boards
from live.messages import Decision, Health, PassageBatch, Stored, Verdict
from live.programme import Event
from live.web.rendered import Rendered


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What an organiser may set for the pages. `htmx` says whence phones take it: the CDN, or our own copy."""

    htmx: Literal["cdn", "local"] = "cdn"


class Secrets(Protocol):
    """Whose token is it?"""

    def verify_official(self, token: str) -> str | None:
        """Return the official's name, or None."""

    def verify_device(self, token: str) -> str | None:
        """Return the device's id, or None."""


class Ask(Protocol):
    """Asks ingest what only ingest knows."""

    def __call__(self, question: str, **about: str) -> Awaitable[dict[str, object]]:
        """Return the answer. Raises answers.NoAnswer when none came in time, answers.Refused when ingest says no."""


@dataclass
class WebState:
    """All that a request may use.

    `decide` returns ingest's verdict, `store_passages` the watermark that covers the batch; both raise
    `answers.NoAnswer` when ingest is away. `wall_ms` is the server's clock, an instant.
    """

    event: Event
    boards: Boards
    settings: WebSettings
    secrets: Secrets
    ask: Ask
    decide: Callable[[Decision], Awaitable[Verdict]]
    store_passages: Callable[[PassageBatch], Awaitable[Stored]]
    connected: Callable[[], bool]
    wall_ms: Callable[[], int]
    health: Health | None = None
    health_heard_ms: int = 0
    rendered: Rendered = field(default_factory=Rendered)

    def now_ms(self) -> int:
        """The race's now: the wall clock, or with ``clock = "facts"`` the latest plausible instant of a fact."""
        if self.event.clock == "wall":
            return self.wall_ms()
        heads = [board.head.as_of_ms for board in self.boards.by_race.values() if board.head]
        return max(heads, default=0) or self.wall_ms()


def of(request: Request) -> WebState:
    """Return the state of the app that serves this request."""
    return cast(WebState, request.app.state.web)
