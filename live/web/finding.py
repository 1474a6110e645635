"""Search by team, bib, company or runner, in all races. Pure.

Runners are found by the name that they chose to show, and by no other (T91). In a race without places, the walk,
nobody is listed: only the exact bib finds.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from live.programme import Entry, Event, code

MOST = 20


def plain(text: str) -> str:
    """Return the text without accents and in lower case, as it is searched."""
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each)).lower()


@dataclass(frozen=True, slots=True)
class Found:
    """The entries that fit, best first; `more` were left out."""

    entries: tuple[Entry, ...]
    more: bool


class Finder:
    """The searchable text of every entry of an event, made once."""

    def __init__(self, event: Event) -> None:
        """Take the event's entries."""
        listed = {race.id for race in event.races if race.ranked}
        self._entries = [
            (entry, searchable(entry) if entry.race in listed else "") for race in event.races for entry in race.entries
        ]

    def find(self, query: str, without: Sequence[str] = ()) -> Found:
        """Return the entries that fit, but of the races `without`: the bib itself first, then as they are entered."""
        wanted, bib = plain(query.strip()), code(query)
        if not wanted:
            return Found((), False)
        hits = [
            (entry.bib != bib, entry)
            for entry, text in self._entries
            if entry.race not in without and (entry.bib == bib or wanted in text)
        ]
        hits.sort(key=lambda hit: hit[0])
        return Found(tuple(entry for _, entry in hits[:MOST]), len(hits) > MOST)


def searchable(entry: Entry) -> str:
    """Return what an entry is found by."""
    names = [runner.public_name for runner in entry.runners]
    return plain("\n".join([entry.bib, entry.team, entry.company, *names]))


def fits(entry: Entry, query: str) -> bool:
    """Whether the list of a race shows this entry for a query: by bib, team or company, as the phone filters too."""
    return plain(query.strip()) in plain(f"{entry.bib} {entry.team} {entry.company}")
