"""NO_COLOR (no-color.org): not one code of a colour is sent, no grey and no "default colour" either.

Bold, dim, reverse and underline stay: themes.tcss says with them what else a colour would say.
"""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter


class WithoutColour(LineFilter):
    """Leaves of each style its attributes. (Textual's own filters send greys, or the default colours.)"""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, None if style is None else _attributes(style), control)
            for text, style, control in segments
        ]


@lru_cache(1024)
def _attributes(style: Style) -> Style:
    return style.without_color
