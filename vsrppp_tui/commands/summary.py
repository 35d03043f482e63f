"""A run on one page when it is over: what was trained, how long, how good, and what to do next.

Printed when a screen closes, shown on the dashboard of a run that completes, and part of `status`.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from vsrppp_tui.commands.naming import train_command
from vsrppp_tui.commands.run_directory import has_run, log_path
from vsrppp_tui.counting import counted
from vsrppp_tui.program import program
from vsrppp_tui.records.history_file import HISTORY_FILE, read_record, unread_text
from vsrppp_tui.records.status import line
from vsrppp_tui.records.wording import duration_text, speed_text
from vsrppp_tui.training.telemetry import (
    Event,
    History,
    Snapshot,
    ValidationResult,
    is_finite,
    signed,
)

BEST_PATH = Path("checkpoints") / "checkpoint_best.pth"
# What the recipes call the width and the depth of their networks.
_SIZES = (
    ("N_FEATS", "features"),
    ("N_BLOCKS", "blocks"),
    ("MODEL.base_channels", "channels"),
    ("MODEL.num_blocks", "blocks"),
)


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What only the records of a run know: the newest snapshot has no past."""

    seconds: float = 0.0  # spent training in all processes, pauses left out
    paused: float = 0.0  # seconds
    steps: int = 0  # made in those seconds; after a rollback some are made twice and count once
    processes: int = 0
    first_loss: tuple[int, float] | None = None  # step and smoothed loss
    last_loss: tuple[int, float] | None = None
    validations: tuple[ValidationResult, ...] = ()
    edits: int = 0
    rollbacks: int = 0
    warnings: int = 0
    damage: str = ""  # what of the records cannot be read, as a sentence


def facts_of(history: History) -> RunFacts:
    """Sum up the records of a run."""
    pairs = [
        (before, after)
        for before, after in pairwise(history.snapshots)
        if _process(before) == _process(after)
    ]
    paused = _paused(history.events)
    spent = sum(max(0.0, after.time - before.time) for before, after in pairs)
    losses = [
        (snapshot.step, snapshot.smooth_losses["Total"])
        for snapshot in history.snapshots
        if is_finite(snapshot.smooth_losses.get("Total"))
    ]
    kinds = [event.kind for event in history.events]
    return RunFacts(
        seconds=max(0.0, spent - paused),
        paused=paused,
        steps=sum(max(0, after.step - before.step) for before, after in pairs),
        processes=len({_process(snapshot) for snapshot in history.snapshots}),
        first_loss=losses[0] if losses else None,
        last_loss=losses[-1] if losses else None,
        validations=history.validations,
        edits=kinds.count("edit"),
        rollbacks=kinds.count("rollback"),
        warnings=sum(e.level == "warning" and e.kind != "rollback" for e in history.events),
    )


def facts_in(run_dir: Path, step: int) -> RunFacts:
    """The facts of a run directory that came to `step`, with what of its history cannot be read."""
    path = run_dir / HISTORY_FILE
    try:
        history, unread = read_record(path)
    except OSError as error:
        return RunFacts(damage=f"{path} cannot be read: {error.strerror}.")
    damage = unread_text(path, unread)
    if step and not damage and not history.snapshots:
        damage = f"{path} {'holds no step' if _exists(path) else 'is missing'}."
    return replace(facts_of(history), damage=damage)


def end_lines(snapshot: Snapshot, run_dir: Path) -> list[str]:
    """The whole page of a run that is over. Reads its history: takes up to a second."""
    return summary(snapshot, facts_in(run_dir, snapshot.step), run_dir)


def summary(
    snapshot: Snapshot,
    facts: RunFacts,
    run_dir: Path,
    config: Mapping[str, Any] | None = None,
) -> list[str]:
    """What was trained and what came of it, then the commands that go on from there.

    Args:
        snapshot: the newest one of a run that is over.
        facts: what its records know.
        run_dir: the run directory, as commands are to name it.
        config: the configuration, where the snapshot has none.
    """
    config = snapshot.config or config or {}
    what = [
        line("Trained", _network(snapshot, config)),
        line("Data", _data(snapshot)),
        *_time(facts),
        *_loss(facts),
        *_best(snapshot, facts, run_dir),
        line("Events", _happened(snapshot, facts)),
        *([line("Records", facts.damage)] if facts.damage else []),
    ]
    return [*what, "", *next_lines(snapshot, run_dir, config)]


def next_lines(snapshot: Snapshot, run_dir: Path, config: Mapping[str, Any]) -> list[str]:
    """Commands that are ready to be copied, the most likely one first."""
    train = train_command(snapshot, run_dir, config)
    go_on = line("Continue with", train)
    if not has_run(run_dir):
        go_on = line("Begin anew", f"{train} (there is no checkpoint)")
    elif snapshot.state == "done":
        go_on = line("Train further", f"{train} --steps {max(1, 2 * snapshot.total_steps)}")
    lines = [go_on]
    if snapshot.state == "failed":
        lines.insert(0, line("What went wrong", shlex.quote(str(log_path(run_dir)))))
    weights = _weights(snapshot, run_dir)
    if weights is not None:
        path = shlex.quote(str(weights))
        out = shlex.quote(f"{run_dir.resolve().name}.safetensors")
        using = [
            line("Export", f"{program()} export {path} {out}"),
            line("Enlarge a video", f"{program()} upscale VIDEO.mp4 LARGE.mp4 --weights {path}"),
            line("Validate", f"{program()} validate {path}"),
        ]
        lines = [*using, *lines] if snapshot.state == "done" else [*lines, *using]
    return [*lines, line("Look back", f"{program()} replay {shlex.quote(str(run_dir))}")]


