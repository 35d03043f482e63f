"""How the live setup looks: title, list, what is staged, the selected key, a sentence, the keys."""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.events import Resize

from vsrppp_tui.link.interface import Level
from vsrppp_tui.tui.action_list import SETUP
from vsrppp_tui.tui.events import Note
from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.live_edits import LiveEdits
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.screens.base import RunScreen
from vsrppp_tui.tui.value_edit import ValueEdit
from vsrppp_tui.tui.widgets.footer import footer_row, key_row
from vsrppp_tui.tui.widgets.key_detail import detail_rows, most_detail_rows
from vsrppp_tui.tui.widgets.rows import Row, RowWidget
from vsrppp_tui.tui.widgets.setup_lines import (
    judgement,
    place_piece,
    search_piece,
    title_line,
)
from vsrppp_tui.tui.widgets.setup_list import SetupList
from vsrppp_tui.tui.widgets.staged import StagedPane
from vsrppp_tui.tui.widgets.states import message_lines

_LEAST_LIST = 5  # rows that the list keeps, however long the detail is
_MESSAGE = 2
_TALL, _STAGED_ROWS, _STAGED_ROWS_TALL = 34, 3, 6

# What is typed has all keys to itself; these are no actions that could be bound anew.
_STAGE, _STEP, _GIVE_UP = ("Enter", "Stage"), ("↑↓", "Step"), ("Esc", "Give up")
_CHOOSE = ("Space ← →", "Another value")
_SELECT, _EDIT, _TO_LIST = ("↑↓", "Select"), ("Enter", "Edit"), ("Tab", "To the list")
_SHOW_ALL = ("Esc", "Show all")
# Keys that are not named where nothing is staged, and where nothing can be changed at all.
_NEED_STAGED = {"setup.apply", "setup.take_back"}
_CHANGE = _NEED_STAGED | {"setup.edit", "setup.toggle", "setup.undo"}


class SetupView(RunScreen):
    """Draws the setup; what its keys do is `SetupScreen`'s."""

    GROUP = SETUP

    def __init__(self, model: RunModel, edits: LiveEdits) -> None:
        super().__init__()
        self._model = model
        self._edits = edits
        self._note: Note | None = None
        self._search: LineEdit | None = None  # while it is typed
        self._fitted: tuple[Any, ...] = ()  # what the height of the detail was worked out from

    def compose(self) -> ComposeResult:
        yield RowWidget(id="title")
        yield SetupList(self._edits)
        yield StagedPane(self._edits)
        yield RowWidget(id="detail")
        yield RowWidget(id="message")
        yield RowWidget(id="footer")

    def on_mount(self) -> None:
        """Begin at the first key."""
        self._list.focus()
        self.follow()

    def on_resize(self, event: Resize) -> None:
        """Wrap the texts to the new width, once the widgets have it."""
        self._list.scroll_anew()
        self.call_after_refresh(self.follow)

    def on_setup_list_scrolled(self, message: SetupList.Scrolled) -> None:
        """Say which keys are in sight."""
        self._show("#title", [self._title()])

    def follow(self) -> None:
        gone = self._list.drop_orphan()
        if gone:
            text = f"{gone} is no key of this run any more: what was typed is dropped."
            self._note = Note(self._model.clock(), text, "warning")
        if self._list.editor is not None:
            self._list.editor.judge()
        self._list.redraw()
        self._fit_detail()
        self._draw()

    @property
    def _list(self) -> SetupList:
        return self.query_one(SetupList)

    @property
    def _width(self) -> int:
        return max(20, self.app.size.width - 2)

    @property
    def _apply_key(self) -> str:
        return self.keys.shown("setup.apply")

    def _say(self, text: str, level: Level = "info") -> None:
        self._note = Note(self._model.clock(), text, level)
        self.follow()

    def _draw(self) -> None:
        most = _STAGED_ROWS_TALL if self.app.size.height >= _TALL else _STAGED_ROWS
        # While something is typed, the key that applies is a letter of it.
        apply_key = "" if self._list.editor or self._search is not None else self._apply_key
        label = self._list.columns(self._width).before_value if self._edits.staged else 0
        self.query_one(StagedPane).redraw(self._width, most, apply_key, label)
        selected = self._list.selected
        self._show("#detail", detail_rows(self._edits, selected, self._width) if selected else [])
        self._show("#title", [self._title()])
        self._show("#message", message_lines(*self._message(), self._width, _MESSAGE))
        self._show("#footer", [self._footer()])

    def _fit_detail(self) -> None:
        """As high as the longest of all keys needs, so that nothing jumps from key to key."""
        now = self._model.snapshot
        closed = self._edits.closed() is not None
        reason = self.app.size, now.config, now.pending, dict(self._edits.staged), closed
        if self._fitted == reason:
            return
        self._fitted = reason
        room = self.app.size.height - _MESSAGE - 3 - _LEAST_LIST
        height = max(1, min(most_detail_rows(self._edits, self._width), room))
        self.query_one("#detail").styles.height = height + 1  # and the line above it

    def _title(self) -> Row:
        names = self._list
        search = search_piece(self._search, names.search, len(names.names), len(self._edits.keys))
        place = place_piece(names.seen, len(names.names))
        return title_line(self._model.snapshot, self._edits, search, place, self._width)

    def _message(self) -> tuple[Level, str]:
        """The judgement of what is typed, the reply to the last edit, or what stands against editing."""
        edits = self._edits
        if self._list.editor is not None:
            return judgement(edits, self._list.editor, self._apply_key)
        if edits.refusal:
            return "error", f"refused: {edits.refusal} The changes stay staged."
        if self._note is not None:
            return self._note.level, self._note.text
        return "warning", edits.closed() or edits.problem_of_staged() or ""

    def _footer(self) -> Row:
        if self._list.editor is not None:
            return key_row(_editing_keys(self._list.editor), 3)
        if self._search is not None:
            return key_row(self._finding_keys(), 3)
        unused = _CHANGE if self._edits.closed() else set() if self._edits.staged else _NEED_STAGED
        if not self._toggles:
            unused = unused | {"setup.toggle"}
        if not self._edits.can_undo:
            unused = unused | {"setup.undo"}
        return footer_row([a for a in self.actions if a.name not in unused], self._width)

    def _finding_keys(self) -> list[tuple[str, str]]:
        """While a search is typed: no key that would do nothing."""
        if self._list.selected is None:
            return [_SHOW_ALL]
        edit = [] if self._edits.closed() else [_EDIT]
        return [_SELECT, *edit, _TO_LIST, _SHOW_ALL]

    @property
    def _toggles(self) -> bool:
        """Whether the selected key has only a few values, and can be changed."""
        name = self._list.selected
        return (
            name is not None
            and bool(self._edits.info(name).choices)
            and not self._edits.locked(name)
        )

    def _show(self, selector: str, rows: list[Row]) -> None:
        self.query_one(selector, RowWidget).show(rows)


def _editing_keys(editor: ValueEdit) -> list[tuple[str, str]]:
    """While a value is typed: no key that would do nothing with it as it is."""
    stage = [] if editor.problem else [_STAGE]
    if editor.choices:
        return [_CHOOSE, *stage, _GIVE_UP]
    step = [_STEP] if stage and editor.steps else []
    return [*stage, *step, _GIVE_UP]
