"""What the phones of each race are told, and when. Pure: it says what to send and sends nothing.

A `Channel` keeps two pictures of its race: the latest, and the one that everybody holds who is in step (`sent`). A
round tells the difference between them, once for all: at once after silence, then at most ten times a second, down to
two where a round takes long. Whoever joins, or was too slow for a round, is first brought to the picture `sent`, and
shares every round from then on.
"""

from collections import OrderedDict
from collections.abc import Iterable

from live.board_members import head_members, notice_members, silent_members, standing_members, state_members
from live.boards import Boards, RaceBoard
from live.broadcast import frames
from live.broadcast.context import Generation
from live.broadcast.following import Followers
from live.broadcast.pictures import Picture, changes, standings, take
from live.messages.boards import BoardChanges, BoardPage
from live.messages.display import Notice
from live.strict_json import to_json
from live.wire import Message

EVERY_MS = 100
"""Between two messages with news, while the machine keeps up."""

AT_LEAST_EVERY_MS = 500
"""The same where it does not."""

QUIET_MS = 1_000
"""Between two that only say how far the facts are: in a large race most crossings are below the head."""

BEAT_MS = 10_000
KEPT_PICTURES = 128


class Channel:
    """One race's stream."""

    def __init__(self, board: RaceBoard, beat_ms: int = BEAT_MS) -> None:
        """Nothing is sent before the board was heard whole."""
        self.board = board
        self.followers = Followers(board)
        self.sent: Picture | None = None
        self._above: dict[str, bytes] = {}
        self._above_sent: dict[str, bytes] = {}
        self.generation: Generation | None = None
        self._every_ms = EVERY_MS
        self._latest: Picture | None = None
        self._beat_ms = beat_ms
        self._sent_ms = self._told_ms = -beat_ms
        self._kept: OrderedDict[int, Picture | None] = OrderedDict()
        self._built: dict[int | None, tuple[Picture | None, list[bytes]]] = {}

    # -- the board changes ----------------------------------------------------------------------------------------

    def see(self, touched: Iterable[str] = ()) -> None:
        """Take in what the board says now; `touched` are the bibs whose rows were heard."""
        self.followers.touch(touched)
        self._above = self._stands_above()
        head = self.board.head
        if head is None or not self.board.complete:
            return
        self._keep(take(self.board, self._latest))  # during a freeze ingest publishes nothing newer (T90)

    def _keep(self, new: Picture) -> None:
        old = self._latest
        self._latest = new
        if old is not None and old.head.journal != new.head.journal:
            self._kept.clear()
        version = new.head.version
        if version in self._kept:
            known = self._kept[version]
            # Two pictures of one version (the clock changed it, or it was heard in pieces): who says that he holds
            # this version may hold either.
            self._kept[version] = new if known is not None and known.shows_the_same(new) else None
        else:
            self._kept[version] = new
        if len(self._kept) > KEPT_PICTURES:
            self._kept.popitem(last=False)

    def _stands_above(self) -> dict[str, bytes]:
        """Return what stands above the list, a message for each: notices, and the points that are or were silent."""
        board = self.board
        told = {each.id: to_json({"type": "notice", **notice_members(each)}) for each in board.notices}
        if board.silent or "" in self._above:
            told[""] = to_json({"type": "points", "silent": silent_members(board.silent)})
        return told

    # -- rounds ---------------------------------------------------------------------------------------------------

    @property
    def pending(self) -> bool:
        """There is more to tell than what was sent."""
        return self._latest != self.sent or self._above != self._above_sent

    def due_ms(self, hurry: bool = False) -> int | None:
        """Return when the next round is due, None while nothing is known; `hurry` when somebody waits to join.

        A beat breaks no silence: what comes right after one is told at once.
        """
        if self._latest is None:
            return None
        if self.followers.touched or self._has_news():
            return self._told_ms + self._every_ms
        if self.pending:
            return self._told_ms + (self._every_ms if hurry else QUIET_MS)
        return self._sent_ms + self._beat_ms

    def took(self, round_ms: int) -> None:
        """A round of all races took so long: a third of the time must remain for who joins, for pages and the API."""
        self._every_ms = min(max(round_ms * 3 // 2, EVERY_MS), AT_LEAST_EVERY_MS)

    def _has_news(self) -> bool:
        old, new = self.sent, self._latest
        if old is None or new is None or self._above != self._above_sent:
            return True
        return not old.shows_the_same(new) or _state(old) != _state(new)

    def round(self, now_ms: int) -> list[bytes]:
        """Return what everybody in step is to be sent now, and count it as sent.

        Raises:
            ValueError: nothing is known yet (`due_ms` is None).
        """
        old, new = self.sent, self._latest
        if new is None:
            raise ValueError(f"nothing is known yet of {self.board.race.id}")
        self._sent_ms = now_ms
        if not self.pending:
            return [self.beat()]
        self._told_ms = now_ms
        fresh = [each for key, each in self._above.items() if self._above_sent.get(key) != each]
        self._above_sent = self._above
        self._built.clear()
        if old == new:
            return fresh
        self.sent = new
        self.followers.show(new)
        return [*self._from(old), *fresh]

    def welcome(self, held: int | Picture | None = None, journal: str | None = None) -> list[bytes]:
        """Return what brings somebody in step who holds that version of that journal, or that picture; None: nothing.

        An empty list means: not yet, nothing is known. Only when nothing is `pending`. The same list for all who come
        with the same, built once (T98).
        """
        if self.sent is None:
            return []
        known = self.known(held, journal)
        key = None if known is None else id(known)  # alive as long as it is listed here
        if key not in self._built:
            self._built[key] = known, [*self._from(known, with_state=True), *self._above_sent.values()]
        return self._built[key][1]

    def known(self, held: int | Picture | None, journal: str | None) -> Picture | None:
        """Return what somebody holds who says so, None where nobody can tell: he needs the whole board."""
        if self.sent is not None and journal is not None and journal != self.sent.head.journal:
            return None
        return self._kept.get(held) if isinstance(held, int) else held

    def begin_generation(self) -> None:
        """From now on everybody who holds `sent` may share a new compression context."""
        self.generation = Generation(b"".join(frames.alone(message) for message in self.welcome()))

    def beat(self) -> bytes:
        """Return the sign of life: which version everybody should hold, and the check of its order."""
        assert self.sent is not None, "a beat before anything was sent"
        return to_json({"type": "beat", "version": self.sent.head.version, "check": self.sent.check})

    def _from(self, old: Picture | None, with_state: bool = False) -> list[bytes]:
        """Return the messages from `old` to `sent`: the changes, or the whole board."""
        new = self.sent
        assert new is not None
        found = changes(old, new, self.board) if old else None
        if old is None or found is None:
            rows = standings(new, self.board)
            return [to_json({"type": "board", **head_members(new.head, rows, new.count, new.close_below)})]
        told = {
            "type": "changes",
            "from": old.head.version,
            "version": new.head.version,
            "as_of_ms": new.head.as_of_ms,
            "standings": [{**standing_members(row), "index": index} for index, row in found.named],
            "places": found.places,
            **({} if new.close_below == old.close_below else {"close_below": new.close_below}),
        }
        messages = [to_json(told)]
        if with_state or _state(old) != _state(new):
            messages.append(to_json({"type": "state", **_state(new), "version": new.head.version}))
        return messages


class Hub:
    """The channels of all races, fed with what the bus brings."""

    def __init__(self, boards: Boards, beat_ms: int = BEAT_MS) -> None:
        """One channel a race."""
        self._boards = boards
        self.channels = {race: Channel(board, beat_ms) for race, board in boards.by_race.items()}

    def hear(self, message: Message) -> bool:
        """Take in a message from the bus; return whether a channel may have something to tell now."""
        board = self._boards.hear(message)
        if isinstance(message, Notice):
            for channel in self.channels.values():
                channel.see()
            return True
        if board is None:
            return False
        rows = message.rows if isinstance(message, BoardChanges | BoardPage) else ()
        self.channels[board.race.id].see(row.bib for row in rows)
        return True


def _state(picture: Picture) -> dict[str, object]:
    head = picture.head
    return {
        "state": head.state,
        "frozen": head.frozen,
        "gun_ms": head.gun_ms,
        **state_members(head),
    }
