"""Fewer bytes for the same colours: SGR sequences (``ESC [ ... m``, ECMA-48 8.3.117) said once.

Rich states every piece's colours in full and takes them back after it, so two thirds of a frame are
colours. A terminal keeps what it was told: here a sequence is sent only before text, and only what it
changes. On the dashboard that leaves about half of the bytes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_SGR = re.compile(r"\x1b\[([0-9;]*)m")
# Neither draws a cell nor fills one with a colour, so what comes next need not be in force yet.
_MOVES = re.compile(r"(?:\x1b\[\d+;\d+H|[\r\n])+")
_RESET = "0"
_NO_FOREGROUND, _NO_BACKGROUND = "39", "49"
_FOREGROUNDS = {*map(str, (*range(30, 38), *range(90, 98))), _NO_FOREGROUND}
_BACKGROUNDS = {*map(str, (*range(40, 48), *range(100, 108))), _NO_BACKGROUND}


class Look(NamedTuple):
    """Colours and attributes as SGR parameters; None: the terminal's own colour."""

    attributes: tuple[str, ...] = ()
    foreground: str | None = None
    background: str | None = None


PLAIN = Look()


class LeanColours:
    """Rewrites a stream of text and sequences; knows what the terminal has been told."""

    def __init__(self) -> None:
        self._wanted = self._told = PLAIN

    def lean(self, text: str) -> str:
        """The same pictures in fewer bytes; sequences other than SGR are left as they are."""
        pieces = _SGR.split(text)  # text, parameters, text, parameters, ..., text
        out = [self._before(pieces[0])]
        for parameters, literal in zip(pieces[1::2], pieces[2::2], strict=True):
            self._wanted = _after(self._wanted, parameters)
            out.append(self._before(literal))
        return "".join(out)

    def rest(self) -> str:
        """What gives the terminal its own colours back, should another program write next."""
        told, self._told = self._told, PLAIN
        return "" if told == PLAIN else "\x1b[m"

    def _before(self, literal: str) -> str:
        if not literal or _MOVES.fullmatch(literal):
            return literal
        told, self._told = self._told, self._wanted
        return _change(told, self._wanted) + literal


@lru_cache(maxsize=4096)
def _change(before: Look, after: Look) -> str:
    """The shortest sequence from one look to another."""
    if before == after:
        return ""
    anew = [_RESET, *_additions(PLAIN, after)] if after != PLAIN else []
    kept = after.attributes[: len(before.attributes)] == before.attributes
    # No single parameter ends all kinds of attributes.
    ways = [anew, _additions(before, after)] if kept else [anew]
    return min((f"\x1b[{';'.join(way)}m" for way in ways), key=len)


def _additions(before: Look, after: Look) -> list[str]:
    """The parameters that turn a look into one with no fewer attributes."""
    parameters = list(after.attributes[len(before.attributes) :])
    if before.foreground != after.foreground:
        parameters.append(after.foreground or _NO_FOREGROUND)
    if before.background != after.background:
        parameters.append(after.background or _NO_BACKGROUND)
    return parameters


@lru_cache(maxsize=4096)
def _after(look: Look, parameters: str) -> Look:
    """The look that follows from a sequence."""
    codes = parameters.split(";")
    while codes:
        code = codes.pop(0)
        if code in ("", _RESET):
            look = PLAIN
        elif code in ("38", "48"):  # ...;5;N or ...;2;R;G;B
            size = 2 if codes[:1] == ["5"] else 4
            colour = ";".join([code, *codes[:size]])
            del codes[:size]
            look = (
                look._replace(foreground=colour)
                if code == "38"
                else look._replace(background=colour)
            )
        elif code in _FOREGROUNDS:
            look = look._replace(foreground=None if code == _NO_FOREGROUND else code)
        elif code in _BACKGROUNDS:
            look = look._replace(background=None if code == _NO_BACKGROUND else code)
        elif code not in look.attributes:
            look = look._replace(attributes=(*look.attributes, code))
    return look
