"""The picture screen as pictures, compared with those in `__snapshots__`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tui.comparisons import run_with_pictures
from tests.tui.driving import Driver, history_loaded, make_app, picture_drawn


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("keys", [(), ("+", "+", "right", "down")], ids=["whole", "zoomed"])
def test_pictures(
    snap_compare: Any, tmp_path: Path, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async def look(pilot: Driver) -> None:
        await history_loaded(pilot)
        await pilot.press("i")
        await picture_drawn(pilot)
        await pilot.press(*keys)
        await picture_drawn(pilot)

    app = make_app(run_with_pictures(tmp_path), run_dir=tmp_path)
    assert snap_compare(app, terminal_size=size, run_before=look)
