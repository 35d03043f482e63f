"""The question before leaving a run that is under way."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from vsrppp_tui.tui.action_list import LEAVE
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.screens.question import QuestionScreen


class LeaveScreen(QuestionScreen):
    """Ends with what its user wants: ``stop``, ``detach`` or ``stay``."""

    GROUP = LEAVE
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LEAVE)]
    BOX_TITLE = "Leave the run"
    CHOICES = (("stop", "Stop and save"), ("detach", "Detach"), ("stay", "Stay"))
    FIRST = 2  # Enter, pressed without a look, stops no run of days

    def question(self) -> tuple[str, ...]:
        """What each answer does."""
        return (
            "Stop: after this micro-batch, with the last step saved;",
            "the same command continues from there. Detach: the run",
            "goes on without a screen; `attach` brings this back.",
        )
