"""What the benchmark of a GPU says where there is none, and what it counts."""

from __future__ import annotations

import pytest
import torch

from benchmarks import cuda
from benchmarks.figures import NOT_RUN


def test_without_a_gpu_every_row_says_that_it_was_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    figures = cuda.measure_cuda()
    assert len(figures) == len(cuda._ROWS)
    assert {figure.value for figure in figures} == {f"{NOT_RUN}: no GPU here"}
    assert all(figure.met is None for figure in figures)


def test_the_share_of_the_peak_is_counted_work_over_time() -> None:
    assert 3.5e12 < cuda.step_operations(cuda.SIZE) < 4.6e12
    half = cuda.step_operations(cuda.SIZE) / (0.5 * 989e12)
    assert cuda.mfu_text(half, "NVIDIA H200").startswith("50.0% of 989 TFLOP/s")
    assert cuda.mfu_text(half, "NVIDIA H100 PCIe").startswith("65.4% of 756")
    assert cuda.mfu_text(0.01, "A card").startswith("peak of A card not known; ")
