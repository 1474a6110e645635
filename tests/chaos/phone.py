"""A phone that follows a race from the first moment to the last, over every fault, as the page's script does."""

import asyncio
import time

from websockets.exceptions import WebSocketException

from tests.broadcast.desk import Page
from tests.broadcast.served import Phone
from tests.chaos.devices import PATIENCE_S, Stalled

SILENCE_S = 15.0
"""A stream says something every 10 s; after so much silence a page connects anew."""
AGAIN_S = 0.1


class Follower:
    """One phone on the stream of a race; `page` is what it shows."""

    def __init__(self, host: str, port: int, race: str) -> None:
        """Does not connect yet: see `follow`."""
        self.page = Page()
        self._url = f"ws://{host}:{port}/api/v1/races/{race}/stream"
        self._connected_ns = self._heard_ns = 0

    async def follow(self) -> None:
        """Keep the page in step until cancelled; after a broken connection come back with what it holds."""
        while True:
            since = "" if self.page.version is None else f"?since={self.page.version}"
            try:
                async with Phone(self._url + since) as phone:
                    phone.page = self.page
                    self._connected_ns = time.monotonic_ns()
                    await self._hear(phone)
            except (OSError, WebSocketException):  # TimeoutError is an OSError
                await asyncio.sleep(AGAIN_S)

    async def _hear(self, phone: Phone) -> None:
        while True:
            async with asyncio.timeout(SILENCE_S):
                message = await phone.socket.recv()
            self.page.hear(message)
            self._heard_ns = time.monotonic_ns()
            if self.page.drifted:  # as the page's script does: it asks for the whole
                self.page.version, self.page.drifted = None, False
                return

    async def back(self, since_ns: int, patience_s: float = PATIENCE_S) -> float:
        """Wait until it hears the board over a connection made after an instant; return how many seconds after.

        Raises:
            Stalled: it does not within `patience_s`.
        """
        try:
            async with asyncio.timeout(patience_s):
                while not self._heard_ns > self._connected_ns > since_ns:  # noqa: ASYNC110 - a page announces nothing
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise Stalled("the phone did not come back") from None
        return (self._heard_ns - since_ns) / 1e9
