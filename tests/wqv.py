"""Small sources and the smallest runs of the recipe wqv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.engine import Recorder
from vsrppp_tui.commands.wqv import WqvOptions, build_request, plan_run
from vsrppp_tui.training.assemble import assemble
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.telemetry import RunInfo

TINY: dict[str, Any] = {
    "SCALE": 4,
    "NUM_FEAT": 8,
    "NUM_BLOCK": 2,
    "BASE_RESOLUTION": 16,
    "BATCH_SIZE": 2,
    "PATCHES_PER_IMAGE": 2,
    "PERCEPTUAL_WEIGHT": 0.0,
    "LR": 1e-3,
    "MAX_STEPS": 8,
    "VAL_STEP_EVERY": 4,
    "SAVE_STEP_EVERY": 4,
    "LOG_TBOARD_EVERY": 2,
    "IMAGE_LOG_INTERVAL": 3,
    "NUM_WORKERS": 0,
    "PRECISION": "fp32",
}


def write_images(
    root: Path, count: int = 6, size: tuple[int, int] = (72, 90), suffix: str = ".png"
) -> Path:
    """Smooth waves of several colours with an edge in each, some in a folder of their own."""
    rng = np.random.default_rng(5)
    height, width = size
    y, x = np.mgrid[0:height, 0:width] / max(size) * 12
    for number in range(count):
        folder = root / ("inner" if number % 2 else "")
        folder.mkdir(parents=True, exist_ok=True)
        waves = [np.sin(x * rng.uniform(0.3, 2) + y * rng.uniform(0.3, 2) + p) for p in range(3)]
        picture = ((np.stack(waves, -1) + 1) * 110).astype(np.uint8)
        picture[height // 3 :, width // 2 :] //= 2
        cv2.imwrite(str(folder / f"{number:02d}{suffix}"), picture)
    return root


def run_wqv(
    source: Path,
    workspace: Path,
    *,
    recorder: Recorder | None = None,
    stop_at: int | None = None,
    resume: Path | None = None,
    fresh: bool = False,
    defaults: bool = True,
    **typed: Any,
) -> Recorder:
    """Run the engine in this thread as `vsrppp wqv` would; `defaults`: with the keys of `TINY`."""
    given = {**TINY, **typed} if defaults else typed
    options = WqvOptions(source, workspace, given, resume=resume, fresh=fresh)
    recorder, control = recorder or Recorder(), ControlPoint()
    request = build_request(options, plan_run(options), control)
    if stop_at is not None:
        request = type(request)(
            **{name: getattr(request, name) for name in request.__slots__} | {"stop_at": stop_at}
        )
    reporter = Reporter(RunInfo(str(workspace), "wqv", 1, "test", 0.0), [recorder])
    try:
        reporter.state(assemble(request, control, reporter).run())
    finally:
        reporter.close()
    return recorder
