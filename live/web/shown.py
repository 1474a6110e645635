"""What each screen shall show, which places the speaker has read out, which teams he said: as the bus has it.

No fact of a race. It is retained on the bus, so that every process, and a process that starts later, knows it; where
two assign the same screen, the later one stands.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from live.messages.display import NamesSaid, Notice, ScreenShows, Unveiled
from live.web.answers import NoAnswer
from live.wire import Message

SAID: Final = 500
"""Teams of a race whose last mention is remembered, the latest: all of them are in each message."""


class Shown:
    """Screens by name, and the podium of each race; `hear` must be given every message of the bus."""

    def __init__(self, publish: Callable[[Message], None], connected: Callable[[], bool], wait_s: float) -> None:
        """Nothing is assigned yet: a screen of an unknown name shows what is ``auto``."""
        self.screens: dict[str, ScreenShows] = {}
        self.unveiled: dict[str, Unveiled] = {}
        self.said: dict[str, dict[str, int]] = {}
        self._publish = publish
        self._connected = connected
        self._wait_s = wait_s
        self._told: dict[str, asyncio.Event] = {}

    def hear(self, message: Message) -> None:
        """Take in a message. One that is retained comes again at each connection, and changes nothing then."""
        if isinstance(message, ScreenShows):
            known: ScreenShows | Unveiled | None = self.screens.get(message.name)
            if known is None or message.at_ms >= known.at_ms:
                self.screens[message.name] = message
        elif isinstance(message, Unveiled):
            known = self.unveiled.get(message.race)
            if known is None or message.at_ms >= known.at_ms:
                self.unveiled[message.race] = message
        elif isinstance(message, NamesSaid):
            self.said[message.race] = self._joined(message.race, message.at_ms)
        elif not isinstance(message, Notice):  # which the boards keep
            return
        if message.id in self._told:
            self._told[message.id].set()

    def _joined(self, race: str, at_ms: dict[str, int]) -> dict[str, int]:
        """Return when each team was said last, as known here or there; the latest teams."""
        known = self.said.get(race, {})
        both = {bib: max(known.get(bib, 0), at_ms.get(bib, 0)) for bib in known | at_ms}
        return dict(sorted(both.items(), key=lambda each: each[1])[-SAID:])

    async def say(self, race: str, bib: str, by: str, at_ms: int) -> None:
        """Tell all speakers that a team was said at that instant.

        Raises:
            NoAnswer: they could not be told.
        """
        await self.tell(NamesSaid(race, self._joined(race, {bib: at_ms}), secrets.token_hex(8), by))

    async def tell(self, message: ScreenShows | Unveiled | Notice | NamesSaid) -> None:
        """Put it on the bus for all; done when it came back from there.

        Raises:
            NoAnswer: it did not, in time.
        """
        if not self._connected():
            raise NoAnswer("this server has lost the broker: try again in a moment")
        came_back = self._told[message.id] = asyncio.Event()
        try:
            self._publish(message)
            async with asyncio.timeout(self._wait_s):
                await came_back.wait()
        except TimeoutError:
            raise NoAnswer("the others were not told: try again in a moment") from None
        finally:
            del self._told[message.id]
