"""What a page takes from the network: the requests it makes, and the bytes that went over the wire for them."""

from dataclasses import dataclass, field
from typing import Any

from tests.web.chromium.browser import Phone


@dataclass
class Taken:
    """Requests by address, with the bytes of head and body as they were sent. The stream is not counted."""

    by_url: dict[str, int] = field(default_factory=dict)
    bodies: dict[str, int] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All bytes."""
        return sum(self.by_url.values())

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return len(self.by_url)

    def of(self, *endings: str) -> int:
        """The bytes of the bodies alone, of addresses whose path ends so."""
        return sum(size for url, size in self.bodies.items() if url.partition("?")[0].endswith(endings))

    def asks(self, event: dict[str, Any]) -> None:
        """A request begins."""
        self._urls[event["requestId"]] = event["request"]["url"]
        self.by_url.setdefault(event["request"]["url"], 0)

    def gets(self, event: dict[str, Any]) -> None:
        """A request has ended."""
        if url := self._urls.get(event["requestId"]):
            self.by_url[url] += int(event["encodedDataLength"])

    def reads(self, event: dict[str, Any]) -> None:
        """A part of a body has come."""
        if url := self._urls.get(event["requestId"]):
            self.bodies[url] = self.bodies.get(url, 0) + int(event["encodedDataLength"])


async def taking(phone: Phone) -> Taken:
    """Count from now on what the phone's page takes."""
    taken, session = Taken(), await phone.context.new_cdp_session(phone.page)
    session.on("Network.requestWillBeSent", taken.asks)
    session.on("Network.loadingFinished", taken.gets)
    session.on("Network.dataReceived", taken.reads)
    await session.send("Network.enable")
    return taken
