"""The fault campaign: `python -m tests.chaos --seed 1 --kinds kill-ingest,power-server --n 20`; without `--n` the whole one.

`--list` names the kinds. Each round's result is a line of JSON in `--out`; `--table FILE…` makes one table of several.
"""

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.chaos.kinds import KINDS, STAGES, Kind, impossible
from tests.chaos.report import Results, about, table
from tests.chaos.rounds import Campaign, Size


def main() -> int:
    """Run the command line; return 0 when everything that was promised holds."""
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--kinds", default="", help="names with commas; a name that ends in - stands for all that begin so"
    )
    parser.add_argument("--n", type=int, help="so many of each kind (default: what a whole campaign has)")
    parser.add_argument("--share", type=int, default=1, help="of a whole campaign only one in so many")
    parser.add_argument("--teams", type=int, default=120)
    parser.add_argument("--walkers", type=int, default=300)
    parser.add_argument("--rate", type=float, default=100.0, help="passages a second, all devices together")
    parser.add_argument("--out", type=Path, help="append results here, a line of JSON a round")
    parser.add_argument("--table", type=Path, nargs="+", metavar="FILE", help="only print the table of earlier results")
    parser.add_argument("--list", action="store_true", help="only print the kinds")
    args = parser.parse_args()
    if args.list:
        for kind in KINDS.values():
            print(f"{kind.name:<20}{kind.what:<60}{impossible(kind.stage)}")
        return 0
    if args.table:
        results = Results.read(args.table)
        print(table(results))
        return 0
    try:
        chosen = _chosen(args.kinds)
    except ValueError as error:
        parser.error(str(error))
    size = Size(args.teams, args.walkers, args.rate)
    results = asyncio.run(_run(chosen, args, size))
    print(about(args.seed, size, results))
    print(table(results))
    return 0 if results.held else 1


def _chosen(names: str) -> list[Kind]:
    if not names:
        return list(KINDS.values())
    chosen = []
    for name in names.split(","):
        found = [
            kind for kind in KINDS.values() if kind.name == name or (name.endswith("-") and kind.name.startswith(name))
        ]
        if not found:
            raise ValueError(f"no kind is called {name!r}: --list names them")
        chosen += found
    return chosen


async def _run(chosen: list[Kind], args: argparse.Namespace, size: Size) -> Results:
    results = Results()
    with TemporaryDirectory(prefix="chaos-") as folder:
        campaign = Campaign(Path(folder), args.seed, size, _say)
        for stage in STAGES:
            kinds = [kind for kind in chosen if kind.stage == stage]
            if kinds and (reason := impossible(stage)):
                _say(f"NOT RUN: {', '.join(kind.name for kind in kinds)}: {reason}")
                results.not_run.update({kind.name: reason for kind in kinds})
                continue
            rng = Random(f"{args.seed} {stage}")
            faults = [kind for kind in kinds for _ in range(args.n or -(-kind.campaign // args.share))]
            rng.shuffle(faults)
            waiting = faults[::-1]
            while waiting:
                played = await campaign.round(stage, waiting, rng)
                results.rounds.append(played.members())
                if args.out:
                    with args.out.open("a") as file:
                        file.write(json.dumps(played.members()) + "\n")
    return results


_began_s = time.monotonic()


def _say(text: str) -> None:
    print(f"{time.monotonic() - _began_s:7.1f} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
