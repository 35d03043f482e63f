from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from vsrppp_tui.data.augment import to_network_input
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.cache import with_cache
from vsrppp_tui.data.dataset import PatchSet, open_dataset
from vsrppp_tui.data.loader import TrainLoader
from vsrppp_tui.data.mixture import Cursor, DataPlace, Mixture
from vsrppp_tui.data.sample_reader import Source
from vsrppp_tui.data.sampler import Sampler
from vsrppp_tui.data.spec import DatasetSpec
from vsrppp_tui.data.stacks import PatchSource
from vsrppp_tui.errors import TrainingFailed, UserError


@pytest.fixture
def patches(root: Path) -> PatchSet:
    return open_dataset(DatasetSpec(root)).train[0]


def one_format(batch: int, start: int) -> Cursor:
    return Cursor(Mixture(0, (1.0,)), [batch], [1], DataPlace(0, (start,)))


@contextmanager
def loader(
    patches: PatchSource, workers: int, *, start: int = 0, crop: int = 0, batch: int = 4
) -> Iterator[TrainLoader]:
    sampler = Sampler(
        patches.count, 3, crop=crop, lr_height=patches.lr_height, lr_width=patches.lr_width
    )
    loader = TrainLoader([Source(patches, sampler)], one_format(batch, start), workers)
    try:
        yield loader
    finally:
        loader.close()


def take(patches: PatchSource, workers: int, count: int, **options: int) -> list[Batch]:
    with loader(patches, workers, **options) as batches:
        return [batches.next() for _ in range(count)]


def assert_same(ours: list[Batch], theirs: list[Batch]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one.lr_BTHWC, other.lr_BTHWC)
        assert torch.equal(one.gt_BHWC, other.gt_BHWC)
        assert (one.turns, one.position, one.skipped) == (
            other.turns,
            other.position,
            other.skipped,
        )


@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_workers_gives_the_same_batches(patches: PatchSet, workers: int) -> None:
    assert_same(take(patches, workers, 5, crop=6), take(patches, 0, 5, crop=6))


def test_starting_later_goes_on_where_the_first_would_be(patches: PatchSet) -> None:
    # Positions alone matter: another batch size cuts the same row of samples elsewhere.
    whole = take(patches, 0, 6, crop=6, batch=2)
    rest = take(patches, 0, 2, crop=6, batch=4, start=4)
    assert [batch.position for batch in rest] == [4, 8]
    assert torch.equal(
        torch.cat([batch.gt_BHWC for batch in whole[2:]]), torch.cat([b.gt_BHWC for b in rest])
    )


def test_samples_are_the_crops_that_the_sampler_draws(patches: PatchSet) -> None:
    sampler = Sampler(patches.count, 3, crop=6, lr_height=8, lr_width=10)
    batch = take(patches, 0, 3, crop=6)[2]
    draw = sampler.draw(batch.position + 1)
    lr, gt = patches.read(draw.index)
    top, left = draw.top, draw.left
    assert (batch.lr_BTHWC[1].numpy() == lr[:, top : top + 6, left : left + 6]).all()
    gt_crop = gt[top * 3 : top * 3 + 18, left * 3 : left * 3 + 18]
    assert (batch.gt_BHWC[1].numpy() == gt_crop).all()
    assert batch.turns[1] == (draw.hflip, draw.vflip, draw.quarter_turns)


@pytest.mark.parametrize("crop", [0, 6])
@pytest.mark.parametrize("workers", [0, 2])
def test_decoded_patches_give_the_same_samples(patches: PatchSet, workers: int, crop: int) -> None:
    cached, _ = with_cache(patches, 1.0)
    assert cached is not patches
    ours = take(cached, workers, 6, crop=crop)
    theirs = take(patches, workers, 6, crop=crop)
    assert_same(ours, theirs)
    cpu = torch.device("cpu")
    for one, other in zip(ours, theirs, strict=True):
        seen = zip(to_network_input(one, cpu), to_network_input(other, cpu), strict=True)
        assert all(torch.equal(a, b) for a, b in seen)
    assert any(turn != (False, False, 0) for batch in ours for turn in batch.turns)


