"""run.json: which process trains here, how far it is, and what it names its folders."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import UnionType
from typing import get_args

import psutil

from vsrppp_tui.errors import UserError
from vsrppp_tui.training.atomic import write_atomically
from vsrppp_tui.training.observer import Observer
from vsrppp_tui.training.telemetry import RunInfo, RunState, Snapshot

RUN_FILE = "run.json"

# The start of a process is known to a hundredth of a second, but relative to a boot time that moves
# when the clock is corrected.
_START_TOLERANCE_S = 2.0


@dataclass(frozen=True, slots=True)
class RunFileInfo:
    """What run.json says. Times are Unix seconds."""

    pid: int
    process_started: float  # tells the process from a later one with the same pid
    host: str
    state: RunState
    started: float
    recipe: str
    folders: dict[str, str]  # its files and folders by what they hold: {"tensorboard": "logs"}
    step: int
    total_steps: int
    socket: str | None = None  # path of the control socket; null while nobody listens


class RunFile(Observer):
    """Writes run.json when it is made, at every change of state and at the end.

    `control_socket` is where the run listens for screens, if it does.

    A change that cannot be written is tried again at the next snapshot.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(
        self,
        run_dir: Path,
        run: RunInfo,
        folders: dict[str, str],
        control_socket: Path | None = None,
    ) -> None:
        self._path = run_dir / RUN_FILE
        self._info = RunFileInfo(
            pid=run.pid,
            process_started=psutil.Process(run.pid).create_time(),
            host=run.host,
            state="starting",
            started=run.started,
            recipe=run.recipe,
            folders=folders,
            step=0,
            total_steps=0,
            socket=str(control_socket) if control_socket is not None else None,
        )
        self._written: RunFileInfo | None = None
        self._write()

    def on_snapshot(self, snapshot: Snapshot) -> None:
        self._info = replace(
            self._info,
            state=snapshot.state,
            step=snapshot.step,
            total_steps=snapshot.total_steps,
        )
        if self._written is None or self._written.state != snapshot.state:
            self._write()

    def on_close(self) -> None:
        self._info = replace(self._info, socket=None)
        self._write()

    def _write(self) -> None:
        if self._info != self._written:
            write_run_file(self._path.parent, self._info)
            self._written = self._info


def write_run_file(run_dir: Path, info: RunFileInfo) -> None:
    """Create or replace run.json.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(run_dir / RUN_FILE, json.dumps(asdict(info), indent=4) + "\n")


def read_run_file(run_dir: Path) -> RunFileInfo | None:
    """What run.json of a folder says; None where there is none. Fields of later versions are left out.

    Raises:
        UserError: there is a run.json that no trainer of this kind wrote.
    """
    path = run_dir / RUN_FILE
    try:
        fields = json.loads(path.read_bytes())
        fields.setdefault("socket", None)  # not known to the first version
        return _checked(RunFileInfo(**{name: fields[name] for name in RunFileInfo.__slots__}))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} does not describe a run ({error!r}): move it away, or name another folder."
        ) from None


def _checked(info: RunFileInfo) -> RunFileInfo:
    """The same; ValueError where a field has a value that no trainer writes."""
    kinds: dict[str, type | UnionType] = {
        "pid": int,
        "process_started": int | float,
        "host": str,
        "started": int | float,
        "recipe": str,
        "folders": dict,
        "step": int,
        "total_steps": int,
        "socket": str | None,
    }
    wrong = [name for name, kind in kinds.items() if not isinstance(getattr(info, name), kind)]
    if not wrong and not all(isinstance(name, str) for name in info.folders.values()):
        wrong = ["folders"]
    if not wrong and info.state not in get_args(RunState):
        wrong = ["state"]
    if wrong:
        raise ValueError(f"{wrong[0]} is {getattr(info, wrong[0])!r}")
    return info


def is_alive(info: RunFileInfo, host: str) -> bool:
    """Whether the process that wrote the file still runs, seen from the machine named `host`.

    A process of another machine cannot be seen and counts as not alive.
    """
    if info.host != host:
        return False
    try:
        process = psutil.Process(info.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(process.create_time() - info.process_started) < _START_TOLERANCE_S
    except psutil.NoSuchProcess:
        return False
