"""What an official should look at that is of no team: clocks, chips and bibs that nobody has, a chip on two teams.

Made anew from all passages whenever it is asked for. The members are those of a team's doubt; race, bib and lap are
null, and what each kind has beside them stands in its function.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from live.ingest.belonging import EARLIEST_MS, LATEST_MS, on_course
from live.ingest.clocks import Reading, Wrong, differs_by_ms, faults, number_of, only_theirs
from live.ingest.judged import OFFICIAL, Sighting
from live.ingest.suggesting import suggestions
from live.slips import one_slip
from live.times import format_time

if TYPE_CHECKING:
    from live.ingest.meeting import Meeting
    from live.ingest.team import Heard, Team

MOST_OF_A_KIND = 500
"""So many doubts of one kind at most, the latest: a foreign race next door has thousands of chips."""

Epoch = tuple[str, str]
"""A device and an epoch of it."""


def doubts(meeting: "Meeting") -> list[dict[str, Any]]:
    """Return all doubts that are of no team, without those that an official has dismissed."""
    found = [*_clocks(meeting), *_chips(meeting), *_bibs(meeting)]
    return [doubt for doubt in found if doubt["id"] not in meeting.rulings.resolved]


def _doubt(kind: str, name: str, at_ms: int, about: Mapping[str, Any], repair: Any = None) -> dict[str, Any]:
    nothing = dict.fromkeys(("race", "bib", "lap", "runner", "passage", "status"))
    return {
        "id": f"{kind.replace('_', '-')}/{name}",
        "kind": kind,
        **nothing,
        "at_ms": at_ms,
        "repair": repair,
        **about,
    }


# --- clocks -----------------------------------------------------------------------------------------------------


def _clocks(meeting: "Meeting") -> Iterator[dict[str, Any]]:
    """Yield a doubt for each span in which a clock is wrong (T11, T23, T24, T25, T27, T32).

    Members: `device`, `epoch`, `fault`, `from_at_ms`, `to_at_ms` (null: open), `off` (by how much, as people read it),
    `other` (the device that it differs from). The repair is a `shift_clock`; null where none would mend it.
    """
    epochs = _readings(meeting)
    newest = {device: epoch for device, epoch in epochs}
    witnessed = _witnessed(meeting)
    said = _all_said(epochs)
    for (device, epoch), readings in epochs.items():
        readings.sort(key=lambda each: each.seq)
        goes_on = newest[device] == epoch
        found = faults(readings, heard_live=meeting.clock == "wall", goes_on=goes_on)
        by_hand = device in meeting.event.by_device and meeting.event.by_device[device].trust in ("handheld", "manual")
        others = [] if found else [*_differs(readings, witnessed.get((device, epoch), {}), by_hand, goes_on)]
        named = [*((wrong, None) for wrong in found), *others]
        numbers = [number_of(wrong, readings) for wrong, _ in named]
        mended = only_theirs([wrong for wrong, _ in named], said[device], numbers)
        for wrong, (_, other) in zip(mended, named, strict=True):
            yield _clock(device, epoch, wrong, other)


def _clock(device: str, epoch: str, wrong: Wrong, other: str | None) -> dict[str, Any]:
    span = {"from_at_ms": wrong.from_ms, "to_at_ms": wrong.to_ms}
    repair = None if wrong.by_ms is None else {"type": "shift_clock", "device": device, **span, "by_ms": wrong.by_ms}
    off = "" if wrong.by_ms is None else format_time(abs(wrong.by_ms), tenths=abs(wrong.by_ms) < 10_000)
    about = {"device": device, "epoch": epoch, "fault": wrong.fault, **span, "off": off, "other": other}
    return _doubt("clock", f"{device}/{epoch}/{wrong.from_ms}", wrong.from_ms, about, repair)


def _readings(meeting: "Meeting") -> dict[Epoch, list[Reading]]:
    """Return what each device said in each epoch; an epoch heard of later stands behind those before it.

    In a replay a reading was heard when the latest plausible instant before it in the journal was.
    """
    epochs: dict[Epoch, list[Reading]] = {}
    spans = [(race.start_ms - EARLIEST_MS, race.start_ms + LATEST_MS) for race in meeting.event.races]
    wall, latest_ms = meeting.clock == "wall", None
    for heard in meeting.in_order:
        passage, at_ms = heard.passage, heard.at_ms
        plausible = any(first <= at_ms <= last for first, last in spans)
        reading = Reading(passage.seq, passage.at_ms, at_ms, heard.heard_at_ms if wall else latest_ms, plausible)
        epochs.setdefault((passage.device, passage.epoch), []).append(reading)
        if plausible:
            latest_ms = at_ms if latest_ms is None else max(latest_ms, at_ms)
    return epochs


def _all_said(epochs: Mapping[Epoch, list[Reading]]) -> dict[str, list[int]]:
    said: dict[str, list[int]] = {}
    for (device, _), readings in epochs.items():
        said.setdefault(device, []).extend(each.said_ms for each in readings)
    return {device: sorted(instants) for device, instants in said.items()}


def _witnessed(meeting: "Meeting") -> dict[Epoch, dict[tuple[int, str], list[int]]]:
    """Return for each device, by the trust and name of each more trusted one, how much later it saw each crossing."""
    found: dict[Epoch, dict[tuple[int, str], list[int]]] = {}
    for live in meeting.races.values():
        for team in live.teams.values():
            for seen, better in _pairs(team):
                others = found.setdefault((seen.device, seen.epoch), {})
                others.setdefault((better.trust, better.device), []).append(seen.at_ms - better.at_ms)
    return found


def _pairs(team: "Team") -> Iterator[tuple[Sighting, Sighting]]:
    """Yield the witnesses of one crossing, each with the one that gave its instant, where another device did."""
    if all(crossing.reason != "witness" for crossing in team.judged.crossings):
        return
    counted: dict[tuple[int, str, str | None], Sighting] = {}
    for verdicts in (("counted",), ("ignored",)):
        for crossing in team.judged.crossings:
            seen = crossing.sighting
            if seen is None or crossing.verdict not in verdicts:
                continue
            which = (crossing.lap, seen.point, crossing.runner)
            if crossing.verdict == "counted":
                counted[which] = seen
            elif crossing.reason == "witness" and (better := counted.get(which)) and _less(seen, better):
                yield seen, better


def _less(seen: Sighting, better: Sighting) -> bool:
    return better.trust != OFFICIAL and seen.device != better.device


def _differs(
    readings: Sequence[Reading], witnessed: Mapping[tuple[int, str], Sequence[int]], by_hand: bool, goes_on: bool
) -> Iterator[tuple[Wrong, str]]:
    """Yield that the device differs from the most trusted of those that saw the same crossings."""
    for (_, other), later_ms in sorted(witnessed.items()):
        usual_ms = differs_by_ms(later_ms, by_hand)
        if usual_ms is not None:
            said = [each.said_ms for each in readings]
            by_ms = readings[-1].at_ms - readings[-1].said_ms - usual_ms
            yield Wrong("differs", min(said), None if goes_on else max(said), by_ms), other
        return


# --- chips and bibs that are nobody's, or of two -----------------------------------------------------------------


def _chips(meeting: "Meeting") -> Iterator[dict[str, Any]]:
    """Yield a doubt for each chip that nobody wears (T07), and for each that two teams wear (T60).

    Members: `chip`, `count`, `first_at_ms`, `last_at_ms`, and `teams`, those who wear it.
    """
    read: dict[tuple[str, str], list[int]] = {}
    for heard in meeting.in_order:
        chip = heard.passage.chip
        if (
            chip is not None
            and heard.reason in ("unknown_chip", "chip_on_two_teams")
            and not _set_aside(meeting, heard)
        ):
            read.setdefault((heard.reason, chip), []).append(heard.at_ms)
    for kind in ("unknown_chip", "chip_on_two_teams"):
        of_kind = sorted((max(instants), chip) for (why, chip), instants in read.items() if why == kind)
        for last_ms, chip in of_kind[-MOST_OF_A_KIND:]:
            instants = read[kind, chip]
            wearers = meeting.roster.wearers(chip, last_ms)
            teams = [{"race": each.race, "bib": each.bib} for each in wearers]
            span = {"first_at_ms": min(instants), "last_at_ms": last_ms}
            about = {"chip": chip, "count": len(instants), **span, "teams": teams, "bibs": _bibs_of(teams)}
            yield _doubt(kind, chip, last_ms, about)


def _bibs(meeting: "Meeting") -> Iterator[dict[str, Any]]:
    """Yield a doubt for each passage by a bib that nobody has (T19).

    Members: `device`, `epoch`, `seq`, `typed` (the bib), `suggestions` (bibs, the likeliest first).
    """
    nobody = [each for each in meeting.in_order if each.reason == "unknown_bib" and not _set_aside(meeting, each)]
    for heard in nobody[-MOST_OF_A_KIND:]:
        device, epoch, seq = heard.passage.identity
        near = suggested_bibs(meeting, heard)
        about = {"device": device, "epoch": epoch, "seq": seq, "typed": heard.passage.bib, "suggestions": near}
        yield _doubt("unknown_bib", f"{device}/{epoch}/{seq}", heard.at_ms, {**about, "bibs": _bibs_of(near)})


def _bibs_of(teams: Sequence[Mapping[str, str]]) -> str:
    return ", ".join(each["bib"] for each in teams)


def suggested_bibs(meeting: "Meeting", heard: "Heard") -> list[dict[str, str]]:
    """Return whose bib may have been meant by one that nobody has: of each race that the device can see."""
    passage, device = heard.passage, meeting.event.by_device.get(heard.passage.device)
    point = passage.point or (device.point if device else None)
    found = []
    for live in meeting.races.values():
        if device is None or point is None or not on_course(live.race, device, point, meeting.event):
            continue
        if passage.race in (None, live.race.id):
            teams = [live.teams[bib] for bib in one_slip(passage.bib or "", live.race)]
            bibs = suggestions(live.race, teams, point, heard.at_ms)
            found += [{"race": live.race.id, "bib": bib} for bib in bibs]
    return found


def _set_aside(meeting: "Meeting", heard: "Heard") -> bool:
    return meeting.rulings.voided.get(heard.passage.identity, False)
