"""Two ways to the same boards: the race core fed directly, and the endpoints of a service that runs."""

import random
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any, Protocol, Self

import httpx

from live.board_members import head_members
from live.boards import RaceBoard, lap_chart
from live.event import read_event
from live.fact_members import read_decision
from live.ingest.meeting import Meeting
from live.messages.boards import BoardHead, Row
from live.messages.decisions import Decision
from live.messages.devices import Passage
from live.messages.facts import Recorded
from live.programme import Event
from live.rehearsal.recording import read_recording
from live.strict_json import convert
from tests.races.convert import RealRace


class Door(Protocol):
    """Where boards are read, as the contract has them."""

    def board(self, race: str, **query: Any) -> dict[str, Any]:
        """The standings of a race, now or at an instant."""

    def laps(self, race: str) -> list[list[dict[str, Any]]]:
        """The rows of each lap of the lap chart."""

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
        head = self.meeting.head(race)
        category = query.pop("category", None)
        only = None if category is None else lambda entry: entry.category == category
        if query:
            past = self.meeting.answer("board_at", {"race": race, **{name: str(query[name]) for name in query}})
            rows = RaceBoard(self.event.by_race[race])
            head = convert(past["head"], BoardHead)
            rows.put((convert(row, Row) for row in past["rows"]), head.version)
        else:
            rows = self._rows(race)
        return head_members(head, rows.standings(only=only), rows.count(only))

    def laps(self, race: str) -> list[list[dict[str, Any]]]:
        """As `GET /laps`."""
        return [[asdict(row) for row in lap] for lap in lap_chart(self._rows(race))]

    def _rows(self, race: str) -> RaceBoard:
        board = RaceBoard(self.event.by_race[race])
        for page in range(self.meeting.head(race).pages):
            piece = self.meeting.page(race, page)
            board.put(piece.rows, piece.version)
        return board

    def team(self, race: str, bib: str) -> dict[str, Any]:
        """As `GET /teams`."""
        return self.meeting.answer("team", {"race": race, "bib": bib})


class Http:
    """A service that runs."""

    def __init__(self, address: str, token: str) -> None:
        """`address` as in ``http://127.0.0.1:8000``; the token is an official's."""
        self.client = httpx.Client(
            base_url=f"{address}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60
        )

    def __enter__(self) -> Self:
        """Keep the connection open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.client.close()

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """The JSON at a path below ``/api/v1``."""
        return self._json(self.client.get(path, params=query))

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What is answered to this JSON."""
        return self._json(self.client.post(path, json=body))

    def _json(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
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


def shuffled_core(race: RealRace) -> Core:
    """The core after a converted race: its facts in a random order, each told twice."""
    event = read_event(race.folder)
    passages = read_recording(race.passages, event.by_device).passages
    after_ms = max(passage.at_ms for passage in passages)
    decisions = [read_decision(body, "official", after_ms + n) for n, body in enumerate(race.decisions)]
    facts = 2 * recorded(passages, decisions)
    random.Random(len(facts)).shuffle(facts)
    return Core(event, (replace(fact, seq=seq) for seq, fact in enumerate(facts, 1)))


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
