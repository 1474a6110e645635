"""What a screen shows at this moment: what officials assigned or, where that is ``auto``, what the state asks for.

It follows from the assignment, the race and the clock alone, so that a screen which comes back shows the same, and two
screens in one hall change together.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from live.boards import RaceBoard
from live.messages.display import ScreenShows
from live.times import SECOND_MS
from live.web.pages import main_race
from live.web.state import WebState

Slide = Literal[
    "board", "arrivals", "map", "companies", "sponsors", "podium", "message", "qr", "black", "programme", "soon"
]

CYCLE_S: Final = 120
SPONSORS_AT_S, SPONSOR_S = 104, 8
"""Two sponsors in 120 s: 13 % of the time, where 15 % are the most."""
QR_S: Final = 15
PODIUM_S, COMPANIES_S, BOARD_S, SOON_S, PROGRAMME_S = 15, 20, 30, 20, 30
COMPANIES_EVERY_MS: Final = 5_000
LEADER_MS: Final = 60_000
"""No sponsor while the leader is expected within this."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One moment of a screen. `stamp` differs when the page must be painted anew; `number` is which of several."""

    slide: Slide
    board: RaceBoard
    category: str
    number: int
    stamp: str
    release: str


def plan_of(state: WebState, shows: ScreenShows) -> Plan:
    """Return what a screen with this assignment shows now."""
    board = state.boards.by_race[shows.race or main_race(state.event).id]
    slide, number = _auto(state, board) if shows.view == "auto" else _fixed(state, board, shows)
    if not board.race.ranked and slide in ("board", "arrivals", "map"):
        slide = "programme"
    category = shows.category or "" if shows.view == "category" else ""
    parts = (shows.id, slide, category, number, board.race.id, *_content(state, board, slide))
    stamp = "/".join(str(each) for each in parts)
    return Plan(slide, board, category, number, stamp, release())


def _fixed(state: WebState, board: RaceBoard, shows: ScreenShows) -> tuple[Slide, int]:
    seconds = state.wall_ms() // SECOND_MS
    match shows.view:
        case "board" | "category" | "auto":
            return "board", 0
        case "sponsors":
            return "sponsors", _nth(seconds, SPONSOR_S, len(state.event.sponsors))
        case "podium":
            return _podium(state, board, seconds)
        case view:
            return view, 0


def _podium(state: WebState, board: RaceBoard, seconds: int) -> tuple[Slide, int]:
    """The prize on stage; once the result is official and shown, all prizes in turn; before: soon."""
    unveiled, head = state.shown.unveiled.get(board.race.id), board.head
    if unveiled is not None and unveiled.prize is not None and unveiled.prize <= len(board.race.prizes):
        return "podium", unveiled.prize
    if board.race.prizes and head is not None and head.state == "official" and not head.frozen:
        return "podium", 1 + _nth(seconds, PODIUM_S, len(board.race.prizes))
    return "soon", 0


def _nth(seconds: int, each_s: int, count: int) -> int:
    return seconds // each_s % count if count else 0


def _auto(state: WebState, board: RaceBoard) -> tuple[Slide, int]:
    seconds, head = state.wall_ms() // SECOND_MS, board.head
    unveiled = state.shown.unveiled.get(board.race.id)
    if unveiled is not None and unveiled.prize is not None:
        return _podium(state, board, seconds)
    if head is None or head.state == "planned":
        return _turn(state, seconds, [("programme", PROGRAMME_S), ("qr", QR_S), ("sponsors", SPONSOR_S)])
    if head.frozen:
        return _turn(state, seconds, [("soon", SOON_S), ("companies", COMPANIES_S), ("sponsors", SPONSOR_S)])
    if head.state == "official" and board.race.prizes:
        return _official(state, board, seconds)
    return _running(state, board, seconds)


def _turn(state: WebState, seconds: int, slides: list[tuple[Slide, int]]) -> tuple[Slide, int]:
    """One slide after the other, each for its seconds; sponsors change with each round."""
    slides = [each for each in slides if each[0] != "sponsors" or state.event.sponsors]
    whole = sum(length for _, length in slides)
    at, rounds = seconds % whole, seconds // whole
    for slide, length in slides:
        if at < length:
            return slide, rounds % len(state.event.sponsors) if slide == "sponsors" else 0
        at -= length
    raise AssertionError("the slides fill the round")


def _official(state: WebState, board: RaceBoard, seconds: int) -> tuple[Slide, int]:
    podiums: list[tuple[Slide, int]] = [("podium", PODIUM_S)] * len(board.race.prizes)
    slides: list[tuple[Slide, int]] = [*podiums, ("board", BOARD_S), ("companies", COMPANIES_S)]
    at = seconds % sum(length for _, length in slides)
    for number, (slide, length) in enumerate(slides, 1):
        if at < length:
            return slide, number if slide == "podium" else 0
        at -= length
    raise AssertionError("the slides fill the round")


def _running(state: WebState, board: RaceBoard, seconds: int) -> tuple[Slide, int]:
    """The board, with two sponsors at the end of each cycle unless the leader is about to come."""
    at, cycle = seconds % CYCLE_S, seconds // CYCLE_S
    if at < SPONSORS_AT_S or not state.event.sponsors or _leader_comes(state, board):
        return "board", 0
    return "sponsors", (2 * cycle + (at - SPONSORS_AT_S) // SPONSOR_S) % len(state.event.sponsors)


def _leader_comes(state: WebState, board: RaceBoard) -> bool:
    first = next(iter(board.standings(1)), None)
    expected = None if first is None else first.row.next
    if expected is None or expected.point not in (None, board.race.course.line):
        return False
    return abs(expected.at_ms - state.now_ms()) < LEADER_MS


def _content(state: WebState, board: RaceBoard, slide: Slide) -> tuple[object, ...]:
    """What a slide's picture hangs on beside the plan itself."""
    head = board.head
    states = () if head is None else (head.state, head.frozen, head.edition)
    if slide == "podium":
        unveiled = state.shown.unveiled.get(board.race.id)
        return (*states, "" if unveiled is None else unveiled.id)
    if slide == "companies":
        return (*states, state.wall_ms() // COMPANIES_EVERY_MS)
    return states


@cache
def release() -> str:
    """Return what tells this version of our pages from another: a screen loads itself anew for it."""
    here = Path(__file__).parent
    files = sorted(each for folder in ("static", "templates") for each in (here / folder).rglob("*") if each.is_file())
    digest = sha256()
    for each in files:
        digest.update(each.read_bytes())
    return digest.hexdigest()[:12]
