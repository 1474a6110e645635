"""What crosses a process border: passages, decisions, boards, and the few words services say to each other.

Frozen values without behaviour. Their JSON and their topics are in `wire`; instants and durations are whole ms.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

Status = Literal["not_started", "running", "finished", "dnf", "dns", "dsq", "out_of_competition"]
Quality = Literal["measured", "estimated", "corrected"]
RaceState = Literal["planned", "running", "provisional", "official"]
ManualStatus = Literal["dnf", "dns", "dsq", "out_of_competition", "finished", "running", "not_started"]


# --- from devices -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passage:
    """What a device says: this chip (or bib) at this timing point at this instant. Never edited.

    `(device, epoch, seq)` identifies it for ever. `point` is set where the device serves several.
    """

    device: str
    epoch: str
    seq: int
    at_ms: int
    chip: str | None = None
    bib: str | None = None
    runner: str | None = None
    race: str | None = None
    point: str | None = None
    rssi: int | None = None
    reads: int | None = None

    @property
    def identity(self) -> tuple[str, str, int]:
        """`(device, epoch, seq)`."""
        return (self.device, self.epoch, self.seq)


@dataclass(frozen=True, slots=True)
class Rejected:
    """What could not be understood, with the reason and the raw bytes. Kept, counted, shown; never fatal.

    Where `device`, `epoch` and `seq` could be read, the row counts as stored, so that the device stops sending it.
    """

    topic: str
    raw: bytes
    reason: str
    device: str | None = None
    epoch: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class PassageBatch:
    """One message of a device: the passages that were understood and those that were not."""

    device: str
    epoch: str
    passages: tuple[Passage, ...]
    rejected: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """How far a device's clock is from ours, and how sure that is, both in ms."""

    offset_ms: int = 0
    error_ms: int = 0


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """A device's own word about itself; ``offline`` comes as its last will."""

    device: str
    state: Literal["online", "offline"]
    at_ms: int | None = None
    epoch: str | None = None
    last_seq: int = 0
    queued: int = 0
    clock: Clock | None = None
    battery: float | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """Every passage of this device's epoch up to `through` is durable: only now may the device forget it."""

    device: str
    epoch: str
    through: int


@dataclass(frozen=True, slots=True)
class ClockAsked:
    """A device asks the time."""

    device: str
    sent_ms: int


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """Our answer to `ClockAsked`; the device knows its offset from these three instants."""

    device: str
    sent_ms: int
    heard_ms: int
    answered_ms: int


# --- decisions of officials -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FireGun:
    """The gun of one start group, or of the whole race where `wave` is None."""

    type: ClassVar[str] = "fire_gun"
    race: str
    gun_at_ms: int
    wave: str | None = None


@dataclass(frozen=True, slots=True)
class VoidPassage:
    """This passage is not to count."""

    type: ClassVar[str] = "void_passage"
    device: str
    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class RestorePassage:
    """A voided passage counts again."""

    type: ClassVar[str] = "restore_passage"
    device: str
    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class AddCrossing:
    """Somebody crossed and no device saw it. The lap follows from the rules."""

    type: ClassVar[str] = "add_crossing"
    race: str
    bib: str
    crossed_at_ms: int
    runner: str | None = None
    point: str | None = None


@dataclass(frozen=True, slots=True)
class AssignChip:
    """From this instant on the chip is worn by this runner (`from_at_ms` None: since ever)."""

    type: ClassVar[str] = "assign_chip"
    chip: str
    race: str
    bib: str
    runner: str
    from_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One runner of a team."""

    bib: str
    runner: str


@dataclass(frozen=True, slots=True)
class SwapChips:
    """From this instant on (None: since ever) each of the two wears what chips the other wore."""

    type: ClassVar[str] = "swap_chips"
    race: str
    a: Member
    b: Member
    from_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ReorderRunners:
    """Who runs in whose place: the first of `order` runs where the first code of the race's legs stands, and so on."""

    type: ClassVar[str] = "reorder_runners"
    race: str
    bib: str
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShiftClock:
    """A device's clock was wrong: its instants from one to the other (None: open) are judged `by_ms` later.

    Both ends belong to the span, and are instants as the device said them. A clock that drifted was `by_ms` off at the
    first and `to_by_ms` at the last: what lies between is judged later by what lies between (T26).
    """

    type: ClassVar[str] = "shift_clock"
    device: str
    by_ms: int
    from_at_ms: int | None = None
    to_at_ms: int | None = None
    to_by_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ResolveDoubt:
    """A doubt is accepted, or refused."""

    type: ClassVar[str] = "resolve_doubt"
    doubt: str
    accept: bool


