"""Auto-tune: which candidate is taken, and the measurement of real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine import Recorder, load, train
from tests.training.test_engine_vsrpp import VSRPP
from vsrppp_tui.config.edit import build_config
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.autotune import (
    ORIGINAL,
    Candidate,
    Limits,
    Measurement,
    nothing_fits,
    parse_candidate,
    tune,
)
from vsrppp_tui.training.tuning_probe import Probe

GB = 10**9


def measured(candidate: Candidate) -> Measurement:
    """Memory and time that grow with the size of the network and the batch."""
    work = candidate.n_feats**2 * candidate.n_blocks * candidate.batch
    return Measurement(candidate, work * 1000, work / 1e6)


@given(gigabytes=st.floats(0.1, 20.0), seconds=st.floats(0.1, 5.0))
def test_the_first_that_fits_is_taken(gigabytes: float, seconds: float) -> None:
    limits = Limits(int(gigabytes * GB), seconds)
    tuning = tune(ORIGINAL, limits, measured)
    fitting = [
        c
        for c in ORIGINAL
        if (m := measured(c)).memory is not None
        and m.seconds is not None
        and m.memory <= 0.8 * limits.memory
        and m.seconds <= seconds
    ]
    assert tuning.choice == (fitting[0] if fitting else None)
    tried = [m.candidate for m in tuning.measurements]
    assert tried == list(ORIGINAL[: len(tried)])
    assert tuning.choice is None or tried[-1] == tuning.choice


@given(batch=st.integers(1, 64))
def test_the_effective_batch_is_at_least_four(batch: int) -> None:
    candidate = Candidate(8, batch, 2)
    assert candidate.batch * candidate.accumulation >= 4
    assert candidate.batch * (candidate.accumulation - 1) < 4


def test_nothing_fits_names_every_measurement() -> None:
    tuning = tune(ORIGINAL, Limits(GB, 0.001), measured)
    text = str(nothing_fits(tuning))
    assert all(str(candidate) in text for candidate in ORIGINAL)
    assert "0.80 GB (80% of 1.00 GB)" in text and "too slow" in text


@pytest.mark.parametrize("text", ["", "1,2", "a,b,c", "8,1,3", "2,1,2", "8,0,2", "8,1,2,4"])
def test_a_candidate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="candidate"):
        parse_candidate(text)


def test_real_candidates_are_measured_in_processes_of_their_own() -> None:
    config = build_config({"RECIPE": "vsrpp", "PRECISION": "fp32"})
    probe = Probe(config, "cpu", 16, 16, Limits(8 * GB, 60.0))
    ballast = bytearray(b"1" * 1_500_000_000)  # of this process, whose memory is not the question
    small, large = (probe.measure(Candidate(*sizes)) for sizes in ((8, 1, 2), (96, 4, 16)))
    assert small.memory and small.seconds and large.memory and large.seconds
    assert small.memory < large.memory < len(ballast)
    tight = Probe(config, "cpu", 16, 16, Limits(10**8, 60.0))  # PyTorch alone takes more
    assert tight.measure(Candidate(8, 1, 2)).problem == "out of memory"


class Enough(Exception):
    """A stop was asked for."""


def test_a_measurement_is_given_up_at_once() -> None:
    config = build_config({"RECIPE": "vsrpp"})

    def between() -> None:
        raise Enough

    with pytest.raises(Enough):
        Probe(config, "cpu", 16, 16, Limits(8 * GB, 60.0)).measure(Candidate(8, 1, 2), between)


def test_a_new_run_measures_its_size_and_a_resume_keeps_it(dataset: Path, tmp_path: Path) -> None:
    values: dict[str, Any] = {**VSRPP, "AUTO_TUNED": False, "TUNE_CANDIDATES": ["12,3,2"]}
    recorder = train(dataset, tmp_path / "run", recipe_values=values, stop_at=2)
    said = [event.text for event in recorder.events if event.kind == "auto-tune"]
    assert len(said) == 1 and said[0].startswith("12 features, batch 3, 2 blocks: ")
    chosen = load(tmp_path / "run")["config"]["MODEL_CONFIG"]
    assert chosen == {"n_feats": 12, "n_blocks": 2, "batch_size": 3, "accumulation_steps": 2}
    again = Recorder()
    train(dataset, tmp_path / "run", again, recipe_values=values, stop_at=4, resume=True)
    assert "auto-tune" not in again.kinds()
    assert load(tmp_path / "run")["step"] == 4
    assert load(tmp_path / "run")["config"]["MODEL_CONFIG"] == chosen


def test_where_nothing_fits_nothing_is_written(dataset: Path, tmp_path: Path) -> None:
    values = {**VSRPP, "AUTO_TUNED": False, "TUNE_CANDIDATES": ["8,1,2"], "TUNE_MAX_VRAM_GB": 0.05}
    with pytest.raises(UserError, match="Auto-tune found no size"):
        train(dataset, tmp_path / "run", recipe_values=values)
    assert not (tmp_path / "run").exists()
