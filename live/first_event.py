"""The event folder that `live init` writes: it runs as it is, and its comments say what to change."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from live.event_file import DEFAULT_ZONE

THURSDAY = 3
TEAMS = 6
WALKERS = 4
FILES = ("event.toml", "entries.csv", "entries.xlsx")


def write_first_event(folder: Path, today: date) -> list[Path]:
    """Write event.toml and entries.csv, for the Thursday after `today`; return the files.

    Raises:
        FileExistsError: one of them is there already; nothing was written.
    """
    for name in FILES:
        if (folder / name).exists():
            raise FileExistsError(f"{folder / name} is there already: choose another folder, nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
    day = today + timedelta(days=(THURSDAY - today.weekday() - 1) % 7 + 1)
    start = datetime.combine(day, time(16, 30), ZoneInfo(DEFAULT_ZONE))
    texts = {
        "event.toml": EVENT.format(
            id=_id_of(folder), year=day.year, start=start.isoformat(), walk=(start + timedelta(minutes=10)).isoformat()
        ),
        "entries.csv": _entries(),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def _id_of(folder: Path) -> str:
    name = folder.resolve().name.lower()
    slug = "-".join("".join(c if c in "abcdefghijklmnopqrstuvwxyz0123456789" else " " for c in name).split())
    return slug[:64].strip("-") or "my-race"


def _entries() -> str:
    """Companies and people that nobody could take for real ones."""
    lines = ["race,bib,team,company,category,runner,first_name,last_name,sex,chips,public,wave"]
    for team in range(1, TEAMS + 1):
        company, category = f"Entreprise {(team + 1) // 2}", ("mixed", "women", "men")[team % 3]
        for runner, sex in zip("ABC", {"women": "FFF", "men": "MMM", "mixed": "FMF"}[category], strict=True):
            name = f"Prénom {runner}{team},Nom {team}"
            lines.append(f"relay,{team},{company} / {team},{company},{category},{runner},{name},{sex},,initials,")
    for walker in range(501, 501 + WALKERS):
        name = f"Prénom {walker},Nom {walker}"
        lines.append(f"walk,{walker},,Entreprise {walker - 500},,W,{name},,,no,")
    return "\n".join(lines) + "\n"


EVENT = """\
# An event: its courses, races and devices. Check it after each change with: live check DIR
# Who takes part is in entries.csv beside this file, one row per runner.

[event]
id = "{id}"                  # in topics and addresses: a-z 0-9 and -
name = "Notre SMARTRUN {year}"
place = "Tournai"
timezone = "Europe/Brussels"
languages = ["fr", "nl", "en"]     # the first is the default
clock = "wall"                     # "facts": now is the latest instant heard (to replay an old race)

# A loop's line is its start and its finish. A road has loop = false and its finish at length_m.
[[course]]
id = "loop"
length_m = 3000
loop = true
points = [
  {{ id = "line", at_m = 0 }},
  {{ id = "km1", at_m = 1000 }},
  {{ id = "km2", at_m = 2000 }},
]
# gpx = "loop.gpx"                 # recorded from the line on: the maps show the loop as it lies

[[course]]
id = "walk"
length_m = 5000
points = [ {{ id = "walk-line", at_m = 0 }} ]

# The growing relay: A runs alone, then with B, then with B and C.
[[race]]
id = "relay"
name = "Relais par équipes"
course = "loop"
legs = [["A"], ["A", "B"], ["A", "B", "C"]]   # who runs each lap
start = {start}           # planned; an official fires the gun, or add: gun = …
# repeat = 1                       # the list of legs, that many times
# finish = "with_leader"           # everybody stops at the first crossing after the winner's last
# duration = "24:00:00"            # a timed race instead of laps
# team_time = "first"              # whose crossing ends a lap: "last" (default) or "first"
# min_lap = "7:00"                 # shorter is no lap (default: 140 s per km)
# objections = "15:00"             # heard for so long once the race is provisional
# companies = {{ count = 2 }}        # company ranking by the sum of its best two teams

# Prizes, in the order in which the speaker calls them. among: all, category:mixed, sex:F, companies, fastest_lap,
# fastest_leg:A …
# [[race.prize]]
# name = {{ fr = "Équipes mixtes", nl = "Gemengde ploegen", en = "Mixed teams" }}
# among = "category:mixed"
# places = 3

# Start groups: the column `wave` in entries.csv names one.
# [[race.wave]]
# id = "1"
# start = {start}

# What people should know, on the page of information; each line of a text is one thing.
# [info]
# bring = {{ fr = "Gilet de sécurité", nl = "Fluohesje", en = "High-visibility vest" }}
# access = {{ fr = "…" }}
# waiting = {{ fr = "B et C attendent dans le sas, à gauche de la ligne" }}
# rules = {{ fr = "…" }}

# Sponsors, thanked on the screens in this order; the logo (svg, png, jpg, webp) lies in this folder.
# [[sponsor]]
# name = "Ideta"
# logo = "sponsors/ideta.svg"

# The walk: counted, never ranked.
[[race]]
id = "walk"
name = "Marche"
course = "walk"
legs = [["W"]]
ranked = false
start = {walk}

# Each mat and handheld. It gets a token with: live token DIR device mat-line
# trust says whose instant counts when several saw one crossing: main, backup, handheld, manual.
[[device]]
id = "mat-line"
point = "line"
course = "loop"
trust = "main"

[[device]]
id = "mat-line-2"
point = "line"
course = "loop"
trust = "backup"

[[device]]
id = "mat-km1"
point = "km1"
course = "loop"
trust = "main"

[[device]]
id = "hand-1"
point = "line"
course = "loop"
trust = "handheld"

[[device]]
id = "mat-walk"
point = "walk-line"
course = "walk"
trust = "main"
"""
