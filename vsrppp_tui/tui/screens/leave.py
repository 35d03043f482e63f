"""The question before leaving a run that is under way."""

from __future__ import annotations

from typing import ClassVar, Literal, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.events import Mount
from textual.screen import ModalScreen

from vsrppp_tui.tui.actions import LEAVE, bindings
from vsrppp_tui.tui.screens.base import HasKeys
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

Answer = Literal["stop", "detach", "stay"]

_CHOICES: tuple[tuple[Answer, str], ...] = (
    ("stop", "Stop and save"),
    ("detach", "Detach"),
    ("stay", "Stay"),
)


class LeaveScreen(ModalScreen[Answer]):
    """Ends with what its user wants."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LEAVE)]

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

    def action_move(self, by: int) -> None:
        """Move to another answer."""
        self._chosen = (self._chosen + by) % len(_CHOICES)
        self._draw()

    def action_choose(self) -> None:
        """Take the marked answer."""
        self.dismiss(_CHOICES[self._chosen][0])

    def _draw(self) -> None:
        width = max(1, self.query_one(RowWidget).content_size.width)
        answers: Row = ((" ", "text"),)
        for place, (_, text) in enumerate(_CHOICES):
            chosen = place == self._chosen
            mark = "▸ " if chosen else "  "
            answers += ((f" {mark}{text}  ", "selected" if chosen else "text"), ("  ", "text"))
        self.query_one(RowWidget).show(
            [
                (("Stop: after this micro-batch, with the last step saved;", "text"),),
                (("the same command continues from there. Detach: it goes", "text"),),
                (("on without a screen; vsrppp attach brings this back.", "text"),),
                (),
                answers,
                (),
                footer_row(cast(HasKeys, self.app).keys.group(LEAVE).actions, width),
            ]
        )
