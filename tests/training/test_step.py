"""One optimizer step: accumulation, clipping, EMA, precision, interruption."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch

from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.errors import UserError
from vsrppp_tui.losses.registry import build_loss
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.training.controller import Decision
from vsrppp_tui.training.precision import Precision, choose_device, choose_precision
from vsrppp_tui.training.step import TrainingStep

CPU = torch.device("cpu")


def make_config(**values: Any) -> RunConfig:
    tiny = {"N_FEATS": 8, "N_BLOCKS": 2, "BATCH_SIZE": 2, "PERCEPTUAL_WEIGHT": 0}
    return build_config({**tiny, **values})


def make_step(config: RunConfig, precision: str = "fp32") -> TrainingStep:
    torch.manual_seed(0)
    network = build_network(config)
    with torch.no_grad():  # the last convolution begins at zero: give every parameter a gradient
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    chosen = Precision(precision, "cpu")  # type: ignore[arg-type]
    return TrainingStep(network, build_loss(config, CPU), config, CPU, chosen)


def make_batch(samples: int, seed: int = 1) -> Batch:
    random = torch.Generator().manual_seed(seed)
    lr = torch.randint(0, 256, (samples, 5, 12, 12, 3), dtype=torch.uint8, generator=random)
    gt = torch.randint(0, 256, (samples, 36, 36, 3), dtype=torch.uint8, generator=random)
    return Batch(lr, gt, [(False, True, 1)] * samples, 0)


def split(batch: Batch) -> list[Batch]:
    return [
        Batch(batch.lr_BTHWC[i : i + 1], batch.gt_BHWC[i : i + 1], batch.turns[i : i + 1], i)
        for i in range(len(batch.turns))
    ]


def taking(batches: list[Batch]) -> Callable[[], Batch]:
    return iter(batches * 8).__next__


def go_on() -> bool:
    return False


def weights(step: TrainingStep) -> dict[str, torch.Tensor]:
    return copy.deepcopy(step.network.state_dict())


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


def test_micro_batches_equal_one_batch_of_their_size() -> None:
    whole = make_step(make_config(ACCUMULATION_STEPS=1))
    parts = make_step(make_config(ACCUMULATION_STEPS=2))
    batch = make_batch(2)
    row_whole = whole.run(
        taking([batch]), make_config(ACCUMULATION_STEPS=1), Decision(1e-3), go_on, 1
    )
    row_parts = parts.run(
        taking(split(batch)), make_config(ACCUMULATION_STEPS=2), Decision(1e-3), go_on, 2
    )
    assert row_whole is not None
    assert row_parts is not None
    torch.testing.assert_close(row_whole, row_parts, rtol=1e-4, atol=1e-6)
    for one, other in zip(whole.network.parameters(), parts.network.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_the_row_is_losses_norm_flag_and_activity() -> None:
    step = make_step(make_config(ACCUMULATION_STEPS=1))
    row = step.run(
        taking([make_batch(2)]), make_config(ACCUMULATION_STEPS=1), Decision(1e-3), go_on, 1
    )
    assert row is not None
    assert row.shape == (step.columns,)
    l1, total, norm, skipped, *activity = row.tolist()
    assert l1 == total > 0
    gradients = [p.grad for p in step.network.parameters() if p.grad is not None]
    expected = torch.sqrt(sum((g.double() ** 2).sum() for g in gradients))  # type: ignore[arg-type]
    assert norm == pytest.approx(float(expected), rel=1e-5)
    assert skipped == 0
    assert activity == pytest.approx(step.network.get_layer_activity())


def test_a_clipped_gradient_has_the_norm_that_is_allowed() -> None:
    config = make_config(ACCUMULATION_STEPS=1)
    step = make_step(config)
    row = step.run(taking([make_batch(2)]), config, Decision(1e-3, clip=1e-3), go_on, 1)
    assert row is not None
    gradients = [p.grad for p in step.network.parameters() if p.grad is not None]
    assert float(torch.nn.utils.get_total_norm(gradients)) == pytest.approx(1e-3, rel=1e-3)
    assert row[2] > 1e-3, "the norm that is reported is the one before clipping"


def test_learning_rate_and_decay_are_those_of_the_call() -> None:
    config = make_config(ACCUMULATION_STEPS=1, WEIGHT_DECAY=0.0)
    step = make_step(config)
    before = weights(step)
    step.run(taking([make_batch(2)]), config, Decision(0.0), go_on, 1)
    assert same(before, weights(step))


def test_the_ema_follows_at_its_decay() -> None:
    config = make_config(ACCUMULATION_STEPS=1, EMA_DECAY=0.75)
    step = make_step(config)
    before = weights(step)
    step.run(taking([make_batch(2)]), config, Decision(1e-2), go_on, 1)
    after = weights(step)
    assert step.evaluated is step.ema
    assert step.ema is not None
    for name, averaged in step.ema.state_dict().items():
        torch.testing.assert_close(averaged, 0.75 * before[name] + 0.25 * after[name])


def test_an_interrupted_step_leaves_no_trace() -> None:
    config = make_config(ACCUMULATION_STEPS=3)
    step = make_step(config)
    before, asked = weights(step), iter([False, False, True])
    assert step.run(taking([make_batch(2)]), config, Decision(1e-2), lambda: next(asked), 3) is None
    assert same(before, weights(step))
    assert not step.optimizer.state


def test_bf16_follows_float32() -> None:
    config = make_config(ACCUMULATION_STEPS=1)
    full, half = make_step(config, "fp32"), make_step(config, "bf16")
    rows = []
    for step in (full, half):
        fetch = taking([make_batch(2, seed) for seed in range(3)])
        rows.append([step.run(fetch, config, Decision(1e-3), go_on, 1) for _ in range(6)])
    for one, other in zip(*rows, strict=True):
        assert one is not None
        assert other is not None
        assert float(one[0]) == pytest.approx(float(other[0]), rel=2e-2)
    assert all(p.dtype == torch.float32 for p in half.network.parameters())


def test_fp16_scales_the_loss_and_skips_an_overflow() -> None:
    config = make_config(ACCUMULATION_STEPS=1)
    step = make_step(config, "fp16")
    fetch = taking([make_batch(2)])
    # The scale starts high, so the first steps overflow: they change nothing and lower the scale.
    scales, flags, moved = [], [], []
    for _ in range(8):
        before = weights(step)
        row = step.run(fetch, config, Decision(1e-3), go_on, 1)
        assert row is not None
        scales.append(step.scaler.get_scale())
        flags.append(float(row[3]))
        moved.append(not same(before, weights(step)))
    assert any(moved), "no step was taken at all"
    for flag, has_moved in zip(flags, moved, strict=True):
        assert has_moved == (flag == 0)
    assert scales[-1] <= scales[0]


def test_fp16_calibrating_its_scale_is_no_bad_step_but_a_nan_is() -> None:
    config = make_config(ACCUMULATION_STEPS=1, EMA_DECAY=0.9)
    step = make_step(config, "fp16")
    step.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**40)
    flags, streaks = [], []
    for _ in range(4):
        row = step.run(taking([make_batch(2)]), config, Decision(1e-3), go_on, 1)
        assert row is not None
        flags.append(float(row[3]))
        streaks.append(float(step.bad_streak))
    assert flags == [1, 1, 1, 1]
    assert streaks == [0, 0, 0, 0]
    real = step.loss.forward
    step.loss.forward = lambda *images: {  # type: ignore[method-assign]
        name: value + float("nan") for name, value in real(*images).items()
    }
    before, average = weights(step), copy.deepcopy(step.evaluated.state_dict())
    for streak in (1, 2):
        step.run(taking([make_batch(2)]), config, Decision(1e-3), go_on, 1)
        assert float(step.bad_streak) == streak
    assert same(before, weights(step))
    assert same(average, step.evaluated.state_dict())


def test_a_loss_that_is_nan_is_skipped_though_its_gradient_is_finite() -> None:
    config = make_config(ACCUMULATION_STEPS=1)
    step = make_step(config)
    real = step.loss.forward
    step.loss.forward = lambda *images: {  # type: ignore[method-assign]
        name: value + float("nan") for name, value in real(*images).items()
    }
    before = weights(step)
    row = step.run(taking([make_batch(2)]), config, Decision(1e-3), go_on, 1)
    assert row is not None
    assert torch.isfinite(row[2])
    assert row[3] == 1
    assert float(step.bad_streak) == 1
    assert same(before, weights(step))


@pytest.mark.parametrize(
    ("device", "words"), [("cuda:9", "cuda:9"), ("tpu", "tpu"), ("mps", "mps"), ("cpu:x", "cpu:x")]
)
def test_a_device_that_is_not_there_is_named(device: str, words: str) -> None:
    if device.startswith("cuda") and torch.cuda.device_count() > 9:
        pytest.skip("this machine has it")
    with pytest.raises(UserError, match=words):
        choose_device(device)


def test_precision_on_a_cpu() -> None:
    assert choose_precision(CPU, "fp32").name == "fp32"
    assert choose_precision(CPU, "auto").name in ("bf16", "fp32")
    with pytest.raises(UserError, match="fp16"):
        choose_precision(CPU, "fp16")
