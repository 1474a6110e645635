"""The fault campaign: `python -m tests.chaos --seed 1 --kinds kill-ingest,power- --n 20`; without `--n` the whole one.

`--list` names the kinds. Each race's result is a line of JSON in `--out`; `--table FILE…` makes one table of several.
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
from tests.chaos.report import Results, report
from tests.chaos.rounds import Campaign, Size


def main() -> int:
    """Run the command line; return 0 when everything that was promised holds."""
    args = _parser().parse_args()
    if args.list:
        for kind in KINDS.values():
            print(f"{kind.name:<20}{kind.what:<75}{impossible(kind.stage)}".rstrip())
        return 0
    results = Results.read(args.table) if args.table else asyncio.run(_run(chosen(args.kinds), args))
    print(report(results))
    return 1 if results.wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=1, help="the same seed: the same race, the same faults in the same order"
    )
    parser.add_argument(
        "--kinds", default="", help="names with commas; one that ends in - stands for all that begin so"
    )
    parser.add_argument("--n", type=int, help="so many of each kind; without it what a whole campaign has")
    parser.add_argument("--share", type=int, default=1, help="of a whole campaign one in so many")
    parser.add_argument("--teams", type=int, default=120)
    parser.add_argument("--walkers", type=int, default=300)
    parser.add_argument("--rate", type=float, default=100.0, help="passages a second, of all devices together")
    parser.add_argument("--out", type=Path, help="append results to this file")
    parser.add_argument("--table", type=Path, nargs="+", metavar="FILE", help="only print the table of earlier results")
    parser.add_argument("--list", action="store_true", help="only print the kinds, and why one cannot be run here")
    return parser


def chosen(names: str) -> list[Kind]:
    """Return the kinds that were named, all if none was.

    Raises:
        SystemExit: there is no such kind.
    """
    if not names:
        return list(KINDS.values())
    found: list[Kind] = []
    for name in names.split(","):
        kinds = [KINDS[each] for each in KINDS if each == name or (name.endswith("-") and each.startswith(name))]
        if not kinds:
            raise SystemExit(f"no kind is called {name!r}: --list names them")
        found += kinds
    return found


async def _run(kinds: list[Kind], args: argparse.Namespace) -> Results:
    results = Results()
    with TemporaryDirectory(prefix="chaos-") as folder:
        campaign = Campaign(Path(folder), args.seed, Size(args.teams, args.walkers, args.rate), _say)
        for stage in STAGES:
            here = [kind for kind in kinds if kind.stage == stage]
            if here and (reason := impossible(stage)):
                _say(f"NOT RUN: {', '.join(kind.name for kind in here)}: {reason}")
                results.not_run.update({kind.name: reason for kind in here})
                continue
            waiting = shuffled(here, args.seed, args.n, args.share)
            while waiting:
                played = await campaign.race(stage, waiting, Random(f"{args.seed} {stage} {len(waiting)}"))
                results.rounds.append(played)
                if args.out:
                    with args.out.open("a") as file:
                        file.write(json.dumps(played) + "\n")
    return results


def shuffled(kinds: list[Kind], seed: int, n: int | None, share: int) -> list[Kind]:
    """Return faults in the order of a seed: `n` of each kind, or its share of a whole campaign."""
    faults = [kind for kind in kinds for _ in range(n or -(-kind.campaign // share))]
    Random(f"{seed} {[kind.name for kind in kinds]}").shuffle(faults)
    return faults


_began_s = time.monotonic()


def _say(text: str) -> None:
    print(f"{time.monotonic() - _began_s:7.1f} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
