"""Make the README's pictures from the running program: ``python -m docs.make_pictures [FOLDER]``.

The demo, and a small network of VSR++ on the same patches, run in a pseudo-terminal; what stands on the
screen after some validations becomes an SVG. A second terminal, attached to the demo, walks through the tour.

The runs are in FOLDER/runs, a folder that is made for them and removed again; the pictures show its path.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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


def usual_folder() -> Path:
    """One whose path reads well in a picture, and is the same on every machine where it can be."""
    return Path("/srv" if os.access("/srv", os.W_OK) else tempfile.gettempdir()) / "films"


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """A new folder, which goes again; one that is there already is somebody's."""
    folder.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(folder)


def main(folder: Path) -> None:
    """Run both recipes in a new folder and take the pictures."""
    with tempfile.TemporaryDirectory() as name, _made(folder):
        # All colours, and neither the settings nor the runs of whoever makes the pictures.
        os.environ |= {"COLORTERM": "truecolor", "XDG_CONFIG_HOME": name, "XDG_STATE_HOME": name}
        arguments = ["demo", "--run-dir", "runs/demo", "--steps", "3000"]
        with Terminal(arguments, folder, 160, 50) as terminal:
            _take(terminal, "Last step 300", "VSR+++ TUI", "dashboard.svg")
            _tour(folder)
            _leave(terminal)
        with Terminal([], folder, 120, 32) as terminal:
            terminal.wait_for("runs/demo")
            terminal.read(2.0)
            _save(terminal.screen, "vsrppp", FOLDER / "start.svg")
            terminal.press("q")
            terminal.wait_for_exit()
        (folder / "vsrpp.json").write_text(json.dumps(VSRPP))
        with Terminal(
            ["train", "vsrpp.json", "--run-dir", "runs/vsrpp"], folder, 160, 50
        ) as terminal:
            _take(terminal, "Last step 250", "VSR++", "dashboard-vsrpp.svg")
            _leave(terminal)


def _tour(folder: Path) -> None:
    """What README's tour shows, in a second terminal."""
    with Terminal(["attach", "runs/demo"], folder, 120, 40) as terminal:
        terminal.wait_for("▶ running")
        _screen(terminal, ["b"], "activity", "Blocks", "tour-blocks.svg")
        _screen(terminal, ["i"], "KI (network)", "Pictures", "tour-pictures.svg")
        chosen = ["m", "f", *"psnr", "enter", "down", "enter", "escape"]
        _screen(terminal, chosen, "PSNR", "Metrics", "tour-metrics.svg")
        _screen(
            terminal,
            ["enter", "enter", *["backspace"] * 6, *"-3.5", "enter"],
            "A applies",
            "Live setup",
            "tour-setup.svg",
        )
        terminal.press("a")
        terminal.read(1.0)
        terminal.press("escape")
        terminal.wait_for("▶ running")
        terminal.press("d")
        terminal.wait_for_exit()


def _screen(terminal: Terminal, keys: Sequence[str], sought: str, title: str, name: str) -> None:
    """Press keys, take the picture of the screen they lead to, and go back."""
    for key in keys:
        terminal.press(key)
        terminal.read(0.4)
    terminal.wait_for(sought)
    terminal.read(3.5)
    _save(terminal.screen, title, FOLDER / name)
    if name != "tour-setup.svg":
        terminal.press("escape")
        terminal.wait_for("▶ running")
        terminal.read(0.5)


def _take(terminal: Terminal, sought: str, title: str, name: str) -> None:
    terminal.wait_for(sought, timeout=400)
    terminal.read(8.0)
    _save(terminal.screen, title, FOLDER / name)


def _leave(terminal: Terminal) -> None:
    terminal.wait_for("▶ running")
    terminal.press("q")
    terminal.wait_for("Stop and save")
    terminal.press("s")
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
    main(Path(sys.argv[1]).absolute() if sys.argv[1:] else usual_folder())
