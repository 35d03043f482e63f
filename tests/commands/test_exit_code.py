"""How an ended engine becomes the exit code of the program."""

from __future__ import annotations

import pytest

from vsrppp_tui.commands.engine import EngineThread, exit_code
from vsrppp_tui.errors import TrainingFailed, UserError
from vsrppp_tui.training.control import ControlPoint
from vsrppp_tui.training.telemetry import RunInfo


@pytest.mark.parametrize(
    ("error", "code"),
    [(None, 0), (UserError("typed wrong"), 2), (TrainingFailed("NaN"), 1), (OSError("disk"), 1)],
)
def test_a_training_that_fails_is_no_error_of_the_command_line(
    error: Exception | None, code: int
) -> None:
    def build() -> None:
        raise AssertionError("never started")

    engine = EngineThread(build, RunInfo("run", "vsrppp", 1, "test", 0.0), ControlPoint(), [])  # type: ignore[arg-type]
    engine.error = error
    assert exit_code(engine, ControlPoint()) == code
