"""What the benchmark of two ranks says, of given times."""

from __future__ import annotations

import pytest
import torch

from benchmarks import ranks
from benchmarks.figures import NOT_RUN, Figure
from benchmarks.ranks import RankTimes


def test_ratios_are_those_of_the_same_round_and_joining_is_what_a_step_takes_longer() -> None:
    seconds = {way.name: [2.0, 4.0] for way in ranks._ON_CPU[1:]}
    seconds |= {ranks._ON_CPU[0].name: [1.0, 2.0], "apart": [0.75, 1.5]}
    figures = ranks._figures(RankTimes(batch=3), ranks._ON_CPU, seconds)
    first, *others = figures
    assert first.name.endswith("times those of one process of one thread")
    assert first.value == "2.00 (2.00 .. 2.00)"
    values = {figure.name: figure.value for figure in others}
    assert values["- share of the step that joins gradients"] == "25.0% (25.0 .. 25.0)"
    assert values["- two ranks of one thread"].startswith("4.50 pairs/s")  # 6 a step


def test_without_two_gpus_the_row_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(ranks, "_measure", lambda times, ways: [Figure(ways[0].name, "")])
    names = [figure.name for figure in ranks.measure_ranks(RankTimes())]
    assert names == ["two ranks of one thread", "Two ranks on CUDA (NCCL)"]
    assert ranks.measure_ranks(RankTimes())[-1].value == f"{NOT_RUN}: needs two GPUs"
