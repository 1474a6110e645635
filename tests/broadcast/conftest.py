"""The stream as phones meet it: the real server on the loop that services run on, real WebSocket clients."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import uvloop

from live.broadcast import ring


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Callable[[], Any]]:
    """Run these tests on uvloop, whose transports are the ones that count."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(params=["through io_uring", "through the transports"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runs twice: as the kernel allows, and as where it has no io_uring."""
    if request.param == "through the transports":
        monkeypatch.setattr(ring, "_SETUP", 100_000)  # no such call
