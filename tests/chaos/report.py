"""The table of a campaign: a row a kind of fault, with what zero means."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Self

from tests.chaos.kinds import KINDS, Kind

HEADER = (
    *("kind", "what is done", "faults", "lost", "twice", "races wrong", "a fault does harm in, at most (95 %)"),
    *("goes on after: p50 / p99 / worst", "promised", "late", "never"),
)


@dataclass
class Results:
    """What rounds brought, as they stand in a file; and the kinds that were not run, with why."""

    rounds: list[dict[str, Any]] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, files: Iterable[Path]) -> Self:
        """Return the results of some files of JSON lines."""
        return cls([json.loads(line) for file in files for line in file.read_text().splitlines()])

    @property
    def wrong(self) -> list[str]:
        """What does not hold, in words: of whole races, then of how soon they went on."""
        found = [f"{each['stage']}: {wrong}" for each in self.rounds for wrong in each["outcome"]["wrong"]]
        for kind in KINDS.values():
            delays = [
                fault["after_s"] for each in self.rounds for fault in each["faults"] if fault["kind"] == kind.name
            ]
            if never := delays.count(None):
                found.append(f"{kind.name}: {never} of {len(delays)} times the race did not go on by itself")
            if late := sum(each is not None and each > kind.limit_s for each in delays):
                found.append(f"{kind.name}: {late} of {len(delays)} times it went on later than {kind.limit_s:.0f} s")
        return found

    def sum(self, what: str) -> int:
        """Return a number of all outcomes together."""
        return sum(int(each["outcome"][what]) for each in self.rounds)


def report(results: Results) -> str:
    """Return what was done, the table, and what does not hold, in Markdown."""
    said = (*_remarks(results), *results.wrong)
    return "\n".join([_about(results), "", *_table(results), "", *(f"- {each}" for each in said)])


def _remarks(results: Results) -> Iterator[str]:
    """Say of each kind what was remarked on its faults, and how often."""
    for kind in KINDS.values():
        faults = [fault for each in results.rounds for fault in each["faults"] if fault["kind"] == kind.name]
        counts = Counter(fault["said"] for fault in faults if fault["said"] and fault["after_s"] is not None)
        if counts:
            yield f"{kind.name}: " + ", ".join(f"{number} times {said}" for said, number in counts.most_common())


def _about(results: Results) -> str:
    rounds = results.rounds
    hours = sum(each["lasted_s"] for each in rounds) / 3_600
    faults = sum(len(each["faults"]) for each in rounds)
    seeds, commits, sizes = (", ".join(sorted({str(r[name]) for r in rounds})) for name in ("seed", "commit", "size"))
    return (
        f"Seed {seeds}; commit {commits}; {sizes}. {len(rounds)} races, {faults:,} faults in {hours:.2f} h; "
        f"{results.sum('journaled'):,} passages journaled on devices, {results.sum('stored'):,} stored, "
        f"{results.sum('lost')} lost, {results.sum('twice')} twice; {results.sum('decisions')} decisions."
    )


def _table(results: Results) -> list[str]:
    lines = [f"| {' | '.join(HEADER)} |", f"|{'---|' * len(HEADER)}"]
    for kind in KINDS.values():
        rounds = [each for each in results.rounds if any(fault["kind"] == kind.name for fault in each["faults"])]
        if rounds:
            lines.append(_row(kind, rounds))
    gap = " |" * (len(HEADER) - 2)
    return lines + [f"| {name} | not run: {reason} |{gap}" for name, reason in results.not_run.items()]


def _row(kind: Kind, rounds: list[dict[str, Any]]) -> str:
    faults = [fault["after_s"] for each in rounds for fault in each["faults"] if fault["kind"] == kind.name]
    delays = [after_s for after_s in faults if after_s is not None]
    lost, twice = (sum(each["outcome"][what] for each in rounds) for what in ("lost", "twice"))
    wrong = sum(bool(each["outcome"]["wrong"]) for each in rounds)
    late = sum(after_s > kind.limit_s for after_s in delays)
    cells = (
        *(kind.name, kind.what, len(faults), lost, twice, f"{wrong} of {len(rounds)}"),
        *("-" if wrong else at_most(len(faults)), _spread(delays)),
        *(f"{kind.limit_s:.0f} s", late, len(faults) - len(delays)),
    )
    return f"| {' | '.join(map(str, cells))} |"


def at_most(faults: int) -> str:
    """Return the bound on the chance of harm when none was seen in so many faults: the rule of three."""
    return f"{min(100.0, 300 / faults):.1f} %"


def _spread(delays: list[float]) -> str:
    if not delays:
        return "-"
    p99 = quantiles(delays, n=100, method="inclusive")[98] if len(delays) > 1 else delays[0]
    return f"{median(delays):.2f} / {p99:.2f} / {max(delays):.2f} s"
