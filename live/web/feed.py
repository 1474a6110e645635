"""What happened in a race, the newest first: laps ended, points passed, changes of leader, notices, its states."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from live.boards import LapRow, RaceBoard, lap_chart
from live.times import format_time
from live.web.pages import answer, language_of, main_race, of_day, problem, race_url, race_view, render, tongue
from live.web.rows import crossed_text, place_text
from live.web.state import of
from live.web.team_page import team_url

ENTRIES: Final = 50
"""The newest so many stand in the feed."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry: an instant, what took place, and the team that it happened to, "" for the race itself."""

    at_ms: int
    kind: str
    bib: str
    text: str


async def feed(request: Request) -> Response:
    """GET /{l}/feed: what happened in the main race, or in `?race=`."""
    state, language = of(request), language_of(request)
    board = state.boards.by_race.get(request.query_params.get("race", main_race(state.event).id))
    if board is None or not board.race.ranked:
        return problem(request, 404)
    if not board.complete:
        return problem(request, 503)

    def rendered() -> bytes:
        return render(
            request,
            "feed.html",
            "feed",
            race=race_view(board, language, state.event),
            races=[
                {"id": race.id, "name": race.name, "url": f"/{language}/feed?race={race.id}"}
                for race in state.event.races
                if race.ranked
            ],
            happened=[_shown(each, board, request) for each in happened(board, language)],
        )

    name = ("feed", request.url.path, board.race.id)
    return answer(request, state.rendered.get(name, board.revision, rendered))


def _shown(each: Happened, board: RaceBoard, request: Request) -> dict[str, Any]:
    language, entry = language_of(request), board.race.by_bib.get(each.bib)
    return {
        "at": of_day(each.at_ms, of(request).event),
        "key": f"{each.kind} {each.bib} {each.at_ms}",
        "kind": each.kind,
        "bib": each.bib,
        "team": entry.team if entry else "",
        "url": team_url(board.race, each.bib, language) if entry else race_url(board.race, language),
        "text": each.text,
    }


def happened(board: RaceBoard, language: str) -> list[Happened]:
    """Return the latest that a board tells of its race, the newest first; of equal instants the race's own first."""
    notices = [Happened(it.at_ms, "notice", "", it.said(language)) for it in board.notices if not it.withdrawn]
    found = [*_race(board, language), *notices, *_passages(board, language)]
    return sorted(found, key=lambda each: (-each.at_ms, each.bib))[:ENTRIES]


def _race(board: RaceBoard, language: str) -> list[Happened]:
    t, head = tongue(language).catalogue, board.head
    assert head is not None
    told = (
        (head.gun_ms, t.gettext("The race has started")),
        (head.provisional_since_ms, t.gettext("All times are provisional: objections are heard")),
        (head.official_at_ms, t.gettext("The result is official, version {n}").format(n=head.edition)),
    )
    return [Happened(at_ms, "race", "", text) for at_ms, text in told if at_ms is not None]


def _passages(board: RaceBoard, language: str) -> list[Happened]:
    words, found = tongue(language).words, []
    leader = ""
    for number, lap in enumerate(lap_chart(board), start=1):
        for each in lap:
            at_ms = _at_ms(board, each.bib, each.elapsed_ms)
            if at_ms is not None:
                found.append(Happened(at_ms, "lap", each.bib, _lap_text(each, number, board, language)))
        first = next((each for each in lap if each.place == 1), None)
        if first is not None and leader and first.bib != leader:
            at_ms = _at_ms(board, first.bib, first.elapsed_ms)
            team = board.race.by_bib[first.bib].team
            if at_ms is not None:
                found.append(Happened(at_ms, "lead", first.bib, words.say("leads", team=team)))
        leader = first.bib if first else leader
    for row in board.rows.values():
        inside = row.point is not None and row.point != board.race.course.line
        if inside and row.at_ms is not None and row.time_ms is not None:
            text = f"{crossed_text(row, board.race, words)} · {format_time(row.time_ms)}"
            found.append(Happened(row.at_ms, "point", row.bib, text))
    return found


def _lap_text(lap: LapRow, number: int, board: RaceBoard, language: str) -> str:
    words = tongue(language).words
    where = words.say("finish") if number == board.race.laps_total else words.say("lap", n=number)
    quality = "" if lap.quality == "measured" else words.say(lap.quality)
    place = "" if lap.place is None else place_text(words, lap.place)
    return " · ".join(each for each in (where, place, format_time(lap.elapsed_ms, tenths=lap.tenths), quality) if each)


def _at_ms(board: RaceBoard, bib: str, elapsed_ms: int) -> int | None:
    """Return when a team had been on its way for so long: from its last crossing, so that its own wave's gun counts."""
    row, head = board.rows[bib], board.head
    if row.at_ms is not None and row.time_ms is not None:
        return row.at_ms - row.time_ms + elapsed_ms
    return None if head is None or head.gun_ms is None else head.gun_ms + elapsed_ms
