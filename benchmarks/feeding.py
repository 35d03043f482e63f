"""Training pairs a second and core: decoding PNG files against the memory-mapped cache of decoded patches.

The pairs are cut from the clip of the demo as `vsrppp prepare` does it: GT 540x540, LR 180x900. Both ways
read the same samples in the same order, which is checked bit for bit before anything is timed.

"In one thread" is what a loader's worker does: files or memory map to a stacked uint8 batch. "Through the
loader" adds the way to the trainer, opened as the trainer would by itself: half of the cores as workers
for PNG files, none for the cache. A rate is pairs over seconds of processor time of trainer and workers
together, so that it does not depend on what else the machine does. Files and maps are in the page cache
by then; rounds alternate, and each gives one ratio.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import cv2
import psutil
import torch

from benchmarks.figures import Figure, Spread
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.cache import with_cache
from vsrppp_tui.data.dataset import PatchSet, open_dataset
from vsrppp_tui.data.demo import demo_clip
from vsrppp_tui.data.formats import format_of_size
from vsrppp_tui.data.loader import TrainLoader
from vsrppp_tui.data.mixture import Cursor, DataPlace, Mixture, Portion
from vsrppp_tui.data.prepare import prepare_dataset
from vsrppp_tui.data.prepare_settings import PrepareSettings
from vsrppp_tui.data.sample_reader import Failure, SampleReader, Source
from vsrppp_tui.data.sampler import Sampler
from vsrppp_tui.data.spec import DatasetSpec
from vsrppp_tui.data.stacks import PatchSource
from vsrppp_tui.data.staging import HostBuffers
from vsrppp_tui.training.feed import worker_count

GOAL = 5.0
SIDE = 540  # GT pixels; LR stacks are 180 wide and 900 high
BATCH = 4
STEP_SECONDS = 0.010  # that of a GPU which the feed has to keep up with
_PNG_BATCHES, _CACHE_BATCHES = 10, 200  # of a round; the second is over much sooner


def measure_feeding(folder: Path, rounds: int) -> list[Figure]:
    """The ratio in one thread and through the loader, and what both are made of."""
    patches, cached = _pairs(folder / "feeding")
    _require_same_samples(patches, cached)
    with _one_core():
        reading = _alternate(_reader(patches), _reader(cached), rounds)
        staging = _staging_seconds(cached, rounds)
    with _loader(patches) as png, _loader(cached) as mapped:
        loading = _alternate(png, mapped, rounds)
    workers = worker_count(build_config({}), [_source(patches)])
    return [
        *_figures("in one thread", *reading),
        *_figures(f"through the loader ({workers} and 0 workers)", *loading),
        _need(*reading),
        Figure(
            f"- a batch of {BATCH} into a staging buffer",
            f"{staging.text(2, ' ms')} for {_batch_bytes(patches) / 1e6:.1f} MB of uint8 "
            f"({4 * _batch_bytes(patches) / 1e6:.1f} MB as float32)",
        ),
    ]


def _pairs(out: Path) -> tuple[PatchSet, PatchSource]:
    settings = PrepareSettings((format_of_size(SIDE, SIDE),), crops=2, val_crops=1)
    prepare_dataset([demo_clip()], out, settings)
    patches = open_dataset(DatasetSpec(out)).train[0]
    cached, decision = with_cache(patches, budget_gb=1.0)
    if cached is patches:
        raise RuntimeError(decision)
    return patches, cached


def _source(patches: PatchSource, crop: int = 0) -> Source:
    return Source(patches, Sampler.of(patches, seed=0, crop=crop))


def batches(patches: PatchSource, size: int = BATCH, crop: int = 0) -> Iterator[Batch]:
    """Batches as a worker makes them, without an end; a `crop` of 0 takes whole patches."""
    reader = SampleReader((_source(patches, crop),))
    position = 0
    while True:
        batch = reader.__getitems__(Portion(0, range(position, position + size)))
        if isinstance(batch, Failure):
            raise RuntimeError(batch.text)
        yield batch
        position += size


def _require_same_samples(patches: PatchSource, cached: PatchSource) -> None:
    for one, other, _ in zip(batches(patches), batches(cached), range(8), strict=False):
        same = torch.equal(one.lr_BTHWC, other.lr_BTHWC) and torch.equal(one.gt_BHWC, other.gt_BHWC)
        if not same or one.turns != other.turns:
            raise RuntimeError("cache and PNG files give different samples")


Rate = Callable[[int], float]
"""Takes so many batches; returns pairs a second of processor time."""


def _reader(patches: PatchSource) -> Rate:
    source = batches(patches)

    def rate(count: int) -> float:
        started = time.process_time()
        for _ in range(count):
            next(source)
        return BATCH * count / (time.process_time() - started)

    return rate


@contextmanager
def _loader(patches: PatchSource) -> Iterator[Rate]:
    source = _source(patches)
    cursor = Cursor(Mixture(0, (1.0,)), [BATCH], [1], DataPlace(0, (0,)))
    loader = TrainLoader([source], cursor, worker_count(build_config({}), [source]))

    def rate(count: int) -> float:
        started = _settled()
        for _ in range(count):
            loader.next()
        return BATCH * count / (_settled() - started)

    try:
        rate(1)
        yield rate
    finally:
        loader.close()


def _settled() -> float:
    """Processor time of this process and its workers, once these have read ahead as far as they do."""
    before = -1.0
    while (now := _worker_seconds()) != before:
        before = now
        time.sleep(0.15)
    return now + time.process_time()


def _worker_seconds() -> float:
    """User and system time of all processes of this one, in ticks of 10 ms."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _alternate(png: Rate, mapped: Rate, rounds: int) -> tuple[list[float], list[float]]:
    png(_PNG_BATCHES), mapped(_CACHE_BATCHES)
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            rates[which].append(mapped(_CACHE_BATCHES) if which else png(_PNG_BATCHES))
    return rates