def test_an_unreadable_pair_is_replaced_by_the_next_and_named(patches: PatchSet) -> None:
    before = take(patches, 0, 6, batch=1)
    bad = Sampler(6, 3, crop=0, lr_height=8, lr_width=10).draw(2).index
    path = patches.root / "Patches/LR" / patches.names[bad]
    path.write_bytes(path.read_bytes()[:-30])
    after = take(patches, 0, 6, batch=1)
    assert [batch.skipped for batch in after].count((f"Patches/LR/{patches.names[bad]}",)) == 1
    assert after[2].skipped
    _, replacement = patches.read((bad + 1) % 6)
    assert (after[2].gt_BHWC[0].numpy() == replacement).all()
    assert_same(after[:2] + after[3:], before[:2] + before[3:])
    assert_same(take(patches, 2, 6, batch=1), after)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_dataset_that_vanished_is_said_to_be_gone(patches: PatchSet, workers: int) -> None:
    for path in (patches.root / "Patches/GT").iterdir():
        path.unlink()
    with (
        loader(patches, workers) as batches,
        pytest.raises(UserError, match="None of 6 patches in a row can be read"),
    ):
        batches.next()


def test_the_global_random_state_is_not_touched(patches: PatchSet) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    take(patches, 1, 2)
    assert torch.equal(torch.rand(3), expected)


def test_workers_and_their_servers_have_sessions_of_their_own_and_close_ends_them(
    patches: PatchSet,
) -> None:
    with loader(patches, 2) as batches:
        for _ in range(2):  # one from each worker
            batches.next()
        server = psutil.Process(forkserver._forkserver._forkserver_pid)
        tracker = psutil.Process(resource_tracker._resource_tracker._pid)
        workers = server.children()
        sessions = {os.getsid(each.pid) for each in (server, tracker, *workers)}
        assert len(workers) == 2
        assert os.getsid(0) not in sessions
        assert len(sessions) == 4
    assert server.children() == []
    batches.close()


TRAINER = """
import sys, time
from pathlib import Path
from multiprocessing import forkserver
import psutil
from vsrppp_tui.data.dataset import open_dataset
from vsrppp_tui.data.loader import TrainLoader
from vsrppp_tui.data.sample_reader import Source
from vsrppp_tui.data.mixture import Cursor, DataPlace, Mixture
from vsrppp_tui.data.sampler import Sampler
from vsrppp_tui.data.spec import DatasetSpec

patches = open_dataset(DatasetSpec(Path(sys.argv[1]))).train[0]
sampler = Sampler(patches.count, 0, crop=0, lr_height=8, lr_width=10)
cursor = Cursor(Mixture(0, (1.0,)), [2], [1], DataPlace(0, (0,)))
loader = TrainLoader([Source(patches, sampler)], cursor, 2)
loader.next(), loader.next()
print(*(child.pid for child in psutil.Process().children(recursive=True)), flush=True)
time.sleep(600)
"""


def test_no_process_outlives_a_trainer_that_is_killed(root: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TRAINER, str(root)], stdout=subprocess.PIPE, text=True
    ) as trainer:
        assert trainer.stdout is not None
        helpers = [psutil.Process(int(pid)) for pid in trainer.stdout.readline().split()]
        trainer.kill()
    assert len(helpers) == 4  # fork server, resource tracker, two workers
    _, alive = psutil.wait_procs(helpers, timeout=20)
    assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


def kill_a_worker(batches: TrainLoader) -> None:
    victim = batches._batches._workers[0]
    os.kill(victim.pid, signal.SIGKILL)
    victim.join()


