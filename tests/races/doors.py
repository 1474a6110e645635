"""Two ways to the same boards: the race core fed directly, and the endpoints of a service that runs."""

from collections.abc import Iterable
from typing import Any, Protocol

import httpx

from live.boards import Boards, board_members
from live.ingest.meeting import Meeting
from live.messages import Decision, Passage, Recorded, Row
from live.programme import Event
from live.wire import convert


class Door(Protocol):
    """Where boards are read, as the contract has them."""

    def board(self, race: str, **query: Any) -> dict[str, Any]:
        """The standings of a race, now or at an instant."""

    def team(self, race: str, bib: str) -> dict[str, Any]:
        """One team explained."""


class Core:
    """The race core alone, given all facts."""

    def __init__(self, event: Event, facts: Iterable[Recorded]) -> None:
        """Judge the facts, in the order given."""
        self.event = event
        self.meeting = Meeting(event, "journal")
        for recorded in facts:
            self.meeting.apply(recorded)
        self.meeting.changes(0)

    def board(self, race: str, **query: Any) -> dict[str, Any]:
        """As `GET /standings`."""
        boards = Boards(self.event)
        board = boards.by_race[race]
        if query:
            past = self.meeting.answer("board_at", {"race": race, **{name: str(query[name]) for name in query}})
            board.put(convert(row, Row) for row in past["rows"])
            board.head = self.meeting.head(race)
            return {**board_members(board, board.standings(), board.count()), "state": past["head"]["state"]}
        board.hear(self.meeting.head(race))
        for page in range(self.meeting.head(race).pages):
            board.hear(self.meeting.page(race, page))
        return board_members(board, board.standings(), board.count())

    def team(self, race: str, bib: str) -> dict[str, Any]:
        """As `GET /teams`."""
        return self.meeting.answer("team", {"race": race, "bib": bib})


class Http:
    """A service that runs."""

    def __init__(self, address: str) -> None:
        """`address` as in ``http://127.0.0.1:8000``."""
        self.client = httpx.Client(base_url=f"{address}/api/v1", timeout=60)

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """The JSON at a path below ``/api/v1``."""
        answer = self.client.get(path, params=query)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def board(self, race: str, **query: Any) -> dict[str, Any]:
        """`GET /standings`."""
        return self.get(f"/races/{race}/standings", **query)

    def team(self, race: str, bib: str) -> dict[str, Any]:
        """`GET /teams`."""
        return self.get(f"/races/{race}/teams/{bib}")

    def laps(self, race: str) -> list[list[dict[str, Any]]]:
        """`GET /laps`: the rows of each lap."""
        return [lap["rows"] for lap in self.get(f"/races/{race}/laps")["laps"]]


def recorded(passages: Iterable[Passage], decisions: Iterable[Decision] = ()) -> list[Recorded]:
    """Return facts as a journal has them, in the order given.

    A device sends at once, or later what it could not send: a passage is heard when the latest before it was made.
    """
    facts: list[Recorded] = []
    heard_at_ms = 0
    for passage in passages:
        heard_at_ms = max(heard_at_ms, passage.at_ms)
        facts.append(Recorded(len(facts) + 1, heard_at_ms, passage))
    facts.extend(Recorded(len(facts) + 1, d.at_ms, d) for d in decisions)
    return facts
