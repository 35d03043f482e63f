"""A deterministic synthetic run, and a link that plays it: what the dashboard is tested with."""

from __future__ import annotations

import math
import random
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from vsrppp_tui.link.interface import (
    Alert,
    BestResult,
    BlockReading,
    CheckpointInfo,
    Command,
    Convergence,
    Event,
    History,
    Machine,
    Quality,
    Reply,
    RunInfo,
    Snapshot,
    TaskProgress,
    ValidationResult,
)

START = 1_700_000_000.0
RUN = RunInfo(
    run_dir="runs/demo",
    recipe="vsrppp",
    pid=4242,
    host="server",
    started=START,
    device="NVIDIA H200",
    precision="bf16",
    parameters=6_431_238,
    train_samples=29_000,
    val_samples=12,
)
CONFIG: dict[str, Any] = {
    "RECIPE": "vsrppp",
    "DATASET_ROOT": "runs/demo/dataset",
    "LR_EXPONENT": -4.0,
    "BATCH_SIZE": 4,
    "MAX_STEPS": 100_000,
    "N_FEATS": 96,
    "N_BLOCKS": 30,
    "ACCUMULATION_STEPS": 3,
    "WEIGHT_DECAY": 0.01,
    "GRAD_CLIP": 0.0,
    "EMA_DECAY": 0.0,
    "VAL_STEP_EVERY": 250,
    "SAVE_STEP_EVERY": 5000,
    "LOG_TBOARD_EVERY": 10,
    "TELEMETRY_EVERY": 1,
    "PERCEPTUAL_WEIGHT": 0.1,
    "VGG_WEIGHTS": None,
    "LR_CROP": 0,
    "FOLDS": True,
    "PRECISION": "auto",
    "COMPILE": False,
    "SEED": 0,
    "NUM_WORKERS": None,
    "CACHE_BUDGET_GB": 0.0,
    "SORT_BY_ACTIVITY": True,
}
COLD = {6: 12.0, 11: 3.0, 21: 17.0}


def quality(step: int, network: bool) -> Quality:
    gain = 2.6 * (1 - math.exp(-step / 4000)) - 0.2 if network else 0.0
    psnr = 28.31 + gain
    ssim = 0.8412 + gain * 0.017
    return Quality(psnr, ssim, psnr + 1.4, ssim + 0.011, 50 * ssim + (psnr - 20) / 0.6)


def validation(step: int) -> ValidationResult:
    return ValidationResult(
        step=step,
        time=START + step * 0.31,
        loss=0.021 * math.exp(-step / 9000) + 0.009,
        baseline=quality(step, False),
        network=quality(step, True),
        images=12,
        seconds=3.4,
        pictures=(f"validation_images/step_{step:06d}/000.png",),
    )


def blocks(step: int) -> tuple[BlockReading, ...]:
    noise = random.Random(step)
    percents = []
    for place in range(30):
        level = COLD.get(place, 34 + 62 * abs(math.sin(place * 0.9 + 0.4)))
        percents.append(max(0.5, level * (1 + noise.gauss(0, 0.015))))
    top = max(percents)
    return tuple(
        BlockReading(
            name=f"Block_{place + 1:02d}",
            trunk="backward" if place < 15 else "forward",
            value=percent / 4000,
            percent=100 * percent / top,
            cold=100 * percent / top < 20,
            trend=0.05 * math.sin(place * 2.1 + step / 4000),
        )
        for place, percent in enumerate(percents)
    )


def losses(step: int, noisy: bool) -> dict[str, float]:
    noise = random.Random(step * 7919 + 1)
    base = 0.043 * math.exp(-step / 2500) + 0.0121 * math.exp(-step / 60000)
    l1 = base * (1 + (noise.gauss(0, 0.14) if noisy else 0.0))
    perceptual = 3.1 * base * (1 + (noise.gauss(0, 0.1) if noisy else 0.0))
    return {"L1": l1, "Perceptual": perceptual, "Total": l1 + 0.1 * perceptual}


def snapshot(step: int, seq: int = 0, **changes: Any) -> Snapshot:
    """The run after `step` steps, with `changes` of fields on top."""
    noise = random.Random(step + 17)
    last = step - step % 250
    made = Snapshot(
        seq=seq or step,
        time=START + step * 0.31,
        state="running",
        run=RUN,
        step=step,
        total_steps=100_000,
        epoch=step * 12 // 29_000,
        epoch_progress=step * 12 % 29_000 / 29_000,
        steps_per_s=3.21 + noise.gauss(0, 0.02),
        eta_s=(100_000 - step) / 3.21,
        lr=1e-4 * 0.5 * (1 + math.cos(math.pi * step / 100_000)),
        lr_phase="cosine",
        losses=losses(step, True),
        smooth_losses=losses(step, False),
        grad_norm=0.23 * (1 + noise.gauss(0, 0.2)),
        blocks=blocks(step),
        convergence=Convergence("Converging", -0.031, -0.039, -0.023)
        if step > 500
        else Convergence(),
        data_wait=0.04 + abs(noise.gauss(0, 0.01)),
        validation=validation(last) if last else None,
        best=BestResult(last, quality(last, True).quality) if last else None,
        checkpoint=CheckpointInfo(last, "checkpoints/latest.pth") if last else None,
        machine=Machine(
            cpu_percent=41 + noise.gauss(0, 3),
            ram_used=31_200_000_000 + int(noise.gauss(0, 2e7)),
            ram_total=128_000_000_000,
            process_ram=6_100_000_000,
            disk_free=812_000_000_000,
            gpu_name="NVIDIA H200",
            gpu_percent=95 + noise.gauss(0, 2),
            gpu_mem_used=12_100_000_000,
            gpu_mem_total=141_000_000_000,
            gpu_temperature=61.0,
            gpu_power=512.0 + noise.gauss(0, 12),
        ),
        config=CONFIG,
    )
    return replace(made, **changes)


def starting() -> Snapshot:
    task = TaskProgress("cutting patches from the clip", 42, 120)
    return Snapshot(seq=0, time=START, state="starting", run=RUN, task=task)


def events(step: int) -> tuple[Event, ...]:
    """What had happened by `step`."""
    found = [Event(0, START, 0, "started", "29,000 training patches, 12 validation images")]
    for at in range(250, step + 1, 250):
        result = validation(at)
        gain, after, before = result.improvement, result.network, result.baseline
        text = (
            f"network {after.psnr:.2f} dB, bilinear {before.psnr:.2f} dB "
            f"({after.psnr - before.psnr:+.2f}); quality {after.quality:.1f}% ({gain:+.1f})"
        )
        found.append(
            Event(
                len(found),
                START + at * 0.31,
                at,
                "validation",
                text,
                "good" if gain > 0 else "info",
            )
        )
        if at % 5000 == 0:
            text = f"checkpoint_step_{at}.pth"
            found.append(Event(len(found), START + at * 0.31 + 1, at, "checkpoint", text))
    return tuple(found)


def history(step: int, every: int = 10) -> History:
    """The records of the run up to `step`."""
    snapshots = tuple(snapshot(at, machine=Machine()) for at in range(every, step, every))
    validations = tuple(validation(at) for at in range(250, step + 1, 250))
    return History(snapshots, validations, events(step))


ALERTS = (
    Alert(
        "save", "Checkpoint of step 2900 not saved: no space left on the disk.", START + 900, 2900
    ),
    Alert(
        "unreadable",
        "3 unreadable patches were skipped; they are listed in training.log.",
        START + 990,
        3190,
    ),
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
