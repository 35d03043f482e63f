"""What `docs/scaling.md` says of 10 million patches and 1,000 GPUs: measured here, or simulated.

Measured, on this machine: the order of 10 million samples in a process of its own (time, memory), samples
drawn a second, names and checks of the files of a dataset, and reading pairs out of one archive against
reading them as files. Simulated, with numbers drawn by numpy from a fixed seed: how much of the time 1,000
GPUs that wait for the slowest of them lose, and what failures cost between two checkpoints. The rest is
arithmetic on sizes. A simulation says what follows from its assumptions, which stand in its rows.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.feeding import BATCH, SIDE, STEP_SECONDS
from benchmarks.figures import Figure
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.data.dataset import PatchSet, open_dataset
from vsrppp_tui.data.demo import demo_clip
from vsrppp_tui.data.formats import format_of_size
from vsrppp_tui.data.prepare import prepare_dataset
from vsrppp_tui.data.prepare_settings import PrepareSettings
from vsrppp_tui.data.spec import DatasetSpec
from vsrppp_tui.models.costs import network_costs

PATCHES, GPUS, GPUS_A_NODE = 10_000_000, 1_000, 8
_STEPS = 3_000  # of a simulation
_NAMES = 1_000_000
_CHECKED = 5_000
_READS = 5  # times over all pairs


def measure_scaling(folder: Path) -> list[Figure]:
    """All figures of the plan."""
    out = folder / "scaling"
    settings = PrepareSettings((format_of_size(SIDE, SIDE),), crops=2, val_crops=1)
    prepare_dataset([demo_clip()], out, settings)
    patches = open_dataset(DatasetSpec(out)).train[0]
    return [
        *_order(),
        _names(),
        _checks(folder / "many", patches),
        *_bytes(patches),
        *_archive(folder / "pairs.archive", patches),
        _gradients(),
        *_stragglers(),
        *_failures(),
    ]


# Run in a process of its own, so that its memory is that of the order alone.
_ORDER = """
import json, pathlib, sys, time
from vsrppp_tui.data.sampler import Sampler
sampler = Sampler(int(sys.argv[1]), 0, crop=0, lr_height=180, lr_width=180)
small = Sampler(1000, 0, crop=0, lr_height=180, lr_width=180)
small.draw(0)
def peak():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
before, started = peak(), time.process_time()
sampler.draw(0)
order, most, started_draws = time.process_time() - started, peak() - before, time.process_time()
for position in range(20000):
    sampler.draw(position)
