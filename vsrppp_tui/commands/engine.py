"""The engine in a thread of its own, and what became of it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vsrppp_tui.errors import TrainingFailed, UserError
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import RunInfo, Snapshot

if TYPE_CHECKING:
    from vsrppp_tui.training.ranks import Ranks
    from vsrppp_tui.training.reporter import Reporter
    from vsrppp_tui.training.request import RunRequest
    from vsrppp_tui.training.trainer import End


class EngineThread:
    """Trains in a plain, non-daemon thread; torch is imported there, beside the first frame.

    `build` makes the request (it may read files and validate); it runs in the thread as well, and is
    given the control point, for records that have something to ask of the trainer. `join` meets the other
    ranks, where there are any; rank 0 alone makes the request then.
    """

    def __init__(
        self,
        build: Callable[[ControlPoint], RunRequest],
        run: RunInfo,
        control: ControlPoint,
        observers: Sequence[Observer],
        join: Callable[[], Ranks] | None = None,
    ) -> None:
        self._join = join
        self._build = build
        self._run = run
        self._control = control
        self._observers = observers
        self._thread = threading.Thread(target=self._main, name="engine")
        self.error: BaseException | None = None
        self.last: Snapshot | None = None

    def start(self) -> None:
        """Begin; call once, after the first paint."""
        self._thread.start()

    @property
    def started(self) -> bool:
        """Whether `start` has been called."""
        return self._thread.ident is not None

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self.started and not self._thread.is_alive()

    def join(self) -> None:
        """Wait for the end, letting signal handlers of the main thread run meanwhile."""
        while self._thread.is_alive():
            self._thread.join(0.2)

    def _main(self) -> None:
        try:
            self._report()
        except BaseException as error:  # not even torch could be imported: tell the screen directly
            self.error = error
            self.last = Snapshot(seq=1, time=time.time(), state="failed", run=self._run)
            for observer in self._observers:
                observer.on_snapshot(self.last)
        finally:
            self._control.close("the run has ended")

    def _report(self) -> None:
        # Read by libgomp when torch loads it. Its threads spin at every barrier, which makes a step three
        # to five times as long wherever a worker, the screen or anything else wants a core.
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")
        from vsrppp_tui.training.reporter import Reporter

        reporter = Reporter(self._run, self._observers)
        try:
            self._train(reporter)
        except BaseException as error:  # carried to the main thread, which prints it and exits
            self.error = error
            if isinstance(error, UserError):
                if reporter.recording:  # before that, the command's last words are the only ones
                    reporter.event("error", str(error), "error")
            else:
                reporter.event("error", repr(error), "error")
            reporter.state("failed")
        finally:
            self.last = reporter.snapshot
            reporter.close()

    def _train(self, reporter: Reporter) -> None:
        from vsrppp_tui.training.ranks import ALONE

        ranks = ALONE if self._join is None else self._join()
        try:
            end = self._trained(ranks, reporter)
        except BaseException as error:
            ranks.leave("error", str(error) or type(error).__name__)
            raise
        reporter.event(
            "finished" if end == "done" else "stopped", f"{end} at step {reporter.snapshot.step:,}"
        )
        reporter.state(end)
        ranks.leave("over")

    def _trained(self, ranks: Ranks, reporter: Reporter) -> End:
        from vsrppp_tui.training.assemble import assemble
        from vsrppp_tui.training.request import StoppedEarly, shared_request

        try:
            request = shared_request(lambda: self._build(self._control), ranks)
            return assemble(request, self._control, reporter, ranks).run()
        except StoppedEarly:
            ranks.leave("stopped")
            return "stopped"


def exit_code(engine: EngineThread, control: ControlPoint) -> int:
    """0 end or stop, 1 failed, 2 the user's error, 130 and 143 after SIGINT and SIGTERM."""
    if isinstance(engine.error, UserError) and not isinstance(engine.error, TrainingFailed):
        return 2
    if engine.error is not None:
        return 1
    return {"SIGINT": 130, "SIGTERM": 143}.get(control.stop_cause or "", 0)
