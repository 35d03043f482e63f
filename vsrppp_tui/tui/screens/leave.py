"""The question before leaving a run that is under way."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Mount
from textual.screen import ModalScreen

from vsrppp_tui.tui.widgets.footer import key_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

_CHOICES = ("Stop and save", "Stay")


class LeaveScreen(ModalScreen[bool]):
    """Ends with True for stopping, False for staying."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,right,up,down,tab", "other", "The other answer"),
        Binding("enter", "choose", "Choose"),
        Binding("s", "dismiss(True)", "Stop and save"),
        Binding("escape,q", "dismiss(False)", "Stay"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._chosen = 0

    def compose(self) -> ComposeResult:
        with Container(id="leave") as box:
            box.border_title = "Leave the run"
            yield RowWidget(id="question")

    def on_mount(self, event: Mount) -> None:
        """Show the question."""
        self._draw()

    def action_other(self) -> None:
        """Move to the other answer."""
        self._chosen = 1 - self._chosen
        self._draw()

    def action_choose(self) -> None:
        """Take the marked answer."""
        self.dismiss(self._chosen == 0)

    def _draw(self) -> None:
        answers: Row = ((" ", "text"),)
        for place, text in enumerate(_CHOICES):
            chosen = place == self._chosen
            mark = "▸ " if chosen else "  "
            answers += ((f" {mark}{text}  ", "selected" if chosen else "text"), ("  ", "text"))
        self.query_one(RowWidget).show(
            [
                (("The training stops after this micro-batch and saves the", "text"),),
                (("last step; the same command continues from there.", "text"),),
                (),
                answers,
                (),
                key_row([("S", "stop and save"), ("Esc", "stay"), ("←→ Enter", "choose")]),
            ]
        )
