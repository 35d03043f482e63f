"""Estimates against what they estimate: real networks, and PyTorch's own count of a real step's memory."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.losses import optional_perceptual
from vsrppp_tui.losses.registry import build_loss
from vsrppp_tui.losses.vgg19 import published_shapes
from vsrppp_tui.models.costs import network_costs
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.training.controllers import build_controller
from vsrppp_tui.training.estimate import (
    VGG_PARAMETERS,
    SampleSize,
    estimate_memory,
    multiply_adds,
)
from vsrppp_tui.training.precision import choose_precision
from vsrppp_tui.training.step import TrainingStep

# How far the estimate may be from the count of the allocator; said in `training.estimate`.
LOWEST, HIGHEST = 0.85, 1.15

NETWORKS: list[dict[str, Any]] = [
    {"RECIPE": "vsrppp"},
    {"RECIPE": "vsrppp", "N_FEATS": 32, "N_BLOCKS": 8},
    {"RECIPE": "vsrppp", "N_FEATS": 5, "N_BLOCKS": 2},
    {"RECIPE": "vsrpp", "N_FEATS": 48, "N_BLOCKS": 6},
    {
        "RECIPE": "vsrpp",
        "MODEL.base_channels": 16,
        "MODEL.num_blocks": 4,
        "DATA.lr_version": "7frames",
    },
    *({"RECIPE": "wqv", "SCALE": scale, "NUM_FEAT": 24, "NUM_BLOCK": 3} for scale in (2, 4, 8)),
]


@pytest.mark.parametrize("values", NETWORKS, ids=str)
def test_parameters_are_exact(values: dict[str, Any]) -> None:
    config = build_config(values)
    network = build_network(config)
    assert network_costs(config).parameters == sum(p.numel() for p in network.parameters())


def test_the_parameters_of_vgg19_are_exact() -> None:
    assert sum(map(math.prod, published_shapes().values())) == VGG_PARAMETERS


def unfolded(values: dict[str, Any]) -> dict[str, Any]:
    """Without folds, where the recipe has them."""
    return values if values["RECIPE"] == "wqv" else {**values, "FOLDS": False}


@pytest.mark.parametrize("values", NETWORKS[1:], ids=str)
def test_multiply_adds_are_those_that_pytorch_counts(values: dict[str, Any]) -> None:
    counted, own = _multiply_adds(unfolded(values), side=16)
    # The first layer needs no gradient of its input, which the estimate leaves out of account.
    assert counted <= own <= 1.05 * counted + 1


@pytest.mark.parametrize("values", [v for v in NETWORKS[1:] if v["RECIPE"] != "wqv"], ids=str)
def test_multiply_adds_of_folded_networks_are_close_on_larger_patches(
    values: dict[str, Any],
) -> None:
    """Composing the weights costs the same for any size, borders grow with the side alone."""
    counted, own = _multiply_adds(values, side=64)
    assert 0.97 * counted <= own <= 1.05 * counted


def _multiply_adds(values: dict[str, Any], side: int) -> tuple[int, float]:
    """Floating-point operations of a forward and a backward pass: as PyTorch counts them, as estimated."""
    from torch.utils.flop_counter import FlopCounterMode

    config = build_config({**values, "PERCEPTUAL_WEIGHT": 0.0})
    network = build_network(config)
    counter = FlopCounterMode(display=False)
    with counter:
        network(torch.rand(1, config.frames, 3, side, side)).sum().backward()
    return counter.get_total_flops(), 2 * multiply_adds(config, SampleSize(1, side, side))


MEMORY: list[tuple[dict[str, Any], tuple[int, int, int]]] = [
    ({"N_FEATS": 32, "N_BLOCKS": 8}, (4, 48, 48)),
    ({"N_FEATS": 64, "N_BLOCKS": 4, "PRECISION": "fp32", "EMA_DECAY": 0.99}, (2, 64, 64)),
    ({"N_FEATS": 32, "N_BLOCKS": 8, "PERCEPTUAL_WEIGHT": 0.1}, (2, 48, 48)),
    ({"N_FEATS": 32, "N_BLOCKS": 8, "FOLDS": False}, (4, 48, 48)),
    ({"RECIPE": "vsrpp", "N_FEATS": 48, "N_BLOCKS": 8}, (2, 64, 64)),
    ({"RECIPE": "vsrpp", "N_FEATS": 48, "N_BLOCKS": 8, "FOLDS": False}, (2, 64, 64)),
    ({"RECIPE": "vsrpp", "N_FEATS": 48, "N_BLOCKS": 8, "USE_CHECKPOINTING": True}, (2, 64, 64)),
    ({"RECIPE": "wqv", "SCALE": 2, "NUM_FEAT": 32, "NUM_BLOCK": 3}, (4, 64, 64)),
    ({"RECIPE": "wqv", "SCALE": 4, "NUM_FEAT": 32, "NUM_BLOCK": 3}, (2, 32, 32)),
]


@pytest.mark.parametrize(("values", "size"), MEMORY, ids=str)
def test_memory_is_that_of_a_real_step(
    values: dict[str, Any], size: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = {name: torch.randn(shape) * 0.02 for name, shape in published_shapes().items()}
    monkeypatch.setattr(optional_perceptual, "load_vgg19_weights", lambda file: (weights, ()))
    config = build_config({"PERCEPTUAL_WEIGHT": 0.0, **values})
    half = choose_precision(torch.device("cpu"), config.precision).name != "fp32"
    estimate = estimate_memory(config, SampleSize(*size), half=half)
    measured = _measured(config, size)
    assert LOWEST < estimate.total / measured < HIGHEST, f"{estimate}, measured {measured}"


def _measured(config: Any, size: tuple[int, int, int]) -> int:
    """Bytes at the peak of a third step: what lives through it, and what the profiler saw come and go."""
    device = torch.device("cpu")
    count, height, width = size
    scale = config.scale
    batch = Batch(
        torch.randint(0, 256, (count, config.frames, height, width, 3), dtype=torch.uint8),
        torch.randint(0, 256, (count, height * scale, width * scale, 3), dtype=torch.uint8),
        [(False, False, 0)] * count,
        0,
    )
    loss = build_loss(config, device)
    precision = choose_precision(device, config.precision)
    step = TrainingStep(build_network(config), loss, config, device, precision)
    controller = build_controller(config, loss, device, lambda *event: None)

    def run(number: int) -> None:
        step.run(lambda: batch, config, controller.decide(number, config), lambda: False, 1)

    run(0)
    step.optimizer.zero_grad(set_to_none=True)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        run(1)
    now = peak = 0
    events = profiler.profiler.kineto_results.events()  # type: ignore[union-attr]
    for event in sorted(events, key=lambda event: event.start_ns()):
        if event.name() == "[memory]":
            now += event.nbytes()
            peak = max(peak, now)
    own = 4 * sum(p.numel() for p in step.network.parameters())
    kept = own * (4 if step.ema is not None else 3)  # weights, both moments, the average
    return peak + kept + sum(4 * p.numel() for p in loss.parameters())
