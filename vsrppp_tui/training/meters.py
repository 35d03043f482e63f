"""What the host derives from the rows of finished steps: smoothed losses, activity, speed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from vsrppp_tui.training.activity import ActivityMonitor
from vsrppp_tui.training.controller import Decision
from vsrppp_tui.training.convergence import LossCurve, Smoother, estimate
from vsrppp_tui.training.ring import MetricRing
from vsrppp_tui.training.telemetry import StepRow

RECENT_STEPS = 32  # over which speed and the wait for data are averaged


@dataclass(frozen=True, slots=True)
class StepTiming:
    """What the host knows of one step without asking the device. Seconds of wall time."""

    step: int
    decision: Decision
    seconds: float
    waited: float  # of `seconds`, for data


class Meters:
    """What the host derives from the rows: smoothed losses, activity, convergence, speed."""

    def __init__(
        self,
        blocks: tuple[tuple[str, str], ...],
        loss_names: tuple[str, ...],
        device: torch.device,
        measures: tuple[str, ...] = (),
    ) -> None:
        self.ring = MetricRing(len(loss_names) + len(measures) + 2 + len(blocks), device)
        self.skipped = 0  # steps of the run whose update was left out
        self._loss_names = loss_names
        self._measures = measures
        self._timings: deque[StepTiming] = deque()
        self._recent: deque[StepTiming] = deque(maxlen=RECENT_STEPS)
        self._smoother = Smoother()
        self._curve = LossCurve()
        self._activity = ActivityMonitor(blocks)

    def push(self, timing: StepTiming, row: Tensor) -> None:
        """Append a step."""
        self._timings.append(timing)
        self._recent.append(timing)
        self.ring.push(row)

    def arrived(self, now: float, *, wait: bool) -> list[StepRow]:
        """The rows whose copy has arrived; each is taken into the meters once."""
        rows = [
            self._row(self._timings.popleft(), values, now) for values in self.ring.take(wait=wait)
        ]
        for row in rows:
            self._smoother.add(row.losses)
            self._curve.add(row.step, row.losses["Total"])
            self.skipped += row.skipped
        return rows

    def fields(self, row: StepRow, total_steps: int) -> dict[str, Any]:
        """Fields of the snapshot that follow from the newest row."""
        seconds = sum(timing.seconds for timing in self._recent)
        speed = len(self._recent) / seconds if seconds > 0 else None
        return {
            "lr": row.lr,
            "lr_phase": row.phase,
            "adaptive": row.adaptive,
            "losses": row.losses,
            "smooth_losses": self._smoother.values,
            "grad_norm": row.grad_norm,
            "blocks": self._activity.add(row.activity),
            "convergence": estimate(self._curve),
            "skipped_steps": self.skipped,
            "steps_per_s": speed,
            "eta_s": (total_steps - row.step) / speed if speed else None,
            "data_wait": sum(t.waited for t in self._recent) / seconds if seconds > 0 else None,
        }

    def state(self) -> dict[str, Any]:
        """Plain values for a checkpoint."""
        return {
            "smoother": self._smoother.state(),
            "curve": self._curve.state(),
            "activity": self._activity.state(),
            "skipped": self.skipped,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave."""
        self._smoother.restore(state["smoother"])
        self._curve.restore(state["curve"])
        self._activity.restore(state["activity"])
        self.skipped = state["skipped"]

    def go_back_to(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave earlier in this run; left-out updates stay counted."""
        skipped = self.skipped
        self.restore(state)
        self.skipped = skipped

    def _row(self, timing: StepTiming, values: list[float], now: float) -> StepRow:
        losses = len(self._loss_names)
        end = losses + len(self._measures)
        return StepRow(
            step=timing.step,
            time=now,
            lr=timing.decision.lr,
            losses=dict(zip(self._loss_names, values[:losses], strict=True)),
            grad_norm=values[end],
            skipped=values[end + 1] > 0,
            activity=tuple(values[end + 2 :]),
            seconds=timing.seconds,
            measures=dict(zip(self._measures, values[losses:end], strict=True)),
            phase=timing.decision.phase,
            adaptive=timing.decision.adaptive,
        )
