"""``vsrppp prepare``: training and validation patches out of real videos."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from vsrppp_tui.commands.progress import Task, report_on

_INTERRUPTED = 130
_CUTTING = Task("Cutting patches (windows)", "cutting patches: window")
_SCANNING = Task("Looking for scene cuts (frames)", "looking for scene cuts: frame")


def prepare(
    videos: Sequence[Path],
    out: Path,
    category: str | None = None,
    formats: str | None = None,
    frames: str = "5",
    limit: int | None = None,
) -> None:
    """Cut patches from videos into the dataset `out`, and say what it holds at the end.

    Args:
        videos: at least one file.
        out: the dataset's folder; a preparation that was interrupted continues.
        category: None, "general", "space" or "toon".
        formats: names or WxH separated by commas; None: the largest square up to 540 that fits.
        frames: "5", "7" or "5,7".
        limit: windows a video at most.

    Raises:
        UserError: see `data.prepare.prepare_dataset`.
        SystemExit: 130 after Ctrl+C.
    """
    # PyAV, OpenCV and torch are loaded here, so that --help does not wait for them.
    from vsrppp_tui.data.prepare import prepare_dataset
    from vsrppp_tui.data.prepare_settings import PrepareSettings, choose_formats, parse_frames

    console = Console()
    settings = PrepareSettings(
        choose_formats(videos, formats), parse_frames(frames), category, limit
    )
    sizes = ", ".join(format_.size for format_ in settings.formats)
    console.print(f"Preparing {out} from {len(videos)} video(s): GT {sizes}.", highlight=False)
    report = report_on(console)
    try:
        with report:
            result = prepare_dataset(
                videos,
                out,
                settings,
                functools.partial(report.show, _CUTTING),
                functools.partial(report.show, _SCANNING),
            )
    except KeyboardInterrupt:
        console.print("Interrupted. The same command continues where it stopped.")
        raise SystemExit(_INTERRUPTED) from None
    console.print(
        f"{result.train_pairs} training and {result.val_pairs} validation pairs are in {result.root}.",
        highlight=False,
    )