def test_a_worker_that_dies_is_replaced_at_the_same_sample(patches: PatchSet) -> None:
    expected = take(patches, 0, 6)
    sampler = Sampler(patches.count, 3, crop=0, lr_height=8, lr_width=10)
    source = Source(patches, sampler)
    batches = TrainLoader([source], one_format(4, 0), 2)
    try:
        first = [batches.next() for _ in range(3)]
        kill_a_worker(batches)
        assert_same(first + [batches.next() for _ in range(3)], expected)
        assert batches.take_deaths() == 1
        assert batches.take_deaths() == 0
    finally:
        batches.close()


def test_a_worker_that_dies_while_it_is_waited_for_is_replaced(patches: PatchSet) -> None:
    with loader(patches, 1) as batches:
        expected = take(patches, 0, 1)
        os.kill(batches._batches._workers[0].pid, signal.SIGSTOP)
        killer = threading.Timer(0.3, kill_a_worker, [batches])
        killer.start()
        assert_same([batches.next()], expected)
        killer.join()


def test_workers_that_die_again_and_again_end_with_a_likely_cause(
    patches: PatchSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loader(patches, 1) as batches:
        reopen = batches._open

        def doomed() -> Any:
            batches._batches = reopen()
            kill_a_worker(batches)
            return batches._batches

        monkeypatch.setattr(batches, "_open", doomed)
        kill_a_worker(batches)
        with pytest.raises(TrainingFailed, match="NUM_WORKERS=0"):
            batches.next()


def test_a_worker_loads_no_textual() -> None:
    program = (
        "import sys, vsrppp_tui.data.loader;"
        "sys.exit(any(name.split('.')[0] in ('textual', 'rich', 'typer') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def mixture_of(spec: DatasetSpec, *, group: int = 0, positions: tuple[int, int] = (0, 0)) -> Any:
    """Sources and cursor of two formats: three batches of two, one of three, a step."""
    sources = [
        Source(patches, Sampler.of(patches, seed=3, crop=0, number=number))
        for number, patches in enumerate(open_dataset(spec).train)
    ]
    place = DataPlace(group, positions)
    return sources, Cursor(Mixture(5, (0.6, 0.4)), [2, 3], [3, 1], place)


def take_mixed(sources: list[Source], cursor: Cursor, workers: int, count: int) -> list[Batch]:
    batches = TrainLoader(sources, cursor, workers)
    try:
        return [batches.next() for _ in range(count)]
    finally:
        batches.close()


def test_batches_of_a_mixture_are_of_one_format_each(mixed: DatasetSpec) -> None:
    sources, cursor = mixture_of(mixed)
    batches = take_mixed(sources, cursor, 0, 16)
    assert {tuple(batch.lr_BTHWC.shape) for batch in batches} == {(2, 7, 9, 16, 3), (3, 7, 8, 8, 3)}
    for batch, portion in zip(batches, cursor, strict=False):
        sampler, patches = sources[portion.format].sampler, sources[portion.format].patches
        assert batch.position == portion.positions.start
        for sample, position in enumerate(portion.positions):
            gt = patches.read(sampler.draw(position).index)[1]
            assert (batch.gt_BHWC[sample].numpy() == gt).all()


def test_batches_are_read_ahead_across_a_change_of_the_format(mixed: DatasetSpec) -> None:
    sources, cursor = mixture_of(mixed)
    assert_same(take_mixed(sources, cursor, 2, 16), take_mixed(sources, cursor, 0, 16))


def test_a_worker_that_dies_within_a_step_is_replaced_at_its_next_batch(
    mixed: DatasetSpec,
) -> None:
    sources, cursor = mixture_of(mixed)
    expected = take_mixed(sources, cursor, 0, 12)
    batches = TrainLoader(sources, cursor, 2)
    try:
        first = [batches.next() for _ in range(5)]
        kill_a_worker(batches)
        assert_same(first + [batches.next() for _ in range(7)], expected)
    finally:
        batches.close()
