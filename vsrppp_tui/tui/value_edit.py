"""The value of one key while it is typed, or chosen where its values can be counted."""

from __future__ import annotations

from typing import Any

from vsrppp_tui.errors import UserError
from vsrppp_tui.tui.line_edit import LineEdit
from vsrppp_tui.tui.live_edits import LiveEdits, shown_value
from vsrppp_tui.tui.value_steps import next_choice, stepped


class ValueEdit:
    """Begins with the staged value of a key, else with the one in effect.

    What is typed or pasted first takes the place of that value, as in a field that is selected; an arrow,
    Home, End or Backspace before it edits the value instead. So "5e-4" never becomes "-3.05e-4".
    """

    def __init__(self, edits: LiveEdits, name: str) -> None:
        self._edits = edits
        self._info = edits.info(name)
        self.name = name
        self.began_at = edits.value(name)
        self.line = LineEdit(shown_value(edits.next_value(name)))
        self._untouched = True
        self.problem: str | None = None  # of what is typed, when it was last judged

    def judge(self) -> None:
        """Find out whether what is typed may be staged, beside what is in effect and staged now."""
        self.problem = self._edits.problem(self.name, self.text)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.line.text

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values there are; empty where they cannot be counted."""
        return self._info.choices

    @property
    def overtaken(self) -> str | None:
        """The value in effect now, where another screen or the file has changed it meanwhile."""
        now = self._edits.value(self.name)
        return now if now != self.began_at else None

    def key(self, key: str, character: str | None) -> None:
        """Type, or step through the values."""
        if key in ("up", "down"):
            # Up is more of a number, and the choice before in a list.
            self.step((1 if key == "up" else -1) * (-1 if self.choices else 1))
        elif self.choices and key in ("left", "right", "space"):
            self.step(-1 if key == "left" else 1)
        else:
            if character is not None and character.isprintable():
                self._make_room()
            self._untouched = False
            self.line.key(key, character)

    def insert(self, text: str) -> None:
        """Paste."""
        self._make_room()
        self.line.insert(text)

    def _make_room(self) -> None:
        if self._untouched:
            self.line = LineEdit("")
        self._untouched = False

    @property
    def steps(self) -> bool:
        """Whether there is a value after what is typed, and one before it."""
        return bool(self.choices) or self._number() is not None

    def step(self, by: int) -> None:
        """Take the next choice, or a number one sensible step on; a step that is not allowed is not taken."""
        number = self._number()
        if self.choices:
            self._type(next_choice(self.choices, self._value(), by))
        elif number is not None:
            whole = self._info.type_text.startswith("a whole number")
            self._type_allowed(stepped(number, by, whole))

    def _number(self) -> float | None:
        """What is typed, where the key takes a number and it is one."""
        value = self._value()
        takes_one = self._info.type_text.startswith(("a whole number", "a number"))
        is_one = isinstance(value, int | float) and not isinstance(value, bool)
        return value if takes_one and is_one else None

    def _value(self) -> Any:
        from vsrppp_tui.config.edit import parse_value

        try:
            return parse_value(self._info, self.text)
        except UserError:
            return None

    def _type_allowed(self, value: Any) -> None:
        if self._edits.problem_with(self.name, value) is None:
            self._type(value)

    def _type(self, value: Any) -> None:
        self.line = LineEdit(shown_value(value))
        self._untouched = True
