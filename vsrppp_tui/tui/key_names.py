"""Keys as they are shown: ``Ctrl+P`` for Textual's ``ctrl+p``, ``?`` for ``question_mark``."""

from __future__ import annotations

from collections.abc import Iterable

_NAMES = {
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "escape": "Esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "delete": "Del",
    "backspace": "Backspace",
    "question_mark": "?",
    "plus": "+",
    "minus": "−",
    "equals_sign": "=",
    "slash": "/",
    "backslash": "\\",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "comma": ",",
    "full_stop": ".",
    "colon": ":",
    "semicolon": ";",
    "exclamation_mark": "!",
    "number_sign": "#",
    "asterisk": "*",
    "underscore": "_",
    "vertical_line": "|",
}


def shown_key(key: str) -> str:
    """One key as people know it."""
    *modifiers, last = key.split("+")
    name = _NAMES.get(last, _letter(last, modifiers) if len(last) == 1 else last.capitalize())
    return "+".join([*(modifier.capitalize() for modifier in modifiers), name])


def _letter(key: str, modifiers: list[str]) -> str:
    # A capital that does something of its own is Shift and the letter.
    return f"Shift+{key}" if key.isupper() and not modifiers else key.upper()


def shown_keys(keys: Iterable[str]) -> str:
    """Several keys for the same thing, or for things that belong together."""
    return " ".join(shown_key(key) for key in keys)


_BY_CHARACTER = {shown: name for name, shown in _NAMES.items() if len(shown) == 1}
_BY_CHARACTER["-"] = "minus"


def textual_key(typed: str) -> str:
    """A key as a person writes it in the settings, by Textual's name: ``?`` is ``question_mark``."""
    key = typed.strip()
    return _BY_CHARACTER.get(key, key)
