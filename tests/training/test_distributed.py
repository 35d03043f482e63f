"""Several ranks: real processes over gloo take the steps that one process takes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.e2e.terminal import ROOT
from tests.training.rank_steps import Work, take_steps
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.data.mixture import Cursor, DataPlace, Mixture, Share
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.rank_device import device_of_rank
from vsrppp_tui.training.rank_env import RankPlace, place_in
from vsrppp_tui.training.ranks import ALONE, Ranks


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def rank_environment(rank: int, world: int, port: int) -> dict[str, str]:
    numbers = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": world, "MASTER_PORT": port}
    own = {"MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **own, **{name: str(value) for name, value in numbers.items()}}


def steps_of_ranks(world: int, out: Path, work: Work) -> list[dict[str, Any]]:
    (found,) = all_steps_of_ranks(world, out, [work])
    return found


def all_steps_of_ranks(world: int, out: Path, works: list[Work]) -> list[list[dict[str, Any]]]:
    """What `tests.training.rank_steps` finds, by work and rank."""
    port, arguments = free_port(), [str(out), json.dumps([asdict(work) for work in works])]
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.training.rank_steps", *arguments],
            env=rank_environment(rank, world, port),
            cwd=ROOT,
        )
        for rank in range(world)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0] * world
    ranks = [torch.load(out / f"rank{rank}.pt", map_location="cpu") for rank in range(world)]
    return [list(found) for found in zip(*ranks, strict=True)]


def close(one: Any, other: Any) -> None:
    torch.testing.assert_close(one, other, rtol=2e-4, atol=2e-6)


def require_same_ranks(ranks: list[dict[str, Any]]) -> None:
    for key in ("rows", "gradients", "weights", "ema"):
        for rank in ranks[1:]:
            torch.testing.assert_close(rank[key], ranks[0][key], rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize(
    ("world", "accumulation", "samples"),
    [(2, 1, 4), (2, 3, 2), (2, 2, 3), (3, 1, 4)],
    ids=["whole", "accumulated", "uneven", "three"],
)
def test_ranks_take_the_steps_of_one_process(
    tmp_path: Path, world: int, accumulation: int, samples: int
) -> None:
    work = Work(accumulation, samples)
    ranks, alone = steps_of_ranks(world, tmp_path, work), take_steps(ALONE, work)
    require_same_ranks(ranks)
    close(ranks[0]["gradients"], alone["gradients"])
    close(ranks[0]["rows"], alone["rows"])
    torch.testing.assert_close(ranks[0]["ema"], alone["ema"], rtol=1e-3, atol=1e-4)
    # Gradients are joined once a step, whatever the accumulation.
    assert {rank["joined"] for rank in ranks} == {ranks[0]["joined"]}
    assert ranks[0]["joined"] % 4 == 0


# Of each recipe for video: with and without folds, and with activations that are computed twice.
NETWORKS: tuple[dict[str, Any], ...] = (
    {"FOLDS": True},
    {"FOLDS": False},
    {"RECIPE": "vsrpp", "FOLDS": True},
    {"RECIPE": "vsrpp", "FOLDS": False, "USE_CHECKPOINTING": True},
)


def test_in_float64_the_gradients_are_those_of_one_process(tmp_path: Path) -> None:
    works = [Work(count, 3, values=each, double=True) for each in NETWORKS for count in (1, 3)]
    for work, ranks in zip(works, all_steps_of_ranks(2, tmp_path, works), strict=True):
        require_same_ranks(ranks)
        wholes = take_steps(ALONE, work)["gradients"]
        assert wholes
        for ours, whole in zip(ranks[0]["gradients"], wholes, strict=True):
            assert whole.dtype == torch.float64
            assert float((ours - whole).abs().max()) <= 1e-12, work


def test_joining_waits_for_the_last_micro_batch(tmp_path: Path) -> None:
    one, three = all_steps_of_ranks(2, tmp_path, [Work(1), Work(3)])
    assert one[0]["joined"] == three[0]["joined"] > 0


def test_nan_on_one_rank_skips_the_step_on_all(tmp_path: Path) -> None:
    ranks = steps_of_ranks(2, tmp_path, Work(bad_step=4))
    for rank in ranks:
        assert not torch.isfinite(rank["rows"][3, 0])
        assert rank["bad"] == 1
        assert all(torch.isfinite(weight).all() for weight in rank["weights"].values())
    for name, weight in ranks[0]["weights"].items():
        assert torch.equal(weight, ranks[1]["weights"][name])


@given(
    st.integers(1, 6),
    st.integers(0, 20),
    st.lists(st.integers(0, 1000), min_size=2, max_size=2),
    st.integers(0, 9),
)
def test_ranks_share_the_samples_of_one_process(
    world: int, more: int, positions: list[int], group: int
) -> None:
    mixture, size = Mixture(3, (0.5, 0.5)), (world + more, world + 2 * more)
    place = DataPlace(group, tuple(positions))
    whole = Cursor(mixture, size, (2, 1), place)
    shares = [Share(rank, world) for rank in range(world)]
    ranks = [Cursor(mixture, size, (2, 1), place, share) for share in shares]
    for _ in range(8):
        wanted, parts = next(whole), [next(rank) for rank in ranks]
        assert {part.format for part in parts} == {wanted.format}
        assert [p for part in parts for p in part.positions] == list(wanted.positions)
        assert all(part.positions for part in parts)
        assert sum(part.weight for part in parts) == pytest.approx(world)
        ahead = [next(rank.copy()) for rank in ranks]
        assert [p for part in ahead for p in part.positions] == list(next(whole.copy()).positions)


TORCHRUN = {
    "RANK": "1",
    "WORLD_SIZE": "2",
    "LOCAL_RANK": "1",
    "MASTER_ADDR": "a",
    "MASTER_PORT": "1",
}


def test_the_place_of_a_process() -> None:
    assert place_in({}) is None
    assert place_in({"SLURM_PROCID": "1"}) is None
    assert place_in(TORCHRUN | {"WORLD_SIZE": "1", "RANK": "0"}) is None
    assert place_in(TORCHRUN) == RankPlace(1, 2, 1)


@pytest.mark.parametrize(
    "change", [{"RANK": "2"}, {"RANK": "-1"}, {"WORLD_SIZE": "x"}, {"LOCAL_RANK": "-1"}]
)
def test_a_place_that_cannot_be_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(UserError, match="is no place"):
        place_in(TORCHRUN | change)


@pytest.mark.parametrize("name", ["LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"])
def test_a_launcher_has_to_set_everything(name: str) -> None:
    with pytest.raises(UserError, match=name):
        place_in({key: value for key, value in TORCHRUN.items() if key != name})


def test_each_rank_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device_of_rank(RankPlace(5, 8, 1), "auto") == torch.device("cuda:1")
    with pytest.raises(UserError, match="this machine has 2, and rank 6 would be its number 3"):
        device_of_rank(RankPlace(6, 8, 2), "cuda")
    with pytest.raises(UserError, match="names one device for 8 ranks"):
        device_of_rank(RankPlace(6, 8, 2), "cuda:2")


def test_a_batch_has_a_sample_for_each_rank() -> None:
    ranks = Ranks()
    ranks.world = 4
    ranks.require_shareable(build_config({"BATCH_SIZE": 4}))
    with pytest.raises(UserError, match="BATCH_SIZE = 3 cannot be shared out over 4 ranks"):
        ranks.require_shareable(build_config({"BATCH_SIZE": 3}))
