"""The live setup: every key of the configuration, changed in place while the run goes on."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.events import Key, Paste

from vsrppp_tui.tui.action_list import SETUP
from vsrppp_tui.tui.actions import bindings, with_capitals
from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.live_edits import LiveEdits
from vsrppp_tui.tui.model import RunModel
from vsrppp_tui.tui.screens.edit_history import EditHistoryScreen
from vsrppp_tui.tui.screens.setup_view import SetupView
from vsrppp_tui.tui.screens.unapplied import UnappliedScreen
from vsrppp_tui.tui.value_edit import ValueEdit

_MOVES = {"up": -1, "down": 1, "pageup": -10, "pagedown": 10}  # while a search is typed


class SetupScreen(SetupView):
    """Enter edits and stages, A applies what is staged, U undoes, / finds, Escape goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(SETUP)]

    def __init__(self, model: RunModel, edits: LiveEdits) -> None:
        super().__init__(model, edits)
        self._leaving = False  # once the run has taken what was sent

    def follow(self) -> None:
        self._edits.drop_settled()
        if not (self._leaving and self._left_once_applied()):
            super().follow()

    async def on_key(self, event: Key) -> None:
        """While something is typed the keys belong to it; else they do what the list of actions says.

        Left to the bindings, an action would run only after later keys had come by here: what is typed
        quickly after the key that opens an editor would be lost.
        """
        # One that came quickly after the key that opened another screen is for that screen.
        if self.app.screen is not self:
            event.stop()
            event.prevent_default()
            self.app.post_message(Key(event.key, event.character))
            return
        if self._list.editor is not None:
            handled = self._editing_key(event, self._list.editor)
        else:
            handled = self._search is not None and self._finding_key(event, self._search)
        action = None if handled else self._action_of(event.key)
        if handled or action is not None:
            event.stop()
            event.prevent_default()
        if action is not None:
            await self.run_action(action)
        elif handled:
            self.follow()

    def _action_of(self, key: str) -> str | None:
        group = self.keys.group(SETUP)
        for action in group.actions:
            if key in with_capitals(action.key_list, group):
                return action.action
        return None

    def on_paste(self, event: Paste) -> None:
        """Paste into what is typed."""
        if self._list.editor is not None:
            self._list.editor.insert(event.text.strip())
        elif self._search is not None:
            self._search.insert(event.text.strip())
            self._list.find(self._search.text)
        self.follow()

    def _editing_key(self, event: Key, editor: ValueEdit) -> bool:
        """A key for the value; whether the bindings must not see it as well."""
        if event.key == "enter":
            self._stage(editor.name, editor.text)
        elif event.key == "escape":
            self._list.editor = None
        else:
            editor.key(event.key, event.character)
        # Also what the text has no use for: a value is staged or given up before anything else.
        return True

    def _finding_key(self, event: Key, search: LineEdit) -> bool:
        if event.key in _MOVES:
            self._list.move(_MOVES[event.key])
        elif event.key in ("enter", "tab"):
            self._search = None
            if event.key == "enter":
                self.action_edit()
        elif event.key == "escape":
            self._show_all()
        elif search.key(event.key, event.character):
            self._list.find(search.text)
        else:
            return False
        return True

    def action_move(self, by: int) -> None:
        """Select another key."""
        self._put_note_away()
        self._list.move(by)
        self.follow()

    def action_find(self) -> None:
        """Begin to type what is looked for, or go on with it."""
        self._put_note_away()
        self._search = LineEdit(self._list.search)
        self.follow()

    def action_edit(self) -> None:
        """Open the value of the selected key, with what is staged for it."""
        name = self._editable()
        if name is not None:
            self._put_note_away()
            self._list.editor = ValueEdit(self._edits, name)
        self.follow()

    def action_choose(self, by: int) -> None:
        """Stage another one of the values that the selected key can have."""
        name = self._editable()
        if name is None:
            return
        editor = ValueEdit(self._edits, name)
        if not editor.choices:
            self._say(f"{self.keys.shown('setup.edit')} edits {name}; it has no list of values.")
            return
        editor.step(by)
        problem = self._edits.problem(name, editor.text)
        if problem:
            self._say(problem, "error")
        else:
            self._stage(name, editor.text)

    def action_apply(self) -> None:
        """Send all staged changes as one edit."""
        if not self._edits.staged:
            edit = self.keys.shown("setup.edit")
            self._say(f"Nothing is staged: {edit} on a key, type a value, Enter.")
        elif not self._edits.sending:  # else the reply is still to come, and will be shown
            self._note = self._edits.apply()
            self.follow()

    def action_unstage(self) -> None:
        """Give up the staged change of the selected key."""
        name = self._list.selected
        if name is not None and self._edits.unstage(name):
            self._say(self._state_of(name))
        else:
            self._say("No change of this key is staged.")

    def action_undo(self) -> None:
        """Take back the last step of staging; where there is none, the last applied edit."""
        if self._edits.sending:  # what is undone then depends on the reply, which will be shown
            return
        name = self._edits.undo_staging()
        if name is not None:
            self._list.select(name)
            self._say(self._state_of(name))
            return
        names, self._note = self._edits.undo_applied()
        if names:
            self._list.select(names[0])
        if self._note is None and names:
            self._say(f"{', '.join(names)} has been changed again since: nothing is undone.")
        elif self._note is None:
            self._say(self._edits.closed() or "Nothing to undo.")
        self.follow()

    def action_history(self) -> None:
        """Show every edit of the run, with the way back to the value before."""
        self.app.push_screen(EditHistoryScreen(self._model, self._edits, self.show_key))

    def show_key(self, name: str) -> None:
        """Select a key whose change was staged elsewhere."""
        self._list.search = ""
        self._list.select(name)
        self._say(self._state_of(name))

    def action_back(self) -> None:
        """Show all keys again; else leave, after a question where something is staged."""
        if self._list.search:
            self._show_all()
            self.follow()
        elif self._edits.staged:
            self.app.push_screen(UnappliedScreen(self._edits), self._on_answer)
        else:
            self.dismiss()

    def _on_answer(self, answer: str | None) -> None:
        if answer == "discard":
            self._edits.discard()
            self.dismiss()
        elif answer == "apply":
            self._leaving = True
            self.action_apply()

    def _left_once_applied(self) -> bool:
        """Leave when the run has taken the changes; stay with the reason where it has not."""
        if self._edits.sending:
            return False
        self._leaving = False
        if self._edits.staged or self.app.screen is not self:
            return False
        self.dismiss()
        return True

    def _show_all(self) -> None:
        """End the search; what it has found stays selected."""
        selected = self._list.selected
        self._search, self._list.search = None, ""
        if selected is not None:
            self._list.select(selected)

    def _editable(self) -> str | None:
        """The selected key, where it can be edited; else it is said why not."""
        name = self._list.selected
        locked = self._edits.locked(name) if name is not None else "No key is selected."
        if locked:
            self._say(locked, "warning" if self._edits.closed() else "info")
        return None if locked else name

    def _stage(self, name: str, text: str) -> None:
        if self._edits.problem(name, text) is None:
            self._list.editor = None
            self._edits.stage(name, text)
            self._say(self._state_of(name))

    def _put_note_away(self) -> None:
        if not self._edits.sending:  # its text becomes the reply
            self._note = None

    def _state_of(self, name: str) -> str:
        if name not in self._edits.staged:
            return f"{name} is unchanged: {self._edits.value(name)}."
        back = self.keys.shown("setup.take_back")
        return f"{name} is staged; {back} takes it back."
