"""`vsrppp wqv --config-only`: the resolved configuration, what follows from it, and the warm start, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vsrppp_tui.commands.wqv import Plan, WqvOptions, resolve
from vsrppp_tui.config.wqv import WqvConfig
from vsrppp_tui.models.rrdb_spec import warm_start
from vsrppp_tui.models.wqv import build_wqv
from vsrppp_tui.training.checkpoint_file import newest_verified
from vsrppp_tui.training.checkpoint_tag import read_tag
from vsrppp_tui.training.precision import choose_device, choose_precision
from vsrppp_tui.training.warm_start import read_rrdb


def print_config(options: WqvOptions, plan: Plan) -> None:
    """Print one JSON object; nothing is written.

    Raises:
        UserError: as `resolve`, or the device does not exist.
    """
    print(json.dumps(describe(options, plan), indent=4, ensure_ascii=False))


def describe(options: WqvOptions, plan: Plan) -> dict[str, Any]:
    """The keys of training_config.json, and beside them DERIVED, WARM_START and RESUME.

    Raises:
        UserError: as `resolve`, or the device does not exist.
    """
    config = resolve(plan)
    return {
        **config.to_file(),
        "DERIVED": _derived(config),
        "WARM_START": None if plan.resume or config.init_weights is None else _warm_start(config),
        "RESUME": _resume(options) if plan.resume else None,
    }


def _derived(config: WqvConfig) -> dict[str, Any]:
    device = choose_device(config.device)
    precision = choose_precision(device, config.precision)
    return {
        "DEVICE": str(device),
        "PRECISION": precision.name,
        "AMP": precision.name != "fp32",
        "EFFECTIVE_BATCH": config.batch_size * config.accumulation_steps,
        "TARGET_SIDE": config.base_resolution * config.scale,
        "TEST_SPLIT": round(1.0 - config.train_split - config.val_split, 9),
        "CHECKPOINT": f"checkpoints/{config.files.milestone.format(step='N')}",
        "EXPORT": config.files.export,
    }


def _warm_start(config: WqvConfig) -> dict[str, Any]:
    assert config.init_weights is not None
    file, spec = read_rrdb(Path(config.init_weights), config.init_arch)
    coverage = warm_start(build_wqv(config), file.weights)
    return {
        "FILE": config.init_weights,
        **{name.upper(): value for name, value in spec.metadata().items()},
        "COVERAGE_PERCENT": round(coverage.percent, 1),
        "MISSING": list(coverage.missing),
        "RESHAPED": list(coverage.reshaped),
        "UNEXPECTED": list(coverage.unexpected),
    }


def _resume(options: WqvOptions) -> dict[str, Any]:
    path = options.resume or newest_verified(options.workspace / "checkpoints")[0]
    tag = read_tag(path) if path is not None else None
    return {"FILE": None if path is None else str(path), "STEP": None if tag is None else tag.step}
