"""A team's page: its place, what it does now, its laps, and each passage with the verdict on it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from live.arrivals import late_minutes
from live.boards import RaceBoard, Standing
from live.heads import head_of
from live.messages.boards import Row
from live.programme import Event, Race, code
from live.times import format_time, without_seconds
from live.web.answers import NoAnswer, Refused
from live.web.chip_check import chip_check
from live.web.listing import among_head, row_view
from live.web.pages import language_of, of_day, page, problem, race_url, race_view, tongue
from live.web.programs import origin
from live.web.results import diplomas_out
from live.web.rows import OPEN, Shown, missing_text, now_text, point_text, within_text
from live.web.state import WebState, of
from live.web.walk import one_walker
from live.web.words import Words

Told = dict[str, Any]


def team_url(race: Race, bib: str, language: str) -> str:
    """Return the address of a team's page."""
    return f"{race_url(race, language)}/t/{quote(bib, safe='')}"


def image_path(board: RaceBoard, bib: str, language: str) -> str:
    """Return the address of a team's picture, "" where there is none: of a frozen board, or of a race without places.

    It names the version, since who shows it keeps what he once fetched.
    """
    if board.head is None or board.head.frozen or not board.race.ranked:
        return ""
    return f"/og/{board.race.id}/{quote(bib, safe='')}.png?lang={language}&v={board.head.version}"


async def team(request: Request) -> Response:
    """GET /{l}/r/{race}/t/{bib}: a team; in a race without places only whether that bib is back."""
    state, bib = of(request), code(request.path_params["bib"])
    board = state.boards.by_race.get(request.path_params["race"])
    if board is None or bib not in board.race.by_bib:
        return problem(request, 404, bib)
    if not board.complete or bib not in board.rows:
        return problem(request, 503, bib)
    if not board.race.ranked:
        answer = one_walker(request, board, bib)
        shown = race_view(board, language_of(request), state.event)
        return page(request, "walker.html", "team", race=shown, bib=bib, answer=answer)
    return page(request, "team.html", "team", **await _context(request, board, bib))


async def _context(request: Request, board: RaceBoard, bib: str) -> dict[str, Any]:
    state, language, race = of(request), language_of(request), board.race
    words, entry = tongue(language).words, race.by_bib[bib]
    shown, now_ms = shown_among(board, bib), state.now_ms()
    standing = shown.standing
    told, away = await _told(state, race, bib)
    names = {runner.code: runner.public_name for runner in entry.runners}
    waits_for_gun = standing.row.status == "not_started"
    chips = chip_check(race, state.event, names, told.get("crossings", ()), language) if waits_for_gun else {}
    return {
        "race": race_view(board, language, state.event),
        "it": row_view(board, state.event, language, shown, now_ms),
        "when": expected(board, standing.row, told.get("ends", ()), now_ms, language, state.event),
        "through_long": "" if shown.through is None else words.say("through", n=shown.through),
        "now": now_text(standing, race, words),
        "missing": missing_text(standing, race, words),
        "tie": tied(board, standing),
        "base": origin(request),
        "image": image_path(board, bib, language),
        "diploma": diplomas_out(board) and standing.place is not None,
        "away": away,
        "waiting": state.event.told("waiting", language) if waits(board, standing) else (),
        "chip": chips.get("", "") or (max(chips.values(), default="") if len(names) == 1 else ""),
        "runners": [{"runner": each, "name": name, "chip": chips.get(each, "")} for each, name in names.items()]
        if len(names) > 1
        else [],
        "laps": [_lap(lap, race, words, shown) for lap in told.get("laps", ())],
        "crossings": [
            _crossing(each, race, state.event, language)
            for each in state.reasons.with_reasons(told.get("crossings", []))
        ],
        "doubts": [each["text"][language] for each in state.reasons.with_texts(told.get("doubts", []))],
    }


def expected(
    board: RaceBoard, row: Row, ends: Sequence[Told], now_ms: int, language: str, event: Event
) -> list[dict[str, str]]:
    """Return what is expected of a team, in sentences: its next passage, who gets ready when, its finish.

    Of an overdue team only since when: the other instants hang on the one that was missed.
    """
    late = late_minutes(board, row, now_ms)
    if late is None or row.next is None:
        return []
    words, line = tongue(language).words, board.race.course.line
    point = point_text(words, row.next.point or line, line)
    if late:
        return [{"kind": "overdue", "text": f"{words.say('overdue', n=late)} · {point}"}]

    def at(at_ms: int, error_ms: int) -> dict[str, str]:
        return {"t": without_seconds(of_day(at_ms, event)), "within": within_text(error_ms)}

    said = []
    if row.finish is None or row.next.at_ms < row.finish.at_ms:  # else the next passage is the finish
        text = words.say("passage_expected", **at(row.next.at_ms, row.next.error_ms))
        said.append({"kind": "next", "text": f"{text} · {point}"})
    seen: set[str] = set()
    for ahead, end in enumerate(ends):
        joining = [each for each in end["joining"] if each not in seen]
        seen |= {*joining}
        if joining:
            kind, who = "turn" if ahead else "ready", words.listed(joining)
            text = words.count(kind, len(joining), who=who, **at(end["at_ms"], end["error_ms"]))
            said.append({"kind": kind, "text": text})
    if row.finish is not None:
        text = words.say("finish_expected", **at(row.finish.at_ms, row.finish.error_ms))
        said.append({"kind": "finish", "text": text})
    return said


