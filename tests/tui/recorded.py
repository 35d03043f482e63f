"""A deterministic synthetic run, and a link that plays it: what the dashboard is tested with."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import cache
from typing import Any

from tests.tui.recorded_meters import Judge, activity, base_losses, machine, quality, readings
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.link.interface import (
    Alert,
    BestResult,
    BlockReading,
    CheckpointInfo,
    Command,
    Event,
    History,
    Level,
    Reply,
    RunInfo,
    Snapshot,
    TaskProgress,
    ValidationResult,
)
from vsrppp_tui.training.schedule import cosine_lr

Of = Callable[[int], Snapshot]

START = 1_700_000_000.0
RUN = RunInfo(
    run_dir="runs/demo",
    recipe="vsrppp",
    pid=4242,
    host="server",
    started=START,
    device="NVIDIA H200",
    precision="bf16",
    parameters=5_855_142,
    train_samples=29_000,
    val_samples=12,
)
SETTINGS = build_config(
    {
        "RECIPE": "vsrppp",
        "DATASET_ROOT": "runs/demo/dataset",
        "LR_EXPONENT": -4.0,
        "N_FEATS": 96,
        "N_BLOCKS": 30,
        "BATCH_SIZE": 4,
        "ACCUMULATION_STEPS": 3,
        "PERCEPTUAL_WEIGHT": 0.1,
    }
)
CONFIG = SETTINGS.to_file()
BLOCKS = tuple(
    (f"Block_{place + 1:02d}", "backward" if place < 15 else "forward") for place in range(30)
)


def validation(step: int, **changes: Any) -> ValidationResult:
    made = ValidationResult(
        step=step,
        time=START + step * 0.31,
        loss=0.021 * math.exp(-step / 9000) + 0.009,
        baseline=quality(step, False),
        network=quality(step, True),
        images=12,
        seconds=3.4,
        pictures=(f"validation_images/step_{step:06d}/000.png",),
    )
    return replace(made, **changes)


@cache
def blocks(step: int) -> tuple[BlockReading, ...]:
    return readings(step, BLOCKS, lambda at: activity(at, len(BLOCKS)))


def losses(step: int, noisy: bool) -> dict[str, float]:
    l1, perceptual = base_losses(step, noisy)
    return {"L1": l1, "Perceptual": perceptual, "Total": l1 + 0.1 * perceptual}


judge = Judge(lambda step: losses(step, True)["Total"])


def progress(step: int, settings: RunConfig, run: RunInfo) -> dict[str, Any]:
    """How far a run with these settings has come, and what its newest validation has left."""
    first = (*settings.format_names, None)[0]
    seen = step * settings.batch_of(first) * settings.accumulation_of(first)
    last = step - step % settings.val_step_every
    tried = range(last, 0, -settings.val_step_every)
    best = next((at for at in tried if settings.may_be_best(at)), None)
    return {
        "total_steps": settings.max_steps,
        "epoch": seen // run.train_samples,
        "epoch_progress": seen % run.train_samples / run.train_samples,
        "eta_s": (settings.max_steps - step) / 3.21,
        "validation": _validation(last, settings) if last else None,
        "best": BestResult(best, quality(best, True).quality) if best else None,
        "checkpoint": CheckpointInfo(last, "checkpoints/latest.pth") if last else None,
    }


def _validation(step: int, settings: RunConfig) -> ValidationResult:
    source = "made on the fly" if settings.made_validation else "Val/LR"
    if settings.recipe == "wqv":
        source = "degraded crops"
    return validation(step, baseline_name=settings.baseline, lr_source=source)


def snapshot(step: int, seq: int = 0, **changes: Any) -> Snapshot:
    """The run after `step` steps, with `changes` of fields on top."""
    noise = random.Random(step + 17)
    values: dict[str, Any] = {
        "seq": seq or step,
        "time": START + step * 0.31,
        "state": "running",
        "run": RUN,
        "step": step,
        "steps_per_s": 3.21 + noise.gauss(0, 0.02),
        "lr": cosine_lr(step - 1, peak=1e-4, total_steps=100_000),
        "lr_phase": "cosine",
        "losses": losses(step, True),
        "smooth_losses": losses(step, False),
        "grad_norm": 0.23 * (1 + noise.gauss(0, 0.2)),
        "data_wait": 0.04 + abs(noise.gauss(0, 0.01)),
        "machine": machine(noise),
        "config": CONFIG,
    }
    if "blocks" not in changes:
        values["blocks"] = blocks(step)
    if "convergence" not in changes:
        values["convergence"] = judge(step)
    return Snapshot(**(values | progress(step, SETTINGS, RUN) | changes))


def starting() -> Snapshot:
    """Before the first step, while patches are cut: of the run no more is known than who trains."""
    run = RunInfo(RUN.run_dir, RUN.recipe, RUN.pid, RUN.host, RUN.started)
    task = TaskProgress("Cutting patches from the clip", 42, 120)
    return Snapshot(seq=0, time=START, state="starting", run=run, task=task)


def events(step: int, of: Of = snapshot) -> tuple[Event, ...]:
    """What had happened by `step` to the run that is `of(n)` at step n."""
    settings, run = build_config(dict(of(1).config)), of(1).run
    text = f"{run.train_samples} training patches, {run.val_samples} validation images"
    found = [event(0, "started", text)]
    for result in validations(step, of):
        found.append(_validated(result))
        name = settings.files.milestone.format(step=result.step)
        if result.step % settings.save_step_every == 0:
            found.append(event(result.step, "checkpoint", f"saved checkpoints/{name}"))
        if settings.may_be_best(result.step):  # the quality never falls
            found.append(event(result.step, "checkpoint", f"checkpoint_best.pth is now {name}"))
    return numbered(*found)


def validations(step: int, of: Of = snapshot) -> tuple[ValidationResult, ...]:
    settings = build_config(dict(of(1).config))
    every = settings.val_step_every
    return tuple(_validation(at, settings) for at in range(every, step + 1, every))


def _validated(result: ValidationResult) -> Event:
    after, before = result.network, result.baseline
    gain = after.psnr - before.psnr
    text = (
        f"network {after.psnr:.2f} dB, {result.baseline_name} {before.psnr:.2f} dB "
        f"({gain:+.2f}); quality {after.quality:.1f}% ({result.improvement:+.1f})"
    )
    return event(result.step, "validation", text, "good" if gain > 0 else "info")


def event(step: int, kind: str, text: str, level: Level = "info", **data: Any) -> Event:
    """One that is still without its number."""
    late = 0.0 if kind == "validation" else 1.0  # seconds: a file takes its time
    return Event(0, START + step * 0.31 + late, step, kind, text, level, data)


def numbered(*events: Event) -> tuple[Event, ...]:
    """In the order of time."""
    inorder = sorted(events, key=lambda event: event.time)
    return tuple(replace(event, seq=seq) for seq, event in enumerate(inorder))


@cache
def history(step: int, every: int = 0, of: Of = snapshot) -> History:
    """The records up to `step` of the run that is `of(n)` at step n; `every` 0: as it is configured."""
    every = every or of(1).config["LOG_TBOARD_EVERY"]
    snapshots = tuple(of(at) for at in (1, *range(every, step, every)))
    return History(snapshots, validations(step, of), events(step, of))


# A save has failed, and is tried again; the newest of three files that cannot be read has a long name.
_FILES = [
    f"Patches/GT/a_summer_by_the_sea_part_2_scene_0147_{frame:06d}.png" for frame in (35, 61, 907)
]
_UNREADABLE = "cannot be read; another patch took its place"
WARNED = (
    event(
        4_000,
        "warning",
        "Checkpoint of step 4,000 not saved: No space left on device",
        "warning",
        key="save",
    ),
    event(4_020, "warning", f"{_FILES[0]} {_UNREADABLE}.", "warning", key="unreadable"),
    event(
        4_110,
        "warning",
        f"{_FILES[1]} {_UNREADABLE} (2 unreadable files so far).",
        "warning",
        key="unreadable",
    ),
    event(
        4_190,
        "warning",
        f"{_FILES[2]} {_UNREADABLE} (3 unreadable files so far).",
        "warning",
        key="unreadable",
    ),
)
ALERTS = tuple(
    Alert(key, told.text, told.time, told.step)
    for key, told in {str(told.data["key"]): told for told in WARNED}.items()
)


def edit_event(step: int, who: str, **changes: tuple[Any, Any]) -> Event:
    """An edit of the run: each key with its value before and after."""
    text = ", ".join(f"{name} {old} -> {new}" for name, (old, new) in changes.items())
    edits = {name: {"old": old, "new": new} for name, (old, new) in changes.items()}
    data = {"changes": edits, "who": who}
    return Event(step, START + step, step, "edit", f"{text} ({who})", data=data)


class FakeLink:
    """A link whose snapshot, events, history and replies the test decides."""

    def __init__(self, first: Snapshot, recorded: History | Exception | None = None) -> None:
        self.now = first
        self.happened: tuple[Event, ...] = ()
        self.recorded = recorded if recorded is not None else History()
        self.sent: list[Command] = []
        self.replies: list[Future[Reply]] = []

    def snapshot(self) -> Snapshot:
        return self.now

    def events(self, after: int) -> tuple[Event, ...]:
        return tuple(event for event in self.happened if event.seq > after)

    def history(self) -> History:
        if isinstance(self.recorded, Exception):
            raise self.recorded
        return self.recorded

    def send(self, command: Command) -> Future[Reply]:
        self.sent.append(command)
        self.replies.append(Future())
        return self.replies[-1]

    def answer(self, ok: bool, text: str) -> None:
        """Reply to the newest command."""
        self.replies[-1].set_result(Reply(ok, self.now.step, text))


class FakeClock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = START + 1000.0

    def __call__(self) -> float:
        return self.now
