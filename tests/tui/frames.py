"""Frames of the screen as text files: what stands where and in which style, small enough to be read.

A file holds the size, the lines of the frame, the looks of its cells by a letter (one style for each
theme), and the runs of looks of each line. Where a theme has another text (its own name, say), that
line stands under the theme's name. ``pytest --frames-update`` writes the files anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.app import App

FRAMES = Path(__file__).with_name("frames")


class Frame(NamedTuple):
    """What a terminal shows: the text of each line, and the style of each of its cells."""

    lines: tuple[str, ...]
    styles: tuple[tuple[str, ...], ...]


def frame_of(app: App[Any], folder: Path) -> Frame:
    """The present frame, filters of the colours included; `folder` is called by another name."""
    lines = list(_strips(app))
    texts = ("".join(segment.text for segment in line) for line in lines)
    styles = (
        tuple(str(segment.style) for segment in line for _ in range(segment.cell_length))
        for line in lines
    )
    return Frame(tuple(text.replace(str(folder), "/folder") for text in texts), tuple(styles))


def record_of(frames: Mapping[str, Frame]) -> str:
    """The file for the frames of one scene at one size, by theme; the first one's text is the text."""
    themes = list(frames)
    first = frames[themes[0]]
    looks: dict[tuple[str, ...], str] = {}
    runs = [_runs(zip(*cells, strict=True), looks) for cells in _by_line(frames.values())]
    return "\n".join(
        [
            f"{len(first.styles[0])}x{len(first.lines)} {', '.join(themes)}",
            *(f"|{line}|" for line in first.lines),
            *_other_texts(first, frames),
            *(f"{letters} {' / '.join(look)}" for look, letters in looks.items()),
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


def _by_line(frames: Iterable[Frame]) -> Iterator[Sequence[tuple[str, ...]]]:
    """Of each line, the styles of its cells in each frame."""
    return zip(*(frame.styles for frame in frames), strict=True)


def _other_texts(first: Frame, frames: Mapping[str, Frame]) -> Iterator[str]:
    for theme, frame in frames.items():
        for number, (line, own) in enumerate(zip(first.lines, frame.lines, strict=True), 1):
            if line != own:
                yield f"{theme} {number} |{own}|"


def _runs(cells: Iterator[tuple[str, ...]], looks: dict[tuple[str, ...], str]) -> str:
    return " ".join(
        f"{looks.setdefault(look, _letters(len(looks)))}{len(list(run))}"
        for look, run in groupby(cells)
    )


def _letters(number: int) -> str:
    text = ""
    while True:
        number, rest = divmod(number, 26)
        text = chr(ord("a") + rest) + text
        if number == 0:
            return text
        number -= 1