print(json.dumps([order, most, 20000 / (time.process_time() - started_draws)]))
"""


def _order() -> list[Figure]:
    done = subprocess.run(
        [sys.executable, "-c", _ORDER, str(PATCHES)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    seconds, most, draws = json.loads(done.stdout)
    kept = PATCHES * 4
    return [
        Figure(
            f"Order of {PATCHES:,} samples, once an epoch and process",
            f"{seconds:.2f} s, {most / 1e6:.0f} MB at the peak, {kept / 1e6:.0f} MB kept an epoch",
        ),
        Figure("- samples drawn from it", f"{draws:,.0f} a second and core"),
    ]


def _names() -> Figure:
    """What a worker is sent of a dataset: the names of its files."""
    names = tuple(f"clip_0001_frame_{number:08d}.png" for number in range(_NAMES))
    started = time.process_time()
    sent = pickle.dumps(names)
    seconds = time.process_time() - started
    held = sys.getsizeof(names) + sum(map(sys.getsizeof, names[:1000])) / 1000 * _NAMES
    return Figure(
        f"Names of {_NAMES:,} files, in each process that reads them",
        f"{held / 1e6:.0f} MB held, {len(sent) / 1e6:.0f} MB sent to each worker in {seconds:.2f} s",
    )


def _checks(folder: Path, patches: PatchSet) -> Figure:
    """One pair under many names, all of which are looked at."""
    for kind, source in (("GT", patches.gt_folder), ("LR", patches.lr_folder)):
        for part, count in (("Patches", _CHECKED), ("Val", 1)):
            (folder / part / kind).mkdir(parents=True)
            for number in range(count):
                name = folder / part / kind / f"{number:06d}.png"
                name.hardlink_to(patches.root / source / patches.names[0])
    started = time.perf_counter()
    open_dataset(DatasetSpec(folder))
    rate = _CHECKED / (time.perf_counter() - started)
    return Figure(
        "Checking every pair at the start (both ends of each file, page cache)",
        f"{rate:,.0f} pairs/s: {PATCHES / rate / 60:.0f} minutes for {PATCHES:,}",
    )


def _bytes(patches: PatchSet) -> list[Figure]:
    """What the GPUs eat: arithmetic on the sizes of the pairs."""
    png = sum(map(len, _files(patches))) / patches.count
    decoded = 3 * (5 * (SIDE // 3) ** 2 + SIDE**2)
    rate = BATCH / STEP_SECONDS
    rows = []
    for name, size in (("PNG files", png), ("decoded pairs", decoded)):
        rows.append(
            Figure(
                f"Bytes of {name}, {size / 1e6:.2f} MB a pair, at {rate:.0f} pairs/s a GPU",
                f"{rate * size / 1e9:.2f} GB/s a GPU, {rate * size * GPUS_A_NODE / 1e9:.1f} GB/s a node of "
                f"{GPUS_A_NODE}, {rate * size * GPUS / 1e9:,.0f} GB/s for {GPUS:,}; "
                f"{PATCHES:,} pairs are {PATCHES * size / 1e12:.1f} TB",
            )
        )
    return rows


def _files(patches: PatchSet) -> list[bytes]:
    """GT and LR file of each pair, one after the other."""
    lr = patches.root / patches.lr_folder
    return [
        patches.gt_path(index).read_bytes() + (lr / name).read_bytes()
        for index, name in enumerate(patches.names)
    ]


def _archive(path: Path, patches: PatchSet) -> list[Figure]:
    """Pairs as ranges of one file with an index, against two files each; without decoding."""
    pairs = _files(patches)
    path.write_bytes(b"".join(pairs))
    ends = np.cumsum([len(pair) for pair in pairs])
    starts = [0, *ends[:-1].tolist()]
    started = time.process_time()
    for _ in range(_READS):
        _files(patches)
    files = _READS * len(pairs) / (time.process_time() - started)
    handle = os.open(path, os.O_RDONLY)
    started = time.process_time()
    for _ in range(_READS):
        for start, pair in zip(starts, pairs, strict=True):
            os.pread(handle, len(pair), start)
    ranges = _READS * len(pairs) / (time.process_time() - started)
    os.close(handle)
    return [
        Figure("Reading pairs as two files each, page cache", f"{files:,.0f} pairs/s a core"),
        Figure("- as ranges of one archive with an index", f"{ranges:,.0f} pairs/s a core"),
    ]


def _gradients() -> Figure:
    """Bytes of a ring all-reduce (Patarasuk and Yuan, 2009): each GPU sends 2 (N - 1) / N of them."""
    parameters = network_costs(build_config({"N_FEATS": 96, "N_BLOCKS": 30})).parameters
    sent = 2 * (GPUS - 1) / GPUS * 4 * parameters
    return Figure(
        f"Gradients of {parameters:,} parameters in float32, a step",
        f"{sent / 1e6:.0f} MB sent by each GPU; {sent / STEP_SECONDS / 1e9:.1f} GB/s each to hide behind a "
        f"step of {1e3 * STEP_SECONDS:.0f} ms",
    )


def _stragglers() -> list[Figure]:
    """All GPUs wait for the slowest: the share of the time that they compute."""
    rows = []
    for gpus in (GPUS_A_NODE, 64, GPUS):
        parts = [
            f"{100 * jitter_efficiency(gpus, cv):.1f}% with steps that vary by {cv:.0%}"
            for cv in (0.01, 0.05)
        ]
        parts += [
            f"{100 * stall_efficiency(gpus, ahead):.1f}% where one batch in 10,000 comes 50 steps late and "
            f"{ahead} are read ahead"
            for ahead in (2, 16, 64)
        ]
        rows.append(Figure(f"Simulated: time that {gpus:,} GPUs in step compute", "; ".join(parts)))
    return rows


def jitter_efficiency(gpus: int, variation: float) -> float:
    """Each step of each GPU takes its time times a log-normal number with this coefficient of variation."""
    random = np.random.default_rng(0)
    sigma = np.sqrt(np.log1p(variation**2))
    slowest = [
        random.lognormal(-(sigma**2) / 2, sigma, gpus).max() for _ in range(_STEPS)
    ]  # of mean 1 each
    return float(1.0 / np.mean(slowest))


def stall_efficiency(
    gpus: int, ahead: int, *, rate: float = 1.25, chance: float = 1e-4, stall: float = 50.0
) -> float:
    """GPUs in step, each fed by a loader that reads up to `ahead` batches ahead.

    A loader makes `rate` batches in the time of a step; with `chance` a batch takes `stall` steps longer
    (storage that answers late). A step begins when all have a batch, and takes 1.
    """
    random = np.random.default_rng(0)
    ready: NDArray[np.float64] = np.zeros((ahead, gpus))  # when the batch in each place came
    begun = np.zeros(ahead)  # when the step that took it began, which makes its place free
    loader = np.zeros(gpus)
    now = 0.0
    for step in range(_STEPS):
        place = step % ahead
        late = random.random(gpus) < chance
        loader = np.maximum(loader, begun[place]) + 1.0 / rate + stall * late
        ready[place] = loader
        # The loaders run ahead of the steps by the places of the ring alone: the batch that this step
        # takes was made `ahead` turns ago at the latest.
        oldest = (step + 1) % ahead
        if step + 1 >= ahead:
            now = max(now, float(ready[oldest].max()))
            begun[oldest] = now
            now += 1.0
    taken = _STEPS - ahead + 1
    return taken / now


def _failures() -> list[Figure]:
    """Lost time between checkpoints and at restarts, for failures that come by themselves."""
    rows = []
    for hours in (10_000, 50_000):
        mean = hours * 3600 / GPUS
        found = [
            f"{100 * failure_loss(mean, every):.1f}% with a checkpoint every {every // 60} min"
            for every in (60, 600, 3600)
        ]
        rows.append(
            Figure(
                f"Simulated: time lost by {GPUS:,} GPUs that fail once in {hours:,} hours each, a restart of "
                "5 min",
                "; ".join(found),
            )
        )
    return rows


def failure_loss(mean: float, every: float, restart: float = 300.0, stall: float = 0.02) -> float:
    """The share of the time that is not kept: work after the last checkpoint, restarts, stalls of saves.

    All times in seconds: `mean` between failures of any GPU (exponential), `every` between checkpoints.
    """
    lives = np.random.default_rng(0).exponential(mean, 20_000)
    period = every + stall
    kept = np.floor(lives / period) * every
    return float(1.0 - kept.sum() / (lives + restart).sum())
