"""Pick the language of a page, and its words: gettext catalogues, compiled from the .po files when the service starts.

Babel stays in this module. No compiled catalogue is kept on disk, so that none can be missing or older than its source.
"""

import io
from collections.abc import Mapping, Sequence
from gettext import GNUTranslations
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from live.programme import LANGUAGES

LOCALE: Final = Path(__file__).parent / "locale"
"""The languages that there are pages in, the first where nothing else decides."""

NAMES: Final = {"fr": "Français", "nl": "Nederlands", "en": "English"}
"""Each language in its own words."""


def load(language: str) -> GNUTranslations:
    """Return the catalogue of one of `LANGUAGES`."""
    path = LOCALE / language / "LC_MESSAGES" / "messages.po"
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def offered(languages: Sequence[str]) -> tuple[str, ...]:
    """Return those of an event's languages that there are pages in; all of ours where there is none."""
    return tuple(each for each in languages if each in LANGUAGES) or LANGUAGES


def pick(offer: Sequence[str], cookie: str | None, accept: str | None) -> str:
    """Return the language for an address that names none: cookie, then Accept-Language, then the first of `offer`."""
    if cookie is not None and cookie in offer:
        return cookie
    weights = _weights(accept or "")
    best = max(offer, key=lambda each: weights.get(each, 0.0))  # the first of equals
    return best if weights.get(best, 0.0) > 0 else offer[0]


def _weights(accept: str) -> Mapping[str, float]:
    """Languages of an Accept-Language header without their region, each with its highest weight (RFC 9110, 12.5.4)."""
    weights: dict[str, float] = {}
    for part in accept[:1_000].split(","):
        tag, _, weight = part.strip().lower().partition(";")
        try:
            value = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        language = tag.strip().partition("-")[0]
        weights[language] = max(weights.get(language, 0.0), value)
    return weights
