"""The feed: what it gives to each step, what it counts, and what waits for an epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.conftest import write_category, write_dataset
from vsrppp_tui.config.edit import build_config, edit_config
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.dataset import open_dataset
from vsrppp_tui.data.mixture import DataPlace
from vsrppp_tui.data.patch_data import samplers_of
from vsrppp_tui.data.sample_reader import Source
from vsrppp_tui.data.spec import spec_of
from vsrppp_tui.training.feed import Feed, epoch_values
from vsrppp_tui.training.state import Progress

FORMATS = {"Patches_24x24": (5, (8, 8)), "Patches_48x27": (4, (9, 16))}
UNIFIED: dict[str, Any] = {
    "RECIPE": "vsrpp",
    "DATA.category": "toon",
    "DATA.lr_version": "7frames",
    "DATA.formats": ["24x24", "48x27"],
    "DATA.format_weights": {"24x24": 0.6, "48x27": 0.4},
    "TRAINING.batch_size": {"24x24": 2, "48x27": 1},
    "TRAINING.gradient_accumulation": {"24x24": 1, "48x27": 2},
    "SEED": 4,
}
Open = Callable[..., Feed]


@pytest.fixture
def mixed(tmp_path: Path) -> RunConfig:
    root = write_category(tmp_path / "data", 7, FORMATS)
    return build_config({**UNIFIED, "DATA.data_root": str(root)})


@pytest.fixture
def plain(tmp_path: Path) -> RunConfig:
    """Twelve patches, two a batch, two batches a step."""
    root = write_dataset(tmp_path / "plain")
    return build_config(
        {"DATASET_ROOT": str(root), "BATCH_SIZE": 2, "ACCUMULATION_STEPS": 2, "LR_CROP": 16}
    )


@pytest.fixture
def open_feed() -> Iterator[Open]:
    feeds = []

    def make(config: RunConfig, progress: Progress, workers: int = 0) -> Feed:
        train = open_dataset(spec_of(config)).train
        sources = tuple(map(Source, train, samplers_of(config, train)))
        feed = Feed(sources, config, progress, workers=workers)
        feeds.append(feed)
        feed.open()
        return feed

    yield make
    for feed in feeds:
        feed.close()


def beginning(config: RunConfig) -> Progress:
    place = DataPlace(0, (0,) * max(1, len(config.format_names)))
    return Progress(data=place, epoch_values=epoch_values(config))


def step(feed: Feed, config: RunConfig) -> list[Batch]:
    accumulation = feed.accumulation(config)
    batches = [feed.next() for _ in range(accumulation)]
    assert {len(batch.turns) for batch in batches} == {feed.batch_size}
    feed.step_done(accumulation)
    return batches


def sizes(steps: list[list[Batch]]) -> list[list[tuple[int, ...]]]:
    return [[tuple(batch.lr_BTHWC.shape) for batch in batches] for batches in steps]


def assert_same(ours: list[list[Batch]], theirs: list[list[Batch]]) -> None:
    assert sizes(ours) == sizes(theirs)
    for one, other in zip(chain(*ours), chain(*theirs), strict=True):
        assert torch.equal(one.gt_BHWC, other.gt_BHWC)
        assert (one.turns, one.position) == (other.turns, other.position)


def test_a_step_has_the_batches_of_its_format(mixed: RunConfig, open_feed: Open) -> None:
    progress = beginning(mixed)
    feed = open_feed(mixed, progress)
    steps = [step(feed, mixed) for _ in range(20)]
    one, other = [(2, 7, 8, 8, 3)], [(1, 7, 9, 16, 3)] * 2
    assert all(size in (one, other) for size in sizes(steps))
    assert {len(size) for size in sizes(steps)} == {1, 2}
    assert progress.samples_seen == 40
    assert progress.data.group == 20
    taken = sizes(steps).count(one) * 2
    assert progress.data.positions == (taken, 40 - taken)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("stop", [1, 2, 3, 7])
def test_a_resume_at_any_step_goes_on_with_the_same_batches(
    mixed: RunConfig, open_feed: Open, stop: int, workers: int
) -> None:
    whole = open_feed(mixed, beginning(mixed))
    expected = [step(whole, mixed) for _ in range(10)]
    assert any(a != b for a, b in zip(sizes(expected), sizes(expected)[1:], strict=False))
    progress = beginning(mixed)
    first = open_feed(mixed, progress, workers)
    before = [step(first, mixed) for _ in range(stop)]
    first.close()
    second = open_feed(mixed, progress, workers)
    assert_same(before + [step(second, mixed) for _ in range(10 - stop)], expected)


def test_batches_and_accumulation_of_several_formats_wait_for_the_epoch(
    mixed: RunConfig, open_feed: Open
) -> None:
    progress = beginning(mixed)
    feed = open_feed(mixed, progress)
    changes = {"TRAINING.batch_size": 3, "TRAINING.gradient_accumulation": {"24x24": 2, "48x27": 1}}
    edited = edit_config(mixed, changes)
    plain = open_feed(mixed, beginning(mixed))
    while progress.samples_seen + 2 <= 8:  # an epoch has nine patches
        assert not feed.enter_epoch(edited)
        assert_same([step(feed, edited)], [step(plain, mixed)])
    assert not feed.enter_epoch(edited)
    step(feed, edited)
    assert progress.samples_seen == 10
    assert feed.enter_epoch(edited)
    assert not feed.enter_epoch(edited)
    after = [step(feed, edited) for _ in range(8)]
    one, other = [(3, 7, 8, 8, 3)] * 2, [(3, 7, 9, 16, 3)]
    assert all(size in (one, other) for size in sizes(after))


def test_what_waits_still_waits_after_a_resume(mixed: RunConfig, open_feed: Open) -> None:
    progress = beginning(mixed)
    edited = edit_config(mixed, {"TRAINING.batch_size": 3})
    feed = open_feed(edited, progress)
    assert feed.batch_size in (1, 2)
    assert_same([step(feed, edited)], [step(open_feed(mixed, beginning(mixed)), mixed)])


def test_the_accumulation_of_the_only_format_is_live_and_its_order_stays(
    plain: RunConfig, open_feed: Open
) -> None:
    progress = beginning(plain)
    feed = open_feed(plain, progress)
    batches = step(feed, plain) + step(feed, edit_config(plain, {"ACCUMULATION_STEPS": 3}))
    assert len(batches) == 5
    assert [batch.position for batch in batches] == [0, 2, 4, 6, 8]
    assert (progress.samples_seen, progress.data) == (10, DataPlace(2, (10,)))


def test_the_samples_of_the_only_format_are_those_of_earlier_versions(
    plain: RunConfig, open_feed: Open
) -> None:
    feed = open_feed(plain, beginning(plain))
    [sampler] = samplers_of(plain, open_dataset(spec_of(plain)).train)
    assert [sampler.draw(position).index for position in range(12)] == EXPECTED
    batch = feed.next()
    assert batch.turns == [
        (draw.hflip, draw.vflip, draw.quarter_turns) for draw in map(sampler.draw, (0, 1))
    ]


EXPECTED = [0, 2, 11, 9, 1, 8, 5, 4, 3, 10, 6, 7]
