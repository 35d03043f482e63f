"""Pictures and pairs that the tests of the data package make for themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vsrppp_tui.png import write_png


def noise(seed: int, height: int, width: int) -> NDArray[np.uint8]:
    """Random pixels: nothing compresses them, so a cut or a mix-up cannot hide."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def write_pair(
    root: Path,
    part: str,
    name: str,
    lr: tuple[int, int],
    frames: int = 5,
    lr_folder: str = "LR",
) -> None:
    """A pair of noise with LR frames of (height, width) `lr`."""
    height, width = lr
    seed = sum(name.encode())
    for kind, shape in (("GT", (height * 3, width * 3)), (lr_folder, (height * frames, width))):
        folder = root / part / kind
        folder.mkdir(parents=True, exist_ok=True)
        write_png(folder / f"{name}.png", noise(seed + len(kind + part), *shape))


def moving_scene(seed: int, count: int, height: int = 96, width: int = 144) -> list[np.ndarray]:
    """Frames of a textured picture that pans by two pixels a frame."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (height // 6 + 1, (width + 2 * count) // 6 + 1, 3))
    picture = coarse.repeat(6, 0).repeat(6, 1).astype(np.uint8)
    return [
        np.ascontiguousarray(picture[:height, 2 * frame : 2 * frame + width])
        for frame in range(count)
    ]
