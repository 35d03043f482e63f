"""Deleting a run: only once its name has been typed in full, and asked for only where that would help."""

from __future__ import annotations

import textwrap
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Key, Paste
from textual.screen import ModalScreen

from vsrppp_tui.counting import counted
from vsrppp_tui.tui.background import Background
from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.screens.base import leave
from vsrppp_tui.tui.start.entries import RunEntry
from vsrppp_tui.tui.start.services import RunServices
from vsrppp_tui.tui.text import gigabytes, shorten
from vsrppp_tui.tui.widgets.footer import key_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

_WIDTH = 68


class DeleteScreen(ModalScreen[bool]):
    """Ends with whether the run was deleted."""

    def __init__(self, entry: RunEntry, services: RunServices, background: Background) -> None:
        super().__init__()
        self._entry = entry
        self._services = services
        self._background = background
        self._line = LineEdit("")
        self._what = "counting its files …"
        self._problem = ""
        self._deleting = False
        self._refused = False  # before anything was typed
        self._deleted = False  # known while the palette was on top

    @property
    def deleting(self) -> bool:
        """Whether files are going at this moment: nobody should leave in the middle of it."""
        return self._deleting

    def compose(self) -> ComposeResult:
        with Container(id="delete") as box:
            box.border_title = "Delete a run"
            yield RowWidget(id="question")

    def on_mount(self) -> None:
        """Ask, and count what would go."""
        folder = self._entry.run_dir
        self._background.run(lambda: self._count(folder), self._take_size, self._refuse_at_once)
        self._draw()

    def on_screen_resume(self) -> None:
        """The palette has gone: so does this, if there is nothing left to ask."""
        if self._deleted:
            leave(self, True)

    def on_key(self, event: Key) -> None:
        """All keys but those that leave the program belong to the name."""
        if event.key in ("ctrl+c", "ctrl+q") and not self._deleting:
            return
        event.stop()
        event.prevent_default()
        if self._deleting or self.app.screen is not self:
            return
        if event.key == "escape":
            leave(self, False)
        elif self._refused:
            return
        elif event.key == "enter":
            self._delete()
        elif self._line.key(event.key, event.character):
            self._problem = ""
        self._draw()

    def on_paste(self, event: Paste) -> None:
        """A name may be pasted."""
        event.stop()
        if not self._refused and not self._deleting:
            self._line.insert(event.text.strip())
            self._draw()

    def _delete(self) -> None:
        name, typed = self._entry.run_dir.name, self._line.text
        if typed != name:
            self._problem = "That is not its name. Esc keeps it."
            return
        self._deleting = True
        self._background.run(
            lambda: self._services.delete_run(self._entry.run_dir, typed),
            self._finish,
            self._refuse,
        )

    def _finish(self, _: None) -> None:
        self._deleting, self._deleted = False, True
        leave(self, True)

    def _take_size(self, found: tuple[int, int] | None) -> None:
        self._what = "Its files cannot be counted."
        if found is not None:
            files, size = found
            self._what = f"{counted(files, 'file')}, {_size(size)}, with all checkpoints."
        self._draw()

    def _count(self, folder: Path) -> tuple[int, int] | None:
        """Files and bytes; None where they cannot be counted, since they are going perhaps."""
        try:
            return self._services.count_files(folder)
        except OSError:
            return None

    def _refuse_at_once(self, text: str) -> None:
        self._refused = True
        self._what = "It is not deleted:"
        self._refuse(text)

    def _refuse(self, text: str) -> None:
        self._deleting = False
        self._problem = text
        self._draw()

    def _draw(self) -> None:
        if not (self.is_mounted and self.is_running):
            return
        room = _WIDTH - 6
        before, under, after = self._line.window(room - 2)
        path = str(self._entry.run_dir)
        shown = path if len(path) <= room else "…" + path[len(path) - room + 1 :]
        problem = textwrap.wrap(f"✗ {self._problem}", room)[:3] if self._problem else []
        problem += [""] * (3 - len(problem))
        state: Row = (("Deleting …", "warning"),) if self._deleting else ()
        name = shorten(self._entry.run_dir.name, room - len("Type  to delete the run:"))
        asked: list[Row] = [
            (("They cannot be brought back.", "text"),),
            (("Type ", "text"), (name, "strong"), (" to delete the run:", "text")),
            (("▸ ", "key"), (before, "strong"), (under, "cursor"), (after, "strong")),
        ]
        named = self._line.text == self._entry.run_dir.name and not self._refused
        keys = [("Enter", "Delete"), ("Esc", "Keep it")] if named else [("Esc", "Keep it")]
        if self._deleting:  # it cannot be stopped
            keys = []
        self.query_one("#question", RowWidget).show(
            [
                ((shown, "strong"),),
                ((shorten(self._what, room), "text"),),
                *([(), (), ()] if self._refused else asked),
                state or ((problem[0], "error"),),
                *(((text, "error"),) for text in problem[1:]),
                key_row(keys, 3),
            ]
        )


def _size(size: int) -> str:
    return f"{gigabytes(size)} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
