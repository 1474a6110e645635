"""Paper of a page each: a prize for the speaker, a bib, a diploma. Names as each runner allows (T91)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from live.boards import RaceBoard
from live.programme import Entry, Event, Race, Runner
from live.web.listing import row_view
from live.web.pages import tongue
from live.web.paper_lists import other_company, qr_svg
from live.web.rows import place_text
from live.web.said import state_line
from live.web.team_page import shown_among
from live.web.typeset import pdf
from live.web.words import category


def prizes_pdf(board: RaceBoard, sheet: dict[str, Any], event: Event, language: str) -> bytes:
    """Return the speaker's sheet: what `prizes.sheet` tells, a page for each prize."""
    t, words = tongue(language).catalogue, tongue(language).words
    assert board.head is not None, f"the board of {board.race.id} was not heard yet"
    prizes = [
        {
            "name": each["name"].get(language) or next(iter(each["name"].values()), str(each["prize"])),
            "waits": [wait["text"][language] for wait in each["waits"]],
            "given": [change["changed"]["text"][language] for change in each["given"] if change["changed"]],
            "winners": [
                {
                    "place": place_text(words, winner["place"]) + (f", {words.say('tie')}" if winner["shared"] else ""),
                    "name": winner["name"],
                    "time": winner["time"],
                    "teams": [
                        _called(team, words.say("bib", bib=team["bib"]), winner["name"]) for team in winner["teams"]
                    ],
                }
                for winner in each["winners"]
            ],
        }
        for each in sheet["prizes"]
    ]
    said = {
        **_head(event, language, t.gettext("Prizes: {race}").format(race=board.race.name)),
        "state": state_line(board, event, language),
        "hold": t.gettext("Do not read out yet"),
        "none": t.gettext("No prizes are announced for this race."),
        "prizes": prizes,
    }
    return pdf("prizes", said, board.head.as_of_ms)


def _called(team: dict[str, Any], bib: str, winner: str) -> str:
    """Return what is said below the winner's name: of its team, company and runners, no name twice."""
    named = [each for each in dict.fromkeys((team["team"], team["company"])) if each != winner]
    names = ", ".join(each["name"] or each["runner"] for each in team["runners"])
    return " · ".join(each for each in (bib, *named, names) if each)


def bibs_pdf(entries: Sequence[Entry], race: Race, event: Event, language: str, base: str) -> bytes:
    """Return a bib for each runner, two on A4, with the code ``HTTPS://HOST/T/12``, level Q, 30 mm wide at least."""
    bibs = []
    for entry in entries:
        address = f"{base}/T/{quote(entry.bib, safe='')}".upper()
        code = {"bib": entry.bib, "team": entry.team, "company": entry.company, "qr": qr_svg(address, "q")}
        alone = len(race.roles) == 1
        bibs += [
            {**code, "address": address, "runner": "" if alone else each.code, "name": each.public_name}
            for each in entry.runners
        ]
    title = tongue(language).catalogue.gettext("Bibs: {race}").format(race=race.name)
    return pdf("bibs", {**_head(event, language, title), "race": race.name, "bibs": bibs}, race.start_ms)


def diploma_pdf(board: RaceBoard, bib: str, event: Event, language: str) -> bytes:
    """Return the diploma of a team, then one for each of its runners; who shows no name finds a line to write it on."""
    t, words = tongue(language).catalogue, tongue(language).words
    assert board.head is not None, f"the board of {board.race.id} was not heard yet"
    shown = shown_among(board, bib)
    standing, race = shown.standing, board.race
    slots = row_view(board, event, language, shown, board.head.as_of_ms).slots
    entry = standing.entry
    result = t.gettext("{place} in {time}").format(place=place_text(words, standing.place or 0), time=slots["time"])
    team = {"name": entry.team, "line": False, "about": other_company(entry), "result": result}
    ran = [_runner(board, entry, each, result, language) for each in entry.runners] if len(entry.runners) > 1 else []
    day = datetime.fromtimestamp(race.start_ms / 1000, ZoneInfo(event.timezone)).strftime("%d.%m.%Y")
    said = {
        **_head(event, language, t.gettext("Diploma: {team}").format(team=entry.team)),
        "word": t.gettext("Diploma"),
        "race": " · ".join(each for each in (race.name, category(t, entry.category)) if each),
        "day": " · ".join(each for each in (event.place, day) if each),
        "state": state_line(board, event, language),
        "diplomas": [team, *ran],
    }
    return pdf("diploma", said, board.head.as_of_ms)


def _runner(board: RaceBoard, entry: Entry, runner: Runner, result: str, language: str) -> dict[str, Any]:
    words, row = tongue(language).words, board.rows[entry.bib]
    laps = [lap for lap in range(1, row.laps + 1) if runner.code in board.race.runners(entry, lap, row.order)]
    about = " · ".join([entry.team, words.listed([words.say("lap", n=lap) for lap in laps])] if laps else [entry.team])
    return {"name": runner.public_name, "line": not runner.public_name, "about": about, "result": result}


def _head(event: Event, language: str, title: str) -> dict[str, Any]:
    return {"title": title, "event": event.name, "place": event.place, "lang": language, "foot": title}
