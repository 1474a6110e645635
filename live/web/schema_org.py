"""The event as search engines read it: schema.org's SportsEvent, a race in each `subEvent`, teams but no persons."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from live.heads import WHOLE_UP_TO
from live.programme import Event, Race
from live.web.pages import race_url


def sports_event(event: Event, language: str, origin: str) -> dict[str, Any]:
    """Return the event as JSON-LD; `origin` is the public address of the pages, without a slash at its end."""
    first_ms = min(race.start_ms for race in event.races)
    return {
        "@context": "https://schema.org",
        **_sports_event(event.name, first_ms, event, f"{origin}/{language}/"),
        "subEvent": [
            {
                **_sports_event(race.name, race.start_ms, event, f"{origin}{race_url(race, language)}"),
                **({"competitor": teams} if (teams := _teams(race)) else {}),
            }
            for race in sorted(event.races, key=lambda race: race.start_ms)
        ],
    }


def _sports_event(name: str, start_ms: int, event: Event, url: str) -> dict[str, Any]:
    start = datetime.fromtimestamp(start_ms / 1000, ZoneInfo(event.timezone)).isoformat(timespec="seconds")
    place = {"location": {"@type": "Place", "name": event.place}} if event.place else {}
    return {"@type": "SportsEvent", "name": name, "startDate": start, **place, "url": url}


def _teams(race: Race) -> list[dict[str, str]]:
    """Return a race's teams: of one with places, in which nobody runs alone (an entry of one is a person)."""
    if not race.ranked or len(race.roles) == 1 or len(race.entries) > WHOLE_UP_TO:
        return []
    return [{"@type": "SportsTeam", "name": entry.team} for entry in race.entries]