@dataclass(frozen=True, slots=True)
class SetStatus:
    """A status set by hand; None makes it automatic again. It survives everything else."""

    type: ClassVar[str] = "set_status"
    race: str
    bib: str
    status: ManualStatus | None


@dataclass(frozen=True, slots=True)
class AdjustTime:
    """A penalty (positive) or bonus, in the final time only."""

    type: ClassVar[str] = "adjust_time"
    race: str
    bib: str
    by_ms: int


@dataclass(frozen=True, slots=True)
class Restart:
    """A mass restart: teams that have not begun this lap by then begin it then."""

    type: ClassVar[str] = "restart"
    race: str
    lap: int
    restart_at_ms: int


@dataclass(frozen=True, slots=True)
class CloseRace:
    """The race is provisional from now on, although some still run."""

    type: ClassVar[str] = "close_race"
    race: str


@dataclass(frozen=True, slots=True)
class PublishOfficial:
    """The result is official. Where two officials are asked, the second names the first's decision in `confirms`."""

    type: ClassVar[str] = "publish_official"
    race: str
    confirms: str | None = None


@dataclass(frozen=True, slots=True)
class ReopenRace:
    """Neither closed nor official any more: the state is again what follows from the facts."""

    type: ClassVar[str] = "reopen_race"
    race: str


@dataclass(frozen=True, slots=True)
class FreezePublic:
    """From now on the public sees nothing newer, until it is revealed."""

    type: ClassVar[str] = "freeze_public"
    race: str


@dataclass(frozen=True, slots=True)
class RevealPublic:
    """The public sees everything again."""

    type: ClassVar[str] = "reveal_public"
    race: str


@dataclass(frozen=True, slots=True)
class Revoke:
    """An earlier decision is taken back; revoking the revocation brings it back."""

    type: ClassVar[str] = "revoke"
    decision: str


@dataclass(frozen=True, slots=True)
class GivePrize:
    """A prize was handed over: its number in the event file from 1; one place of it, or (None) all of it.

    `bibs` are those it was handed to, as it was then; `places` gives each one's place where all of it was given (None:
    1, 2, 3 …). The server fills in both from the board where the official leaves them out.
    """

    type: ClassVar[str] = "give_prize"
    race: str
    prize: int
    place: int | None = None
    bibs: tuple[str, ...] | None = None
    places: tuple[int, ...] | None = None


