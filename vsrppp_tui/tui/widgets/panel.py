"""A panel of the dashboard: rows computed from the run and the size of the panel."""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Resize

from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.widgets.rows import Row, RowWidget


class Panel(RowWidget):
    """Override `build`; the rows follow the run at each `update` and the terminal at each resize."""

    def __init__(
        self, model: RunModel, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.model = model
        self._era = model.metrics.era

    def build(self, width: int, height: int) -> Sequence[Row]:
        """The rows for a content area of `width` x `height` cells."""
        raise NotImplementedError

    def went_elsewhere(self) -> bool:
        """Whether the run has gone back, or a record elsewhere, since this was last asked.

        What a panel holds steady then has nothing to go on from.
        """
        before, self._era = self._era, self.model.metrics.era
        return before != self._era

    def update(self) -> None:
        """Show the run as it is now."""
        size = self.content_size
        if size.width > 0 and size.height > 0:
            self.show(self.build(size.width, size.height), size)

    def on_resize(self, event: Resize) -> None:
        """Take the new size; Textual repaints the whole panel anyway."""
        self.update()
