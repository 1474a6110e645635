"""What only ingest knows, in the words of the contract: a team explained, the passages, the rulings, the doubts.

Plain JSON values. A verdict's reason is a code and a lap; its words in three languages are the web's.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from live.board_members import forecast_members
from live.boards import lap_quality
from live.ingest import device_doubts
from live.ingest import laps as counting
from live.ingest.doubts import Identity, members, named
from live.ingest.judged import Crossing, OneLap
from live.ingest.states import Entered

if TYPE_CHECKING:
    from live.ingest.meeting import Meeting
    from live.ingest.race import LiveRace
    from live.ingest.team import Heard, Team

MOST_PASSAGES = 1_000


def reason(crossing: Crossing) -> dict[str, Any]:
    """Return the reason of a verdict: its code, and the lap that it is about where there is one."""
    return {"code": crossing.reason, "lap": crossing.lap or None}


# --- one team ---------------------------------------------------------------------------------------------------


def team(meeting: "Meeting", about: dict[str, str]) -> dict[str, Any]:
    """Answer `team`: one team's laps with splits and places, its crossings with reasons, its doubts."""
    live = live_race(meeting, about)
    found = live.teams.get(about.get("bib", ""))
    if found is None or found.row is None:
        raise LookupError(f"{live.race.id} has no bib {about.get('bib')!r}")
    return {
        "race": live.race.id,
        "version": found.row.version,
        "bib": found.entry.bib,
        "team": found.entry.team,
        "company": found.entry.company,
        "category": found.entry.category,
        "status": found.row.status,
        "place": live.places.place(found),
        "time_ms": found.row.time_ms,
        "gun_ms": found.gun_ms,
        "runners": [{"runner": runner.code} for runner in found.entry.runners],
        "order": list(found.row.order),
        "laps": _laps(live, found),
        "crossings": _crossings(found),
        "doubts": _doubts(meeting, live, found),
        "next": forecast_members(found.row.next),
        "finish": forecast_members(found.row.finish),
        "ends": _ends(live, found),
    }


def _ends(live: "LiveRace", found: "Team") -> list[dict[str, Any]]:
    """When the laps ahead will end, and who joins the team there: B and C must know when to stand ready."""
    if found.row is None or found.row.status != "running":
        return []
    ahead = found.outlook.ends if live.flag.fell is None else found.outlook.ends[:1]
    shown = []
    for lap, forecast in enumerate(ahead, start=len(found.laps.laps) + 1):
        now, then = _runners(live, found, lap), _runners(live, found, lap + 1)
        last = live.race.laps_total is not None and lap >= live.race.laps_total
        joining = [] if last else [runner for runner in then if runner not in now]
        shown.append({"lap": lap, "at_ms": forecast.at_ms, "error_ms": forecast.error_ms, "joining": joining})
    return shown


def _laps(live: "LiveRace", found: "Team") -> list[dict[str, Any]]:
    """The laps that have ended, and the one under way where a point of it was passed."""
    shown = []
    chip_start_ms = _chip_start_ms(live, found)
    for lap in found.laps.laps:
        place = live.places.place_at(found, lap.number, live.race.course.line, lap.elapsed_ms)
        chip_ms = {} if chip_start_ms is None else {"chip_ms": lap.elapsed_ms - chip_start_ms}
        shown.append(
            {
                "lap": lap.number,
                "runners": _runners(live, found, lap.number),
                "lap_ms": lap.lap_ms,
                "elapsed_ms": lap.elapsed_ms,
                **chip_ms,
                "place": place,
                "quality": lap.quality,
                "lap_quality": lap_quality(found.laps.qualities, lap.number),
                "provisional": lap.provisional,
                "missing": list(lap.missing),
                "splits": _splits(live, found, lap.number),
            }
        )
    for one in found.judged.laps[len(shown) :]:
        if one.splits:
            shown.append(
                {
                    "lap": one.number,
                    "runners": _runners(live, found, one.number),
                    "lap_ms": None,
                    "elapsed_ms": None,
                    "place": None,
                    "quality": "measured",
                    "lap_quality": "measured",
                    "provisional": True,
                    "missing": list(one.missing),
                    "splits": _splits(live, found, one.number),
                }
            )
    return shown


def _runners(live: "LiveRace", found: "Team", lap: int) -> list[str]:
    return list(live.race.runners(found.entry, lap, tuple(found.order.values())))


