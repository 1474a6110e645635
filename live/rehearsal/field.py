"""The field of a rehearsal: an event folder of a SMARTRUN with invented companies, as text. Pure, the same for a seed.

Companies are numbered, runners have a first name and an initial: nobody real is meant.
"""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

COLUMNS = (
    *("race", "bib", "team", "company", "category"),
    *("runner", "first_name", "last_name", "sex", "chips", "public", "wave"),
)

FIRST_NAMES = {
    "F": ("Alice", "Anouk", "Chloé", "Claire", "Elise", "Emma", "Fatima", "Inès", "Julie", "Lise", "Marie", "Nora"),
    "M": ("Adam", "Bram", "Hugo", "Jan", "Karim", "Louis", "Lucas", "Noah", "Pieter", "Simon", "Théo", "Victor"),
}
PUBLIC = ("initials",) * 8 + ("yes", "no")

EVENT_TOML = """\
# A rehearsal: nobody in it is real.
[event]
id = "smartrun-demo"
name = "SMARTRUN · répétition"
place = "Quartier Negundo, Tournai"
timezone = "Europe/Brussels"
languages = ["fr", "nl", "en"]
clock = "facts"

[[course]]
id = "boucle"
length_m = 3000
loop = true
points = [ {{ id = "line", at_m = 0 }}, {{ id = "km1", at_m = 1000 }}, {{ id = "km2", at_m = 2000 }} ]

[[race]]
id = "relay"
name = "Relais par équipes"
course = "boucle"
legs = [["A"], ["A", "B"], ["A", "B", "C"]]
start = {start}
{gun}companies = {{ count = 1 }}

[[race.prize]]
name = {{ fr = "Sociétés", nl = "Bedrijven", en = "Companies" }}
among = "companies"

[[race.prize]]
name = {{ fr = "Tour le plus rapide de A", nl = "Snelste ronde van A", en = "Fastest lap of A" }}
among = "fastest_leg:A"
places = 1

[[race.prize]]
name = {{ fr = "Toutes catégories", nl = "Alle categorieën", en = "All teams" }}

[[device]]
id = "mat-line"
point = "line"
course = "boucle"
trust = "main"

[[device]]
id = "mat-line-b"
point = "line"
course = "boucle"
trust = "backup"

[[device]]
id = "mat-km1"
point = "km1"
course = "boucle"
trust = "main"

[[device]]
id = "mat-km2"
point = "km2"
course = "boucle"
trust = "main"

[[device]]
id = "scanner-1"
point = "line"
course = "boucle"
trust = "handheld"
"""

WALK_TOML = """
[[course]]
id = "marche"
length_m = 5000
loop = true
points = [ {{ id = "walk-line", at_m = 0 }} ]   # not the runners' line: who passes both is seen twice

[[race]]
id = "walk"
name = "Marche"
course = "marche"
legs = [["W"]]
ranked = false
start = {start}
{gun}
[[device]]
id = "mat-walk"
point = "walk-line"
course = "marche"
trust = "main"
"""


@dataclass(frozen=True, slots=True)
class Field:
    """How large the field is and when it starts (an instant, whole seconds).

    `gun` writes the planned start down as the measured gun; without it an official fires the gun.
    """

    teams: int
    walkers: int
    seed: int
    start_ms: int
    gun: bool

    def __post_init__(self) -> None:
        """Raises ValueError when there is no team, or a number of walkers below zero."""
        if self.teams < 1:
            raise ValueError(f"teams is {self.teams}: 1 or more")
        if self.walkers < 0:
            raise ValueError(f"walkers is {self.walkers}: 0 or more")

    @property
    def walker_bibs(self) -> range:
        """Above every team's bib, so that a bib typed without its race has one meaning."""
        first = 10 ** max(3, len(str(self.teams))) + 1
        return range(first, first + self.walkers)


def event_folder(field: Field) -> dict[str, str]:
    """Return the event folder as text by file name: `event.toml` and `entries.csv`."""
    start = datetime.fromtimestamp(field.start_ms // 1_000, UTC).isoformat()
    gun = f"gun = {start}\n" if field.gun else ""
    toml = EVENT_TOML.format(start=start, gun=gun)
    if field.walkers:
        toml += WALK_TOML.format(start=start, gun=gun)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_teams(field, Random(f"teams {field.seed}")))
    writer.writerows(_walkers(field, Random(f"walkers {field.seed}")))
    return {"event.toml": toml, "entries.csv": table.getvalue()}


def _teams(field: Field, rng: Random) -> list[list[str]]:
    rows: list[list[str]] = []
    company, left, number = 0, 0, 0
    for bib in range(1, field.teams + 1):
        if left == 0:
            company, left, number = company + 1, rng.choice((1, 1, 2, 3)), 0
        left, number = left - 1, number + 1
        sexes = rng.choice(("FFF", "MMM", "MMM", "FMM", "MFM", "FFM", "MMF"))
        category = {"FFF": "women", "MMM": "men"}.get(sexes, "mixed")
        name = f"Entreprise {company}"
        for runner, sex in zip("ABC", sexes, strict=True):
            who = _person(rng, sex)
            rows.append(["relay", str(bib), f"{name} · {number}", name, category, runner, *who, "", _public(rng), ""])
    return rows


def _walkers(field: Field, rng: Random) -> list[list[str]]:
    rows: list[list[str]] = []
    for bib in field.walker_bibs:
        company = f"Entreprise {rng.randint(1, max(1, field.teams // 2))}"
        who = _person(rng, rng.choice("FM"))
        rows.append(["walk", str(bib), f"Marche {bib}", company, "", "W", *who, "", _public(rng), ""])
    return rows


def _person(rng: Random, sex: str) -> list[str]:
    return [rng.choice(FIRST_NAMES[sex]), rng.choice("ABCDEFGHJKLMNPRSTVW"), sex]


def _public(rng: Random) -> str:
    return rng.choice(PUBLIC)
