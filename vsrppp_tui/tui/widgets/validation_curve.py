"""Quality and PSNR of the network over the validations of a run, against the baseline."""

from __future__ import annotations

from collections.abc import Hashable

from vsrppp_tui.link.interface import ValidationResult
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.widgets.rows import Row, padded

_TWO_FROM = 84  # cells from which there is room for both measures
_GAP = 3  # cells between two curves
_MEASURES = (("Quality, %", "quality"), ("PSNR, dB", "psnr"))  # title, field of `Quality`


class ValidationCurve:
    """Drawn anew only where a validation or another size has come: nothing else changes it."""

    def __init__(self, model: RunModel) -> None:
        self._model = model
        self._key: Hashable = None
        self._rows: list[Row] = []

    def rows(self, width: int, height: int) -> list[Row]:
        """At most `height` rows of `width` cells, the quality first, beside it the PSNR."""
        # That of the live part alone would be drawn twice; and numpy can wait for the first frame.
        if not self._model.history_done:
            return []
        snapshot, results = self._model.snapshot, self._model.validations.results
        key = (results, snapshot.best, snapshot.total_steps, width, height)
        if key != self._key:
            self._key = key
            self._rows = self._draw(results, width, height)
        return self._rows

    def _draw(self, results: tuple[ValidationResult, ...], width: int, height: int) -> list[Row]:
        if not results:
            return []
        if width < _TWO_FROM:
            return self._curve(results, 0, width, height)
        each = (width - _GAP) // 2
        left, right = (self._curve(results, at, each, height) for at in range(len(_MEASURES)))
        return [(*padded(one, each + _GAP), *other) for one, other in zip(left, right, strict=True)]

    def _curve(
        self, results: tuple[ValidationResult, ...], at: int, width: int, height: int
    ) -> list[Row]:
        import numpy as np

        from vsrppp_tui.tui.plot.small_plot import SmallPlot, draw_small_plot
        from vsrppp_tui.tui.plot.window import Extent

        title, field = _MEASURES[at]
        best, total = self._model.snapshot.best, self._model.snapshot.total_steps
        shown = SmallPlot(
            title,
            "network",
            results[-1].baseline_name,
            steps=np.array([float(result.step) for result in results]),
            values=np.array([getattr(result.network, field) for result in results], float),
            level=np.array([getattr(result.baseline, field) for result in results], float),
            best=best.step if best is not None else None,
        )
        # From step 0 on: then the axis grows with the run, and its beginning never moves.
        span = Extent(0.0, float(results[-1].step), float(total)).whole
        return draw_small_plot(shown, span, width, height)
