"""Prizes that were handed over, as the decisions say, and whether those who got them still hold them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from live.honours import company_key
from live.messages.decisions import GivePrize
from live.prizes import Award
from live.programme import Prize, Race


@dataclass(frozen=True, slots=True)
class Given:
    """One place of a prize as it was handed over: by whom, when, to which bibs; `decision` says so."""

    race: str
    prize: int
    place: int
    bibs: tuple[str, ...]
    decision: str
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Changed:
    """A place of a prize that was handed over, and that others hold now (T88)."""

    given: Given
    now: tuple[str, ...]


def handed_to(award: Award, place: int | None) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the bibs that a prize is handed to as it stands now, and the place of each: of one place, or of all."""
    held = [(bib, each.place) for each in award.winners if place in (None, each.place) for bib in each.bibs]
    return tuple(bib for bib, _ in held), tuple(at for _, at in held)


def given_places(ruling: GivePrize) -> dict[int, tuple[str, ...]]:
    """Return which bibs a decision hands which place to. Without `places` a whole prize goes 1, 2, 3 …"""
    bibs = ruling.bibs or ()
    if ruling.place is not None:
        return {ruling.place: bibs}
    places = ruling.places if ruling.places is not None else tuple(range(1, len(bibs) + 1))
    found: dict[int, tuple[str, ...]] = {}
    for place, bib in zip(places, bibs, strict=False):
        found[place] = (*found.get(place, ()), bib)
    return found


def given_prizes(decisions: Iterable[Mapping[str, Any]]) -> list[Given]:
    """Return what stands as handed over, from the decisions as ingest tells them, in the order of the journal.

    A later decision on a place takes the place of the earlier, one on the whole prize that of all; a revoked one never
    was.
    """
    standing: dict[tuple[str, int, int], Given] = {}
    for each in decisions:
        if each["type"] != GivePrize.type or not each["holds"]:
            continue
        bibs, places = each["bibs"], each["places"]
        ruling = GivePrize(
            each["race"],
            each["prize"],
            each["place"],
            None if bibs is None else tuple(bibs),
            None if places is None else tuple(places),
        )
        if ruling.place is None:
            standing = {key: one for key, one in standing.items() if key[:2] != (ruling.race, ruling.prize)}
        for place, holders in given_places(ruling).items():
            given = Given(ruling.race, ruling.prize, place, holders, each["id"], each["by"], each["at_ms"])
            standing[ruling.race, ruling.prize, place] = given
    return [standing[key] for key in sorted(standing)]


def changed(race: Race, award: Award, given: Iterable[Given]) -> list[Changed]:
    """Return the places of a prize that others hold now than those it was handed to.

    A company is the same whichever of its teams count.
    """
    found = []
    for each in given:
        now = award.holders(each.place)
        if _who(race, award.prize, each.bibs) != _who(race, award.prize, now):
            found.append(Changed(each, now))
    return found


def _who(race: Race, prize: Prize, bibs: Iterable[str]) -> frozenset[str]:
    if prize.among != "companies":
        return frozenset(bibs)
    known = race.by_bib
    return frozenset(company_key(known[bib].company) if bib in known else bib for bib in bibs)
