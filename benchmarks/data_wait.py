"""The share of a step that waits for its data, in real trainings and in the plain loop.

The trainings are those of ``vsrppp train --headless`` with the demo's network and patches: from PNG files
with the demo's one worker, and from the decoded cache, which needs none. Their figure is the one that the
dashboard shows, the mean over the run after its first steps. The plain loop reads a batch and then takes
its step, in the same process, as it is written in most scripts; its data wait is the time of reading
over that of both. Its network is `plain_loop`'s, of the same size.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from benchmarks.feeding import batches
from benchmarks.figures import Figure
from benchmarks.plain_loop import PlainLoop, PlainNetwork
from benchmarks.runs import DEMO, make_dataset, run_values, write_config
from benchmarks.terminal import ROOT
from vsrppp_tui.data.augment import to_network_input
from vsrppp_tui.data.dataset import open_dataset
from vsrppp_tui.data.spec import DatasetSpec

_WARM_UP = 20
_WAYS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("PNG files, one worker", {}),
    ("decoded cache", {"CACHE_BUDGET_GB": 1.0, "NUM_WORKERS": 0}),
)


def measure_data_wait(folder: Path, steps: int) -> list[Figure]:
    """The share in both trainings, and in the plain loop."""
    dataset = make_dataset(folder)
    plain = _plain_share(dataset, max(4, steps // 5))
    figures = []
    for number, (name, values) in enumerate(_WAYS):
        config = {**run_values(DEMO, dataset, validations=False), **values}
        share = _share(config, folder / f"data-wait-{number}", steps)
        figures.append(
            Figure(
                f"Data wait, {DEMO.name}, {name}: share of the step",
                f"{share:.2%}: {share / plain:.2f} of the plain loop's {plain:.2%}",
            )
        )
    return figures


def _share(values: dict[str, Any], run_dir: Path, steps: int) -> float:
    """Train; returns the mean of what the snapshots say after the first steps."""
    config = write_config(values, run_dir.with_suffix(".json"))
    options = ["--run-dir", str(run_dir), "--headless", "--stop-at", str(_WARM_UP + steps)]
    subprocess.run(
        [sys.executable, "-m", "vsrppp_tui", "train", str(config), *options],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    lines = map(json.loads, (run_dir / "history.jsonl").read_text().splitlines())
    return fmean(
        line["data_wait"]
        for line in lines
        if line["type"] == "snapshot" and line["step"] > _WARM_UP and line["data_wait"] is not None
    )


def _plain_share(dataset: Path, steps: int) -> float:
    values = run_values(DEMO, dataset, validations=False)
    patches = open_dataset(DatasetSpec(dataset)).train[0]
    network = PlainNetwork(values["N_FEATS"], values["N_BLOCKS"])
    loop = PlainLoop(network, network.state_dict(), lr=1e-3, weight_decay=0.01, steps=steps)
    source = batches(patches, values["BATCH_SIZE"], values["LR_CROP"])
    reading = stepping = 0.0
    for number in range(2 + steps):
        started = time.perf_counter()
        batch = next(source)
        read = time.perf_counter()
        lr_BTCHW, gt_BCHW = to_network_input(batch, torch.device("cpu"))
        loop.run([(lr_BTCHW.contiguous(), gt_BCHW.contiguous())])
        if number >= 2:
            reading += read - started
            stepping += time.perf_counter() - read
    return reading / (reading + stepping)
