"""One of several ranks that take training steps; started as a process of its own by test_distributed.

Arguments: where to save, accumulation, samples in a micro-batch, and in which step rank 1 sees NaN (0: none).
Takes four steps and saves the rows, the last gradients, the weights and how often gradients were joined.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from tests.training.test_step import go_on, make_batch, make_config
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


def take_steps(ranks: Ranks, accumulation: int, samples: int, bad_step: int = 0) -> dict[str, Any]:
    config = make_config(ACCUMULATION_STEPS=accumulation, BATCH_SIZE=samples, EMA_DECAY=0.9)
    cpu = torch.device("cpu")
    torch.manual_seed(ranks.rank)  # the weights of rank 0 hold
    network = build_network(config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    step = TrainingStep(
        network, build_loss(config, cpu), config, cpu, Precision("fp32", "cpu"), ranks
    )
    step.join()
    if step.ema is not None:
        step.ema.load_state_dict(network.state_dict())
    rows, counts = [], iter(range(1000))
    for number in range(1, STEPS + 1):
        bad = number == bad_step and ranks.rank == ranks.world - 1
        handle = network.register_forward_hook(lambda *a: a[2] * float("nan")) if bad else None
        row = step.run(
            lambda: share_of(make_batch(samples, next(counts)), ranks.share),
            config,
            Decision(1e-3),
            go_on,
            accumulation,
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
        "joined": getattr(ranks, "joined_buckets", 0),
    }


def main() -> None:
    from vsrppp_tui.training.distributed import Distributed

    torch.set_num_threads(1)
    place = place_in()
    assert place is not None
    ranks = Distributed(place, "cpu")
    out, accumulation, samples, bad = sys.argv[1:]
    result = take_steps(ranks, int(accumulation), int(samples), int(bad))
    torch.save(result, Path(out) / f"rank{place.rank}.pt")
    ranks.leave("over")


if __name__ == "__main__":
    main()
