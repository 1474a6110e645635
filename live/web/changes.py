"""What an edition of an official result changed: who has another place, time or status than before (T87)."""

from dataclasses import dataclass

from live.boards import RaceBoard
from live.messages.boards import Row
from live.strict_json import convert
from live.times import format_time
from live.web.answers import NoAnswer, Refused
from live.web.pages import tongue
from live.web.rows import Shown, among, place_text
from live.web.state import WebState


@dataclass(frozen=True, slots=True)
class Changes:
    """A sentence for each team that changed, in the order of the list; `away` while ingest does not answer.

    `was` has, by bib, what the row of such a team is marked with.
    """

    said: list[str]
    was: dict[str, str]
    away: bool = False


async def changes(state: WebState, board: RaceBoard, language: str) -> Changes | None:
    """Return what the present edition changed; None where there is none, or none before it."""
    if board.head is None or board.head.state != "official" or board.head.edition < 2 or board.head.frozen:
        return None
    try:
        told = await state.ask("edition_before", race=board.race.id)
    except (NoAnswer, Refused):
        return Changes([], {}, away=True)
    before = RaceBoard(board.race)
    before.put(convert(told["rows"], list[Row]), 0)
    line = board.race.course.line
    was = {each.standing.row.bib: each for each in among(before.standings(), line)}
    now = among(board.standings(), line)
    pairs = [(was[each.standing.row.bib], each) for each in now if each.standing.row.bib in was]
    changed = [(old, new) for old, new in pairs if _result(old, language) != _result(new, language)]
    marks = {new.standing.row.bib: _mark(old, new, language) for old, new in changed}
    return Changes([_said(old, new, language) for old, new in changed], marks)


async def marks(state: WebState, board: RaceBoard, language: str) -> dict[str, str]:
    """Return the marks of `changes` alone, by bib; worked out once for all phones."""
    stamp, key = board.revision, (board.race.id, language)
    kept = state.marks.get(key)
    if kept is None or kept[0] != stamp:
        found = await changes(state, board, language)
        kept = (stamp, found.was if found else {})
        if not (found and found.away):
            state.marks[key] = kept
    return kept[1]


def _mark(old: Shown, new: Shown, language: str) -> str:
    """Return what a row was before, in few words: its place, or where that is the same its time."""
    was, now = _result(old, language), _result(new, language)
    placed = was.partition(", ")[0] != now.partition(", ")[0]
    # Translators: mark on a row after a correction: "before: 2nd".
    return tongue(language).catalogue.gettext("before: {was}").format(was=was.partition(", ")[0 if placed else 2])


def _said(old: Shown, new: Shown, language: str) -> str:
    t = tongue(language).catalogue
    # Translators: a team's result before and after a correction: "Bib 12, Ideta: 2nd, 36:05 → 5th, 36:35".
    text = t.gettext("Bib {bib}, {team}: {was} → {now}")
    bib, team = new.standing.row.bib, new.standing.entry.team
    return text.format(bib=bib, team=team, was=_result(old, language), now=_result(new, language))


def _result(shown: Shown, language: str) -> str:
    words, standing, row = tongue(language).words, shown.standing, shown.standing.row
    place = words.say(row.status) if standing.place is None else place_text(words, standing.place)
    return place if row.time_ms is None else f"{place}, {format_time(row.time_ms, tenths=shown.tenths)}"
