"""What the history of one block says: extremes, since when it is cold, and what that means."""

from __future__ import annotations

from dataclasses import dataclass

from vsrppp_tui.link.interface import COLD_PERCENT, FUSE, HEALTHY_PERCENT, BlockReading, is_finite
from vsrppp_tui.tui.metrics import Series

EARLY_SHARE = 0.1  # of the run: cold blocks are normal until then


@dataclass(frozen=True, slots=True)
class Story:
    """The activity of a block over the run, in percent."""

    lowest: float
    lowest_step: int
    highest: float
    highest_step: int
    readings: int
    first_step: int  # of the readings
    cold_since: int | None  # the first reading of the cold stretch that goes on now
    cold_share: float  # of the steps, 0..1


def story_of(series: Series) -> Story | None:
    """The story of the readings; None where none was a number."""
    import numpy as np

    finite = np.isfinite(series.last) & np.isfinite(series.low) & np.isfinite(series.high)
    steps, low, high, last = (part[finite] for part in series)
    if not steps.size:
        return None
    cold = last < COLD_PERCENT
    warm = np.flatnonzero(~cold)
    begins = int(warm[-1]) + 1 if warm.size else 0
    lengths = np.diff(steps, prepend=0.0)  # a reading stands for the steps since the one before
    bottom, top = int(np.argmin(low)), int(np.argmax(high))
    return Story(
        lowest=float(low[bottom]),
        lowest_step=int(steps[bottom]),
        highest=float(high[top]),
        highest_step=int(steps[top]),
        readings=int(steps.size),
        first_step=int(steps[0]),
        cold_since=int(steps[begins]) if begins < steps.size else None,
        cold_share=float(lengths[cold].sum() / max(1.0, lengths.sum())),
    )


def meaning(block: BlockReading, step: int, total_steps: int) -> str:
    """What the present activity of the block means, and what one can do about it."""
    if not is_finite(block.value):
        return "Its activity is no number: see the loss and the skipped steps."
    if block.trunk == FUSE:
        return _meaning_of_layer(block)
    if block.cold:
        return f"{_COLD} {_EARLY if step < EARLY_SHARE * total_steps else _LATE}"
    return f"{_meaning_of_warm(block.percent)} {_IF_COLD}"


def _meaning_of_warm(percent: float) -> str:
    low, high = HEALTHY_PERCENT
    if percent < low:
        return f"Under the healthy band of {low:.0f} to {high:.0f}%: it adds less than most, but not little."
    if percent <= high:
        return f"In the healthy band: {low:.0f} to {high:.0f}% of what the most active block adds."
    return (
        f"Above the healthy band of {low:.0f} to {high:.0f}%: it adds as much as the most active block "
        "or nearly so. The most active one always reads 100%."
    )


_COLD = (
    f"Cold: it adds under {COLD_PERCENT:.0f}% of what the most active block adds, which is little."
)
_IF_COLD = f"Under {COLD_PERCENT:.0f}% it would be cold."
_EARLY = "So early in the run this is normal: wait before you conclude anything from it."
_LATE = (
    "A few do no harm. If many stay cold, fewer blocks would probably do as well next time, "
    "and train faster."
)
LONGEST_MEANING = f"{_COLD} {_LATE}"


def _meaning_of_layer(layer: BlockReading) -> str:
    of = "of the output of the most active fuse layer"
    cold = f"Cold, under {COLD_PERCENT:.0f}%: it passes little on. " if layer.cold else ""
    return f"{cold}Its percentage is {of}; what the blocks add is small beside that."
