"""COMPILE: the same training, compiled once, whatever is edited."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.utils import counters

from tests.engine import Recorder, digests, make_trainer
from tests.training.test_step import go_on, make_batch, make_config, make_step, taking
from vsrppp_tui.config.edit import edit_config
from vsrppp_tui.errors import UserError
from vsrppp_tui.training.compiled import COMPILING, warm_up
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.controller import Decision
from vsrppp_tui.training.step import TrainingStep

needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("g++", "clang++", "c++"))), reason="no C++ compiler here"
)


@pytest.fixture(autouse=True)
def fresh_compiler() -> Iterator[None]:
    torch._dynamo.reset()
    counters.clear()
    yield
    torch._dynamo.reset()


def compilations() -> int:
    return int(counters["stats"]["unique_graphs"])


@needs_compiler
def test_no_live_edit_compiles_anew_and_the_training_is_the_same() -> None:
    config = make_config(ACCUMULATION_STEPS=1, COMPILE=True, EMA_DECAY=0.9)
    compiled = make_step(config)
    plain = make_step(make_config(ACCUMULATION_STEPS=1, EMA_DECAY=0.9))
    decision = Decision(1e-3)
    steps = [
        (config, decision),
        (config, replace(decision, lr=2e-3)),
        (edit_config(config, {"WEIGHT_DECAY": 0.1}), replace(decision, lr=1e-4, clip=0.5)),
        (edit_config(config, {"LR_EXPONENT": -4, "GRAD_CLIP": 1.0}), replace(decision, lr=5e-4)),
    ]
    seen = []
    for number, (now, decided) in enumerate(steps):
        batch = make_batch(2, seed=number)
        rows = [
            step.run(taking([batch]), now, decided, go_on, 1 + number % 2)
            for step in (compiled, plain)
        ]
        assert rows[0] is not None and rows[1] is not None
        torch.testing.assert_close(rows[0], rows[1], rtol=1e-3, atol=1e-5)
        seen.append(compilations())
    assert seen[0] > 0
    assert seen == [seen[0]] * len(steps)
    assert list(compiled.network.state_dict()) == list(plain.network.state_dict())
    for one, other in zip(
        compiled.evaluated.parameters(), plain.evaluated.parameters(), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


@pytest.fixture
def traced_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs are made and counted as ever, but run without kernels of their own: no compiler is needed."""
    whole = torch.compile
    monkeypatch.setattr(torch, "compile", functools.partial(whole, backend="aot_eager"))


@pytest.mark.usefixtures("traced_alone")
def test_the_weights_of_the_adaptive_loss_compile_nothing_anew() -> None:
    recipe = {"RECIPE": "vsrpp", "N_FEATS": 8, "N_BLOCKS": 2, "BATCH_SIZE": 2, "COMPILE": True}
    config = make_config(**recipe)
    step = make_step(config)
    seen = []
    for weights in ((0.6, 0.2, 0.2), (0.5, 0.2, 0.3), (0.3, 0.1, 0.6)):
        step.loss.set_weights(*weights)  # type: ignore[operator]
        step.run(taking([make_batch(2)]), config, Decision(1e-3, clip=weights[0]), go_on, 1)
        seen.append(compilations())
    assert seen[0] > 0
    assert len(set(seen)) == 1


@needs_compiler
def test_bf16_and_activation_checkpointing_compile_together() -> None:
    recipe = {"RECIPE": "vsrpp", "USE_CHECKPOINTING": True, "ACCUMULATION_STEPS": 1}
    steps = [make_step(make_config(**recipe, COMPILE=on), "bf16") for on in (True, False)]
    config = make_config(**recipe)
    for number in range(2):
        one, other = (
            step.run(taking([make_batch(2, seed=number)]), config, Decision(1e-3), go_on, 1)
            for step in steps
        )
        torch.testing.assert_close(one, other, rtol=0.02, atol=1e-3)
    assert compilations() > 0


@pytest.mark.usefixtures("traced_alone")
def test_the_warm_up_is_a_task_and_leaves_the_training_as_it_was(
    dataset: Path, tmp_path: Path
) -> None:
    control, recorder = ControlPoint(), Recorder()
    trainer, reporter = make_trainer(
        dataset, tmp_path / "run", recorder, control=control, COMPILE=True, MAX_STEPS=2
    )
    tasks = [each.task.label for each in recorder.snapshots if each.task is not None]
    warmed = compilations()
    assert warmed > 0
    reporter.state(trainer.run())
    reporter.close()
    assert COMPILING in tasks
    assert compilations() == warmed, "the first step found everything compiled"
    assert digests(tmp_path / "run")["place"]


class Source:
    frames, height, width, scale, count, decoded = 5, 12, 12, 3, 6, False


def test_without_a_compiler_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._dynamo.exc import InternalTorchDynamoError

    def fail(*arguments: Any) -> None:
        raise InternalTorchDynamoError("No working C++ compiler found\nand much more")

    step = make_step(make_config())
    monkeypatch.setattr(TrainingStep, "rehearse", fail)
    told: list[tuple[str, int, int]] = []
    with pytest.raises(UserError, match=r"\(No working C\+\+ compiler found\).*COMPILE=false"):
        warm_up(step, make_config(), [Source()], lambda *each: told.append(each))  # type: ignore[list-item]
    assert told == [(COMPILING, 0, 1)]


def test_a_rehearsal_leaves_no_trace() -> None:
    step, untouched = make_step(make_config()), make_step(make_config())
    step.rehearse(make_batch(2))
    assert all(p.grad is None for p in step.network.parameters())
    assert not step.network.activity_mean().any()
    for one, other in zip(step.network.parameters(), untouched.network.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not step.optimizer.state
