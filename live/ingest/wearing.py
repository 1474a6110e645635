"""Whose a passage is: who wore its chip at the instant by which it is judged, or who has the bib that was typed."""

from collections.abc import Mapping

from live.ingest.entries import Roster, Wearer
from live.ingest.race import LiveRace
from live.ingest.team import Heard


def wearer_of(roster: Roster, races: Mapping[str, LiveRace], heard: Heard) -> Wearer | None:
    """Return who was seen, None where it is nobody; then `heard` says why."""
    passage = heard.passage
    if passage.chip is None:
        return _wearer_of_bib(roster, races, heard, passage.bib or "")
    wearers = roster.wearers(passage.chip, heard.at_ms)
    if len(wearers) == 1:
        return wearers[0]
    heard.reason = "chip_on_two_teams" if wearers else "unknown_chip"
    heard.verdict = "questionable" if wearers else "ignored"
    return None


def _wearer_of_bib(roster: Roster, races: Mapping[str, LiveRace], heard: Heard, bib: str) -> Wearer | None:
    known, runner = roster.races_of(bib), heard.passage.runner
    if heard.passage.race is not None:
        known = [race for race in known if race == heard.passage.race]
    if len(known) != 1:
        heard.reason = "bib_in_several_races" if known else "unknown_bib"
        heard.verdict = "questionable" if known else "ignored"
        return None
    if runner is None:
        return Wearer(known[0], bib, ())
    if all(runner != member.code for member in races[known[0]].race.by_bib[bib].runners):
        heard.verdict, heard.reason = "questionable", "unknown_runner"
        return None
    return Wearer(known[0], bib, (runner,))
