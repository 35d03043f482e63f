"""Streaming the wanted windows of one video through a pool of threads that cut them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from vsrppp_tui.data.cut import WindowCutter
from vsrppp_tui.data.layout import Part
from vsrppp_tui.data.stacks import Picture
from vsrppp_tui.data.video import decode_video, to_rgb
from vsrppp_tui.errors import UserError

_MOST_THREADS = 8


def stream_windows(path: Path, starts: Sequence[int], length: int) -> Iterator[tuple[int, Picture]]:
    """Decode a video once and give its windows, [T, H, W, 3] each, with their first frames.

    Args:
        path: the video.
        starts: first frames, ascending, at least `length` apart.
        length: T.

    Raises:
        UserError: the video is unreadable, ends early, or its pictures change their size.
    """
    waiting = deque(starts)
    window: list[Picture] = []
    for number, frame in enumerate(decode_video(path)):
        if not waiting:
            return
        if number < waiting[0]:
            continue
        window.append(to_rgb(frame))
        if window[0].shape != window[-1].shape:
            raise UserError(
                f"The pictures of {path} change their size at frame {number}. "
                "Cut the video there with ffmpeg and give both parts."
            )
        if len(window) == length:
            yield waiting.popleft(), np.stack(window)
            window = []
    if waiting:
        raise UserError(f"The video {path} ended early: frame {waiting[0]} and later are missing.")


def cut_windows(
    path: Path, starts: Sequence[int], val: frozenset[int], length: int, cutter: WindowCutter
) -> Iterator[tuple[int, list[int]]]:
    """Cut windows of a video and give, in order, the first frame of each and its crops by format.

    Args:
        path: the video.
        starts: first frames, as for `stream_windows`.
        val: those of them that are for validation.
        length: T.
        cutter: writes the pairs of a window.

    Raises:
        UserError: as `stream_windows`.
        OSError: a file cannot be written.
    """
    threads = min(_MOST_THREADS, os.cpu_count() or 1)
    pending: deque[tuple[int, Future[list[int]]]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for start, frames in stream_windows(path, starts, length):
            part: Part = "val" if start in val else "train"
            pending.append((start, pool.submit(cutter.cut, frames, part, path.stem, start)))
            del frames  # the pool alone keeps a window, and no longer than it needs it
            if len(pending) > threads:  # bounds the windows in memory
                yield _oldest(pending)
        while pending:
            yield _oldest(pending)
    finally:
        pool.shutdown(cancel_futures=True)


def _oldest(pending: deque[tuple[int, Future[list[int]]]]) -> tuple[int, list[int]]:
    start, crops = pending.popleft()
    return start, crops.result()
