"""`vsrppp train --gpus N`: torchrun and its ranks as children, and the terminal that belongs to this process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from vsrppp_tui.commands.foreground import has_terminal
from vsrppp_tui.commands.last_words import print_detached
from vsrppp_tui.commands.own_rank import FOLDER_VARIABLE, SCREEN_VARIABLE
from vsrppp_tui.commands.signals import SAME_WISH_SECONDS

if TYPE_CHECKING:
    from vsrppp_tui.commands.train import TrainOptions
    from vsrppp_tui.link.client import SocketLink

_LOOK_SECONDS = 0.1
_LAST_LINES = 20  # of what a launcher prints that has ended without a word from a rank


def train_on_several(options: TrainOptions, run_dir: Path, values: Mapping[str, Any]) -> int:
    """Start the ranks, show how the run goes, and return its exit code.

    With a dashboard, 0 as soon as it was left: the ranks then train on by themselves.
    """
    shown = not options.headless and has_terminal()
    # In the folder of its own the ranks say how they end; nobody listens once this command has gone.
    with tempfile.TemporaryDirectory(prefix="vsrppp-ranks-", ignore_cleanup_errors=True) as folder:
        launch = _Launch(options, run_dir, Path(folder), shown=shown)
        launch.forward_signals()
        if shown and not launch.show(values):
            return 0
        return launch.end()


class _Launch:
    """torchrun with its ranks, in a session of its own, and what they leave in a folder."""

    def __init__(self, options: TrainOptions, run_dir: Path, folder: Path, *, shown: bool) -> None:
        self._run_dir = run_dir
        self._folder = folder
        self._caught: list[int] = []
        self._first = 0.0
        environment = {**os.environ, FOLDER_VARIABLE: str(self._folder)}
        if shown:
            environment[SCREEN_VARIABLE] = "1"
        # One thread a rank would be torchrun's choice, and a line on the terminal.
        threads = max(1, len(os.sched_getaffinity(0)) // (options.gpus or 1))
        environment.setdefault("OMP_NUM_THREADS", str(threads))
        with self._log.open("wb") as log:
            self._launcher = subprocess.Popen(
                launch_command(options, run_dir, folder),
                stdin=subprocess.DEVNULL,
                stdout=log if shown else None,
                stderr=log,
                env=environment,
                start_new_session=True,
            )

    def forward_signals(self) -> None:
        """SIGINT and SIGTERM are for rank 0, which tells the others; a hang-up changes nothing."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._forward)

    def show(self, values: Mapping[str, Any]) -> bool:
        """The dashboard, once rank 0 answers; False: it was left, and the run goes on."""
        from vsrppp_tui.tui.app import DashboardApp, ScreenEnd
        from vsrppp_tui.tui.settings import load_settings

        print("Starting the ranks ...", flush=True)
        link = self._reach()
        if link is None:
            return True
        from vsrppp_tui.commands.summary import end_lines
        from vsrppp_tui.config.recipes import class_for

        settings = load_settings()
        app = DashboardApp(
            link,
            describe_keys=lambda: class_for(values).keys(),
            run_dir=self._run_dir,
            settings=settings,
            tell_end=lambda last: end_lines(last, self._run_dir),
        )
        try:
            app.run(mouse=settings.values.wants_mouse(os.environ))
        finally:
            link.close()
        left = app.return_value in (ScreenEnd.DETACHED, ScreenEnd.LOST) or app.terminal_lost
        if self._caught or not left:
            return True
        if app.return_value is ScreenEnd.DETACHED:
            print_detached(self._run_dir, self._pid_of(0) or self._launcher.pid)
        return False

    def end(self) -> int:
        """Wait for the ranks; print the last words of the first that has any."""
        while self._launcher.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._launcher.wait(0.2)
        outcomes = [json.loads(path.read_text()) for path in sorted(self._folder.glob("*.end"))]
        told = next((each for each in outcomes if each["words"] or each["problem"]), None)
        return self._say(told)

    def _say(self, told: Mapping[str, Any] | None) -> int:
        if told is not None:
            print(told["words"], end="")
            print(told["problem"], end="", file=sys.stderr)
            return int(told["code"])
        if self._caught:
            return 128 + self._caught[0]
        lines = self._log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        print("\n".join(lines), file=sys.stderr)
        print("vsrppp: the ranks have ended without a word; see above.", file=sys.stderr)
        return 1

    def _reach(self) -> SocketLink | None:
        """Connect to rank 0 as soon as it serves; None: the ranks have ended before."""
        from vsrppp_tui.commands.reach import reach
        from vsrppp_tui.records.run_state import look_at

        while self._launcher.poll() is None and not self._caught:
            now = look_at(self._run_dir)
            if now is not None and now.live and now.info.pid == self._pid_of(0):
                return reach(self._run_dir, "train")
            time.sleep(_LOOK_SECONDS)
        return None

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        self._caught.append(number)
        if len(self._caught) > 1 and now - self._first > SAME_WISH_SECONDS:
            self._kill()
        elif len(self._caught) == 1:
            self._first = now
            leader = self._pid_of(0)
            with contextlib.suppress(ProcessLookupError):
                # Before rank 0 listens, the launcher ends all ranks.
                os.kill(leader or self._launcher.pid, number if leader else signal.SIGTERM)

    def _kill(self) -> None:
        for path in self._folder.glob("*.pid"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(json.loads(path.read_text()), signal.SIGKILL)

    def _pid_of(self, rank: int) -> int | None:
        path = self._folder / f"{rank}.pid"
        return int(json.loads(path.read_text())) if path.is_file() else None

    @property
    def _log(self) -> Path:
        return self._folder / "launcher.log"


def launch_command(options: TrainOptions, run_dir: Path, folder: Path) -> list[str]:
    """torchrun with the options of this command, for the ranks; what it writes itself goes to `folder`."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    launcher += ["--nproc-per-node", str(options.gpus), "--log-dir", str(folder / "torchrun")]
    command = [*launcher, "-m", "vsrppp_tui", "train"]
    if options.config is not None:
        command.append(str(options.config))
    # Whoever asks for GPUs and does not name a device would not want several processes on the CPU.
    device = "cuda" if options.device == "auto" else options.device
    command += ["--headless", "--run-dir", str(run_dir), "--device", device]
    for text in options.assignments:
        command += ["--set", text]
    flags = {"--fresh": options.fresh, "--resume": options.resume, "--debug": options.debug}
    command += [name for name, wanted in flags.items() if wanted]
    valued = {
        "--resume-from": options.resume_from,
        "--init-weights": options.init_weights,
        "--steps": options.steps,
        "--stop-at": options.stop_at,
    }
    for name, value in valued.items():
        command += [] if value is None else [name, str(value)]
    return command
