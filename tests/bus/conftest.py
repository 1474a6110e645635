"""The bus where it works: on the event loop of the services, whose watchers of sockets are of their own kind."""

from collections.abc import Callable, Mapping
from typing import Any

import uvloop


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Callable[[], Any]]:
    """Run these tests on uvloop."""
    return {"uvloop": uvloop.new_event_loop}
