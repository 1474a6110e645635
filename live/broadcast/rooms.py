"""Who watches which race: in step with it, waiting to be brought in step, or not reading. It says who is to be sent
what; `rounds` sends it.
"""

from dataclasses import dataclass

from live.broadcast import frames
from live.broadcast.crowds import Crowd, Listed, Phone
from live.broadcast.hub import Channel
from live.broadcast.pictures import Picture

Held = int | Picture | None
"""What a phone says it holds (a version), or what we know that it holds."""


@dataclass(slots=True)
class _Lag:
    held: Held
    journal: str | None
    unsent: int
    since_ms: int


class Room:
    """The phones of one race: in step, waiting to be brought in step, or not reading.

    Those in step are of three kinds, and those of a kind get the same bytes: `plain` reads nothing compressed,
    `shared` has read all of the race's generation (`context`), `between` waits for the next one.
    """

    def __init__(self, channel: Channel) -> None:
        """Empty."""
        self.channel = channel
        self.plain, self.shared, self.between = Crowd(), Crowd(), Crowd()
        self.waiting: dict[Phone, tuple[Held, str | None]] = {}
        self.lagging: dict[Phone, _Lag] = {}

    def join(self, phone: Phone, since: int | None, journal: str | None) -> None:
        """A newcomer, who says that he holds version `since` of that journal."""
        self.waiting[phone] = since, journal

    def in_step(self, phone: Phone) -> bool:
        """Whether the phone gets the rounds."""
        return phone in self.shared or phone in self.plain or phone in self.between

    def members(self) -> list[Listed]:
        """Return all in step, as they are now, by kind."""
        return [kind.listed() for kind in (self.plain, self.between, self.shared) if kind]

    def pause(self, phone: Phone, now_ms: int) -> None:
        """The phone does not take what it was sent: no more rounds for it."""
        held = self.waiting.pop(phone, (self.channel.sent, None))
        self._out_of_step(phone)
        self.lagging[phone] = _Lag(*held, phone.transport.get_write_buffer_size(), now_ms)

    def resume(self, phone: Phone) -> None:
        """The phone has taken all it was sent."""
        if lag := self.lagging.pop(phone, None):
            self.waiting[phone] = lag.held, lag.journal

    def leave(self, phone: Phone) -> None:
        """The phone is gone, or told to go."""
        self._out_of_step(phone)
        self.waiting.pop(phone, None)
        self.lagging.pop(phone, None)
        self.channel.followers.drop(phone)

    def stalled(self, now_ms: int, slow_ms: int) -> list[Phone]:
        """Return the phones that took nothing for so long."""
        for phone, lag in self.lagging.items():
            unsent = phone.transport.get_write_buffer_size()
            if unsent < lag.unsent:
                lag.unsent, lag.since_ms = unsent, now_ms
        return [phone for phone, lag in self.lagging.items() if now_ms - lag.since_ms >= slow_ms]

    def tell(self, now_ms: int) -> list[tuple[Listed, bytes]]:
        """Return who is to be sent what in a round, and count it as sent."""
        if not self.channel.pending:  # a sign of life: not worth a place in the log
            beat = _plain(self.channel.round(now_ms))
            return [(kind, beat) for kind in self.members()]
        self._begin_generation_if_due()
        messages = self.channel.round(now_ms)
        told = [(self.plain.listed(), _plain(messages))]
        if self.between:
            told.append((self.between.listed(), _alone(messages)))
        if self.channel.generation:
            told.append((self.shared.listed(), self.channel.generation.tell(messages)))
        return told

    def welcome(self, phone: Phone, framed: dict[tuple[int, bool], tuple[list[bytes], bytes]]) -> bytes:
        """Bring a phone that waits in step; return what it is to be sent. `framed` keeps what was built for others."""
        held = self.waiting.pop(phone)
        if phone.deflates and self.channel.known(*held) is None:
            if self.channel.generation is None:
                self.channel.begin_generation()
            assert self.channel.generation is not None
            self.shared.add(phone)
            return self.channel.generation.welcome()
        (self.between if phone.deflates else self.plain).add(phone)
        messages = self.channel.welcome(*held)
        key = id(messages), phone.deflates
        if key not in framed:
            framed[key] = messages, (_alone if phone.deflates else _plain)(messages)
        return framed[key][1]

    def _begin_generation_if_due(self) -> None:
        generation = self.channel.generation
        if not self.shared and not self.between:
            self.channel.generation = None
        elif generation is None or not self.shared or generation.is_over(awaited=bool(self.between)):
            self.channel.begin_generation()
            self.shared.take_over(self.between)

    def _out_of_step(self, phone: Phone) -> None:
        for kind in (self.shared, self.plain, self.between):
            kind.drop(phone)


def _plain(messages: list[bytes]) -> bytes:
    return b"".join(frames.text(each) for each in messages)


def _alone(messages: list[bytes]) -> bytes:
    return b"".join(frames.alone(each) for each in messages)
