"""What clients may say, and the teams that they follow below the streamed head of a large race. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from live.board_members import standing_members
from live.boards import RaceBoard, Standing
from live.broadcast.pictures import Picture
from live.heads import is_whole
from live.messages.boards import Row
from live.programme import code
from live.strict_json import from_json, to_json

PUSHED_EVERY_MS = 5_000
"""A followed team's own news is told at once, that others pushed it only this often."""

MAX_FOLLOWED = 50
MAX_WORD = 4_096


class Forbidden(ValueError):
    """A client said something else than `follow` or `ping`."""


@dataclass(frozen=True, slots=True)
class Follow:
    """A client wants the standings of these teams, also outside the head."""

    bibs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ping:
    """A client wants to know whether the stream lives."""


def read_word(raw: bytes) -> Follow | Ping:
    """Return what a client said.

    Raises:
        Forbidden: anything that the contract does not let it say.
    """
    try:
        word = from_json(raw) if len(raw) <= MAX_WORD else None
    except ValueError as error:
        raise Forbidden(str(error)) from error
    if isinstance(word, dict) and word.get("type") == "ping":
        return Ping()
    bibs = word.get("bibs") if isinstance(word, dict) and word.get("type") == "follow" else None
    if not isinstance(bibs, list) or len(bibs) > MAX_FOLLOWED or not all(isinstance(bib, str) for bib in bibs):
        raise Forbidden(f"neither a ping nor a follow of up to {MAX_FOLLOWED} bibs")
    return Follow(tuple(dict.fromkeys(code(bib) for bib in bibs)))


Told = tuple[tuple[Row, int | None], ...]


@dataclass(slots=True)
class _Following:
    bibs: tuple[str, ...]
    told: Told


class Followers:
    """Who follows which teams of one race, and what each was last told of them."""

    def __init__(self, board: RaceBoard) -> None:
        """Nobody follows yet, nothing is streamed yet."""
        self._board = board
        self._by_client: dict[Hashable, _Following] = {}
        self._by_bib: defaultdict[str, set[Hashable]] = defaultdict(set)
        self._touched: set[str] = set()
        self._head: frozenset[str] = frozenset()
        self._swept_ms = 0

    def touch(self, bibs: Iterable[str]) -> None:
        """These teams' rows were heard, or entered or left the head."""
        if self._by_client:
            self._touched.update(bib for bib in bibs if bib in self._by_bib)

    @property
    def touched(self) -> bool:
        """Somebody's team has news."""
        return bool(self._touched)

    def show(self, picture: Picture) -> None:
        """From now on everybody holds this picture; what is outside it is ours to tell."""
        head = frozenset(row.bib for row in picture.rows)
        self.touch(self._head ^ head)
        self._head = head

    def put(self, who: Hashable, bibs: tuple[str, ...]) -> bytes:
        """Remember what a client follows from now on; return its answer, the standings of those outside the head."""
        self.drop(who)
        shown = self._outside(bibs)
        if not is_whole(self._board.race):
            self._by_client[who] = _Following(bibs, _told(shown))
            for bib in bibs:
                self._by_bib[bib].add(who)
        return _followed(shown)

    def again(self, who: Hashable) -> bytes | None:
        """Return what a client that missed rounds is to be told of his teams; None when he follows nobody."""
        following = self._by_client.get(who)
        return None if following is None else self.put(who, following.bibs)

    def drop(self, who: Hashable) -> None:
        """This client follows nobody any more."""
        following = self._by_client.pop(who, None)
        for bib in following.bibs if following else ():
            self._by_bib[bib].discard(who)
            if not self._by_bib[bib]:
                del self._by_bib[bib]

    def due(self, now_ms: int) -> list[tuple[Hashable, bytes]]:
        """Return who is to be told what of his teams, after a round: those alone that have news."""
        whom: Iterable[Hashable] = {who for bib in self._touched for who in self._by_bib.get(bib, ())}
        self._touched.clear()
        if now_ms - self._swept_ms >= PUSHED_EVERY_MS:
            self._swept_ms = now_ms
            whom = list(self._by_client)
        built: dict[tuple[str, ...], tuple[Told, Told, bytes]] = {}
        news: list[tuple[Hashable, bytes]] = []
        for who in whom:
            following = self._by_client[who]
            if following.bibs not in built or built[following.bibs][0] != following.told:
                built[following.bibs] = self._news(following)
            _, following.told, message = built[following.bibs]
            if message:
                news.append((who, message))
        return news

    def _news(self, following: _Following) -> tuple[Told, Told, bytes]:
        """Return what was told, what is true now, and the message between the two; an empty one where there is none."""
        shown = self._outside(following.bibs)
        known = {row.bib: (row, place) for row, place in following.told}
        fresh = [each for each in shown if known.get(each.row.bib) != (each.row, each.place)]
        return following.told, _told(shown), _followed(fresh) if fresh else b""

    def _outside(self, bibs: tuple[str, ...]) -> list[Standing]:
        rows = self._board.rows
        return [self._board.standing(bib) for bib in bibs if bib in rows and bib not in self._head]


def _told(shown: list[Standing]) -> Told:
    return tuple((standing.row, standing.place) for standing in shown)


def _followed(shown: list[Standing]) -> bytes:
    return to_json({"type": "followed", "standings": [standing_members(each) for each in shown]})
