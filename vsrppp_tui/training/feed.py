"""The training data of a run: which batches make a step, where the data stand, and what an epoch changes.

The loader reads ahead in the order that the mixture fixes. That order may depend on the batch size and on
how many micro-batches a format's step has, so the keys that say so wait for the next epoch, and what is
in force is part of the run's `Progress`. The one format of a dataset without named formats is different:
there the number of micro-batches changes nothing about the order, and is taken as it is at every step.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from vsrppp_tui.config.edit import edit_config
from vsrppp_tui.config.key import Effect
from vsrppp_tui.config.schema import RunConfig
from vsrppp_tui.data.batch import Batch
from vsrppp_tui.data.loader import TrainLoader
from vsrppp_tui.data.mixture import Cursor, DataPlace, Mixture, Share
from vsrppp_tui.data.sample_reader import SampleSource
from vsrppp_tui.training.state import Progress

MOST_WORKERS = 8


class Feed:
    """Gives the batches of each step, and keeps account of them in `progress`.

    Args:
        sources: one a format, in the order of the configuration's `format_names`.
        config: in force at the start; its batch sizes are those that wait where `progress` has others.
        progress: of the run; the feed moves its data on.
        workers: see `TrainLoader`.
        share: the part of each micro-batch that is read here; all else counts whole ones.
    """

    def __init__(
        self,
        sources: Sequence[SampleSource],
        config: RunConfig,
        progress: Progress,
        *,
        workers: int,
        share: Share = Share(),  # noqa: B008 (immutable)
    ) -> None:
        self._share = share
        self._sources = tuple(sources)
        self._names: tuple[str | None, ...] = config.format_names or (None,)
        assert len(self._names) == len(self._sources) == len(progress.data.positions)
        weights = tuple(1.0 if name is None else config.weight_of(name) for name in self._names)
        self._mixture = Mixture(config.seed, weights)
        self._progress = progress
        self._of_epoch = edit_config(config, progress.epoch_values)
        self._workers = workers
        self._samples = sum(source.count for source in sources)
        self._loader: TrainLoader | None = None

    def open(self) -> None:
        """Start to read; the first batch is that of the next step."""
        names = self._names
        batch = [self._of_epoch.batch_of(name) for name in names]
        fixed = [1 if name is None else self._of_epoch.accumulation_of(name) for name in names]
        cursor = Cursor(self._mixture, batch, fixed, self._progress.data, self._share)
        self._loader = TrainLoader(self._sources, cursor, self._workers)

    def close(self) -> None:
        """Stop the workers and wait for them; may be called twice."""
        if self._loader is not None:
            self._loader.close()
            self._loader = None

    def next(self) -> Batch:
        """The next batch of the present step; see `TrainLoader.next`."""
        assert self._loader is not None
        return self._loader.next()

    def take_deaths(self) -> int:
        """How often workers had to be replaced since the last call."""
        assert self._loader is not None
        return self._loader.take_deaths()

    @property
    def format(self) -> int:
        """Place of the format that the next step takes."""
        return self._mixture.format_of(self._progress.data.group)

    @property
    def format_name(self) -> str | None:
        """Name of that format; None: the only one."""
        return self._names[self.format]

    @property
    def batch_size(self) -> int:
        """Samples in a micro-batch of the next step, on all ranks together."""
        return self._of_epoch.batch_of(self.format_name)

    def accumulation(self, config: RunConfig) -> int:
        """Micro-batches of the next step, `config` being the one in force."""
        name = self.format_name
        return (config if name is None else self._of_epoch).accumulation_of(name)

    def step_done(self, accumulation: int) -> None:
        """The next step, of so many micro-batches, has been taken."""
        data, place, count = self._progress.data, self.format, self.batch_size * accumulation
        positions = list(data.positions)
        positions[place] += count
        self._progress.data = DataPlace(data.group + 1, tuple(positions))

    def enter_epoch(self, config: RunConfig) -> bool:
        """At the first boundary of an epoch: take over what waited for it; True where that was something."""
        epoch = self._progress.epoch(self._samples)
        if epoch == self._progress.entered_epoch:
            return False
        self._progress.entered_epoch = epoch
        values = epoch_values(config)
        if values == self._progress.epoch_values:
            return False
        self._progress.epoch_values = values
        self._of_epoch = config
        self.close()
        self.open()
        return True


def epoch_values(config: RunConfig) -> dict[str, Any]:
    """The values of a configuration that take effect at the beginning of an epoch, by their names."""
    values = config.to_file()
    infos = type(config).keys()
    return {name: values[name] for name, info in infos.items() if info.effect is Effect.NEXT_EPOCH}


def worker_count(config: RunConfig, sources: Sequence[SampleSource]) -> int:
    """NUM_WORKERS; where it is null, half the cores (at most 8), or none for decoded patches.

    Sending a decoded pair between processes costs ten times what reading it from the map does.
    """
    if config.num_workers is not None:
        return config.num_workers
    if all(source.decoded for source in sources):
        return 0
    return min(MOST_WORKERS, len(os.sched_getaffinity(0)) // 2)
