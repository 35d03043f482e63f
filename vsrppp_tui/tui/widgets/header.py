"""The head of the dashboard: which run, its state, how far it is and how fast."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePath

from vsrppp_tui.counting import count
from vsrppp_tui.link.interface import FINAL_STATES, RunInfo, Snapshot
from vsrppp_tui.tui.text import UNKNOWN, bar, duration, shorten, speed
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, row_width, spread
from vsrppp_tui.tui.widgets.states import STATE_MARKS


class Header(Panel):
    """Two rows; three where the terminal is tall."""

    def build(self, width: int, height: int) -> Sequence[Row]:
        snapshot = self.model.snapshot
        if height >= 3:
            return [
                _title(snapshot.run, self.state(), width),
                _progress(snapshot, (), _speed(snapshot), width),
                _epoch(snapshot, width),
            ]
        tail: Row = ((f"   epoch {snapshot.epoch + 1}", "text"), *_speed(snapshot))
        return [_title(snapshot.run, self.state(), width), _progress(snapshot, (), tail, width)]

    def state(self) -> Row:
        """What the run is doing."""
        snapshot = self.model.snapshot
        row = state_row(snapshot)
        counts_images = len(row) > 1 and snapshot.state == "validating"
        return (*row, (" images", "text")) if counts_images else row


@lru_cache(maxsize=8)  # it hardly ever changes
def _title(run: RunInfo, state: Row, width: int) -> Row:
    left: Row = (
        ("VSR+++ ", "accent"),
        (shorten(PurePath(run.run_dir).name or run.run_dir, max(8, width // 3)), "strong"),
        (f" · {run.recipe}  ", "dim"),
        *state,
    )
    machine = " · ".join(text for text in (run.device, run.precision) if text)
    for right in (machine, run.device, ""):
        if row_width(left) + len(right) + 2 <= width:
            return spread(left, ((right, "dim"),), width)
    return left


def state_row(snapshot: Snapshot) -> Row:
    """The state as mark and word, with the progress of a task that is under way."""
    mark, style = STATE_MARKS[snapshot.state]
    row: Row = ((f"{mark} {snapshot.state}", style),)
    if snapshot.task is not None and snapshot.task.total and snapshot.state != "starting":
        row += ((f" {snapshot.task.done}/{snapshot.task.total}", "text"),)
    return row


def _speed(snapshot: Snapshot) -> Row:
    """How fast, and how long it will take; a run that is over has no such thing, a paused one no known one."""
    if snapshot.state in FINAL_STATES:
        return ()
    paused = snapshot.state == "paused"
    return (
        (f"   {speed(None if paused else snapshot.steps_per_s)}", "text"),
        ("   ETA ", "dim"),
        (duration(None if paused else snapshot.eta_s), "text"),
    )


def _progress(snapshot: Snapshot, head: Row, tail: Row, width: int) -> Row:
    total = snapshot.total_steps
    fraction = snapshot.step / total if total else 0.0
    row: Row = (
        *head,
        ("Step  ", "dim"),
        (count(snapshot.step), "strong"),
        (f" / {count(total) if total else UNKNOWN}  ", "dim"),
    )
    percent = f"{_floor_percent(fraction):5.1f}%" if total else f"{UNKNOWN:>6}"
    share: Row = ((f" {percent}", "text"),)
    room = width - row_width(row) - row_width(share) - row_width(tail)
    return (*row, *bar_row(fraction, room), *share, *tail)


def _epoch(snapshot: Snapshot, width: int) -> Row:
    row: Row = (("Epoch ", "dim"), (f"{snapshot.epoch + 1}  ", "strong"))
    share: Row = ((f" {_floor_percent(snapshot.epoch_progress):3.0f}%", "text"),)
    parameters = snapshot.run.parameters
    facts = [f"{_millions(parameters)} parameters"] if parameters else []
    if snapshot.run.train_samples:
        facts.append(f"{count(snapshot.run.train_samples)} patches")
    facts.append(snapshot.run.training_phase)
    tail: Row = (("   " + " · ".join(facts), "dim"),)
    room = width - row_width(row) - row_width(share) - row_width(tail)
    return (*row, *bar_row(snapshot.epoch_progress, min(room, 40)), *share, *tail)


def _millions(parameters: int) -> str:
    return f"{parameters / 1e6:.1f} M" if parameters >= 100_000 else count(parameters)


def bar_row(fraction: float, width: int, style: str = "accent") -> Row:
    """A progress bar of `width` cells."""
    filled, rest = bar(fraction, width)
    return ((filled, style), ("─" * rest, "faint"))


def _floor_percent(fraction: float) -> float:
    # Rounded down: 100% means that it is complete.
    return int(min(1.0, max(0.0, fraction)) * 1000) / 10
