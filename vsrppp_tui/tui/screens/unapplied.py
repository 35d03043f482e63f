"""The question before the setup is left with changes that are staged only."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.events import Mount

from vsrppp_tui.counting import counted
from vsrppp_tui.tui.action_list import UNAPPLIED
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.live_edits import LiveEdits
from vsrppp_tui.tui.screens.question import QuestionScreen
from vsrppp_tui.tui.widgets.rows import RowWidget
from vsrppp_tui.tui.widgets.staged import named_changes

_MOST = 4  # lines of changes
_WIDTH = 54  # cells that the box has on the smallest terminal
_BELOW, _FRAME = 4, 4  # rows


class UnappliedScreen(QuestionScreen):
    """Ends with ``apply``, ``discard`` or ``stay``."""

    GROUP = UNAPPLIED
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(UNAPPLIED)]
    BOX_TITLE = "Changes that are not applied"
    CHOICES = (("apply", "Apply"), ("discard", "Discard"), ("stay", "Stay"))

    def __init__(self, edits: LiveEdits) -> None:
        super().__init__()
        count = len(edits.staged)
        is_, them = ("is", "it") if count == 1 else ("are", "them")
        together = "" if count == 1 else "all together, "
        self._lines = (
            f"{counted(count, 'change')} {is_} staged; the run does not know {them} yet:",
            *(f"  {line}" for line in named_changes(edits, _MOST, _WIDTH - 2)),
            "",
            f"Apply: {together}then back to the dashboard.",
            "Discard: back, and the run goes on as it is.",
            f"Stay: in the setup, with {'it' if count == 1 else 'all of them'} still staged.",
        )

    def on_mount(self, event: Mount) -> None:
        """Make the box as high as its lines; below them stand the answers and the keys."""
        height = len(self._lines) + _BELOW
        self.query_one(RowWidget).styles.height = height
        self.query_one(".question-box").styles.height = height + _FRAME

    def question(self) -> tuple[str, ...]:
        """What is staged, and what each answer does."""
        return self._lines
