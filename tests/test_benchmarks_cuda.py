"""What the benchmark of a GPU says where there is none, and what it counts."""

from __future__ import annotations

import pytest
import torch

from benchmarks import cuda
from benchmarks.arithmetic import step_operations
from benchmarks.figures import NOT_RUN


def test_without_a_gpu_every_row_says_that_it_was_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    figures = cuda.measure_cuda()
    assert len(figures) == len(cuda._ROWS)
    assert {figure.value for figure in figures} == {f"{NOT_RUN}: no GPU here"}
    assert all(figure.met is None for figure in figures)


def test_the_share_of_the_peak_is_counted_work_over_time() -> None:
    assert 3.5e12 < step_operations(cuda.SIZE) < 4.6e12
    half = step_operations(cuda.SIZE) / (0.5 * 989e12)
    assert cuda.mfu_text(half, "NVIDIA H200").startswith("50.0% of 989 TFLOP/s")
    assert cuda.mfu_text(half, "NVIDIA H100 PCIe").startswith("65.4% of 756")
    assert cuda.mfu_text(0.01, "A card").startswith("peak of A card not known; ")


def test_the_floor_of_the_perceptual_term_is_counted() -> None:
    # 19.5 GMAC of VGG19's convolutions at 224x224 up to conv5_4, three passes over four pictures.
    expected = 2 * 19.5e9 * (540 / 224) ** 2 * 3 * 4
    work = cuda.perceptual_operations(cuda.SIZE)
    assert work == pytest.approx(expected, rel=0.02)
    floor = step_operations(cuda.SIZE) / 989e12 + work / (0.5 * 989e12)
    share = cuda.floor_share(2 * floor, "NVIDIA H200")
    assert share == pytest.approx(0.5)
    assert cuda.floor_text(share, "NVIDIA H200").startswith("50.0%; ")
    assert cuda.floor_share(0.01, "A card") is None
    assert cuda.floor_text(None, "A card").startswith("peak of A card not known; ")


def test_every_row_has_its_value() -> None:
    seconds = ([0.010, 0.010], [0.006, 0.006])
    found = cuda._Found(*seconds, "bf16", seconds, seconds, seconds, 10**9, 3 * 10**9)
    values = cuda._values(found, "NVIDIA H200")
    assert len(values) == len(cuda._ROWS)
    verdicts = {
        name: met for (name, _), (_, met) in zip(cuda._ROWS, values, strict=True) if met is not None
    }
    assert len(verdicts) == sum(bool(goal) for _, goal in cuda._ROWS)
