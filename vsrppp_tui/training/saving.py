"""When and under which name the state of a run is saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vsrppp_tui.training.checkpoint import EMERGENCY, CheckpointStore, milestone_name
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.state import Progress
from vsrppp_tui.training.telemetry import CheckpointInfo, Level

# Codes of the TensorBoard tag Events/Checkpoints; latest.pth in passing is not worth a mark.
REGULAR, EMERGENCY_CODE, UNMARKED = 1, 3, 0


class Saver:
    """Saves step boundaries; a failure to write is a warning that stays up, never the end of a run."""

    def __init__(
        self,
        store: CheckpointStore,
        progress: Progress,
        reporter: Reporter,
        capture: Callable[[], dict[str, Any]],
    ) -> None:
        self._store = store
        self._progress = progress
        self._reporter = reporter
        self._capture = capture
        self._began_at = progress.step

    def latest(self, *, marked: bool) -> bool:
        """Write latest.pth; `marked` also tells of it. False: it could not be written."""
        code = REGULAR if marked else UNMARKED
        return self._save(lambda: self._store.save_latest(self._capture()), code)

    def milestone(self) -> None:
        """Write the milestone of this step, then latest.pth, which moves last."""
        name = milestone_name(self._progress.step)
        if self._progress.step == self._began_at and self._store.has(name):
            return  # resumed from exactly here: it is on disk already
        if self._save(lambda: self._store.save_as(name, self._capture()), REGULAR):
            self.latest(marked=False)

    def emergency(self) -> bool:
        """Write checkpoint_emergency.pth with the last step boundary."""
        return self._save(lambda: self._store.save_as(EMERGENCY, self._capture()), EMERGENCY_CODE)

    def settle(self) -> None:
        """Wait until nothing is being written."""  # a save is written before its call returns

    def rolled_back(self) -> bool:
        """Write latest.pth for a run that went back to an earlier step; as `latest`."""
        self._began_at = self._progress.step
        return self.latest(marked=False)

    def _save(self, write: Callable[[], str], code: int) -> bool:
        step = self._progress.step
        try:
            path = write()
        except OSError as error:
            self._reporter.alert("save", f"Checkpoint of step {step} not saved: {error}")
            return False
        self._reporter.clear_alert("save")
        if code:
            level: Level = "warning" if code == EMERGENCY_CODE else "info"
            data = {"code": code, "path": path}
            self._reporter.event("checkpoint", f"saved {path}", level, data)
        self._reporter.update(checkpoint=CheckpointInfo(step, path))
        return True
