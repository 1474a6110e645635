"""The web application and the stream on one port, over boards that a test fills: a browser's view, without a bus."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from live.addresses import Addresses
from live.boards import Boards
from live.broadcast.admission import Admission
from live.broadcast.hub import Hub
from live.broadcast.rounds import Rounds
from live.broadcast.service import now_ms
from live.broadcast.sockets import Sockets
from live.http_server import serve_http
from live.messages.boards import BoardChanges, BoardHead, BoardPage, Row
from live.messages.display import NamesSaid
from live.programme import Entry, Event, Prize
from live.web.app import create_app
from live.web.state import WebSettings, WebState
from live.wire import Message
from tests.web.conftest import GUN_MS, FewSecrets, Keeper, board_rows, head, loopback, meeting, race, row


class Stand:
    """Pages, API and stream of an event on `port`, which stays the same over a stop and a start."""

    def __init__(self, event: Event, settings: WebSettings | None = None) -> None:
        self.event = event
        self.keeper = Keeper()
        self.keeper.answers["team"] = {"laps": [], "crossings": [], "doubts": []}
        self.wall_ms = GUN_MS
        self.state = WebState(
            event=event,
            boards=Boards(event),
            settings=settings or WebSettings(htmx="local"),
            secrets=FewSecrets(),
            ask=self.keeper.ask,
            decide=self.keeper.decide,
            store_passages=self.keeper.store_passages,
            shown=loopback(self.hear),
            connected=lambda: True,
            wall_ms=lambda: self.wall_ms,
        )
        self.port = 0
        self._rounds: Rounds | None = None
        self._hub: Hub | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def begin(self, head: BoardHead, rows: Sequence[Row]) -> None:
        """Let the board of a race be heard whole."""
        for message in (head, BoardPage(head.race, head.journal, 0, tuple(rows), head.version)):
            self.state.boards.hear(message)

    def change(self, race: str, *rows: Row, **members: object) -> int:
        """Let these rows be heard, as ingest sends them; return the new version."""
        old = self.state.boards.by_race[race].head
        assert old is not None
        head = replace(old, version=old.version + 1, **members)  # type: ignore[arg-type]
        self.hear(BoardChanges(head, old.version, tuple(replace(row, version=head.version) for row in rows)))
        return head.version

    def hear(self, message: Message) -> None:
        """Take in what the bus brings, and let the stream tell it."""
        if isinstance(message, NamesSaid):
            self.state.line.hear(message)
        if self._hub is None or self._rounds is None:
            self.state.boards.hear(message)
        elif self._hub.hear(message):
            self._rounds.wake()

    async def start(self) -> None:
        """Serve, on the port of the last time if there was one."""
        self._hub = Hub(self.state.boards)
        self._rounds = Rounds(self._hub, now_ms, slow_ms=30_000)
        for channel in self._hub.channels.values():
            channel.see()
        admission = Admission(self._rounds.rooms, max_phones=100, origins=frozenset(), addresses=Addresses(100, ()))
        sockets = Sockets(self._rounds, admission, compress=True)
        listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._serving = asyncio.create_task(self._serve(sockets, self._rounds, listening))
        async with asyncio.timeout(20):
            self.port = await listening

    async def _serve(self, sockets: Sockets, rounds: Rounds, listening: asyncio.Future[int]) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(rounds.run())
            await serve_http(
                create_app(self.state),
                host="127.0.0.1",
                port=self.port,
                ws=sockets.connection,
                on_listening=listening.set_result,
            )

    async def stop(self) -> None:
        """Be away."""
        if self._serving is not None:
            self._serving.cancel()
            with suppress(asyncio.CancelledError):
                await self._serving
            self._serving = self._hub = self._rounds = None


@asynccontextmanager
async def standing(stand: Stand) -> AsyncIterator[Stand]:
    """Serve for the length of a block."""
    await stand.start()
    try:
        yield stand
    finally:
        await stand.stop()


def beginning() -> Stand:
    """Return a stand of the small event, both boards heard: 7 before 007, 12 and 30 in a tie, 21 not seen."""
    stand = Stand(meeting())
    stand.wall_ms = GUN_MS + 1_800_000
    stand.begin(head("relay", 14, 5, gun_ms=GUN_MS), board_rows())
    stand.begin(head("short", 1, 1), (row("99", 1),))
    return stand


def one_race(
    entries: tuple[Entry, ...], first_ms: int, apart_ms: int, rounds: int = 1, prizes: tuple[Prize, ...] = ()
) -> Stand:
    """Return a stand whose only race has these teams, all seen once, so far apart; of two laps, so many times."""
    relay = replace(race("relay", entries), repeat=rounds, prizes=prizes)
    stand = Stand(replace(meeting(), races=(relay,)))
    rows = [row(each.bib, 1, first_ms + number * apart_ms) for number, each in enumerate(entries)]
    stand.begin(head("relay", 14, len(entries)), rows)
    return stand
