"""For programs on the phone: manifest, service worker and its page for our absence, calendar, sitemap."""

from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from live.programme import Event, Race
from live.strict_json import to_json
from live.times import MINUTE_MS
from live.web import assets
from live.web.languages import offered
from live.web.pages import language_of, page, race_url
from live.web.state import of

BRAND: Final = "#0A5C36"
ICON_CHARACTERS: Final = 12
"""What phones have room for below an icon."""
LENGTH_MS: Final = 90 * MINUTE_MS
"""How long a race takes in a calendar where nothing says it."""
LINE_BYTES: Final = 73
"""RFC 5545, 3.1: a line of a calendar has at most 75 bytes, the space of a continued one included."""


def origin(request: Request) -> str:
    """Return the public address of the pages, without a slash at its end."""
    return of(request).settings.origin or str(request.base_url).rstrip("/")


async def manifest(request: Request) -> Response:
    """GET /manifest.webmanifest: how a phone keeps the pages among its programs."""
    event = of(request).event
    icons = [
        {"src": assets.address(f"icon-{side}.png"), "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
        for side in (192, 512)
        for purpose in ("any", "maskable")
    ]
    told = {
        "name": event.name,
        "short_name": short_name(event.name),
        "lang": language_of(request),
        "start_url": f"/{language_of(request)}/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#FFFFFF",
        "theme_color": BRAND,
        "icons": icons,
    }
    return Response(to_json(told), media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


def short_name(name: str) -> str:
    """Return what stands below the icon: the first words that have room, of a word that has none its beginning."""
    words = name.split()
    while len(" ".join(words)) > ICON_CHARACTERS and len(words) > 1:
        words.pop()
    while len(words) > 1 and not words[-1].isalnum():
        words.pop()
    return " ".join(words)[:ICON_CHARACTERS]


async def worker(request: Request) -> Response:
    """GET /sw.js: the service worker. It must be asked for anew, or a fault in it would stay for ever."""
    body = assets.content("sw.js") or b""
    return Response(body, media_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})


async def absent(request: Request) -> Response:
    """GET /{l}/away: what the service worker shows while the server cannot be reached; it fills in the time."""
    address = origin(request).partition("//")[2]
    return page(request, "away.html", "away", address=address)


# --- the calendar -----------------------------------------------------------------------------------------------


async def calendar(request: Request) -> Response:
    """GET /event.ics: each race as an appointment."""
    event = of(request).event
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//SMARTRUN//Live//FR", "CALSCALE:GREGORIAN"]
    for race in event.races:
        lines += _appointment(race, event, f"{origin(request)}{race_url(race, language_of(request))}")
    body = "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])
    return Response(body, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "no-cache"})


def _appointment(race: Race, event: Event, url: str) -> list[str]:
    end_ms = race.start_ms + (race.duration_ms or LENGTH_MS)
    return [
        "BEGIN:VEVENT",
        f"UID:{race.id}@{event.id}.smartrun-live",
        f"DTSTAMP:{_utc(race.start_ms)}",
        f"DTSTART:{_utc(race.start_ms)}",
        f"DTEND:{_utc(end_ms)}",
        f"SUMMARY:{_text(f'{event.name} – {race.name}')}",
        f"LOCATION:{_text(event.place)}",
        f"URL:{url}",
        "END:VEVENT",
    ]


def _utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """Return a text as RFC 5545 (3.3.11) wants it."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Return a line in pieces of at most 75 bytes, no character cut."""
    pieces, piece = [], ""
    for character in line:
        if len((piece + character).encode()) > LINE_BYTES:
            pieces.append(piece)
            piece = ""
        piece += character
    return "\r\n ".join([*pieces, piece])


# --- for search engines -----------------------------------------------------------------------------------------


def _paths(event: Event) -> tuple[str, ...]:
    """Return the public pages inside a language; teams are not among them (`noindex`)."""
    ranked = [race.id for race in event.races if race.ranked]
    of_races = [path for race in ranked for path in (f"r/{race}", f"r/{race}/map", f"results/{race}")]
    return ("", "info", "feed", "privacy", "accessibility", *of_races)


async def sitemap(request: Request) -> Response:
    """GET /sitemap.xml: the public pages, each with its other languages."""
    event, base = of(request).event, origin(request)
    languages = offered(event.languages)
    urls = []
    for path in _paths(event):
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{each}" href="{escape(f"{base}/{each}/{path}")}"/>'
            for each in languages
        )
        urls += [f"<url><loc>{escape(f'{base}/{each}/{path}')}</loc>{others}</url>" for each in languages]
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:xhtml="http://www.w3.org/1999/xhtml">\n' + "\n".join(urls) + "\n</urlset>\n"
    )
    return Response(body, media_type="application/xml", headers={"Cache-Control": "public, max-age=3600"})
