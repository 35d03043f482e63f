"""What is to be enlarged, and where to: an image, a video, or a folder of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import av.error

from vsrppp_tui.deploy import pictures, videos
from vsrppp_tui.deploy.enlarger import Enlarger, MemoryTooSmall
from vsrppp_tui.deploy.pictures import is_picture, upscale_picture
from vsrppp_tui.deploy.video_writer import CONTAINERS
from vsrppp_tui.deploy.videos import is_video, upscale_video
from vsrppp_tui.errors import UserError, reason
from vsrppp_tui.training.atomic import remove_stale_temporaries


@dataclass(frozen=True, slots=True)
class Job:
    """One file to enlarge, and the file that it becomes."""

    source: Path
    out: Path


class CannotWrite(UserError):
    """An output cannot be written: the next one could not either."""


class Report(Protocol):
    """Is told how far the work is."""

    def files(self, done: int, total: int) -> None:
        """Of a folder, files done and files in all."""

    def surveying(self, done: int, total: int) -> None:
        """Of a video, frames looked at before the work begins."""

    def frames(self, done: int, total: int) -> None:
        """Of a video, frames done."""


def plan(source: Path, out: Path) -> list[Job]:
    """The files to enlarge, in order: `source` itself, or every image and video below it.

    In a folder, images become .png, and videos keep their suffix, or become .mkv where H.264 does not go
    into it.

    Raises:
        UserError: nothing there to enlarge, or a place for the output that cannot be meant.
    """
    if not source.exists():
        raise UserError(f"{source} does not exist: name an image, a video, or a folder of them.")
    return _plan_folder(source, out) if source.is_dir() else [_plan_file(source, out)]


def unfinished(jobs: Sequence[Job]) -> list[Job]:
    """Those whose output is not there yet; what killed processes left half-written is removed."""
    for folder in {job.out.parent for job in jobs}:
        if folder.is_dir():
            remove_stale_temporaries(folder)
    return [job for job in jobs if not job.out.exists()]


def upscale(
    jobs: Sequence[Job], enlarger: Enlarger, crf: int, report: Report
) -> Iterator[tuple[Job, UserError | None]]:
    """Enlarge one file after the other; yields each with what made it impossible, if anything did.

    Every output appears whole or not at all.

    Raises:
        CannotWrite: the disk is full, for example.
        MemoryTooSmall: as `Enlarger.enlarge`.
    """
    report.files(0, len(jobs))
    for number, job in enumerate(jobs, start=1):
        problem = None
        try:
            _upscale_one(job, enlarger, crf, report)
        except (MemoryTooSmall, CannotWrite):
            raise
        except UserError as error:
            problem = error
        yield job, problem
        report.files(number, len(jobs))


def _upscale_one(job: Job, enlarger: Enlarger, crf: int, report: Report) -> None:
    try:
        job.out.parent.mkdir(parents=True, exist_ok=True)
        if is_picture(job.source):
            upscale_picture(job.source, job.out, enlarger)
        else:
            upscale_video(
                job.source,
                job.out,
                enlarger,
                crf=crf,
                surveying=report.surveying,
                progress=report.frames,
            )
    except (OSError, av.error.FFmpegError) as error:
        raise CannotWrite(f"{job.out} cannot be written ({_reason(error)}).") from error


def _reason(error: BaseException) -> str:
    """What the system said: PyAV puts an error of its own around that of a file."""
    cause = error.__cause__ or error.__context__
    shown = cause if isinstance(cause, OSError) else error
    return reason(shown)


def _plan_file(source: Path, out: Path) -> Job:
    if is_picture(source):
        allowed: Sequence[str] = pictures.SUFFIXES
    elif is_video(source):
        allowed = tuple(CONTAINERS)
    else:
        known = ", ".join((*pictures.SUFFIXES, *videos.SUFFIXES))
        raise UserError(f"{source} is no image or video by its name: known are {known}.")
    if out.suffix.lower() not in allowed:
        raise UserError(f"{out}: the name must end in {', '.join(allowed)}.")
    if out.exists():
        raise UserError(f"{out} is there already: name another file, or remove it first.")
    if not out.parent.is_dir():
        raise UserError(f"The folder {out.parent} does not exist: make it, or name another one.")
    return Job(source, out)


def _plan_folder(source: Path, out: Path) -> list[Job]:
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, but {source} is a folder: name a folder.")
    inside, outside = source.resolve(), out.resolve()
    if outside == inside or inside in outside.parents:
        raise UserError(f"{out} lies in {source}: name a folder outside of it.")
    jobs: dict[Path, Job] = {}
    for path in sorted(source.rglob("*")):
        if (
            not path.is_file()
            or path.name.startswith(".")
            or not (is_picture(path) or is_video(path))
        ):
            continue
        job = Job(path, out / path.relative_to(source).with_suffix(_suffix(path)))
        other = jobs.setdefault(job.out, job)
        if other is not job:
            raise UserError(
                f"{other.source} and {path} would both become {job.out}: rename one of them."
            )
    if not jobs:
        raise UserError(f"{source} holds no images and no videos.")
    return list(jobs.values())


def _suffix(path: Path) -> str:
    if is_picture(path):
        return ".png"
    return path.suffix if path.suffix.lower() in CONTAINERS else ".mkv"
