"""The loop as a short story: control point, step, report, validate, save."""

from __future__ import annotations

import time
from typing import Any, Literal

from torch import Tensor

from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.training.checkpoint import capture
from vsrppp_tui.training.checkpoint_store import EMERGENCY, FOLDER
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.controller import Decision
from vsrppp_tui.training.examiner import Examiner
from vsrppp_tui.training.faults import Faults
from vsrppp_tui.training.meters import StepTiming
from vsrppp_tui.training.micro_batch import limit_basis
from vsrppp_tui.training.no_saver import NoSaver
from vsrppp_tui.training.parts import Parts
from vsrppp_tui.training.ranks import PeerLost
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.request_desk import RequestDesk
from vsrppp_tui.training.rollback import GivenUp, Rollback
from vsrppp_tui.training.saving import Saver

End = Literal["done", "stopped"]


class Trainer:
    """Trains one run from where its `Progress` stands to the end, a stop or an error."""

    def __init__(self, parts: Parts, control: ControlPoint, reporter: Reporter) -> None:
        self._parts = parts
        self._control = control
        self._reporter = reporter
        self._settings = parts.settings
        self._started = parts.settings.config
        self._progress = parts.progress
        self._saver = (
            Saver(parts.store, parts.progress, reporter, self._capture)
            if parts.ranks.leads
            else NoSaver()
        )
        self._faults = Faults(reporter)
        self._rollback = Rollback(
            parts.run_dir,
            parts.step,
            parts.guard,
            parts.controller,
            parts.progress,
            parts.settings,
            parts.meters,
            self._saver,
            reporter,
            parts.ranks,
        )
        self._examiner = Examiner(
            parts.validator,
            parts.tester,
            parts.step,
            parts.progress,
            parts.settings,
            self._saver,
            reporter,
            self._faults,
            self._interrupted,
            self._say_running,
        )
        self._desk = RequestDesk(
            parts.progress,
            parts.settings,
            self._examiner,
            self._saver,
            reporter,
            self._say_running,
        )
        self._waited = 0.0  # seconds for data in the present step

    def run(self) -> End:
        """Train; at the end, at a stop and on an error the last step boundary is saved.

        Raises:
            Exception: whatever went wrong, after checkpoint_emergency.pth has been written.
        """
        try:
            self._parts.feed.open()
            self._say_running()
            while self._boundary():
                self._one_step()
            return self._finish()
        except GivenUp:  # the last good state is saved; the present one is not to cover it
            raise
        except PeerLost as error:
            raise self._saved_alone(error) from error
        except BaseException as error:
            try:
                self._saver.emergency()
            except Exception as second:  # the first error is the one to be told
                error.add_note(f"checkpoint_emergency.pth could not be written: {second}")
            raise
        finally:
            self._saver.close()
            self._parts.feed.close()

    def _saved_alone(self, error: PeerLost) -> PeerLost:
        """Save the last step boundary without the rank that is lost; returns what to tell of it."""
        if error.heir and not self._parts.ranks.leads:
            self._saver = Saver(self._parts.store, self._progress, self._reporter, self._capture)
        elif not self._parts.ranks.leads:
            return error
        if not self._saver.emergency():
            error.add_note(str(self._saver.last_not_saved()))
            return error
        return PeerLost(
            f"{error} Step {self._progress.step} is saved as {FOLDER}/{EMERGENCY}, and the same command "
            "goes on from it.",
            heir=error.heir,
        )

    def _boundary(self) -> bool:
        """Do what is due between two steps; False: leave the loop."""
        if not self._interrupted():
            self._rollback.if_due()
            self._do_what_is_due()
            self._saver.poll()
        self._settings.replay(self._progress.step)
        self._answer_requests()
        self._wait_while_paused()
        self._enter_epoch()
        end = min(self._total, self._parts.stop_at or self._total)
        return not self._interrupted() and self._progress.step < end

    def _do_what_is_due(self) -> None:
        """Validate and save where the step asks for it."""
        step, config = self._progress.step, self._settings.config
        if step == 0:  # from the first moment on there is something to resume
            self._saver.latest()
            return
        self._examiner.do_what_is_due()
        if step % config.save_step_every == 0:
            self._saver.milestone()

    def _one_step(self) -> None:
        """Take a step and count it; an interrupted one leaves no trace."""
        config = self._settings.config
        decision = self._parts.controller.decide(self._progress.step, config)
        started, self._waited = time.perf_counter(), 0.0
        accumulation = self._parts.feed.accumulation(config)
        row = self._take_step(config, decision, accumulation)
        if row is None:
            return
        self._progress.step += 1
        self._parts.guard.note(self._progress.step, self._parts.step.bad_streak)
        self._parts.controller.note(self._progress.step, row)
        self._parts.feed.step_done(accumulation)
        seconds = time.perf_counter() - started
        timing = StepTiming(self._progress.step, decision, seconds, self._waited)
        self._reporter.step_done(timing, row, config, **self._place())

    def _take_step(self, config: RunConfig, decision: Decision, accumulation: int) -> Tensor | None:
        step = self._parts.step
        row = step.run(self._fetch, config, decision, self._interrupted, accumulation)
        cut = step.limit.take_cut()
        if cut is not None:
            feed = self._parts.feed
            self._faults.micro_batch_cut(cut, feed.batch_size, accumulation, feed.format_name)
        return row

    def _fetch(self) -> Batch:
        feed = self._parts.feed
        started = time.perf_counter()
        batch = feed.next()
        self._waited += time.perf_counter() - started
        self._faults.workers_died(feed.take_deaths())
        self._faults.unreadable(batch.skipped, " cannot be read; another patch took its place")
        return batch

    def _interrupted(self) -> bool:
        return self._control.stop_cause is not None

    @property
    def _total(self) -> int:
        return self._settings.config.max_steps

    def _enter_epoch(self) -> None:
        """Edited batch sizes take effect at the first boundary of a new epoch."""
        if self._parts.feed.enter_epoch(self._settings.config):
            self._parts.step.limit.forget()
            self._settings.publish()

    def _answer_requests(self) -> None:
        for request in self._control.drain():
            self._desk.answer(request)
        self._saver.poll()

    def _wait_while_paused(self) -> None:
        while self._desk.paused and not self._interrupted():
            self._control.wait(0.5)
            self._answer_requests()

    def _finish(self) -> End:
        """Save the last step boundary under the name that fits the reason for the end."""
        self._reporter.flush()
        self._reporter.state("stopping")
        if self._control.stop_cause in ("SIGINT", "SIGTERM"):
            saved = self._saver.emergency()
        else:
            saved = self._saver.last()
        if not saved:
            raise self._saver.last_not_saved()
        complete = self._progress.step >= self._total and self._examiner.complete
        return "done" if complete else "stopped"

    def _capture(self) -> dict[str, Any]:
        self._reporter.flush()  # smoothed losses and convergence know every step up to this one
        parts, config = self._parts, self._settings.config
        basis = limit_basis(self._started, parts.step.device, parts.step.precision)
        faults = {
            "guard": parts.guard.state(parts.progress.step),
            "micro_batch": parts.step.limit.state(basis),
            "controller": parts.controller.state(parts.progress.step),
            "ranks": parts.ranks.world,
        }
        return faults | capture(
            parts.step,
            parts.progress,
            config,
            parts.fingerprint,
            parts.meters.state(),
            parts.train_samples,
            parts.controller.learning_rate(parts.progress.step, config),
        )

    def _say_running(self) -> None:
        self._reporter.state(
            "paused" if self._desk.paused else "running",
            best=self._progress.best,
            validation=self._progress.validation,
            **self._place(),
        )

    def _place(self) -> dict[str, Any]:
        samples = self._parts.train_samples
        return {
            "step": self._progress.step,
            "epoch": self._progress.epoch(samples),
            "epoch_progress": self._progress.epoch_progress(samples),
        }
