"""The table of a campaign: a row a kind, with what zero means."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Self

from tests.chaos.kinds import KINDS
from tests.chaos.rounds import Size

HEADER = (
    "kind",
    "what",
    "faults",
    "lost",
    "twice",
    "rounds wrong",
    "goes on after, p50 / p99 / worst",
    "promised",
    "late",
    "never",
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
    def held(self) -> bool:
        """Everything that was promised: nothing wrong in any round, nothing late."""
        late = [
            f
            for r in self.rounds
            for f in r["faults"]
            if f["after_s"] is None or f["after_s"] > KINDS[f["kind"]].limit_s
        ]
        return not late and not any(each["outcome"]["wrong"] for each in self.rounds)


def table(results: Results) -> str:
    """Return the table in Markdown, and below it what is wrong in words."""
    lines = [f"| {' | '.join(HEADER)} |", f"|{'---|' * len(HEADER)}"]
    by_kind: dict[str, list[tuple[float | None, dict[str, Any]]]] = defaultdict(list)
    for played in results.rounds:
        for fault in played["faults"]:
            by_kind[fault["kind"]].append((fault["after_s"], played))
    for kind in KINDS.values():
        if kind.name in by_kind:
            lines.append(_row(kind.name, by_kind[kind.name]))
    lines += [f"| {name} | not run: {reason} |" + " |" * (len(HEADER) - 2) for name, reason in results.not_run.items()]
    passages = sum(each["outcome"]["stored"] for each in results.rounds)
    lost = sum(each["outcome"]["lost"] for each in results.rounds)
    twice = sum(each["outcome"]["twice"] for each in results.rounds)
    faults = sum(len(each["faults"]) for each in results.rounds)
    hours = sum(each["lasted_s"] for each in results.rounds) / 3600
    lines += [
        "",
        f"{len(results.rounds)} races, {faults:,} faults in {hours:.2f} h, {passages:,} passages: {lost} lost, {twice} twice.",
    ]
    for played in results.rounds:
        lines += [f"- {played['stage']}: {wrong}" for wrong in played["outcome"]["wrong"]]
    return "\n".join(lines)


def _row(name: str, faults: list[tuple[float | None, dict[str, Any]]]) -> str:
    kind = KINDS[name]
    delays = [after_s for after_s, _ in faults if after_s is not None]
    rounds = {id(played): played for _, played in faults}.values()
    lost, twice = (sum(each["outcome"][what] for each in rounds) for what in ("lost", "twice"))
    wrong = sum(bool(each["outcome"]["wrong"]) for each in rounds)
    late = sum(after_s > kind.limit_s for after_s in delays)
    p99 = quantiles(delays, n=100, method="inclusive")[98] if len(delays) > 1 else max(delays, default=0.0)
    spread = f"{median(delays):.2f} / {p99:.2f} / {max(delays):.2f} s" if delays else "-"
    cells = (
        name,
        kind.what,
        len(faults),
        lost,
        twice,
        f"{wrong} of {len(rounds)}",
        spread,
        f"{kind.limit_s:.0f} s",
        late,
        len(faults) - len(delays),
    )
    return f"| {' | '.join(map(str, cells))} |"


def about(seed: int, size: Size, results: Results) -> str:
    """Return what the table was made from."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"Seed {seed}, commit {commit or 'unknown'}, {size.teams} teams and {size.walkers} walkers, {size.rate:.0f} passages/s.\n"