def waits(board: RaceBoard, standing: Standing) -> bool:
    """Whether somebody of the team has his turn still to come."""
    row, race = standing.row, board.race
    if row.status not in OPEN or race.laps_total is None:
        return row.status in OPEN and len(race.roles) > 1
    begun = {each for lap in range(1, row.laps + 2) for each in race.runners(standing.entry, lap, row.order)}
    return any(each.code not in begun and each.code in race.roles for each in standing.entry.runners)


def shown_among(board: RaceBoard, bib: str) -> Shown:
    """Return a team's standing with what follows from the others; below the head of a large race, without it."""
    for each in among_head(board, head_of(board.race)):
        if each.standing.row.bib == bib:
            return each
    return Shown(board.standing(bib))


async def _told(state: WebState, race: Race, bib: str) -> tuple[Told, bool]:
    """Return what ingest tells of a team, and whether it did not answer: the board still stands then."""
    try:
        return await state.ask("team", race=race.id, bib=bib), False
    except (NoAnswer, Refused):
        return {}, True


def _lap(lap: Told, race: Race, words: Words, shown: Shown) -> dict[str, Any]:
    """Return one lap; the last one has the time that the list shows, with its tenths."""
    row = shown.standing.row
    last = lap["lap"] == row.laps and lap["elapsed_ms"] == row.time_ms
    note = words.say(lap["lap_quality"]) if lap["lap_quality"] != "measured" else ""
    if lap["missing"]:
        of_all = len(lap["runners"])
        seen = of_all - len(lap["missing"])
        note = words.say("waiting", n=seen, m=of_all, who=words.listed(lap["missing"]))
    return {
        "lap": words.say("lap", n=lap["lap"]),
        "who": "+".join(lap["runners"]) if len(lap["runners"]) > 1 or len(race.legs) > 1 else "",
        "lap_time": _time(lap["lap_ms"]),
        "elapsed": _time(lap["elapsed_ms"], last and shown.tenths),
        "place": "" if lap["place"] is None else lap["place"],
        "quality": lap["quality"],
        "lap_quality": lap["lap_quality"],
        "note": note if lap["lap_ms"] is not None else "",
        "splits": _splits(lap["splits"], race, words),
    }


def _splits(splits: list[Told], race: Race, words: Words) -> list[dict[str, Any]]:
    """Return one line a point: the team was there with the last of its runners."""
    points: dict[str, list[Told]] = {}
    for split in splits:
        points.setdefault(split["point"], []).append(split)
    return [
        {
            "point": point_text(words, point, race.course.line),
            "who": "+".join(sorted({each["runner"] for each in there if each["runner"]})),
            "elapsed": _time(there[-1]["elapsed_ms"]),
            "place": "" if there[-1]["place"] is None else there[-1]["place"],
        }
        for point, there in points.items()
    ]


def _time(duration_ms: int | None, tenths: bool = False) -> str:
    return "" if duration_ms is None else format_time(duration_ms, tenths=tenths)


def _crossing(crossing: Told, race: Race, event: Event, language: str) -> dict[str, str]:
    speech = tongue(language)
    t = speech.catalogue
    verdicts = {
        "counted": t.pgettext("verdict", "counted"),
        "questionable": t.pgettext("verdict", "questionable"),
        "ignored": t.pgettext("verdict", "not counted"),
    }
    point = crossing["point"]
    where = point_text(speech.words, point, race.course.line) if point else ""
    return {
        "verdict": crossing["verdict"],
        "at": of_day(crossing["at_ms"], event),
        "where": " · ".join(each for each in (crossing["runner"], where) if each),
        "judged": verdicts.get(crossing["verdict"], crossing["verdict"]),
        "reason": crossing["reason"][language],
    }


def tied(board: RaceBoard, standing: Standing) -> bool:
    """Whether another team has the same place."""
    mine = standing.row
    return mine.placed and any(row.placed and row.key == mine.key and row is not mine for row in board.rows.values())
