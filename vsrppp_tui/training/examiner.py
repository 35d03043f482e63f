"""What measures the network between two steps: validations, comparison pictures, the test at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from vsrppp_tui.training.faults import Faults
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.saving import Saver
from vsrppp_tui.training.settings import Settings
from vsrppp_tui.training.state import Progress
from vsrppp_tui.training.step import TrainingStep
from vsrppp_tui.training.validation import ValidationOutcome, Validator


@dataclass(slots=True)
class Examiner:
    """Measures, tells of it, and asks for the checkpoints that follow. Nothing it does changes weights.

    `interrupted` asks whether to break off; `go_on` shows that the run steps again.
    """

    validator: Validator
    tester: Validator | None
    step: TrainingStep
    progress: Progress
    settings: Settings
    saver: Saver
    reporter: Reporter
    faults: Faults
    interrupted: Callable[[], bool]
    go_on: Callable[[], None]
    _unvalidated: int | None = None  # step whose validation did not fit into memory
    _untestable: bool = False  # the test did not fit into memory

    def do_what_is_due(self) -> None:
        """Make the pictures, validate and test where the step asks for it."""
        step, config = self.progress.step, self.settings.config
        last = step >= config.max_steps
        if config.pictures_due(step):
            self._make_pictures()
        if last or step % config.val_step_every == 0:
            self._validate_once()
        if last and not self._tested:
            self._test()

    def validate(self) -> None:
        """Validate now."""
        outcome = self._measured(self.validator, "Validating")
        if outcome is None and not self.interrupted():
            self._unvalidated = self.progress.step
        if outcome is not None:
            self.faults.unreadable(outcome.unreadable, "; validation passed over it")
            may_be_best = self.settings.config.may_be_best(self.progress.step)
            best = self.progress.validated(outcome.result, may_be_best=may_be_best)
            self.reporter.validated(outcome.result, outcome.pictures, best=self.progress.best)
            self.saver.validated(best=best)
        self.go_on()

    @property
    def complete(self) -> bool:
        """Whether all that belongs to the end of the run has been measured, or could not be."""
        last = self.progress.validation
        seen_to = (last.step if last is not None else None, self._unvalidated)
        return self.progress.step in seen_to and self._tested

    @property
    def _tested(self) -> bool:
        if self.tester is None or self._untestable:
            return True
        test = self.progress.test
        return test is not None and test.step == self.progress.step

    def _validate_once(self) -> None:
        """Validate unless this step has been validated already (before a resume, or on demand)."""
        validation = self.progress.validation
        if validation is None or validation.step != self.progress.step:
            self.validate()

    def _make_pictures(self) -> None:
        try:
            pictures = self.validator.pictures(self.step.evaluated)
        except torch.OutOfMemoryError:
            self.faults.validation_left_out(self.progress.step)
            return
        self.reporter.pictures(self.progress.step, pictures)

    def _test(self) -> None:
        """Measure the test pictures, once; a finished run that is made longer, at its new end again."""
        assert self.tester is not None
        outcome = self._measured(self.tester, "Testing")
        self._untestable = outcome is None and not self.interrupted()
        if outcome is not None:
            self.faults.unreadable(outcome.unreadable, "; the test passed over it")
            self.progress.test = outcome.result
            self.reporter.tested(outcome.result)
        self.go_on()

    def _measured(self, validator: Validator, label: str) -> ValidationOutcome | None:
        """What a validator finds; None where it was interrupted, or did not fit into memory."""
        self.reporter.flush()
        self.reporter.state("validating")
        try:
            outcome = validator.run(
                self.step.evaluated,
                self.progress.step,
                lambda done, total: self.reporter.task(label, done, total),
                self.interrupted,
            )
        except torch.OutOfMemoryError:
            self.faults.validation_left_out(self.progress.step)
            return None
        self.faults.validated()
        return outcome
