"""The base of every panel: rows of styled text, of which only what changed is sent to the terminal.

A row is a tuple of pieces ``(text, style name)``; the style names are component classes of the app
(``row--good``), so colours live in the style sheet and follow the theme. Of the app and not of each
widget: Textual works every component class out anew for each of its owners, which doubled the time
to the first frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import compress, zip_longest
from operator import ne, or_
from typing import NamedTuple, Self

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

Piece = tuple[str, str]
Row = tuple[Piece, ...]

# A new region costs a cursor movement and colours anew: about as much as this many equal cells.
JOINED_CELLS = 6
STYLES = (
    "text",
    "dim",
    "faint",
    "strong",
    "accent",
    "good",
    "warning",
    "error",
    "high",
    "key",
    "selected",
    "cursor",
    "curve",
    "curve-raw",
    # Curves beside the first one, in one plot; a letter and dashes tell them apart as well.
    "curve-2",
    "curve-3",
    "curve-4",
    "curve-5",
    "curve-6",
)

COMPONENT_CLASSES = {f"row--{name}" for name in STYLES}


def row_width(row: Row) -> int:
    """Cells that a row takes."""
    return sum([_text_width(text) for text, _ in row])


@lru_cache(maxsize=8192)
def _text_width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def padded(row: Row, width: int, style: str = "text") -> Row:
    """The row with spaces up to `width` cells; a longer one is left as it is."""
    missing = width - row_width(row)
    return (*row, (" " * missing, style)) if missing > 0 else row


def spread(left: Row, right: Row, width: int) -> Row:
    """`left` at the left edge and `right` at the right one; `right` goes where both do not fit."""
    gap = width - row_width(left) - row_width(right)
    return (*left, (" " * gap, "text"), *right) if gap >= 1 else left


def centred(row: Row, width: int) -> Row:
    """The row in the middle of `width` cells."""
    return ((" " * max(0, (width - row_width(row)) // 2), "text"), *row)


def changed_regions(before: Row, after: Row, y: int, width: int) -> list[Region]:
    """Where line `y` differs, cell by cell; changes close to each other make one region."""
    if before == after:
        return []
    first = _equal_pieces(before, after)
    before, after, start = before[first:], after[first:], row_width(after[:first])
    end = width
    if row_width(before) == row_width(after):
        last = _equal_pieces(before[::-1], after[::-1])
        before, after = before[: len(before) - last], after[: len(after) - last]
        end = min(width, start + row_width(after))
    old, new = _cells(before, end - start), _cells(after, end - start)
    if old is None or new is None:
        return [Region(0, y, width, 1)]
    differs = map(or_, map(ne, old.text, new.text), map(ne, old.styles, new.styles))
    spans: list[list[int]] = []
    for x in compress(range(start, end), differs):
        if spans and x - spans[-1][1] < JOINED_CELLS:
            spans[-1][1] = x + 1
        else:
            spans.append([x, x + 1])
    return [Region(left, y, right - left, 1) for left, right in spans]


def _equal_pieces(one: Row, other: Row) -> int:
    """How many pieces both begin with."""
    number = 0
    for own, others in zip(one, other, strict=False):
        if own != others:
            break
        number += 1
    return number


def cut(row: Row, left: int, right: int) -> Row | None:
    """The pieces in the cells from `left` up to `right`; None where a character is wider than one cell."""
    pieces, end = [], 0
    for text, style in row:
        start, end = end, end + len(text)
        if _text_width(text) != len(text):
            return None
        if end > left:
            pieces.append((text[max(0, left - start) : right - start], style))
            if end >= right:
                return tuple(pieces)
    return padded(tuple(pieces), right - left)


class _Cells(NamedTuple):
    """One character a cell, and one that stands for its style."""

    text: str
    styles: str


def _cells(row: Row, width: int) -> _Cells | None:
    """The cells of a row, at least `width`; None where a character is wider than one."""
    text = "".join([text for text, _ in row])
    if row_width(row) != len(text):
        return None
    styles = "".join([_STYLE_LETTERS[style] * len(text) for text, style in row])
    missing = width - len(text)
    return _Cells(text + " " * missing, styles + _STYLE_LETTERS["text"] * missing)


class _Letters(dict[str, str]):
    """A character for each name, whichever it is."""

    def __missing__(self, name: str) -> str:
        self[name] = chr(len(self))
        return self[name]


_STYLE_LETTERS = _Letters()


class Codes(dict[str, tuple[str, str]]):
    """What a terminal is sent before and after a text, by style name; found when it is first needed."""

    def __init__(self, find: Callable[[str], tuple[str, str]]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, name: str) -> tuple[str, str]:
        self[name] = self._find(name)
        return self[name]


class RowWidget(Widget):
    """Shows rows; `show` repaints no more than what differs from the rows shown before."""

    _renamed: int | None = None  # the row of the frame that is being given a new name
    _quiet = False  # whether a change is not to be asked for

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: tuple[Row, ...] = ()
        self._styles_by_name: dict[str, Style] = {}
        self._codes: tuple[object, Codes] | None = None
        self._blank = False

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows shown now."""
        return () if self._blank else self._rows

    def blank(self, blank: bool) -> None:
        """Show nothing for a while; the rows are kept, and so is the room."""
        if blank != self._blank:
            self._blank = blank
            self.refresh()

    @property
    def text(self) -> str:
        """The rows as plain text, one a line."""
        return "\n".join("".join(text for text, _ in row) for row in self.rows)

    def show(self, rows: Sequence[Row], size: Size | None = None) -> None:
        """Take new rows; equal ones cause no repaint at all.

        Args:
            rows: from the top; what is below them is empty.
            size: of the content, where it is known: to look it up takes time.
        """
        before, self._rows = self._rows, tuple(rows)
        width, height = size or self.content_size
        regions = [
            region
            for y, (old, new) in enumerate(zip_longest(before, self._rows, fillvalue=()))
            if y < height and old is not new
            for region in changed_regions(old, new, y, width)
        ]
        if regions:
            self.refresh(*regions)

    def entitle(self, *, title: str | None = None, subtitle: str | None = None) -> None:
        """Name the upper or the lower side of the frame; repaints no more than that side."""
        if title is not None and title != (self.border_title or ""):
            self._renamed = 0
            self.border_title = title
        if subtitle is not None and subtitle != (self.border_subtitle or ""):
            self._renamed = self.outer_size.height - 1
            self.border_subtitle = subtitle
        self._renamed = None

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """As Textual's; where a side of the frame has just been renamed, of that side alone."""
        if self._renamed is not None:
            left, top = self.content_offset  # from which Textual counts
            regions = (Region(-left, self._renamed - top, self.outer_size.width, 1),)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def quietly(self, change: Callable[[], None]) -> bool:
        """Change something without asking to be painted; says whether there is something to paint.

        Whatever asks for more than that, another layout say, is asked for as usual.
        """
        self._quiet = True
        try:
            change()
        finally:
            self._quiet = False
        if self._layout_required or self._scroll_required or self._refresh_styles_required:
            self.check_idle()
            return False
        return self._repaint_required

    def check_idle(self) -> None:
        if not self._quiet:
            super().check_idle()

    def row_at(self, y: int) -> Row | None:
        """What stands at line `y` of the content; None where that is no row."""
        return self.rows[y] if y < len(self.rows) else ()

    def codes(self, key: object, render: Callable[[Style], tuple[str, str]]) -> Codes:
        """What a terminal is sent before and after a text, by style name; kept while `key` is the same."""
        if self._codes is None or self._codes[0] != key:
            self._codes = key, Codes(lambda name: render(self._style(name)))
        return self._codes[1]

    def render_line(self, y: int) -> Strip:
        row = self.rows[y] if y < len(self.rows) else ()
        strip = Strip([Segment(text, self._style(name)) for text, name in row if text])
        return strip.adjust_cell_length(self.content_size.width, self._style("text"))

    def notify_style_update(self) -> None:
        self._styles_by_name.clear()
        self._codes = None
        super().notify_style_update()

    def _style(self, name: str) -> Style:
        if name not in self._styles_by_name:
            styles = self.app.get_component_styles(f"row--{name}")
            background = self.background_colors[1] + styles.background
            colour = background + styles.color
            style = Style.from_color(colour.rich_color, background.rich_color)
            self._styles_by_name[name] = style + styles.text_style
        return self._styles_by_name[name]
