"""Why a passage counts or does not, and what an official should look at: ingest's codes in words of three languages."""

from collections.abc import Mapping
from gettext import NullTranslations
from typing import Any

from live.programme import LANGUAGES
from live.web.languages import load

Told = dict[str, Any]


def reason_texts(t: NullTranslations) -> dict[str, str]:
    """Return the words of each verdict's reason; ``{lap}`` is the lap that it is about."""
    return {**_counted(t), **_ignored(t), **_questionable(t)}


def _counted(t: NullTranslations) -> dict[str, str]:
    return {
        "crossing": t.gettext("counts for lap {lap}"),
        "split": t.gettext("counts as a split of lap {lap}"),
        "unread_line": t.gettext("unread at the line at the end of lap {lap}; estimated from what was seen around it"),
        "confirmed_unread": t.gettext("unread at the line at the end of lap {lap}; an official accepted this time"),
    }


def _ignored(t: NullTranslations) -> dict[str, str]:
    return {
        "before_start": t.gettext("before the start"),
        "already_finished": t.gettext("has already finished"),
        "not_in_race": t.gettext("runs no lap of this race"),
        "already_crossed": t.gettext("had just crossed"),
        "already_passed": t.gettext("had already passed this point on lap {lap}"),
        "waiting": t.gettext("waits for lap {lap}"),
        "at_the_start": t.gettext("still at the start"),
        "at_the_exchange": t.gettext("still at the exchange, at the start of lap {lap}"),
        "official_time": t.gettext("an official had given this crossing's time before"),
        "witness": t.gettext("the same crossing, seen a second time"),
        "too_soon_at_point": t.gettext("too soon to be at this point"),
        "voided": t.gettext("set aside by an official"),
        "unknown_device": t.gettext("from a device that this event does not know"),
        "other_course": t.gettext("seen at a point that is not on the course of this race"),
        "unknown_chip": t.gettext("nobody wears this chip"),
        "unknown_bib": t.gettext("nobody has this bib"),
    }


def _questionable(t: NullTranslations) -> dict[str, str]:
    return {
        "too_fast": t.gettext("faster than anybody can run lap {lap}"),
        "long_after_the_team": t.gettext("long after the team, on lap {lap}"),
        "same_identity": t.gettext("the device sent something else under the same number"),
        "implausible_date": t.gettext("implausible date"),
        "chip_on_two_teams": t.gettext("two teams wear this chip"),
        "bib_in_several_races": t.gettext("several races have this bib"),
        "unknown_runner": t.gettext("the team has no such runner"),
    }


def doubt_texts(t: NullTranslations) -> dict[str, str]:
    """Return the words of each kind of doubt."""
    return {
        "late_crossing": t.gettext("Bib {bib}, lap {lap}: {runner} was seen long after the team"),
        "not_together": t.gettext("Bib {bib}, lap {lap}: the team did not arrive together"),
        "missed_passage": t.gettext("Bib {bib}: lap {lap} took far too long for one lap; perhaps a passage was missed"),
        "estimated_passage": t.gettext("Bib {bib}: nobody saw the end of lap {lap}; its time is estimated"),
        "overdue": t.gettext(
            "Bib {bib}: the end of lap {lap} has been awaited too long; stopped on the way, or not seen by the mat"
        ),
        "overdue_beyond": t.gettext(
            "Bib {bib}: last seen at {point}, the end of lap {lap} has been awaited too long; "
            "stopped on the way, or not seen by the mat"
        ),
        "not_seen": t.gettext(
            "Bib {bib}: not seen since the start, and others have come round; "
            "did not start, stopped, or not seen by the mat"
        ),
        "not_back": t.gettext("Bib {bib} is not back, and the race is closed: retired, or not seen by the mat"),
        "too_fast": t.gettext("Bib {bib}: seen at the line faster than anybody can run lap {lap}"),
        "unseen": t.gettext("Bib {bib}: not all of the team were seen at the end of lap {lap}"),
        "seen_after_dnf": t.gettext("Bib {bib} has retired, and was seen all the same"),
        "seen_after_dns": t.gettext("Bib {bib} did not start, and was seen all the same"),
        "implausible_pace": t.gettext(
            "Bib {bib}: took more than three times as long as the others; perhaps a clock or a start is wrong"
        ),
        **_device_doubts(t),
        "conflict": t.gettext("Bib {bib}: passage {passage} was sent twice, with different contents"),
    }


