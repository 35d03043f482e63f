"""What `assemble` builds and the trainer drives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vsrppp_tui.training.checkpoint_store import CheckpointStore
from vsrppp_tui.training.controller import Controller
from vsrppp_tui.training.feed import Feed
from vsrppp_tui.training.guard import Guard
from vsrppp_tui.training.meters import Meters
from vsrppp_tui.training.ranks import Ranks
from vsrppp_tui.training.settings import Settings
from vsrppp_tui.training.state import Progress
from vsrppp_tui.training.step import TrainingStep
from vsrppp_tui.training.validation import Validator


@dataclass(slots=True)
class Parts:
    """Of one run; each decides one thing."""

    settings: Settings
    step: TrainingStep
    validator: Validator
    tester: Validator | None
    progress: Progress
    feed: Feed
    train_samples: int
    fingerprint: str
    store: CheckpointStore
    controller: Controller
    meters: Meters
    guard: Guard
    run_dir: Path
    ranks: Ranks
    stop_at: int | None = None
