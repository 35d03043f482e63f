"""What a benchmark found: figures with their goals, as a table on the terminal and in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table.

    Attributes:
        name: what was measured, and at which size.
        value: the measurement in words, with its spread; or `NOT_RUN` and why.
        goal: what it should be; empty where the row only explains another one.
        met: whether it is; None without a goal or where it was not run.
    """

    name: str
    value: str
    goal: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """``met``, ``missed``, or nothing."""
        return {True: "met", False: "missed", None: ""}[self.met]


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of some measurements."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least two values."""
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(low, median, high)

    def text(self, digits: int, unit: str = "") -> str:
        """``median (low .. high)``, with the unit after the median."""
        low, median, high = (f"{value:.{digits}f}" for value in (self.low, self.median, self.high))
        return f"{median}{unit} ({low} .. {high})"


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def print_table(figures: Sequence[Figure]) -> None:
    """Show the figures on the terminal."""
    table = Table("Figure", "Measured", "Goal", "", header_style="bold")
    for figure in figures:
        table.add_row(figure.name, figure.value, figure.goal, figure.verdict)
    Console().print(table)


def markdown_table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| Figure | Measured | Goal | |", "|---|---|---|---|"]
    lines += [f"| {f.name} | {f.value} | {f.goal} | {f.verdict} |" for f in figures]
    return "\n".join(lines)
