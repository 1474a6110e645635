"""Why a race cannot be closed, published, opened again, frozen or revealed: what is still open, and the cure."""

from typing import TYPE_CHECKING, assert_never

from live.ingest.publication import what_is_open
from live.ingest.states import StateRuling
from live.messages.decisions import CloseRace, Decision, FreezePublic, Open, PublishOfficial, ReopenRace, RevealPublic

if TYPE_CHECKING:
    from live.ingest.meeting import Meeting
    from live.ingest.race import LiveRace

MOST_NAMED = 5
"""In the sentence of a refusal; the list beside it has them all."""


class StillOpen(ValueError):
    """A result cannot be official yet; `open` says what speaks against it."""

    def __init__(self, race: str, open: tuple[Open, ...]) -> None:
        named = "; ".join(each.text for each in open[:MOST_NAMED])
        more = f"; and {len(open) - MOST_NAMED} more" if len(open) > MOST_NAMED else ""
        cure = "settle these" if any(_blocks(each) for each in open) else "settle these, or give a reason"
        super().__init__(f"{race} cannot be official yet: {named}{more}. {cure[0].upper()}{cure[1:]}")
        self.open = open


def check_state(meeting: "Meeting", decision: Decision, ruling: StateRuling) -> None:
    """Hold a ruling on a race as a whole against its state.

    Raises:
        StillOpen: it cannot be published yet.
        ValueError: it makes no sense in this state.
    """
    meeting.settle(decision.at_ms)
    live = meeting.races[ruling.race]
    match ruling:
        case CloseRace():
            _close(live)
        case PublishOfficial():
            _publish(meeting, live, decision, ruling)
        case ReopenRace():
            if live.ruled.closed is None and live.ruled.published is None and live.ruled.pending is None:
                raise ValueError(f"{ruling.race} is {live.state()} by its facts, neither closed nor official")
        case FreezePublic():
            if live.ruled.frozen is not None:
                raise ValueError(
                    f"{ruling.race} is frozen already, by {live.ruled.frozen.decision.by}: reveal it first"
                )
        case RevealPublic():
            if live.ruled.frozen is None:
                raise ValueError(f"{ruling.race} is not frozen: the public sees everything")
        case _:
            assert_never(ruling)


def _close(live: "LiveRace") -> None:
    state = live.state()
    if state == "planned":
        raise ValueError(f"{live.race.id} has not started: fire_gun first")
    if state == "official":
        raise ValueError(f"{live.race.id} is official: reopen_race first")
    if live.ruled.closed is not None:
        raise ValueError(f"{live.race.id} was closed already, by {live.ruled.closed.decision.by}")


def _publish(meeting: "Meeting", live: "LiveRace", decision: Decision, ruling: PublishOfficial) -> None:
    if live.ruled.published is not None:
        raise ValueError(f"{live.race.id} is official already, edition {live.editions.number}: reopen_race first")
    if meeting.event.officials_to_publish > 1:
        _confirm(live, decision, ruling)
    found = tuple(_open(meeting, live, decision))
    if any(_blocks(each) for each in found) or (found and not decision.reason.strip()):
        raise StillOpen(live.race.id, found)


def _confirm(live: "LiveRace", decision: Decision, ruling: PublishOfficial) -> None:
    """Two officials are asked: the second names the first's decision."""
    first = None if live.ruled.pending is None else live.ruled.pending.decision
    if first is None and ruling.confirms is not None:
        raise ValueError(f"no publication of {live.race.id} waits to be confirmed: leave `confirms` out")
    if first is not None and ruling.confirms != first.id:
        raise ValueError(f"{first.by}'s publication {first.id!r} waits: confirm it with `confirms`, or revoke it")
    if first is not None and decision.by == first.by:
        raise ValueError(f"{first.by} cannot confirm a publication of his own: another official must")


def _open(meeting: "Meeting", live: "LiveRace", decision: Decision) -> list[Open]:
    found, state = [], live.state()
    if state != "provisional":
        still = sum(
            team.row is not None and team.row.status in ("running", "not_started") for team in live.teams.values()
        )
        found.append(
            Open("state", f"the race is {state}, {still} teams are still to finish: close_race, or their status")
        )
    rows = [team.row for team in live.teams.values() if team.row is not None]
    found += what_is_open(live.race, rows)
    until_ms = live.live_head().objections_until_ms
    if meeting.event.clock == "wall" and until_ms is not None and decision.at_ms < until_ms:
        minutes = -(-(until_ms - decision.at_ms) // 60_000)
        found.append(Open("objections", f"objections are heard for {minutes} minutes more"))
    return found


def _blocks(open: Open) -> bool:
    """Whether not even a reason helps: the race still runs, or a podium place is no measured one (T77)."""
    return open.what == "state" or open.podium is not None
