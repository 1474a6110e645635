"""What officials rule, and the answer to it."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from live.messages.boards import Status


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
    """A voided passage counts again; with `fact` (the journal's seq), of several contents under its identity this."""

    type: ClassVar[str] = "restore_passage"
    device: str
    epoch: str
    seq: int
    fact: int | None = None


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
    status: Status | None


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
RULINGS: dict[str, type[Ruling]] = {ruling.type: ruling for ruling in get_args(Ruling)}


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
