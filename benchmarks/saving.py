"""The stall that a save costs the training loop: with the writer thread, and written in place.

A loop of steps at 96 features x 30 blocks saves once in a round: as the trainer does, with a copy that a
thread writes (`training.saving`), or in place with the same functions. The kinds of round alternate, and
which one begins does as well, so that a change of the machine's load meets both. Every file is written as
in a run: hashed, brought to the disk, renamed; latest.pth and a milestone with it.

The stall of a round is what the loop spent in the saver, beside the steps: the call at the boundary, and
those at the boundaries after it. The thread also takes time from the steps that run while it writes; that is
the second figure, the time of the whole round beyond that of as many plain steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.figures import Figure, Spread
from benchmarks.step import N_BLOCKS, N_FEATS, StepSize, TrainerStep, noise_batch
from vsrppp_tui.training.checkpoint_store import CheckpointStore, Files
from vsrppp_tui.training.host_copy import HostCopy
from vsrppp_tui.training.writer import CheckpointWriter, SaveJob

GOAL = 1.0  # steps


@dataclass(frozen=True, slots=True)
class _Round:
    stall: float  # seconds in the saver
    extra: float  # seconds of the round beyond its steps at their usual length


class _Loop:
    """Steps with a save at one of their boundaries."""

    def __init__(self, size: StepSize, run_dir: Path, steps: int) -> None:
        self._step = TrainerStep(size.config(), torch.device("cpu"))
        self._batch = noise_batch(size)
        self._steps = steps
        self._store = CheckpointStore(run_dir, "vsrppp")
        self._writer = CheckpointWriter(self._store)
        self._copy = HostCopy()
        self._saves = 0

    @property
    def checkpoint_bytes(self) -> int:
        """Weights and two moments."""
        return 12 * sum(p.numel() for p in self._step.step.network.parameters())

    def plain(self) -> list[float]:
        """Seconds of each of as many steps as a round has, without a save."""
        return [_seconds(lambda: self._step.run(self._batch)) for _ in range(self._steps)]

    def with_thread(self) -> list[float]:
        """Seconds in the saver at each boundary of a round that copies and lets the thread write."""
        stalls = [_seconds(self._begin)]
        for _ in range(self._steps):
            self._step.run(self._batch)
            stalls.append(_seconds(lambda: self._writer.outcome(wait=False)))
        return stalls

    def in_place(self) -> list[float]:
        """The same where the loop writes by itself."""
        stalls = [_seconds(lambda: self._store.write(self._state(), _FILES))]
        for _ in range(self._steps):
            self._step.run(self._batch)
        return stalls

    def settle(self) -> None:
        """Wait for the thread, outside of what is measured.

        Raises:
            Exception: the save failed.
        """
        outcome = self._writer.outcome(wait=True)
        if outcome is not None and outcome.error is not None:
            raise outcome.error

    def close(self) -> None:
        """End the thread."""
        self._writer.close()

    def _begin(self) -> None:
        state = self._copy.take(self._state())
        self._writer.start(SaveJob(state["step"], state, _FILES))

    def _state(self) -> dict[str, Any]:
        self._saves += 1
        step = self._step.step
        return {
            "step": self._saves % 2,  # two milestones, again and again
            "model_state_dict": step.network.state_dict(),
            "optimizer_state_dict": step.optimizer.state_dict(),
        }


_FILES = Files(milestone=True)


def measure_save(size: StepSize, folder: Path, *, rounds: int, steps: int) -> list[Figure]:
    """The stall of a save in both ways, and the step that it is compared with."""
    loop = _Loop(size, folder / "save", steps)
    try:
        loop.plain(), loop.with_thread()
        loop.settle()
        loop.in_place()
        plain = [seconds for _ in range(2) for seconds in loop.plain()]
        found: dict[str, list[_Round]] = {"with_thread": [], "in_place": []}
        for index in range(rounds):
            for kind in sorted(found, reverse=index % 2 == 0):
                found[kind].append(_round(getattr(loop, kind), loop.settle, plain, steps))
                plain += loop.plain()
    finally:
        loop.close()
    return _figures(size, loop.checkpoint_bytes, plain, found["with_thread"], found["in_place"])


def _round(
    run: Callable[[], list[float]], settle: Callable[[], None], plain: list[float], steps: int
) -> _Round:
    usual = Spread.of(plain[-2 * steps :]).median
    started = time.perf_counter()
    stalls = run()
    seconds = time.perf_counter() - started
    settle()
    return _Round(sum(stalls), seconds - steps * usual)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _figures(
    size: StepSize, count: int, plain: list[float], thread: list[_Round], place: list[_Round]
) -> list[Figure]:
    step = Spread.of(plain)
    what = f"{N_FEATS} features x {N_BLOCKS} blocks with moments, {count / 1e6:.0f} MB"

    def milliseconds(values: list[float]) -> str:
        return Spread.of([1000 * value for value in values]).text(0, " ms")

    stall = Spread.of([each.stall for each in thread]).median
    return [
        Figure(
            f"Stall of a save, {what}: steps of the loop",
            f"{stall / step.median:.3f}",
            f"under {GOAL:.0f}",
            stall < GOAL * step.median,
        ),
        Figure(
            "- a step, " + f"LR {size.lr_size}x{size.lr_size}, batch {size.batch}",
            milliseconds(plain),
        ),
        Figure("- with the writer thread", milliseconds([each.stall for each in thread])),
        Figure("- written in place", milliseconds([each.stall for each in place])),
        Figure(
            "- the thread: longer steps while it writes, and the stall",
            milliseconds([each.extra for each in thread]),
        ),
        Figure("- in place: the same", milliseconds([each.extra for each in place])),
    ]
