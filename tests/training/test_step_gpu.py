"""The step on a GPU: nothing in it waits for the device, and what it computes is what a CPU computes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests.training.test_step import go_on, make_batch, make_config
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.losses.l1_perceptual import L1PerceptualLoss
from vsrppp_tui.losses.loss import Loss
from vsrppp_tui.losses.perceptual import PerceptualLoss
from vsrppp_tui.losses.registry import build_loss
from vsrppp_tui.losses.vgg19 import published_shapes
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.training.controllers import build_controller
from vsrppp_tui.training.guard import Guard
from vsrppp_tui.training.precision import Precision, prepare_device
from vsrppp_tui.training.ring import MetricRing
from vsrppp_tui.training.step import TrainingStep

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here"),
]
WARM_UP, STEADY = 6, 12

VARIANTS: dict[str, dict[str, Any]] = {
    "vsrppp": {"GRAD_CLIP": 0.5, "EMA_DECAY": 0.9, "ACCUMULATION_STEPS": 2},
    "vsrpp": {"RECIPE": "vsrpp", "ADAPTIVE": True, "ACCUMULATION_STEPS": 1},
}


@pytest.fixture
def strict() -> Iterator[None]:
    yield
    torch.cuda.set_sync_debug_mode("default")


def perceptual_loss(device: torch.device) -> Loss:
    """With VGG19 of random weights: what waits is the same."""
    weights = {name: torch.randn(shape) * 0.02 for name, shape in published_shapes().items()}
    return L1PerceptualLoss(PerceptualLoss(weights), 0.1).to(device)


def take_steps(config: RunConfig, precision: str, loss: Loss | None = None) -> list[list[float]]:
    """Steps as the trainer takes them; the steady ones under an error for every wait."""
    device = torch.device("cuda")
    prepare_device(device)
    torch.manual_seed(0)
    step = TrainingStep(
        build_network(config),
        loss or build_loss(config, device),
        config,
        device,
        Precision(precision, "cuda"),  # type: ignore[arg-type]
    )
    controller = build_controller(config, step.loss, device, lambda *event: None)
    guard, ring = Guard(device), MetricRing(step.columns, device)
    accumulation = config.accumulation_of(None)
    batches = [make_batch(2, seed) for seed in range(WARM_UP + STEADY)]
    for number, batch in enumerate(batches):
        if number == WARM_UP:
            torch.cuda.synchronize()
            torch.cuda.set_sync_debug_mode("error")
        decision = controller.decide(number, config)
        row = step.run(lambda batch=batch: batch, config, decision, go_on, accumulation)  # type: ignore[misc]
        assert row is not None
        guard.note(number + 1, step.bad_streak)
        controller.note(number + 1, row)
        ring.push(row)
    torch.cuda.set_sync_debug_mode("default")
    ring.start_copy()
    return ring.take(wait=True)


@pytest.mark.usefixtures("strict")
@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("precision", ["bf16", "fp32"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_no_steady_step_waits_for_the_device(variant: str, precision: str, compile: bool) -> None:
    config = make_config(**VARIANTS[variant], COMPILE=compile)
    rows = take_steps(config, precision)
    assert len(rows) == WARM_UP + STEADY
    assert torch.isfinite(torch.tensor(rows)).all()


@pytest.mark.usefixtures("strict")
def test_the_perceptual_term_waits_for_nothing_either() -> None:
    config = make_config(ACCUMULATION_STEPS=1)
    rows = take_steps(config, "bf16", perceptual_loss(torch.device("cuda")))
    assert torch.isfinite(torch.tensor(rows)).all()


def test_a_step_on_a_gpu_is_that_of_a_cpu() -> None:
    config = make_config(ACCUMULATION_STEPS=1)
    rows = []
    for device in (torch.device("cuda"), torch.device("cpu")):
        torch.manual_seed(0)
        step = TrainingStep(
            build_network(config),
            build_loss(config, device),
            config,
            device,
            Precision("fp32", device.type),
        )
        controller = build_controller(config, step.loss, device, lambda *event: None)
        taken = [
            step.run(
                lambda seed=seed: make_batch(2, seed),  # type: ignore[misc]
                config,
                controller.decide(seed, config),
                go_on,
                1,
            )
            for seed in range(4)
        ]
        rows.append(torch.stack([row.cpu() for row in taken if row is not None]))
    # Convolutions in TF32, whose inputs have ten bits.
    torch.testing.assert_close(rows[0], rows[1], rtol=2e-2, atol=1e-4)
