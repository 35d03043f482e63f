"""Runs of two ranks, in real processes over gloo, for the tests of several ranks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from tests.conftest import write_dataset
from tests.e2e.test_headless import run, start
from tests.engine import TINY
from tests.training.test_distributed import free_port, rank_environment

RANKS = ["--device", "cpu", "--gpus", "2"]
PATIENCE = 240.0
FOREVER = ["--steps", "1000000", "--set", "VAL_STEP_EVERY=1000", "--set", "SAVE_STEP_EVERY=1000"]


def write_folder(folder: Path) -> Path:
    """A folder with a dataset and config.json, which asks for twelve steps."""
    data = write_dataset(folder / "dataset", val=3)
    values = {**TINY, "DATASET_ROOT": str(data), "MAX_STEPS": 12}
    (folder / "config.json").write_text(json.dumps(values))
    return folder


def train(folder: Path, name: str, *more: str) -> tuple[int, str]:
    arguments = ["train", "config.json", "--headless", "--run-dir", name, *more]
    return run(arguments, folder, timeout=PATIENCE)


def endless(folder: Path, name: str, *more: str) -> subprocess.Popen[str]:
    """Start a run of two ranks that somebody has to end."""
    arguments = ["train", "config.json", "--headless", "--run-dir", name, *RANKS, *FOREVER, *more]
    return start(arguments, folder)


def rank_process(process: subprocess.Popen[str], rank: int) -> psutil.Process:
    """The process of a rank; its loader's workers have its variables too, and are its children."""
    for child in psutil.Process(process.pid).children(recursive=True):
        if child.environ().get("RANK") == str(rank):
            return child
    raise AssertionError(f"there is no rank {rank}")


def bare_ranks(
    folder: Path, name: str, *more: str, faults: dict[str, Any] | None = None
) -> list[subprocess.Popen[str]]:
    """Start two ranks as a launcher other than torchrun does: rank 0 holds the store itself.

    `faults`: see `tests.e2e.rank_program`, which stands in for the program then.
    """
    module = "vsrppp_tui" if faults is None else "tests.e2e.rank_program"
    arguments = ["train", "config.json", "--run-dir", name, "--device", "cpu", *more]
    port = free_port()
    return [
        subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env={**rank_environment(rank, 2, port), "FAULTS": json.dumps(faults)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        for rank in range(2)
    ]


def ends_of(processes: Sequence[subprocess.Popen[str]]) -> tuple[list[int], list[str]]:
    """Exit codes and output of all ranks, by rank."""
    outputs = [process.communicate(timeout=PATIENCE)[0] for process in processes]
    return [process.returncode for process in processes], outputs
