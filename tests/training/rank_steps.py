"""One of several ranks that take training steps; started as a process of its own by test_distributed.

Arguments: where to save, and a list of `Work` as JSON. Saves of each the rows, the last gradients, the
weights and how often gradients were joined.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from tests.training.test_step import go_on, make_batch, make_config
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data import augment
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.mixture import Share
from vsrppp_tui.losses.registry import build_loss
from vsrppp_tui.models.registry import build_network
from vsrppp_tui.training.controller import Decision
from vsrppp_tui.training.precision import Precision
from vsrppp_tui.training.rank_env import place_in
from vsrppp_tui.training.ranks import Ranks
from vsrppp_tui.training.step import TrainingStep

STEPS = 4


def share_of(batch: Batch, share: Share) -> Batch:
    whole = range(len(batch.turns))
    mine = share.of(whole)
    cut = slice(mine.start, mine.stop)
    return Batch(
        batch.lr_BTHWC[cut],
        batch.gt_BHWC[cut],
        batch.turns[cut],
        mine.start,
        weight=share.weight(whole),
    )


@dataclass(frozen=True, slots=True)
class Work:
    """What to train: micro-batches of `samples`, `accumulation` of them a step.

    `bad_step`: the step in which the last rank sees NaN (0: none); `values`: of the configuration;
    `double`: in float64; `device`: ``cpu`` or ``cuda``.
    """

    accumulation: int = 1
    samples: int = 2
    bad_step: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    double: bool = False
    device: str = "cpu"

    def config(self) -> RunConfig:
        if self.values.get("RECIPE") != "vsrpp":
            sizes = {"ACCUMULATION_STEPS": self.accumulation, "BATCH_SIZE": self.samples}
            return make_config(EMA_DECAY=0.9, **{**sizes, **self.values})
        sizes = {"accumulation_steps": self.accumulation, "batch_size": self.samples}
        small = {"n_feats": 8, "n_blocks": 4}
        model = {f"MODEL_CONFIG.{name}": value for name, value in {**sizes, **small}.items()}
        return build_config({**model, **self.values})


@contextmanager
def in_double() -> Iterator[None]:
    """Everything that would be computed in float32 is computed in float64."""
    narrow, unit = torch.Tensor.float, augment._to_unit
    torch.Tensor.float = lambda self: self if self.dtype == torch.float64 else narrow(self)  # type: ignore[assignment,method-assign]
    augment._to_unit = lambda values: values.double().div_(255.0)
    try:
        yield
    finally:
        torch.Tensor.float, augment._to_unit = narrow, unit  # type: ignore[method-assign]


def take_steps(ranks: Ranks, work: Work) -> dict[str, Any]:
    with in_double() if work.double else nullcontext():
        return _take_steps(ranks, work)


def _take_steps(ranks: Ranks, work: Work) -> dict[str, Any]:
    config, device = work.config(), ranks.device(work.device)
    torch.manual_seed(ranks.rank)  # the weights of rank 0 hold
    network = build_network(config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    if work.double:
        network.double()
    precision = Precision("fp32", device.type)
    step = TrainingStep(network, build_loss(config, device), config, device, precision, ranks)
    step.join()
    if step.ema is not None:
        step.ema.load_state_dict(network.state_dict())
    rows, counts = [], iter(range(1000))
    joined_before = getattr(ranks, "joined_buckets", 0)
    for number in range(1, STEPS + 1):
        bad = number == work.bad_step and ranks.rank == ranks.world - 1
        handle = network.register_forward_hook(lambda *a: a[2] * float("nan")) if bad else None
        row = step.run(
            lambda: share_of(make_batch(work.samples, next(counts)), ranks.share),
            config,
            Decision(1e-3),
            go_on,
            work.accumulation,
        )
        rows.append(row)
        if handle is not None:
            handle.remove()
    return {
        "rows": torch.stack([row for row in rows if row is not None]),
        "gradients": [p.grad.clone() for p in network.parameters() if p.grad is not None],
        "weights": network.state_dict(),
        "ema": step.ema.state_dict() if step.ema is not None else {},
        "bad": step.bad_streak,
        "joined": getattr(ranks, "joined_buckets", 0) - joined_before,
    }


def main() -> None:
    from vsrppp_tui.training.distributed import Distributed

    torch.set_num_threads(1)
    place = place_in()
    assert place is not None
    out, works = sys.argv[1], [Work(**each) for each in json.loads(sys.argv[2])]
    ranks = Distributed(place, works[0].device)
    torch.save([take_steps(ranks, work) for work in works], Path(out) / f"rank{place.rank}.pt")
    ranks.leave("over")


if __name__ == "__main__":
    main()
