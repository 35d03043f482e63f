"""A terminal that can move no cursor: no screen is drawn, and what needs one says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.terminal import ROOT, Terminal

RECORD = ROOT / "tests" / "data_of_runs" / "demo"


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        ([], "Usage:", 2),
        (["replay", str(RECORD)], "needs a terminal, with a TERM other than dumb", 2),
        (["attach"], "needs a terminal, with a TERM other than dumb", 2),
    ],
    ids=["start", "replay", "attach"],
)
def test_no_screen_is_drawn(arguments: list[str], said: str, code: int, tmp_path: Path) -> None:
    with Terminal(arguments, tmp_path, kind="dumb") as terminal:
        assert said in terminal.wait_for(said, 30.0)
        assert terminal.wait_for_exit(30.0) == code


def test_a_training_tells_its_progress_in_lines(tmp_path: Path) -> None:
    with Terminal(["demo", "--steps", "2"], tmp_path, kind="dumb") as terminal:
        terminal.wait_for("done", 120.0)
        assert terminal.wait_for_exit(60.0) == 0
