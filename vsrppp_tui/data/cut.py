"""Cutting one window of a video into pairs and writing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vsrppp_tui.data.crops import Place, choose_crops, crops_for
from vsrppp_tui.data.degrade import reduce_to_lr
from vsrppp_tui.data.formats import PatchFormat
from vsrppp_tui.data.layout import Layout, Part
from vsrppp_tui.data.stacks import Picture, join_stack
from vsrppp_tui.png import write_png


@dataclass(frozen=True)
class WindowCutter:
    """Cuts windows; may be used by several threads at once.

    Attributes:
        layout: where the files go.
        crops: wanted from a window of each part for each format; None: about as many as cover a frame.
        seed: of the places of the crops.
    """

    layout: Layout
    crops: Mapping[Part, int | None]
    seed: int

    def cut(self, frames_THWC: Picture, part: Part, stem: str, start: int) -> list[int]:
        """Write the pairs of a window and return how many there are of each format.

        Flat crops are left out; a validation window gives at least one picture of each format.

        Raises:
            OSError: a file cannot be written.
        """
        counts = []
        for format_ in self.layout.formats:
            places = self._places(frames_THWC, format_, part, f"{stem} {start}")
            for crop, place in enumerate(places):
                name = self.layout.name(part, format_, stem, start, crop)
                self._write(frames_THWC, format_, place, part, name)
            counts.append(len(places))
        return counts

    def _places(
        self, frames_THWC: Picture, format_: PatchFormat, part: Part, window: str
    ) -> list[Place]:
        middle = frames_THWC[len(frames_THWC) // 2]
        wanted = self.crops[part] or crops_for(format_, middle.shape[1], middle.shape[0])
        return choose_crops(
            middle, format_, wanted, f"{self.seed} {window}", at_least_one=part == "val"
        )

    def _write(
        self, frames_THWC: Picture, format_: PatchFormat, place: Place, part: Part, name: str
    ) -> None:
        """Write the LR stacks and then GT: a GT file that is there has its stacks."""
        top, left = place
        crop = np.ascontiguousarray(
            frames_THWC[:, top : top + format_.gt_height, left : left + format_.gt_width]
        )
        middle = len(crop) // 2
        gt_path, *lr_paths = self.layout.paths(part, format_, name)
        lr = reduce_to_lr(crop) if lr_paths else crop
        for frames, path in zip(self.layout.lr_frames(part), lr_paths, strict=True):
            first = middle - frames // 2
            write_png(path, join_stack(lr[first : first + frames]))
        write_png(gt_path, crop[middle])
