"""Which steps a plot shows: the whole run, its newest part, or what was zoomed into."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from vsrppp_tui.tui.plot.axis import nice_end
from vsrppp_tui.tui.plot.columns import Span

# Name, share of the run or number of steps; the screen's key goes through them.
WINDOWS: tuple[tuple[str, float], ...] = (
    ("whole run", 1.0),
    ("last 10%", 0.1),
    ("last 10,000 steps", 10_000),
    ("last 1,000 steps", 1_000),
)
_FEWEST = 10.0  # steps across; fewer are not worth a screen
ZOOM = 2.0


@dataclass(frozen=True, slots=True)
class Extent:
    """The steps there are: of the oldest point, of the run now, and the run's last one (0: unknown)."""

    first: float
    last: float
    total: float = 0.0

    @property
    def whole(self) -> Span:
        """The whole run between round numbers, so that it seldom rescales while it grows."""
        end = nice_end(self.last)
        end = min(end, self.total) if self.total >= self.last else end
        start = 0.0 if self.first <= 0.1 * end else self.first
        return start, max(end, start + 1.0)


@dataclass(frozen=True, slots=True)
class Window:
    """The choice of steps; `zoomed` overrides `choice`."""

    choice: int = 0
    zoomed: Span | None = None

    def span(self, extent: Extent) -> Span:
        """The first and the last step shown; a window at the newest end moves in steps."""
        if self.zoomed is not None:
            return self.zoomed
        size = WINDOWS[self.choice][1]
        whole = extent.whole
        if size == 1.0:
            return whole
        wide = max(_FEWEST, size if size > 1 else nice_end(size * extent.last))
        stride = max(1.0, wide / 10)  # a move changes nearly every cell
        end = min(math.ceil(extent.last / stride) * stride, whole[1])
        return (max(0.0, end - wide), end) if end - wide > whole[0] else whole

    def name(self, extent: Extent) -> str:
        """What is shown, in words."""
        if self.zoomed is not None:
            return "zoomed in"
        whole = self.span(extent) == extent.whole
        return WINDOWS[0 if whole else self.choice][0]

    def next(self) -> Window:
        """The next of the choices."""
        return Window((self.choice + 1) % len(WINDOWS))

    def zoom(self, extent: Extent, around: float, inward: bool) -> Window:
        """Half or twice as many steps, with `around` where it stands now; beyond all, the whole run."""
        first, last = self.span(extent)
        low, high = extent.whole
        wide = max(_FEWEST, (last - first) / ZOOM) if inward else (last - first) * ZOOM
        if wide >= high - low:
            return Window()
        if wide >= last - first and inward:
            return self
        around = min(last, max(first, around))
        start = around - (around - first) / (last - first) * wide
        return replace(self, zoomed=_within(start, wide, extent.whole))

    def pan(self, extent: Extent, by: float) -> Window:
        """Moved by a share of its width, within the run; the whole run has nowhere to go."""
        first, last = self.span(extent)
        moved = _within(first + by * (last - first), last - first, extent.whole)
        return self if moved == (first, last) else replace(self, zoomed=moved)


def _within(start: float, wide: float, whole: Span) -> Span:
    start = float(round(min(max(start, whole[0]), max(whole[0], whole[1] - wide))))
    return start, start + float(max(1, round(wide)))
