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
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.screens.board import BoardAnswer, BoardScreen
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
        self._board: TensorBoard | None = None
        self._announced = False  # whether the board's address has been shown
        self._written: tuple[str, Level] | None = None  # the word of the thread that writes a file

    def open_board(self) -> None:
        """Start TensorBoard, or show where it is."""
        if self._board is not None:
            self._announced = False
            self.poll()
            return
        folder = log_folder(self._model.run_dir)
        if folder is None:
            self._note("This run has written nothing for TensorBoard.", "warning")
            return
        self._board, self._announced = TensorBoard(folder), False
        self._note(f"TensorBoard is starting for {folder} …", "info")

    def copy_checkpoint(self) -> None:
        """Copy the path of the newest checkpoint through the terminal (OSC 52)."""
        checkpoint = self._model.snapshot.checkpoint
        if checkpoint is None:
            self._note("There is no checkpoint yet: C saves one.", "warning")
            return
        self._copy(str((self._model.run_dir / checkpoint.path).absolute()))

    def save_screen(self) -> None:
        """Write the screen as SVG into the present folder; the disk is waited for elsewhere."""
        picture = self._app.export_screenshot(title=f"vsrppp {self._model.run_dir}")
        path = Path(time.strftime("vsrppp-%Y%m%d-%H%M%S.svg"))
        self._begin(lambda: self._write(path, picture))

    def remember_theme(self, theme: str) -> None:
        """Keep the theme in the user's settings, where there are any."""
        if self._settings is not None:
            self._begin(lambda: self._remember(theme))

    def poll(self) -> None:
        """Tell what has come of what was begun."""
        if self._written is not None:
            self._note(*self._written)
            self._written = None
        board = self._board
        if board is None or self._announced:
            return
        if board.port is not None:
            self._announced = True
            line = tunnel(board.port, self._environment)
            self._app.push_screen(BoardScreen(board.port, line), lambda a: self._answer(a, line))
        elif not board.running:
            self._board = None
            board.stop()
            self._note(f"TensorBoard ended: {board.last_line or 'it said nothing'}", "warning")

    def end(self) -> None:
        """Stop what was started."""
        if self._board is not None:
            self._board.stop()
            self._board = None

    def _answer(self, answer: BoardAnswer | None, line: str) -> None:
        if answer == "copy":
            self._copy(line)
        elif answer == "stop":
            self.end()
            self._note("TensorBoard has been stopped.", "info")

    def _copy(self, text: str) -> None:
        self._app.copy_to_clipboard(text)
        self._note(f"{_COPIED} {text}", "info")

    def _begin(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name="errand", daemon=True).start()

    def _remember(self, theme: str) -> None:
        assert self._settings is not None
        try:
            self._settings.remember_theme(theme)
            self._written = f"Theme {theme}, kept in {self._settings.path}.", "info"
        except UserError as error:
            self._written = f"The theme is not kept: {error}", "warning"

    def _write(self, path: Path, picture: str) -> None:
        try:
            path.write_text(picture, encoding="utf-8")
            self._written = f"The screen is saved as {path.absolute()}.", "good"
        except OSError as error:
            self._written = f"{path} cannot be written here: {error.strerror}.", "warning"