def _staging_seconds(cached: PatchSource, rounds: int) -> Spread:
    """Milliseconds that filling a staging buffer takes; ordinary memory, as pinned needs a GPU."""
    buffers = HostBuffers(pinned=False)
    batch = next(batches(cached))
    buffers.fill(batch)
    seconds = []
    for _ in range(10 * rounds):
        started = time.perf_counter()
        buffers.fill(batch)
        seconds.append(1e3 * (time.perf_counter() - started))
    return Spread.of(seconds)


def _batch_bytes(patches: PatchSource) -> int:
    lr = patches.frames * patches.lr_height * patches.lr_width
    return BATCH * 3 * (lr + SIDE * SIDE)


def _figures(way: str, png: Sequence[float], mapped: Sequence[float]) -> list[Figure]:
    ratio = Spread.of([b / a for a, b in zip(png, mapped, strict=True)])
    what = f"Feeding {way}, GT {SIDE}x{SIDE} and LR {SIDE // 3}x{5 * SIDE // 3}"
    return [
        Figure(
            f"{what}: pairs a second and core, cache over PNG files",
            ratio.text(1),
            f"at least {GOAL:.0f}",
            ratio.median >= GOAL,
        ),
        Figure("- PNG files", f"{Spread.of(png).text(0, ' pairs/s')} a core"),
        Figure("- decoded cache", f"{Spread.of(mapped).text(0, ' pairs/s')} a core"),
    ]


def _need(png: Sequence[float], mapped: Sequence[float]) -> Figure:
    need = BATCH / STEP_SECONDS
    cores = [need / Spread.of(rates).median for rates in (png, mapped)]
    return Figure(
        f"- cores that a step of {1e3 * STEP_SECONDS:.0f} ms with a batch of {BATCH} asks for "
        f"({need:.0f} pairs/s)",
        f"{cores[0]:.1f} with PNG files, {cores[1]:.2f} with the cache (reading alone, from the above)",
    )


@contextmanager
def _one_core() -> Iterator[None]:
    """As a worker: no threads of OpenCV or torch."""
    threads = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads[0])
        cv2.setNumThreads(threads[1])
