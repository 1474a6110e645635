"""What page, spreadsheet and paper say of a race in the same words: its state and its instant, whose list it is."""

from live.boards import RaceBoard
from live.programme import Event
from live.web.pages import of_day, state_text, tongue
from live.web.results import Results
from live.web.words import category


def state_line(board: RaceBoard, event: Event, language: str) -> str:
    """Return ``Provisional since 18:05, objections until 18:20 · as of 18:12:40 · version 1234``.

    An official result says which edition it is, and of when: no other number. A frozen one says so first.
    """
    head, t = board.head, tongue(language).catalogue
    assert head is not None, f"the board of {board.race.id} was not heard yet"
    state, frozen = state_text(board, event, language)
    said = [frozen] if head.frozen else []
    said.append(state)
    if head.as_of_ms > 0:
        said.append(t.gettext("as of %(time)s") % {"time": of_day(head.as_of_ms, event)})
    if head.state != "official":
        said.append(t.gettext("version %(n)s") % {"n": head.version})
    return " · ".join(said)


def list_name(results: Results, language: str) -> str:
    """Return what the list is of: the race, or one of its categories."""
    named = category(tongue(language).catalogue, results.category) if results.category else ""
    return " – ".join(each for each in (results.board.race.name, named) if each)


def about(results: Results, event: Event, language: str) -> list[list[str | int | None]]:
    """Return what stands beside a list, a line each: event, race, state, how many."""
    t = tongue(language).catalogue
    entries = t.ngettext("{n} entry", "{n} entries", len(results.shown)).format(n=len(results.shown))
    return [[event.name], [list_name(results, language)], [state_line(results.board, event, language)], [entries]]