Ruling = (
    FireGun
    | VoidPassage
    | RestorePassage
    | AddCrossing
    | AssignChip
    | SwapChips
    | ReorderRunners
    | ShiftClock
    | ResolveDoubt
    | SetStatus
    | AdjustTime
    | Restart
    | CloseRace
    | PublishOfficial
    | ReopenRace
    | FreezePublic
    | RevealPublic
    | Revoke
    | GivePrize
)
RULINGS: dict[str, type[Ruling]] = {
    ruling.type: ruling
    for ruling in (
        FireGun,
        VoidPassage,
        RestorePassage,
        AddCrossing,
        AssignChip,
        SwapChips,
        ReorderRunners,
        ShiftClock,
        ResolveDoubt,
        SetStatus,
        AdjustTime,
        Restart,
        CloseRace,
        PublishOfficial,
        ReopenRace,
        FreezePublic,
        RevealPublic,
        Revoke,
        GivePrize,
    )
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What an official ruled, with who, when and why. A fact like a passage, reversible, never an edit.

    `base_version` is the version of the team that the official had before him; it is checked, not kept.
    """

    id: str
    by: str
    at_ms: int
    ruling: Ruling
    reason: str = ""
    base_version: int | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Something that speaks against a publication, in words; `podium` is the place on a podium that it touches."""

    what: Literal["state", "objections", "doubt", "provisional", "estimated"]
    text: str
    bib: str | None = None
    podium: int | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Ingest's answer to a decision: 202 with the journal's version, or 409 or 422 with the reason.

    `open` lists what speaks against a publication that is refused; `pending` says that another official must confirm.
    """

    id: str
    status: Literal[202, 409, 422]
    version: int = 0
    reason: str = ""
    open: tuple[Open, ...] = ()
    pending: bool = False


# --- boards -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forecast:
    """When somebody is expected at a point, with its uncertainty."""

    at_ms: int
    error_ms: int
    point: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One team as ingest judges it; its place follows from the rows of all (`boards`).

    `key` orders the rows: smaller is better, equal is a tie. `placed` says whether a place is due at all.
    `time_ms` is from the gun to the last measured point (with a mass restart: the sum of the laps), `at_ms` the
    instant of that crossing. `lap_qualities` has one letter a lap: m(easured), e(stimated), c(orrected); `incomplete`
    are the laps of which a runner is still unseen. `version` is the journal's seq of the last fact that changed this
    row. `order` says who runs in whose place, one runner for each of the race's `roles` ("" for nobody); empty where
    they run as the entries say.
    """

    bib: str
    version: int
    key: tuple[int, ...]
    placed: bool
    status: Status
    laps: int = 0
    point: str | None = None
    time_ms: int | None = None
    at_ms: int | None = None
    quality: Quality = "measured"
    provisional: bool = False
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    lap_times_ms: tuple[int, ...] = ()
    lap_qualities: str = ""
    incomplete: tuple[int, ...] = ()
    next: Forecast | None = None
    finish: Forecast | None = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardHead:
    """All of a board but its rows. Retained.

    `journal` names the journal that the version counts in; another journal means that all else is void. `pages` is
    how many pages of rows there are. `as_of_ms` is the latest plausible instant of a fact of this race. `gun_ms` is
    its gun, the earliest of its start groups, None before one was fired: the race clock of page and screen.

    `provisional_since_ms` is when nobody ran any more or the race was closed, `objections_until_ms` the end of the
    window for objections. `edition` counts the official results, 0 before the first; `official_at_ms` is the instant
    of the present one, None while there is none. `frozen_since_ms` goes with `frozen`.
    """

    race: str
    journal: str
    version: int
    state: RaceState
    as_of_ms: int
    laps_total: int | None
    entries: int
    pages: int
    frozen: bool = False
    gun_ms: int | None = None
    edition: int = 0
    official_at_ms: int | None = None
    provisional_since_ms: int | None = None
    objections_until_ms: int | None = None

    @property
    def told(self) -> tuple[object, ...]:
        """All that is worth telling again when it differs: not the clock alone."""
        return (
            *(self.version, self.state, self.gun_ms, self.frozen, self.frozen_since_ms, self.edition),
            *(self.official_at_ms, self.provisional_since_ms, self.objections_until_ms, self.entries),
        )

    frozen_since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class BoardPage:
    """Some of a board's rows: always the same teams on the same page, whatever their places. Retained.

    `version` is that of the board when the page was written: it says which of two pieces is the newer.
    """

    race: str
    journal: str
    page: int
    rows: tuple[Row, ...]
    version: int


@dataclass(frozen=True, slots=True)
class BoardChanges:
    """The rows that changed between two versions of a board. Not retained: the pages follow within a second.

    With `more`, further rows of the same change follow at once: only the last of them brings a board to its version.
    """

    head: BoardHead
    since: int
    rows: tuple[Row, ...]
    more: bool = False


# --- for the speaker, and for screens ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinePassage:
    """Somebody at the line, told at once, and told again when the judging says otherwise. For officials and speakers.

    ``raw`` is not judged yet; ``counted``: it is a crossing, or one more witness of it; ``questionable``: an official
    has to rule; ``ignored``: it was none, `reason` says why. `runners` may be empty: a bib that was typed.
    """

    race: str
    bib: str
    runners: tuple[str, ...]
    device: str
    epoch: str
    seq: int
    at_ms: int
    state: Literal["raw", "counted", "questionable", "ignored"] = "raw"
    reason: str = ""
    lap: int | None = None


ScreenView = Literal[
    "board", "category", "arrivals", "map", "companies", "sponsors", "podium", "message", "qr", "black", "auto"
]


@dataclass(frozen=True, slots=True)
class ScreenShows:
    """What officials want the screen of this name to show. Retained: the newest stands. No fact of a race.

    `race` is None for the event's main race; `category` goes with ``category``, `text` by language with ``message``.
    """

    name: str
    view: ScreenView
    race: str | None = None
    category: str | None = None
    text: dict[str, str] = field(default_factory=dict)
    id: str = ""
    by: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Unveiled:
    """The prize that stands on the podium, and which of its places the speaker has read out. Retained, one a race.

    Before the reveal nothing else of a result leaves for the public. `prize` is None when the podium is empty.
    """

    race: str
    prize: int | None
    places: tuple[int, ...] = ()
    id: str = ""
    by: str = ""
    at_ms: int = 0


@dataclass(frozen=True, slots=True)
class NamesSaid:
    """When a speaker last said each team of a race, by bib: every speaker's page shows it. Retained. No fact.

    Two may press at once in two processes, so this is no list to be replaced: whoever hears it joins it with what he
    knew, and the next one that is sent holds both.
    """

    race: str
    at_ms: dict[str, int]
    id: str = ""
    by: str = ""


# --- what stands above a list ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notice:
    """An official's announcement, on every surface of every race. Retained: the newest of an `id` stands. No fact.

    `text` is by language; ``safety`` comes first and cannot be closed. After `until_ms` (None: open) it is over; one
    that was withdrawn stays known as such, so that a phone which slept is told.
    """

    id: str
    level: Literal["info", "safety"]
    text: dict[str, str]
    until_ms: int | None = None
    withdrawn: bool = False
    by: str = ""
    at_ms: int = 0

    def is_open(self, now_ms: int) -> bool:
        """Whether it is to be shown at that instant of the race."""
        return not self.withdrawn and (self.until_ms is None or self.until_ms > now_ms)

    def said(self, language: str) -> str:
        """Return its words in that language, in the event's first where it has none."""
        return self.text.get(language) or next(iter(self.text.values()), "")


@dataclass(frozen=True, slots=True)
class SilentPoint:
    """A timing point none of whose devices is on line, and since when."""

    point: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class SilentPoints:
    """The timing points of a race that should speak and do not; retained, whole."""

    race: str
    silent: tuple[SilentPoint, ...] = ()


# --- between services -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Backup:
    """The newest good backup of the journal: when it held all there was, how many facts that were.

    `at_ms` is 0 before the first. `trouble` says in words why there is no newer one; empty while all is well.
    """

    at_ms: int = 0
    facts: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """Ingest's sign of life, once a second, and its claim to be the only one (`claim`, see `ingest.claim`).

    `alarm` says in words why passages are not being stored; empty while they are. `canary_heard_at_ms` and
    `canary_stored_at_ms` are when the newest canary was sent that ingest heard, and that is durable.
    """

    claim: str
    at_ms: int
    journal: str
    version: int
    passages: int = 0
    rejected: int = 0
    alarm: str = ""
    canary_heard_at_ms: int = 0
    canary_stored_at_ms: int = 0
    backup: Backup = Backup()


@dataclass(frozen=True, slots=True)
class Canary:
    """A passage of no chip, sent every 5 s as a device would, to prove that the chain holds. It is no fact.

    The journal overwrites one row with it in the transaction of the facts it came with. Published among the boards,
    retained: whoever hears it knows that broker, ingest, journal and boards work.
    """

    epoch: str
    seq: int
    sent_at_ms: int
    heard_at_ms: int
    stored_at_ms: int


@dataclass(frozen=True, slots=True)
class Trespass:
    """What a user of the broker did that is not his.

    ``publish``: on a topic that he may not use, which the broker drops though it says PUBACK. ``client_id``: connected
    under another's name, whose connection that ends. ``flood``: published more than ingest can take; it is refused to
    him until there is room. ``size``: a message larger than the broker takes, which ends his connection each time.
    `about` is the topic, the client id or the size; `at_ms` the last time.
    """

    user: str
    what: Literal["publish", "client_id", "flood", "size"]
    about: str
    times: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class BrokerHealth:
    """The word of whoever looks after the broker, once a second.

    `taken_at_ms` is when the newest canary was sent that the broker has confirmed, 0 before the first. `alarm` says in
    words what is wrong with the broker; empty while nothing is. `trespasses` are the latest, `counts` all of them.
    """

    at_ms: int
    taken_at_ms: int = 0
    alarm: str = ""
    restarts: int = 0
    trespasses: tuple[Trespass, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """A question from the web to ingest: what only ingest knows. `service` is who asks."""

    id: str
    service: str
    question: str
    about: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """A part of an answer: compressed JSON, cut so that no message is large. `part` counts from 0."""

    id: str
    service: str
    part: int
    parts: int
    body: bytes


Message = (
    PassageBatch
    | DeviceStatus
    | Stored
    | ClockAsked
    | ClockAnswer
    | Decision
    | Verdict
    | BoardHead
    | BoardPage
    | BoardChanges
    | LinePassage
    | ScreenShows
    | Unveiled
    | NamesSaid
    | Notice
    | SilentPoints
    | Health
    | Canary
    | BrokerHealth
    | Ask
    | AnswerPart
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One fact in the journal, with its place in it and the instant it was heard."""

    seq: int
    heard_at_ms: int
    fact: Passage | Decision
