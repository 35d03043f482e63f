"""What a new run would cost, in words that say what is counted and what is guessed."""

from __future__ import annotations

from collections.abc import Sequence

from vsrppp_tui.tui.start.new_run import Costs, Speed
from vsrppp_tui.tui.text import count, duration, shorten
from vsrppp_tui.tui.widgets.rows import Row

_LABEL = 10
_LIBRARIES = "0.5 GB"  # of a process with PyTorch, or of a CUDA context


def cost_rows(
    costs: Costs | None, speed: Speed | None, measuring: bool, key: str, width: int
) -> list[Row]:
    """Three rows: network, memory, time.

    Args:
        costs: None: not known yet.
        speed: what was measured with this network; None: nothing.
        measuring: whether that is under way.
        key: what begins it, as shown.
        width: cells of a row.
    """
    if costs is None:
        return []
    rows = (
        ("Network", f"{count(costs.parameters)} parameters, to be trained on {costs.device}"),
        ("Memory", _memory(costs, speed, width - _LABEL)),
        ("Time", _time(costs, speed, measuring, key)),
    )
    return [
        ((f"{label:<{_LABEL}}", "text"), (shorten(text, width - _LABEL), "dim"))
        for label, text in rows
    ]


def _memory(costs: Costs, speed: Speed | None, width: int) -> str:
    if costs.memory is None:
        return "depends on the size of the samples: name a source"
    has = f" of {_size(costs.available)}" if costs.available else ""
    if speed is not None and speed.memory is not None:
        text = f"{_size(speed.memory)}{has} measured, with libraries"
    else:
        text = f"about {_size(costs.memory)}{has}, and {_LIBRARIES} for libraries"
    whole = f"{text}; {costs.memory_parts}"
    return whole if len(whole) <= width else text


def _time(costs: Costs, speed: Speed | None, measuring: bool, key: str) -> str:
    if measuring:
        return "taking a few steps …"
    if costs.work is None:
        return "depends on the size of the samples: name a source"
    if speed is None:
        return f"unknown until measured: {key} takes a few real steps"
    seconds = costs.work / speed.per_second
    each = f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
    return f"about {each} a step, {duration(seconds * costs.steps)} in all (with {speed.of})"


def entry_rows(entries: Sequence[str], chosen: int | None, width: int, height: int) -> list[Row]:
    """Names in columns, the chosen one marked and in sight."""
    if not entries or height <= 0 or width <= 0:
        return []
    cell = min(width, max(len(each) for each in entries) + 3)
    columns = max(1, width // cell)
    room = columns * height
    start = 0 if chosen is None else chosen // room * room
    rows: list[Row] = []
    for y in range(height):
        row: Row = ()
        for place in range(start + y * columns, min(len(entries), start + (y + 1) * columns)):
            text = shorten(entries[place], cell - 3)
            mark, style = ("▸ ", "selected") if place == chosen else ("  ", "text")
            row += ((f"{mark}{text:<{cell - 2}}"[:cell], style),)
        rows.append(row)
    more = len(entries) - start - room
    if more > 0:
        rows[-1] = ((f"  … and {more + columns} more: type on", "dim"),)
    return rows


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
