"""Auto-tune for a configuration: limits and candidates from its keys, and the configuration that comes out."""

from __future__ import annotations

import functools
from collections.abc import Callable

import psutil
import torch

from vsrppp_tui.config.edit import edit_config
from vsrppp_tui.config.schema import RunConfig, TuningWish
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.autotune import (
    ORIGINAL,
    Candidate,
    Limits,
    Measurement,
    Tuning,
    nothing_fits,
    parse_candidate,
    tune,
)
from vsrppp_tui.training.precision import choose_device
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.tuning_probe import Probe

LABEL = "Auto-tune"


def run_tuning(
    config: RunConfig,
    wish: TuningWish,
    device_name: str,
    lr_size: tuple[int, int],
    begin: Callable[[int, int, Candidate], None],
    tell: Callable[[Measurement], None] = lambda measurement: None,
) -> Tuning:
    """Measure what is wished for.

    Args:
        config: its sizes are replaced, all else holds.
        wish: limits and candidates.
        device_name: as of ``--device``.
        lr_size: height and width of an LR frame in a sample.
        begin: called before and while a candidate is measured, with its number, how many there are, and
            itself; what it raises ends the measurement.
        tell: called with each measurement.

    Raises:
        UserError: a candidate cannot be read or trained, or the device does not exist.
    """
    candidates = ORIGINAL if wish.candidates is None else [*map(parse_candidate, wish.candidates)]
    if not candidates:
        raise UserError("TUNE_CANDIDATES is empty: name at least one FEATS,BATCH,BLOCKS, or null.")
    for candidate in candidates:
        edit_config(config, candidate.keys_for(config))
    limits = Limits(_allowed(wish, choose_device(device_name)), wish.target_speed)
    probe = Probe(config, device_name, *lr_size, limits)

    def measure(candidate: Candidate) -> Measurement:
        place = (candidates.index(candidate), len(candidates), candidate)
        begin(*place)
        return probe.measure(candidate, functools.partial(begin, *place))

    return tune(candidates, limits, measure, tell)


def tuned(
    config: RunConfig,
    device_name: str,
    lr_size: tuple[int, int],
    begin: Callable[[str, int, int], None],
    reporter: Reporter,
) -> RunConfig:
    """The configuration of a new run, its size measured first where it asks for that.

    Raises:
        UserError: nothing fits; with the measurements.
    """
    if not config.wants_tuning:
        return config
    tuning = run_tuning(
        config,
        config.tuning,
        device_name,
        lr_size,
        lambda number, count, candidate: begin(f"{LABEL}: {candidate}", number, count),
    )
    for measurement in tuning.measurements:
        reporter.event("auto-tune", measurement.describe(tuning.limits))
    if tuning.choice is None:
        raise nothing_fits(tuning)
    return edit_config(config, tuning.choice.keys_for(config))


def _allowed(wish: TuningWish, device: torch.device) -> int:
    if wish.max_memory_gb is not None:
        return int(wish.max_memory_gb * 1e9)
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    return int(psutil.virtual_memory().total)
