"""What a run rests on, as `assemble` builds it."""

from __future__ import annotations

from dataclasses import dataclass

from vsrppp_tui.data.run_data import RunData
from vsrppp_tui.data.sample_reader import SampleSource
from vsrppp_tui.training.checkpoint import Loaded
from vsrppp_tui.training.ranks import Ranks
from vsrppp_tui.training.reporter import Reporter
from vsrppp_tui.training.request import RunRequest
from vsrppp_tui.training.resume import ResumePlan
from vsrppp_tui.training.state import Progress
from vsrppp_tui.training.step import TrainingStep


@dataclass(frozen=True, slots=True)
class Basis:
    """All that has been checked and built, before the first thing is written."""

    request: RunRequest
    reporter: Reporter
    plan: ResumePlan
    loaded: Loaded | None
    data: RunData
    sources: tuple[SampleSource, ...]
    step: TrainingStep
    progress: Progress
    ranks: Ranks
