"""The fields of a new run, one a row, each with what it takes."""

from __future__ import annotations

import textwrap

from textual.events import Resize

from vsrppp_tui.tui.start.form import RECIPE, RUN_DIR, SOURCE, START, Form
from vsrppp_tui.tui.start.new_run import Judgement
from vsrppp_tui.tui.text import shorten
from vsrppp_tui.tui.widgets.rows import Row, RowWidget

_LABEL, _VALUE = 14, 26
_NARROW, _NARROW_VALUE = 100, 16  # below that width the words beside a value need the cells
_SOURCE_ROWS = 2  # of what the source holds


class FormRows(RowWidget, can_focus=True):
    """Draws a form and keeps the selected row in sight."""

    def __init__(self) -> None:
        super().__init__(id="form")
        self._form: Form | None = None
        self._told = Judgement()
        self._looking = False
        self._top = 0

    def on_resize(self, event: Resize) -> None:
        """Keep the selected row in sight."""
        self.redraw()

    def take(self, form: Form, told: Judgement, looking: bool) -> None:
        """Show a form, and what is known of it; `looking`: whether that is not the newest yet."""
        self._form, self._told, self._looking = form, told, looking
        self.redraw()

    def redraw(self) -> None:
        """Show as many rows as there is room for."""
        width, height = self.content_size
        if self._form is None or width <= 0:
            self.show([(("Reading the recipes …", "dim"),)] if self._form is None else [])
            return
        rows: list[Row] = []
        selected = 0
        for label in self._form.labels:
            if label == self._form.selected:
                selected = len(rows)
            rows.append(self._row(self._form, label, width))
            if label == SOURCE:
                rows += self._source_rows(width)
        self.styles.max_height = len(rows) + 1  # what it costs follows at once on a tall screen
        self._top = max(min(self._top, selected), selected + 1 - height)
        self._top = max(0, min(self._top, len(rows) - height))
        self.show(rows[self._top : self._top + height])

    def _row(self, form: Form, label: str, width: int) -> Row:
        selected = label == form.selected
        mark = "▸ " if selected else "  "
        wrong = not self._looking and self._is_about(form, label)
        if label == START:
            return ((mark, "key"), ("[ Start training ]", "selected" if selected else "key"))
        text = f"{label} ✗" if wrong else label
        name = (
            (mark, "key"),
            (text, "error" if wrong else "strong" if selected else "text"),
            (" " * (_LABEL - len(text)), "text"),  # a ground of its own ends with the word
        )
        if label in (SOURCE, RUN_DIR):
            return (*name, *_text(form, label, width - _LABEL - 2, selected))
        if label == RECIPE:
            value = min(_VALUE, max(_value_cells(width), len(form.chosen(label)) + 6))
            title = shorten(form.recipe.title, max(0, width - _LABEL - 2 - value))
            return (*name, *_choice(form, label, selected, value), (title, "dim"))
        value = _value_cells(width)
        return (*name, *self._value(form, label, selected, value), *_allowed(form, label, width))

    def _is_about(self, form: Form, label: str) -> bool:
        """Whether a row is what the problem is about; a refused value is told with the name of its key."""
        field = form.field(label)
        named = field is not None and self._told.problem.startswith(f"{field.key} ")
        return named or label == self._told.field

    def _value(self, form: Form, label: str, selected: bool, room: int) -> Row:
        if form.line(label) is None:
            return _choice(form, label, selected, room)
        return _text(form, label, room, selected)

    def _source_rows(self, width: int) -> list[Row]:
        lines = ("Looking …",) if self._looking and not self._told.source else self._told.source
        room = max(20, width - _LABEL - 2)
        wrapped = [part for line in lines for part in textwrap.wrap(line, room)]
        wrapped += [""] * _SOURCE_ROWS
        return [((" " * (_LABEL + 2) + line, "dim"),) for line in wrapped[:_SOURCE_ROWS]]


def _text(form: Form, label: str, room: int, selected: bool) -> Row:
    line = form.line(label)
    assert line is not None
    room = max(4, room - 1)
    if not selected:
        text = line.text
        shown = text if len(text) <= room else "…" + text[len(text) - room + 1 :]
        return ((f"{shown:<{room + 1}}", "text"),)
    before, under, after = line.window(room)
    rest = max(0, room - len(before) - 1)
    return ((before, "strong"), (under, "cursor"), (f"{after:<{rest}} ", "strong"))


def _value_cells(width: int) -> int:
    return _VALUE if width >= _NARROW else _NARROW_VALUE


def _choice(form: Form, label: str, selected: bool, room: int) -> Row:
    text = shorten(form.chosen(label), room - 5)
    shown = f"{text}  ◂▸" if selected else text
    return ((f"{shown:<{room}}", "strong" if selected else "text"),)


def _allowed(form: Form, label: str, width: int) -> Row:
    field = form.field(label)
    room = width - _LABEL - 2 - _value_cells(width)
    if field is None or room < 10:
        return ()
    return ((shorten(field.allowed, room), "dim"),)
