"""``vsrppp prepare``: training and validation patches out of real videos."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_INTERRUPTED = 130
_SECONDS_BETWEEN_LINES = 5.0


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
    report = _Bars(console) if console.is_terminal else _Lines(console)
    try:
        with report:
            result = prepare_dataset(videos, out, settings, report.windows, report.scanning)
    except KeyboardInterrupt:
        console.print("Interrupted. The same command continues where it stopped.")
        raise SystemExit(_INTERRUPTED) from None
    console.print(
        f"{result.train_pairs} training and {result.val_pairs} validation pairs are in {result.root}.",
        highlight=False,
    )


class _Bars:
    """Progress bars with the time that remains, for a terminal."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def scanning(self, done: int, total: int) -> None:
        """Show how far the search for scene cuts is."""
        self._show("Looking for scene cuts (frames)", done, total)

    def windows(self, done: int, total: int) -> None:
        """Show how many windows are cut."""
        self._show("Cutting patches (windows)", done, total)

    def _show(self, text: str, done: int, total: int) -> None:
        if text not in self._tasks:
            # Starting at what an earlier call left done keeps the estimate of the rest right.
            self._tasks[text] = self._progress.add_task(text, total=total, completed=done)
        self._progress.update(self._tasks[text], completed=done, total=total)


class _Lines:
    """A plain line now and then, for a log file or a pipe."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next = 0.0
        self._began: tuple[float, int] | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass

    def scanning(self, done: int, total: int) -> None:
        """Say how far the search for scene cuts is."""
        self._say(f"looking for scene cuts: frame {done} of {total}", done == total)

    def windows(self, done: int, total: int) -> None:
        """Say how many windows are cut and how long the rest takes."""
        now = time.monotonic()
        if self._began is None:
            self._began = (now, done)
        seconds, cut = now - self._began[0], done - self._began[1]
        left = f", {(total - done) * seconds / cut:.0f} s left" if cut else ""
        self._say(f"cutting patches: window {done} of {total}{left}", done == total)

    def _say(self, text: str, last: bool) -> None:
        if last or time.monotonic() >= self._next:
            self._console.print(text, highlight=False, soft_wrap=True)
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES
