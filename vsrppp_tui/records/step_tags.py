"""The TensorBoard tags of one step, beside those of its losses."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from vsrppp_tui.training.schedule import PHASES
from vsrppp_tui.training.telemetry import StepRow

_TRUNK_TAGS = {
    "backward": "Activity/Backward_Trunk_Avg",
    "forward": "Activity/Forward_Trunk_Avg",
}


def step_tags(row: StepRow) -> dict[str, float]:
    """Learning rate with its phase, gradient norm, pace, and what the adaptive system decided."""
    tags = {
        "Training/LearningRate": row.lr,
        "Gradients/TotalNorm": row.grad_norm,
        "System/Speed_s_per_iter": row.seconds,
    }
    if row.phase:
        tags["LR_Schedule/Phase"] = PHASES.index(row.phase)
    tags |= {f"Adaptive/{name}": value for name, value in row.measures.items()}
    if row.adaptive is not None:
        tags |= {f"Adaptive/{name}_Weight": value for name, value in row.adaptive.weights.items()}
        tags["Adaptive/GradientClip"] = row.adaptive.clip
        tags["Adaptive/AggressiveMode"] = float(row.adaptive.aggressive)
    return tags


def activity_tags(row: StepRow, blocks: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Raw activity of every block (name, trunk), and its mean over each trunk."""
    tags = {f"Layers/{name}": v for (name, _), v in zip(blocks, row.activity, strict=True)}
    for trunk, tag in _TRUNK_TAGS.items():
        values = [v for (_, its), v in zip(blocks, row.activity, strict=True) if its == trunk]
        if values:
            tags[tag] = fmean(values)
    return tags
