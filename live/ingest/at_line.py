"""Who is at the line: told the moment a passage is in the journal, and again when its judging says otherwise (T104).

The fast path of the speaker: he reads a name before it is judged, marked as such, and sees when it does not hold. Kept
is the latest of each race only; what came later than `FRESH_MS` after it happened is news for the board, not for a
voice (T09).
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from live.ingest import laps
from live.ingest.explain import live_race
from live.ingest.judged import Crossing, Sighting
from live.ingest.meeting import Meeting
from live.ingest.team import Heard, Team
from live.messages.devices import Passage
from live.messages.display import LinePassage, LineState
from live.messages.facts import Recorded
from live.programme import Race

KEPT = 40
"""Of each race: about what passes a line in the minutes in which a judge takes something back."""
FRESH_MS = 60_000
AGAIN_MS = 60_000
"""Who waits beside the mat is read for minutes (T06, T50): a runner is told once in so long."""
LOOKED_AT = 2_000
"""Passages of the journal, the latest, in which a restarted ingest looks for those at the line."""
STILL_CROSSED = ("witness", "already_crossed", "official_time")
"""Reasons for which a passage does not count although its runner did cross: somebody else's instant stands."""


@dataclass(slots=True)
class _Told:
    """A passage and what was last told of it; `silent` while nothing was, since its runner was not due."""

    heard: Heard
    told: LinePassage
    sighting: Sighting
    silent: bool


class AtLine:
    """The latest passages at the line of each race, and what was last told of each."""

    def __init__(self, meeting: Meeting) -> None:
        """Nothing is at the line yet: `recall` after a replay."""
        self._meeting = meeting
        self._kept: dict[str, deque[_Told]] = {race: deque(maxlen=KEPT) for race in meeting.races}

    def recall(self) -> None:
        """Take the latest passages of the journal for told, as they are judged."""
        for heard in self._meeting.in_order[-LOOKED_AT:]:
            raw = self._raw(heard)
            if raw is not None:
                raw.told = self._as_judged(raw)
                raw.silent = raw.told.state == "ignored" and raw.told.reason != "voided"
                self._kept[raw.told.race].append(raw)

    def heard(self, facts: Iterable[Recorded], now_ms: int) -> list[LinePassage]:
        """Return what these facts, applied but not judged yet, are at the line; `now_ms` is the wall's."""
        now_ms, found = self._meeting.now_ms(now_ms), []
        for recorded in facts:
            if not isinstance(recorded.fact, Passage):
                continue
            variants = self._meeting.heard.get(recorded.fact.identity, ())
            raw = next((told for each in variants if each.fact == recorded.seq and (told := self._raw(each))), None)
            if raw is None or now_ms - raw.told.at_ms > FRESH_MS:
                continue
            self._kept[raw.told.race].append(raw)
            found += [] if raw.silent else [raw.told]
        return found

    def judged(self) -> list[LinePassage]:
        """Return those that are judged otherwise than they were told, as of the meeting's last `changes`."""
        found = []
        for each in (each for kept in self._kept.values() for each in kept):
            now = self._as_judged(each)
            if now != each.told:
                each.told, each.silent = now, each.silent and now.state in ("raw", "ignored")
                found += [] if each.silent else [now]
        return found

    def answer(self, about: dict[str, str]) -> dict[str, Any]:
        """Answer `line`: the latest passages at the line of a race, as last told, the oldest first.

        Raises:
            LookupError: there is no such race.
        """
        kept = self._kept[live_race(self._meeting, about).race.id]
        return {"passages": [_members(each.told) for each in kept if not each.silent]}

    def _raw(self, heard: Heard) -> _Told | None:
        """Return a passage that is to be told.

        None where it is nobody's, not at the line, its runner's once more, or too soon after the gun for any lap: the
        field that waits on the mat is no news (T36).
        """
        seen, passage = heard.sighting, heard.passage
        if heard.race is None or heard.bib is None or seen is None or not seen.at_line:
            return None
        live = self._meeting.races[heard.race]
        gun_ms = live.teams[heard.bib].gun_ms
        if gun_ms is None or heard.at_ms < gun_ms + live.race.min_lap_ms:
            return None
        if any(_same_runner(each, heard.bib, seen) for each in self._kept[heard.race]):
            return None
        told = LinePassage(heard.race, heard.bib, seen.runners, *passage.identity, heard.at_ms)
        return _Told(heard, told, seen, not _is_due(live.race, live.teams[heard.bib], seen.runners))

    def _as_judged(self, each: _Told) -> LinePassage:
        """A passage that an official took back, or gave to another, is none of this team any more."""
        heard, told = each.heard, each.told
        if (heard.race, heard.bib) != (told.race, told.bib) or heard.sighting is None:
            return replace(told, state="ignored", reason=heard.reason, lap=None)
        crossings = self._meeting.races[told.race].teams[told.bib].judged.crossings
        crossing = next((one for one in reversed(crossings) if one.sighting == heard.sighting), None)
        if crossing is None:
            return told
        runner = laps.whose(crossing)
        runners = told.runners if runner is None else (runner,)
        return replace(told, runners=runners, state=_state(crossing), reason=crossing.reason, lap=crossing.lap or None)


def _is_due(race: Race, team: Team, runners: tuple[str, ...]) -> bool:
    """Whether a crossing of one of these may end a lap of the team, as far as it was judged.

    Who waits for his lap, or is home and fetches his bag, is none whose name is called (T50, T61). Where it proves
    otherwise, since somebody before him was missed, he is told once that is judged.
    """
    row = team.row
    if row is None or not runners:
        return True
    if row.status == "finished" and not row.provisional:
        return False
    laps = (row.laps, row.laps + 1) if row.provisional and row.laps else (row.laps + 1,)
    return any(runner in race.runners(team.entry, lap, row.order) for lap in laps for runner in runners)


def _same_runner(each: _Told, bib: str, seen: Sighting) -> bool:
    near = abs(each.sighting.at_ms - seen.at_ms) < AGAIN_MS
    return near and each.told.bib == bib and each.sighting.runners == seen.runners


def _state(crossing: Crossing) -> LineState:
    if crossing.verdict == "ignored" and crossing.reason in STILL_CROSSED:
        return "counted"
    return crossing.verdict


def _members(told: LinePassage) -> dict[str, Any]:
    return {name: getattr(told, name) for name in LinePassage.__dataclass_fields__}
