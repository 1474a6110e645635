"""The words that figures are shown in, by language: one table for the templates, `rows` and live.js.

A word may hold places like ``{n}``; both sides fill them in. Where a word depends on a number, there is one entry for
each plural form, ``laps.one`` and ``laps.other``; the script picks by `Intl.PluralRules`, Python by `plural`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from gettext import NullTranslations


@dataclass(frozen=True)
class Words:
    """The words of one language, and how to fill them in."""

    language: str
    table: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """Return the word with its places filled in."""
        return self.table[key].format(**values)

    def count(self, key: str, n: int, **values: object) -> str:
        """Return the word in the form that the number asks for; ``{n}`` is the number."""
        return self.say(f"{key}.{plural(self.language, n)}", n=n, **values)

    def listed(self, names: Sequence[str]) -> str:
        """Return ``A, B and C``."""
        if len(names) < 2:
            return "".join(names)
        return self.say("and", a=", ".join(names[:-1]), b=names[-1])


def plural(language: str, n: int) -> str:
    """Return the plural form of a whole number, as CLDR has it: in French nought is singular."""
    return "one" if n == 1 or (language == "fr" and n == 0) else "other"


def ordinal(language: str, n: int) -> str:
    """Return the form of an ordinal number, as CLDR has it: 1st, 2nd, 3rd, 4th, 11th; 1re, 2e; always e in Dutch."""
    if language == "fr":
        return "one" if n == 1 else "other"
    if language != "en" or n % 100 in (11, 12, 13):
        return "other"
    return {1: "one", 2: "two", 3: "few"}.get(n % 10, "other")


def words(language: str, t: NullTranslations) -> Words:
    """Return the words of one language from its catalogue."""
    return Words(language, {**_numbers(t), **_places(t), **_link(t), **_teams(t), **_page(t)})


def category(t: NullTranslations, name: str) -> str:
    """Return a category as people read it; one that the organiser made up stays as written."""
    known = {
        "mixed": t.pgettext("category", "Mixed"),
        "women": t.pgettext("category", "Women"),
        "men": t.pgettext("category", "Men"),
    }
    return known.get(name.lower(), name)


def _numbers(t: NullTranslations) -> dict[str, str]:
    return {
        "hours.one": t.ngettext("{n} hour", "{n} hours", 1),
        "hours.other": t.ngettext("{n} hour", "{n} hours", 2),
        "minutes.one": t.ngettext("{n} minute", "{n} minutes", 1),
        "minutes.other": t.ngettext("{n} minute", "{n} minutes", 2),
        "seconds.one": t.ngettext("{n} second", "{n} seconds", 1),
        "seconds.other": t.ngettext("{n} second", "{n} seconds", 2),
        # Translators: the ordinal of a team's place; in French feminine ("1re", "2e").
        "nth.one": t.pgettext("place ending in 1", "{n}st"),
        "nth.two": t.pgettext("place ending in 2", "{n}nd"),
        "nth.few": t.pgettext("place ending in 3", "{n}rd"),
        "nth.other": t.pgettext("any other place", "{n}th"),
        "and": t.gettext("{a} and {b}"),
    }


def _places(t: NullTranslations) -> dict[str, str]:
    return {
        # Translators: behind a place while rivals have not reached that point: "7, of 12 through".
        "through": t.gettext("of {n} through"),
        "of": t.pgettext("short for: of {n} through", "of {n}"),
        "behind": t.gettext("{t} behind"),
        "lapped.one": t.ngettext("+{n} lap", "+{n} laps", 1),
        "lapped.other": t.ngettext("+{n} lap", "+{n} laps", 2),
        "laps_behind.one": t.ngettext("{n} lap behind", "{n} laps behind", 1),
        "laps_behind.other": t.ngettext("{n} lap behind", "{n} laps behind", 2),
        "laps_of.one": t.ngettext("{n} lap of {m}", "{n} laps of {m}", 1),
        "laps_of.other": t.ngettext("{n} lap of {m}", "{n} laps of {m}", 2),
        "laps.one": t.ngettext("{n} lap", "{n} laps", 1),
        "laps.other": t.ngettext("{n} lap", "{n} laps", 2),
        "bib": t.gettext("bib {bib}"),
        "leads": t.gettext("{team} takes the lead"),
        "tie": t.gettext("tied"),
    }


def _link(t: NullTranslations) -> dict[str, str]:
    return {
        "live": t.pgettext("link", "Live"),
        "late": t.gettext("{n} s ago"),
        "offline": t.pgettext("link", "Offline"),
        "offline_since": t.gettext("Offline. Standings of {t}"),
        "paused": t.gettext("Paused"),
        # Translators: the link, where only requests get through: asked so often.
        "polled": t.gettext("Every 10 s"),
        # Translators: a timing point that should have spoken.
        "silent": t.gettext("Mat {point} silent for {n} min: times may be late."),
    }


def _teams(t: NullTranslations) -> dict[str, str]:
    return {
        "not_started": t.gettext("not started yet"),
        # Translators: of a team that is not back, in a list that is closed.
        "running": t.pgettext("status of a team", "not back"),
        "finished": t.pgettext("status of a team", "finished"),
        "dnf": t.gettext("retired"),
        "dns": t.gettext("did not start"),
        "dsq": t.gettext("disqualified"),
        "out_of_competition": t.gettext("out of competition"),
        "estimated": t.pgettext("quality of a time", "estimated"),
        "corrected": t.pgettext("quality of a time", "corrected"),
        "provisional": t.pgettext("a time", "provisional"),
        # Translators: of a team whose lap is not over: the runners that are still to cross, "B" or "B+C".
        "awaits": t.gettext("awaiting {who}"),
        # Translators: so many of a lap's runners have crossed.
        "seen": t.gettext("{n} of {m}"),
        "waiting": t.gettext("{n} of {m}, {who} still to come"),
        "lap_of": t.gettext("Lap {n}/{m}"),
        "lap": t.gettext("Lap {n}"),
        "run.one": t.ngettext("{who} is running", "{who} are running", 1),
        "run.other": t.ngettext("{who} is running", "{who} are running", 2),
        "passage": t.pgettext("a team just seen", "passing"),
        "line": t.pgettext("timing point", "line"),
        "finish": t.pgettext("at the line, after the last lap", "Finish"),
        # Translators: when a team is expected at a point: "km 2 at about 16:47 (± 40 s)".
        "expected": t.gettext("{point} at about {t} ({within})"),
        # Translators: a team that should have come long ago: "overdue by 3 min".
        "overdue": t.gettext("overdue by {n} min"),
        # Translators: on a team's page, when it should be at the next point: "passage expected 16:47 (± 40 s)".
        "passage_expected": t.gettext("passage expected {t} ({within})"),
        # Translators: to the runners who join at the end of this lap: "B, be ready at 16:47 (± 40 s)".
        "ready.one": t.ngettext("{who}, be ready at {t} ({within})", "{who}, be ready at {t} ({within})", 1),
        "ready.other": t.ngettext("{who}, be ready at {t} ({within})", "{who}, be ready at {t} ({within})", 2),
        # Translators: to the runners who join at the end of a later lap: "C, your turn at about 17:03 (± 2 min)".
        "turn.one": t.ngettext(
            "{who}, your turn at about {t} ({within})", "{who}, your turn at about {t} ({within})", 1
        ),
        "turn.other": t.ngettext(
            "{who}, your turn at about {t} ({within})", "{who}, your turn at about {t} ({within})", 2
        ),
        "finish_expected": t.gettext("finish expected at about {t} ({within})"),
    }


def _page(t: NullTranslations) -> dict[str, str]:
    return {
        # Translators: what ends in _ms becomes a time of day: "Starts 16:30".
        "state.planned": t.gettext("Starts {start_ms}"),
        "state.running": t.pgettext("race", "Running"),
        "state.provisional": t.gettext(
            "Provisional since {provisional_since_ms}, objections until {objections_until_ms}"
        ),
        # Translators: {edition} counts the official results.
        "state.official": t.gettext("Official, {official_at_ms}, version {edition}"),
        "frozen": t.gettext("Standings frozen since {frozen_since_ms}, revealed at the prize-giving"),
        "follow": t.gettext("Follow {team}"),
        "unfollow": t.gettext("Stop following {team}"),
        "pause": t.pgettext("button", "Pause"),
        "copied": t.gettext("Link copied"),
        # Translators: button: so many teams crossed above what is in sight.
        "changed.one": t.ngettext("{n} change", "{n} changes", 1),
        "changed.other": t.ngettext("{n} change", "{n} changes", 2),
        "gap": t.pgettext("column", "Gap"),
        "ahead": t.pgettext("column", "Interval"),
        "time": t.pgettext("column", "Time"),
    }
