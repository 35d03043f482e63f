"""The last validation against the baseline, the best one, and the curve over them all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from vsrppp_tui.link.interface import ValidationResult
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.widgets.panel import Panel
from vsrppp_tui.tui.widgets.rows import Row, padded
from vsrppp_tui.tui.widgets.validation_curve import ValidationCurve
from vsrppp_tui.tui.widgets.validation_rows import has_heading, result_rows, waiting_rows

# Widths of the table, the widest one that leaves room for a curve beside it; and the cells of that curve.
_TABLES = ((58, 84), (46, 16), (36, 14))
_GAP = 2  # cells between them
_LEAST_TABLE = 6  # rows, where the curve stands below it


class ValidationPanel(Panel):
    """Baseline, network and the difference, a metric a row; the pictures' folder in the frame."""

    BORDER_TITLE = "Validation"  # with the names of the columns, where there is no row for them

    def __init__(self, model: RunModel, *, id: str | None = None) -> None:
        super().__init__(model, id=id)
        self._curve = ValidationCurve(model)

    def build(self, width: int, height: int) -> Sequence[Row]:
        snapshot = self.model.snapshot
        result = snapshot.validation
        self._name_pictures(result)
        if result is None:
            return waiting_rows(snapshot, width)
        beside = _table_beside(width)
        if beside is None and height - _LEAST_TABLE >= 5:
            table = self._table(result, width, _LEAST_TABLE)
            return [*table, *self._curve.rows(width, height - len(table))]
        table = self._table(result, beside or width, height)
        if beside is None:
            return table
        curve = self._curve.rows(width - beside - _GAP, height)
        missing = [()] * (len(curve) - len(table))
        return [
            (*padded(row, beside + _GAP), *dots)
            for row, dots in zip([*table, *missing], curve or [()] * len(table), strict=False)
        ]

    def _table(self, result: ValidationResult, width: int, height: int) -> list[Row]:
        self._entitle(result.baseline_name, width, height)
        earlier = [one for one in self.model.validations.results if one.step < result.step]
        return result_rows(self.model.snapshot, result, earlier, width, height)

    def _entitle(self, baseline: str, width: int, height: int) -> None:
        title = "Validation"
        if not has_heading(height) and width >= 34:
            title = f"Validation: {baseline}, network, gain"
        self.entitle(title=title)

    def _name_pictures(self, result: ValidationResult | None) -> None:
        folder = str(PurePath(result.pictures[0]).parent) if result and result.pictures else ""
        self.entitle(subtitle=folder)


def _table_beside(width: int) -> int | None:
    """Cells of the table where a curve stands beside it; None where there is no room for one."""
    return next((table for table, curve in _TABLES if width >= table + _GAP + curve), None)