def _process(snapshot: Snapshot) -> tuple[str, int, float]:
    return (snapshot.run.host, snapshot.run.pid, snapshot.run.started)


def _paused(events: Sequence[Event]) -> float:
    """Seconds between each pause and what ended it."""
    seconds, since = 0.0, None
    for event in events:
        if event.kind == "paused":
            since = event.time
        elif since is not None and event.kind in ("continued", "stopped"):
            seconds += max(0.0, event.time - since)
            since = None
        elif event.kind in ("started", "resumed"):  # another process
            since = None
    return seconds


def _network(snapshot: Snapshot, config: Mapping[str, Any]) -> str:
    run = snapshot.run
    parts = [f"{config[key]} {word}" for key, word in _SIZES if key in config]
    if run.parameters:
        parts.append(f"{run.parameters:,} parameters")
    size = f": {', '.join(parts)}" if parts else ""
    where = ", ".join(part for part in (run.device, run.precision) if part)
    return f"{run.recipe}{size}" + (f" ({where})" if where else "")


def _data(snapshot: Snapshot) -> str:
    patches, images = snapshot.run.train_samples, snapshot.run.val_samples
    if not patches:
        return "unknown"
    epochs = snapshot.epoch + snapshot.epoch_progress
    seen = round(epochs * patches)
    validated = counted(images, "validation image")
    return f"{counted(patches, 'patch', 'es')}, {seen:,} seen ({epochs:.1f} epochs); {validated}"


def _time(facts: RunFacts) -> list[str]:
    if not facts.processes:
        return []
    text = f"{duration_text(facts.seconds)} of training"
    if facts.seconds > 0 and facts.steps:
        text += f", {speed_text(facts.steps / facts.seconds)}"
    if facts.processes > 1:
        text += f", in {facts.processes} processes"
    if facts.paused >= 1:
        text += f"; paused for {duration_text(facts.paused)}"
    return [line("Time", text)]


def _loss(facts: RunFacts) -> list[str]:
    if facts.first_loss is None or facts.last_loss is None:
        return []
    (first, before), (last, after) = facts.first_loss, facts.last_loss
    if first == last:
        return [line("Loss", f"{after:.4g} at step {last:,} (smoothed)")]
    return [
        line("Loss", f"{before:.4g} at step {first:,}, {after:.4g} at step {last:,} (smoothed)")
    ]


def _best(snapshot: Snapshot, facts: RunFacts, run_dir: Path) -> list[str]:
    best = snapshot.best
    if best is None:
        none = "none: there was no validation"
        return [line("Best", "unknown: the records cannot be read" if facts.damage else none)]
    known = [snapshot.validation] if snapshot.validation is not None else []
    found = [result for result in [*facts.validations, *known] if result.step == best.step]
    lines = [line("Best", f"step {best.step:,}, quality {best.quality:.2f}%")]
    if found:
        lines = [line("Best", _result(found[-1]))]
    if _exists(run_dir / BEST_PATH):
        lines.append(line("Best weights", str(run_dir / BEST_PATH)))
    if snapshot.checkpoint is not None and _exists(run_dir / snapshot.checkpoint.path):
        lines.append(line("Saved", str(run_dir / snapshot.checkpoint.path)))
    return lines


def _result(result: ValidationResult) -> str:
    network, baseline = result.network, result.baseline
    return (
        f"step {result.step:,}: PSNR {network.psnr:.2f} dB, {result.baseline_name} {baseline.psnr:.2f} dB "
        f"({signed(network.psnr - baseline.psnr, 2)} dB); quality {network.quality:.1f}% against "
        f"{baseline.quality:.1f}%"
    )


def _happened(snapshot: Snapshot, facts: RunFacts) -> str:
    if facts.damage and not facts.processes:
        return "unknown: the records cannot be read"
    counts = (
        (facts.edits, "edit"),
        (facts.rollbacks, "rollback"),
        (snapshot.skipped_steps, "skipped step"),
        (facts.warnings, "warning"),
    )
    text = ", ".join(counted(number, word) for number, word in counts)
    return f"at least {text}" if facts.damage else text


def _weights(snapshot: Snapshot, run_dir: Path) -> Path | None:
    """The best checkpoint, or else the newest; None where there is none."""
    candidates = [run_dir / BEST_PATH]
    if snapshot.checkpoint is not None:
        candidates.append(run_dir / snapshot.checkpoint.path)
    return next(filter(_exists, candidates), None)


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