def _device_doubts(t: NullTranslations) -> dict[str, str]:
    """Doubts that are of no team: of a device's clock, by its fault; of chips and bibs."""
    return {
        "clock_date": t.gettext("{device}: its clock has no plausible date"),
        # Translators: {off} is a time such as 0:37 or 12:00:00.
        "clock_ahead": t.gettext("{device}: its clock is ahead by {off}"),
        "clock_behind": t.gettext("{device}: its clock is behind by {off}"),
        "clock_stepped": t.gettext("{device}: its clock was moved during the race; this part is off by {off}"),
        "clock_held_back": t.gettext("{device}: each passage comes only with the next one; the last one is held back"),
        "clock_differs": t.gettext("{device}: differs by {off} from {other}, which saw the same crossings"),
        "unknown_chip": t.gettext("Chip {chip}, seen {count} times: nobody wears it"),
        "unknown_chip_once": t.gettext("Chip {chip}, seen once: nobody wears it"),
        "chip_on_two_teams": t.gettext("Chip {chip} is worn by several teams ({bibs}): counted for none of them"),
        "unknown_bib": t.gettext("Bib {typed} was typed, and nobody has it"),
        "unknown_bib_near": t.gettext("Bib {typed} was typed, and nobody has it; due at that moment: {bibs}"),
    }


def device_texts(t: NullTranslations) -> dict[str, str]:
    """Return what happened to a device, and what is missing of what it sent (T12, T13, T14)."""
    return {
        "online": t.gettext("came back on line"),
        "offline": t.gettext("went off line"),
        "new_epoch": t.gettext("started anew: its numbers count from 1 again"),
        "hole": t.gettext("Passages {first} to {last} never arrived (series {epoch})"),
        "hole_of_one": t.gettext("Passage {first} never arrived (series {epoch})"),
    }


def company_texts(t: NullTranslations) -> dict[str, str]:
    """Return why a company has no place."""
    return {
        # Translators: a company has so many of the teams that its place needs.
        "too_few_teams": t.gettext("Teams with a time: {have} of {needed}"),
    }


class Reasons:
    """The words of reasons and doubts in every language there is."""

    def __init__(self) -> None:
        """Read the catalogues."""
        catalogues = {language: load(language) for language in LANGUAGES}
        self._reasons = {language: reason_texts(t) for language, t in catalogues.items()}
        self._doubts = {language: doubt_texts(t) for language, t in catalogues.items()}
        self._companies = {language: company_texts(t) for language, t in catalogues.items()}
        self._devices = {language: device_texts(t) for language, t in catalogues.items()}

    def with_reasons(self, told: list[Told]) -> list[Told]:
        """Return crossings or passages with their reasons in words."""
        return [{**each, "reason": {**each["reason"], **self._reason(each["reason"])}} for each in told]

    def with_texts(self, told: list[Told]) -> list[Told]:
        """Return doubts with their text in words."""
        return [{**doubt, "text": _said(self._doubts, _doubt_code(doubt), doubt)} for doubt in told]

    def with_events(self, told: list[Told]) -> list[Told]:
        """Return devices with their events in words, and in words what is missing of what they sent (`missing`)."""
        return [
            {
                **device,
                "events": [
                    {**each, "text": _said(self._devices, each["what"], each)} for each in device.get("events", [])
                ],
                "missing": [self._hole(epoch, *hole) for epoch, hole in _holes(device)],
            }
            for device in told
        ]

    def _hole(self, epoch: str, first: int, last: int) -> dict[str, str]:
        code = "hole" if last > first else "hole_of_one"
        return _said(self._devices, code, {"epoch": epoch, "first": first, "last": last})

    def too_few(self, have: int, needed: int) -> Told:
        """Return why a company has no place: too few of its teams count (T78)."""
        return {"code": "too_few_teams", **_said(self._companies, "too_few_teams", {"have": have, "needed": needed})}

    def _reason(self, reason: Told) -> dict[str, str]:
        return _said(self._reasons, reason["code"], reason)


def _holes(device: Told) -> list[tuple[str, list[int]]]:
    """Return the holes of a device, each with its epoch, those of earlier epochs first."""
    stored = device.get("stored") or {"epoch": ""}
    series = [*device.get("earlier", []), {"epoch": stored["epoch"], "holes": device.get("holes", [])}]
    return [(each["epoch"], hole) for each in series for hole in each["holes"]]


def _doubt_code(doubt: Told) -> str:
    if doubt["kind"] == "clock":
        return f"clock_{doubt['fault']}"
    if doubt["kind"] == "seen_after_status":
        return f"seen_after_{doubt['status']}"
    if doubt["kind"] == "overdue" and doubt["point"] is not None:
        return "overdue_beyond"
    if doubt["kind"] == "unknown_chip" and doubt["count"] == 1:
        return "unknown_chip_once"
    return "unknown_bib_near" if doubt["kind"] == "unknown_bib" and doubt["suggestions"] else str(doubt["kind"])


def _said(tables: Mapping[str, Mapping[str, str]], code: str, values: Told) -> dict[str, str]:
    """Fill in the words; a code of a newer ingest stands for itself."""
    shown = {name: "" if value is None else value for name, value in values.items()}
    return {language: table.get(code, code).format_map(shown) for language, table in tables.items()}
