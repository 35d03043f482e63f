"""Make the README's pictures from the running program: ``python -m docs.make_pictures``.

The demo, and a small network of VSR++ on the same patches, run in a pseudo-terminal; what stands on the
screen after some validations becomes an SVG.
"""

from __future__ import annotations

import json
import tempfile
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyte
from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.e2e.terminal import Terminal

FOLDER = Path(__file__).parent
THEME = TerminalTheme((13, 17, 23), (208, 215, 222), [(72, 79, 88)] * 8, [(139, 148, 158)] * 8)


VSRPP = {
    "RECIPE": "vsrpp",
    "DATASET_ROOT": "runs/demo/dataset",
    "MAX_STEPS": 900,
    "WARMUP_STEPS": 40,
    "LR_MAX": 1e-3,
    "VAL_STEP_EVERY": 50,
    "SAVE_STEP_EVERY": 200,
    "LOG_TBOARD_EVERY": 5,
    "LR_CROP": 48,
    "NUM_WORKERS": 1,
    "MODEL_CONFIG": {"n_feats": 24, "n_blocks": 8, "batch_size": 4, "accumulation_steps": 1},
}


def main() -> None:
    """Run both recipes and take the pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Terminal(
            ["demo", "--run-dir", "runs/demo", "--steps", "600"], folder, 160, 50
        ) as terminal:
            _take(terminal, "Last step 300", "VSR+++ TUI", "dashboard.svg")
            terminal.press("enter")
            terminal.wait_for("Live setup")
            terminal.read(0.5)
            _save(terminal.screen, "Live setup", FOLDER / "setup.svg")
            terminal.press("escape")
            _leave(terminal)
        (folder / "vsrpp.json").write_text(json.dumps(VSRPP))
        with Terminal(
            ["train", "vsrpp.json", "--run-dir", "runs/vsrpp"], folder, 160, 50
        ) as terminal:
            _take(terminal, "Last step 250", "VSR++", "dashboard-vsrpp.svg")
            _leave(terminal)


def _take(terminal: Terminal, sought: str, title: str, name: str) -> None:
    terminal.wait_for(sought, timeout=400)
    terminal.read(8.0)
    _save(terminal.screen, title, FOLDER / name)


def _leave(terminal: Terminal) -> None:
    terminal.wait_for("▶ running")
    terminal.press("q")
    terminal.wait_for("Stop and save")
    terminal.press("enter")
    terminal.wait_for_exit()


def _save(screen: pyte.Screen, title: str, path: Path) -> None:
    with (Path("/dev/null")).open("w") as nowhere:
        console = Console(
            width=screen.columns,
            record=True,
            file=nowhere,
            force_terminal=True,
            color_system="truecolor",
        )
        for row in range(screen.lines):
            console.print(_line(screen, row), no_wrap=True, overflow="crop", soft_wrap=True)
    path.write_text(console.export_svg(title=title, theme=THEME), encoding="utf-8")


def _line(screen: pyte.Screen, row: int) -> Text:
    """A row of the screen; neighbours of the same style become one piece, which keeps the file small."""
    line = Text()
    cells = (screen.buffer[row][column] for column in range(screen.columns))
    for style, run in groupby(((_style(cell), cell.data) for cell in cells), key=itemgetter(0)):
        line.append("".join(text for _style, text in run), style)
    return line


def _style(cell: pyte.screens.Char) -> Style:
    return Style(
        color=_color(cell.fg), bgcolor=_color(cell.bg), bold=cell.bold, reverse=cell.reverse
    )


def _color(name: str) -> Color | None:
    if name == "default":
        return None
    is_hex = len(name) == 6 and all(digit in "0123456789abcdef" for digit in name.lower())
    return Color.parse(f"#{name}" if is_hex else name.replace("brown", "yellow"))


if __name__ == "__main__":
    main()
