"""What all pages for people share: language, words, templates, tabs, and the page that says what went wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from live.board_members import silent_members, state_members
from live.boards import Boards, RaceBoard
from live.heads import HEAD, is_whole
from live.messages.boards import RaceState
from live.messages.display import Notice
from live.programme import LANGUAGES, Event, Race
from live.strict_json import to_json
from live.times import without_seconds
from live.web import assets
from live.web.headers import HTMX_CDN
from live.web.languages import NAMES, load, offered, pick
from live.web.rows import clock_text, point_text
from live.web.state import of
from live.web.words import Words, category, words

TEMPLATES: Final = Path(__file__).parent / "templates"
BARS_UP_TO: Final = 12
"""More laps than this are no segments of a bar on a phone."""

ICONS: Final = {
    "live": "M4 20V11h4v9zm6 0V4h4v16zm6 0v-6h4v6z",
    "map": "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20zm0 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm-2-4h4v6h-4z",
    "feed": "M4 5h3v3H4zm5 0h11v3H9zM4 11h3v3H4zm5 0h11v3H9zm-5 6h3v3H4zm5 0h11v3H9z",
    "results": "M7 4h10v2h3v3l-3 3h-1l-3 2v4h3v2H8v-2h3v-4l-3-2H7L4 9V6h3z",
    "search": "M10 3a7 7 0 0 1 5.6 11.2l5.1 5.1-1.4 1.4-5.1-5.1A7 7 0 1 1 10 3zm0 2a5 5 0 1 0 0 10 5 5 0 0 0 0-10z",
}
"""Paths of the tabs' pictures, in a square of 24."""


SERVER_WORDS: Final = frozenset({"waiting", "tie", "passage_expected", "ready", "turn", "finish_expected"})
"""Words that only the server's templates say: no phone needs them in each page."""

HTMX_HASH: Final = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
"""Of htmx 4.0.1, from the CDN or our copy: a browser takes no other."""


# --- language ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tongue:
    """One language: its words, and the templates with its catalogue."""

    code: str
    words: Words
    catalogue: GNUTranslations
    templates: Environment


@cache
def tongue(language: str) -> Tongue:
    """Return one of `LANGUAGES`, read once."""
    catalogue = load(language)
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    templates.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    templates.policies["json.dumps_function"] = lambda value, **_: to_json(value).decode()
    templates.globals["static"] = assets.address
    return Tongue(language, words(language, catalogue), catalogue, templates)


def language_of(request: Request) -> str:
    """Return the language of the address; else that of the phone, on screen, paper and picture that of the event."""
    named, offer = request.url.path.strip("/").partition("/")[0], offered(of(request).event.languages)
    if named in LANGUAGES:
        return named
    if named in ("screen", "overlay", "line", "print", "og"):
        return pick(offer, request.query_params.get("lang"), None)
    if named == "speaker" and request.query_params.get("lang") in offer:
        return pick(offer, request.query_params["lang"], None)
    return pick(offer, request.cookies.get("lang"), request.headers.get("Accept-Language"))


# --- a race as pages know it ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RaceView:
    """What templates say of a race. `facts` is what live.js goes on from; `bar_m` is 0 where there is no bar."""

    id: str
    name: str
    url: str
    ranked: bool
    state: RaceState
    state_text: str
    version: int
    as_of: str
    as_of_ms: int
    clock: str
    frozen: bool
    frozen_text: str
    count: int
    bar_m: int
    bar_marks: list[int]
    facts: dict[str, Any]
    silent: list[dict[str, Any]]


def race_view(board: RaceBoard, language: str, event: Event) -> RaceView:
    """Return the race of a board that was heard whole."""
    race, head = board.race, board.head
    assert head is not None, f"the board of {race.id} was not heard yet"
    facts = _facts(board, language)
    total_m = (race.laps_total or 0) * race.course.length_m
    laps = race.laps_total or 0
    state_said, frozen_said = state_text(board, event, language)
    silent = [] if head.frozen else silent_members(board.silent)
    return RaceView(
        id=race.id,
        name=race.name,
        url=facts["url"],
        ranked=race.ranked,
        state=head.state,
        state_text=state_said,
        version=head.version,
        as_of=of_day(head.as_of_ms, event) if head.as_of_ms > 0 else "",
        as_of_ms=head.as_of_ms,
        clock="" if head.gun_ms is None else clock_text(max(0, head.as_of_ms - head.gun_ms)),
        frozen=head.frozen,
        frozen_text=frozen_said,
        count=board.count(),
        bar_m=total_m,
        bar_marks=[lap * race.course.length_m for lap in range(1, laps)] if laps <= BARS_UP_TO else [],
        facts=facts,
        silent=[{**each, "name": point_name(each["point"], [race.course.line], language)} for each in silent],
    )


