"""For tests of the stream: a timing desk that publishes what ingest would, and a page that knows the contract."""

import json
from typing import Any
from zlib import crc32

from live.boards import PAGE_ROWS, Boards
from live.broadcast.hub import Hub
from live.messages.boards import BoardChanges, BoardHead, BoardPage, RaceState, Row
from live.programme import Event, Race
from tests.conftest import relay, small_event

LAP_MS = 800_000


def row(bib: str, version: int, laps: int = 0, time_ms: int | None = None, **more: Any) -> Row:
    """Return a row as ingest makes it: running and placed once a time was measured, else not started."""
    measured = {} if time_ms is None else {"time_ms": time_ms, "at_ms": 1_464_273_000_000 + time_ms, "point": "line"}
    key = (2, 1) if time_ms is None else (1, 0, -laps, -3000, time_ms)
    return Row(
        **{
            "bib": bib,
            "version": version,
            "key": key,
            "placed": time_ms is not None,
            "status": "not_started" if time_ms is None else "running",
            "laps": laps,
            "lap_times_ms": (LAP_MS,) * laps,
            "lap_qualities": "m" * laps,
            **measured,
            **more,
        }
    )


class Desk:
    """One race as ingest publishes it, piece by piece, into a hub."""

    def __init__(self, teams: int = 5, race: Race | None = None) -> None:
        self.event: Event = small_event(race or relay(teams))
        self.race = self.event.races[0]
        self.hub = Hub(Boards(self.event))
        self.channel = self.hub.channels[self.race.id]
        self.version = 0
        self.as_of_ms = 1_464_273_000_000
        self.state: RaceState = "running"
        self.frozen = False
        self.journal = "first"
        self.rows = {entry.bib: row(entry.bib, 0) for entry in self.race.entries}

    @property
    def head(self) -> BoardHead:
        """The head of the board now."""
        pages = -(-len(self.rows) // PAGE_ROWS)
        return BoardHead(
            self.race.id,
            self.journal,
            self.version,
            self.state,
            self.as_of_ms,
            3,
            len(self.rows),
            pages,
            self.frozen,
        )

    def pieces(self) -> list[BoardHead | BoardPage]:
        """The whole board as it lies retained on the bus."""
        rows = list(self.rows.values())
        pages = [tuple(rows[start : start + PAGE_ROWS]) for start in range(0, len(rows), PAGE_ROWS)]
        return [
            self.head,
            *(BoardPage(self.race.id, self.journal, number, page, self.version) for number, page in enumerate(pages)),
        ]

    def changed(self, *rows: Row) -> BoardChanges:
        """The rows change; return what goes over the bus."""
        since = self.version
        self.version = max([self.version, *(each.version for each in rows)])
        self.as_of_ms += 1_000
        self.rows.update({each.bib: each for each in rows})
        return BoardChanges(self.head, since, rows)

    def publish_all(self) -> None:
        """The hub hears the whole board."""
        for piece in self.pieces():
            self.hub.hear(piece)

    def publish(self, *rows: Row) -> None:
        """The hub hears that these rows changed."""
        self.hub.hear(self.changed(*rows))

    def cross(self, bib: str, laps: int = 1, time_ms: int | None = None, **more: Any) -> Row:
        """A team ends a lap; return its row with the next version, to be published."""
        return row(bib, self.version + 1, laps, LAP_MS * laps if time_ms is None else time_ms, **more)


class Page:
    """A page that knows the contract and nothing else."""

    def __init__(self) -> None:
        self.version: int | None = None
        self.rows: list[dict[str, Any]] = []
        self.state: str | None = None
        self.frozen: bool | None = None
        self.cut: int | None = None
        self.followed: list[dict[str, Any]] | None = None
        self.drifted = False
        self.heard: list[str] = []
        self.notices: dict[str, dict[str, Any]] = {}
        self.silent: list[dict[str, Any]] = []

    def hear(self, *messages: bytes | str) -> None:
        """Take in messages of the stream."""
        for raw in messages:
            message = json.loads(raw)
            self.heard.append(message["type"])
            getattr(self, f"_{message['type']}")(message)

    def _board(self, message: dict[str, Any]) -> None:
        self.version, self.state, self.frozen = message["version"], message["state"], message["frozen"]
        self.rows = message["standings"]
        self.cut = len(self.rows) if message["count"] > len(self.rows) else None

    def _changes(self, message: dict[str, Any]) -> None:
        assert message["from"] == self.version
        self.version = message["version"]
        named = {each["bib"] for each in message["standings"]}
        self.rows = [each for each in self.rows if each["bib"] not in named]
        for each in sorted(message["standings"], key=lambda each: each["index"]):
            self.rows.insert(each["index"], {name: value for name, value in each.items() if name != "index"})
        places = dict(message["places"])
        self.rows = [{**each, "place": places.get(each["bib"], each["place"])} for each in self.rows][: self.cut]

    def _state(self, message: dict[str, Any]) -> None:
        self.state, self.frozen = message["state"], message["frozen"]

    def _beat(self, message: dict[str, Any]) -> None:
        check = crc32(",".join(self.bibs).encode())
        self.drifted = (self.version, check) != (message["version"], message["check"])

    def _notice(self, message: dict[str, Any]) -> None:
        self.notices[message["id"]] = message

    def _points(self, message: dict[str, Any]) -> None:
        self.silent = message["silent"]

    def _followed(self, message: dict[str, Any]) -> None:
        self.followed = message["standings"]

    @property
    def bibs(self) -> list[str]:
        """The teams in the order of the list."""
        return [each["bib"] for each in self.rows]

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The rows without their gaps, which a page subtracts itself."""
        return [
            {name: value for name, value in each.items() if name not in ("gap_ms", "gap_laps")} for each in self.rows
        ]
