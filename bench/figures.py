"""One measured figure, and how figures are printed."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, in which unit, what it should be, and a peer measured in the same run.

    `peer` says what it is beside, for instance ``0.9 us json.loads and insort``: a figure alone says more about the
    machine of that day than about the code.
    """

    what: str
    value: float
    unit: str
    goal: str = ""
    peer: str = ""


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = [("figure", "value", "goal", "beside, in the same run")]
    rows += [(f.what, f"{number(f.value)} {f.unit}", f.goal, f.peer) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    rows.insert(1, ("-" * widths[0], "-" * widths[1], "-" * widths[2], "-" * widths[3]))
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    )


def number(value: float) -> str:
    """Return three figures that count, with commas: ``12,300``, ``48.1``, ``0.917``."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"
