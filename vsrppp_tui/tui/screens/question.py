"""A question with a few answers, over the screen that it is about."""

from __future__ import annotations

from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Mount
from textual.screen import ModalScreen

from vsrppp_tui.tui.actions import Group
from vsrppp_tui.tui.screens.base import HasKeys
from vsrppp_tui.tui.widgets.footer import footer_row
from vsrppp_tui.tui.widgets.rows import Row, RowWidget


class QuestionScreen(ModalScreen[str]):
    """Ends with the answer that is chosen; a subclass says what is asked, and binds a key to each answer."""

    GROUP: ClassVar[Group]  # its keys in the list of actions
    BOX_TITLE: ClassVar[str]
    CHOICES: ClassVar[tuple[tuple[str, str], ...]]  # the answer, and how it is worded

    FIRST: ClassVar = 0  # the answer that is marked when the question comes up

    def __init__(self) -> None:
        super().__init__(classes="question")
        self._chosen = self.FIRST

    def question(self) -> tuple[str, ...]:
        """The lines of the question: three of 58 cells, unless the box is made higher."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Container(classes="question-box") as box:
            box.border_title = self.BOX_TITLE
            yield RowWidget(id="question")

    def on_mount(self, event: Mount) -> None:
        """Show the question, once the box has its width."""
        self.call_after_refresh(self._draw)

    def action_move(self, by: int) -> None:
        """Move to another answer."""
        self._chosen = (self._chosen + by) % len(self.CHOICES)
        self._draw()

    def action_choose(self) -> None:
        """Take the marked answer."""
        self.dismiss(self.CHOICES[self._chosen][0])

    def _draw(self) -> None:
        width = max(1, self.query_one(RowWidget).content_size.width)
        answers: Row = ((" ", "text"),)
        for place, (_, text) in enumerate(self.CHOICES):
            chosen = place == self._chosen
            mark = "▸ " if chosen else "  "
            answers += ((f" {mark}{text}  ", "selected" if chosen else "text"), ("  ", "text"))
        lines: list[Row] = [((line, "text"),) for line in self.question()]
        actions = cast(HasKeys, self.app).keys.group(self.GROUP).actions
        self.query_one(RowWidget).show([*lines, (), answers, (), footer_row(actions, width)])
