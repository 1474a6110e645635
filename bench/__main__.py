"""All figures, one bench after another: `python -m bench`, or `python -m bench race` for some of them."""

import argparse
import os
import platform
import sys
from pathlib import Path
from time import strftime

import uvloop

from bench import ingest, latency, race
from bench.figures import Figure, table

BENCHES = ("ingest", "latency", "race")


def main() -> None:
    """Run the benches that were named, all if none was; print one table."""
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"one of {', '.join(BENCHES)} (default: all)")
    names = parser.parse_args().benches or BENCHES
    if unknown := set(names) - set(BENCHES):
        parser.error(f"{', '.join(sorted(unknown))}: choose from {', '.join(BENCHES)}")
    figures: list[Figure] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        figures += measured(name)
    print(machine())
    print()
    print(table(figures))


def measured(name: str) -> list[Figure]:
    """Run one bench."""
    match name:
        case "ingest":
            return uvloop.run(ingest.measure())
        case "latency":
            return uvloop.run(latency.measure())
    return race.measure()


def machine() -> str:
    """Return what the figures were measured on, as far as a stranger needs to know."""
    found = (line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    cpu = next(found, f": {platform.processor()}").partition(":")[2].strip()
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({cpu}), {system}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
