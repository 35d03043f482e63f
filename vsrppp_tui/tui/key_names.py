"""Keys as they are shown: ``Ctrl+P`` for Textual's ``ctrl+p``, ``?`` for ``question_mark``."""

from __future__ import annotations

import string
import unicodedata
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


_MODIFIERS = {"ctrl", "alt", "shift", "super", "hyper", "meta"}
_SPECIAL = {
    *("escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end"),
    *("pageup", "pagedown", "left", "right", "up", "down"),
    *(f"f{number}" for number in range(1, 25)),
}
# What Textual calls a sign where that is not its name in Unicode.
_TEXTUAL = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "minus_sign": "minus",  # as it is shown
    "plus_sign": "plus",
    "low_line": "underscore",
}
_BY_SHOWN = {
    shown.casefold(): name for name, shown in _NAMES.items() if len(shown) > 1 or shown in "←→↑↓"
}


def textual_key(typed: str) -> str:
    """A key as a person writes it in the settings, by Textual's name: ``?`` is ``question_mark``.

    Raises:
        ValueError: no keyboard has such a key.
    """
    key = typed.strip()
    if not key:
        return ""
    start, plus, last = key[:-1].rpartition("+")  # the last one may be a plus itself
    modifiers = [part.strip().lower() for part in start.split("+")] if plus else []
    last += key[-1]
    if not set(modifiers) <= _MODIFIERS:
        raise ValueError(key)
    name = _plain_key(last.strip())
    if modifiers == ["shift"] and len(name) == 1 and name.isalpha():
        return name.upper()
    return "+".join([*modifiers, name.lower() if modifiers else name])


def _plain_key(typed: str) -> str:
    """Textual's name of a key without modifiers."""
    if len(typed) == 1 and typed.isalnum():
        return typed
    if len(typed) == 1 and typed not in "←→↑↓":
        return _sign(typed)
    name = _BY_SHOWN.get(typed.casefold(), typed.lower())
    if name not in _SPECIAL | _SIGNS:
        raise ValueError(typed)
    return name


def _sign(character: str) -> str:
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    if not name:
        raise ValueError(character)
    return _TEXTUAL.get(name, name)


_SIGNS = {_sign(character) for character in string.punctuation}
KEY_NAMES = sorted(_SPECIAL | _SIGNS)
