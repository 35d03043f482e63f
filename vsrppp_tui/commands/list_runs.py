"""The runs of the start screen: those in ./runs, and those used lately elsewhere."""

from __future__ import annotations

from pathlib import Path

from vsrppp_tui.commands.find_run import last_at_work, runs_here
from vsrppp_tui.commands.run_directory import has_run
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.history_file import HISTORY_FILE
from vsrppp_tui.records.history_outline import Outline, read_end, read_outline
from vsrppp_tui.records.recent_runs import read_recent
from vsrppp_tui.records.run_state import RunNow, look_at
from vsrppp_tui.training.checkpoint_tag import resume_step
from vsrppp_tui.tui.start.entries import RunEntry

CHECKPOINTS = "checkpoints"
_Stamp = tuple[int, int]  # modification time in ns and size of a history


class RunReader:
    """Reads the list; a history that has not changed is not read again. One call at a time."""

    def __init__(self) -> None:
        self._resume_steps: dict[Path, tuple[int, int | None]] = {}  # by the time of the folder
        self._outlines: dict[Path, tuple[_Stamp, bool, Outline]] = {}

    def read(self, curves: bool) -> tuple[RunEntry, ...]:
        """Live runs first, then by the time at which they were at work; `curves`: with their losses."""
        entries = [entry for folder in listed_folders() if (entry := self._entry(folder, curves))]
        entries.sort(key=lambda entry: (not entry.live, -entry.last_at_work, entry.name))
        return tuple(_standing_still(entries))

    def _entry(self, run_dir: Path, curves: bool) -> RunEntry | None:
        """None where there is no run, or none that this user may read; one that is broken says so."""
        try:
            now = look_at(run_dir)
            if now is None:
                return None
            resumes_at = None if now.live else self._resume_step(run_dir / CHECKPOINTS)
            outline = self._outline(run_dir / HISTORY_FILE, curves)
            return _entry(run_dir, now, outline, resumes_at)
        except OSError:
            return None
        except UserError as error:
            return _unreadable(run_dir, str(error))
        except Exception as error:  # one odd run must not hide all the others
            return _unreadable(run_dir, f"{run_dir} cannot be read ({error!r}).")

    def _resume_step(self, folder: Path) -> int | None:
        """The step that a resume begins at, as the checkpoints themselves say; None where none tells.

        Whether the file is whole only reading all of it would show, which a list has no time for.
        """
        try:
            stamp = folder.stat().st_mtime_ns
        except OSError:
            return None
        known = self._resume_steps.get(folder)
        if known is None or known[0] != stamp:
            self._resume_steps[folder] = known = (stamp, resume_step(folder))
        return known[1]

    def _outline(self, path: Path, curves: bool) -> Outline:
        try:
            found = path.stat()
            return self._outline_of(path, (found.st_mtime_ns, found.st_size), curves)
        except OSError:  # its run.json tells what the run does, all the same
            return Outline()

    def _outline_of(self, path: Path, stamp: _Stamp, curves: bool) -> Outline:
        known = self._outlines.get(path)
        if known is None or known[0] != stamp or (curves and not known[1]):
            outline = read_outline(path) if curves else read_end(path)
            self._outlines[path] = known = (stamp, curves, outline)
        return known[2]


def listed_folders() -> list[Path]:
    """The run directories of the list, absolute and each once: in ./runs, then those used elsewhere.

    A link among them stays one, so that it is not taken for the folder that it leads to; of a folder and
    a link to it in ./runs the folder is listed.
    """
    here = sorted((folder.absolute() for folder in runs_here()), key=Path.is_symlink)
    found: dict[Path, Path] = {}
    for folder in (*here, *read_recent()):
        found.setdefault(folder.resolve(), folder)
    return list(found.values())


def _entry(run_dir: Path, now: RunNow, outline: Outline, resumes_at: int | None) -> RunEntry:
    return RunEntry(
        run_dir=run_dir,
        name=_shown(run_dir),
        state=now.state,
        recipe=now.info.recipe,
        live=now.live,
        step=max(now.info.step, outline.step),
        total_steps=now.info.total_steps or outline.total_steps,
        last_at_work=last_at_work(run_dir),
        resumable=has_run(run_dir),
        resumes_at=resumes_at,
        host="" if now.seen else now.info.host,
        best=outline.best,
        losses=outline.losses,
    )


def _unreadable(run_dir: Path, problem: str) -> RunEntry:
    return RunEntry(
        run_dir=run_dir,
        name=_shown(run_dir),
        state="dead",
        recipe="",
        live=False,
        step=0,
        total_steps=0,
        last_at_work=last_at_work(run_dir),
        resumable=False,
        problem=problem,
    )


def _standing_still(entries: list[RunEntry]) -> list[RunEntry]:
    """Live runs by name: by the time of their last line they would change places all the while."""
    live = sorted((entry for entry in entries if entry.live), key=lambda entry: entry.name)
    return [*live, *entries[len(live) :]]


def _shown(run_dir: Path) -> str:
    """Relative to the working folder, or to the user's home."""
    here = Path.cwd()
    if run_dir.is_relative_to(here):
        return str(run_dir.relative_to(here))
    try:
        return f"~/{run_dir.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(run_dir)
