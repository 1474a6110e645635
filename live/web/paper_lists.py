"""Results and start list on paper: A4, tables whose head stands on every page."""

import io
from collections.abc import Sequence
from typing import Any

import segno

from live.boards import RaceBoard
from live.programme import Entry, Event
from live.times import format_time
from live.web.honours_text import best_laps, company_rows, company_rule
from live.web.listing import row_view
from live.web.pages import tongue
from live.web.results import Results
from live.web.said import list_name, state_line
from live.web.typeset import pdf
from live.web.words import category

Part = dict[str, Any]
Rows = list[list[str | list[str]]]
LAPS_ON_PAPER = 4
"""More laps than this have no column of their own on A4."""


def results_pdf(results: Results, event: Event, language: str, origin: str = "") -> bytes:
    """Return the list as PDF: the texts of the page; of all teams, also the fastest laps and the companies."""
    board, race = results.board, results.board.race
    parts = [_teams(results, event, language)]
    if not results.category and race.ranked:
        parts += [each for each in (_fastest(board, language), _companies(board, language)) if each["rows"]]
    address = f"{origin}/{language}/results/{race.id}" if origin else ""
    return _printed(board, event, language, list_name(results, language), address, parts)


def startlist_pdf(board: RaceBoard, event: Event, language: str, origin: str = "") -> bytes:
    """Return who starts, in the order of the entries; names as each runner allows (T91)."""
    t, race = tongue(language).catalogue, board.race
    columns = [
        _column(t.gettext("Bib"), right=True),
        _column(t.gettext("Team"), wide=True),
        _column(t.gettext("Category")),
        _column(t.gettext("Runners"), wide=True),
    ]
    rows: Rows = [
        [
            entry.bib,
            [entry.team, other_company(entry)],
            category(t, entry.category),
            ", ".join(f"{each.code} {each.public_name}".strip() for each in entry.runners),
        ]
        for entry in race.entries
    ]
    # Translators: title of a list on paper: "Start list: Relay".
    title = t.gettext("Start list: {race}").format(race=race.name)
    address = f"{origin}/{language}/r/{race.id}" if origin else ""
    return _printed(board, event, language, title, address, [_part("", "", columns, rows)])


def _printed(board: RaceBoard, event: Event, language: str, title: str, address: str, parts: Sequence[Part]) -> bytes:
    assert board.head is not None, f"the board of {board.race.id} was not heard yet"
    said = {
        "title": title,
        "event": event.name,
        "place": event.place,
        "lang": language,
        "state": state_line(board, event, language),
        "foot": address or event.name,
        "address": address,
        "qr": qr_svg(address) if address else "",
        "parts": parts,
    }
    return pdf("list", said, board.head.as_of_ms)


def other_company(entry: Entry) -> str:
    """Return the company of a team, nothing where that is what the team is called: paper does not say it twice."""
    return "" if entry.company == entry.team else entry.company


def qr_svg(address: str, level: str = "m") -> str:
    """Return the QR code of an address as an SVG document, its quiet zone included."""
    code = segno.make(address, error=level, boost_error=False, micro=False)
    out = io.BytesIO()
    code.save(out, kind="svg", border=4, omitsize=True, xmldecl=False)
    return out.getvalue().decode()


def _column(head: str, *, right: bool = False, wide: bool = False) -> Part:
    return {"head": head, "right": right, "wide": wide}


def _part(title: str, note: str, columns: list[Part], rows: Rows) -> Part:
    return {"title": title, "note": note, "columns": columns, "rows": rows}


def _teams(results: Results, event: Event, language: str) -> Part:
    board, words, t = results.board, tongue(language).words, tongue(language).catalogue
    laps = results.laps if 1 < results.laps <= LAPS_ON_PAPER else 0
    columns = [
        _column(t.gettext("Place"), right=True),
        _column(t.gettext("Bib"), right=True),
        _column(t.gettext("Team"), wide=True),
        _column(t.gettext("Category")),
        *(_column(words.say("lap", n=lap), right=True) for lap in range(1, laps + 1)),
        _column(words.say("time"), right=True),
        _column(words.say("gap"), right=True),
        _column(t.gettext("Remark")),
    ]
    rows: Rows = []
    for each in results.shown:
        slots, ran = row_view(board, event, language, each, results.head.as_of_ms).slots, each.standing.row.lap_times_ms
        done = [format_time(ran[lap]) if lap < len(ran) else "" for lap in range(laps)]
        team = [slots["team"], other_company(each.standing.entry)]
        first = [slots["place"], slots["bib"]]
        rows.append([*first, team, slots["category"], *done, slots["time"], slots["gap"], slots["note"]])
    return _part("", "", columns, rows)


def _fastest(board: RaceBoard, language: str) -> Part:
    t, words = tongue(language).catalogue, tongue(language).words
    columns = [
        _column(""),
        _column(t.gettext("Bib"), right=True),
        _column(t.gettext("Team"), wide=True),
        _column(t.gettext("Lap")),
        _column(words.say("time"), right=True),
    ]
    rows: Rows = [
        [each["name"], each["bib"], each["team"], each["lap"], each["time"]] for each in best_laps(board, language)
    ]
    return _part(t.gettext("Fastest laps"), "", columns, rows)


def _companies(board: RaceBoard, language: str) -> Part:
    t, words = tongue(language).catalogue, tongue(language).words
    columns = [
        _column(t.gettext("Place"), right=True),
        _column(t.gettext("Company"), wide=True),
        _column(t.gettext("Bib")),
        _column(words.say("time"), right=True),
        _column(t.gettext("Remark")),
    ]
    rows: Rows = [
        [each["place"], each["company"], each["bibs"], each["time"], each["reason"]]
        for each in company_rows(board, language)
    ]
    return _part(t.gettext("Companies"), company_rule(board, language), columns, rows)
