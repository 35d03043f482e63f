"""Where TensorBoard can be seen, and the line that brings it to another machine."""

from __future__ import annotations

from typing import ClassVar, Literal, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.screen import ModalScreen

from vsrppp_tui.tui.action_list import BOARD
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.screens.base import HasKeys
from vsrppp_tui.tui.tensorboard import LOOPBACK
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.rows import RowWidget

BoardAnswer = Literal["copy", "stop", "back"]


class BoardScreen(ModalScreen[BoardAnswer]):
    """Ends with what its user wants.

    Args:
        port: where TensorBoard serves on the loopback address.
        tunnel: the command to type on another machine.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(BOARD)]

    def __init__(self, port: int, tunnel: str) -> None:
        super().__init__()
        self._port = port
        self._tunnel = tunnel

    def compose(self) -> ComposeResult:
        with Container(id="board") as box:
            box.border_title = "TensorBoard"
            yield RowWidget(id="board-text")

    def on_mount(self) -> None:
        """Show the address; the line to copy stands alone, so that a mouse can take it too."""
        address = f"http://{LOOPBACK}:{self._port}"
        self.query_one(RowWidget).show(
            [
                (("Serving at ", "text"), (address, "accent")),
                (),
                (("On your own machine, type this and open the address there:", "text"),),
                ((self._tunnel, "strong"),),
                (),
                (("TensorBoard stops when the dashboard closes.", "dim"),),
                footer_row(cast(HasKeys, self.app).keys.group(BOARD).actions, 72),
            ]
        )
