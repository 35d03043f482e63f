"""The question before the setup is left with changes that are staged only."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from vsrppp_tui.tui.action_list import UNAPPLIED
from vsrppp_tui.tui.actions import bindings
from vsrppp_tui.tui.screens.question import QuestionScreen


class UnappliedScreen(QuestionScreen):
    """Ends with ``apply``, ``discard`` or ``stay``."""

    GROUP = UNAPPLIED
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(UNAPPLIED)]
    BOX_TITLE = "Changes that are not applied"
    CHOICES = (("apply", "Apply"), ("discard", "Discard"), ("stay", "Stay"))

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def question(self) -> tuple[str, ...]:
        """What each answer does."""
        one = self._count == 1
        return (
            f"{'1 change is' if one else f'{self._count} changes are'} staged; the run knows nothing of",
            f"{'it' if one else 'them'} yet. Apply: {'' if one else 'all together, '}then back to the dashboard.",
            "Discard: back, and the run goes on as it is.",
        )
