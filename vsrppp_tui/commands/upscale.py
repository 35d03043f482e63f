"""`vsrppp upscale`: a network applied to an image, a video, or a folder of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from vsrppp_tui.commands.progress import Report, Task, report_on
from vsrppp_tui.counting import counted

if TYPE_CHECKING:
    from vsrppp_tui.deploy.enlarger import Enlarger
    from vsrppp_tui.deploy.upscale import Job

_LEFT_OUT = 1
_INTERRUPTED = 130
_FILES = Task("Files", "file")
_SURVEYING = Task("Looking through the video (frames)", "looking through the video: frame")
_FRAMES = Task("Enlarging (frames)", "enlarging: frame")


@dataclass(frozen=True, slots=True)
class UpscaleOptions:
    """What was asked for on the command line."""

    source: Path
    out: Path
    weights: Path
    device: str = "auto"
    tile: int | None = None
    crf: int | None = None


def upscale(options: UpscaleOptions) -> int:
    """Enlarge, and say what became of it; returns the exit code: 0, 1 where a file was left out, 130.

    Raises:
        UserError: see `deploy.upscale` and `deploy.network_file.open_network`; of a single file, too,
            that it cannot be read.
    """
    # PyAV, OpenCV and torch are loaded here, so that --help does not wait for them.
    from vsrppp_tui.deploy.enlarger import Enlarger
    from vsrppp_tui.deploy.network_file import open_network
    from vsrppp_tui.deploy.upscale import plan, unfinished
    from vsrppp_tui.training.precision import choose_device, describe_device

    console = Console()
    jobs = plan(options.source, options.out)
    device = choose_device(options.device)
    ready = open_network(options.weights)
    enlarger = Enlarger(ready.network, device, options.tile)
    console.print(f"{ready.words} on {describe_device(device)}", highlight=False, soft_wrap=True)
    left = unfinished(jobs)
    if len(left) < len(jobs):
        console.print(f"{len(jobs) - len(left)} of {len(jobs)} files are there already.")
    try:
        return _run(options, left, enlarger, console)
    except KeyboardInterrupt:
        again = "The same command continues." if options.source.is_dir() else "Nothing was left."
        console.print(f"Interrupted. {again}")
        return _INTERRUPTED


def _run(options: UpscaleOptions, jobs: list[Job], enlarger: Enlarger, console: Console) -> int:
    from vsrppp_tui.deploy.upscale import upscale as work
    from vsrppp_tui.deploy.video_writer import DEFAULT_CRF

    crf = DEFAULT_CRF if options.crf is None else options.crf
    began, problems = time.monotonic(), 0
    report = report_on(console)
    with report:
        for job, problem in work(jobs, enlarger, crf, _Told(report, len(jobs))):
            if problem is None:
                continue
            if not options.source.is_dir():
                raise problem
            problems += 1
            console.print(f"Left out: {job.source}: {problem}", highlight=False, soft_wrap=True)
    if enlarger.tile is not None:
        console.print(f"In tiles of {enlarger.tile} pixels that overlap by {enlarger.overlap}.")
    done, seconds = len(jobs) - problems, time.monotonic() - began
    console.print(
        f"{counted(done, 'file')} in {seconds:.1f} s: {options.out}",
        highlight=False,
        soft_wrap=True,
    )
    return _LEFT_OUT if problems else 0


class _Told:
    """Hands what the work tells on to the screen; the count of files only where there are several."""

    def __init__(self, report: Report, count: int) -> None:
        self._report = report
        self._several = count > 1

    def files(self, done: int, total: int) -> None:
        if self._several:
            self._report.show(_FILES, done, total)

    def surveying(self, done: int, total: int) -> None:
        self._report.show(_SURVEYING, done, total)

    def frames(self, done: int, total: int) -> None:
        self._report.show(_FRAMES, done, total)
