"""`vsrppp replay`: a recorded run through the dashboard."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from vsrppp_tui.commands.find_run import find_run, keys_of
from vsrppp_tui.commands.foreground import NEEDED, has_terminal
from vsrppp_tui.commands.signals import left_on_signals
from vsrppp_tui.errors import UserError
from vsrppp_tui.records.history_file import HISTORY_FILE, is_snapshot, read_record, unread_text
from vsrppp_tui.records.lines import lines_backwards
from vsrppp_tui.records.run_state import look_at
from vsrppp_tui.training.telemetry import FINAL_STATES, Event, History, RunInfo


def replay_run(run_dir: Path | None, *, speed: float | None) -> int:
    """Play the record of a run until its user leaves. Returns the exit code.

    Args:
        run_dir: the run directory; None: the one that `find_run` chooses. Its history is enough.
        speed: seconds of the record a second; None: so that all of it takes about two minutes.

    Raises:
        UserError: there is no record that can be shown, or no terminal to draw on.
    """
    if not has_terminal():
        raise UserError(f"replay {NEEDED}: use `status` from a script.")
    if speed is not None and not 0 < speed < float("inf"):
        raise UserError(
            f"--speed {speed:g} is no speed: 1 is as fast as the run was, 60 is faster."
        )
    folder = _folder(run_dir)
    _refuse_empty(folder / HISTORY_FILE)
    return _show(folder, speed)


def _show(folder: Path, speed: float | None) -> int:
    from vsrppp_tui.link.replay import ReplayLink
    from vsrppp_tui.tui.replay_app import ReplayApp
    from vsrppp_tui.tui.settings import load_settings

    settings = load_settings()
    written = (folder / HISTORY_FILE).stat().st_mtime
    link = ReplayLink(RunInfo(str(folder), "record", 0, "", written), speed)
    app = ReplayApp(
        link,
        lambda: with_its_end(read_recording(folder / HISTORY_FILE), folder),
        describe_keys=lambda: keys_of(link.snapshot()),
        clock=time.time,
        run_dir=folder,
        settings=settings,
    )
    with left_on_signals(app) as caught:
        app.run(mouse=settings.values.wants_mouse(os.environ))
    if app.problem is not None:
        raise UserError(app.problem)
    return 128 + caught[0] if caught else app.return_code or 0


def read_recording(path: Path) -> History:
    """The whole record of a run, with a word about lines that could not be read.

    Raises:
        UserError: nothing in it can be shown.
    """
    try:
        history, unread = read_record(path)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    if not history.snapshots:
        raise UserError(f"Nothing in the record can be shown. {unread_text(path, unread)}".strip())
    if not unread:
        return history
    first = history.snapshots[0]
    text = f"Not all of the record is shown. {unread_text(path, unread)}"
    note = Event(0, first.time, first.step, "record", text, "warning")
    return replace(history, events=(note, *history.events))


def with_its_end(history: History, run_dir: Path) -> History:
    """The history with its last word where the process had no time for one: killed, or without power."""
    last = history.snapshots[-1]
    try:
        now = look_at(run_dir)
    except (UserError, OSError):  # a copied history is a record, whatever lies beside it
        return history
    if now is None or now.state != "dead" or last.state in FINAL_STATES:
        return history
    dead = replace(last, seq=last.seq + 1, state="dead", task=None, eta_s=None)
    return replace(history, snapshots=(*history.snapshots, dead))


def _folder(run_dir: Path | None) -> Path:
    """The run directory; a copied history is a record even where nothing else of the run is left."""
    if run_dir is not None and (run_dir / HISTORY_FILE).is_file():
        return run_dir
    return find_run(run_dir)


def _refuse_empty(path: Path) -> None:
    try:
        if any(map(is_snapshot, lines_backwards(path))):
            return
        unread = read_record(path)[1]
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    if unread:
        raise UserError(f"Nothing in the record can be shown. {unread_text(path, unread)}")
    raise UserError(
        f"There is nothing to replay: {path} holds no step yet. A run records its first ones soon."
        if path.is_file()
        else f"There is nothing to replay: {path} is missing."
    )
