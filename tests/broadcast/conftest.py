"""The stream as phones meet it: the real server on the loop that services run on, real WebSocket clients."""

from collections.abc import Callable, Mapping
from typing import Any

import uvloop


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Callable[[], Any]]:
    """Run these tests on uvloop, whose transports are the ones that count."""
    return {"uvloop": uvloop.new_event_loop}
