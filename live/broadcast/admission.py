"""Who may have the stream: which race, whose page, from which address, how many."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from live.addresses import Addresses
from live.broadcast.handshake import Opening
from live.broadcast.rooms import Room

STREAM = re.compile(r"/api/v1/races/([^/]+)/stream")
VERSION = re.compile(r"[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody may not have the stream."""

    status: int
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """Which race's stream somebody asked for, what he holds of it, and whom he is counted for (see `leave`)."""

    room: Room
    since: int | None
    journal: str | None
    whose: str | None


class Admission:
    """What openings are held to."""

    def __init__(
        self, rooms: dict[str, Room], *, max_phones: int, origins: frozenset[str], addresses: Addresses
    ) -> None:
        """`origins` are the sites, besides our own, whose pages may open the stream; ``*``: all."""
        self._rooms = rooms
        self._max_phones = max_phones
        self._origins = origins
        self._addresses = addresses

    def admit(self, opening: Opening, peer: str, phones: int) -> Admitted | Refusal:
        """Let one in from this address, the last of so many phones, or say why not. Who was let in must `leave`."""
        path, _, query = opening.path.partition("?")
        match = STREAM.fullmatch(path)
        room = self._rooms.get(unquote(match[1])) if match else None
        if room is None:
            return Refusal(404, "Not found", f"there is no stream at {path}")
        if not all(self._is_welcome(origin, opening.hosts) for origin in opening.origins):
            return Refusal(403, "Not allowed", f"pages of {', '.join(opening.origins)} may not open this stream")
        if phones > self._max_phones:
            return Refusal(503, "Not available right now", "as many watch as this server can serve")
        whose = self._addresses.whose(peer, opening.forwarded)
        if not self._addresses.enter(whose):
            return Refusal(429, "Too many connections", "as many watch from this address as one may have")
        asked = parse_qs(query) if query else {}
        since = asked.get("since", [""])[-1]
        return Admitted(room, int(since) if VERSION.fullmatch(since) else None, asked.get("journal", [None])[-1], whose)

    def leave(self, whose: str | None) -> None:
        """One who was let in is gone."""
        self._addresses.leave(whose)

    def _is_welcome(self, origin: str, hosts: tuple[str, ...]) -> bool:
        """A browser says whose page asks; other programs say nothing and are no danger to anybody's session."""
        if "*" in self._origins or origin.lower() in self._origins:
            return True
        return [urlsplit(origin).netloc.lower()] == [host.lower() for host in hosts]
