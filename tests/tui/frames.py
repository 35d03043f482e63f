"""Frames of the screen as text files: what stands where and in which style, small enough to be read.

A file holds the lines of the frame, then the styles by a letter, then the runs of styles of each line.
``pytest --frames-update`` writes them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.app import App

FRAMES = Path(__file__).with_name("frames")


def frame_of(app: App[Any]) -> str:
    """The present frame, filters of the colours included."""
    screen = app.screen
    lines = list(_strips(app))
    names = _Names()
    runs = [_runs(line, names) for line in lines]
    text = ["".join(segment.text for segment in line) for line in lines]
    return "\n".join(
        [
            f"{screen.size.width}x{screen.size.height}",
            *(f"|{line}|" for line in text),
            *(f"{name} {style}" for style, name in names.known.items()),
            *runs,
            "",
        ]
    )


def _strips(app: App[Any]) -> Iterator[list[Segment]]:
    """The lines of the whole stack of screens, as they would be written to the terminal."""
    stack = app._background_screens
    update = app.screen._compositor.render_update(full=True, screen_stack=stack, simplify=True)
    assert isinstance(update, LayoutUpdate)
    for line in update.strips:
        yield [segment for strip in line for segment in strip]


class _Names:
    """Letters for styles, in the order in which they are met."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self._numbers = count()

    def of(self, style: Style | None) -> str:
        text = str(style) if style is not None else "none"
        if text not in self.known:
            self.known[text] = _letters(next(self._numbers))
        return self.known[text]


def _letters(number: int) -> str:
    text = ""
    while True:
        number, rest = divmod(number, 26)
        text = chr(ord("a") + rest) + text
        if number == 0:
            return text
        number -= 1


def _runs(line: list[Segment], names: _Names) -> str:
    runs: list[tuple[str, int]] = []
    for segment in line:
        name, cells = names.of(segment.style), segment.cell_length
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1] + cells)
        elif cells:
            runs.append((name, cells))
    return " ".join(f"{name}{cells}" for name, cells in runs)
