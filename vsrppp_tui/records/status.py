"""training_status.txt: the run on one page of plain text, for a look with `cat`."""

from __future__ import annotations

from pathlib import Path

from vsrppp_tui.records.wording import bytes_text, date_text, duration_text, speed_text
from vsrppp_tui.training.atomic import write_atomically
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import FINAL_STATES, Quality, Snapshot

STATUS_EVERY = 5  # steps


class StatusFile(Observer):
    """Rewrites the file at multiples of 5 steps and when the state changes, always as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: Snapshot | None = None
        self._newest: Snapshot | None = None

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self._newest = snapshot
        if self._is_due(snapshot):
            self._write(snapshot)

    def on_close(self) -> None:
        if self._newest is not None and self._newest is not self._written:
            self._write(self._newest)

    def _is_due(self, snapshot: Snapshot) -> bool:
        written = self._written
        return (
            written is None
            or snapshot.state != written.state
            or snapshot.step // STATUS_EVERY != written.step // STATUS_EVERY
        )

    def _write(self, snapshot: Snapshot) -> None:
        write_atomically(self._path, status_text(snapshot), durable=False)
        self._written = snapshot


def status_text(snapshot: Snapshot) -> str:
    """The page: one ``name: value`` a line, sections apart by an empty line."""
    sections = [
        progress_lines(snapshot),
        _losses(snapshot),
        _adaptive(snapshot),
        _machine(snapshot),
        _validation(snapshot),
        warning_lines(snapshot),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def line(name: str, value: str) -> str:
    """One ``name: value`` of the page."""
    return f"{name + ':':<18}{value}"


def progress_lines(snapshot: Snapshot, known: bool = True) -> list[str]:
    """Which run it is, its state, and how far it is; without `known` only run.json tells of it."""
    total = snapshot.total_steps
    epoch = f"{snapshot.epoch + 1} ({100 * snapshot.epoch_progress:.0f}% done)"
    percent = f" ({100 * snapshot.step / total:.1f}%)" if total else ""
    lines = [
        line("Run", f"{snapshot.run.run_dir} ({snapshot.run.recipe})"),
        line("Updated", date_text(snapshot.time)),
        line("State", snapshot.state),
        line("Step", f"{snapshot.step} of {total}{percent}"),
        line("Epoch", epoch if known else "unknown"),
        line("Speed", speed_text(snapshot.steps_per_s)),
    ]
    if snapshot.state not in FINAL_STATES:
        lines.append(line("Time left", duration_text(snapshot.eta_s)))
    if snapshot.task is not None:
        lines.append(line("Doing", snapshot.task.label))
    return lines


def _losses(snapshot: Snapshot) -> list[str]:
    lines = [
        line(
            f"Loss {name}", f"{value:.6f} (smoothed {snapshot.smooth_losses.get(name, value):.6f})"
        )
        for name, value in snapshot.losses.items()
    ]
    if snapshot.lr is not None:
        lines.append(line("Learning rate", f"{snapshot.lr:.3e} {snapshot.lr_phase}".rstrip()))
    lines.append(line("Convergence", snapshot.convergence.trend))
    if snapshot.blocks:
        lines.append(line("Cold blocks", ", ".join(snapshot.cold_blocks) or "none"))
    if snapshot.skipped_steps:
        lines.append(line("Skipped steps", str(snapshot.skipped_steps)))
    return lines


def _adaptive(snapshot: Snapshot) -> list[str]:
    reading = snapshot.adaptive
    if reading is None:
        return []
    weights = ", ".join(f"{name} {weight:.3f}" for name, weight in reading.weights.items())
    lines = [
        line("Adaptive mode", "aggressive" if reading.aggressive else "normal"),
        line("Loss weights", weights),
        line("Gradient clip", f"{reading.clip:.4f}"),
        line("Plateaus", f"{reading.plateaus} (learning rate x {reading.rate_factor:g})"),
    ]
    if reading.sharpness is not None:
        lines.insert(1, line("Sharpness", f"{reading.sharpness:.3f}"))
    return lines


def _machine(snapshot: Snapshot) -> list[str]:
    machine = snapshot.machine
    lines = [line("Device", snapshot.run.device)] if snapshot.run.device else []
    if machine.gpu_mem_used is not None:
        used, whole = bytes_text(machine.gpu_mem_used), bytes_text(machine.gpu_mem_total)
        lines.append(line("GPU memory", f"{used} of {whole}"))
    lines.append(line("Process memory", bytes_text(machine.process_ram)))
    lines.append(line("Disk free", bytes_text(machine.disk_free)))
    return lines


def _validation(snapshot: Snapshot) -> list[str]:
    lines = []
    result = snapshot.validation
    if result is not None:
        lines = [
            line("Validation", f"step {result.step}, loss {result.loss:.6f}"),
            line(f"  {result.baseline_name}", _quality(result.baseline)),
            line("  network", _quality(result.network)),
            line("  improvement", f"{result.improvement:+.2f} percentage points of quality"),
        ]
    if snapshot.best is not None:
        lines.append(
            line("Best", f"step {snapshot.best.step}, quality {snapshot.best.quality:.2f}%")
        )
    if snapshot.checkpoint is not None:
        lines.append(
            line("Checkpoint", f"{snapshot.checkpoint.path} (step {snapshot.checkpoint.step})")
        )
    return lines


def _quality(quality: Quality) -> str:
    return f"PSNR {quality.psnr:.2f} dB, SSIM {quality.ssim:.4f}, quality {quality.quality:.2f}%"


def warning_lines(snapshot: Snapshot) -> list[str]:
    """The warnings that are up."""
    return [line("Warning", f"{alert.text} (step {alert.step})") for alert in snapshot.warnings]
