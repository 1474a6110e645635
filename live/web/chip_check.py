"""What a team reads before its start: which of its chips were read, and when."""

from collections.abc import Iterable
from typing import Any, Final

from live.programme import Event, Race
from live.times import MINUTE_MS, without_seconds
from live.web.pages import of_day, tongue

SAME_DAY_MS: Final = 12 * 60 * MINUTE_MS
"""Before the start: what was read earlier was a test of another day (T08)."""


def chip_check(race: Race, event: Event, runners: Iterable[str], crossings: Any, language: str) -> dict[str, str]:
    """Return for each runner whether his chip was read before the start, in words; "" stands for the team's own chip.

    Nothing while no chip of the team was read: an event without a check is not reproached for it.
    """
    read: dict[str, int] = {}
    for each in crossings:
        early = each["reason"]["code"] == "before_start" and race.start_ms - each["at_ms"] <= SAME_DAY_MS
        if early and each["device"] is not None:
            read[each["runner"] or ""] = max(each["at_ms"], read.get(each["runner"] or "", 0))
    if not read:
        return {}
    t = tongue(language).catalogue
    said = {
        # Translators: of a runner's chip, at the check before the start.
        runner: t.gettext("chip read at {t}").format(t=without_seconds(of_day(at_ms, event)))
        for runner, at_ms in read.items()
    }
    # Translators: as above.
    return said if "" in said else {runner: t.gettext("chip not read yet") for runner in runners} | said
