"""A record in a real terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.test_replay_command import write_record
from tests.e2e.terminal import Terminal

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (160, 50)])
def test_a_record_is_played_and_left(tmp_path: Path, columns: int, rows: int) -> None:
    write_record(tmp_path / "history.jsonl")
    with Terminal(["replay", ".", "--speed", "3"], tmp_path, columns, rows) as terminal:
        terminal.wait_for("▶ play ×3")
        terminal.press("\x1b[F")  # End
        terminal.wait_for(lambda text: "■ end" in text and "1,000" in text and "✓ done" in text)
        terminal.read(1.0)
        assert terminal.read(1.0) == 0, "a record that stands still writes nothing"
        terminal.press("p")
        terminal.wait_for("This is a record")
        terminal.press("\x1b[H", " ")  # Home
        terminal.wait_for(lambda text: "▶ play" in text and "0%" in text)
        terminal.press(">")
        terminal.wait_for("×6")
        terminal.press("q")
        assert terminal.wait_for_exit() == 0
        assert terminal.modes() == terminal.initial_modes


def test_a_broken_record_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_bytes(b'{"type":"snapshot","stage":3}\n')
    with Terminal(["replay", "."], tmp_path) as terminal:
        assert terminal.wait_for_exit() == 2
        text = terminal.text()
        assert "spoilt, or of another version" in text and "Traceback" not in text
        assert terminal.modes() == terminal.initial_modes
