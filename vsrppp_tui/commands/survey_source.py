"""A quick look at what somebody wants to train on: a dataset, a video, or a folder of pictures.

It counts and looks at one picture of each kind; a run that begins looks at every file.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.config.patches import PatchConfig
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.counting import counted
from vsrppp_tui.errors import UserError

VIDEO_SUFFIXES = (".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", ".ts", ".mpg", ".mpeg", ".y4m")
MOST_WINDOWS = 1000  # of a video, unless its user prepares it by hand: some gigabytes of patches
_LEAST_PICTURES = 3
_LOOKED_AT = 20  # pictures of a folder, until one is whole


@dataclass(frozen=True, slots=True)
class Survey:
    """What a source holds.

    Attributes:
        lines: in words.
        is_video: whether patches have to be cut first.
        lr_size: height and width of the largest samples in LR pixels; None: not known.
        limit: windows that are cut of a long video; None: all.
        problem: why the recipe cannot train on it, as a sentence; empty where it can.
    """

    lines: tuple[str, ...] = ()
    is_video: bool = False
    lr_size: tuple[int, int] | None = None
    limit: int | None = None
    problem: str = ""


def survey_source(source: Path, config: RunConfig) -> Survey:
    """Look at a source as the recipe of a configuration would use it."""
    if not source.exists():
        return Survey(problem=f"There is nothing at {source}.")
    try:
        if not isinstance(config, PatchConfig):
            return _pictures(source, config)
        return _dataset(source, config) if source.is_dir() else _video(source, config)
    except UserError as error:
        return Survey(problem=str(error))
    except OSError as error:
        return Survey(problem=f"{error.filename or source} cannot be read: {error.strerror}.")


def _pictures(source: Path, config: RunConfig) -> Survey:
    from vsrppp_tui.data.splits import find_images

    if not source.is_dir():
        return Survey(problem="This recipe trains on a folder of pictures: name the folder.")
    count = len(find_images(source))
    lines = (counted(count, "picture"),)
    if count < _LEAST_PICTURES:
        return Survey(lines, problem=f"{source} holds too few pictures: 3 are the least.")
    side = int(getattr(config, "base_resolution", 0))
    return Survey(lines, lr_size=(side, side))


def _dataset(source: Path, config: PatchConfig) -> Survey:
    from vsrppp_tui.data.spec import spec_of

    spec = spec_of(config.model_copy(update={"dataset_root": str(source)}))
    missing, lines, sizes = [], [], []
    for folder in spec.train_folders():
        for name in (folder.gt_folder, folder.lr_folder):
            if not (spec.root / name).is_dir():
                missing.append(name)
        count, some = _png_files(spec.root / folder.gt_folder)
        size = _size_of(some)
        if size is not None:
            sizes.append((size[1] // config.scale, size[0] // config.scale))
        what = f"{folder.name}: {count:,} pairs"
        lines.append(what if size is None else f"{what}, GT {size[0]}x{size[1]}")
    if not (spec.root / "Val/GT").is_dir():
        missing.append("Val/GT")
    if missing:
        return Survey(problem=_no_dataset(source, spec.root, missing))
    images = _png_files(spec.root / "Val/GT")[0]
    lines.append(counted(images, "validation image"))
    if not sizes:
        return Survey(tuple(lines), problem=f"{source} holds no training patch that can be read.")
    largest = max(sizes, key=lambda size: size[0] * size[1])
    return Survey(("; ".join(lines),), lr_size=_cropped(config, largest))


def _video(source: Path, config: PatchConfig) -> Survey:
    from vsrppp_tui.data.formats import largest_square
    from vsrppp_tui.data.prepare_settings import require_fit
    from vsrppp_tui.data.spec import spec_of
    from vsrppp_tui.data.video import probe_video

    video = probe_video(source)
    formats = spec_of(config).formats or (largest_square(video.width, video.height),)
    require_fit(formats, video)
    windows = video.frames // config.frames
    limit = MOST_WINDOWS if windows > MOST_WINDOWS else None
    lines = [f"Video of {video.frames:,} frames, {video.width}x{video.height}"]
    sizes = ", ".join(each.size for each in formats)
    count = f"{limit:,} of {windows:,}" if limit else f"about {windows:,}"
    lines.append(f"First its patches of {sizes} are cut into the run: {count} windows")
    largest = max(((f.lr_height, f.lr_width) for f in formats), key=lambda size: size[0] * size[1])
    survey = Survey(tuple(lines), True, _cropped(config, largest), limit)
    if video.frames and windows < 2:
        return Survey(survey.lines, True, problem=f"{source.name} is too short to cut patches of.")
    return survey


def _cropped(config: PatchConfig, size: tuple[int, int]) -> tuple[int, int]:
    crop = config.lr_crop
    return (crop, crop) if crop else size


def _png_files(folder: Path) -> tuple[int, list[Path]]:
    """How many there are, and some of them."""
    count, some = 0, list[Path]()
    with suppress(FileNotFoundError), os.scandir(folder) as entries:  # no folder, no files
        for entry in entries:
            if entry.name.lower().endswith(".png") and not entry.name.startswith("."):
                count += 1
                if len(some) < _LOOKED_AT:
                    some.append(Path(entry.path))
    return count, some


def _size_of(paths: list[Path]) -> tuple[int, int] | None:
    """Width and height of the first picture that is whole; the run names every one that is not."""
    from vsrppp_tui.png import BrokenPng, read_png_size

    for path in paths:
        with suppress(BrokenPng):
            return read_png_size(path)[:2]
    return None


def _no_dataset(source: Path, root: Path, missing: list[str]) -> str:
    inside = "" if root == source else f" in {root.relative_to(source)}"
    text = f"{source} is no dataset for this recipe: it lacks {', '.join(missing)}{inside}."
    with os.scandir(source) as entries:
        names = [entry.name.lower() for entry in entries]
    if any(name.endswith(VIDEO_SUFFIXES) for name in names):
        return f"{text} It holds videos: choose one of them."
    if any(name.endswith((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")) for name in names):
        return f"{text} It holds pictures: the recipe wqv trains on those."
    return f"{text} Choose a dataset, or a video to make one of."