def _chip_start_ms(live: "LiveRace", found: "Team") -> int | None:
    """When the team crossed the start mat, from its gun; None where there is no mat at the start of a road."""
    start = next((point.id for point in live.race.course.points if point.at_m == 0), None)
    if start is None or start == live.race.course.line or not found.judged.laps or found.gun_ms is None:
        return None
    passed = found.judged.laps[0].splits.get(start)
    return min(crossing.at_ms for crossing in passed.values()) - found.gun_ms if passed else None


def _splits(live: "LiveRace", found: "Team", lap: int) -> list[dict[str, Any]]:
    assert found.gun_ms is not None, "before its gun a team has no laps"
    one = found.judged.laps[lap - 1]
    shown = []
    for split in counting.splits(live.race, found.gun_ms, one):
        place = live.places.place_at(found, lap, split.point, split.elapsed_ms)
        for runner, crossing in sorted(one.splits[split.point].items(), key=lambda item: item[1].at_ms):
            shown.append(
                {
                    "point": split.point,
                    "runner": None if runner == "*" else runner,
                    "elapsed_ms": crossing.at_ms - found.gun_ms,
                    "place": place,
                    "quality": counting.quality(crossing),
                }
            )
    return shown


def _crossings(found: "Team") -> list[dict[str, Any]]:
    """Every sighting of the team with its verdict, the estimated crossings, and what was set aside before judging."""
    shown = [_crossing(crossing) for crossing in found.judged.crossings]
    for one in found.judged.laps:
        if one.proved and one.estimate is not None:
            shown.append(_estimate(one.estimate, one))
    shown.extend(_set_aside(heard) for heard in found.set_aside.values())
    return sorted(shown, key=lambda c: (c["at_ms"], c["device"] or "", c["seq"] or 0))


def _crossing(crossing: Crossing) -> dict[str, Any]:
    seen = crossing.sighting
    assert seen is not None
    added = seen.device == ""
    return {
        "device": None if added else seen.device,
        "epoch": None if added else seen.epoch,
        "seq": None if added else seen.seq,
        "decision": seen.epoch if added else None,
        "runner": counting.whose(crossing) or (seen.runners[0] if len(seen.runners) == 1 else None),
        "point": seen.point,
        "lap": crossing.lap or None,
        "at_ms": seen.at_ms,
        "verdict": crossing.verdict,
        "quality": "corrected" if added or seen.shifted else "measured",
        "reason": reason(crossing),
    }


def _estimate(crossing: Crossing, one: OneLap) -> dict[str, Any]:
    return {
        "device": None,
        "epoch": None,
        "seq": None,
        "decision": None,
        "runner": counting.whose(crossing),
        "point": None,
        "lap": one.number,
        "at_ms": crossing.at_ms,
        "verdict": "counted",
        "quality": counting.quality(crossing),
        "reason": reason(crossing),
    }


def _set_aside(heard: "Heard") -> dict[str, Any]:
    passage = heard.passage
    return {
        "device": passage.device,
        "epoch": passage.epoch,
        "seq": passage.seq,
        "decision": None,
        "runner": passage.runner,
        "point": passage.point,
        "lap": None,
        "at_ms": heard.at_ms,
        "verdict": heard.verdict,
        "quality": "corrected" if heard.shift_ms else "measured",
        "reason": {"code": heard.reason, "lap": None},
    }


# --- doubts, passages, decisions -------------------------------------------------------------------------------


def doubts(meeting: "Meeting", about: dict[str, str]) -> dict[str, Any]:
    """Answer `doubts`: all that waits for a ruling, in order of time."""
    found = [
        doubt
        for live in meeting.races.values()
        for each in live.teams.values()
        if each.row is not None and each.row.doubts
        for doubt in _doubts(meeting, live, each)
    ]
    found += device_doubts.doubts(meeting)
    return {"doubts": sorted(found, key=lambda doubt: (doubt["at_ms"], doubt["id"]))}


def _doubts(meeting: "Meeting", live: "LiveRace", found: "Team") -> list[dict[str, Any]]:
    shown = []
    twice = {named(identity): identity for identity in found.conflicts}
    for doubt in found.doubts:
        if doubt.kind == "conflict" and doubt.what not in twice:
            continue  # a fact has settled it since the board was made, which still names it
        runners = _runners(live, found, doubt.lap) if doubt.lap is not None else []
        told = members(doubt, live.race, runners[0] if len(runners) == 1 else None)
        if doubt.kind == "conflict":
            told |= _contents(meeting, twice[doubt.what or ""])
        if doubt.kind == "overdue":
            told["point"] = found.laps.beyond.point if found.laps.beyond is not None else None
        shown.append(told)
    return shown


