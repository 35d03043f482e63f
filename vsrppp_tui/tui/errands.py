"""What the screen does beside showing the run: TensorBoard, the clipboard, a picture of itself."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from textual.app import App

from vsrppp_tui.errors import UserError
from vsrppp_tui.link.interface import Level
from vsrppp_tui.tui.background import Background
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.screens.board import BoardAnswer, BoardScreen
from vsrppp_tui.tui.screens.dashboard import DashboardScreen
from vsrppp_tui.tui.settings import UserSettings
from vsrppp_tui.tui.tensorboard import TensorBoard, log_folder, tunnel

_COPIED = "Copied, if your terminal lets programs copy:"


class Errands:
    """Belongs to the app; `poll` is part of its tick, `end` of its end."""

    def __init__(
        self,
        app: App[Any],
        model: RunModel,
        note: Callable[[str, Level], None],
        settings: UserSettings | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._app = app
        self._model = model
        self._note = note
        self._settings = settings
        self._environment = environment
        self._background = Background()
        self._board: TensorBoard | None = None
        self._starting = False
        self._announced = False  # whether the board's address has been shown
        self._newest: TensorBoard | None = None  # also one whose start has not been told yet
        self._ended = False
        self._lock = threading.Lock()  # of the two above: one is started in a thread

    def open_board(self) -> None:
        """Start TensorBoard, or show where it is."""
        if self._board is not None and self._board.running:
            self._announced = False
            self.poll()
        elif not self._starting:
            self._starting = True
            self._note("TensorBoard is starting …", "info")
            self._background.run(self._start, self._started, self._not_started)

    def copy_checkpoint(self) -> None:
        """Copy the path of the newest checkpoint through the terminal (OSC 52)."""
        checkpoint = self._model.snapshot.checkpoint
        if checkpoint is None:
            self._note("There is no checkpoint yet: C saves one.", "warning")
            return
        self.copy(str((self._model.run_dir / checkpoint.path).absolute()))

    def save_screen(self) -> None:
        """Write the screen as SVG into the present folder; the disk is waited for elsewhere."""
        picture = self._app.export_screenshot(title=f"vsrppp {self._model.run_dir}")
        path = Path(time.strftime("vsrppp-%Y%m%d-%H%M%S.svg"))
        self._background.run(
            lambda: _written(path, picture),
            lambda where: self._note(f"The screen is saved as {where}.", "good"),
            lambda why: self._note(why, "warning"),
        )

    def remember_theme(self, theme: str) -> None:
        """Keep the theme in the user's settings, where there are any."""
        settings = self._settings
        if settings is not None:
            self._background.run(
                lambda: settings.remember_theme(theme),
                lambda _: self._note(f"Theme {theme}, kept in {settings.path}.", "info"),
                lambda why: self._note(f"The theme is not kept: {why}", "warning"),
            )

    def poll(self) -> None:
        """Tell what has come of what was begun."""
        self._background.deliver()
        board = self._board
        if board is None:
            return
        if not board.running:
            self._board = None
            self._note(f"TensorBoard ended: {board.last_line or 'it said nothing'}", "warning")
            self._background.run(board.stop, lambda _: None)  # takes in what it left
        elif board.port is not None and not self._announced:
            self._announced = True
            self._show(board, board.port)

    def end(self) -> None:
        """End what was started, at once: whoever leaves the screen does not wait for it."""
        with self._lock:
            self._ended = True
        if self._newest is not None:
            self._newest.kill()
        self._board = self._newest = None

    def _start(self) -> TensorBoard:
        folder = log_folder(self._model.run_dir)
        if folder is None:
            raise UserError("This run has written nothing for TensorBoard.")
        with self._lock:
            if self._ended:
                raise UserError("The screen was left.")
            self._newest = TensorBoard(folder)
            return self._newest

    def _started(self, board: TensorBoard) -> None:
        self._board, self._starting, self._announced = board, False, False

    def _not_started(self, why: str) -> None:
        self._starting = False
        self._note(why, "warning")

    def _show(self, board: TensorBoard, port: int) -> None:
        """Over the dashboard alone: elsewhere somebody may be typing."""
        if not isinstance(self._app.screen, DashboardScreen):
            self._note(f"TensorBoard serves at port {port}; its key shows the address.", "good")
            return
        line = tunnel(port, self._environment)
        self._app.push_screen(BoardScreen(port, line), lambda a: self._answer(a, line, board))

    def _answer(self, answer: BoardAnswer | None, line: str, board: TensorBoard) -> None:
        if answer == "copy":
            self.copy(line)
        elif answer == "stop":
            self._board = None
            told = "TensorBoard has been stopped."
            self._background.run(board.stop, lambda _: self._note(told, "info"))

    def copy(self, text: str) -> None:
        """Copy a text through the terminal (OSC 52), and say so."""
        self._app.copy_to_clipboard(text)
        self._note(f"{_COPIED} {text}", "info")


def _written(path: Path, picture: str) -> Path:
    """Write the picture; returns where it is.

    Raises:
        UserError: the folder cannot be written.
    """
    try:
        path.write_text(picture, encoding="utf-8")
        return path.absolute()
    except OSError as error:
        raise UserError(f"{path} cannot be written here: {error.strerror}.") from error
