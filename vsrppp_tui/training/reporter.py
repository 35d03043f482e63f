"""The engine's voice: turns what happens into rows, snapshots and events for the observers.

Clocks live here alone. How often a snapshot leaves depends on them; what a step computes never does.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.errors import reason
from vsrppp_tui.training.machine import MachineSampler
from vsrppp_tui.training.meters import Meters, StepTiming
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import (
    Alert,
    BestResult,
    Convergence,
    Event,
    Level,
    RunInfo,
    RunState,
    Snapshot,
    StepRow,
    TaskProgress,
    ValidationResult,
    signed,
)

SNAPSHOT_SECONDS = 0.25


class Reporter:
    """Feeds the observers; one that fails is warned of and never stops the training."""

    def __init__(
        self, run: RunInfo, observers: Sequence[Observer], clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._observers = list(observers)
        self._events: list[Event] = []  # until the records are there to write them
        self._snapshot = Snapshot(seq=0, time=clock(), state="starting", run=run)
        self._event_seq = 0
        self._recording = False
        self._alerts: dict[str, Alert] = {}
        self._failing: dict[str, set[str]] = {}  # observer -> its methods that cannot write
        self._meters: Meters | None = None
        self._machine: MachineSampler | None = None
        self.skip_cause = "the loss or a gradient"
        """What was not finite in the newest step whose update was left out."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest state."""
        return self._snapshot

    @property
    def recording(self) -> bool:
        """Whether the run has begun and its records are open."""
        return self._recording

    def describe(self, **changes: Any) -> None:
        """Complete the `RunInfo` once device, data and network are known."""
        self._publish(run=dataclasses.replace(self._snapshot.run, **changes))

    def attach(self, observers: Sequence[Observer]) -> None:
        """Add observers; they are told what has happened so far."""
        self._recording = True
        self._observers += observers
        past, self._events = self._events, []
        self._follow_up([self._tell(new, "on_event", event) for new in observers for event in past])

    def begin_steps(
        self,
        blocks: tuple[tuple[str, str], ...],
        loss_names: tuple[str, ...],
        device: torch.device,
        machine: MachineSampler,
        measures: tuple[str, ...] = (),
    ) -> Meters:
        """Prepare the meters of a run with these blocks, losses and measures of its loss."""
        self._meters = Meters(blocks, loss_names, device, measures)
        self._machine = machine
        self._snapshot = dataclasses.replace(self._snapshot, machine=machine.read())
        return self._meters

    def event(
        self,
        kind: str,
        text: str,
        level: Level = "info",
        data: Mapping[str, Any] | None = None,
        *,
        step: int | None = None,
    ) -> None:
        """Tell that something happened at the present step, or at an earlier `step`."""
        self._event_seq += 1
        event = Event(
            seq=self._event_seq,
            time=self._clock(),
            step=self._snapshot.step if step is None else step,
            kind=kind,
            text=text,
            level=level,
            data=data or {},
        )
        if not self._recording:
            self._events.append(event)
        self._tell_all("on_event", event)

    def alert(self, key: str, text: str) -> None:
        """Warn of something that stays on the screen until seen, and log it; once, if it is the same."""
        known = self._alerts.get(key)
        if known is not None and known.text == text:
            return
        self._alerts[key] = Alert(key, text, self._clock(), self._snapshot.step)
        self.event("warning", text, "warning", {"key": key})
        self._publish(warnings=tuple(self._alerts.values()))

    def clear_alert(self, key: str) -> None:
        """Take a warning back: its cause is gone."""
        if self._alerts.pop(key, None) is not None:
            self._publish(warnings=tuple(self._alerts.values()))

    def state(self, state: RunState, **changes: Any) -> None:
        """Change the state, and with it any other field of the snapshot."""
        self._publish(state=state, task=None, **changes)

    def task(self, label: str, done: int = 0, total: int = 0) -> None:
        """Show progress of something that is not a step; at most four times a second."""
        task = TaskProgress(label, done, total)
        old = self._snapshot.task
        fresh = old is None or old.label != label
        if fresh or self._clock() - self._snapshot.time >= SNAPSHOT_SECONDS:
            self._publish(task=task)

    def update(self, **changes: Any) -> None:
        """Publish changed fields of the snapshot."""
        self._publish(**changes)

    def step_done(self, timing: StepTiming, row: Tensor, config: RunConfig, **place: Any) -> None:
        """Take the row of a finished step; on the cadence, publish what has arrived.

        ``place`` holds step, epoch and epoch_progress of the snapshot.
        """
        assert self._meters is not None
        self._meters.push(timing, row)
        self._snapshot = dataclasses.replace(self._snapshot, **place)
        due = timing.step % config.telemetry_every == 0
        if due and self._clock() - self._snapshot.time >= SNAPSHOT_SECONDS:
            self._meters.ring.start_copy()
        if self._meters.ring.is_full:
            self._meters.ring.start_copy()
            self.flush()
        elif self._meters.ring.copying:
            self.flush(wait=False)

    def flush(self, *, wait: bool = True) -> None:
        """Bring every row to the host and publish; without `wait`, only a copy that has arrived."""
        meters = self._meters
        if meters is None:
            return
        rows = meters.arrived(self._clock(), wait=wait)
        if wait:
            meters.ring.start_copy()
            rows += meters.arrived(self._clock(), wait=True)
        if not rows:
            return
        self._tell_all("on_steps", rows)
        self._note_skipped(rows)
        machine = self._machine.read() if self._machine is not None else self._snapshot.machine
        self._publish(machine=machine, **meters.fields(rows[-1], self._snapshot.total_steps))

    def validated(
        self, result: ValidationResult, pictures: Sequence[NDArray[np.uint8]], **changes: Any
    ) -> None:
        """Tell of a validation."""
        self._tell_all("on_validation", result, pictures)
        self._tell_comparison("validation", result)
        self._publish(validation=result, **changes)

    def tested(self, result: ValidationResult) -> None:
        """Tell of the test at the end."""
        self._tell_comparison("test", result)

    def pictures(self, step: int, pictures: Sequence[NDArray[np.uint8]]) -> None:
        """Tell of comparison pictures that no validation made."""
        self._tell_all("on_pictures", step, self._clock(), pictures)

    def _tell_comparison(self, kind: str, result: ValidationResult) -> None:
        network, baseline, name = result.network, result.baseline, result.baseline_name
        gain = network.psnr - baseline.psnr
        self.event(
            kind,
            f"network {network.psnr:.2f} dB, {name} {baseline.psnr:.2f} dB "
            f"({signed(gain, 2)}); quality {network.quality:.1f}% "
            f"({signed(result.improvement, 1)})",
            "good" if gain > 0 else "info",
            {"psnr": network.psnr, "baseline_psnr": baseline.psnr, "images": result.images},
        )

    def went_back(
        self, step: int, validation: ValidationResult | None, best: BestResult | None
    ) -> None:
        """Show that the run stands at an earlier step; every row up to now has been told."""
        self._publish(
            step=step,
            losses={},
            smooth_losses={},
            grad_norm=None,
            convergence=Convergence(),
            validation=validation,
            best=best,
        )

    def close(self) -> None:
        """Let every observer finish."""
        self._tell_all("on_close")
        if self._machine is not None:
            self._machine.close()

    def _note_skipped(self, rows: Sequence[StepRow]) -> None:
        skipped = [row for row in rows if row.skipped]
        if not skipped:
            return
        row = skipped[-1]
        terms = [name for name, value in row.losses.items() if not np.isfinite(value)]
        self.skip_cause = cause = f"loss term {terms[0]}" if terms else "a gradient"
        assert self._meters is not None
        total = self._meters.skipped
        self.alert(
            "skipped",
            f"Step {row.step}: {cause} is not finite; the update was left out ({total} so far).",
        )

    def _publish(self, **changes: Any) -> None:
        snapshot = dataclasses.replace(
            self._snapshot, seq=self._snapshot.seq + 1, time=self._clock(), **changes
        )
        self._snapshot = snapshot
        self._tell_all("on_snapshot", snapshot)

    def _tell_all(self, method: str, *what: Any) -> None:
        self._follow_up([self._tell(each, method, *what) for each in tuple(self._observers)])

    def _tell(self, observer: Observer, method: str, *what: Any) -> _Outcome | None:
        """Call an observer; what it raises never stops the training.

        A failure to write (a full disk) is a warning until what has failed succeeds; anything else is a
        defect of the observer, which is switched off. Returns the warning to raise or to take back, if any.
        """
        name = type(observer).__name__
        failing = self._failing.setdefault(name, set())
        try:
            getattr(observer, method)(*what)
        except OSError as error:
            text = f"{name} cannot write ({reason(error)}); it will try again."
            failing.add(method)
            return None if name in self._alerts else _Outcome(name, text)
        except Exception as error:
            if observer in self._observers:
                self._observers.remove(observer)
            return _Outcome(name, f"{name} failed and is switched off: {reason(error)}")
        # By the warning, not by what has failed: it may have succeeded before the warning was raised.
        failing.discard(method)
        return _Outcome(name, None) if name in self._alerts and not failing else None

    def _follow_up(self, outcomes: Sequence[_Outcome | None]) -> None:
        """Raise and take back warnings, once everybody has been told.

        In between, the newer snapshot with the warning would overtake the older one under way.
        """
        for outcome in outcomes:
            if outcome is not None and outcome.warning is not None:
                self.alert(outcome.key, outcome.warning)
            elif outcome is not None:
                self.clear_alert(outcome.key)


@dataclasses.dataclass(frozen=True, slots=True)
class _Outcome:
    """What follows from a call of an observer: a warning, or None to take the one before back."""

    key: str
    warning: str | None