def _contents(meeting: "Meeting", identity: Identity) -> dict[str, Any]:
    """What a device said under one identity, first what counts; the repair lets the next of them count (T03)."""
    contents = [
        {
            "fact": heard.fact,
            "chip": heard.passage.chip,
            "bib": heard.passage.bib,
            "at_ms": heard.at_ms,
            "race": heard.race,
            "team": heard.bib,
            "counts": number == 0,
        }
        for number, heard in enumerate(meeting.heard[identity])
    ]
    device, epoch, seq = identity
    passage = {"device": device, "epoch": epoch, "seq": seq}
    return {"contents": contents, "repair": {"type": "restore_passage", **passage, "fact": contents[1]["fact"]}}


def passages(meeting: "Meeting", about: dict[str, str]) -> dict[str, Any]:
    """Answer `passages`: what came in, judged, the latest first; `next` is the `before` of the next page."""
    limit = min(whole(about, "limit", 100), MOST_PASSAGES)
    before = whole(about, "before", 2**62)
    shown: list[dict[str, Any]] = []
    for heard in reversed(meeting.in_order):
        if heard.fact >= before or not _wanted(heard, about):
            continue
        crossing = outcome(meeting, heard)
        if "verdict" in about and crossing.verdict != about["verdict"]:
            continue
        if len(shown) == limit:
            return {"passages": shown, "next": str(shown[-1]["fact"])}
        shown.append({**_passage(heard, crossing), **_suggested(meeting, heard)})
    return {"passages": shown, "next": None}


def outcome(meeting: "Meeting", heard: "Heard") -> Crossing:
    """Return the verdict on one passage."""
    if heard.sighting is not None and heard.race is not None and heard.bib is not None:
        for crossing in meeting.races[heard.race].teams[heard.bib].judged.crossings:
            if crossing.sighting == heard.sighting:
                return crossing
    return Crossing(None, heard.at_ms, verdict=heard.verdict, reason=heard.reason)


def _wanted(heard: "Heard", about: dict[str, str]) -> bool:
    passage = heard.passage
    known = {"device": passage.device, "race": heard.race, "bib": heard.bib or passage.bib, "chip": passage.chip}
    return all(about[name] == value for name, value in known.items() if name in about)


def _passage(heard: "Heard", crossing: Crossing) -> dict[str, Any]:
    passage = heard.passage
    return {
        "fact": heard.fact,
        "device": passage.device,
        "epoch": passage.epoch,
        "seq": passage.seq,
        "chip": passage.chip,
        "bib": passage.bib,
        "runner": counting.whose(crossing) or passage.runner,
        "at_ms": passage.at_ms,
        **({"judged_at_ms": heard.at_ms} if heard.shift_ms else {}),
        "heard_at_ms": heard.heard_at_ms,
        "race": heard.race,
        "team": heard.bib,
        "verdict": crossing.verdict,
        "reason": reason(crossing),
    }


def _suggested(meeting: "Meeting", heard: "Heard") -> dict[str, Any]:
    if heard.reason != "unknown_bib":
        return {}
    return {"suggestions": device_doubts.suggested_bibs(meeting, heard)}


def decisions(meeting: "Meeting", about: dict[str, str]) -> dict[str, Any]:
    """Answer `decisions`: what was ruled, by whom, in the order of the journal, and whether it holds."""
    entered = sorted(meeting.rulings.entered.values(), key=lambda each: each.fact)
    pending = {state.pending.decision.id for state in meeting.rulings.states.values() if state.pending is not None}
    return {
        "decisions": [
            _decision(each, meeting.rulings.holds(each.decision.id), each.decision.id in pending) for each in entered
        ]
    }


def _decision(entered: Entered, holds: bool, pending: bool) -> dict[str, Any]:
    decision = entered.decision
    return {
        "id": decision.id,
        "version": entered.fact,
        "by": decision.by,
        "at_ms": decision.at_ms,
        "reason": decision.reason,
        "holds": holds,
        "pending": pending,
        "type": decision.ruling.type,
        **asdict(decision.ruling),
    }


# --- small ------------------------------------------------------------------------------------------------------


def live_race(meeting: "Meeting", about: dict[str, str]) -> "LiveRace":
    live = meeting.races.get(about.get("race", ""))
    if live is None:
        raise LookupError(f"there is no race {about.get('race')!r}")
    return live


def whole(about: dict[str, str], name: str, default: int | None) -> int:
    text = about.get(name)
    if text is None and default is not None:
        return default
    if text is None or not text.isascii() or not text.lstrip("-").isdecimal() or len(text) > 17:
        raise ValueError(f"`{name}` is {text!r}: a whole number is needed")
    return int(text)
