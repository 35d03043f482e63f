"""What the adaptive system does: its mode, the sharpness it goes by, loss weights, clip, plateaus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vsrppp_tui.counting import count
from vsrppp_tui.link.interface import AdaptiveReading, Snapshot
from vsrppp_tui.tui.text import decimal, number
from vsrppp_tui.tui.widgets.header import bar_row
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, row_width

LABEL = 12  # cells


class AdaptivePanel(Panel):
    """Three rows; shown where the recipe has an adaptive system."""

    BORDER_TITLE = "Adaptive system"

    def build(self, width: int, height: int) -> Sequence[Row]:
        snapshot = self.model.snapshot
        if snapshot.adaptive is None:
            return []
        rows = [
            mode_row(snapshot.adaptive, snapshot.config, width),
            weights_row(snapshot.adaptive, width),
            limits_row(snapshot, snapshot.adaptive, width),
        ]
        return rows[: max(1, height)]


def mode_row(reading: AdaptiveReading, config: Mapping[str, Any], width: int) -> Row:
    """Normal or aggressive, since when, and the sharpness."""
    label = (f"{'Mode':<{LABEL}}", "dim")
    if not reading.on:
        return (label, ("○ off", "text"), ("  ADAPTIVE is false: nothing is steered", "dim"))
    sharpness: Row = (("   sharpness ", "dim"), (decimal(reading.sharpness, 2), "strong"))
    if not reading.aggressive:
        hint = sharpness_hint(reading.sharpness, config)
        row: Row = (label, ("● normal", "good"), *sharpness, (f" {hint}", "dim"))
        return row if row_width(row) <= width else (label, ("● normal", "good"), *sharpness)
    longest = config.get("AGGRESSIVE_MAX_STEPS")
    limit = f" of at most {count(longest)}" if longest is not None else ""
    steps = f" {count(reading.aggressive_steps)}{limit} steps"
    mode: Row = (label, ("▲ aggressive", "warning"))
    row = (*mode, (steps, "text"), *sharpness)
    return row if row_width(row) <= width else (*mode, *sharpness)


def sharpness_hint(sharpness: float | None, config: Mapping[str, Any]) -> str:
    """What the sharpness of the output means, in words."""
    if sharpness is None:
        return "(target 1)"
    if sharpness < config.get("SOFT_BELOW", 0.0):
        return "soft: the gradient weight rises"
    if sharpness > config.get("SHARP_ABOVE", float("inf")):
        return "sharp: the gradient weight falls"
    return "(target 1): in balance"


def weights_row(reading: AdaptiveReading, width: int) -> Row:
    """The weight of each term as a bar and a number."""
    row: Row = ((f"{'Weights':<{LABEL}}", "dim"),)
    room = (width - LABEL) // max(1, len(reading.weights)) - 12
    for name, weight in reading.weights.items():
        bar = bar_row(weight, room, "curve") if room >= 4 else ()
        row += ((f"{name} ", "dim"), *bar, (f" {weight:.2f}   ", "text"))
    return row if row_width(row) <= width else (row[0], *_weight_numbers(reading))


def limits_row(snapshot: Snapshot, reading: AdaptiveReading, width: int) -> Row:
    """The clip beside the gradient norm that it limits, and the plateaus with what they have cost."""
    plateaus: Row = (("none", "text"),)
    if reading.plateaus:
        what = "learning rate" if width >= 76 else "rate"
        factor = f", {what} × {reading.rate_factor:.3g}"
        plateaus = ((count(reading.plateaus), "strong"), (factor, "text"))
    row: Row = (
        (f"{'Clip':<{LABEL}}", "dim"),
        (f"{number(reading.clip, 3):<7}", "text"),
        (" gradient ", "dim"),
        (f"{number(snapshot.grad_norm, 3):<8}", "text"),
    )
    both: Row = (*row, ("  plateaus ", "dim"), *plateaus)
    return both if row_width(both) <= width else row


def short_rows(reading: AdaptiveReading, width: int) -> list[Row]:
    """The whole system on two short rows, for a low terminal; without their labels where these do not fit."""
    mode = ("▲ aggressive", "warning") if reading.aggressive else ("● normal", "good")
    if not reading.on:
        mode = ("○ off", "text")
    clip: Row = ((" clip ", "dim"), (number(reading.clip, 3), "text"))
    sharpness: Row = ((" sharp ", "dim"), (decimal(reading.sharpness, 2), "text"))
    rows = (("Mode", (mode, *sharpness, *clip)), ("Weights", _weight_numbers(reading)))
    return [
        ((f"{label} ", "dim"), *row) if row_width(row) + len(label) < width else row
        for label, row in rows
    ]


def _weight_numbers(reading: AdaptiveReading) -> Row:
    """The weights without bars: ``L1 0.58 MS 0.20``."""
    row: Row = ()
    for name, weight in reading.weights.items():
        row += ((f"{' ' if row else ''}{name} ", "dim"), (f"{weight:.2f}", "text"))
    return row
