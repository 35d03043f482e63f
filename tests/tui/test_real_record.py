"""The record of a real run through the dashboard, wherever one looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.driving import Driver, drive, screen_text, text_of
from tests.tui.replays import make_replay, record_shown
from vsrppp_tui.commands.replay import read_recording
from vsrppp_tui.commands.summary import facts_of
from vsrppp_tui.link.recording import Recording
from vsrppp_tui.tui.replay_model import ReplayModel

RUN_DIR = Path(__file__).parents[1] / "data_of_runs" / "demo"


def test_what_it_adds_up_to() -> None:
    history = read_recording(RUN_DIR / "history.jsonl")
    facts = facts_of(history)
    assert (facts.edits, facts.rollbacks, facts.warnings, facts.processes) == (1, 0, 0, 1)
    assert facts.paused == pytest.approx(25.3, abs=0.1)
    assert facts.steps == 599
    timeline = Recording(history).timeline
    assert timeline.duration <= timeline.seconds


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 50), (250, 80)])
def test_it_can_be_seen_at_every_size_and_place(size: tuple[int, int]) -> None:
    app = make_replay(lambda: read_recording(RUN_DIR / "history.jsonl"), run_dir=RUN_DIR)
    model = app.model
    assert isinstance(model, ReplayModel)

    async def scenario(pilot: Driver) -> None:
        await record_shown(pilot)
        assert "▶ play" in text_of(app, "#replay")
        steps = []
        for key in ("home", *["pagedown"] * 6, "left", "right", "end"):
            await pilot.press(key)
            steps.append(model.snapshot.step)
            assert f"{model.snapshot.step:,}" in text_of(app, "#header")
        assert steps[:7] == sorted(steps[:7])
        assert steps[-1] == 600
        text = screen_text(app)
        assert "✓ done" in text and "36.64" in text and "finished" in text

    drive(app, scenario, size)
