"""`vsrppp` as one of several ranks, with what a test needs put in; started as a process of its own.

FAULTS in the environment is an object of JSON: `limit`, seconds that a collective may take; `nan`, a rank
and the steps, counted from 1 and never back, in which its network puts NaN out; `digests`, a folder where
each rank writes a hash of its weights, moments and averaged weights when its training ends.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.engine import flat_bytes
from vsrppp_tui.cli import main
from vsrppp_tui.training import distributed
from vsrppp_tui.training.step import TrainingStep
from vsrppp_tui.training.trainer import End, Trainer


def limit_collectives(seconds: float) -> None:
    distributed._LONGEST_WAIT = timedelta(seconds=seconds)


def put_nan(steps: set[int]) -> None:
    run, taken = TrainingStep.run, 0

    def poisoned(step: TrainingStep, *arguments: Any) -> Any:
        nonlocal taken
        taken += 1
        if taken not in steps:
            return run(step, *arguments)
        handle = step.network.register_forward_hook(lambda *call: call[2] * float("nan"))
        try:
            return run(step, *arguments)
        finally:
            handle.remove()

    TrainingStep.run = poisoned  # type: ignore[assignment]


def write_digest(path: Path) -> None:
    run = Trainer.run

    def digested(trainer: Trainer) -> End:
        end, step = run(trainer), trainer._parts.step
        parts = [step.network.state_dict(), step.optimizer.state_dict()["state"]]
        parts += [] if step.ema is None else [step.ema.state_dict()]
        path.write_text(hashlib.sha256(flat_bytes(parts)).hexdigest())
        return end

    Trainer.run = digested  # type: ignore[assignment]


def put_in(faults: Mapping[str, Any], rank: int) -> None:
    if "limit" in faults:
        limit_collectives(faults["limit"])
    bad_rank, steps = faults.get("nan", (None, ()))
    if bad_rank == rank:
        put_nan(set(steps))
    if "digests" in faults:
        write_digest(Path(faults["digests"]) / f"rank{rank}.sha256")


if __name__ == "__main__":
    put_in(json.loads(os.environ["FAULTS"]), int(os.environ["RANK"]))
    main()
