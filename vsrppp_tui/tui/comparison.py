"""What is shown of a comparison: its parts or their distance from GT, side by side or one of them large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

LR, KI, GT = range(3)  # the parts of the file, from left to right
_CYCLE = (KI, GT, LR)
GAINS = (4, 8, 16, 1)  # amplification of differences, in the order in which a key goes through them


Pair = tuple[int, int]  # the part that is seen large, and the one seen before it


@dataclass(frozen=True, slots=True)
class Layout:
    """How a comparison is laid out; which part is seen large is the screen's own business."""

    large: bool = False  # one part takes the whole width
    gain: int = 0  # 0: the parts themselves, else their difference from GT, times this

    @property
    def parts(self) -> tuple[int, ...]:
        """What there is to see: GT has no difference from itself."""
        return (LR, KI) if self.gain else (LR, KI, GT)

    @property
    def abreast(self) -> int:
        """How many parts stand side by side."""
        return 1 if self.large else len(self.parts)

    @property
    def full_scale(self) -> int:
        """The difference, of 255, from which on a difference is white."""
        return -(-255 // self.gain) if self.gain else 0

    @property
    def first_pair(self) -> Pair:
        """What is swapped in place to begin with: the network with GT, or with what it improved."""
        return (KI, LR) if self.gain else (KI, GT)


def swapped(pair: Pair) -> Pair:
    """The part seen before, and the present one to go back to."""
    return pair[1], pair[0]


def cycled(pair: Pair, parts: tuple[int, ...]) -> Pair:
    """The next of the parts: KI, GT, LR, as far as they are among `parts`."""
    order = [part for part in _CYCLE if part in parts]
    return order[(order.index(pair[0]) + 1) % len(order)], pair[0]


def split(picture: Pixels) -> list[Pixels]:
    """LR | KI | GT of a comparison file (RGB [H, 3W, 3])."""
    import numpy as np

    return np.split(picture, 3, axis=1)


def shown(parts: list[Pixels], layout: Layout) -> list[Pixels]:
    """The pictures of a layout, RGB [H, W, 3] each; differences are `amplified` once they have their size."""
    if not layout.gain:
        return parts
    return [difference(parts[part], parts[GT]) for part in layout.parts]


def difference(picture: Pixels, truth: Pixels) -> Pixels:
    """How far each pixel is from the truth: the largest of its three channels, as grey."""
    import cv2
    import numpy as np

    largest = cv2.absdiff(picture, truth).max(axis=2)
    return np.repeat(largest[..., None], 3, axis=2)


def amplified(grey: Pixels, gain: int) -> Pixels:
    """A difference so many times as bright; a mean of pixels is amplified as one, and never cut before."""
    import numpy as np

    return np.minimum(grey.astype(np.int32) * gain, 255).astype(np.uint8)
