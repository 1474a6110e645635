"""What `live serve` shows while it runs: addresses, `ready`, what its children say, and on a terminal a status line."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from live.supervisor import ANYWHERE, Plan, State

RATE_OVER_S = 5.0


class Status:
    """Use it with ``with``: `log` and `changed` are what `supervisor.serve` is given."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._teams = sum(len(race.entries) for race in plan.event.races)
        self._said_ready = False
        self._state: State | None = None
        self._counts: list[tuple[float, int]] = []  # when so many passages were known
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator["Status"]:
        """Show it: a line that stays at the bottom of a terminal, nothing where there is none."""
        if not sys.stdout.isatty():
            yield self
            return
        with Live(get_renderable=self._line, console=Console(), refresh_per_second=4, transient=True) as self._live:
            yield self
        self._live = None

    def addresses(self) -> list[str]:
        """Where browsers and devices find us."""
        config, found = self.plan.config, []
        if self.plan.has_web:
            found.append(f"pages: http://{reachable(config.web.host)}:{config.web.port}/")
        if self.plan.has_broker:
            found.append(f"devices: mqtt://{reachable(config.broker.host)}:{config.broker.port}")
        return found

    def log(self, line: str) -> None:
        """Show a line of a child, or about one."""
        if self._live is not None and sys.stderr.isatty():
            self._live.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def changed(self, state: State) -> None:
        """Take over the newest state; say `ready` on stdout when it is reached for the first time."""
        self._state = state
        passages = max(self._reported("passages"), default=0)
        now = time.monotonic()
        if not self._counts or self._counts[-1][1] != passages:
            self._counts.append((now, passages))
        while len(self._counts) > 1 and self._counts[1][0] < now - RATE_OVER_S:
            del self._counts[0]
        if state.ready and not self._said_ready:
            self._said_ready = True
            for line in self.addresses():
                self.log(line)
            if self._live is not None:
                self._live.console.print("ready")
            else:
                print("ready", flush=True)

    def _reported(self, what: str) -> list[Any]:
        """What the children say of something; those that know nothing of it are left out."""
        assert self._state is not None
        return [child.report[what] for child in self._state.children if what in child.report]

    def _rate(self) -> float:
        """Passages a second, over the last seconds."""
        (since, before), (_, now) = self._counts[0], self._counts[-1]
        return (now - before) / max(time.monotonic() - since, 1.0)

    def _line(self) -> Text:
        if self._state is None:
            return Text("starting …")
        figures = [f"{self._teams} teams"]
        if self._reported("passages"):
            figures[:0] = [f"{self._counts[-1][1]} passages", f"{self._rate():.1f}/s"]
        if phones := self._reported("phones"):
            figures.append(f"{sum(phones)} phones")
        return Text(" · ").join([Text(self.plan.event.name, "bold"), *map(Text, figures), self._health()])

    def _health(self) -> Text:
        assert self._state is not None
        troubles = [*(f"waits for {name}" for name in self._state.away), *filter(None, self._reported("alarm"))]
        return Text(", ".join(troubles), "bold red") if troubles else Text("all well", "green")


def reachable(host: str) -> str:
    """Return the address under which others reach a server that listens on `host`."""
    if host not in ANYWHERE:
        return f"[{host}]" if ":" in host else host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))  # nothing is sent: it only asks which of our addresses would be used
        except OSError:
            return "127.0.0.1"
        return str(sock.getsockname()[0])