def state_text(board: RaceBoard, event: Event, language: str) -> tuple[str, str]:
    """Return a race's state in words, ``Provisional since 18:05, objections until 18:20``, and those of its freeze."""
    head = board.head
    assert head is not None
    instants = {"start_ms": board.race.start_ms, **{k: v for k, v in state_members(head).items() if k != "edition"}}
    times = {name: "–" if at_ms is None else without_seconds(of_day(at_ms, event)) for name, at_ms in instants.items()}
    say = tongue(language).words.say
    return say(f"state.{head.state}", **times, edition=head.edition), say("frozen", **times)


def programme(event: Event) -> list[dict[str, str]]:
    """Return when each race starts, the first one first."""
    races = sorted(event.races, key=lambda race: race.start_ms)
    return [{"time": without_seconds(of_day(race.start_ms, event)), "name": race.name} for race in races]


def _facts(board: RaceBoard, language: str) -> dict[str, Any]:
    race, head = board.race, board.head
    assert head is not None
    return {
        "race": race.id,
        "url": race_url(race, language),
        "version": head.version,
        "journal": head.journal,
        "state": head.state,
        "frozen": head.frozen,
        **state_members(head),
        "as_of_ms": head.as_of_ms,
        "gun_ms": head.gun_ms,
        "start_ms": race.start_ms,
        "count": board.count(),
        "close_below": not is_whole(race) and board.head_of(HEAD)[1],
        "laps_total": race.laps_total,
        "length_m": race.course.length_m,
        "line": race.course.line,
        "points": {point.id: point.at_m for point in race.course.points if point.id != race.course.line},
        "legs": race.legs,
        "roles": race.roles,
        "alone": len({runner for leg in race.legs for runner in leg}) == 1,
    }


def race_url(race: Race, language: str) -> str:
    """Return the address of a race's list."""
    return f"/{language}/r/{race.id}"


def main_race(event: Event) -> Race:
    """Return the race that the front page shows: the first that is ranked."""
    return next((race for race in event.races if race.ranked), event.races[0])


def of_day(at_ms: int, event: Event) -> str:
    """Return the time of day where the race is: ``18:42:10``; in an hour that comes twice ``02:30:00 UTC+2`` (T31)."""
    there = datetime.fromtimestamp(at_ms / 1000, ZoneInfo(event.timezone))
    text, offset = there.strftime("%H:%M:%S"), there.utcoffset()
    if offset is None or offset == there.replace(fold=1 - there.fold).utcoffset():
        return text
    return f"{text} UTC{offset // timedelta(hours=1):+d}"


def point_name(point: str, lines: Iterable[str], language: str) -> str:
    """Return a timing point in words, whichever race it is of."""
    return point_text(tongue(language).words, point, point if point in lines else "")


# --- pages ------------------------------------------------------------------------------------------------------


def page(request: Request, template: str, name: str, status: int = 200, **context: Any) -> Response:
    """Return a page; `name` is its `data-page`."""
    return answer(request, render(request, template, name, **context), status)


def answer(request: Request, body: bytes, status: int = 200) -> Response:
    """Return a page's bytes, with the server's clock, which the phone's is held to (T33)."""
    return HTMLResponse(body, status, {"Server-Timing": f"now;dur={of(request).wall_ms()}"})


def render(request: Request, template: str, name: str, **context: Any) -> bytes:
    """Return a page's bytes."""
    state, language = of(request), language_of(request)
    speech = tongue(language)
    event = state.event
    url, now_ms = request.url.path, state.now_ms()
    shown = {
        "lang": language,
        "page": name,
        "event": event,
        "now_ms": now_ms,
        "notices": _notices(state.boards, now_ms),
        "words": speech.words,
        "script_words": script_words(language, state.categories),
        "htmx_url": HTMX_CDN if state.settings.htmx == "cdn" else "",
        "htmx_hash": HTMX_HASH,
        "theme": "",
        "delay": 0,
        "home": f"/{language}/",
        "search_url": f"/{language}/search",
        "languages": in_languages(request, event, request.url.query),
        "origin": state.settings.origin,
        "tabs": _tabs(language, event, url),
        "q": "",
        **context,
    }
    return speech.templates.get_template(template).render(shown).encode()


