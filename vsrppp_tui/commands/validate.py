"""`vsrppp validate`: the quality table of a checkpoint."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from vsrppp_tui.data.registry import open_validation_images
from vsrppp_tui.losses.registry import build_loss
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.training.checkpoint import load_file, load_weights
from vsrppp_tui.training.precision import choose_device, choose_precision
from vsrppp_tui.training.telemetry import ValidationResult, signed
from vsrppp_tui.training.validation import Validator


def validate(checkpoint: Path, data: Path | None, device_name: str) -> ValidationResult:
    """Validate the weights that the run would use (the EMA where it keeps one); prints a table.

    Args:
        checkpoint: of a run.
        data: another dataset than the run's: of the same layout, or a folder with Val/GT in it.
        device_name: as in `choose_device`.

    Raises:
        UserError: no checkpoint, damaged, no validation images, no such device.
    """
    loaded = load_file(checkpoint)
    # The loss term is not part of the table, so its VGG19 network is not needed either.
    config = loaded.config.model_copy(update={"perceptual_weight": 0.0})
    device = choose_device(device_name)
    network = build_network(config)
    weights = loaded.state["ema_state_dict"] or loaded.state["model_state_dict"]
    load_weights(network, weights, checkpoint, config)
    run_dir = checkpoint.resolve().parent.parent
    validator = Validator(
        open_validation_images(config, data, run_dir),
        build_loss(config, device),
        device,
        choose_precision(device, config.precision),
        config.baseline,
    )
    console = Console()
    with console.status("Validating") as status:
        outcome = validator.run(
            network.to(device),
            loaded.step,
            lambda done, total: status.update(f"Validating {done}/{total}"),
            lambda: False,
        )
    assert outcome is not None  # never interrupted
    console.print(_table(outcome.result))
    return outcome.result


def _table(result: ValidationResult) -> Table:
    table = Table(title=f"Step {result.step:,}: {result.images} images")
    for heading in ("", result.baseline_name, "network", "gain"):
        table.add_column(heading, justify="left" if not heading else "right")
    rows = (
        ("PSNR RGB, dB", "psnr", 2),
        ("PSNR Y, dB", "psnr_y", 2),
        ("SSIM RGB", "ssim", 4),
        ("SSIM Y", "ssim_y", 4),
        ("Quality, %", "quality", 1),
    )
    for label, name, digits in rows:
        before, after = getattr(result.baseline, name), getattr(result.network, name)
        table.add_row(
            label, f"{before:.{digits}f}", f"{after:.{digits}f}", signed(after - before, digits)
        )
    return table
