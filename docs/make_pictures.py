"""Make the README's pictures from the running program: ``python -m docs.make_pictures``.

The demo runs in a pseudo-terminal; what stands on its screen after the second validation becomes an SVG.
"""

from __future__ import annotations

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


def main() -> None:
    """Run the demo and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["demo", "--run-dir", "runs/demo", "--steps", "600"]
        with Terminal(arguments, Path(folder), 160, 50) as terminal:
            terminal.wait_for("Last step 300", timeout=300)
            terminal.read(8.0)
            _save(terminal.screen, "VSR+++ TUI", FOLDER / "dashboard.svg")
            terminal.press("enter")
            terminal.wait_for("Live setup")
            terminal.read(0.5)
            _save(terminal.screen, "Live setup", FOLDER / "setup.svg")
            terminal.press("escape")
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
