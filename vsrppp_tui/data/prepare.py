"""Making a dataset out of videos.

A first pass over a video counts its frames and finds the scene cuts; a second one cuts the windows that
are not finished yet. Everything follows from the videos and the settings, so an interrupted preparation
goes on where it stopped. One video is streamed at a time; a few windows are in memory at once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.data.cut import WindowCutter
from vsrppp_tui.data.extract import cut_windows
from vsrppp_tui.data.layout import Layout, Part
from vsrppp_tui.data.manifest import Manifest, VideoRecord
from vsrppp_tui.data.prepare_settings import PrepareSettings, require_fit
from vsrppp_tui.data.scenes import (
    THUMBNAIL_HEIGHT,
    THUMBNAIL_WIDTH,
    SceneDetector,
    scenes_between,
)
from vsrppp_tui.data.video import decode_video, probe_video, to_small_luma
from vsrppp_tui.data.windows import WindowPlan, plan_windows
from vsrppp_tui.errors import UserError
from vsrppp_tui.png import BrokenPng, read_png_size

_LEAST_FREE_BYTES = 500_000_000
_SAVE_EVERY = 20  # windows between two savings of the manifest

Progress = Callable[[int, int], None]
"""Called with the number done and the number in all; what it raises stops the work, to be continued."""


@dataclass(frozen=True, slots=True)
class PrepareResult:
    """What a dataset holds of the given videos after the preparation."""

    root: Path  # holds Patches and Val
    train_pairs: int
    val_pairs: int


@dataclass(frozen=True, slots=True)
class _Work:
    """One video and what is to be cut from it."""

    path: Path
    record: VideoRecord
    plan: WindowPlan
    unfinished: list[int]


def prepare_dataset(
    videos: Sequence[Path],
    out: Path,
    settings: PrepareSettings,
    progress: Progress | None = None,
    scanning: Progress | None = None,
) -> PrepareResult:
    """Cut all pairs that are not there yet; to be called again after an interruption.

    Args:
        videos: files that PyAV can decode.
        out: the dataset's folder; made where it is missing.
        settings: the same ones as before where the folder holds a prepared dataset.
        progress: called with windows done and windows in all.
        scanning: called with frames looked at and frames in all (about), while cuts are looked for.

    Raises:
        UserError: a video is unreadable, too short or smaller than a format; the folder holds something
            else; nothing but flat pictures in a format; no disk space.
    """
    _check_videos(videos, settings)
    layout = Layout(out, settings.formats, settings.frames, settings.category)
    manifest = Manifest(layout.root, settings.to_json())
    try:
        work = [_plan(path, manifest, layout, settings, scanning or _silent) for path in videos]
        layout.make_folders()
        _cut_all(work, manifest, layout, settings, progress or _silent)
    except OSError as error:
        raise UserError(
            f"Cannot write to {out} ({error.strerror}). The same command continues once that is put right."
        ) from None
    return _result(work, layout)


def _check_videos(videos: Sequence[Path], settings: PrepareSettings) -> None:
    """Refuse what cannot be cut before anything is written."""
    stems: dict[str, Path] = {}
    for path in videos:
        info = probe_video(path)
        other = stems.setdefault(path.stem, path)
        if other is not path:
            raise UserError(
                f"{other} and {path} have the same name, and patches are named after their video. "
                "Rename one of them."
            )
        require_fit(settings.formats, info)


def _plan(
    path: Path, manifest: Manifest, layout: Layout, settings: PrepareSettings, scanning: Progress
) -> _Work:
    record = manifest.video(path)
    if record is None:
        record = _scan(path, scanning)
        manifest.videos[path.stem] = record
        manifest.save()
    scenes = scenes_between(record.cuts, record.frames)
    plan = plan_windows(scenes, settings.window, settings.val_share, settings.limit)
    if not plan.train:
        raise UserError(
            f"The video {path} is too short: it has {record.frames} frames and {len(record.cuts)} scene cuts, "
            f"and at least two windows of {settings.window} frames without a cut are needed."
        )
    val = set(plan.val)
    unfinished = [
        start
        for start in sorted(plan.train + plan.val)
        if not _is_finished(path.stem, record, start, "val" if start in val else "train", layout)
    ]
    return _Work(path, record, plan, unfinished)


def _scan(path: Path, scanning: Progress) -> VideoRecord:
    """Count the frames of a video and find its cuts."""
    expected = probe_video(path).frames
    detector = SceneDetector()
    for frame in decode_video(path):
        detector.add(to_small_luma(frame, THUMBNAIL_WIDTH, THUMBNAIL_HEIGHT))
        scanning(detector.frames, max(expected, detector.frames))
    return VideoRecord(path.stat().st_size, detector.frames, detector.cuts())


def _is_finished(stem: str, record: VideoRecord, start: int, part: Part, layout: Layout) -> bool:
    """Whether a window is in the record and all of its files are whole."""
    if start not in record.finished:
        return False
    try:
        for format_, count in zip(layout.formats, record.finished[start], strict=True):
            for crop in range(count):
                name = layout.name(part, format_, stem, start, crop)
                for path in layout.paths(part, format_, name):
                    read_png_size(path)
    except BrokenPng:
        return False
    return True


def _cut_all(
    work: list[_Work],
    manifest: Manifest,
    layout: Layout,
    settings: PrepareSettings,
    progress: Progress,
) -> None:
    wanted: dict[Part, int | None] = {
        "train": settings.crops,
        "val": settings.val_crops or settings.crops,
    }
    cutter = WindowCutter(layout, wanted, settings.seed)
    total = sum(len(each.plan.train) + len(each.plan.val) for each in work)
    done = total - sum(len(each.unfinished) for each in work)
    progress(done, total)
    try:
        for each in work:
            if not each.unfinished:
                continue
            val = frozenset(each.plan.val)
            for start, crops in cut_windows(
                each.path, each.unfinished, val, settings.window, cutter
            ):
                each.record.finished[start] = crops
                done += 1
                progress(done, total)
                if done % _SAVE_EVERY == 0:
                    manifest.save()
                    _require_space(layout.out)
    finally:
        manifest.save()


def _require_space(out: Path) -> None:
    free = shutil.disk_usage(out).free
    if free < _LEAST_FREE_BYTES:
        raise UserError(
            f"The disk of {out} is nearly full ({free / 1e6:.0f} MB left). "
            "Make room and repeat the command: it continues."
        )


def _result(work: list[_Work], layout: Layout) -> PrepareResult:
    def pairs(starts: tuple[int, ...], record: VideoRecord) -> int:
        return sum(sum(record.finished[start]) for start in starts)

    train = sum(pairs(each.plan.train, each.record) for each in work)
    val = sum(pairs(each.plan.val, each.record) for each in work)
    for place, format_ in enumerate(layout.formats):
        if any(each.record.finished[start][place] for each in work for start in each.plan.train):
            continue
        names = ", ".join(each.path.name for each in work)
        raise UserError(
            f"Every {format_.size} patch of {names} is too flat to learn from. "
            "Give videos with more detail."
        )
    return PrepareResult(layout.root, train, val)


def _silent(done: int, total: int) -> None:
    """Report to nobody."""
