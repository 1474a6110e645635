"""A web application over boards that a test fills itself; ingest's answers are the test's."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from live.boards import Boards
from live.messages.boards import BoardHead, BoardPage, Row
from live.messages.decisions import Decision, Open, Verdict
from live.messages.devices import PassageBatch, Stored
from live.messages.services import Canary, Health
from live.programme import Course, Device, Entry, Event, Race, Runner, TimingPoint
from live.web.answers import NoAnswer, Refused
from live.web.app import create_app
from live.web.shown import Shown
from live.web.state import WebSettings, WebState
from live.wire import Message
from tests.conftest import relay

LOOP = Course("boucle", 3000, True, (TimingPoint("line", 0), TimingPoint("km1", 1000)))
GUN_MS = 1_464_273_000_000
HIDDEN = "Zwaanepoel"
"""The last name of a runner who asked that nobody reads it."""

TEAMS = (
    ("7", "Ideta", "mixed", ("F", "M")),
    ("007", "Lutosa A", "women", ("F", "F")),
    ("12", "Lutosa B", "men", ("M", "M")),
    ("21", "=1+1 & Cie", "mixed", ("M", "F")),
    ("30", "Été «Ath»", "women", ("F", "F")),
)


def entry(number: int, bib: str, team: str, category: str, sexes: tuple[str, str]) -> Entry:
    """Return a team of two: A shows initials, B nothing."""
    runners = (
        Runner("A", "Anna", "Dubois", sexes[0], (f"{bib}A",), "initials"),
        Runner("B", "Beatrijs", HIDDEN, sexes[1], (f"{bib}B",), "no"),
    )
    return Entry("relay", number, bib, team, "Company", category, "", None, runners)


def race(id: str, entries: tuple[Entry, ...]) -> Race:
    """Return a race of two laps, A alone and then A and B."""
    return replace(
        relay(teams=0, gun_ms=GUN_MS),
        id=id,
        name="Relais",
        course=LOOP,
        legs=(("A",), ("A", "B")),
        start_ms=GUN_MS,
        entries=entries,
    )


def meeting() -> Event:
    """Return an event of two races; the second has one team."""
    relay = race("relay", tuple(entry(number, *team) for number, team in enumerate(TEAMS)))
    other = replace(entry(0, "99", "Solo", "mixed", ("F", "F")), race="short")
    return Event(
        id="web-test",
        name="Essai",
        place="Tournai",
        timezone="Europe/Brussels",
        languages=("fr", "nl", "en"),
        clock="wall",
        officials_to_publish=1,
        courses=(LOOP,),
        races=(relay, race("short", (other,))),
        devices=(Device("mat-line", "line", "boucle", "main"), Device("hand-1", "line", "boucle", "handheld")),
    )


def row(bib: str, version: int, *laps_ms: int, **members: Any) -> Row:
    """Return the row of a team that ran these laps; nobody has begun without one."""
    total_ms = sum(laps_ms)
    values: dict[str, Any] = {
        "key": (-len(laps_ms), total_ms),
        "placed": bool(laps_ms),
        "status": "finished" if len(laps_ms) == 2 else "running",
        "laps": len(laps_ms),
        "point": "line" if laps_ms else None,
        "time_ms": total_ms if laps_ms else None,
        "at_ms": GUN_MS + total_ms if laps_ms else None,
        "lap_times_ms": laps_ms,
        "lap_qualities": "m" * len(laps_ms),
    }
    return Row(bib=bib, version=version, **{**values, **members})


def board_rows() -> tuple[Row, ...]:
    """Return 7 before 007, 12 and 30 with equal times, and 21, which has crossed nothing."""
    return (
        row("7", 11, 800_001, 790_000),
        row("007", 12, 810_000, 800_999),
        row("12", 13, 820_000),
        row("30", 14, 820_000),
        row("21", 1),
    )


def head(race: str, version: int, entries: int, **members: Any) -> BoardHead:
    """Return the head of a running board on one page."""
    return BoardHead(race, "journal-1", version, "running", GUN_MS + 1_700_000, 2, entries, 1, **members)


@dataclass
class Keeper:
    """Stands where ingest does: says what the test told it to, and remembers what it was asked."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuse: Refused | None = None
    away: bool = False
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    batches: list[PassageBatch] = field(default_factory=list)
    verdict: tuple[int, int, str] = (202, 15, "")
    open: tuple[Open, ...] = ()
    pending: bool = False

    async def ask(self, question: str, **about: str) -> dict[str, Any]:
        """Answer as told."""
        self.asked.append((question, about))
        if self.away:
            raise NoAnswer("nobody answered")
        if self.refuse:
            raise self.refuse
        return self.answers[question]

    async def decide(self, decision: Decision) -> Verdict:
        """Accept, or say what the test wants said."""
        self.decisions.append(decision)
        status, version, reason = self.verdict
        return Verdict(decision.id, status, version, reason, self.open, self.pending)  # type: ignore[arg-type]

    async def store_passages(self, batch: PassageBatch) -> Stored:
        """Take the passages, or be away."""
        self.batches.append(batch)
        if self.away:
            raise NoAnswer("durable through 3 only", through=3)
        return Stored(batch.device, batch.epoch, max((each.seq for each in batch.passages), default=0))


class FewSecrets:
    """Knows one official, one speaker and one device."""

    def verify_official(self, token: str) -> str | None:
        """Return the official of the token."""
        return {"judge-token": "marie"}.get(token)

    def verify_speaker(self, token: str) -> str | None:
        """Return the speaker of the token."""
        return {"speaker-token": "luc"}.get(token)

    def verify_device(self, token: str) -> str | None:
        """Return the device of the token."""
        return {"hand-token": "hand-1", "foreign-token": "elsewhere"}.get(token)


def loopback(hear: Callable[[Message], object] = lambda told: None) -> Shown:
    """Return what screens show where the bus is a short circuit: what is told is heard, by `hear` too."""

    def publish(told: Message) -> None:
        hear(told)
        shown.hear(told)

    shown = Shown(publish, lambda: True, wait_s=5)
    return shown


@pytest.fixture
def keeper() -> Keeper:
    """What ingest will say."""
    return Keeper()


@pytest.fixture
def state(keeper: Keeper) -> WebState:
    """An application's state: both boards heard whole, the broker connected, ingest alive."""
    event = meeting()
    boards = Boards(event)
    boards.hear(head("relay", 14, 5))
    boards.hear(BoardPage("relay", "journal-1", 0, board_rows(), 0))
    boards.hear(head("short", 1, 1))
    boards.hear(BoardPage("short", "journal-1", 0, (row("99", 1),), 0))
    state = WebState(
        event=event,
        boards=boards,
        settings=WebSettings(),
        secrets=FewSecrets(),
        ask=keeper.ask,
        decide=keeper.decide,
        store_passages=keeper.store_passages,
        shown=loopback(boards.hear),
        connected=lambda: True,
        wall_ms=lambda: GUN_MS + 1_800_000,
    )
    state.hear_health(Health("claim", GUN_MS + 1_800_000, "journal-1", 14, passages=9, rejected=2), retained=False)
    now_ms = GUN_MS + 1_800_000
    state.hear_canary(Canary("c1", 7, now_ms - 40, now_ms - 20, now_ms - 10), retained=False)
    return state


@pytest.fixture
async def web(state: WebState) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application."""
    transport = httpx.ASGITransport(create_app(state), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://live.test") as client:
        yield client
