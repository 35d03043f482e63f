"""Where the pictures of a validation stand in the run directory."""

from __future__ import annotations


def picture_paths(step: int, count: int) -> tuple[str, ...]:
    """Paths of `count` comparison pictures (LR | KI | GT), relative to the run directory.

    The first one of step 500 is ``validation_images/step_000500/comparison_000.png``.
    """
    folder = f"validation_images/step_{step:06d}"
    return tuple(f"{folder}/comparison_{number:03d}.png" for number in range(count))