def _notices(boards: Boards, now_ms: int) -> list[Notice]:
    """Return what officials announce now, safety first."""
    shown = [each for each in boards.notices.values() if each.is_open(now_ms)]
    return sorted(shown, key=lambda notice: notice.level != "safety")


@cache
def script_words(language: str, categories: tuple[str, ...]) -> dict[str, str]:
    """Return the words of live.js."""
    speech = tongue(language)
    table = {key: word for key, word in speech.words.table.items() if key.partition(".")[0] not in SERVER_WORDS}
    return {**table, **{f"category.{each}": category(speech.catalogue, each) for each in categories}}


def with_query(url: str, **asked: str) -> str:
    """Return the address with those of the parameters that say something."""
    said = {name: value for name, value in asked.items() if value}
    return f"{url}?{urlencode(said)}" if said else url


def in_languages(request: Request, event: Event, query: str) -> list[dict[str, str]]:
    """Return this page in every language of the event; an address outside of a language leads to the front page."""
    first, _, rest = request.url.path.strip("/").partition("/")
    inside = rest if first in LANGUAGES else ""
    asked = f"?{query}" if query and first in LANGUAGES else ""
    return [
        {"code": each, "name": NAMES[each], "url": quote(f"/{each}/{inside}") + asked}
        for each in offered(event.languages)
    ]


def _tabs(language: str, event: Event, url: str) -> list[dict[str, Any]]:
    t, main = tongue(language).catalogue, main_race(event)
    tabs = [
        ("live", t.pgettext("tab", "Live"), f"/{language}/"),
        ("map", t.pgettext("tab", "Course"), f"{race_url(main, language)}/map"),
        ("feed", t.pgettext("tab", "Feed"), f"/{language}/feed"),
        ("results", t.pgettext("tab", "Results"), f"/{language}/results/{main.id}"),
        ("search", t.pgettext("tab", "Search"), f"/{language}/search"),
    ]
    here = {f"/{language}/": "live"}.get(url) or next((name for name, _, to in tabs[1:] if url == to), "")
    if url.startswith(f"/{language}/r/"):
        here = "map" if url.endswith("/map") else "live"
    if url.startswith(f"/{language}/results/"):
        here = "results"
    return [{"name": text, "url": to, "icon": ICONS[name], "here": name == here} for name, text, to in tabs]


def problem(request: Request, status: int, query: str = "") -> Response:
    """Return the page that says what failed and what to do, with the search field filled in."""
    language = language_of(request)
    headline, explained = _problem_words(language, status)
    retry_s = 5 if status == 503 else 0
    said = {"headline": headline, "explained": explained, "q": query, "retry_s": retry_s}
    table = _table_of(request) if status >= 500 else ""
    told = page(request, "error.html", "error", status, table=table, **said)
    told.headers["Cache-Control"] = "no-store"
    if retry_s:
        told.headers["Retry-After"] = str(retry_s)
    return told


def _table_of(request: Request) -> str:
    """Return where the plain table is of the race that was asked for, or else of the main one."""
    event = of(request).event
    asked = event.by_race.get(request.path_params.get("race", ""))
    race = asked if asked is not None and asked.ranked else main_race(event)
    return f"{race_url(race, language_of(request))}/table"


def _problem_words(language: str, status: int) -> tuple[str, str]:
    t = tongue(language).catalogue
    if status == 404:
        return (
            t.gettext("This page does not exist"),
            t.gettext("Perhaps the bib or the race is mistyped. Look for the team here:"),
        )
    if status == 503:
        return (
            t.gettext("The standings are on their way"),
            t.gettext("The server has just started and has not heard everything yet. This page tries again by itself."),
        )
    if status == 405:
        return (
            t.gettext("There is nothing to read at this address"),
            t.gettext("It only takes what a form sends. Go back one page, or look for the team here:"),
        )
    return (
        t.gettext("Something went wrong on our side"),
        t.gettext("It was written down. Try again, or look for the team here:"),
    )
