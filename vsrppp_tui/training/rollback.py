"""Going back to the last good checkpoint, at a lower learning rate, after several bad steps in a row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.errors import TrainingFailed, reason
from vsrppp_tui.training.checkpoint import Loaded, restore, set_later_aside
from vsrppp_tui.training.checkpoint_file import DamagedCheckpoint, read_checkpoint
from vsrppp_tui.training.checkpoint_store import FOLDER
from vsrppp_tui.training.checkpoint_tag import candidates
from vsrppp_tui.training.controller import Controller
from vsrppp_tui.training.guard import LIMIT, MOST_TRIES, Guard, is_good
from vsrppp_tui.training.meters import Meters
from vsrppp_tui.training.ranks import Ranks
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.saving import Saver
from vsrppp_tui.training.settings import Settings
from vsrppp_tui.training.state import Progress
from vsrppp_tui.training.step import TrainingStep

REMEDIES = (
    "lower the learning rate, set PRECISION=fp32, or look for broken patches with vsrppp check"
)


class GivenUp(TrainingFailed):
    """The trouble came back after every rollback. The last good state is saved as latest.pth."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """Puts a run back to where its steps were good.

    Weights, moments, scaler, EMA and meters are those of the checkpoint. The data go on behind the
    samples that were there at the trouble: with the same ones it would only come again.
    """

    run_dir: Path
    step: TrainingStep
    guard: Guard
    controller: Controller
    progress: Progress
    settings: Settings
    meters: Meters
    saver: Saver
    reporter: Reporter
    ranks: Ranks

    def if_due(self) -> None:
        """Go back where the guard says so at this step boundary.

        Raises:
            GivenUp: it has been tried several times; the run stands at a good checkpoint.
            TrainingFailed: there is no good checkpoint.
        """
        first_bad = self.guard.trouble(self.progress.step)
        if first_bad is None:
            return
        self.reporter.flush()
        self.saver.settle()
        came_from, cause = self.progress.step, self.reporter.skip_cause
        what = f"{LIMIT} steps in a row from step {first_bad:,} were not finite ({cause})"
        before = self.guard.turn(first_bad)
        loaded = self._newest_good(before or first_bad)
        if loaded is None:  # where there is nothing further back, once more the same
            loaded = self._newest_good(first_bad)
        if loaded is None:
            raise TrainingFailed(
                f"{what}, and there is no good checkpoint to go back to: {REMEDIES}."
            )
        self._load(loaded)
        if before is None:
            self._give_up(what)
        self.guard.went_back(self.progress.step)
        self._tell(came_from, what)
        self.settings.decide_anew(self.progress.step, self.settings.config.lower_rate(), "guard")
        self._leave_later_checkpoints()

    def _newest_good(self, before: int) -> Loaded | None:
        """What rank 0 finds: it alone writes there, and knows what has been written."""
        loaded = newest_good(self.run_dir, before) if self.ranks.leads else None
        path = self.ranks.broadcast(loaded.path if loaded is not None else None)
        if path is not None and loaded is None:
            loaded = Loaded(path, read_checkpoint(path))
        self.ranks.exchange([0])  # nobody moves the file before all have read it
        return loaded

    def _load(self, loaded: Loaded) -> None:
        self.progress.go_back_to(restore(loaded, self.step))
        self.step.bad_streak.zero_()
        self.controller.restore(loaded.state["controller"], loaded.step)
        self.meters.go_back_to(loaded.state["metrics_state"])
        self.reporter.went_back(self.progress.step, self.progress.validation, self.progress.best)

    def _tell(self, came_from: int, what: str) -> None:
        step = self.progress.step
        data = {"from": came_from, "to": step}
        self.reporter.event(
            "rollback", f"from step {came_from:,} to step {step:,}", "warning", data
        )
        self.reporter.alert(
            "rollback",
            f"{what}: back from step {came_from:,} to the checkpoint of step {step:,}, at a lower learning rate.",
        )

    def _leave_later_checkpoints(self) -> None:
        """From now on a resume takes this way, not the one that was left."""
        if not self.ranks.leads:
            return
        try:
            set_later_aside(self.run_dir, self.progress.step)
        except OSError as error:
            self.reporter.alert("save", f"Later checkpoints cannot be moved aside: {reason(error)}")
        self.saver.rolled_back()

    def _give_up(self, what: str) -> None:
        self.guard.gave_up()
        self._leave_later_checkpoints()
        raise GivenUp(
            f"{what}, again after {MOST_TRIES} rollbacks. The run stands at its last good checkpoint, "
            f"step {self.progress.step:,}; before you resume it, {REMEDIES}."
        )


def newest_good(run_dir: Path, before: int) -> Loaded | None:
    """The verified checkpoint of the highest step below `before` that was written after a good step."""
    for path in candidates(run_dir / FOLDER):
        try:
            state = read_checkpoint(path)
        except (DamagedCheckpoint, OSError):
            continue
        if state["step"] < before and is_good(state):
            return Loaded(path, state)
    return None
