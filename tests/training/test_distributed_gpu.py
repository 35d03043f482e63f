"""Several ranks on GPUs of their own, over NCCL: what `test_distributed` and `e2e.test_ranks` show over gloo."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.e2e.ranks import FOREVER, PATIENCE, rank_process, write_folder
from tests.e2e.test_headless import run, start, wait_for_step
from tests.engine import load
from tests.training.rank_steps import Work, take_steps
from tests.training.test_distributed import all_steps_of_ranks, require_same_ranks
from vsrppp_tui.training.ranks import ALONE

_GPUS = torch.cuda.device_count()
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(_GPUS < 2, reason=f"needs two GPUs, and there is {_GPUS or 'none'} here"),
]
TRAIN = ["train", "config.json", "--headless", "--device", "cuda", "--gpus", "2"]


def test_the_gradients_are_those_of_one_gpu(tmp_path: Path) -> None:
    works = [Work(count, 3, double=True, device="cuda") for count in (1, 3)]
    for work, ranks in zip(works, all_steps_of_ranks(2, tmp_path, works), strict=True):
        require_same_ranks(ranks)
        wholes = take_steps(ALONE, work)["gradients"]
        for ours, whole in zip(ranks[0]["gradients"], wholes, strict=True):
            assert float((ours - whole.cpu()).abs().max()) <= 1e-10


def test_nan_on_one_gpu_skips_the_step_on_all(tmp_path: Path) -> None:
    work = Work(bad_step=4, device="cuda")
    ((first, second),) = all_steps_of_ranks(2, tmp_path, [work])
    require_same_ranks([first, second])
    assert first["bad"] == second["bad"] == 1
    assert all(weight.isfinite().all() for weight in first["weights"].values())


def test_a_run_on_two_gpus_goes_on_and_survives_a_lost_rank(tmp_path: Path) -> None:
    write_folder(tmp_path)
    code, output = run([*TRAIN, "--run-dir", "run", "--stop-at", "6"], tmp_path, timeout=PATIENCE)
    assert code == 0, output
    code, output = run([*TRAIN, "--run-dir", "run"], tmp_path, timeout=PATIENCE)
    assert code == 0, output
    assert load(tmp_path / "run")["step"] == 12
    with start([*TRAIN, "--run-dir", "lost", *FOREVER], tmp_path) as process:
        wait_for_step(tmp_path / "lost", 2, process)
        rank_process(process, 1).kill()
        output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1, output
    assert "Rank 1 of 2 has died" in output
    assert load(tmp_path / "lost", "checkpoint_emergency.pth")["step"] >= 2


def test_more_gpus_than_there_are_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path)
    wanted = ["--device", "cuda", "--gpus", str(_GPUS + 1)]
    arguments = ["train", "config.json", "--headless", "--run-dir", "many", *wanted]
    code, output = run(arguments, tmp_path, timeout=PATIENCE)
    assert code == 2, output
    assert "Traceback" not in output
