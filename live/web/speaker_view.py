"""What the speaker has before him: who arrives, the classement, the state in words. From a board and the clock."""

from collections.abc import Sequence
from typing import Any, Final

from live.arrivals import Arrival, arrivals
from live.boards import RaceBoard, lap_chart
from live.contests import best_place
from live.honours import company_key, company_ranking
from live.messages.boards import Row
from live.programme import Entry, Event, Race
from live.times import MINUTE_MS, SECOND_MS, format_time
from live.web.listing import only, row_view
from live.web.pages import of_day, tongue
from live.web.rows import RowView, Shown, among, place_text, within_text
from live.web.words import category

SOON_MS: Final = 90_000
SHOWN: Final = 12
"""Teams that are said to arrive at one time; a voice cannot say more."""
OVERDUE: Final = 3
TOP, TOP_OF_CATEGORY = 5, 3
TIED: Final = 5
"""More than the head, so that nobody who shares its last place is left out (T67)."""


def arriving(board: RaceBoard, event: Event, language: str, now_ms: int) -> dict[str, Any]:
    """Return who reaches the line within 90 s, by expected time, then who should have come; and who is next if none.

    A team that is a little late stands first: it is the one to look out for.
    """
    line = board.race.course.line
    found = arrivals(board, now_ms, line) if board.race.ranked else []
    on_time = [each for each in found if not each.overdue]
    soon = [each for each in on_time if each.at_ms <= now_ms + SOON_MS]
    late = [each for each in found if each.overdue]
    following = on_time[len(soon)] if len(soon) < len(on_time) and not soon else None
    return {
        "soon": [_arrival(board, each, language, now_ms) for each in soon[:SHOWN]],
        "late": [_arrival(board, each, language, now_ms) for each in late[:OVERDUE]],
        "late_more": max(0, len(late) - OVERDUE),
        "following": None if following is None else _arrival(board, following, language, now_ms),
        "following_at": "" if following is None else of_day(following.at_ms, event)[:5],
    }


def _arrival(board: RaceBoard, arrival: Arrival, language: str, now_ms: int) -> dict[str, Any]:
    entry, total = board.race.by_bib[arrival.bib], board.race.laps_total
    words = tongue(language).words
    ends = arrival.lap or 0
    what = words.say("lap" if total is None else "lap_of", n=ends, m=total)
    return {
        "bib": arrival.bib,
        "team": entry.team,
        "company": entry.company,
        "what": words.say("finish") if ends == total else what,
        "last": ends == total,
        "at_ms": arrival.at_ms,
        "in": countdown(arrival.at_ms - now_ms),
        "within": within_text(arrival.error_ms),
        "late": max(1, (now_ms - arrival.at_ms) // MINUTE_MS),
    }


def countdown(left_ms: int) -> str:
    """Return ``0:42``, once it is over ``+0:07``: whole seconds, as speaker.js counts on."""
    seconds = abs(left_ms) // SECOND_MS
    return f"{'+' if left_ms <= -SECOND_MS else ''}{seconds // 60}:{seconds % 60:02}"


def classement(board: RaceBoard, event: Event, language: str, now_ms: int) -> dict[str, Any]:
    """Return the first five, the first three of each category, and the last change of leader."""
    categories = sorted({entry.category for entry in board.race.entries} - {""})
    t = tongue(language).catalogue
    return {
        "top": _rows(board, event, language, now_ms, "", TOP),
        "categories": [
            {"id": each, "name": category(t, each), "rows": rows}
            for each in categories
            if len(categories) > 1 and (rows := _rows(board, event, language, now_ms, each, TOP_OF_CATEGORY))
        ],
        "leader": leader_change(board, language),
    }


def _rows(board: RaceBoard, event: Event, language: str, now_ms: int, cat: str, head: int) -> list[RowView]:
    standings = board.standings(head + TIED, only(cat))  # those below too, for tenths between two at the edge
    shown: Sequence[Shown] = among(standings, board.race.course.line, more=board.count(only(cat)) > len(standings))
    placed = [each for each in shown if each.standing.place is not None]
    last = placed[head - 1].standing.place if len(placed) >= head else None
    listed = [each for i, each in enumerate(placed) if i < head or each.standing.place == last]
    return [row_view(board, event, language, each, now_ms) for each in listed]


def leader_change(board: RaceBoard, language: str) -> str:
    """Return since which lap the first is first, in a sentence; nothing while nobody else ever was."""
    firsts = [rows[0] for rows in lap_chart(board) if rows and rows[0].place == 1]
    change = next((i for i in range(len(firsts) - 1, 0, -1) if firsts[i].bib != firsts[i - 1].bib), None)
    if change is None:
        return ""
    t, race = tongue(language).catalogue, board.race
    new, old = race.by_bib[firsts[change].bib].team, race.by_bib[firsts[change - 1].bib].team
    # Translators: {new} and {old} are teams; {t} is the time from the gun.
    text = t.gettext("{new} took the lead from {old} at the end of lap {lap}, at {t}")
    at = format_time(firsts[change].elapsed_ms, tenths=firsts[change].tenths)
    return text.format(new=new, old=old, lap=change + 1, t=at)


def companies(race: Race, language: str) -> list[str]:
    """Return the companies to name before the start, each with its number of teams."""
    teams: dict[str, list[str]] = {}
    for entry in race.entries:
        if key := company_key(entry.company):
            teams.setdefault(key, []).append(entry.company.strip())
    t = tongue(language).catalogue
    return [
        t.ngettext("{name}, {n} team", "{name}, {n} teams", len(names)).format(name=names[0], n=len(names))
        for names in sorted(teams.values(), key=lambda each: (-len(each), each[0].casefold()))
    ]


def company_sentence(board: RaceBoard, entry: Entry, language: str) -> str:
    """Return a team's company in one sentence: how many teams it has, and where it stands."""
    key = company_key(entry.company)
    if not key:
        return ""
    standing = next(each for each in company_ranking(board) if company_key(each.company) == key)
    speech = tongue(language)
    t = speech.catalogue
    said = t.ngettext("{name}, {n} team", "{name}, {n} teams", standing.teams).format(
        name=standing.company, n=standing.teams
    )
    if standing.place is None:
        return said
    place = place_text(speech.words, standing.place)
    return f"{said}, " + t.gettext("{place} of the companies").format(place=place)


def best_place_text(board: RaceBoard, row: Row, language: str) -> str:
    """Return the best place that a team which is still out can reach, in a sentence."""
    best = best_place(board, row.bib)
    if best is None or row.status == "finished":
        return ""
    speech = tongue(language)
    return speech.catalogue.gettext("Best place still possible: {place}").format(place=place_text(speech.words, best))
